"""Computation in float16: an ONNX graph whose weights and operators are half as wide, its inputs and outputs as before.

Every operator computes in one of two types, and a cast stands where a value passes from one to the other. Casts would
be too late behind an input that has been halved already, so what must stay in float32 is decided first: what measures
or adds up over many numbers, whose sums leave the range of half precision (65,504), and what takes a number that half
precision does not have.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from onnxscript import ir
from onnxscript.ir.passes import common

SINGLE, HALF = ir.DataType.FLOAT, ir.DataType.FLOAT16
LARGEST = float(np.finfo(np.float16).max)
WIDE = frozenset(
    {
        "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization",
        "RMSNormalization", "MeanVarianceNormalization", "LpNormalization", "LRN", "Softmax", "LogSoftmax",
        "SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss", "ReduceSum", "ReduceMean", "ReduceProd",
        "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "CumSum", "Exp", "Pow", "Log",
        "Softplus", "Einsum", "Resize", "Range", "Cast", "Constant", "ConstantOfShape", "EyeLike",
        "NonMaxSuppression"
    }
)  # fmt: skip
"""Operators that stay in float32: statistics, sums and powers, and those for which ONNX has no float16."""


def to_half(model: Any, fitted: Collection[str] = ()) -> None:
    """Let a model of onnxscript's compute in float16; its inputs and outputs keep their types.

    fitted: names of initializers that describe the data (its mean and deviation); what they meet stays in float32.
    """
    halving = _Halving(model, fitted)
    halving.graph(model.graph, outermost=True)
    common.RemoveUnusedNodesPass()(model)
    for name, value in halving.constants.items():
        if name not in model.graph.initializers:
            value.name = value.const_value.name = name


class _Halving:
    """One conversion; casts are made once for each value and type."""

    def __init__(self, model: Any, fitted: Collection[str]) -> None:
        self.main = model.graph
        self.fitted = frozenset(fitted)
        self.constants: dict[str, Any] = {}
        self.made: dict[tuple[int, Any], Any] = {}
        self.taken = {value.name for node in self.main.all_nodes() for value in node.outputs} | set(
            self.main.initializers
        )

    def graph(self, graph: Any, outermost: bool = False) -> None:
        """Convert a graph, or the body of a loop, whose inputs and outputs are halved with the rest."""
        for value in () if outermost else graph.inputs:
            if value.dtype == SINGLE:
                value.dtype = HALF
        for node in list(graph):
            wide = self.is_wide(node)
            for i, value in enumerate(node.inputs):
                node.replace_input_with(i, self.as_type(value, SINGLE if wide else HALF))
            if wide:
                continue
            for attribute in node.attributes.values():
                if attribute.type == ir.AttributeType.GRAPH:
                    self.graph(attribute.value)
                elif attribute.type == ir.AttributeType.GRAPHS:
                    for inner in attribute.value:
                        self.graph(inner)
            for value in node.outputs:
                if value.dtype == SINGLE:
                    value.dtype = HALF
        for i, value in enumerate(graph.outputs):
            if not outermost:
                graph.outputs[i] = self.as_type(value, HALF)
            elif value.dtype == HALF:
                graph.outputs[i] = self.renamed(value)

    def is_wide(self, node: Any) -> bool:
        """Tell whether a node must compute in float32."""
        if node.domain or node.op_type in WIDE or crashes(node):
            return True
        return any(value is not None and (value.name in self.fitted or not fits(value)) for value in node.inputs)

    def as_type(self, value: Any, kind: Any) -> Any:
        """Return a value in one of the two types, itself where it is of that type or of none of them."""
        if value is None or value.dtype not in (SINGLE, HALF) or value.dtype == kind:
            return value
        key = (id(value), kind)
        if key not in self.made:
            constant = ir.convenience.get_const_tensor(value)
            self.made[key] = self.constant(value, constant) if constant is not None else self.cast(value, kind)
        return self.made[key]

    def constant(self, value: Any, tensor: Any) -> Any:
        """Return a constant in float16; its numbers are converted when they are written."""
        name = self.named(f"{value.name}_half")
        halved = ir.LazyTensor(lambda: ir.Tensor(narrowed(tensor)), dtype=HALF, shape=tensor.shape, name=name)
        made = ir.Value(name=name, shape=value.shape, type=ir.TensorType(HALF), const_value=halved)
        self.main.register_initializer(made)
        self.constants[value.name] = made
        return made

    def cast(self, value: Any, kind: Any) -> Any:
        """Insert a cast behind the node that a value comes from, or before all others."""
        name = self.named(f"{value.name}_{'half' if kind == HALF else 'single'}")
        made = ir.Value(name=name, shape=value.shape, type=ir.TensorType(kind))
        node = ir.node("Cast", [value], {"to": int(kind)}, outputs=[made])
        producer = value.producer()
        graph = producer.graph if producer is not None else value.graph
        if producer is not None:
            graph.insert_after(producer, node)
        else:
            graph.insert_before(graph[0], node)
        return made

    def renamed(self, value: Any) -> Any:
        """Return a result in float32 that has the name of the one in float16, which gets another."""
        made = self.cast(value, SINGLE)
        name, value.name = value.name, self.named(f"{value.name}_half")
        made.name = name
        return made

    def named(self, name: str) -> str:
        """Return a name that nothing has."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def crashes(node: Any) -> bool:
    """Tell whether onnxruntime (1.31) dies of a node in float16, without a word, as soon as it has loaded the file.

    It does where it moves the first dimension of what is multiplied by weights: such as between an LSTM and a linear
    layer.
    """
    if node.op_type != "Transpose":
        return False
    return any(user.op_type == "MatMul" and place == 0 for user, place in node.outputs[0].uses())


def fits(value: Any) -> bool:
    """Tell whether half precision has the numbers of a constant; of what is none, True.

    It has infinities. A single number that would become 0 does not fit: it may be divided by.
    """
    tensor = ir.convenience.get_const_tensor(value) if value.dtype == SINGLE else None
    if tensor is None or not tensor.size:
        return True
    numbers = tensor.numpy()
    largest = max(-float(numbers.min()), float(numbers.max()))
    if tensor.size == 1 and largest > 0 and np.float16(min(largest, 1.0)) == 0:
        return False
    return largest <= LARGEST or largest == float("inf")


def narrowed(tensor: Any) -> Any:
    """Return a tensor's numbers in float16."""
    return tensor.numpy().astype(np.float16)
