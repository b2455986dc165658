"""New images, rows, texts and arrays through a run whose data is gone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from learned import classifier, digits_graph, learn, printed, within
from PIL import Image

from grapheditor.compile import compile_graph
from grapheditor.data import open_data
from grapheditor.graph import Graph, Node, Objective, Output, Recipe
from grapheditor.training.errors import DataError, TrainingError
from grapheditor.training.run import load_weights


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return learn(digits_graph(), tmp_path_factory.mktemp("digits"), "digits")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return open_data("digits").test.columns["image"].whole[:30].copy()


@pytest.fixture(scope="module")
def expected(run, images) -> np.ndarray:
    module = compile_graph(digits_graph()).module()
    module.load_state_dict(load_weights(run))
    with torch.inference_mode():
        return module.eval()(torch.from_numpy(images).float()).softmax(1).numpy()


def test_images_get_their_classes_and_a_bad_one_is_named(run, images, expected, capsys, tmp_path) -> None:
    for i, image in enumerate(images[:5]):
        Image.fromarray(image[0]).save(tmp_path / f"{i}.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:60])
    found = within(capsys, "predict", run, *sorted(tmp_path.glob("*.png")), "--top", 3, code=3)
    assert [Path(item["sample"]).name for item in found["predictions"]] == ["0.png", "1.png", "3.png", "4.png"]
    for item, i in zip(found["predictions"], (0, 1, 3, 4), strict=True):
        order = expected[i].argsort()[::-1][:3]
        assert [said["class"] for said in item["scores"]] == [str(place) for place in order]
        assert [said["probability"] for said in item["scores"]] == pytest.approx(expected[i][order].tolist(), abs=1e-6)
    (problem,) = found["problems"]
    assert "2.png" in problem
    again = within(capsys, "predict", run, tmp_path, "--top", 3, code=3)
    assert again == found


def test_an_array_and_the_files_that_are_written(run, images, expected, capsys, tmp_path) -> None:
    np.save(tmp_path / "x.npy", images)
    for name in ("out.npz", "out.csv", "out.json"):
        text, _ = printed(capsys, "predict", run, tmp_path / "x.npy", "-o", tmp_path / name, "--top", 2, "--batch", 7)
        assert f"{name} written: 30 samples" in text
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["scores"] == pytest.approx(expected, abs=1e-6)
        assert arrays["scores_classes"].tolist() == [str(i) for i in range(10)]
        assert arrays["sample"][3].endswith("x.npy [3]")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scores_class"] for row in rows] == [str(i) for i in expected.argmax(1)]
    assert float(rows[4]["scores_probability_2"]) == pytest.approx(np.sort(expected[4])[-2], abs=1e-6)
    assert [item["sample"] for item in json.loads((tmp_path / "out.json").read_text("utf-8"))] == [
        row["sample"] for row in rows
    ]


def test_rows_are_prepared_as_in_training_and_a_bad_one_is_named(capsys, tmp_path) -> None:
    rows = [f"{i % 7},{i},{'high' if i > 100 else 'low'}" for i in range(200)]
    (tmp_path / "own.csv").write_text("noise,size,kind\n" + "\n".join(rows) + "\n", "utf-8")
    graph = classifier("features", ("N", 2), "float32", "kind", 2, Node("norm", "normalize"))
    run = learn(graph, tmp_path, "own", data="table", source={"file": "own.csv"}, batch=20, epochs=60)
    (tmp_path / "own.csv").unlink()
    (tmp_path / "new.csv").write_text("size;extra;noise\n190;x;1\nlarge;x;2\n3;x;4\n", "utf-8")
    found = within(capsys, "predict", run, tmp_path / "new.csv", code=3)
    assert [item["scores"][0]["class"] for item in found["predictions"]] == ["high", "low"]
    assert [item["sample"].split()[-1] for item in found["predictions"]] == ["2", "4"]
    assert "row 3: column 'size': 'large' is not a number" in found["problems"][0]
    (tmp_path / "less.csv").write_text("noise\n1\n2\n", "utf-8")
    assert (
        "has no column 'size'; it has: noise."
        in within(capsys, "predict", run, tmp_path / "less.csv", code=3)["problems"][0]
    )


def test_texts_line_by_line(capsys, tmp_path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, letters in (("vowels", "aeiou"), ("others", "bcdfg")):
        lines = ["".join(letters[(i * j) % 5] for j in range(3 + i % 3)) for i in range(1, 60)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    nodes = (Node("embed", "embedding", {"num_embeddings": 16, "embedding_dim": 4}), Node("flat", "flatten"))
    graph = classifier("text", ("N", 5), "int64", "label", 2, *nodes)
    source = {"folder": "texts", "length": 5}
    run = learn(graph, tmp_path, "texts", data="text-classes", source=source, batch=20, epochs=30)
    (tmp_path / "new.txt").write_text("aeia\n\nbcdb\n", "utf-8")
    found = within(capsys, "predict", run, tmp_path / "new.txt")["predictions"]
    assert [item["scores"][0]["class"] for item in found] == ["vowels", "others"]
    assert [item["sample"].split()[-1] for item in found] == ["1", "3"]


def test_numbers_are_told_as_they_are(capsys, tmp_path) -> None:
    graph = Graph()
    for name, shape in (("features", ("N", 2)), ("y", ("N",))):
        graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape, "dtype": "float32"}))
    for name, operator, options, inputs in (
        ("linear", "linear", {"out_features": 1}, {"x": "features"}),
        ("flat", "view", {"size": (-1,)}, {"x": "linear"}),
        ("loss", "mse_loss", {}, {"x": "flat", "target": "y"}),
        ("said", "output", {}, {"x": "linear"}),
    ):
        graph.put(f"nodes.{name}", Node(name, operator, options))
        for port, start in inputs.items():
            graph.put(f"wires.{name}.{port}", Output(start))
    graph.put("recipe", Recipe(objectives=(Objective("loss"),)))
    rows = [f"{i % 7},{i % 11},{(i % 7) - 2.5 * (i % 11)}" for i in range(100)]
    (tmp_path / "own.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n", "utf-8")
    source = {"file": "own.csv", "task": "number"}
    run = learn(graph, tmp_path, "own", data="table", source=source, batch=20, epochs=3)
    np.save(tmp_path / "x.npy", np.float64([[1, 2], [3, 4]]))
    weights = load_weights(run)
    by_hand = torch.tensor([[1.0, 2.0], [3.0, 4.0]]) @ weights["linear.weight"].T + weights["linear.bias"]
    found = within(capsys, "predict", run, tmp_path / "x.npy")["predictions"]
    assert np.float64([item["said"] for item in found]) == pytest.approx(by_hand.numpy(), rel=1e-5)
    text, _ = printed(capsys, "predict", run, tmp_path / "x.npy")
    assert "x.npy [0]: y " in text, "what it was compared with, whatever shape it had there"


def test_what_cannot_be_is_refused(run, capsys, tmp_path) -> None:
    assert (
        "must end in" in within(capsys, "predict", run, "x.png", "-o", tmp_path / "x.txt", code=2)["error"]["message"]
    )
    found = within(capsys, "predict", run, tmp_path / "none.png", code=3)
    assert found["predictions"] == []
    assert "none.png" in found["problems"][0]
    np.save(tmp_path / "wrong.npy", np.zeros((2, 5, 5, 5), np.uint8))
    assert len(within(capsys, "predict", run, tmp_path / "wrong.npy", code=3)["problems"]) == 2


def test_a_graph_stands_for_its_newest_run_and_a_run_for_no_graph(images, capsys, tmp_path) -> None:
    graph, image = tmp_path / "net.graph.json", tmp_path / "a.png"
    digits_graph().save(graph)
    Image.fromarray(images[0][0]).save(image)
    assert "grapheditor train" in within(capsys, "predict", graph, image, code=3)["error"]["message"]
    runs = [learn(digits_graph(), tmp_path, "net") for _ in range(2)]
    assert within(capsys, "predict", graph, image)["run"] == str(runs[1])
    assert printed(capsys, "predict", graph, image)[1] == f"The newest run is {runs[1]}.\n"
    for verb in ("train", "check", "profile"):
        _, said = printed(capsys, verb, runs[0], code=3)
        assert said.startswith(f"{runs[0]}: is a run: `grapheditor train {runs[0]} --resume` goes on with it.")
    assert "is a folder" in within(capsys, "train", tmp_path, code=3)["error"]["message"]
    near = within(capsys, "evaluate", "net-01", "--in", tmp_path / "runs", code=3)["error"]["message"]
    assert near.endswith(("Did you mean net-001?", "Did you mean net-002?"))
    for path in (runs[0] / "checkpoints").iterdir():
        path.unlink()
    _, said = printed(capsys, "evaluate", runs[0], code=3)
    assert said.count(str(runs[0])) == 1, "a place is named once"
    folders = tmp_path / "folders" / "inside"
    folders.mkdir(parents=True)
    assert "has no files" in within(capsys, "predict", runs[1], folders.parent, code=3)["problems"][0]


def tokens_graph(rows: int, *first: Node) -> Graph:
    nodes = (Node("embed", "embedding", {"num_embeddings": rows, "embedding_dim": 4}), Node("flat", "flatten"))
    return classifier("text", ("N", 5), "int64", "label", 2, *first, *nodes)


@pytest.fixture
def texts(tmp_path) -> dict[str, object]:
    for name, line in (("vowels", "aeiou"), ("others", "bcdfg")):
        (tmp_path / "texts").mkdir(exist_ok=True)
        (tmp_path / "texts" / f"{name}.txt").write_text(f"{line}\n" * 20, "utf-8")
    return {"data": "text-classes", "source": {"folder": "texts", "length": 5}, "batch": 20, "epochs": 1}


def test_an_embedding_with_too_few_rows_is_told_before_a_run_is_made(texts, tmp_path) -> None:
    with pytest.raises(DataError, match=r"embed has 4 rows, and text has \d+ kinds of numbers: set its num_embeddings"):
        learn(tokens_graph(4), tmp_path, "few", **texts)
    assert not list((tmp_path / "runs").glob("*"))
    with pytest.raises(TrainingError, match=r"an embedding that has no row for it"):
        learn(tokens_graph(4, Node("behind", "identity")), tmp_path, "few", **texts)


def test_what_cannot_be_computed_of_one_sample_is_said_of_the_others(texts, capsys, tmp_path) -> None:
    """One of three stored samples has a number for which the embedding has no row."""
    run = learn(tokens_graph(16), tmp_path, "texts", **texts)
    tokens = np.ones((3, 5), np.uint8)
    tokens[1, 2] = 99
    np.save(tmp_path / "x.npy", tokens)
    found = within(capsys, "predict", run, tmp_path / "x.npy", code=3)
    assert [item["sample"].split()[-1] for item in found["predictions"]] == ["[0]", "[2]"]
    (problem,) = found["problems"]
    assert "x.npy [1]: " in problem and "no row for it" in problem


def test_a_class_is_not_said_where_the_answer_is_no_number(capsys, tmp_path) -> None:
    rows = [f"{i % 7},{i % 5},{'high' if i % 5 > 2 else 'low'}" for i in range(100)]
    (tmp_path / "own.csv").write_text("noise,size,kind\n" + "\n".join(rows) + "\n", "utf-8")
    graph = classifier("features", ("N", 2), "float32", "kind", 2, Node("grown", "exp"))
    run = learn(graph, tmp_path, "own", data="table", source={"file": "own.csv"}, batch=20, epochs=1)
    np.save(tmp_path / "x.npy", np.float32([[1, 2], [1, 2000]]))
    found = within(capsys, "predict", run, tmp_path / "x.npy", code=3)
    assert len(found["predictions"]) == 1
    assert "x.npy [1]: scores is not finite" in found["problems"][0]
