"""Weights from elsewhere find their places by structure; what has none is named."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from grapheditor.authoring import Drawing, Handle, Size, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import alignment, compile_graph
from grapheditor.compile.alignment import Network, align
from grapheditor.compile.foreign import read_state
from grapheditor.compile.weights import MatchError, match
from grapheditor.edit.sketch import sketch

KNOWN = catalog()


def compiled(draw):
    return compile_graph(sketch(KNOWN, template("Vision", title="Net")(draw), {}))


def image(g):
    return g.input(shape=("N", 3, 8, 8), id="image")


def small(g: Drawing, *, classes: Size = 5) -> None:
    """Two convolutions and a head."""
    x = g.relu(g.batch_norm2d(g.conv2d(image(g), out_channels=4)))
    x = g.conv2d(x, out_channels=4, padding=1, bias=False)
    g.output(g.linear(g.flatten(x), out_features=classes), id="scores")


def source(classes=5, channels=3):
    """The same in plain PyTorch."""
    net = nn.Sequential()
    net.add_module("stem", nn.Sequential(nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU()))
    net.add_module("body", nn.Conv2d(4, 4, 3, padding=1, bias=False))
    net.add_module("flat", nn.Flatten())
    net.add_module("head", nn.Linear(144, classes))
    return net


def test_names_do_not_count():
    theirs = source()
    found = match(theirs.state_dict(), compiled(small))
    assert found.names["conv1.weight"] == "stem.0.weight"
    assert found.names["bn1.running_var"] == "stem.1.running_var"
    assert found.names["conv2.weight"] == "body.weight"
    assert found.names["linear1.bias"] == "head.bias"
    assert len(found.names) == len(theirs.state_dict())
    assert str(found) == "100% of the tensors and 100.0% of the numbers carry over"


def test_a_file_is_read_in_one_order(tmp_path):
    save_file(source().state_dict(), tmp_path / "theirs.safetensors")
    orders = {tuple(read_state(tmp_path / "theirs.safetensors")) for _ in range(20)}
    assert orders == {tuple(sorted(source().state_dict()))}


def test_the_first_tensor_without_a_partner_is_named():
    with pytest.raises(MatchError) as caught:
        match(source(channels=1, classes=9).state_dict(), compiled(small))
    assert caught.value.name == "stem.0.weight"
    assert caught.value.message == (
        "stem.0.weight (4×1×3×3) has no partner among the weights of the network. "
        "The first weight of the network that is left over is conv1.weight (4×3×3×3)."
    )


def test_a_weight_of_the_network_without_a_partner_is_named():
    state = {name: value for name, value in source().state_dict().items() if name != "body.weight"}
    with pytest.raises(MatchError, match=r"The network's conv2.weight \(4×4×3×3\) has no partner in the state dict"):
        match(state, compiled(small))


def test_another_head_may_be_left_out_when_asked_for():
    theirs = source(classes=9).state_dict()
    found = match(theirs, compiled(small), partial=True)
    assert found.unused == ("head.weight", "head.bias")
    assert found.missing == ("linear1.weight", "linear1.bias")
    assert found.tensors == pytest.approx(8 / 10)
    rest = 4 * 27 + 4 + 4 * 4 + 1 + 4 * 4 * 9
    assert found.numbers == pytest.approx(rest / (rest + 9 * 145))
    assert "2 of the network's stay as they are" in str(found)


def test_another_first_layer_may_be_left_out_when_asked_for():
    found = match(source(channels=1).state_dict(), compiled(small), partial=True)
    assert found.unused == ("stem.0.weight", "stem.0.bias")
    assert found.names["conv2.weight"] == "body.weight"
    assert found.names["linear1.weight"] == "head.weight"


def test_a_state_dict_without_counters_of_batches_is_taken():
    state = {name: value for name, value in source().state_dict().items() if "num_batches" not in name}
    found = match(state, compiled(small))
    assert (found.tensors, found.missing) == (1.0, ("bn1.num_batches_tracked",))


def test_an_order_in_which_it_could_not_run_is_refused():
    def chain(g: Drawing) -> None:
        """Two layers of one size with another between."""
        x = g.input(shape=("N", 4), id="x")
        for width in (4, 6, 4):
            x = g.linear(x, out_features=width)
        g.output(x, id="y")

    state = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 4), nn.Linear(4, 4)).state_dict()
    with pytest.raises(MatchError, match=r"0.weight \(6×4\) has no partner: it is not defined in an order"):
        match(state, compiled(chain))


@module
def Layer(g: Drawing, x: Handle) -> Handle:  # noqa: N802
    """A layer of four."""
    return g.linear(x, out_features=4)


def test_a_deeper_network_takes_what_there_is_in_order():
    def deep(g: Drawing) -> None:
        """Five layers of one size between two others."""
        x = g.linear(g.input(shape=("N", 3), id="x"), out_features=4, id="first")
        x = Layer(g, x, repeat=5, id="many")
        g.output(g.linear(x, out_features=2, id="last"), id="y")

    theirs = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2))
    found = match(theirs.state_dict(), compiled(deep), partial=True)
    assert found.unused == ()
    assert {own: name for own, name in found.names.items() if "weight" in own} == {
        "first.weight": "0.weight", "many.0.linear1.weight": "1.weight", "many.1.linear1.weight": "2.weight", "last.weight": "3.weight",
    }  # fmt: skip


def test_of_branches_that_are_alike_the_first_is_the_first_where_they_meet():
    def branches(g: Drawing) -> None:
        """Two branches of one kind, drawn in the other order."""
        x = g.input(shape=("N", 4), id="x")
        second = g.linear(g.relu(g.linear(x, out_features=4, id="a")), out_features=4, id="b")
        first = g.linear(g.relu(g.linear(x, out_features=4, id="c")), out_features=4, id="d")
        g.output(g.concatenate([first, second]), id="y")

    state = nn.ModuleList(nn.Linear(4, 4) for _ in range(4)).state_dict()
    found = match(state, compiled(branches))
    assert [found.names[f"{layer}.weight"] for layer in "cdab"] == [f"{i}.weight" for i in range(4)]


@pytest.mark.parametrize("turned", [False, True])
def test_a_longer_branch_is_defined_whole_before_the_next_is_begun(turned):
    def branches(g: Drawing) -> None:
        """A branch of one layer beside one of two; their first layers are alike."""
        x = g.input(shape=("N", 4), id="x")
        short = g.linear(x, out_features=4, id="short")
        long = g.linear(g.relu(g.linear(x, out_features=4, id="long1")), out_features=6, id="long2")
        g.output(g.concatenate([long, short] if turned else [short, long]), id="y")

    program = compiled(branches)
    for layers, partner in ((((4, 4), (4, 4), (4, 6)), "0.weight"), (((4, 4), (4, 6), (4, 4)), "2.weight")):
        state = nn.ModuleList(nn.Linear(*sizes) for sizes in layers).state_dict()
        assert match(state, program).names["short.weight"] == partner


def test_weights_that_only_a_loss_reaches_have_their_place():
    def guided(g: Drawing) -> None:
        """A second head that is there for its loss alone; both heads are alike."""
        x, label = g.input(shape=("N", 4), id="x"), g.input(shape=("N",), dtype="int64", id="label")
        x = g.relu(g.linear(x, out_features=4, id="body"))
        g.cross_entropy(g.linear(x, out_features=3, id="guess"), label, id="loss")
        g.output(g.linear(g.relu(g.linear(x, out_features=4, id="more")), out_features=3, id="head"), id="scores")

    program = compiled(guided)
    for sizes, partner in (((4, 3, 4, 3), "1.weight"), ((4, 4, 3, 3), "3.weight")):
        state = nn.ModuleList(nn.Linear(4, out) for out in sizes).state_dict()
        assert match(state, program).names["guess.weight"] == partner
    with pytest.raises(MatchError, match="not defined in an order"):
        match(nn.ModuleList(nn.Linear(4, out) for out in (3, 4, 4, 3)).state_dict(), program)


def test_what_belongs_to_no_layer_and_what_is_tied_has_its_place():
    program = compile_graph(KNOWN.new("vit-b-16", {"width": 8, "layers": 2, "heads": 2, "size": 32, "classes": 3}))
    own = program.module().state_dict()
    assert all(name == partner for name, partner in match(own, program).names.items())
    other = {"token_weight": "class_token", "positions_weight": "encoder.position.embedding"}
    renamed = {name: other.get(name, f"encoder.{name}") for name in own}
    found = match({renamed[name]: value for name, value in own.items()}, program)
    assert dict(found.names) == renamed
    assert found.unclear == ()

    def tied(g: Drawing) -> None:
        """A head that is the embedding."""
        x = g.embedding(g.input(shape=("N", "T"), dtype="int64", id="t"), num_embeddings=9, embedding_dim=4, id="embed")
        g.output(g.linear(x, out_features=9, bias=False, id="head"), id="y")
        g.tie("head.weight", "embed.weight")

    found = match({"table.weight": torch.rand(9, 4)}, compiled(tied))
    assert (dict(found.names), found.missing) == ({"embed.weight": "table.weight"}, ())


def test_a_search_that_takes_too_long_ends_and_names_decide(monkeypatch):
    network = Network(["a"] * 4, [[], [0], [1], [2]])
    assert align(["a"] * 4, network, partial=False).partners == {0: 0, 1: 1, 2: 2, 3: 3}
    monkeypatch.setattr(alignment, "MOST_STATES", 2)
    assert align(["a"] * 4, network, partial=False) is None
    found = match(source().state_dict(), compiled(small))
    assert (found.names["conv2.weight"], found.names["bn1.weight"]) == ("body.weight", "stem.1.weight")
