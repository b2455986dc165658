"""The first networks, and those counted by a formula: formula, summary and a definition in plain torch agree."""

from __future__ import annotations

import by_hand_first as first
import by_hand_vision as vision
import pytest
import torch
from figures import FIGURES

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.summary import summary

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
PIXELS = (3, 1, 28, 28)
PAIRS = {
    "threshold-unit": (first.ThresholdUnit, {}, (20, 2)),
    "threshold-unit as or": (lambda: first.ThresholdUnit(0.5), {"threshold": 0.5}, (20, 2)),
    "perceptron": (first.Perceptron, {}, (3, 1, 20, 20)),
    "mlp": (first.Mlp, {}, PIXELS),
    "mlp of rows": (lambda: first.Mlp(6, 5, 4, 3), {"inputs": 6, "first": 5, "second": 4, "classes": 3}, (3, 6)),
    "neocognitron": (first.Neocognitron, {}, (3, 1, 19, 19)),
    "neocognitron larger": (lambda: first.Neocognitron(6, 4), {"planes": 6, "classes": 4, "size": 26}, (3, 1, 26, 26)),
    "t-c": (first.TorC, {}, (3, 1, 8, 8)),
    "t-c wider": (lambda: first.TorC(7), {"filters": 7}, (3, 1, 9, 5)),
    "lenet-1989": (first.LeNet1989, {}, (3, 1, 16, 16)),
    "lenet-5": (first.LeNet5, {}, (3, 1, 32, 32)),
    "lenet-5 of digits": (lambda: first.LeNet5(padding=2), {"size": 28, "padding": 2}, PIXELS),
    "sharpmask": (vision.SharpMask, {}, None),
    "sharpmask narrow": (lambda: vision.SharpMask(32, 4, 16), {"size": 32, "width": 4, "mask": 16}, (3, 3, 32, 32)),
}


def counted(net):
    return sum(item.numel() for item in net.parameters())


def paired(ours, theirs):
    """Return the weights of both that belong together: those of one size, in the order of both."""
    left = list(theirs.parameters())
    pairs = [
        (item, left.pop(next(i for i, other in enumerate(left) if other.numel() == item.numel())))
        for item in ours.parameters()
    ]
    assert not left
    return pairs


@pytest.mark.parametrize("name", PAIRS)
def test_formula_definition_and_summary_agree(name):
    make, options, _ = PAIRS[name]
    with torch.device("meta"):
        theirs = counted(make())
    graph = KNOWN.new(name.split()[0], options)
    assert summary(graph, INFERENCE.analyse(graph))["parameters"] == theirs
    known = [item.parameters for item in FIGURES if (item.template, item.options) == (name.split()[0], options)]
    assert known == [theirs] or options


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if pair[2]])
def test_it_computes_what_the_definition_does(name):
    make, options, shape = PAIRS[name]
    torch.manual_seed(2)
    theirs = make()
    for item in theirs.parameters():
        if not name.startswith("threshold"):
            torch.nn.init.uniform_(item, -0.5, 0.5)
    ours = compile_graph(KNOWN.new(name.split()[0], options), inference=INFERENCE).module()
    pairs = paired(ours, theirs)
    if name.startswith("threshold"):
        assert all(torch.equal(one, other) for one, other in pairs), "it is wired, and not drawn at random"
    with torch.no_grad():
        for one, other in pairs:
            one.copy_(other.reshape(one.shape))
        x = torch.rand(shape) * (2 if len(shape) == 2 else 255)
        a, b = ours(x), theirs(x)
    assert a.shape == b.shape
    assert len(a.unique()) > 1
    assert float((a - b).abs().max() / a.abs().max()) < 1e-5


@pytest.mark.parametrize(("threshold", "table"), [(1.5, [0, 0, 0, 1]), (0.5, [0, 1, 1, 1])])
def test_the_threshold_unit_is_wired_as_and_or_or(threshold, table):
    net = compile_graph(KNOWN.new("threshold-unit", {"threshold": threshold}), inference=INFERENCE).module()
    corners = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    assert net(corners).flatten().tolist() == table


def test_what_a_t_or_c_is_taken_for_is_the_same_everywhere():
    net = compile_graph(KNOWN.new("t-c"), inference=INFERENCE).module()
    torch.manual_seed(4)
    for item in net.parameters():
        torch.nn.init.normal_(item)
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, :3, :2] = 255 * torch.tensor([[1, 1], [1, 0], [1, 1]])
    moved = [image.roll((y, x), (2, 3)) for y in range(6) for x in range(7)]
    with torch.no_grad():
        scores = net(torch.cat(moved))
        turned = net(image.rot90(1, (2, 3)))
    assert float(scores.max() - scores.min()) < 1e-4
    assert float((turned - scores[0]).abs()) > 1e-2


@pytest.mark.parametrize("options", [{"size": 40}, {"mask": 8}])
def test_a_mask_that_cannot_be_doubled_back_is_refused(options):
    with pytest.raises(ValueError, match="multiples of 16"):
        KNOWN.new("sharpmask", options)
