"""The verb that shows what of a state dict a graph can take."""

from __future__ import annotations

import json
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import grapheditor
from grapheditor import cli


def within(capsys, *arguments, code=0):
    assert cli.main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def vit(tmp_path, capsys):
    path = tmp_path / "vit.graph.json"
    options = {"width": 8, "layers": 2, "heads": 2, "size": 32, "classes": 3}
    given = [part for name, value in options.items() for part in ("-p", f"{name}={value}")]
    within(capsys, "new", "vit-b-16", "-o", path, *given)
    return path


def foreign(graph, turned=False):
    """Return a network's weights under other names; turned: ones that say nothing of query, key and value."""
    module = grapheditor.build(grapheditor.load(graph))
    words = {"attention.query": "attn.a", "attention.key": "attn.b", "attention.value": "attn.c"} if turned else {}
    state = {}
    for name, value in module.state_dict().items():
        for old, new in words.items():
            name = name.replace(old, new)  # noqa: PLW2901
        state[f"net.{name}"] = value.clone()
    return module, state


def test_weights_are_shown_and_written_under_the_graphs_names(vit, tmp_path, capsys):
    module, state = foreign(vit)
    save_file(state, tmp_path / "theirs.safetensors")
    found = within(capsys, "weights", vit, tmp_path / "theirs.safetensors", "-o", tmp_path / "ours.safetensors")
    assert (found["tensors"], found["numbers"], found["unclear"], found["unused"]) == (1.0, 1.0, [], [])
    assert found["path"] == str(tmp_path / "ours.safetensors")
    ours = load_file(tmp_path / "ours.safetensors")
    assert all(torch.equal(ours[name], value) for name, value in module.state_dict().items())


def test_what_is_left_over_and_what_is_unclear_is_said(vit, tmp_path, capsys):
    _, state = foreign(vit, turned=True)
    state["net.head.weight"], state["net.head.bias"] = torch.zeros(9, 8), torch.zeros(9)
    torch.save(state, tmp_path / "theirs.pt")
    assert cli.main(["weights", str(vit), str(tmp_path / "theirs.pt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "left over in the file: net.head.weight" in lines
    assert "left as it is in the network: head.bias" in lines
    assert any(line.startswith("unclear: blocks.0.attention.") and "net.blocks.0.attn.a" in line for line in lines)
    assert lines[-1].startswith("95% of the tensors and ")
    pairs = [("a", "query"), ("b", "key")]
    settled = [part for a, b in pairs for part in ("--rename", f"net.blocks.*.attn.{a}=blocks.*.attention.{b}")]
    found = within(capsys, "weights", vit, tmp_path / "theirs.pt", *settled, code=1)
    assert found["unclear"] == []
    assert found["names"]["blocks.1.attention.key.bias"] == "net.blocks.1.attn.b.bias"
    assert found["missing"] == ["head.weight", "head.bias"]


def test_what_is_no_state_dict_is_refused_in_a_sentence(vit, tmp_path, capsys):
    torch.save(nn.Linear(2, 2), tmp_path / "module.pt")
    torch.save([1, 2], tmp_path / "list.pth")
    torch.save({"state_dict": {"a": torch.zeros(3)}, "epoch": 2}, tmp_path / "inner.pth")
    for name in ("broken.pt", "broken.safetensors", "weights.bin"):
        (tmp_path / name).write_bytes(b"abc" * 99)
    with zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10**6))
    expected = {
        "module.pt": "holds more than tensors, which could run code",
        "list.pth": "has no weights",
        "broken.pt": "is damaged, or not what torch.save writes",
        "packed.pt": "is packed",
        "broken.safetensors": "is not a file of weights",
        "weights.bin": "must end in .safetensors",
        "none.safetensors": "cannot be read",
    }
    for name, sentence in expected.items():
        error = within(capsys, "weights", vit, tmp_path / name, code=3)["error"]
        assert sentence in error["message"]
        assert error["file"] == str(tmp_path / name)
    assert within(capsys, "weights", vit, tmp_path / "inner.pth", code=1)["unused"] == ["a"]
    for wrong in (["--rename", "a"], ["--rename", "zz=blocks"], ["-o", tmp_path / "x.onnx"]):
        assert within(capsys, "weights", vit, tmp_path / "inner.pth", *wrong, code=2)["error"]


def test_a_run_shows_what_it_lends_and_another_training_begins_from_it(tmp_path, capsys):
    graph = tmp_path / "net.graph.json"
    within(capsys, "new", "mlp", "-o", graph, "-p", "first=8", "-p", "second=8")
    short = ("--epochs", "1", "--batch", "100", "--set", "epoch_batches=4")
    first = within(capsys, "train", graph, *short)["run"]
    assert within(capsys, "weights", graph, first)["numbers"] == 1.0
    assert cli.main(["train", str(graph), *short, "--from", "1", "--seed", "5"]) == 0
    said = capsys.readouterr()
    assert "100 % of the tensors and 100 % of the numbers of net-001, epoch 1 carry over" in said.err
    begun = json.loads((tmp_path / "runs" / "net-002" / "run.json").read_text())["begun"]
    assert (begun["source"], begun["step"]) == (first, 4)
    newest = within(capsys, "train", graph, *short, "--from", graph)["run"]
    assert json.loads((tmp_path / "runs" / newest / "run.json").read_text())["begun"]["source"].endswith("net-002")
