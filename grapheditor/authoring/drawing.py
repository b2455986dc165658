"""Drawings: what a template or a module's function draws on, and the symbols that stand for a module's options.

@module
def Residual(g: Drawing, x: Handle, *, width: Size = 64) -> Handle:
    '''Add to a tensor what two convolutions make of it.'''
    y = g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=1))
    return g.add(x, g.conv2d(y, out_channels=width, kernel_size=3, padding=1))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from grapheditor.authoring.operator import read_doc
from grapheditor.authoring.options import Option, option

OBJECTIVE = ("weights", "optimizer", "settings", "schedules", "every", "clip")
"""What belongs to one objective of a recipe; all else is said of the training as a whole."""


@dataclass(frozen=True, slots=True)
class Handle:
    """An output of a node that was drawn; ``handle["name"]`` is another output of the same node."""

    index: int
    output: str | None = None

    def __getitem__(self, output: str) -> Handle:
        return Handle(self.index, output)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node as it was drawn; its ports are named once the catalogue is known."""

    operator: str
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    id: str | None
    title: str
    when: str = ""
    repeat: int | str = 1
    weights: str = ""
    scan: tuple[str, ...] = ()
    learning: Mapping[str, Any] = field(default_factory=dict)
    """How its weights learn, as a file says it: ``initial``, ``frozen``, ``rate``."""


