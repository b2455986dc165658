"""Files of older formats: a table of this file's own, since nothing has been renamed in the one that ships."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from grapheditor import catalog as catalog_module
from grapheditor.authoring import Former, Removed, Size, Tensor, operator
from grapheditor.catalog import Catalog, Nodes
from grapheditor.graph import FileError, Input, Output, read, read_text, write_text
from grapheditor.graph import file as file_module
from grapheditor.graph.migrate import FORMAT, History


@operator(
    "Convolution",
    formerly=(
        Former(1, "convolution", options={"filters": "channels"}, defaults={"channels": 8}),
        Former(2, "conv", options={"channels": "out_channels"}, inputs={"image": "x"}, outputs={"y": "out"}),
        Former(3, defaults={"bias": False}, removed={"groups": "put grouped_conv in its place."}),
    ),
)
def conv2d(x: Tensor, *, out_channels: Size = 32, bias: bool = True) -> Tensor:
    """Slide learned filters over an image."""
    return x


@operator("Combine", formerly=(Former(1, outputs={"out": "sum"}, inputs={"a": "xs"}),))
def add(xs: list[Tensor]) -> Tensor:
    """Add."""
    return xs[0]


def title_to_info(values):
    return {**{key: value for key, value in values.items() if key != "title"}, "info": {"title": values["title"]}}


OPERATORS = {item.id: item for item in (conv2d, add)}
HISTORY = History(4, {2: title_to_info}, OPERATORS)


def text(version, **sections):
    return json.dumps({"grapheditor": version, **sections})


def test_a_file_of_the_first_format_is_read_through_every_step():
    found = read_text(
        text(
            1,
            title="Old",
            nodes={"a": {"operator": "convolution", "options": {"filters": 16}}, "b": {"operator": "convolution"}},
            wires={"b.image": "a.y"},
        ),
        history=HISTORY,
    )
    assert found.info.title == "Old"
    assert found.nodes["a"].operator == "conv2d"
    assert found.nodes["a"].options == {"out_channels": 16, "bias": False}
    assert found.nodes["b"].options == {"out_channels": 8, "bias": False}, "what was meant then is written out"
    assert found.wires == {Input("b", "x"): Output("a")}


@pytest.mark.parametrize(
    ("version", "node", "options"),
    [
        (2, {"operator": "conv", "options": {"channels": 4}}, {"out_channels": 4, "bias": False}),
        (3, {"operator": "conv2d"}, {"bias": False}),
        (3, {"operator": "conv2d", "options": {"bias": True}}, {"bias": True}),
        (4, {"operator": "conv2d"}, {}),
    ],
)
def test_each_format_starts_where_it_stands(version, node, options):
    sections = {"title": "T"} if version == 2 else {}
    found = read_text(text(version, nodes={"a": node}, **sections), history=HISTORY)
    assert (found.nodes["a"].operator, found.nodes["a"].options) == ("conv2d", options)


def test_a_name_of_before_means_nothing_in_a_file_of_today():
    found = read_text(text(4, nodes={"a": {"operator": "conv"}}), history=HISTORY)
    assert found.nodes["a"].operator == "conv"


def test_modules_and_ports_that_repeat_are_brought_along():
    modules = {
        "Block": {"inputs": ["x"], "outputs": {"out": "out"}},
        "Block.nodes.x": {"operator": "input"},
        "Block.nodes.c": {"operator": "convolution", "options": {"filters": "=4*width"}},
        "Block.nodes.s": {"operator": "add"},
        "Block.nodes.out": {"operator": "output"},
        "Block.wires.c.image": "x",
        "Block.wires.s.a.0": "c.y",
        "Block.wires.s.a.1": "x",
        "Block.wires.out.x": "s",
    }
    block = read_text(text(1, title="", modules=modules), history=HISTORY).modules["Block"]
    assert block.nodes["c"].options["out_channels"] == "=4*width"
    assert {str(end): str(start) for end, start in block.wires.items()} == {
        "c.x": "x", "s.xs.0": "c", "s.xs.1": "x", "out.x": "s.sum",
    }  # fmt: skip


def test_what_is_malformed_is_left_to_the_schema():
    for nodes in ([], {"a": 3}, {"a": {"operator": ["conv"]}}, {"a": {"operator": "conv2d", "options": 7}}):
        with pytest.raises(FileError) as found:
            read_text(text(3, nodes=nodes, wires=4), history=HISTORY)
        assert (found.value.place or "").startswith("nodes")


def test_a_newer_format_is_refused_in_words():
    with pytest.raises(FileError, match=r"written by a newer grapheditor \(format 5; this one reads 4\)"):
        read_text(text(5), history=HISTORY)
    with pytest.raises(FileError, match=f"format {FORMAT + 1}; this one reads {FORMAT}"):
        read_text(text(FORMAT + 1))


def test_an_older_file_is_never_read_without_the_former_names():
    with pytest.raises(FileError, match="only together with the catalogue"):
        read_text(text(1), history=replace(HISTORY, operators=None))


def test_every_step_of_the_shipped_table_leads_to_a_format_that_is_there(known):
    assert all(1 <= number < FORMAT for number in known.history.steps)
    for item in known.operators.values():
        numbers = [former.until for former in item.formerly]
        assert all(1 <= number < FORMAT for number in numbers), f"{item.id}: raise FORMAT with a rename"
        assert len(set(numbers)) == len(numbers)
    assert not set(known.nodes.removed) & set(known.operators)


def test_an_unknown_operator_opens_and_is_kept_as_it_stands(known, tmp_path):
    path = tmp_path / "strange.graph.json"
    made = known.new("mlp")
    node = replace(
        made.nodes["linear1"], operator="hyperflow_unit", options={"qubits": 7, "spins": (1, "N")}, title="Q"
    )
    made.put("nodes.linear1", node)
    made.put("wires.linear1.entangled.3", Output("image", "half"))
    made.save(path)
    before = path.read_bytes()
    found = read(path, known.history)
    found.save(path)
    assert path.read_bytes() == before
    assert "There is no operator hyperflow_unit." in [problem.message for problem in known.check_nodes(found)]


def test_what_was_removed_says_what_to_do(known):
    removed = {"softsigma": Removed("softsigma", "use tanh, which saturates alike.")}
    catalog = Catalog(lambda: Nodes({**known.operators, "conv2d": conv2d}, removed), {}, {})
    nodes = {
        "a": {"operator": "softsigma"},
        "x": {"operator": "input"},
        "c": {"operator": "conv2d", "options": {"groups": 4}},
    }
    graph = read_text(text(1, nodes=nodes, wires={"c.x": "x", "c.groups": "a"}))
    messages = [problem.message for problem in catalog.check_nodes(graph)]
    assert "There is no operator softsigma any more: use tanh, which saturates alike." in messages
    assert "Conv2d has no option groups any more: put grouped_conv in its place." in messages
    assert "Conv2d has no input groups any more: put grouped_conv in its place." in messages
    assert read_text(write_text(graph)) == graph


def test_every_way_into_the_program_reads_older_files(known, tmp_path, monkeypatch, capsys):
    """The command line, the library and the window's session ask the catalogue for the history."""
    from grapheditor import cli, load
    from grapheditor.ui.session import Session

    older = Catalog(lambda: Nodes({**known.operators, **OPERATORS}), known.templates, known.sources)
    monkeypatch.setattr(Catalog, "history", property(lambda self: HISTORY))
    monkeypatch.setattr(catalog_module, "catalog", lambda: older)
    path = tmp_path / "old.graph.json"
    path.write_text(text(3, nodes={"a": {"operator": "conv2d"}}), "utf-8")
    assert load(path).nodes["a"].options == {"bias": False}
    cli.main(["diff", str(path), str(path), "--json"])
    assert '"added": []' in capsys.readouterr().out
    session = Session()
    assert session.open(path)
    assert session.graph.nodes["a"].options == {"bias": False}
    assert file_module.FORMAT == FORMAT
