"""Tours: what they point at is there, what they offer works, and a window leads through one."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.edit import edits
from grapheditor.edit.scope import scope_at
from grapheditor.ui.actions import ACTIONS

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
CLASSICS = (
    *("threshold-unit", "perceptron", "logistic-regression", "mlp", "neocognitron", "t-c", "lenet-1989", "lenet-5"),
    *("mnist-convnet", "broken-net", "alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "resnet20"),
    *("densenet121", "mobilenet-v2", "vit-b-16", "unet", "sharpmask", "pilotnet", "rnn-names", "lstm-lm-medium"),
    *("sentiment-lstm", "bilstm", "seq2seq", "attention-seq2seq", "transformer-base", "gpt2", "gpt3", "bert-base"),
    *("masked-lm", "char-gpt", "word2vec", "wavenet", "deepspeech2", "llama", "mixtral", "memory-network"),
    *("gan-gaussians", "painted-image", "cooccurrence", "recursive-net", "averaging-qa", "deepspeech", "lstm-text"),
)


@pytest.mark.parametrize("name", KNOWN.tours)
def test_all_that_a_tour_points_at_is_there_and_what_it_offers_can_be_done(name):
    tour = KNOWN.tours[name]
    graph = KNOWN.new(tour.template, tour.options)
    assert len(tour.stops) >= 3
    assert tour.doc
    for stop in tour.stops:
        assert stop.text.endswith((".", "?"))
        assert len(stop.text) < 420, "more than one reads on a card"
        assert bool(stop.offer) == bool(stop.change or stop.recipe or stop.action)
        places = {path.rpartition(".")[0] for path in stop.nodes}
        assert len(places) <= 1
        for path in stop.nodes:
            scope = scope_at(graph, path.rpartition(".")[0])
            assert scope is not None
            assert path.rpartition(".")[2] in scope.body.nodes, path
        for path, options in stop.change.items():
            scope = scope_at(graph, path.rpartition(".")[0])
            for option, value in options.items():
                edits.set_option(scope, KNOWN, [path.rpartition(".")[2]], option, value).apply(graph)
        if stop.recipe:
            before = graph.recipe
            edits.set_learning(graph, stop.recipe).apply(graph)
            assert graph.recipe != before
        if stop.change:
            errors = [item for item in INFERENCE.analyse(graph).problems if item.severity == "error"]
            assert not errors or "problem" in stop.text.lower(), errors
        if stop.action:
            assert stop.action in {item.id for item in ACTIONS}


@pytest.mark.parametrize("name", CLASSICS)
def test_a_classic_has_a_tour_that_lets_one_do_something(name):
    tour = KNOWN.tours[name]
    assert tour.template == name
    assert any(stop.offer for stop in tour.stops)


@pytest.mark.parametrize("name", KNOWN.tours)
def test_who_is_to_train_on_data_that_is_not_there_hears_where_it_comes_from(name):
    tour = KNOWN.tours[name]
    data = KNOWN.new(tour.template, tour.options).recipe.data
    trains = [stop.text for stop in tour.stops if stop.action in ("train", "step", "overfit")]
    if not trains:
        return
    assert data, "there is nothing to train on"
    source = KNOWN.sources[data]
    if source.files:
        assert "downloaded once, under Data on the right" in trains[0]


@pytest.mark.parametrize("name", ["lenet-1989", "densenet121", "gan-gaussians", "unet-shapes", "mixtral"])
def test_a_window_leads_into_modules_and_copies_and_changes_what_a_stop_offers(drive, name):
    window = drive.window
    window.start_tour(name)
    drive.settle()
    for stop in KNOWN.tours[name].stops:
        marked = {path.rpartition(".")[2] for path in stop.nodes}
        lit = window.session.spotlight.lit
        assert (lit.marked if lit else set()) == marked
        if stop.change:
            drive.click("tour-offer")
            for path, options in stop.change.items():
                node = window.session.body.nodes[path.rpartition(".")[2]]
                assert {key: node.options.get(key) for key in options} == options
        drive.click("tour-next")
    assert not window.editor.tour.isVisible()


def test_a_window_leads_through_a_tour(drive):
    window = drive.window
    window.start_tour("mnist-convnet")
    drive.settle()
    card = window.editor.tour
    tour = KNOWN.tours["mnist-convnet"]
    assert card.isVisible()
    assert drive.find("tour-head", QLabel).text() == f"{tour.title} · 1 of {len(tour.stops)}"
    assert not drive.find("tour-back").isEnabled()
    assert window.session.spotlight.lit.marked == {"image"}
    for _ in range(4):
        drive.click("tour-next")
    assert drive.find("tour-offer", QPushButton).text() == "Make the filters 3×3"
    drive.click("tour-offer")
    assert "kernel_size" not in drive.graph.nodes["conv1"].options, "3 is what it is by itself"
    assert drive.find("tour-offer", QPushButton).text() == "✓ Make the filters 3×3"
    drive.click("tour-next")
    drive.click("tour-next")
    drive.click("tour-offer")
    assert drive.graph.recipe.objectives[0].settings["lr"] == 5.0
    drive.click("tour-back")
    drive.click("tour-offer")
    drive.wait(lambda: window.session.training.run is not None)
    drive.click("tour-next")
    drive.click("tour-next")
    assert drive.find("tour-next", QPushButton).text() == "Finish"
    drive.click("tour-next")
    assert not card.isVisible()
    assert window.session.spotlight.lit is None
    window.perform("stop")


def test_a_tour_ends_with_its_graph_and_by_hand(drive):
    window = drive.window
    window.start_tour("mnist-convnet")
    drive.settle()
    drive.click("tour-leave")
    assert not window.editor.tour.isVisible()
    window.start_tour("mnist-convnet")
    window.new("lenet-5")
    assert window.editor.tour.tour is None


def test_the_gallery_offers_the_tour_of_a_network(drive):
    window = drive.window
    window.start.gallery.chosen.emit("mnist-convnet")
    drive.click("template-tour")
    assert window.editor.tour.tour.id == "mnist-convnet"
    assert window.editor.tour.isVisible()


def test_of_several_tours_one_is_chosen(drive):
    window = drive.window
    window.start.gallery.chosen.emit("unet")
    button = drive.find("template-tour", QPushButton)
    assert [action.text() for action in button.menu().actions()] == [
        tour.title for tour in KNOWN.tours.values() if tour.template == "unet"
    ]
    button.menu().actions()[1].trigger()
    assert window.editor.tour.tour.id == "unet-shapes"
    window.session.document.mark_saved()
    window.start.gallery.chosen.emit("mnist-convnet")
    assert button.menu() is None
