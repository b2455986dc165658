"""Runs an operator's body once, for given options and arriving types, and keeps what can be said without weights."""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from grapheditor.authoring import Operator, Refusal
from grapheditor.authoring.expression import Call, Construct, Expression, Reference, fingerprint
from grapheditor.authoring.options import Value
from grapheditor.authoring.recorder import Recorder
from grapheditor.authoring.values import Chosen, Tensor
from grapheditor.compile.backend import COUNT, DTYPES, MetaBackend, MultiplyAdds
from grapheditor.compile.explain import explain
from grapheditor.graph.names import refusal


class TensorType(NamedTuple):
    """Element type and sizes of a tensor at one point of the symbols."""

    dtype: str
    shape: tuple[int, ...]


Arriving = TensorType | tuple[TensorType, ...] | None
PARAMETRIZED = re.compile(r"parametrizations\.(\w+)\.(original\d?|\d+\.\w+)$")
"""How torch calls what a weight is made of."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter or buffer: whose it is, its name there, its sizes, and whether training changes it.

    construct: which of the recording's constructs has it, and made: what that is called in its operator; name is empty
    where that is the tensor itself.
    """

    construct: int
    made: str | None
    name: str
    shape: tuple[int, ...]
    trained: bool

    @property
    def key(self) -> str:
        """What its node calls it: ``weight``, ``query.weight``; a lone tensor without a name is its value."""
        return ".".join(filter(None, (self.made, self.name))) or "value"

    @property
    def plain(self) -> str:
        """What its node calls it where it is not made of others: that is what is said of it by."""
        return PARAMETRIZED.sub(r"\1", self.key)

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        count = 1
        for part in self.shape:
            count *= part
        return count


@dataclass(frozen=True, slots=True)
class Recording:
    """One run of a body: the expressions of its outputs and their types, what it constructs, its weights and costs.

    activation_bytes: the outputs that are not a view of what arrived.
    """

    outputs: tuple[Expression, ...]
    types: tuple[TensorType, ...]
    constructs: tuple[Construct, ...]
    weights: tuple[Weight, ...]
    multiply_adds: int
    activation_bytes: int
    steps: str
    made: str

    @property
    def is_layer(self) -> bool:
        """Whether all it does is to call one layer."""
        match self.outputs:
            case (Call(function=Construct(name=None), arguments=(Reference(),)),):
                return len(self.constructs) == 1
        return False

    @property
    def parameters(self) -> int:
        """How many numbers training changes."""
        return sum(weight.size for weight in self.weights if weight.trained)


_BACKEND = MetaBackend()
_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def record(
    operator: Operator, options: Mapping[str, Value], arriving: Mapping[str, Arriving], count: int = 1
) -> Recording:
    """Run a body on the meta device; Refusal with a sentence where it cannot take what arrives.

    count: what stands for a size that depends on values.
    """
    COUNT.set(count)
    recorder = Recorder(_BACKEND)
    inputs: list[Any] = []
    stores: set[int] = set()
    for port in operator.inputs:
        kind = arriving.get(port.name)
        if kind is None:
            inputs.append(None)
        elif isinstance(kind, TensorType):
            inputs.append(recorder.arrives(port.name, _empty(kind, stores)))
        else:
            inputs.append([recorder.arrives(port.name, _empty(item, stores), i) for i, item in enumerate(kind)])
    counter = MultiplyAdds()
    with recorder.recording(), torch.no_grad(), warnings.catch_warnings(), counter:
        warnings.simplefilter("ignore")
        try:
            result = operator.body(*inputs, **{name: _chosen(name, value) for name, value in options.items()})
        except Refusal:
            raise
        except (
            RuntimeError,
            TypeError,
            ValueError,
            IndexError,
            AttributeError,
            AssertionError,
            NotImplementedError,
        ) as error:
            raise Refusal(explain(error) + _place_of(operator, error)) from error
        except Exception as error:
            if not operator.origin:  # what ships raises nothing else: that would be a defect
                raise
            raise Refusal(f"{type(error).__name__}: {error}{_place_of(operator, error)}") from error
    results = () if result is None else result if isinstance(result, tuple) else (result,)
    if operator.origin:
        _check_results(operator, results)
        _check_names(operator, [construct.name for construct, _ in recorder.constructs])
    return _recording(recorder, results, stores, counter.count)


def _check_results(operator: Operator, results: tuple[Any, ...]) -> None:
    """Refusal where the body of a user's own operator gives something else than its declaration says."""
    if len(results) != len(operator.outputs):
        said = len(operator.outputs)
        raise Refusal(f"Its body gives {len(results)} results, and its declaration says {said} ({operator.origin}).")
    for item in results:
        if not isinstance(item, Tensor):
            raise Refusal(f"Its body gives a {type(item).__name__}, which is no tensor ({operator.origin}).")


def _check_names(operator: Operator, names: list[str | None]) -> None:
    """Refusal where two layers that a user's own operator makes would be one attribute of the printed module."""
    for name in names:
        if name is not None and refusal(str(name)):
            raise Refusal(f"Its body calls a layer {name!r}: {refusal(str(name))} ({operator.origin}).")
    if len(set(names)) < len(names):
        text = 'Its body makes several layers: give each a name, as in nn.Linear(8, 4, name="down")'
        raise Refusal(f"{text} ({operator.origin}).")


def _place_of(operator: Operator, error: BaseException) -> str:
    """Say which line of the user's own file it was; nothing of what ships."""
    frames = traceback.extract_tb(error.__traceback__) if operator.origin else []
    lines = [frame.lineno for frame in frames if frame.filename == operator.origin]
    return f" ({Path(operator.origin).name}, line {lines[-1]})" if lines else ""


def _chosen(name: str, value: Value) -> Value:
    return Chosen(value, name) if type(value) is int else value


def _empty(kind: TensorType, stores: set[int]) -> torch.Tensor:
    tensor = _BACKEND.given(kind.shape, kind.dtype)
    stores.add(tensor.untyped_storage()._cdata)
    return tensor


def _recording(recorder: Recorder, results: tuple[Tensor, ...], stores: set[int], multiply_adds: int) -> Recording:
    size = 0
    for item in results:
        store = item.value.untyped_storage()._cdata
        if store not in stores:
            stores.add(store)
            size += item.value.numel() * item.value.element_size()
    outputs = tuple(item.expression for item in results)
    constructs = tuple(construct for construct, _ in recorder.constructs)
    return Recording(
        outputs=outputs,
        types=tuple(_type(item.value) for item in results),
        constructs=constructs,
        weights=tuple(
            weight for i, (item, value) in enumerate(recorder.constructs) for weight in _weights(i, item.name, value)
        ),
        multiply_adds=multiply_adds,
        activation_bytes=size,
        steps=fingerprint(outputs),
        made=fingerprint(constructs, values=True),
    )


def _type(value: torch.Tensor) -> TensorType:
    name = _NAMES.get(value.dtype, str(value.dtype).removeprefix("torch."))
    return TensorType(name, tuple(value.shape))


def _weights(place: int, made: str | None, value: Any) -> list[Weight]:
    if isinstance(value, nn.Module):
        return [
            *(Weight(place, made, name, tuple(item.shape), True) for name, item in value.named_parameters()),
            *(Weight(place, made, name, tuple(item.shape), False) for name, item in value.named_buffers()),
        ]
    return [Weight(place, made, "", tuple(value.shape), isinstance(value, nn.Parameter))]
