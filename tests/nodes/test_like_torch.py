"""Every layer of torch.nn has its operator, with torch's names and defaults; what differs on purpose is listed here.

Layers without an operator are listed in nodes/elsewhere.py, where the palette finds them too.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

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
DIFFERENT = {
    ("fractional_max_pool2d", "output_ratio"): "torch wants it or a size; a share suits images of any size",
    ("fractional_max_pool3d", "output_ratio"): "torch wants it or a size; a share suits volumes of any size",
    ("ctc_loss", "zero_infinity"): "one text that is too long for its sound would end a training",
    ("embedding", "padding_idx"): "None in torch is none here",
    ("embedding_bag", "padding_idx"): "None in torch is none here",
    ("multi_margin_loss", "p"): "one of two numbers is a choice",
    ("multihead_attention", "causal"): "torch takes a mask; that of later places is made here",
    ("rms_norm", "eps"): "None in torch is the smallest step of the type; here it is what networks of today use",
    ("transformer", "activation"): "torch takes a function; here it is named",
    ("transformer_decoder_layer", "activation"): "torch takes a function; here it is named",
    ("transformer_decoder_layer", "causal"): "torch takes a mask; that of later places is made here",
    ("transformer_encoder_layer", "activation"): "torch takes a function; here it is named",
    ("transformer_encoder_layer", "causal"): "torch takes a mask; that of later places is made here",
    ("layer_norm", "dims"): "torch takes the sizes of these dimensions; what arrives says them",
    ("upsample", "align_corners"): "None in torch is no",
    ("upsample", "scale_factor"): "torch wants it or a size; Resize takes the size",
    **{(name, "dim"): "None in torch is deprecated; the last is what it is used on" for name in ("softmax", "softmin", "log_softmax")},
    **{
        (f"{kind}{n}d", "stride"): "None in torch means the kernel size; here it says so"
        for kind in ("max_pool", "max_unpool", "avg_pool", "lp_pool") for n in (1, 2, 3)
    },
}  # fmt: skip
"""Options whose name or default is not torch's, and why. Where torch has no default there is always one here."""


LEFT_OUT = {
    "device": "the run says where it computes",
    "dtype": "the run says its precision, and an input its type",
    "inplace": "a value that others read must stay; a compiler writes in place where it may",
    "reduction": "a training minimises one number, the mean, which is the same for any batch; Sum and Mean are nodes",
    "size_average": "deprecated; reduction took its place",
    "reduce": "deprecated; reduction took its place",
    "args": "taken and not used", "kwargs": "taken and not used",
    "batch_first": "tensors are batch × place × feature here",
    "sparse": "few optimizers take sparse gradients",
    "max_norm": "it changes the weights while they are read", "norm_type": "it belongs to max_norm",
    "scale_grad_by_freq": "its gradient is another than that of what is computed",
    "mode": "the operator says it, except of an embedding bag, which has it",
    "custom_encoder": "a module that is drawn is that here", "custom_decoder": "a module that is drawn is that here",
    "min_value": "deprecated; min_val took its place", "max_value": "deprecated; max_val took its place",
    **dict.fromkeys(("_weight", "_freeze", "_random_samples"), "private"),
    **dict.fromkeys(
        ("in_channels", "in_features", "in1_features", "in2_features", "input_size", "num_features", "num_channels", "d_model",
         "embed_dim", "kdim", "vdim"), "what arrives says it",
    ),
    "normalized_shape": "what arrives says it, and dims over how many dimensions it goes",
}  # fmt: skip
"""Arguments that no operator has, and why."""
LEFT_OUT_OF = {
    ("multihead_attention", "add_bias_kv"): "a place that is learned: ClassToken puts it before the keys",
    ("multihead_attention", "add_zero_attn"): "a place of zeros: Concatenate puts it before the keys",
    ("embedding_bag", "include_last_offset"): "bags are rows here",
    ("upsample", "size"): "Resize takes the size",
    ("upsample", "recompute_scale_factor"): "it matters where a factor and a size are both given",
    ("multi_margin_loss", "weight"): "only the losses that classes are mostly learned by take weights",
    ("multilabel_soft_margin_loss", "weight"): "only the losses that classes are mostly learned by take weights",
    ("binary_cross_entropy", "weight"): "it weighs samples, not classes; with Multiply and Mean it is drawn",
    ("binary_cross_entropy_with_logits", "weight"): "it weighs samples, not classes; pos_weight is a port",
    **{(f"conv_transpose{n}d", "padding_mode"): "torch takes zeros alone" for n in (1, 2, 3)},
    **{(f"fractional_max_pool{n}d", "output_size"): "a share suits what is of any size" for n in (2, 3)},
    **{(f"avg_pool{n}d", "divisor_override"): "a mean divides by how many there are; Scale divides by others" for n in (2, 3)},
    **{
        (name, "return_indices"): "an output says where they were" for kind in ("max_pool", "fractional_max_pool", "adaptive_max_pool")
        for n in (1, 2, 3) if (name := f"{kind}{n}d") in OPERATORS
    },
    **{(name, "bias"): "affine has both" for kind in ("batch_norm", "instance_norm") for n in (1, 2, 3) if (name := f"{kind}{n}d")},
    ("group_norm", "bias"): "affine has both",
    **{(name, "proj_size"): "a linear layer behind it projects; ONNX has none inside" for name in ("rnn", "gru", "lstm")},
}  # fmt: skip
"""Arguments that an operator has not, and why."""


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
    assert eager - set(LIKE_TORCH.values()) == set(catalog().nodes.absent)


