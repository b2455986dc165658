"""What operators say of themselves on a card."""

from __future__ import annotations

import re

import pytest

from grapheditor.catalog import catalog

OPERATORS = catalog().operators
LAYERS = ("linear", "bilinear", "low_rank_linear", "rnn", "gru", "lstm", "rnn_cell", "gru_cell", "lstm_cell")


@pytest.mark.parametrize(
    ("operator", "options", "summary"),
    [
        ("conv2d", {"stride": 2}, "32 · 3×3 · stride 2"),
        ("linear", {"bias": False}, "128 · no bias"),
        ("concatenate", {"dim": -1}, "dim -1"),
        ("attention", {}, "8 heads"),
        ("pad_channels", {}, "64 channels"),
        ("logistic_loss", {}, "real"),
        ("logistic_loss", {"real": False}, "not real"),
        ("embedding", {}, "1000 embeddings · dim 64"),
        ("random_normal", {}, "size 64"),
        ("adaptive_avg_pool2d", {}, "output size 1×1"),
        ("input", {}, "N×1×28×28"),
    ],
)
def test_a_card_says_what_its_numbers_are(operator, options, summary):
    assert OPERATORS[operator].summary(options) == summary


def test_no_card_has_a_bare_number_or_switch_but_for_the_width_of_a_layer():
    for operator in OPERATORS.values():
        parts = operator.summary({}).split(" · ")
        bare = [part for part in parts if re.fullmatch(r"-?[\d.]+|on|off", part)]
        assert not bare or operator.id in LAYERS or operator.id.startswith(("conv", "causal_conv")), operator.id
