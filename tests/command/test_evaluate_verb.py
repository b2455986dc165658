"""What a run has learned, on any part of any data, class by class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from learned import classifier, digits_graph, learn, printed, within

from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.graph import Node
from grapheditor.training.learned import Classified, Confusion
from grapheditor.training.run import load_weights


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    graph = digits_graph()
    graph.save(folder / "digits.graph.json")
    return learn(graph, folder, "digits")


def test_it_measures_what_the_training_measured(run, capsys) -> None:
    told = json.loads((run / "run.json").read_text("utf-8"))["result"]["metrics"]
    found = within(capsys, "evaluate", run, "--which", "last")
    assert found["metrics"] == {name: value for name, value in told.items() if name.startswith("test_")}
    held = within(capsys, "evaluate", run, "--part", "validation", "--which", "last")
    assert held["metrics"] == {name: value for name, value in told.items() if name.startswith("validation_")}
    assert (found["samples"], held["samples"], found["step"]) == (2000, 1000, 90)


def test_the_confusion_is_that_of_a_count_by_hand(run, capsys) -> None:
    (table,) = within(capsys, "evaluate", run)["classified"]
    from grapheditor.compile import compile_graph

    module = compile_graph(digits_graph()).module()
    module.load_state_dict(load_weights(run))
    columns = open_data("digits").test.columns
    images, labels = (torch.from_numpy(columns[name].whole.copy()) for name in ("image", "label"))
    with torch.inference_mode():
        said = module.eval()(images.float()).argmax(1)
    by_hand = [[int(((labels == i) & (said == j)).sum()) for j in range(10)] for i in range(10)]
    assert table["confusion"] == by_hand
    assert [item["class"] for item in table["classes"]] == [str(i) for i in range(10)]
    seven = table["classes"][7]
    assert seven["accuracy"] == by_hand[7][7] / sum(by_hand[7]) == by_hand[7][7] / seven["count"]
    assert seven["precision"] == by_hand[7][7] / sum(row[7] for row in by_hand)


def test_a_graph_takes_its_latest_run_and_it_is_printed(run, capsys) -> None:
    text, _ = printed(capsys, "evaluate", run.parent.parent / "digits.graph.json", "--part", "train")
    assert "9,000 train samples" in text
    assert "true class in rows" in text
    assert text.count("%") == 20


def test_any_part_of_the_recipe_may_be_another_one_for_once(run, capsys) -> None:
    plain = within(capsys, "evaluate", run)
    found = within(capsys, "evaluate", run, "--set", 'metrics=["f1"]', "--set", "batch=300")
    assert found == within(capsys, "evaluate", run, "--metrics", "f1", "--batch", 300)
    assert found["metrics"].keys() == {*plain["metrics"], "test_f1"}
    found = within(capsys, "evaluate", run, "--set", "epohcs=3", code=2)
    assert "epohcs" in found["error"]["message"]


def test_what_does_not_go_together_is_refused(run, capsys, tmp_path) -> None:
    path = tmp_path / "other.graph.json"
    classifier("image", ("N", 1, 28, 28), "float32", "label", 10, Node("flat", "flatten")).save(path)
    error = within(capsys, "evaluate", path, code=3)["error"]
    assert "no run of this graph yet" in error["message"]
    error = within(capsys, "evaluate", run, "--data", "xor", code=3)["error"]
    assert "takes the field image" in error["message"]
    error = within(capsys, "evaluate", tmp_path / "nothing", code=3)["error"]
    assert "There is no run" in error["message"]


def test_metrics_can_be_asked_for_afterwards(run, capsys) -> None:
    plain = within(capsys, "evaluate", run)["metrics"]
    more = within(capsys, "evaluate", run, "--metrics", "f1, recall")["metrics"]
    assert more.keys() - plain.keys() == {"test_f1", "test_recall"}
    assert {name: more[name] for name in plain} == plain
    (table,) = within(capsys, "evaluate", run)["classified"]
    assert more["test_recall"] == pytest.approx(sum(item["accuracy"] for item in table["classes"]) / 10)
    error = within(capsys, "evaluate", run, "--metrics", "r2", code=2)["error"]
    assert "measures numbers" in error["message"]


def test_other_data_must_have_the_same_classes(capsys, tmp_path) -> None:
    for name, words in (("pets", ("cat", "dog")), ("cars", ("bus", "van")), ("more", ("cat", "dog"))):
        rows = [f"{i},{-i},{words[i % 2]}" for i in range(40)]
        (tmp_path / f"{name}.csv").write_text("a,b,kind\n" + "\n".join(rows) + "\n", "utf-8")
    graph = classifier("features", ("N", 2), "float32", "kind", 2)
    run = learn(graph, tmp_path, "pets", data="table", source={"file": "pets.csv"}, batch=8, epochs=1)
    within(capsys, "evaluate", run, "-p", "file=more.csv")
    error = within(capsys, "evaluate", run, "-p", "file=cars.csv", code=3)["error"]
    assert "learned other classes of kind: cat, dog; here: bus, van" in error["message"]


def test_pixels_of_masks_are_counted_each_and_scores_beyond_the_classes_are_none() -> None:
    table = Confusion(Classified("loss", "scores", "mask", ("sky", "sea")))
    scores = torch.zeros(1, 3, 2, 2)
    for place, said in zip(((0, 0), (0, 1), (1, 0), (1, 1)), (0, 1, 1, 2), strict=True):
        scores[0, said][place] = 1.0
    table.add(scores, torch.tensor([[[0, 0], [1, 1]]]))
    assert table.counts.tolist() == [[1, 1], [0, 1]]
    assert [item["accuracy"] for item in table.describe()["classes"]] == [0.5, 1.0]
    assert [item["precision"] for item in table.describe()["classes"]] == [1.0, 0.5]


def test_a_graph_stands_for_its_newest_run_as_that_was(tmp_path, capsys) -> None:
    """Also where it was trained on other data than its file names."""
    graph = digits_graph()
    graph.save(tmp_path / "other.graph.json")
    learn(graph, tmp_path, "other", data="digits", validation=0.5, batch=500)
    text, _ = printed(capsys, "evaluate", tmp_path / "other.graph.json", "--part", "validation")
    assert f"5,000 validation samples of {open_data('digits').title}" in text


def test_data_whose_numbers_mean_something_else_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "one.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n" * 20, "utf-8")
    (tmp_path / "two.csv").write_text("b,a,kind\n" + "2,1,x\n4,3,y\n" * 20, "utf-8")
    table = classifier("features", ("N", 2), "float32", "kind", 2)
    run = learn(table, tmp_path, "table", data="table", source={"file": "one.csv"}, epochs=1, batch=20)
    found = within(capsys, "evaluate", run, "--part", "train", "--data", "table", "-p", "file=two.csv", code=3)
    assert "The run learned other columns of features: a, b; here: b, a." in found["error"]["message"]
    (tmp_path / "one.txt").write_text("abcd" * 200, "utf-8")
    (tmp_path / "two.txt").write_text("abxd" * 200, "utf-8")
    model = catalog().new("char-gpt", {"vocabulary": 4, "context": 8, "width": 8, "heads": 2, "layers": 1})
    source = {"file": str(tmp_path / "one.txt"), "length": 8}
    run = learn(model, tmp_path, "text", data="text", source=source, epochs=1, batch=20, record="")
    other = ("--data", "text", "-p", f"file={tmp_path / 'two.txt'}", "-p", "length=8")
    found = within(capsys, "evaluate", run, *other, code=3)
    assert "The run learned other pieces of" in found["error"]["message"]
