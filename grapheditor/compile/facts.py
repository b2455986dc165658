"""What inference knows: of a wire, of a node, of a body. All of it is immutable and shared between analyses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grapheditor.authoring.options import Value
from grapheditor.compile.record import Recording, Weight
from grapheditor.graph import Body, Problem
from grapheditor.graph.arithmetic import Number, Term, show

Sizes = tuple[tuple[int, ...], ...]
"""The sizes of a tensor at each point of the free symbols."""


@dataclass(frozen=True, slots=True)
class WireType:
    """What travels on a wire: element type, sizes at each point, and as expressions; None where none was found."""

    dtype: str
    sizes: Sizes
    dims: tuple[Term | None, ...]

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes as integers, or as text where symbols are in them."""
        return tuple("?" if dim is None else dim.value if isinstance(dim, Number) else show(dim) for dim in self.dims)

    def __str__(self) -> str:
        sizes = (f"({size})" if isinstance(size, str) and {" ", "/"} & set(size) else str(size) for size in self.shape)
        return "×".join(sizes) or "a single number"


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost at each point of the free symbols, and as an expression where one was found."""

    values: tuple[int, ...]
    term: Term | None


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What is known of a node.

    outputs: by port; empty where something inside is wrong. options: the values that it was inferred with. recordings:
    of an operator, one at each point. held: its weights. inside: of a module. copies: of a repeated node, one by one;
    equal ones are one object. bypassed: it passes its first input on. operators: how many operators it stands for,
    copies counted.
    """

    outputs: Mapping[str, WireType]
    parameters: int = 0
    multiply_adds: Cost = Cost((), None)
    activation_bytes: Cost = Cost((), None)
    options: Mapping[str, Value] | None = None
    recordings: Sequence[Recording] = ()
    held: tuple[Weight, ...] = ()
    inside: BodyInfo | None = None
    copies: tuple[NodeInfo, ...] | None = None
    bypassed: bool = False
    operators: int = 0

    @property
    def recording(self) -> Recording:
        """The recording of an operator at the first point."""
        return self.recordings[0]

    @property
    def instances(self) -> tuple[NodeInfo, ...]:
        """The node, or its copies."""
        return (self,) if self.copies is None else self.copies

    def weights(self, name: str = "") -> Iterator[tuple[str, Weight]]:
        """Yield each weight in it with its path. name: the node's, as the path begins with it."""
        for i, copy in enumerate(self.instances):
            prefix = name if self.copies is None else f"{name}.{i}"
            if copy.inside is not None:
                for inner, info in copy.inside.nodes.items():
                    yield from info.weights(f"{prefix}.{inner}")
            yield from copy.own_weights(prefix)

    def own_weights(self, path: str) -> Iterator[tuple[str, Weight]]:
        """Yield the weights of an operator, or of one copy of it. path: its own."""
        for weight in self.held:
            attribute = path if weight.made is None else f"{path}_{weight.made}"
            yield ".".join(filter(None, (attribute, weight.name))), weight


@dataclass(frozen=True, slots=True)
class BodyInfo:
    """What is known of the nodes of a body. own_problems: their nodes are named from the body on.

    used: the nodes that are computed; only their parameters count. frozen: how many of these do not learn.
    """

    nodes: Mapping[str, NodeInfo]
    used: frozenset[str]
    order: tuple[str, ...]
    own_problems: tuple[Problem, ...]
    sound: bool
    parameters: int
    frozen: int
    operators: int

    @property
    def reached(self) -> int:
        """Of how many operators it is known what they give, copies counted."""
        inner = [copy.inside for info in self.nodes.values() for copy in info.instances if copy.inside is not None]
        given = sum(bool(info.outputs) for info in self.nodes.values())
        return given + sum(body.operators if body.sound else body.reached for body in inner)

    def problems(self, path: str = "") -> Iterator[Problem]:
        """Yield the problems of its nodes and of all that is in them; copies that are alike are told once."""
        for problem in self.own_problems:
            yield replace(problem, node=f"{path}{problem.node}")
        for name, info in self.nodes.items():
            seen: list[BodyInfo] = []
            for i, copy in enumerate(info.instances):
                inside = copy.inside
                if inside is not None and not inside.sound and not any(inside is other for other in seen):
                    seen.append(inside)
                    yield from inside.problems(f"{path}{name}." + ("" if info.copies is None else f"{i}."))


def find_weight(nodes: Mapping[str, NodeInfo], path: str) -> Weight | None:
    """Return the weight that has a path, without going through all that a deep network has."""
    head, _, rest = path.partition(".")
    for name, info in nodes.items():
        if head != name and not head.startswith(f"{name}_"):
            continue
        own, copy, inner = name, info, rest
        if info.copies is not None:
            index, _, inner = rest.partition(".")
            if not index.isdigit() or int(index) >= len(info.copies):
                continue
            own, copy = f"{name}.{index}", info.copies[int(index)]
        found = dict(copy.own_weights(own)).get(path)
        if found is None and copy.inside is not None:
            found = find_weight(copy.inside.nodes, inner)
        if found is not None:
            return found
    return None


def body_info(
    body: Body,
    nodes: Mapping[str, NodeInfo],
    used: frozenset[str],
    order: tuple[str, ...],
    problems: tuple[Problem, ...],
) -> BodyInfo:
    """Put together what is known of a body; the weights of a set count once, those of what nothing needs not at all."""
    sets: set[str] = set()
    parameters = frozen = 0
    for name, info in nodes.items():
        if name not in used:
            continue
        node = body.nodes[name]
        shared = node.weights
        if shared not in sets:
            parameters += info.parameters
            within = sum(copy.inside.frozen for copy in info.instances if copy.inside is not None)
            frozen += info.parameters if node.learning.frozen else within
        if shared and not info.bypassed:
            sets.add(shared)
    inner = [copy.inside for info in nodes.values() for copy in info.instances if copy.inside is not None]
    sound = not problems and all(item.sound for item in inner)
    operators = sum(info.operators for info in nodes.values())
    return BodyInfo(nodes, used, order, problems, sound, parameters, frozen, operators)
