"""Looking inside: pictures of tensors, gradients and weights, against torch's own numbers."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import torch
from small import small_graph
from torch import nn

from grapheditor.catalog import catalog
from grapheditor.errors import TrainError
from grapheditor.graph import Input, Node, Output
from grapheditor.runs.errors import RunError
from grapheditor.training.feed import order_of
from grapheditor.training.look import Lens, Onlooker
from grapheditor.training.pictures import MOST_TILES, SIDE, activation, weights
from grapheditor.training.setup import Setup, make_setup
from grapheditor.training.taps import Taps


def shown(picture) -> np.ndarray:
    """Return the numbers that a picture stands for, up to its 256 steps."""
    data = np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8)
    sheet = data.reshape(picture["height"], picture["width"], picture["channels"]) / 255
    return picture["low"] + sheet * (picture["high"] - picture["low"])


def test_feature_maps_are_tiles_on_one_scale():
    maps = torch.rand(6, 8, 8)
    maps[5] *= 4
    picture = activation(maps)
    assert picture["tiles"] == [2, 3, 6, 6]
    assert (picture["width"], picture["height"]) == (3 * 9 - 1, 2 * 9 - 1)
    sheet, step = shown(picture)[..., 0], picture["high"] / 255
    assert picture["low"] == 0
    assert picture["high"] == pytest.approx(float(maps.max()))
    assert np.abs(sheet[9:17, 18:26] - maps[5].numpy()).max() <= step
    assert (sheet[8] == 0).all(), "between tiles"


def test_numbers_with_signs_have_zero_in_the_middle():
    picture = activation(torch.tensor([[-1.0, 0.0], [0.5, 0.25]]))
    assert (picture["low"], picture["high"]) == (-1, 1)
    assert picture["numbers"] == [[-1.0, 0.0], [0.5, 0.25]]
    assert np.abs(shown(picture)[..., 0] - [[-1, 0], [0.5, 0.25]]).max() <= 1 / 127


@pytest.mark.parametrize(
    "shape", [(), (0,), (1,), (10,), (1000,), (10**6,), (7, 5), (3000, 700), (1, 28, 28), (3, 224, 224), (512, 7, 7),
              (4, 5, 6, 7), (2, 3, 4, 5, 6), (64, 1, 1), (2048, 300, 2)]
)  # fmt: skip
@pytest.mark.parametrize("image", [False, True])
def test_any_tensor_becomes_a_small_picture(shape, image):
    picture = activation(torch.randn(shape), image=image)
    assert picture["width"] <= 1.3 * SIDE
    assert picture["height"] <= 1.3 * SIDE
    assert len(base64.b64decode(picture["pixels"])) == picture["width"] * picture["height"] * picture["channels"]
    assert picture["channels"] == (3 if image and len(shape) == 3 and shape[0] == 3 else 1)
    assert picture["tiles"][2] <= MOST_TILES


def test_what_is_not_finite_or_not_real_is_shown_all_the_same():
    assert activation(torch.tensor([float("nan"), float("inf"), 2.0]))["high"] == 2
    assert activation(torch.tensor([3 + 4j, 0j]))["high"] == 5
    assert activation(torch.tensor([True, False]))["high"] == 1
    assert activation(torch.ones(3, dtype=torch.bfloat16))["high"] == 1


def test_filters_are_tiles_in_rows_of_outputs():
    assert weights(torch.randn(32, 1, 5, 5))["tiles"][2:] == [32, 32]
    assert weights(torch.randn(64, 3, 7, 7))["channels"] == 3
    picture = weights(torch.randn(16, 4, 3, 3))
    assert picture["tiles"] == [8, 4, 32, 64]
    assert weights(torch.randn(10, 20))["tiles"] == [1, 1, 1, 1]
    assert weights(torch.randn(8, 4, 3))["tiles"][2:] == [32, 32], "of one dimension"


def setup_of(graph) -> Setup:
    torch.manual_seed(0)
    return make_setup(graph, "cpu", Path())


def first(setup: Setup, count: int) -> dict[str, torch.Tensor]:
    return setup.batch(order_of(setup.learn, setup.recipe.seed, 1)[:count], 1)[1]


def test_closely_it_shows_gradients_and_weights_as_torch_has_them():
    setup = setup_of(small_graph())
    batch = first(setup, 7)
    found = Lens(setup).look(batch, 0, ["linear1", "relu1"], closely=True)
    module = setup.compute.module.eval()
    kept = []

    def keep(_module, _arguments, value):
        value.retain_grad()
        kept.append(value)

    module.linear1.register_forward_hook(keep)
    losses = module.objective(*(batch[name] for name in setup.program.objective_inputs))
    losses[setup.recipe.objectives[0].minimise].backward()
    (value,) = kept
    back, value = value.grad, value.detach()
    seen = found["linear1"]
    assert seen["mean"] == pytest.approx(float(value.mean()), rel=1e-5)
    assert seen["gradient"]["std"] == pytest.approx(float(back.std(correction=0)), rel=1e-4)
    assert seen["weights"]["weight"]["mean"] == pytest.approx(float(module.linear1.weight.detach().mean()), abs=1e-6)
    assert set(seen["weights"]) == {"weight", "bias"}
    off = (torch.relu(value) == 0).all(dim=0).double().mean()
    assert found["relu1"]["dead"] == pytest.approx(float(off))
    assert "weights" not in found["relu1"]


def test_looking_leaves_no_trace():
    setup = setup_of(small_graph())
    batch, before = first(setup, 5), torch.get_rng_state()
    module = setup.compute.module.train()
    weights_before = {name: value.clone() for name, value in module.state_dict().items()}
    Lens(setup).look(batch, 0, closely=True)
    assert module.training
    assert all(part.grad is None for part in module.parameters())
    assert all(torch.equal(value, weights_before[name]) for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), before)


def test_an_update_is_told_for_each_step_since_the_last_look():
    setup = setup_of(small_graph())
    lens, batch = Lens(setup), first(setup, 5)
    seen = lens.look(batch, 10, ["linear1"], closely=True)
    assert "update" not in seen["linear1"]["weights"]["weight"]
    with torch.no_grad():
        setup.compute.module.linear1.weight.mul_(1.5)
    seen = lens.look(batch, 15, ["linear1"], closely=True)
    assert seen["linear1"]["weights"]["weight"]["update"] == pytest.approx(0.1, rel=1e-4)
    assert seen["linear1"]["weights"]["bias"]["update"] == 0
    assert isinstance(setup.compute.module.linear1, nn.Linear)


@pytest.mark.parametrize("template", ["mnist-convnet", "gan-gaussians", "painted-image", "logistic-regression"])
def test_every_node_of_a_network_can_be_seen(template):
    setup = setup_of(catalog().new(template))
    found = Lens(setup).look(first(setup, 3), 0, closely=True)
    assert found
    for seen in found.values():
        assert seen["picture"]["width"] > 0
    assert any("gradient" in seen for seen in found.values())


@pytest.mark.parametrize("causal", [False, True])
def test_attention_shows_whom_each_place_attends_to(causal):
    graph = small_graph()
    graph.put("nodes.rows", Node("rows", "flatten", {"start_dim": 1, "end_dim": 2}))
    graph.put("nodes.mix", Node("mix", "attention", {"heads": 4, "causal": causal}))
    graph.put("wires.rows.x", graph.wires[Input("flatten", "x")])
    for port in ("query", "key", "value"):
        graph.put(f"wires.mix.{port}", Output("rows"))
    graph.put("wires.flatten.x", Output("mix"))
    setup = setup_of(graph)
    found = Lens(setup).look(first(setup, 3), 0, ["rows", "mix"], closely=True)
    assert "attention" not in found["rows"]
    assert found["mix"]["attention"]["shape"] == [4, 28, 28]
    sheet = shown(found["mix"]["attention"]["picture"])[..., 0]
    rows = first(setup, 3)["image"][0, 0]
    scores = rows[:, :7] @ rows[:, :7].T / 7**0.5  # of the first head; the statistics of fresh networks are 0 and 1
    if causal:
        scores = scores.masked_fill(torch.ones(28, 28).triu(1) == 1, -torch.inf)
    assert np.abs(sheet[:28, :28] - scores.softmax(-1).numpy()).max() < 0.01


def test_looks_that_belong_together_are_into_the_network_as_it_was_at_the_first_of_them():
    setup = setup_of(small_graph())
    onlooker = Onlooker(setup)
    asks = {"nodes": ["linear1"], "samples": 4, "closely": True}
    first = onlooker.answer(3, asks | {"held": "walk"})
    with torch.no_grad():
        for weight in setup.compute.module.parameters():
            weight += 1.0
    held = onlooker.answer(9, asks | {"held": "walk"})
    assert (held["step"], held["nodes"]) == (3, first["nodes"])
    now = onlooker.answer(9, asks)
    assert now["step"] == 9
    assert now["nodes"] != first["nodes"]
    anew = onlooker.answer(9, asks | {"held": "walk"})
    assert (anew["step"], anew["nodes"]) == (9, now["nodes"]), "what was held was let go in between"


def test_who_looks_chooses_the_sample_and_leaves_out_what_is_not_there():
    setup = setup_of(small_graph())
    onlooker, order = Onlooker(setup), order_of(setup.learn, setup.recipe.seed, 1)
    asked = {"nodes": ["image", "conv9"], "samples": 2, "closely": True}
    with pytest.raises(TrainError, match="There is no node conv9"):
        onlooker.answer(0, asked)
    seen = onlooker.answer(7, {**asked, "first": 4, "partly": True})
    assert (seen["step"], seen["of"], set(seen["nodes"])) == (7, len(setup.learn), {"image"})
    picture = seen["nodes"]["image"]["picture"]
    image = setup.batch(order[4:5], 1)[1]["image"][0, 0].numpy()
    assert np.abs(shown(picture)[..., 0] - image).max() <= picture["high"] / 255
    with pytest.raises(RunError, match="from 0 to"):
        onlooker.answer(0, {**asked, "first": len(setup.learn)})


def test_what_comes_back_along_wires_adds_up_to_what_comes_back_to_their_node():
    setup = setup_of(catalog().new("mnist-convnet"))
    graph = setup.program.graph
    ends = [("linear2", "loss"), ("relu3", "linear2"), ("conv1", "pool1")]
    found = Lens(setup).look(first(setup, 2), 0, [start for start, _ in ends], closely=True, wires=ends)
    assert {Output(start) for start, _ in ends} <= set(graph.wires.values())
    for start, end in ends:
        assert found[f"{start} > {end}"]["gradient"] == found[start]["gradient"]


def test_a_node_that_feeds_two_gets_a_gradient_along_each_wire():
    torch.manual_seed(0)
    x = torch.randn(3, 4, requires_grad=True)
    taps = Taps()
    with taps:
        taps.take("x", x)
        near = x * 2
        taps.take("near", near)
        far = torch.tanh(near)
        taps.take("far", far)
        out = far + x
        taps.take("out", out)
        inner = (out * x).sum()
        taps.take("block.loss", inner)
    wires = [("x", "near"), ("x", "out"), ("x", "block"), ("near", "far"), ("far", "x")]
    found = taps.gradients([inner], wires)
    slope = 1 - torch.tanh(2 * x).square()
    wanted = {("x", "near"): x * slope * 2, ("x", "out"): x, ("x", "block"): out, ("near", "far"): x * slope}
    assert set(found) == set(wanted)
    for wire, value in wanted.items():
        assert torch.allclose(found[wire][0], value, atol=1e-6), wire
    (whole,) = torch.autograd.grad(inner, x, retain_graph=True)
    assert torch.allclose(sum(found[wire][0] for wire in wires[:3]), whole, atol=1e-6)


def test_of_several_objectives_a_node_shows_the_one_that_its_weights_learn_by():
    graph = catalog().new("gan-gaussians")
    setup = make_setup(graph, "cpu")
    paths = ["maker", "generator.relu1", "judged", "discriminator.relu2", "real_as_real"]
    wires = [("maker", "judged"), ("judged", "fooling"), ("judged", "made_as_made")]
    order = order_of(setup.learn, graph.recipe.seed, 1)[:16]
    _, batch = setup.batch(order, 1)
    found = Lens(setup).look(batch, 0, paths, closely=True, wires=wires)
    whose = {path: found[path]["gradient"]["of"] for path in paths}
    assert whose == {
        "maker": "fooling", "generator.relu1": "fooling", "judged": "judging", "discriminator.relu2": "judging",
        "real_as_real": "judging",
    }  # fmt: skip
    assert found["maker > judged"]["gradient"]["of"] == "fooling"
    assert found["judged > fooling"]["gradient"]["of"] == "fooling"
    assert found["judged > made_as_made"]["gradient"]["of"] == "judging"
