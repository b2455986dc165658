"""Every template: its exact numbers, a source that a person would write, a module that computes."""

from __future__ import annotations

import ast
import re

import pytest
import torch
from checked import check_sources
from figures import BROKEN, FIGURES, rounded
from torch import nn
from torch.nn import functional as F

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.export import export
from grapheditor.compile.summary import summary
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Input, read_text, write_text

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


@pytest.mark.parametrize("known", FIGURES, ids=lambda known: f"{known.template} {known.options}")
def test_it_has_its_exact_numbers(known):
    analysis = INFERENCE.analyse(KNOWN.new(known.template, known.options))
    assert not analysis.problems
    assert analysis.parameters == known.parameters
    if known.multiply_adds:
        total = sum(map(analysis.multiply_adds, analysis.nodes))
        assert rounded(total, known.multiply_adds) == known.multiply_adds


def test_every_template_is_numbered():
    assert set(KNOWN.templates) == {known.template for known in FIGURES} | BROKEN


TOLD = {"Where it began", "Vision"}
"""Groups of the gallery whose templates tell what was new about them."""


@pytest.mark.parametrize("name", [name for name, item in KNOWN.templates.items() if item.category in TOLD])
def test_it_says_what_it_is_and_what_was_new_about_it(name):
    template = KNOWN.templates[name]
    first, *others = template.doc.split("\n\n")
    assert first.endswith(".") and len(first) < 160
    assert bool(template.source) == bool(template.paper)
    if template.source:
        sentences = re.findall(r"[.!?](?=\s+[A-Z]|$)", others[0])
        assert 3 <= len(sentences) <= 5, sentences
        assert len(others[0]) > 200


def test_the_first_networks_stand_in_the_order_of_their_time():
    """Those whose years are known; what belongs to nobody stands where it is taught."""
    known = [item.source for item in KNOWN.templates.values() if item.category == "Where it began"]
    years = [int(year) for source in known for year in re.findall(r"\d{4}$", source)]
    assert years == sorted(years) == [1943, 1957, 1958, 1980, 1988, 1989, 1998]


@pytest.mark.parametrize("name", KNOWN.templates)
def test_its_fingerprint_is_the_same_out_of_its_file(name):
    """Else a run of it would pass for one of another network."""
    graph = KNOWN.new(name)
    assert read_text(write_text(graph), history=KNOWN.history).fingerprint() == graph.fingerprint()


def test_the_broken_net_is_caught_at_its_second_convolution():
    problems = INFERENCE.analyse(KNOWN.new("broken-net")).problems
    assert [problem.node for problem in problems] == ["conv2"]


def test_the_sources_pass_the_linter_the_formatter_and_the_strict_type_checker(tmp_path):
    for name in set(KNOWN.templates) - BROKEN:
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(grapheditor.source(KNOWN.new(name)), encoding="utf-8")
    check_sources(tmp_path)


LONG = {"bert-base": 130, "transformer-base": 170, "mixtral": 180}
"""Lines of what has six modules or more, each with the sentence that says what it is for."""


@pytest.mark.parametrize("name", [name for name in KNOWN.templates if name not in BROKEN])
def test_its_source_is_short_and_parses(name):
    graph = KNOWN.new(name)
    assert read_text(write_text(graph)) == graph
    analysis = INFERENCE.analyse(graph)
    from grapheditor.compile.emit import print_module
    from grapheditor.compile.program import link

    text = print_module(link(graph, KNOWN, analysis)).text
    ast.parse(text)
    lines = len(text.splitlines())
    assert lines <= (70 if name.startswith("vgg") else LONG.get(name, 120))
    assert all(len(line) <= 88 for line in text.splitlines())


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet-v2", "lenet-5", "pilotnet"])
def test_its_module_has_the_promised_weights_and_computes(name):
    program = compile_graph(KNOWN.new(name), inference=INFERENCE)
    net = program.module().eval()
    assert sum(item.numel() for item in net.parameters()) == program.analysis.parameters
    (image,) = program.inputs
    shape = [2 if size == "N" else size for size in program.input_shape(image)]
    result = net(torch.randn(shape))
    (output,) = program.results
    start = program.graph.inputs(output, "x")[0]
    assert list(result.shape) == [2, *program.analysis.nodes[start.node].outputs[start.port].shape[1:]]


NARROW = {
    "alexnet": {"hidden": 32},
    **{f"vgg{depth}": {"width": 4, "hidden": 16} for depth in (11, 13, 16, 19)},
    "googlenet": {"width": 8, "auxiliary": True},
    **{f"resnet{depth}": {"width": 2} for depth in (18, 34, 50, 101, 152, 20, 32, 44, 56)},
    "densenet121": {"growth": 2},
    "mobilenet-v2": {"width": 0.25},
    "vit-b-16": {"width": 24, "layers": 3, "heads": 3},
    "unet": {"width": 4, "padded": True},
}
IMAGES = sorted(
    name for name, item in KNOWN.templates.items() if {"channels", "classes", "size"} <= {o.name for o in item.options}
)
VARIANTS = [(name, "") for name in IMAGES] + [
    (item.template, str(item.options["variant"])) for item in FIGURES if "variant" in item.options
]


def narrow(name, variant="", **options):
    return KNOWN.new(name, NARROW.get(name, {}) | ({"variant": variant} if variant else {}) | options)


