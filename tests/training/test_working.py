"""How numbers came about: what is told is held against the numbers that the network computed."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.inside import Inside
from grapheditor.training.working.calls import Scene, Witness
from grapheditor.training.working.working import working

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
NETWORKS = [
    ("mnist-convnet", {}, {}),
    ("lenet-5", {}, {}),
    ("vgg11", {"size": 32, "hidden": 32, "batch_norm": True}, {}),
    ("resnet20", {}, {}),
    ("googlenet", {"size": 64, "variant": "paper"}, {}),
    ("densenet121", {"size": 32, "growth": 8}, {}),
    ("mobilenet-v2", {"size": 32}, {}),
    ("unet", {"size": 32, "width": 8, "depth": 2, "padded": True}, {"H": 32, "W": 32}),
    ("vit-b-16", {"size": 32, "width": 24, "heads": 3, "layers": 2}, {}),
    ("masked-lm", {"layers": 1}, {"T": 7}),
    ("lstm-text", {"width": 16}, {"T": 5}),
    ("gan-gaussians", {"width": 8}, {}),
    ("painted-image", {"size": 16}, {}),
    ("gpt2", {"vocabulary": 50, "context": 16}, {"T": 7}),
]
FOLLOWING = ("local_response_norm", "lstm", "cross_entropy", "mse_loss")
"""What has no simpler arithmetic than its derivatives; a cross-entropy of several samples or places."""
GIVEN = ("", "div", "pad", "randn")
"""What depends on no numbers, or on whole ones."""
TRIED = 1
"""So many numbers of each node's value are explained."""


class Seen:
    """A network that computed for one sample under a witness: every node's value, and what it computed with."""

    def __init__(self, name: str, options, sizes) -> None:
        graph = KNOWN.new(name, options)
        if "blocks" in graph.nodes and name == "gpt2":
            graph.put("nodes.blocks", replace(graph.nodes["blocks"], repeat=1))
        self.graph = graph
        program = compile_graph(graph, inference=INFERENCE)
        torch.manual_seed(1)
        self.module = program.module()
        for parameter in self.module.parameters():
            if parameter.ndim == 1:
                torch.nn.init.uniform_(parameter, 0.1, 0.9)
        self.values: dict[str, list[torch.Tensor]] = {}
        """What each node gave; of weights that are shared, each time."""
        witness = Witness(self.module, Everything(), 1)

        def take(path: str, value: torch.Tensor) -> None:
            self.values.setdefault(path, []).append(value)
            witness.take(path, value)

        twin = Inside(program).twin(self.module, take).eval()
        names = program.objective_inputs or program.inputs
        given = [self._given(program, input_, sizes) for input_ in names]
        with torch.no_grad(), witness:
            (twin.objective if program.objective_inputs else twin)(*given)
        self.scenes: dict[str, tuple[Scene, torch.Tensor]] = witness.scenes
        self.weights = dict([*self.module.named_parameters(), *self.module.named_buffers()])

    def _given(self, program, name, sizes):
        shape = [sizes.get(size, 1) if isinstance(size, str) else size for size in program.input_shape(name)]
        if program.graph.nodes[name].options.get("dtype") == "int64":
            return torch.randint(0, 5, shape)
        return torch.randn(shape)

    def has(self, source, at, number: float) -> bool:
        """Tell whether a number stands at a place of a source, as the network computed it."""
        values = [self.weights[source["weight"]].detach()] if "weight" in source else self.values[source["of"]]
        there = [float(value[(0, *at) if value.ndim > len(at) else tuple(at)]) for value in values]
        return any(math.isclose(one, number, rel_tol=1e-4, abs_tol=1e-6) for one in there)


class Everything:
    def __contains__(self, _item: object) -> bool:
        return True


def check(seen: Seen, told) -> None:
    """Do the arithmetic that is told of a number; it must come out, and begin with numbers that are there."""
    wanted = pytest.approx(told["value"], rel=1e-3, abs=1e-5)
    sources = told["sources"]
    for source in sources:
        if "at" in source and "call" not in source:
            assert seen.has(source, source["at"], source.get("value", told["value"])), told
    terms = told.get("terms", [])
    if terms and "call" not in sources[0]:
        for term in terms:
            assert seen.has(sources[0], term["at"], term["value"]), told
    if told["form"] == "products":
        assert math.fsum(term["value"] * term["factor"] for term in terms) + told["others"] + told["rest"] == wanted
        assert sources[0]["count"] >= len(terms)
    elif told["form"] == "largest":
        assert max(term["value"] for term in terms) == wanted
    elif told["form"] == "softmax":
        share = told["power"] / told["whole"]
        assert (math.log(share) * (-1 if told["negative"] else 1) if told["logarithm"] else share) == wanted
    elif told["form"] == "norm":
        plain = (told["own"] - told["mean"]) / math.sqrt(told["variance"] + told["eps"])
        assert plain * told.get("weight", 1.0) + told.get("bias", 0.0) == wanted


