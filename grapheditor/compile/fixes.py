"""Fixes: small changes that make an unsound graph sound, each tried by inference before it is offered.

One search for all operators, from the cheapest on: changes of one option and insertions near a problem, in the module
where it lies and in those around it. Where a change takes a problem away and another one appears further on, a second
change is sought there. What helps has no error that was not there before, and lets the batch leave as it came.

The cost of a fix is, first, how many changes it makes. Among those with as many it is the sum of how odd each change
is, and where that is the same the one nearer to the problem comes first:

- 0 for what is customary: a kernel of 3 in a convolution, of 2 or 3 in a pooling; a flatten before a linear layer; a
  permute where channels come last; a projection, with its stride, of what goes past a block; an embedding of tokens;
- some tenths for what is usual elsewhere: a padding of half a convolution's kernel 0.1, other types and shapes of an
  input 0.1, a padding of "same" 0.25, a stride of 2 0.3, any other padding 0.4 or 0.5;
- up to 0.2 more the further a number is from what it was;
- 3 for a size that a person wrote as a target (of a view, of a linear layer, of a convolution), which so comes last.

What switches a node off, such as a kernel of 1, is not tried. What is put in follows from what a port asks for and what
arrives there (``insertions.py``), so that no flatten is proposed between scores and their loss, and no exchange of
dimensions where places and features stand where they should.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count

from grapheditor.compile.analysis import Analysis
from grapheditor.compile.infer import Inference
from grapheditor.compile.insertions import insertions
from grapheditor.compile.levels import batch_of, levels
from grapheditor.compile.steps import Step, changed_options
from grapheditor.graph import Fix, Graph, Problem
from grapheditor.graph.model import Record

MOST = 5
"""So many fixes are offered."""
CHANGES = 2
"""So many changes a fix makes at most."""
TRIES = 1000
"""So many graphs are tried."""


@dataclass(frozen=True, slots=True)
class Try:
    """Changes that are tried together, and what they cost."""

    steps: tuple[Step, ...] = ()
    records: Mapping[str, Record | None] = field(default_factory=dict)

    @property
    def cost(self) -> tuple[int, float]:
        """How many changes, and how odd they are."""
        return len(self.steps), sum(step.odd for step in self.steps)

    @property
    def title(self) -> str:
        """The changes in words."""
        return " and ".join(step.title for step in self.steps)

    def then(self, step: Step) -> Try:
        """Return these changes and one more."""
        return Try((*self.steps, step), {**self.records, **step.records})


def never() -> bool:
    """Tell that nobody wants it stopped."""
    return False


def after(seconds: float) -> Callable[[], bool]:
    """Return what wants it stopped when this thread has worked so long from now on."""
    until = time.thread_time() + seconds
    return lambda: time.thread_time() > until


def with_fixes(
    inference: Inference, graph: Graph, analysis: Analysis, stopped: Callable[[], bool] = never
) -> list[Problem]:
    """Return the problems, the first error with fixes where any were found.

    What is found follows from the graph alone, unless it is stopped.

    stopped: asked before each try; once it says so, the search ends with what it has.
    """
    first = _first_error(analysis)
    if first is None or first.node is None:
        return analysis.problems
    found = tuple(find_fixes(inference, graph, analysis, first, stopped))
    return [replace(item, fixes=found) if item is first else item for item in analysis.problems]


def find_fixes(
    inference: Inference, graph: Graph, analysis: Analysis, problem: Problem, stopped: Callable[[], bool] = never
) -> list[Fix]:
    """Return changes that take a problem away and make no other, best first."""
    return _Search(inference, graph, analysis, problem).run(stopped)


class _Search:
    """A search through changes of a copy of the graph, the cheapest first."""

    def __init__(self, inference: Inference, graph: Graph, analysis: Analysis, problem: Problem) -> None:
        self.inference = inference
        self.graph = graph.copy()
        self.problem = problem
        self.others = set(map(_place, _errors(analysis))) - {_place(problem)}
        self.rank = {name: i for i, name in enumerate(analysis.order)}
        self._numbers = count()
        self._waiting: list[tuple[tuple[int, float], int, Try]] = []
        self._seen: set[str] = set()
        self._helpful: set[str] = set()
        self._expand(Try(), analysis, problem)

    def run(self, stopped: Callable[[], bool]) -> list[Fix]:
        """Try one after the other until enough has been found, or tried, or somebody wants it stopped."""
        found: list[Fix] = []
        for _ in range(TRIES):
            if not self._waiting or len(found) >= MOST or stopped():
                break
            tried = heapq.heappop(self._waiting)[2]
            if any(step.title in self._helpful for step in tried.steps):
                continue  # one of them is a fix by itself
            before = {key: self.graph.get(key) for key in tried.records}
            self.graph.put_all(tried.records)
            if self._look(tried):
                found.append(Fix(tried.title, tried.records))
                self._helpful.update(step.title for step in tried.steps if len(tried.steps) == 1)
            self.graph.put_all(before)
        return found

    def _look(self, tried: Try) -> bool:
        """Tell whether the graph as it is now is mended; wait with more changes where another problem came up."""
        analysis = self.inference.analyse(self.graph)
        if {_place(item) for item in _errors(analysis)} <= self.others:
            return _keeps_batch(self.inference, self.graph, analysis)
        problem = next((item for item in _errors(analysis) if _place(item) not in self.others), None)
        if problem is not None and len(tried.steps) < CHANGES and self._went_on(problem):
            self._expand(tried, analysis, problem)
        return False

    def _went_on(self, problem: Problem) -> bool:
        """Tell whether a problem is another one than that at the beginning, and not before it."""
        here, there = ((item.node or "").partition(".")[0] for item in (self.problem, problem))
        return problem != self.problem and self.rank.get(there, 0) >= self.rank.get(here, 0)

    def _expand(self, tried: Try, analysis: Analysis, problem: Problem) -> None:
        around = levels(self.graph, self.inference.catalog, analysis, problem.node or "")
        for step in chain.from_iterable((*changed_options(level), *insertions(level)) for level in around):
            if not all(map(step.goes_with, tried.steps)):
                continue
            longer = tried.then(step)
            same = repr(sorted(longer.records.items(), key=lambda item: item[0]))
            if same not in self._seen:
                self._seen.add(same)
                heapq.heappush(self._waiting, (longer.cost, next(self._numbers), longer))


def _first_error(analysis: Analysis) -> Problem | None:
    return next(_errors(analysis), None)


def _errors(analysis: Analysis) -> Iterator[Problem]:
    return (item for item in analysis.problems if item.severity == "error")


def _place(problem: Problem) -> tuple[str | None, str | None, str | None]:
    return problem.node, problem.port, problem.option


def _keeps_batch(inference: Inference, graph: Graph, analysis: Analysis) -> bool:
    """Tell whether what outputs and losses take has a batch that some input has."""
    came = batch_of(graph, inference.catalog, analysis)
    for name in analysis.order:
        operator = inference.catalog.of(graph, graph.nodes[name])
        if operator is None or operator.role not in ("output", "loss"):
            continue
        for start in graph.inputs(name, operator.inputs[0].name):
            kind = analysis.nodes[start.node].outputs.get(start.port) if start.node in analysis.nodes else None
            if kind is not None and (not kind.dims or kind.dims[0] not in came):
                return False
    return True