@dataclass(slots=True)
class Drawing:
    """What is drawn on. ``g.conv2d(x, out_channels=32)`` adds a node and returns its output."""

    nodes: list[Drawn] = field(default_factory=list)
    recipe: dict[str, Any] = field(default_factory=dict)
    objectives: list[tuple[Handle, dict[str, Any]]] = field(default_factory=list)
    modules: dict[str, Definition] = field(default_factory=dict)
    ties: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, operator: str) -> Callable[..., Handle]:
        if operator.startswith("__"):
            raise AttributeError(operator)

        def draw(*inputs: Any, **keywords: Any) -> Handle:
            return self.place(operator.strip("_"), inputs, keywords)

        return draw

    def place(self, operator: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Handle:
        """Add a node. Besides options, keywords are ``id``, ``title``, ``when``, ``repeat``, ``scan``, ``weights``.

        And how its weights learn: ``learning={"initial": {"weight": "orthogonal"}, "frozen": True, "rate": 0.1}``.
        """
        given = dict(keywords)
        learning = given.pop("learning", {})
        name, title, weights = given.pop("id", None), given.pop("title", ""), given.pop("weights", "")
        when, repeat, scan = given.pop("when", ""), given.pop("repeat", 1), given.pop("scan", ())
        options = {key: f"={value}" if isinstance(value, Symbol) else value for key, value in given.items()}
        drawn = Drawn(
            operator,
            inputs,
            options,
            name,
            title,
            when=str(when),
            repeat=str(repeat) if isinstance(repeat, Symbol) else repeat,
            weights=weights,
            scan=(scan,) if isinstance(scan, str) else tuple(scan),
            learning=learning,
        )
        self.nodes.append(drawn)
        return Handle(len(self.nodes) - 1)

    def tie(self, weight: str, source: str) -> None:
        """Make a weight another one, both by their paths: ``g.tie("head.weight", "tokens.weight")``."""
        self.ties[weight] = source

    def train(self, minimise: Handle | None = None, **values: Any) -> None:
        """Say how the network learns: a loss to minimise, and how; called once for each of several objectives.

        Of an objective are ``weights`` (those it changes, by paths of nodes; all by default), ``optimizer`` and its
        ``settings``, ``schedules``, ``every`` and ``clip``. All else is the recipe's, in whichever call it stands, or
        in one without a loss. Values are those of a graph file's recipe (:mod:`grapheditor.graph.recipe`)::

            g.train(judging, weights=("discriminator",), optimizer="Adam", settings={"betas": (0.5, 0.999)})
            g.train(fooling, weights=("generator",), schedules=[{"name": "CosineAnnealingLR"}])
            g.train(data="shapes", source={"size": 32}, epochs=20,
                    augment={"image": [{"name": "random_crop", "options": {"padding": 2}}]})
        """
        if minimise is not None:
            chosen = {name: values.pop(name) for name in OBJECTIVE if name in values}
            self.objectives.append((minimise, chosen))
        self.recipe |= values


_RANKS = {"==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """Stands for an option of a module while its function runs; arithmetic with it gives the text of an expression."""

    text: str
    rank: int = 10

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        raise TypeError(f"{self.text} is not known while the module is drawn; use when= or choice()")


def choice(condition: Symbol | bool, yes: Any, no: Any) -> Symbol:
    """Return an expression that is one of two values, by a condition on the module's options."""
    return Symbol(f"{_tight(yes, 1)} if {_tight(condition, 1)} else {_tight(no, 0)}", 0)


def _tight(value: Any, rank: int) -> str:
    if isinstance(value, Symbol):
        return value.text if value.rank >= rank else f"({value.text})"
    return repr(value)


def _arithmetic(sign: str, swap: bool) -> Callable[[Symbol, Any], Symbol]:
    def method(self: Symbol, other: Any) -> Symbol:
        left, right = (other, self) if swap else (self, other)
        rank = _RANKS[sign]
        gap = " " if rank <= 5 else ""
        return Symbol(f"{_tight(left, rank + (sign == '**'))}{gap}{sign}{gap}{_tight(right, rank + 1)}", rank)

    return method


for _name, _sign in (
    ("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("floordiv", "//"), ("mod", "%"), ("pow", "**"),
):  # fmt: skip
    setattr(Symbol, f"__{_name}__", _arithmetic(_sign, swap=False))
    setattr(Symbol, f"__r{_name}__", _arithmetic(_sign, swap=True))
for _name, _sign in (("eq", "=="), ("ne", "!="), ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    setattr(Symbol, f"__{_name}__", _arithmetic(_sign, swap=False))

INDEX: Any = Symbol("i")
"""In an option of a repeated node: which copy it is, from 0."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A module that templates use: called with a drawing and inputs, it draws a node of itself."""

    name: str
    doc: str
    options: tuple[Option, ...]
    inputs: tuple[str, ...]
    body: Callable[..., Any]

    def __call__(self, g: Drawing, *inputs: Any, **keywords: Any) -> Handle:
        known = g.modules.setdefault(self.name, self)
        if known is not self:
            raise ValueError(f"two modules are called {self.name}")
        return g.place(self.name, inputs, keywords)

    def draw(self) -> tuple[Drawing, dict[str, Handle]]:
        """Draw its body; return the drawing and what its ports give."""
        g = Drawing()
        arriving = [g.place("input", (), {"id": name}) for name in self.inputs]
        given = self.body(g, *arriving, **{item.name: Symbol(item.name) for item in self.options})
        results = given if isinstance(given, dict) else {"out": given}
        for port, handle in results.items():
            g.place("output", (handle,), {"id": output_id(port, self.inputs)})
        return g, results


def output_id(port: str, inputs: tuple[str, ...]) -> str:
    """Return the id of the output node behind a port, which must not be that of an input."""
    return f"{port}_out" if port in inputs else port


def module(function: Callable[..., Any]) -> Definition:
    """Declare a module: positional parameters behind the drawing are its inputs, keyword-only ones its options.

    It returns what its one output gives, or a dict of them by name.
    """
    hints = get_type_hints(function, include_extras=True)
    doc, docs = read_doc(inspect.getdoc(function) or "")
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return Definition(
        function.__name__,
        doc,
        tuple(
            option(item.name, hints[item.name], item.default, docs.get(item.name, ""))
            for item in parameters
            if item.kind is item.KEYWORD_ONLY
        ),
        tuple(item.name for item in parameters if item.kind is not item.KEYWORD_ONLY),
        function,
    )
