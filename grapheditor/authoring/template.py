"""Templates: a function that draws a network by calling operators by their ids.

@template("Where it began", title="Digits convnet", source="Fleuret, Deep Learning course 1.2")
def mnist_convnet(g: Drawing, *, classes: Size = 10) -> None:
    image = g.input(shape=("N", 1, 28, 28), id="image")
    x = g.conv2d(image, out_channels=32, kernel_size=5)
    ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grapheditor.authoring.drawing import Drawing
from grapheditor.authoring.names import meant
from grapheditor.authoring.operator import read_options
from grapheditor.authoring.options import Option, Value

GROUPS = ("Where it began", "Vision", "Sequences and language", "Several inputs, several networks", "Lessons")
"""The groups of the gallery, in its order."""


@dataclass(frozen=True, slots=True)
class Template:
    """What is known of a template without running it."""

    id: str
    title: str
    category: str
    doc: str
    """What it is, in a sentence; behind an empty line what was new about it."""
    source: str
    """Who published it, and when: "He et al. 2015"; empty for what belongs to nobody."""
    paper: str
    """The title it was published under; empty where source says it all."""
    options: tuple[Option, ...]
    body: Callable[..., None]

    @property
    def headline(self) -> str:
        """The first sentence of the help."""
        return self.doc.split("\n", 1)[0]

    def draw(self, options: Mapping[str, Value]) -> Drawing:
        """Run the template; ValueError with a sentence where an option is unknown or not allowed."""
        known = {item.name: item for item in self.options}
        for name in options:
            if name not in known:
                names = ", ".join(known) or "none"
                raise ValueError(f"{self.id} has no option {name}; its options are: {names}.{meant(name, known)}")
        drawing = Drawing()
        self.body(drawing, **{name: item.check(options.get(name, item.default)) for name, item in known.items()})
        return drawing

    def describe(self) -> dict[str, Any]:
        """Return the template as the command line prints it."""
        return {
            "id": self.id,
            "title": self.title,
            "category": self.category,
            "doc": self.doc,
            "source": self.source,
            "paper": self.paper,
            "options": [item.describe() for item in self.options],
        }


def template(
    category: str, *, title: str, source: str = "", paper: str = ""
) -> Callable[[Callable[..., None]], Template]:
    """Declare a template: its group in the gallery, its title, who published it when, and the paper's title."""

    def declare(function: Callable[..., None]) -> Template:
        options, doc = read_options(function)
        name = function.__name__.replace("_", "-")
        return Template(name, title, category, doc, source, paper, options, function)

    return declare
