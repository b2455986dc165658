"""An ONNX file written in one go: the graph first, then each weight straight from its tensor; none is held twice.

Protocol buffers say the length of a message before it, so those of the model and of its graph are counted first.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import onnx
from onnxscript import ir

SMALL = 1024
"""Tensors of fewer bytes stay where they are, in the graph."""
LARGEST = 2**31 - 1
"""No message may be longer; a model that would be has its weights in a file beside it."""
_GRAPH, _INITIALIZER, _RAW = b"\x3a", b"\x2a", b"\x4a"
"""Fields 7 of onnx.proto's ModelProto, 5 of GraphProto and 9 of TensorProto, each of them with a length."""


def write_model(model: Any, path: Path, largest: int = LARGEST) -> list[Path]:
    """Write a model of onnxscript's with its weights; return the files, that of the model last.

    There are two where the model would be longer than largest: its weights are in ``NAME.data`` then.
    """
    weights = {name: value.const_value for name, value in model.graph.initializers.items()}
    weights = {name: tensor for name, tensor in weights.items() if tensor is not None and tensor.nbytes >= SMALL}
    proto = _without(model, weights)
    graph = proto.graph.SerializeToString()
    proto.ClearField("graph")
    heads = [(_head(name, tensor), tensor) for name, tensor in weights.items()]
    lengths = [_length(head, tensor) for head, tensor in heads]
    inside = len(graph) + sum(len(_framed(_INITIALIZER, length)) + length for length in lengths)
    before = proto.SerializeToString()
    if len(before) + inside + 16 <= largest:
        with path.open("wb") as file:
            file.write(before + _framed(_GRAPH, inside) + graph)
            for (head, tensor), length in zip(heads, lengths, strict=True):
                file.write(_framed(_INITIALIZER, length) + head + _framed(_RAW, tensor.nbytes))
                tensor.tofile(file)
        return [path]
    beside = path.with_name(f"{path.name}.data")
    with beside.open("wb") as file:
        rows = [_head(name, tensor, (beside.name, _placed(tensor, file))) for name, tensor in weights.items()]
    after = b"".join(_framed(_INITIALIZER, len(row)) + row for row in rows)
    path.write_bytes(before + _framed(_GRAPH, len(graph) + len(after)) + graph + after)
    return [beside, path]


def _without(model: Any, weights: dict[str, Any]) -> onnx.ModelProto:
    """Return the message of a model that lacks some of its weights; the model has them afterwards."""
    initializers = model.graph.initializers
    all_of_them = dict(initializers)
    for name in weights:
        del initializers[name]
    try:
        proto: onnx.ModelProto = ir.to_proto(model)
    finally:
        initializers.clear()
        initializers.update(all_of_them)
    return proto


def _head(name: str, tensor: Any, place: tuple[str, int] | None = None) -> bytes:
    """Return the message of a tensor without its numbers; place: the file beside, and where in it they begin."""
    head = onnx.TensorProto(name=name, data_type=int(tensor.dtype), dims=tuple(tensor.shape))
    if place is not None:
        head.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", place[0]), ("offset", place[1]), ("length", tensor.nbytes)):
            head.external_data.add(key=key, value=str(value))
    return bytes(head.SerializeToString())


def _length(head: bytes, tensor: Any) -> int:
    return len(head) + len(_framed(_RAW, tensor.nbytes)) + int(tensor.nbytes)


def _framed(field: bytes, length: int) -> bytes:
    """Return what stands before a message: its field and its length, seven bits a byte, the lowest first."""
    digits = bytearray()
    while length > 127:
        digits.append(length & 127 | 128)
        length >>= 7
    return field + bytes((*digits, length))


def _placed(tensor: Any, file: IO[bytes]) -> int:
    """Write a tensor's numbers, at a page of their own so that they can be mapped; return where they begin."""
    file.write(bytes(-file.tell() % 4096))
    start = file.tell()
    tensor.tofile(file)
    return start
