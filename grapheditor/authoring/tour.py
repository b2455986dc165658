"""Tours: a function that leads through a network, stop by stop: what to look at, what to change, what will happen.

@tour("A network that reads digits", template="lenet-5")
def lenet_5(t: Guide) -> None:
    '''Seven layers, and what each of them is for.'''
    t.look("Six filters of 5×5 slide over the image.", "conv1", "pool1")
    t.change("With 3×3 it sees less: the map grows to 30×30.", "Make it 3×3", nodes={"conv1": {"kernel_size": 3}})
    t.learn("A rate of 10 throws the loss out of the valley.", "Set the rate to 10", lr=10.0)
    t.act("The loss falls within seconds.", "Train", "train")
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grapheditor.authoring.options import Value


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: a text, the nodes that it is about (paths, all in one body), and what it offers to do.

    offer: what the button says. change: options by node. recipe: settings of the recipe; ``lr`` and the like are those
    of the first objective's optimizer. action: the id of one of the window's actions.
    """

    text: str
    nodes: tuple[str, ...] = ()
    offer: str = ""
    change: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    recipe: Mapping[str, Value] = field(default_factory=dict)
    action: str = ""


@dataclass(slots=True)
class Guide:
    """What a tour is told to. Texts are whole sentences; places are paths of nodes."""

    stops: list[Stop] = field(default_factory=list)

    def look(self, text: str, *nodes: str) -> None:
        """Say something about nodes, or about the network as a whole."""
        self.stops.append(Stop(text, nodes))

    def change(self, text: str, offer: str, *, nodes: Mapping[str, Mapping[str, Value]]) -> None:
        """Offer to set options of nodes, given by the paths of these."""
        self.stops.append(Stop(text, tuple(nodes), offer, nodes))

    def learn(self, text: str, offer: str, *nodes: str, **settings: Value) -> None:
        """Offer to set how it learns: of the recipe (``epochs``), or of the first optimizer (``lr``)."""
        self.stops.append(Stop(text, nodes, offer, recipe=settings))

    def act(self, text: str, offer: str, action: str, *nodes: str) -> None:
        """Offer one of the window's actions: train, walk, overfit."""
        self.stops.append(Stop(text, nodes, offer, action=action))


@dataclass(frozen=True, slots=True)
class Tour:
    """A tour: the template that it leads through, with these options, and its stops."""

    id: str
    title: str
    doc: str
    template: str
    options: Mapping[str, Value]
    stops: tuple[Stop, ...]


def tour(title: str, *, template: str, **options: Value) -> Callable[[Callable[[Guide], None]], Tour]:
    """Declare a tour: its title, the template that it leads through, and that template's options."""

    def declare(function: Callable[[Guide], None]) -> Tour:
        guide = Guide()
        function(guide)
        name = function.__name__.replace("_", "-")
        return Tour(name, title, inspect.getdoc(function) or "", template, options, tuple(guide.stops))

    return declare