@pytest.mark.parametrize("size", [64, 97, 160])
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_it_takes_other_sizes_channels_and_classes(name, variant, size):
    graph = narrow(name, variant, size=size, channels=2, classes=11)
    analysis = INFERENCE.analyse(graph)
    assert not analysis.problems
    first = analysis.nodes[graph.wires[Input("scores", "x")].node].outputs["out"]
    assert first.shape[:2] == ("N", 11)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_narrow_it_takes_a_training_step(name, variant):
    torch.manual_seed(0)
    net = compile_graph(narrow(name, variant, size=80, channels=1, classes=5), inference=INFERENCE).module()
    results = net(torch.rand(2, 1, 80, 80))
    for result in results if isinstance(results, tuple) else (results,):
        assert result.shape[:2] == (2, 5)
        result.square().sum().backward(retain_graph=True)
    assert all(item.grad is not None and item.grad.isfinite().all() for item in net.parameters())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vit-b-16", {"size": 48, "layers": 2}),
        ("unet", {"size": 44, "depth": 2, "padded": False}),
        ("alexnet", {"size": 80, "variant": "paper"}),
    ],
    ids=str,
)
def test_narrow_it_is_exported(name, options, tmp_path):
    result = export(compile_graph(narrow(name, **options), inference=INFERENCE), tmp_path / "net.onnx", None)
    assert result["max_relative_difference"] <= 1e-4


def test_the_unet_without_padding_is_smaller_than_its_image_by_184():
    for size, left in ((572, 388), (188, 4), (199, 4), (300, 116)):
        analysis = INFERENCE.analyse(KNOWN.new("unet", {"width": 4, "size": size}))
        assert analysis.nodes["conv1"].outputs["out"].shape == ("N", 2, left, left)


def test_the_padded_unet_keeps_the_size():
    analysis = INFERENCE.analyse(KNOWN.new("unet", {"width": 4, "size": 96, "padded": True}))
    assert analysis.nodes["conv1"].outputs["out"].shape == ("N", 2, 96, 96)


class Residual(nn.Module):
    """A bottleneck as torchvision has it, written here on its own."""

    def __init__(self, arriving, width, stride, project):
        super().__init__()
        self.conv1 = nn.Conv2d(arriving, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.downsample = None
        if project:
            fit = nn.Conv2d(arriving, width * 4, 1, stride, bias=False)
            self.downsample = nn.Sequential(fit, nn.BatchNorm2d(width * 4))

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu()
        y = self.bn2(self.conv2(y)).relu()
        y = self.bn3(self.conv3(y))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class Hand(nn.Module):
    """ResNet-50, written by hand."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        layers, arriving = [], 64
        for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            for i in range(count):
                layers.append(Residual(arriving, width, stride if i == 0 else 1, i == 0))
                arriving = width * 4
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        return self.fc(self.layers(x).mean((2, 3)))


def test_resnet50_computes_what_one_written_by_hand_does():
    torch.manual_seed(3)
    hand = Hand().eval()
    for item in hand.modules():
        if isinstance(item, nn.BatchNorm2d):
            nn.init.uniform_(item.running_mean, -0.1, 0.1)
            nn.init.uniform_(item.running_var, 0.9, 1.1)
    ours = compile_graph(KNOWN.new("resnet50"), inference=INFERENCE).module().eval()
    theirs = hand.state_dict()
    assert [value.shape for value in ours.state_dict().values()] == [value.shape for value in theirs.values()]
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.values(), strict=True)))
    image = torch.randn(2, 3, 96, 96)
    with torch.inference_mode():
        a, b = hand(image), ours(image)
    assert float((a - b).abs().max() / a.abs().max()) < 1e-5


def test_repeated_parts_have_one_row_with_their_count():
    graph = KNOWN.new("resnet50")
    found = summary(graph, INFERENCE.analyse(graph))
    rows = {row["path"]: row for row in found["nodes"]}
    assert (rows["stage3.blocks.conv2"]["count"], rows["stage3.first.conv2"]["count"]) == (5, 1)
    assert rows["stage3.blocks.conv2"]["outputs"][0]["shape"] == ["N", 256, 14, 14]
    assert rows["stage1.first.shortcut.conv1"]["parameters"] == 64 * 256
    assert sum(row["parameters"] * row["count"] for row in found["nodes"]) == found["parameters"] == 25_557_032
    assert found["multiply_adds"] == sum(row["multiply_adds"] * row["count"] for row in found["nodes"])
    dense = KNOWN.new("densenet121")
    paths = [row["path"] for row in summary(dense, INFERENCE.analyse(dense), 4)["nodes"]]
    assert "block1.0.conv1" in paths
    assert "block1.5.conv1" in paths


def test_a_tied_weight_counts_once_in_the_total():
    graph = KNOWN.new("gpt2")
    assert summary(graph, INFERENCE.analyse(graph))["parameters"] == 124_439_808


def test_a_template_is_edited_like_any_graph():
    graph = KNOWN.new("resnet18")
    edits.set_option(Scope(graph), KNOWN, ["stage4"], "blocks", 3).apply(graph)
    analysis = INFERENCE.analyse(graph)
    assert analysis.parameters == 11_689_512 + 2 * 512 * 512 * 9 + 4 * 512
