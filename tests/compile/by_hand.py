"""A second reading of a graph: node by node, options computed anew, with the weights of a module that was built."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from grapheditor.graph import Body, Graph, Node, Output
from grapheditor.graph.arithmetic import compute, is_expression, parse

Arriving = dict[str, list[Tensor]]


class ByHand:
    """Runs the nodes of a graph one after another; nothing of the compiler is asked."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self.state = state

    def results(self, graph: Graph, inputs: Mapping[str, Tensor], names: tuple[str, ...]) -> list[Tensor]:
        """Return what arrives at some output nodes."""
        found = self._values(graph, {}, "", dict(inputs), names)
        return [found[Output(name)] for name in names]

    def _values(self, body: Body, options: Mapping, prefix: str, given: Mapping[str, Tensor], ends) -> dict:
        values = {Output(name): tensor for name, tensor in given.items()}
        done = set(given)

        def value(start: Output) -> Tensor | None:
            if start.node not in done:
                done.add(start.node)
                node = body.nodes[start.node]
                arriving: Arriving = {}
                for end, source in sorted(body.into(node.id).items(), key=lambda wire: (wire[0].port, wire[0].index)):
                    arriving.setdefault(end.port, []).append(value(source))
                values.update(self._node(body, node, options, prefix, arriving))
            return values.get(start)

        for name in ends:
            value(Output(name))
        return values

    def _node(self, body: Body, node: Node, options: Mapping, prefix: str, arriving: Arriving) -> dict:
        copies = node.repeat if isinstance(node.repeat, int) else compute(parse(node.repeat), options)
        module = body.modules.get(node.operator)
        ports = module.head.inputs if module else {"add": ("x", "y"), "concatenate": ("xs",)}.get(node.operator, ("x",))
        ports = ("query",) if node.operator == "attention" else ports
        first = module.head.outputs[0][0] if module else "out"
        if copies == 0 or (node.when and not compute(parse(node.when), options)):
            return {Output(node.id, first): arriving[ports[0]][0]}
        if node.repeat == 1:
            return self._one(body, node, options, prefix, f"{prefix}{node.id}", arriving)
        carried = module.head.carried if module else {"out": "x"}
        collected: dict = {}
        for i in range(copies):
            found = self._one(body, node, {**options, "i": i}, prefix, f"{prefix}{node.id}.{i}", arriving)
            for start, tensor in found.items():
                collected.setdefault(start, []).append(tensor)
            arriving = {**arriving, **{port: [found[Output(node.id, out)]] for out, port in carried.items()}}
        return {
            start: tensors[-1] if start.port in carried else torch.stack(tensors)
            for start, tensors in collected.items()
        }

    def _one(self, body: Body, node: Node, options: Mapping, prefix: str, path: str, arriving: Arriving) -> dict:
        def own(name: str, default: object) -> object:
            value = node.options.get(name, default)
            return compute(parse(str(value)[1:]), options) if is_expression(value) else value

        module = body.modules.get(node.operator)
        if module is not None:
            inner = {item.name: own(item.name, item.default) for item in module.head.options}
            given = {name: arriving[name][0] for name in module.head.inputs}
            ends = [end for _, end in module.head.outputs]
            values = self._values(module, inner, f"{path}.", given, ends)
            return {Output(node.id, port): values[Output(end)] for port, end in module.head.outputs}
        if node.weights and f"{path}.weight" not in self.state:
            path = next(
                f"{prefix}{other.id}"
                for other in body.nodes.values()
                if other.weights == node.weights and f"{prefix}{other.id}.weight" in self.state
            )
        return {Output(node.id): self._operator(node, own, path, arriving)}

    def _operator(self, node: Node, own, path: str, arriving: Arriving) -> Tensor:
        weight, bias = self.state.get(f"{path}.weight"), self.state.get(f"{path}.bias")
        match node.operator, *(item for items in arriving.values() for item in items):
            case "output", x:
                return x
            case "linear", x:
                assert weight is not None and len(weight) == own("out_features", 0)
                assert (bias is not None) == own("bias", True)
                return F.linear(x, weight, bias)
            case "layer_norm", x:
                return F.layer_norm(x, x.shape[-1:], weight, bias, own("eps", 1e-5))
            case "position_embedding", x:
                return x + self.state[f"{path}_weight"][: x.shape[1]]
            case "relu", x:
                return F.relu(x)
            case "tanh", x:
                return torch.tanh(x)
            case "dropout", x:
                return x
            case "add", x, y:
                return x + y
            case "concatenate", *xs:
                return torch.cat(xs, own("dim", 1))
            case "attention", key, query, value:
                heads = own("heads", 8)
                q, k, v = (x.unflatten(2, (heads, x.shape[2] // heads)).transpose(1, 2) for x in (query, key, value))
                mixed = F.scaled_dot_product_attention(q, k, v, is_causal=own("causal", False))
                return mixed.transpose(1, 2).flatten(2)
        raise AssertionError(node.operator)
