"""What belongs to nodes goes along with their copies: ties between weights, and sets of nodes that share theirs."""

from __future__ import annotations

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.edit import clipboard
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Head, Node, Tie, read_text, write_text

KNOWN = catalog()


def copied(scope: Scope, nodes: list[str]) -> Graph:
    """Copy nodes through the text that stands on the clipboard."""
    return read_text(write_text(clipboard.excerpt(scope, nodes)))


def test_a_copy_of_a_whole_network_has_its_ties_and_as_many_parameters() -> None:
    graph, other = KNOWN.new("gpt2"), Graph()
    clipboard.paste(Scope(other), copied(Scope(graph), list(graph.nodes)), (0.0, 0.0))[0].apply(other)
    assert other.ties == graph.ties == {"head.weight": Tie("embedding.weight")}
    inference = Inference(KNOWN)
    assert inference.analyse(other).parameters == inference.analyse(graph).parameters == 124_439_808


def test_a_second_copy_is_tied_among_itself_and_a_tie_to_what_stays_behind_is_not_copied() -> None:
    graph = KNOWN.new("gpt2")
    scope = Scope(graph)
    change, names = clipboard.paste(scope, copied(scope, ["embedding", "head"]), (0.0, 900.0))
    change.apply(graph)
    assert sorted(names) == ["embedding1", "head1"]
    assert graph.ties["head1.weight"] == Tie("embedding1.weight")
    clipboard.paste(scope, copied(scope, ["head"]), (0.0, 1800.0))[0].apply(graph)
    assert set(graph.ties) == {"head.weight", "head1.weight"}


def test_ties_inside_a_module_are_those_of_each_of_its_uses() -> None:
    graph = Graph()
    graph.put("modules.Pair", Head("", (), (), ()))
    for name in ("a", "b"):
        graph.put(f"modules.Pair.nodes.{name}", Node(name, "linear"))
    graph.put("nodes.one", Node("one", "Pair", repeat=2))
    graph.put("ties.one.0.a.weight", Tie("one.0.b.weight"))
    scope = Scope(graph, "Pair")
    part = copied(scope, ["a", "b"])
    assert part.ties == {"a.weight": Tie("b.weight")}
    clipboard.paste(scope, part, (0.0, 300.0))[0].apply(graph)
    assert {path: tie.source for path, tie in graph.ties.items() if path != "one.0.a.weight"} == {
        "one.0.a1.weight": "one.0.b1.weight",
        "one.1.a1.weight": "one.1.b1.weight",
    }
