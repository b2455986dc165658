"""Every layer of torch.nn has its operator, with torch's names and defaults; what differs on purpose is listed here."""

from __future__ import annotations

import inspect

import pytest
from torch import nn

from grapheditor.catalog import catalog

OPERATORS = catalog().operators
LAYERS = {
    name: kind for name, kind in vars(nn).items() if inspect.isclass(kind) and issubclass(kind, nn.Module)
}  # fmt: skip
NAMED = {
    "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "cross_entropy": "CrossEntropyLoss",
    "kl_div": "KLDivLoss",
}
"""Operators whose ids and titles are not those of their layers."""
WITHOUT = {
    "AdaptiveLogSoftmaxWithLoss": "which of its matrices are used depends on the targets; an embedding of classes serves",
    "Container": "it holds others: a module does that here",
    "CrossMapLRN2d": "LocalResponseNorm computes the same, and is what torch itself recommends",
    "DataParallel": "it trains on several devices, which belongs to a recipe and not to a network",
    "LinearCrossEntropyLoss": "a linear layer and a cross-entropy, computed piece by piece to save memory",
    "Module": "the base of all",
    "ModuleDict": "it holds others: a module does that here",
    "ModuleList": "it holds others: a repeated node is that here",
    "NLLLoss2d": "deprecated; NLLLoss takes images too",
    "ParameterDict": "it holds parameters: each is a node here",
    "ParameterList": "it holds parameters: each is a node here",
    "RNNBase": "the base of RNN, GRU and LSTM",
    "RNNCellBase": "the base of the three cells",
    "Sequential": "it holds others: wires are that here",
    "SyncBatchNorm": "it needs several processes, which belongs to a recipe and not to a network",
    "TransformerDecoder": "a TransformerDecoderLayer that is repeated",
    "TransformerEncoder": "a TransformerEncoderLayer that is repeated",
    "TripletMarginWithDistanceLoss": "it takes a Python function; TripletMarginLoss takes any norm",
    "UpsamplingBilinear2d": "deprecated; Upsample does it with align_corners",
    "UpsamplingNearest2d": "deprecated; Upsample does it",
}
"""Layers of torch.nn without an operator, and why."""
DIFFERENT = {
    ("fractional_max_pool2d", "output_ratio"): "torch wants it or a size; a share suits images of any size",
    ("fractional_max_pool3d", "output_ratio"): "torch wants it or a size; a share suits volumes of any size",
    ("multi_margin_loss", "p"): "one of two numbers is a choice",
    ("multihead_attention", "causal"): "torch takes a mask; that of later places is made here",
    ("rms_norm", "eps"): "None in torch is the smallest step of the type; here it is what networks of today use",
    ("transformer_decoder_layer", "activation"): "torch takes a function; here it is named",
    ("transformer_decoder_layer", "causal"): "torch takes a mask; that of later places is made here",
    ("transformer_encoder_layer", "activation"): "torch takes a function; here it is named",
    ("transformer_encoder_layer", "causal"): "torch takes a mask; that of later places is made here",
    ("upsample", "align_corners"): "None in torch is no",
    ("upsample", "scale_factor"): "torch wants it or a size; Resize takes the size",
    **{(name, "dim"): "None in torch is deprecated; the last is what it is used on" for name in ("softmax", "softmin", "log_softmax")},
    **{
        (f"{kind}{n}d", "stride"): "None in torch means the kernel size; here it says so"
        for kind in ("max_pool", "max_unpool", "avg_pool", "lp_pool") for n in (1, 2, 3)
    },
}  # fmt: skip
"""Options whose name or default is not torch's, and why. Where torch has no default there is always one here."""


def layer_of(name: str) -> str | None:
    """Return the layer of torch.nn that an operator is."""
    if name in NAMED:
        return NAMED[name] or None
    known = {layer.lower(): layer for layer in LAYERS}
    words = OPERATORS[name].title.replace(" ", "").lower()
    return known.get(words) or known.get(name.replace("_", ""))


LIKE_TORCH = {name: layer for name in OPERATORS if (layer := layer_of(name)) is not None}


def test_every_layer_has_an_operator_or_a_reason():
    eager = {name for name in LAYERS if not name.startswith("Lazy")}
    assert eager - set(LIKE_TORCH.values()) == set(WITHOUT)


@pytest.mark.parametrize("name", LIKE_TORCH)
def test_names_and_defaults_are_torchs(name):
    layer = LAYERS[LIKE_TORCH[name]]
    parameters = inspect.signature(nn.RNNBase if issubclass(layer, nn.RNNBase) else layer).parameters
    for option in OPERATORS[name].options:
        if (name, option.name) in DIFFERENT:
            continue
        assert option.name in parameters, f"{name}.{option.name}"
        default = parameters[option.name].default
        assert default is inspect.Parameter.empty or option.default == default, f"{name}.{option.name}"


def test_deliberate_differences_are_of_options_that_exist():
    for name, option in DIFFERENT:
        assert OPERATORS[name].option(option) is not None
