"""Evaluates recorded calls on the meta device: shapes and types without memory, multiply-adds without work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import reduce
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode
from torch.utils.flop_counter import flop_registry

ROOTS: dict[str, Any] = {"nn": nn, "F": functional, "torch": torch}
DTYPES = {
    name: getattr(torch, name)
    for name in ("float32", "float64", "int64", "bool", "float16", "bfloat16", "int32", "complex64", "complex128")
}


def _plain(arguments: Sequence[Any], keywords: dict[str, Any]) -> bool:
    """Tell attention that one of torch's fused kernels says the shape of at once, instead of being taken apart."""
    if len(arguments) != 3 or set(keywords) - {"is_causal"} or any(len(item.shape) != 4 for item in arguments):
        return False
    query, key, value = (tuple(item.shape) for item in arguments)
    return query[:2] == key[:2] and key[:3] == value[:3] and query[3] == key[3]


def _read(layer: nn.RNNBase, x: torch.Tensor, others: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Ask a recurrent layer about one place: torch's own Python would go through all of them, each at the same cost."""
    places = int(x.shape[1])
    counter = _get_current_dispatch_mode()
    before = counter.count if isinstance(counter, MultiplyAdds) else 0
    out, states = layer(x[:, :1], *others, **keywords)
    if isinstance(counter, MultiplyAdds):
        counter.count = before + (counter.count - before) * places
    return out.new_empty(out.shape[0], places, out.shape[2]), states


def _first_of_each(stack: nn.Module, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Ask the first layer of each stack in a transformer: the others have its sizes, and as much to compute."""
    stacks = [part for part in stack.modules() if isinstance(part, nn.TransformerEncoder | nn.TransformerDecoder)]
    layers = [part.layers for part in stacks]
    depths = {len(whole) for whole in layers}
    if len(depths) > 1 or 0 in depths:
        return stack(*arguments, **keywords)
    counter = _get_current_dispatch_mode()
    before = counter.count if isinstance(counter, MultiplyAdds) else 0
    try:
        for part, whole in zip(stacks, layers, strict=True):
            part.layers = whole[:1]
        found = stack(*arguments, **keywords)
    finally:
        for part, whole in zip(stacks, layers, strict=True):
            part.layers = whole
    if isinstance(counter, MultiplyAdds):
        counter.count = before + (counter.count - before) * depths.pop()
    return found


COUNT: ContextVar[int] = ContextVar("count", default=1)
"""What stands for a number that only the values tell, while an operator is recorded."""
COUNTED: dict[Any, Any] = {
    torch.nonzero: lambda count, x: torch.empty((count, x.ndim), dtype=torch.int64, device=x.device),
    torch.masked_select: lambda count, x, mask: torch.empty((count,), dtype=x.dtype, device=x.device),
}
"""Calls whose result has as many rows as the values say; the meta device refuses them."""
STACKS = (nn.Transformer, nn.TransformerEncoder, nn.TransformerDecoder)
"""Layers of which each stack is asked about its first."""
ALIKE = {functional.linear, functional.conv2d, functional.grid_sample}
"""Functions that take tensors of one type only; the meta device takes any."""
LAYERS = 10_000
"""So many layers are kept on the meta device: making one takes longer than asking it for a shape."""


def _ctc(scores: torch.Tensor, targets: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what CTC gives for each text, and what it keeps for the way back: batch × place × twice the letters."""
    places, batch, _classes = scores.shape
    return scores.new_empty(batch), scores.new_empty(batch, places, 2 * targets.shape[-1] + 1)


# torch does not know it on the meta device; so it is inferred, foretold and matched as all else is
torch.library.register_fake("aten::_ctc_loss.Tensor", _ctc)
torch.library.register_fake("aten::_ctc_loss_backward.Tensor", lambda _, scores, *__: torch.empty_like(scores))


class MetaBackend:
    """The recorder's backend on torch's meta device."""

    def __init__(self) -> None:
        self._layers: dict[Any, nn.Module] = {}

    def resolve(self, name: str) -> Any:
        """Return what a dotted name stands for in torch."""
        root, *path = name.split(".")
        value = ROOTS[root]
        for part in path:
            value = getattr(value, part)
        return value

    def call(self, function: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call a function, a method or a layer; what it makes is on the meta device.

        The meta device takes what no real one does: a layer whose weights are of another type than what arrives.
        """
        if isinstance(function, nn.Module) and arguments and isinstance(arguments[0], torch.Tensor):
            held = (*function.parameters(), *function.buffers())
            own = next((item.dtype for item in held if item.is_floating_point()), None)
            if own is not None and arguments[0].is_floating_point() and arguments[0].dtype != own:
                came, wants = (str(kind).removeprefix("torch.") for kind in (arguments[0].dtype, own))
                raise TypeError(f"the weights are {wants}, and {came} arrives")
        if isinstance(function, type) and issubclass(function, nn.Module):
            return self._layer(function, arguments, keywords)
        if function is functional.scaled_dot_product_attention and _plain(arguments, keywords):
            return torch.ops.aten._scaled_dot_product_efficient_attention(*arguments, None, False)[0]
        if function in ALIKE:
            kinds = dict.fromkeys(str(item.dtype) for item in arguments if isinstance(item, torch.Tensor))
            if len(kinds) > 1:
                raise TypeError(f"one type is wanted, and here are {' and '.join(kinds).replace('torch.', '')}")
        if function in COUNTED:
            return COUNTED[function](COUNT.get(), *arguments, **keywords)
        if isinstance(function, nn.RNNBase) and arguments[0].ndim == 3:
            return _read(function, arguments[0], arguments[1:], keywords)
        if isinstance(function, STACKS):
            return _first_of_each(function, arguments, keywords)
        given = (*arguments, getattr(function, "__self__", None))
        if any(isinstance(item, torch.Tensor) for item in given):
            return function(*arguments, **keywords)
        with torch.device("meta"):  # what arrives is there already; what is made from nothing is not
            return function(*arguments, **keywords)

    def _layer(self, kind: type[nn.Module], arguments: Sequence[Any], keywords: dict[str, Any]) -> nn.Module:
        """Make a layer, or take one that was made alike: on the meta device it has nothing that could change."""
        key = (kind, repr((arguments, keywords)))
        found = self._layers.get(key)
        if found is None:
            if len(self._layers) >= LAYERS:
                self._layers.clear()
            with torch.device("meta"):
                found = self._layers[key] = kind(*arguments, **keywords)
        return found

    def given(self, shape: Sequence[int | str], dtype: str) -> torch.Tensor:
        """Make an empty tensor of that shape and type."""
        return torch.empty([int(size) for size in shape], dtype=DTYPES[dtype], device="meta")

    def is_tensor(self, value: Any) -> bool:
        """Tell whether a value is a tensor."""
        return isinstance(value, torch.Tensor)

    def is_layer(self, value: Any) -> bool:
        """Tell whether a value is a layer."""
        return isinstance(value, nn.Module)

    def is_constructor(self, function: Any) -> bool:
        """Tell whether calling a function makes a layer, a parameter or a buffer."""
        return isinstance(function, type) and (issubclass(function, nn.Module) or function in (nn.Parameter, nn.Buffer))


_aten = torch.ops.aten
LIKE = {
    _aten.relu, _aten.gelu, _aten.tanh, _aten.sigmoid, _aten.hardtanh, _aten.tril, _aten._softmax, _aten._log_softmax,
    _aten._safe_softmax, _aten.abs, _aten.neg, _aten.exp, _aten.log, _aten.sqrt, _aten.rsqrt, _aten.sin, _aten.cos,
    _aten.pow, _aten.silu, _aten.elu, _aten.softplus, _aten.leaky_relu, _aten.hardswish, _aten.mish, _aten.clamp,
    _aten.clamp_min, _aten.triu, _aten.add, _aten.sub, _aten.mul, _aten.div, _aten.hardsigmoid, _aten.logit,
    _aten.erf, _aten.square,
}  # fmt: skip
IN_PLACE = {_aten.bernoulli_, _aten.div_, _aten.mul_, _aten.add_, _aten.sigmoid_, _aten.clamp_min_}
NORMS = {_aten.native_batch_norm, _aten.native_layer_norm}
"""What comes out is like what goes in; torch's own Python for it on the meta device takes a hundred times as long."""


COMPARED = {_aten.eq, _aten.ne, _aten.gt, _aten.ge, _aten.lt, _aten.le}
"""What comes out is like what goes in, but true or false."""
REDUCED = {_aten.mean, _aten.sum, _aten.amax, _aten.amin}
"""What comes out lacks the dimensions that are named, all of them where none is."""
PAIRS = {_aten.add, _aten.sub, _aten.mul, _aten.div}
"""What comes out has the shape that both go into."""


def _goes_with(first: torch.Tensor, other: Any) -> bool:
    """Tell whether what else a call gets leaves shape and type as the first argument has them."""
    if isinstance(other, torch.Tensor):
        return other.dtype == first.dtype and other.shape == first.shape
    return not isinstance(other, complex)


def like(packet: Any, args: tuple[Any, ...]) -> Any:
    """Return the result of a call whose shape and type are plain to see, None for any other."""
    if not args or not isinstance(args[0], torch.Tensor) or not args[0].is_floating_point():
        return None
    if packet in IN_PLACE:
        return args[0]
    if packet in LIKE and all(_goes_with(args[0], item) for item in args[1:]):
        return torch.empty_like(args[0])
    if packet in COMPARED and len(args) == 2 and _goes_with(args[0], args[1]):
        return torch.empty_like(args[0], dtype=torch.bool)
    if packet in REDUCED:
        return _reduced(*args)
    if packet in SIZED:
        return SIZED[packet](*args)
    if packet in NORMS:
        few = torch.empty(0, device="meta")
        return torch.empty_like(args[0]), few, few
    if packet in PAIRS and len(args) == 2 and _are_one_type(args) and all(item.is_contiguous() for item in args):
        shape = _common(args[0].shape, args[1].shape)
        return None if shape is None else args[0].new_empty(shape)
    if packet is _aten.addmm and _are_one_type(args) and args[1].ndim == args[2].ndim == 2:
        shape = args[1].shape[0], args[2].shape[1]
        fits = args[1].shape[1] == args[2].shape[0] and _common(args[0].shape, shape) == shape
        return args[0].new_empty(shape) if fits else None
    return None


def _reduced(x: torch.Tensor, dims: Sequence[int] | int | None = None, keeps: bool = False) -> torch.Tensor | None:
    """Return what is left of a tensor without these dimensions, None where torch would refuse them."""
    if not x.is_contiguous() or 0 in x.shape:
        return None
    given = [dims] if isinstance(dims, int) else dims or range(x.ndim)
    gone = {dim % x.ndim for dim in given if -x.ndim <= dim < x.ndim}
    if len(gone) < len(given):
        return None
    shape = (1 if i in gone else size for i, size in enumerate(x.shape) if keeps or i not in gone)
    return x.new_empty(tuple(shape))


def _sampled(x: torch.Tensor, grid: torch.Tensor, *_: Any) -> torch.Tensor | None:
    fits = x.ndim == grid.ndim == 4 and grid.shape[0] == x.shape[0]
    return x.new_empty(*x.shape[:2], *grid.shape[1:3]) if fits else None


def _resized(x: torch.Tensor, sizes: Sequence[int] | None, *_: Any) -> torch.Tensor | None:
    return x.new_empty(*x.shape[:2], *sizes) if x.ndim == 4 and x.is_contiguous() and sizes is not None else None


def _picked(scores: torch.Tensor, target: torch.Tensor, weight: Any, reduction: int, _: int) -> Any:
    """Return what the negative log-likelihood of classes gives, and the weight of all of them."""
    fits = scores.ndim == 2 and target.shape == scores.shape[:1] and target.dtype == torch.int64 and weight is None
    return (scores.new_empty(() if reduction else target.shape), scores.new_empty(())) if fits else None


def _trilinear(a: Any, b: Any, c: Any, *places: Any) -> torch.Tensor | None:
    """Return what a bilinear layer computes: the product of three tensors, each of which gets dimensions, summed."""
    *added, summed = places[:4]
    first, second, third = (reduce(torch.unsqueeze, sorted(new), x) for x, new in zip((a, b, c), added, strict=True))
    both = _common(first.shape, second.shape)
    shape = _common(both, third.shape) if both is not None and _are_one_type((a, b, c)) else None
    return None if shape is None else _reduced(a.new_empty(shape), summed)


SIZED: dict[Any, Callable[..., Any]] = {
    _aten.grid_sampler_2d: _sampled,
    _aten.upsample_bilinear2d: _resized,
    _aten.upsample_nearest2d: _resized,
    _aten.nll_loss_forward: _picked,
    _aten._trilinear: _trilinear,
    _aten.log_sigmoid_forward: lambda x: (torch.empty_like(x), torch.empty_like(x)),
    _aten.affine_grid_generator: lambda x, size, _: x.new_empty(*size[:1], *size[2:], 2) if len(size) == 4 else None,
}
"""What comes out has a shape that is plain to see, where it is the common case; None where torch is to be asked."""


def _are_one_type(args: tuple[Any, ...]) -> bool:
    """Tell whether all are tensors of the first one's type."""
    return all(isinstance(item, torch.Tensor) and item.dtype == args[0].dtype for item in args)


def _common(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """Return the shape that both go into, None where there is none."""
    rank = max(len(first), len(second))
    pairs = zip((1,) * (rank - len(first)) + (*first,), (1,) * (rank - len(second)) + (*second,), strict=True)
    found = tuple(b if a == 1 else a if b in (1, a) else -1 for a, b in pairs)
    return None if -1 in found else found


_WHOLE: set[Any] = {torch.ops.prim.device.default}
"""Calls that have no parts: torch is asked once."""


class MultiplyAdds(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the multiply-adds of convolutions and matrix products by torch's own formulas (two FLOPs each)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count one call; what torch has no formula for is taken apart first."""
        kwargs = kwargs or {}
        packet = func._overloadpacket
        result = None if "dtype" in kwargs else like(packet, args)
        if result is None and packet not in flop_registry and func not in _WHOLE:
            with self:
                parts = func.decompose(*args, **kwargs)
                if parts is not NotImplemented:
                    return parts
            _WHOLE.add(func)
        if result is None:
            result = func(*args, **kwargs)
        if packet in flop_registry:
            self.count += int(flop_registry[packet](*args, **kwargs, out_val=result)) // 2
        return result