@pytest.mark.parametrize(("name", "options", "sizes"), NETWORKS, ids=lambda item: item if isinstance(item, str) else "")
def test_what_is_told_of_a_number_gives_that_number(name, options, sizes):
    seen = Seen(name, options, sizes)
    chance = random.Random(3)
    for path, (scene, value) in seen.scenes.items():
        if not value.is_floating_point():
            continue
        for _ in range(TRIED):
            at = tuple(chance.randrange(size) for size in value.shape)
            told = working(scene, value, at)
            check(seen, told)
            assert told["form"] != "follows" or told["function"] in FOLLOWING, path
            assert told["form"] != "given" or (told["calls"] or [""])[-1] in GIVEN, path


FORMS = {
    "image": "given", "normalize": "places", "conv1": "products", "pool1": "largest", "relu1": "places",
    "flatten": "moved", "linear1": "products", "loss": "softmax",
}  # fmt: skip


def test_the_forms_of_a_network_are_those_of_the_textbook():
    seen = Seen("mnist-convnet", {}, {})
    told = {path: working(*seen.scenes[path], (0,) * seen.scenes[path][1].ndim) for path in FORMS}
    assert {path: found["form"] for path, found in told.items()} == FORMS
    assert told["normalize"]["formula"] == "({0} − {1}) / {2}"
    conv, pool = told["conv1"], told["pool1"]
    assert (
        conv["sources"][0] | {"of": "normalize", "low": [0, 0, 0], "high": [0, 4, 4], "count": 25} == conv["sources"][0]
    )
    kernel = seen.weights["conv1.weight"].detach()[0, 0]
    assert torch.tensor(conv["patch"]["factors"]).sub(kernel).abs().max() < 1e-6
    assert conv["rest"] == pytest.approx(float(seen.weights["conv1.bias"].detach()[0]), rel=1e-4)
    assert (pool["sources"][0]["low"], pool["sources"][0]["high"]) == ([0, 0, 0], [0, 2, 2])
    assert told["loss"]["negative"]


@pytest.mark.parametrize(
    ("options", "at", "low", "high", "count"),
    [
        ({"kernel_size": 3, "padding": 1}, (0, 0), (0, 0), (1, 1), 4),
        ({"kernel_size": 3, "stride": 2}, (1, 2), (2, 4), (4, 6), 9),
        ({"kernel_size": 3, "dilation": 2}, (0, 1), (0, 1), (4, 5), 9),
        ({"kernel_size": (1, 5), "padding": (0, 2)}, (3, 3), (3, 1), (3, 5), 5),
    ],
)
def test_padding_strides_and_dilation_decide_where_a_convolution_looks(options, at, low, high, count):
    conv = torch.nn.Conv2d(2, 4, bias=False, **options)
    torch.nn.init.zeros_(conv.weight[:, :, 0, 0])  # what is multiplied by 0 takes part all the same
    witness = Witness(conv, ("y",), 1)
    image = torch.rand(1, 2, 9, 9)
    with torch.no_grad(), witness:
        witness.take("x", image)
        witness.take("y", conv(image))
    told = working(*witness.scenes["y"], (0, 1, *at))
    (source,) = told["sources"]
    assert (source["low"], source["high"]) == ([0, *low], [1, *high])
    assert source["count"] == 2 * count


def test_what_is_on_the_way_within_a_node_can_be_asked_for():
    witness = Witness(torch.nn.Module(), ("y",), 1)
    x = torch.rand(1, 6)
    with torch.no_grad(), witness:
        witness.take("x", x)
        witness.take("y", (x * 2).cumsum(1).tanh())
    scene, value = witness.scenes["y"]
    told = working(scene, value, (0, 3))
    assert (told["form"], told["formula"]) == ("places", "tanh({0})")
    before = told["sources"][0]
    assert before["call"] == 1
    sums = working(scene, scene.calls[1].results[0], (0, *before["at"]))
    assert (sums["form"], sums["sources"][0]["count"], sums["rest"]) == ("products", 4, 0.0)
    assert {term["factor"] for term in sums["terms"]} == {1.0}
