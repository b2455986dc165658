"""What is typed and stepped, without a window; and what torch can be told, beside torch itself."""

from __future__ import annotations

import inspect
import re

import pytest

from grapheditor.authoring import Option
from grapheditor.ui.inspector.stepping import stepped
from grapheditor.ui.inspector.terms import Terms, behind, read
from grapheditor.ui.inspector.torch_settings import OPTIMIZERS, REQUIRED, SCHEDULES, UNSET, Numbers

SIZE = Option("out_channels", "integer", 32, 1, 2**40)
RATE = Option("lr", "number", 1e-3, 0.0, None)
KERNEL = Option("kernel_size", "pair", 3, 1, None)
BIAS = Option("bias", "boolean", True)
TERMS = Terms({"width": "", "stride": "", "wide": ""}, {"width": 64, "stride": 2, "wide": True})


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (SIZE, "64", 64),
        (SIZE, "4*width", "=4*width"),
        (SIZE, "= width", "=width"),
        (SIZE, "4*8", 32),
        (SIZE, "8/2", 4),
        (RATE, "3e-4", 3e-4),
        (KERNEL, "3×5", (3, 5)),
        (KERNEL, "stride", "=stride"),
        (BIAS, "off", False),
        (BIAS, "not wide", "=not wide"),
        (Option("equation", "text", ""), "=width", "=width"),
        (Option("equation", "text", ""), "width", "width"),
        (Option("shape", "shape", (1,), 1), "N×width", ("N", "width")),
    ],
)
def test_what_is_typed_is_read(option, text, value):
    assert read(option, text, TERMS) == value


@pytest.mark.parametrize(
    ("option", "text", "terms", "said"),
    [
        (SIZE, "heigth", TERMS, "heigth is not an option of the module around it; its options are: width"),
        (SIZE, "4*", TERMS, "'4*' is not arithmetic such as 4*width"),
        (SIZE, "4*", None, "'4*' is not arithmetic such as 4*32"),
        (SIZE, "", TERMS, "must be a whole number"),
        (SIZE, "width", None, "must be a whole number"),
        (SIZE, "=width", None, "needs a module around it"),
        (SIZE, "1 - 1", TERMS, "at least 1"),
        (KERNEL, "width×3", TERMS, "must be a whole number"),
        (SIZE, "1/0", TERMS, "division by zero"),
    ],
)
def test_what_is_wrong_is_said_in_words(option, text, terms, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read(option, text, terms)


def test_what_stands_behind_a_value():
    assert behind(SIZE, "=4*width", TERMS) == "= 256"
    assert behind(BIAS, "=wide", TERMS) == "= on"
    assert behind(SIZE, "=deep", TERMS) == "= ?"
    assert behind(KERNEL, 3, None) == "3×3"
    assert behind(KERNEL, (3, 5), None) == ""
    assert behind(SIZE, 3, None) == ""


@pytest.mark.parametrize(
    ("option", "value", "steps", "found"),
    [
        (SIZE, 32, 1, 33),
        (SIZE, 3, -10, 1),
        (KERNEL, (3, 5), 1, (4, 6)),
        (KERNEL, (1, 2), -1, 1),
        (RATE, 1e-3, 1, 1.1e-3),
        (RATE, 1e-3, -1, 9.9e-4),
        (RATE, 9.9e-4, 1, 1e-3),
        (RATE, 0.5, 1, 0.51),
        (RATE, 0.0, -1, 0.0),
        (Option("p", "number", 0.5, 0.0, 1.0), 0.99, 10, 1.0),
        (SIZE, "=width", 1, "=width"),
        (SIZE, None, 1, None),
    ],
)
def test_steps_stay_within_the_limits(option, value, steps, found):
    assert stepped(option, value, steps) == (pytest.approx(found) if isinstance(found, float) else found)


def test_steps_up_and_down_again_lead_back():
    value = 1e-3
    for steps in (*[1] * 120, *[-1] * 120):
        value = stepped(RATE, value, steps)
    assert value == pytest.approx(1e-3)


LEFT_OUT = {"foreach", "fused", "capturable", "differentiable", "last_epoch", "scale_fn", "adjust_lr_fn"}
"""How it is computed, not what; functions; what a resumed training sets itself."""
BETTER_OTHERWISE = {"Adafactor": {"eps"}, "OneCycleLR": {"epochs", "steps_per_epoch"}, "CyclicLR": {"step_size_down"}}
"""Settings that may also be nothing."""


def test_optimizers_and_schedules_are_those_of_torch():
    import torch
    from torch.optim import lr_scheduler

    from grapheditor.training.optimizer import optimizer_names
    from grapheditor.training.schedule import schedule_names

    assert set(SCHEDULES) == set(schedule_names())
    assert set(OPTIMIZERS) == set(optimizer_names()) - {"SparseAdam"}
    for room, table in ((torch.optim, OPTIMIZERS), (lr_scheduler, SCHEDULES)):
        for name, options in table.items():
            signature = list(inspect.signature(getattr(room, name)).parameters.values())[1:]
            known = {item.name: item.default for item in signature}
            assert {option.name for option in options} == set(known) - LEFT_OUT - BETTER_OTHERWISE.get(name, set())
            for option in options:
                if option.name in REQUIRED.get(name, ()):
                    assert known[option.name] is inspect.Parameter.empty
                elif option.name not in UNSET:
                    assert known[option.name] == option.default, (name, option.name)
                assert option.check(option.default) == option.default
                assert option.doc.endswith(".")


def test_several_numbers_are_typed_with_commas():
    betas = Numbers("betas", "text", (0.9, 0.999), length=2)
    assert read(betas, "0.5, 0.99", None) == (0.5, 0.99)
    assert betas.show((0.5, 0.99)) == "0.5, 0.99"
    for text in ("0.5", "a, b", "", "0.5, inf"):
        with pytest.raises(ValueError, match="betas must be"):
            betas.parse(text)
