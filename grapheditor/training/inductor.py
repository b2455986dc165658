"""What torch.compile is told before it compiles for a CPU."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def keep_pooling() -> None:
    """Let compiled networks pool by torch's own kernels, as uncompiled ones do.

    Inductor writes a max-pooling of its own, whose way back searches all windows for each number: on a CPU that takes
    longer than all else of a small convolutional network. It has no setting for it, so its table of what it leaves to
    torch is told; where a version of torch has another table it compiles as it would. Its cache of whole graphs does
    not ask for that table and is not used.
    """
    try:
        import torch
        from torch._functorch import config
        from torch._inductor import lowering as tables
        from torch._inductor.decomposition import decompositions

        lowering: Any = tables
        for name in ("max_pool2d_with_indices", "max_pool2d_with_indices_backward"):
            packet = getattr(torch.ops.aten, name)
            kinds = [getattr(packet, overload) for overload in packet.overloads()]
            for kind in kinds:
                decompositions.pop(kind, None)
            for kind in (packet, *kinds):
                lowering.lowerings.pop(kind, None)
            lowering.make_fallback(packet, layout_constraint=lowering.constrain_to_fx_strides)
        config.enable_autograd_cache = False
    except (ImportError, AttributeError, AssertionError, TypeError):
        return
