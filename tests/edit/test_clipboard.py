"""What belongs to nodes goes along with their copies: ties between weights, and sets of nodes that share theirs."""

from __future__ import annotations

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.edit import clipboard, edits
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


def of_three() -> Graph:
    """Three linear layers that share their weights, and one that does not."""
    graph = Graph()
    for name in ("a", "b", "c"):
        graph.put(f"nodes.{name}", Node(name, "linear", weights="a"))
    graph.put("nodes.d", Node("d", "linear"))
    return graph


def sets(graph: Graph) -> dict[str, str]:
    return {name: node.weights for name, node in graph.nodes.items()}


def test_copies_share_weights_among_themselves_and_not_with_others_whose_set_is_called_alike() -> None:
    graph, other = of_three(), of_three()
    other.put("nodes.c", None)
    _, names = change = clipboard.paste(Scope(other), copied(Scope(graph), ["a", "b", "d"]), (0.0, 300.0))
    change[0].apply(other)
    assert names == ["a1", "b1", "d1"]
    assert sets(other) == {"a": "a", "b": "a", "d": "", "a1": "a1", "b1": "a1", "d1": ""}
    empty = Graph()
    clipboard.paste(Scope(empty), copied(Scope(graph), ["b", "c"]), (0.0, 0.0))[0].apply(empty)
    assert sets(empty) == {"b": "a", "c": "a"}


def test_a_set_is_not_called_like_a_node_that_takes_no_part_in_it() -> None:
    other = Graph()
    other.put("nodes.a", Node("a", "linear"))
    clipboard.paste(Scope(other), copied(Scope(of_three()), ["b", "c"]), (0.0, 0.0))[0].apply(other)
    assert sets(other) == {"a": "", "b": "a1", "c": "a1"}


def test_a_copy_of_one_node_of_a_set_has_weights_of_its_own_and_a_linked_one_those_of_the_set() -> None:
    graph = of_three()
    clipboard.paste(Scope(graph), copied(Scope(graph), ["b"]), (0.0, 300.0))[0].apply(graph)
    assert graph.nodes["b1"].weights == ""
    change, (linked,) = clipboard.paste_linked(Scope(graph), ["b"], (0.0, 600.0))
    change.apply(graph)
    assert graph.nodes[linked].weights == "a"


def test_what_is_cut_and_pasted_as_a_whole_is_what_it_was() -> None:
    graph, before = of_three(), of_three()
    part = copied(Scope(graph), list(graph.nodes))
    edits.remove(Scope(graph), list(graph.nodes)).apply(graph)
    clipboard.paste(Scope(graph), part, (0.0, 0.0))[0].apply(graph)
    assert graph == before


def test_a_text_with_a_byte_order_mark_is_read_and_what_is_no_graph_stays_what_it_is() -> None:
    text = write_text(of_three())
    assert read_text(clipboard.graph_text(f"\ufeff{text}")) == of_three()
    assert read_text(clipboard.graph_text(f"```\n\ufeff{text}```")) == of_three()
    for other in ("", "hello", "} {", "```json\nhello\n```"):
        assert clipboard.graph_text(other) == other
