"""The command line as a person or a script uses it: real processes, real files, exit codes, one JSON value."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import grapheditor
from grapheditor import cli
from grapheditor.edit.scope import Scope


def call(*arguments, cwd, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "grapheditor", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


def value(*arguments, cwd, code=0):
    return json.loads(call(*arguments, "--json", cwd=cwd, code=code).stdout)


def within(capsys, *arguments, code=0):
    """Run a verb in this process: quick where only its answer matters."""
    assert cli.main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def digits(tmp_path, capsys):
    path = tmp_path / "digits.graph.json"
    assert within(capsys, "new", "mnist-convnet", "-o", path) == {"path": str(path)}
    return path


@pytest.mark.usefixtures("fresh")
def test_from_a_template_to_an_onnx_file_that_agrees(tmp_path):
    assert value("new", "mnist-convnet", "-o", "digits.graph.json", cwd=tmp_path) == {"path": "digits.graph.json"}
    assert value("check", "digits.graph.json", cwd=tmp_path) == {"problems": []}
    trained = value("train", "digits.graph.json", "--epochs", 1, cwd=tmp_path)
    assert trained["epochs"] == 1
    assert trained["steps"] == 90
    assert 0.8 < trained["metrics"]["test_accuracy"] <= 1
    assert (tmp_path / trained["run"]).is_dir()
    exported = value("export", "digits.graph.json", "-o", "digits.onnx", cwd=tmp_path)
    assert exported["batches"] == [1, 2, 5]
    assert exported["max_relative_difference"] <= 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    (scores,) = session.run(None, {"image": np.zeros((7, 1, 28, 28), np.float32)})
    assert scores.shape == (7, 10)
    assert [item.name for item in session.get_inputs()] == ["image"]
    assert [item.name for item in session.get_outputs()] == ["scores"]


def test_weights_of_the_run_reach_every_export(digits, capsys, tmp_path):
    import torch
    from safetensors.torch import load_file

    run = within(capsys, "train", digits, "--epochs", 1, "--batch", 500, "--run-dir", tmp_path / "elsewhere")["run"]
    assert str(tmp_path / "elsewhere") in run
    within(capsys, "export", digits, "-o", tmp_path / "w.safetensors", "--run", run)
    weights = load_file(tmp_path / "w.safetensors")
    assert weights["normalize_mean"].item() == pytest.approx(33.3, abs=1.5)
    module = grapheditor.build(grapheditor.load(digits))
    module.load_state_dict(weights)
    within(capsys, "export", digits, "-o", tmp_path / "net.py")
    space: dict = {}
    exec(compile((tmp_path / "net.py").read_text("utf-8"), "net.py", "exec"), space)
    copy = space["DigitsConvnet"]()
    copy.load_state_dict(weights)
    image = torch.rand(3, 1, 28, 28) * 255
    assert torch.equal(copy.eval()(image), module.eval()(image))


def test_an_onnx_file_names_its_run_and_is_made_as_it_is_wanted(digits, capsys, tmp_path):
    import onnx

    trained = within(capsys, "train", digits, "--epochs", 1, "--batch", 500)
    kept = Path(trained["run"]) / "data.json"
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "statistics": {"image": {"mean": 33.3}}}))
    wanted = ["--precision", "float16", "--opset", 21, "--parity"]
    found = within(capsys, "export", digits, "-o", tmp_path / "net.onnx", *wanted)
    assert (found["precision"], found["opset"], found["parity"]["nodes"]) == ("float16", 21, 11)
    model = onnx.load(tmp_path / "net.onnx")
    said = {item.key: item.value for item in model.metadata_props}
    assert (said["run"], said["epoch"]) == (Path(trained["run"]).name, "1")
    assert json.loads(said["classes"]) == list("0123456789")
    assert json.loads(said["data_statistics"]) == {"image": {"mean": 33.3}}
    assert min(json.loads(said["metrics"]).values()) > 0
    assert json.loads(said["statistics"])["normalize"]["mean"] == [pytest.approx(33.3, abs=1.5)]
    assert onnx.TensorProto.FLOAT16 in {item.data_type for item in model.graph.initializer}


def test_a_network_that_draws_numbers_is_not_exported_to_onnx(digits, capsys, tmp_path, known):
    from grapheditor.graph import Input, Node, Output

    graph = grapheditor.load(digits)
    graph.put("nodes.noise", Node("noise", "random_mask"))
    (end,) = (end for end in graph.wires if str(end) == "scores.x")
    graph.put("wires.noise.x", graph.wires[end])
    graph.put(f"wires.{end}", Output("noise"))
    assert isinstance(end, Input)
    graph.save(digits)
    error = within(capsys, "export", digits, "-o", tmp_path / "net.onnx", code=1)["error"]
    assert (error["node"], error["file"]) == ("noise", str(digits))
    assert "put an input in its place" in error["message"]
    assert not (tmp_path / "net.onnx").exists()


def test_without_a_run_the_weights_are_fresh_and_that_is_said(digits, tmp_path):
    done = call("export", digits.name, "-o", "w.safetensors", cwd=tmp_path)
    assert "weights are fresh" in done.stderr


def test_weights_of_another_graph_are_refused_by_name(digits, capsys, tmp_path):
    run = within(capsys, "train", digits, "--epochs", 1, "--batch", 1000)["run"]
    within(capsys, "new", "mnist-convnet", "-p", "classes=7", "-o", digits, "--force")
    error = within(capsys, "export", digits, "-o", tmp_path / "x.onnx", "--run", run, code=3)["error"]
    assert "linear2.weight has another shape" in error["message"]
    assert error["node"] == "linear2"


def test_stopping_by_hand_leaves_a_usable_run(digits, tmp_path):
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if os.name == "nt" else 0
    process = subprocess.Popen(
        [sys.executable, "-m", "grapheditor", "train", digits.name, "--epochs", "500"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        creationflags=flags,
    )
    assert process.stderr.readline().startswith("epoch 1/500")
    process.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "stopped:" in output
    exported = value("export", digits.name, "-o", "digits.onnx", cwd=tmp_path)
    assert exported["max_relative_difference"] <= 1e-4


def test_the_summary_has_the_fields_that_scripts_rely_on(digits, capsys):
    found = within(capsys, "summary", digits)
    assert found["parameters"] == 105_506
    assert set(found) >= {"parameters", "multiply_adds", "activation_bytes", "kept_bytes", "peak_bytes", "nodes"}
    row = next(row for row in found["nodes"] if row["path"] == "conv2")
    assert row == {
        "path": "conv2",
        "operator": "conv2d",
        "count": 1,
        "outputs": [{"shape": ["N", 64, 4, 4], "dtype": "float32"}],
        "parameters": 51_264,
        "multiply_adds": 819_200,
        "activation_bytes": 4096,
        "kept_bytes": 0,
    }
    assert found["kept_bytes"] == sum(row["kept_bytes"] for row in found["nodes"]) == found["memory"]["kept"]
    assert found["peak_bytes"] == found["memory"]["training"] > 2 * 4 * found["parameters"]
    assert found["training_flops"] == 6 * found["multiply_adds"] * 9000 * 10
    batch = within(capsys, "summary", digits, "--batch", 3)
    assert all(isinstance(size, int) for row in batch["nodes"] for item in row["outputs"] for size in item["shape"])
    assert batch["peak_bytes"] > found["peak_bytes"]


def test_the_summary_takes_the_sizes_of_symbols(tmp_path, capsys):
    path = tmp_path / "small.graph.json"
    assert within(capsys, "new", "gpt2", "-p", "vocabulary=50", "-p", "context=64", "-o", path)["path"]
    found = within(capsys, "summary", path, "--size", "T=48", "--batch", 2)
    assert [row["outputs"][0]["shape"] for row in found["nodes"] if row["path"] == "norm"] == [[2, 48, 768]]
    block = next(row for row in found["nodes"] if row["path"] == "blocks.feed_forward.gelu1")
    assert (block["count"], block["kept_bytes"]) == (12, 2 * 48 * 4 * 768 * 4)
    error = within(capsys, "summary", path, "--size", "H=48", code=2)["error"]
    assert error["message"] == "--size: the graph has no symbol H; there is: N, T."


@pytest.mark.parametrize("verb", ["templates", "operators"])
def test_lists_describe_every_entry(verb, capsys, known):
    found = within(capsys, verb)
    assert {item["id"] for item in found} == set(getattr(known, verb))
    for item in found:
        assert {"id", "title", "category", "doc", "options"} <= set(item)
        for option in item["options"]:
            assert set(option) == {"name", "type", "default", "minimum", "maximum", "choices", "doc"}
        if verb == "operators":
            assert {"inputs", "outputs"} <= set(item)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["new", "alexandria"], 2, "no template alexandria"),
        (["new", "mlp", "-p", "depth=3"], 2, "no option depth"),
        (["new", "mlp", "-p", "first=0"], 2, "at least 1"),
        (["new", "mlp", "-p", "first"], 2, "not name=value"),
        (["new", "mlp", "-o", "no/such/place.graph.json"], 3, "cannot be written"),
        (["new", "mlp", "-o", "{digits}"], 3, "exists already"),
        (["check", "missing.graph.json"], 3, "cannot be read"),
        (["check"], 2, "required: FILE"),
        (["fly"], 2, "there is no fly; there is: new, check"),
        (["trian", "{digits}"], 2, "Did you mean train? See grapheditor --help"),
        (["train", "{digits}", "--epoch", "1"], 2, "--epoch 1. Did you mean --epochs? See grapheditor train --help"),
        (["evaluate", "{digits}", "--part", "tset"], 2, "Did you mean test? See grapheditor evaluate --help"),
        (["data", "lst"], 2, "Did you mean list? See grapheditor data --help"),
        (["data", "preview", "table", "file=x"], 2, "-p file=x. See grapheditor data preview --help"),
        (["new", "mnist-conv"], 2, "Did you mean mnist-convnet?"),
        (["new", "mlp", "-p", "inptus=3"], 2, "Did you mean inputs?"),
        (["train", "{digits}", "--data", "tabel"], 2, "Did you mean table?"),
        (["train", "{digits}", "--data", "table"], 3, "-p file=PATH"),
        (["train", "{digits}", "--data", "spirals", "-p", "clases=3"], 2, "Did you mean classes?"),
        (["train", "{digits}", "--data", "spirals"], 3, "(on the command line: --set fields.image=FIELD)"),
        (["train", "{digits}", "--set", "fields.image=imge"], 3, "image, label. Did you mean image?"),
        (["train", "{digits}", "--set", "objectives.0.optimizer=Adma"], 2, "Did you mean Adam"),
        (["train", "{digits}", "--set", "objectives.0.settings.momentun=1"], 2, "Did you mean momentum?"),
        (["train", "{digits}", "--set", "epoch=1"], 2, "Did you mean epochs?"),
        (["train", "{digits}", "--set", "epochs"], 2, "not a path and a value"),
        (["train", "{digits}", "--set", "epochs=many"], 2, "recipe.epochs: epochs must be a whole number"),
        (["train", "{digits}", "--set", "objectives.2.every=2"], 2, "2 is no place in a list of 1"),
        (["train", "{digits}", "--set", "batch.size=2"], 2, "recipe.batch: batch must be"),
        (["train", "{digits}", "--resume", "--set", "batch=2"], 2, "--set belongs to a new training"),
        (["train", "{digits}", "--resume", "--from", "3"], 2, "--from belongs to a new training"),
        (["train", "{digits}", "--from", "no-such-run"], 3, "There is no run no-such-run"),
        (["summary", "{digits}", "--batch", "0"], 2, "whole number from 1"),
        (["summary", "{digits}", "--size", "T"], 2, "T is not a symbol and its size, such as T=128"),
        (["train", "{digits}", "--lr", "nan"], 2, "not a number above 0"),
        (["train", "{digits}", "--lr", "-0.1"], 2, "not a number above 0"),
        (["train", "{digits}", "--seed", "-1"], 2, "at least 0, not -1"),
        (["train", "{digits}", "--epochs", "many"], 2, "a whole number, not 'many'"),
        (["train", "{digits}", "--epochs", "2000000"], 2, "at most 1,000,000, not 2000000"),
        (["summary", "{digits}", "--batch", "9" * 30], 2, "whole number from 1"),
        (["new", "mlp", "-o", "n" * 300], 3, "cannot be written"),
        (["export", "{digits}", "-o", "folder.py"], 3, "cannot be written"),
        (["check", "folder.py"], 3, "is a folder; a graph is a file"),
        (["train", "{digits}", "--device", "abacus"], 3, "abacus"),
        (["train", "{digits}", "--data", "imagenet"], 2, "no data imagenet"),
        (["export", "{digits}", "-o", "net.exe"], 2, "must end in .onnx, .safetensors, .py; of a picture in .svg"),
        (["export", "{digits}", "-o", "no/such/net.onnx"], 3, "no folder"),
        (["export", "{digits}", "-o", "net.onnx", "--run", "nowhere"], 3, "nowhere"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_a_code(digits, capsys, monkeypatch, tmp_path, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.py").mkdir()
    given = [item.format(digits=digits) for item in arguments]
    error = within(capsys, *given, code=code)["error"]
    assert words in error["message"]
    assert error["message"].endswith((".", "?"))
    assert set(error) == {"message", "file", "node", "port"}
    assert cli.main(given) == code
    told = capsys.readouterr()
    assert words in told.err
    assert "Traceback" not in told.err
    assert not told.out


def broken(path, known):
    from grapheditor.edit import edits

    graph = grapheditor.load(path)
    edits.set_option(Scope(graph), known, ["pool1"], "kernel_size", 5).apply(graph)
    graph.save(path)


@pytest.mark.parametrize("verb", [["summary"], ["train"], ["export", "-o", "x.onnx"]])
def test_a_graph_with_problems_is_refused_where_they_are(digits, capsys, known, verb):
    broken(digits, known)
    error = within(capsys, verb[0], digits, *verb[1:], code=1)["error"]
    assert error["node"] == "conv2"
    assert error["file"] == str(digits)
    assert "does not fit into the image" in error["message"]


def test_check_lists_problems(digits, capsys, known):
    broken(digits, known)
    problems = within(capsys, "check", digits, code=1)["problems"]
    assert [(item["severity"], item["node"], item["port"]) for item in problems] == [("error", "conv2", "x")]
    assert set(problems[0]) == {"severity", "node", "port", "place", "message", "fixes"}


def test_a_damaged_file_names_the_place(tmp_path, capsys):
    path = tmp_path / "bad.graph.json"
    path.write_text('{"grapheditor": 1, "nodes": {"a": {"operator": "relu", "at": [1]}}}')
    error = within(capsys, "check", path, code=3)["error"]
    assert error["message"].startswith("nodes.a.at: expected two numbers")
    assert error["file"] == str(path)


def test_a_defect_is_a_sentence_with_its_details_in_a_file(digits, capsys, monkeypatch):
    from grapheditor import verbs

    def fail(*_, **_more):
        raise ZeroDivisionError("by a gremlin")

    monkeypatch.setattr(verbs, "read_graph", fail)
    error = within(capsys, "check", digits, code=70)["error"]
    assert "by a gremlin" in error["message"]
    log = error["message"].split("Details are in ")[1].removesuffix(".")
    assert "ZeroDivisionError" in Path(log).read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="pipes of a shell")
def test_a_closed_pipe_is_no_failure(tmp_path):
    done = subprocess.run(
        f"{sys.executable} -m grapheditor operators | head -1", shell=True, cwd=tmp_path, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_diff_and_merge_speak_json(digits, tmp_path, capsys, known):
    from grapheditor.edit import edits

    other = tmp_path / "other.graph.json"
    graph = grapheditor.load(digits)
    edits.set_option(Scope(graph), known, ["conv1"], "kernel_size", 7).apply(graph)
    edits.rename(Scope(graph), "relu1", "first").apply(graph)
    graph.save(other)
    assert within(capsys, "diff", digits, digits) == {"added": [], "removed": [], "changed": [], "renamed": []}
    found = within(capsys, "diff", digits, other, code=1)
    assert found["renamed"] == [{"from": "relu1", "to": "first"}]
    assert found["changed"][0]["key"] == "nodes.conv1"
    assert found["changed"][0]["fields"] == ["options.kernel_size"]
    ours = tmp_path / "ours.graph.json"
    grapheditor.load(digits).save(ours)
    assert within(capsys, "merge", digits, ours, other) == {"path": str(ours), "conflicts": []}
    assert within(capsys, "diff", ours, other)["changed"] == []


def test_a_word_that_is_neither_verb_nor_file_is_a_wrong_call(capsys):
    assert cli.main(["a" * 300]) == 2
    assert "there is no aaaa" in capsys.readouterr().err


def test_a_source_needs_no_weights(digits, tmp_path, known, capsys):
    within(capsys, "train", digits, "--epochs", 1, "--batch", 1000)
    graph = grapheditor.load(digits)
    from grapheditor.edit import edits

    edits.set_option(Scope(graph), known, ["linear1"], "out_features", 64).apply(graph)
    graph.save(digits)
    error = within(capsys, "export", digits, "-o", tmp_path / "net.onnx", code=3)["error"]
    assert "linear1.weight has another shape" in error["message"]
    assert "runs" in error["file"]
    assert within(capsys, "export", digits, "-o", tmp_path / "net.py") == {"path": str(tmp_path / "net.py")}
    assert "nn.Linear(256, 64)" in (tmp_path / "net.py").read_text()


def test_a_loss_that_rises_is_said(tmp_path):
    """The gradient of a linear network is bounded: whatever the rate, its loss stays a number."""
    call("new", "logistic-regression", cwd=tmp_path)
    done = call("train", "logistic-regression.graph.json", "--epochs", 1, "--lr", 100, cwd=tmp_path)
    assert "a smaller learning rate often helps" in done.stderr


def test_a_pipe_of_another_encoding_gets_what_it_can_take(digits, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "grapheditor", "summary", digits.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "cp1251"},
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


def test_help_names_verbs_and_exit_codes(tmp_path):
    text = call("--help", cwd=tmp_path).stdout
    for word in ("new", "check", "summary", "train", "export", "weights", "templates", "operators", "130"):
        assert word in text
    assert grapheditor.__version__ in call("--version", cwd=tmp_path).stdout


def test_progress_is_on_the_other_stream(digits, tmp_path):
    done = call("train", digits.name, "--epochs", 2, "--batch", 1000, cwd=tmp_path)
    assert [line.split("  ")[0] for line in done.stderr.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert done.stdout.startswith("trained: 2 epochs,")
