"""Templates compute what networks written by hand do, with the same weights, matched by structure."""

from __future__ import annotations

import random

import hand
import pytest
import torch
from torch import nn

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.weights import match

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
MOBILE = ((1, 8, 1, 1), (6, 8, 2, 2), (6, 8, 3, 2), (6, 16, 4, 2), (6, 24, 3, 1), (6, 40, 3, 2), (6, 80, 1, 1))
PAIRS = {
    "vgg11": (lambda: hand.Vgg((1, 1, 2, 2, 2), 4, 16, 7), {"width": 4, "hidden": 16}),
    "vgg16 with norms": (
        lambda: hand.Vgg((2, 2, 3, 3, 3), 4, 16, 7, batch_norm=True),
        {"width": 4, "hidden": 16, "batch_norm": True},
    ),
    "resnet18": (lambda: hand.ResNet((2, 2, 2, 2), False, 8, 7), {"width": 8}),
    "resnet50": (lambda: hand.ResNet((3, 4, 6, 3), True, 8, 7), {"width": 8}),
    "resnet50 shortcuts first": (lambda: hand.ResNet((3, 4, 6, 3), True, 8, 7, "downsample first"), {"width": 8}),
    "resnet50 layers apart": (lambda: hand.ResNet((3, 4, 6, 3), True, 8, 7, "layers apart"), {"width": 8}),
    "densenet121": (lambda: hand.DenseNet(growth=4, classes=7), {"growth": 4}),
    "mobilenet-v2": (lambda: hand.MobileNet(8, MOBILE, 1280, 7), {"width": 0.25}),
    "googlenet": (lambda: hand.GoogLeNet(8, 7), {"width": 8}),
    "googlenet with heads": (lambda: hand.GoogLeNet(8, 7, True), {"width": 8, "auxiliary": True}),
    "googlenet other order": (
        lambda: hand.GoogLeNet(16, 7, True, (3, 2, 4, 1)),
        {"width": 16, "auxiliary": True},
    ),
    "vit-b-16": (lambda: hand.Vit(96, 16, 16, 12, 4, 7), {"size": 96, "width": 16, "heads": 4}),
    "googlenet one last": (lambda: hand.GoogLeNet(64, 7, True, (2, 1, 4, 3)), {"auxiliary": True}),
}


def both(name):
    """Return a network written by hand and the template's with the same weights."""
    make, options = PAIRS[name]
    torch.manual_seed(5)
    theirs = hand.mixed(make())
    program = compile_graph(KNOWN.new(name.split()[0], {**options, "classes": 7}), inference=INFERENCE)
    found = match(theirs.state_dict(), program)
    assert (found.tensors, found.numbers, found.unused, found.missing) == (1.0, 1.0, (), ())
    ours = program.module()
    ours.load_state_dict(found.take(theirs.state_dict()))
    return theirs, ours, found


def compare(theirs, ours, image):
    a, b = theirs(image), ours(image)
    for one, other in zip(*(item if isinstance(item, tuple) else (item,) for item in (a, b)), strict=True):
        assert one.shape == other.shape
        assert float((one - other).abs().max() / one.abs().max()) < 1e-5


@pytest.mark.parametrize("name", PAIRS)
def test_it_computes_what_one_written_by_hand_does(name):
    theirs, ours, found = both(name)
    image = torch.randn(3, 3, 96, 96)
    with torch.inference_mode():
        compare(theirs.eval(), ours.eval(), image)
    silenced = [
        sorted(part.p for part in net.modules() if isinstance(part, nn.Dropout))
        for net in (theirs.train(), ours.train())
    ]
    assert silenced[0] == silenced[1]
    for net in (theirs, ours):
        for part in net.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0  # random numbers would be drawn in another order
    with torch.no_grad():
        compare(theirs, ours, image)
    mine = ours.state_dict()
    for own, value in found.take(theirs.state_dict()).items():
        torch.testing.assert_close(mine[own], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("order", ["sorted", "shuffled inside another"])
@pytest.mark.parametrize("name", PAIRS)
def test_names_lead_where_the_order_is_lost(name, order):
    make, options = PAIRS[name]
    with torch.device("meta"):
        state = make().state_dict()
    program = compile_graph(KNOWN.new(name.split()[0], {**options, "classes": 7}), inference=INFERENCE)
    expected = match(state, program)
    assert expected.unclear == ()
    names, prefix = sorted(state), ""
    if order != "sorted":
        prefix = "module.net."
        random.Random(name).shuffle(names)  # noqa: S311 - no secret
    given = {f"{prefix}{key}": state[key] for key in names}
    found = match(given, program)
    assert {own: there.replace("module.net.", "") for own, there in found.names.items()} == dict(expected.names)
    assert (found.unclear, found.unused, found.missing) == ((), (), ())


@pytest.mark.parametrize(("width", "classes"), [(8, 7), (8, 9), (64, 7)])
def test_heads_that_are_not_there_are_left_out(width, classes):
    program = compile_graph(KNOWN.new("googlenet", {"width": width, "classes": 7}), inference=INFERENCE)
    with torch.device("meta"):
        whole, plain = hand.GoogLeNet(width, classes, True).state_dict(), hand.GoogLeNet(width, 7).state_dict()
    found = match(whole, program, partial=True)
    same = classes == 7
    assert {name.partition(".")[0] for name in found.unused} == {"aux1", "aux2"} | (set() if same else {"fc"})
    assert found.missing == (() if same else ("linear1.weight", "linear1.bias"))
    assert set(found.names.items()) <= set(match(plain, program).names.items())


def test_a_deeper_network_takes_the_first_blocks_of_each_stage():
    program = compile_graph(KNOWN.new("resnet101", {"width": 8, "classes": 9}), inference=INFERENCE)
    with torch.device("meta"):
        theirs = hand.ResNet((3, 4, 6, 3), True, 8, 7).state_dict()
    found = match(theirs, program, partial=True)
    assert found.unused == ("fc.weight", "fc.bias")
    assert found.names["stage3.blocks.4.conv2.weight"] == "layer3.5.conv2.weight"
    assert found.names["stage4.first.conv2.weight"] == "layer4.0.conv2.weight"
    assert "stage3.blocks.5.conv2.weight" in found.missing
