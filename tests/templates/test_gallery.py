"""Every template: its exact numbers, a source that a person would write, a module that computes."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.summary import summary
from grapheditor.edit import edits
from grapheditor.graph import read_text, write_text

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
NORMED = {"batch_norm": True}
NUMBERS = [
    ("mnist-convnet", {}, 105_506, None),
    ("logistic-regression", {}, 7_850, None),
    ("lenet-5", {}, 61_706, None),
    ("alexnet", {}, 61_100_840, 0.714),
    ("vgg11", {}, 132_863_336, 7.609),
    ("vgg13", {}, 133_047_848, 11.308),
    ("vgg16", {}, 138_357_544, 15.470),
    ("vgg19", {}, 143_667_240, 19.632),
    ("vgg11", NORMED, 132_868_840, None),
    ("vgg13", NORMED, 133_053_736, None),
    ("vgg16", NORMED, 138_365_992, None),
    ("vgg19", NORMED, 143_678_248, None),
    ("resnet18", {}, 11_689_512, 1.814),
    ("resnet34", {}, 21_797_672, 3.664),
    ("resnet50", {}, 25_557_032, 4.089),
    ("resnet101", {}, 44_549_160, 7.801),
    ("resnet152", {}, 60_192_808, 11.514),
    ("densenet121", {}, 7_978_856, 2.834),
    ("mobilenet-v2", {}, 3_504_872, 0.301),
    ("pilotnet", {}, 252_219, None),
    ("gpt2", {}, 124_439_808, None),
    ("gpt2-medium", {}, 354_823_168, None),
    ("gpt2-large", {}, 774_030_080, None),
    ("gpt2-xl", {}, 1_557_611_200, None),
    ("gpt3", {}, 174_604_259_328, None),
]
BROKEN = {"broken-net"}


@pytest.mark.parametrize(("name", "options", "parameters", "multiply_adds"), NUMBERS, ids=str)
def test_it_has_its_exact_numbers(name, options, parameters, multiply_adds):
    analysis = INFERENCE.analyse(KNOWN.new(name, options))
    assert not analysis.problems
    assert analysis.parameters == parameters
    if multiply_adds is not None:
        assert round(sum(map(analysis.multiply_adds, analysis.nodes)) / 1e9, 3) == multiply_adds


def test_every_template_is_numbered_or_by_width():
    assert set(KNOWN.templates) == {name for name, *_ in NUMBERS} | BROKEN | {"mlp"}


def test_the_broken_net_is_caught_at_its_second_convolution():
    problems = INFERENCE.analyse(KNOWN.new("broken-net")).problems
    assert [problem.node for problem in problems] == ["conv2"]


def test_the_sources_pass_the_linter_the_formatter_and_the_strict_type_checker(tmp_path):
    for name in set(KNOWN.templates) - BROKEN:
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(grapheditor.source(KNOWN.new(name)), encoding="utf-8")
    for words in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict", "--config-file="]):
        done = subprocess.run([sys.executable, "-m", *words, "."], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


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
    assert lines <= (70 if name.startswith("vgg") else 120)
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


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet34", "resnet50", "densenet121", "mobilenet-v2"])
@pytest.mark.parametrize("options", [{"classes": 7}, {"channels": 1}, {"size": 192}], ids=str)
def test_it_adapts_to_other_data(name, options):
    assert not INFERENCE.analyse(KNOWN.new(name, options)).problems


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
    edits.set_option(graph, KNOWN, ["stage4"], "blocks", 3).apply(graph)
    analysis = INFERENCE.analyse(graph)
    assert analysis.parameters == 11_689_512 + 2 * 512 * 512 * 9 + 4 * 512