def arguments_of(name: str) -> Mapping[str, inspect.Parameter]:
    """Return the arguments of the layer that an operator is."""
    layer = LAYERS[LIKE_TORCH[name]]
    if not issubclass(layer, nn.RNNBase):
        return inspect.signature(layer).parameters
    return (
        inspect.signature(nn.RNNBase).parameters | NONLINEAR
        if layer is nn.RNN
        else inspect.signature(nn.RNNBase).parameters
    )


NONLINEAR = {"nonlinearity": inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")}
"""Its signature does not say what torch.nn.RNN takes; its documentation does."""


@pytest.mark.parametrize("name", LIKE_TORCH)
def test_names_and_defaults_are_torchs(name):
    operator, parameters = OPERATORS[name], arguments_of(name)
    for argument in parameters:
        known = operator.option(argument) is not None or operator.input(argument) is not None
        reason = LEFT_OUT.get(argument) or LEFT_OUT_OF.get((name, argument))
        assert known or reason, f"{name}: {argument} of torch"
    for option in OPERATORS[name].options:
        if (name, option.name) in DIFFERENT:
            continue
        assert option.name in parameters, f"{name}.{option.name}"
        default = parameters[option.name].default
        assert default is inspect.Parameter.empty or option.default == default, f"{name}.{option.name}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Sequential", "There is no Sequential: nodes that are wired one behind the other are that here."),
        ("nn.syncb", "There is no SyncBatchNorm: it needs several processes"),
        ("rnn base", "There is no RNNBase: take RNN, GRU or LSTM."),
    ],
)
def test_who_looks_for_what_is_not_there_is_told_what_to_take(typed, said):
    assert catalog().told_of(typed).startswith(said)
    assert catalog().told_of("mod") is None
    assert catalog().told_of("transfrom") is None


def test_deliberate_differences_are_of_options_that_exist():
    for name, option in DIFFERENT:
        assert OPERATORS[name].option(option) is not None


def test_what_is_left_out_is_an_argument_that_an_operator_lacks():
    for name, argument in LEFT_OUT_OF:
        assert argument in arguments_of(name), f"{name}: {argument}"
        assert OPERATORS[name].option(argument) is None, f"{name}: {argument}"
    lacking = {
        argument for name in LIKE_TORCH for argument in arguments_of(name) if OPERATORS[name].option(argument) is None
    }
    assert set(LEFT_OUT) <= lacking
