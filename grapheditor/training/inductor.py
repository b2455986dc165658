"""What torch.compile is told before it compiles for a CPU."""

from __future__ import annotations

from functools import cache
from typing import Any

KEPT = ("max_pool2d_with_indices", "max_pool2d_with_indices_backward", "convolution_backward")
"""What compiled networks leave to torch's own kernels."""


@cache
def keep_kernels() -> None:
    """Let compiled networks pool, and go back through convolutions, by torch's own kernels, as uncompiled ones do.

    Inductor writes a max-pooling of its own, whose way back searches all windows for each number: on a CPU that takes
    longer than all else of a small convolutional network. Before the way back through a convolution it asks for an
    order of memory that it reads off the weights' strides, which of one channel tell nothing, and copies the largest
    gradients into it. It has no setting for either, so its table of what it leaves to torch is told; where a version of
    torch has another table it compiles as it would. Its caches of whole graphs do not ask for that table and are not
    used; what the C++ compiler made is kept as ever.
    """
    try:
        import torch
        from torch._functorch import config
        from torch._inductor import config as inductor
        from torch._inductor import lowering as tables
        from torch._inductor.decomposition import decompositions

        lowering: Any = tables
        for name in KEPT:
            packet = getattr(torch.ops.aten, name)
            kinds = [getattr(packet, overload) for overload in packet.overloads()]
            for kind in kinds:
                decompositions.pop(kind, None)
            for kind in (packet, *kinds):
                lowering.lowerings.pop(kind, None)
            lowering.make_fallback(packet, layout_constraint=lowering.constrain_to_fx_strides)
        config.enable_autograd_cache = False
        inductor.fx_graph_cache = False
    except (ImportError, AttributeError, AssertionError, TypeError):
        return
