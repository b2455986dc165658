"""What an analysis of a graph tells: shapes, costs for a number of samples, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grapheditor.compile.facts import Cost, NodeInfo
from grapheditor.graph import Problem
from grapheditor.graph.arithmetic import evaluate


@dataclass(slots=True)
class Analysis:
    """Shapes, costs and problems of a graph.

    order: the nodes, each behind what it needs. used: those that are computed and counted; a branch that leads nowhere
    is inferred, not printed. batch: the symbol that counts samples, None where no input has one. frozen: how many of
    the parameters do not learn.
    """

    order: list[str] = field(default_factory=list)
    nodes: Mapping[str, NodeInfo] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    points: list[dict[str, int]] = field(default_factory=list)
    batch: str | None = None
    parameters: int = 0
    frozen: int = 0

    @property
    def sound(self) -> bool:
        """Whether the graph has no errors."""
        return not any(problem.severity == "error" for problem in self.problems)

    def inside(self, path: str) -> Mapping[str, NodeInfo]:
        """Return what is known of the nodes in a use of a module; nothing where there is none, or it is unsound.

        path: of nodes, and numbers of copies; without a number the first copy is looked into.
        """
        info: NodeInfo | None = None
        nodes = self.nodes
        for part in path.split("."):
            if part.isdecimal():
                number = int(part)
                if info is not None and info.copies is not None and number < len(info.copies):
                    info = info.copies[number]
                    nodes = info.inside.nodes if info.inside else {}
                continue
            info = nodes.get(part)
            first = info.copies[0] if info is not None and info.copies else info
            nodes = first.inside.nodes if first is not None and first.inside else {}
        return nodes if info is not None else {}

    @property
    def sizes(self) -> dict[str, int]:
        """What free symbols other than the batch stand for where one number is told."""
        return {name: size for name, size in self.points[0].items() if name != self.batch} if self.points else {}

    def at(self, batch: int = 1) -> dict[str, int]:
        """Return values for all symbols: a number of samples, and for other symbols the first size that was tried."""
        point = dict(self.points[0])
        if self.batch is not None:
            point[self.batch] = batch
        return point

    def multiply_adds(self, node: str, batch: int = 1) -> int:
        """Return a node's multiply-adds of convolutions and matrix products for a number of samples."""
        info = self.nodes[node]
        return self.cost(info.multiply_adds, batch)

    def activation_bytes(self, node: str, batch: int = 1) -> int:
        """Return the bytes of a node's outputs for a number of samples; a view of what arrived takes none."""
        info = self.nodes[node]
        return self.cost(info.activation_bytes, batch)

    def cost(self, cost: Cost, batch: int) -> int:
        """Return what a cost is for a number of samples; in proportion where no expression was found for it."""
        if cost.term is not None:
            return evaluate(cost.term, self.at(batch))
        samples = self.points[0][self.batch] if self.batch else 1
        return cost.values[0] * batch // samples if cost.values else 0
