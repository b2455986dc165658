"""What each operator is tried with: options beside its defaults, and what arrives at its ports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple
from zlib import crc32

import torch

from grapheditor.authoring import Operator, Port
from grapheditor.graph import Graph, Info, Input, Node, Output
from grapheditor.graph.arithmetic import evaluate, parse

Shape = tuple[int | str, ...]
SIGNAL: Shape = ("N", 6, 12)
IMAGE: Shape = ("N", 6, 12, 12)
VOLUME: Shape = ("N", 6, 6, 6, 6)
BY_RANK: Mapping[int, Shape] = {2: ("N", 10), 3: SIGNAL, 4: IMAGE, 5: VOLUME}
HEADS: Shape = ("N", 3, 5, 8)
SCORES: Shape = ("N", 3, 5, 5)
PLACES: Shape = ("N", 5, 16)
ROWS: Shape = ("N", 10)
SQUARE: Shape = ("N", 4, 4)


class Values(NamedTuple):
    """Which values arrive: between two numbers; whole numbers up to the second, which is left out."""

    low: float
    high: float


UNIT = Values(0.1, 0.9)
ABOVE_ZERO = Values(0.5, 2.0)
WIDE = Values(-2.0, 2.0)
MASKS = Values(0, 2)

OPTIONS: Mapping[str, list[dict[str, Any]]] = {
    "softmax": [{"dim": 1}, {"dim": -2}],
    "softmin": [{"dim": 1}],
    "log_softmax": [{"dim": 1}],
    "concatenate": [{"dim": 1}, {"dim": -1}, {"dim": 0}],
    "stack": [{"dim": 0}, {"dim": -1}],
    "conv1d": [
        {"out_channels": 4, "kernel_size": 5, "stride": 2, "padding": 2, "padding_mode": "reflect"},
        {"padding": "same", "dilation": 2, "groups": 2},
    ],
    "causal_conv1d": [{"out_channels": 4, "kernel_size": 3, "dilation": 2, "bias": False}, {"kernel_size": 1, "groups": 2}],
    "conv2d": [
        {"out_channels": 4, "kernel_size": 5, "stride": 2, "padding": 2},
        {"out_channels": 12, "groups": 3, "bias": False},
        {"kernel_size": (3, 5), "padding": "same", "dilation": 2},
        {"padding": 2, "padding_mode": "circular"}, {"padding": 1, "padding_mode": "replicate"},
    ],
    "conv3d": [{"out_channels": 4, "kernel_size": (3, 2, 1), "stride": (1, 2, 2), "padding": (1, 0, 0)}],
    "conv_transpose1d": [{"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}],
    "conv_transpose2d": [
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"out_channels": 3, "groups": 3, "bias": False, "kernel_size": (2, 3), "dilation": 2},
    ],
    "conv_transpose3d": [{"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}],
    "unfold": [{"kernel_size": (2, 3), "stride": 2, "padding": 1}],
    "fold": [{"output_size": 4, "kernel_size": 2, "stride": 2}, {"output_size": (4, 6), "kernel_size": (1, 2), "stride": 2}],
    "max_pool1d": [{"kernel_size": 3, "stride": 2, "padding": 1}],
    "max_pool2d": [{"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": (2, 4), "ceil_mode": True}, {"kernel_size": 5, "ceil_mode": True}],
    "max_pool3d": [{"kernel_size": (1, 2, 3), "stride": 2}],
    "linear": [{"out_features": 7, "bias": False}],
    "flatten": [{"start_dim": 2}, {"start_dim": 1, "end_dim": 2}, {"start_dim": 0}],
    "batch_norm1d": [{"affine": False}],
    "batch_norm2d": [{"affine": False}, {"track_running_stats": False}, {"eps": 0.1, "momentum": 0.5}],
    "instance_norm2d": [{"affine": True}, {"track_running_stats": True}],
    "group_norm": [{"num_groups": 3, "affine": False}],
    "dropout": [{"p": 0.25}],
    "cross_entropy": [{"label_smoothing": 0.1}, {"ignore_index": 3}],
    "nll_loss": [{"ignore_index": 3}],
    "gelu": [{"approximate": "tanh"}],
    "prelu": [{"num_parameters": 6}],
    "glu": [{"dim": 1}],
    "avg_pool1d": [{"kernel_size": 3, "padding": 1, "count_include_pad": False}],
    "avg_pool2d": [
        {"kernel_size": 3, "stride": 2, "padding": 1}, {"padding": 1, "count_include_pad": False}, {"kernel_size": 5, "ceil_mode": True},
    ],
    "avg_pool3d": [{"kernel_size": 3, "stride": 2, "padding": 1}],
    "lp_pool2d": [{"norm_type": 3.0, "kernel_size": 3, "stride": 2}],
    "adaptive_avg_pool1d": [{"output_size": 3}],
    "adaptive_avg_pool2d": [{"output_size": 3}, {"output_size": (2, 4)}],
    "adaptive_avg_pool3d": [{"output_size": (1, 2, 3)}],
    "adaptive_max_pool2d": [{"output_size": (2, 4)}],
    "resize": [
        {"size": 7}, {"size": (24, 5)}, {"size": (5, 24), "antialias": True}, {"size": 8, "mode": "nearest"},
        {"size": (9, 20), "mode": "nearest-exact"}, {"size": 20, "mode": "bicubic"}, {"size": 9, "mode": "bicubic", "antialias": True},
        {"size": (5, 6), "mode": "area"},
    ],
    "upsample": [{"scale_factor": 1.5, "mode": "bilinear"}, {"mode": "bicubic", "align_corners": True}],
    "layer_norm": [{"eps": 0.1, "bias": False}, {"elementwise_affine": False}],
    "embedding": [{"num_embeddings": 10, "embedding_dim": 3}, {"padding_idx": 3}],
    "embedding_bag": [{"mode": "sum"}, {"mode": "max"}, {"padding_idx": 3}],
    "position_embedding": [{"length": 7}],
    "attention": [{"heads": 4, "causal": True}, {"heads": 1}],
    "multihead_attention": [{"causal": True, "bias": False}],
    "scaled_dot_product_attention": [{"causal": True}],
    "transformer_encoder_layer": [{"norm_first": True, "activation": "gelu", "causal": True}, {"layer_norm_eps": 0.1, "bias": False}],
    "transformer_decoder_layer": [{"layer_norm_eps": 0.1, "bias": False}],
    "transformer": [{"num_encoder_layers": 1, "num_decoder_layers": 1, "activation": "gelu", "layer_norm_eps": 0.1}],
    "transpose": [{"dim0": -1, "dim1": 0}],
    "permute": [{"dims": (0, 2, 3, 1)}, {"dims": (1, 0, -1, 2)}],
    "unsqueeze": [{"dim": -1}, {"dim": 0}, {"dim": 4}],
    "rnn": [
        {"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False, "nonlinearity": "relu"},
    ],
    "lstm": [{"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False}],
    "gru": [{"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False}],
    "rnn_cell": [{"hidden_size": 7, "nonlinearity": "relu"}],
    "local_response_norm": [{"size": 3, "alpha": 0.1, "beta": 0.5, "k": 2.0}, {"size": 2}],
    "select": [{"dim": -1, "index": 3}, {"index": -2}],
    "chunk": [{"chunks": 3}, {"chunks": 6, "dim": 1}],
    "split_with_sizes": [{"split_sizes": (1, 2, 3)}, {"split_sizes": (5, -1, 3, 2), "dim": -1}],
    "unbind": [{"places": 6}],
    "narrow": [{"dim": -1, "start": -3, "length": 2}],
    "stride": [{"dim": -1, "start": 1, "step": 3}],
    "flip": [{"dims": (1, -1)}],
    "pad_channels": [{"channels": 6}],
    "random_normal": [{"size": (3, 4)}],
    "random_mask": [{"p": 0.5}],
    "masked_fill": [{"value": -100.0}],
    "logistic_loss": [{"real": False}],
    "parameter": [{"shape": (2, 3), "std": 0.0}],
    "view": [{"size": (-1, 16)}, {"size": (-1, 4, 64)}],
    "sum": [{"dim": (1, -1), "keepdim": True}],
    "mean": [{"dim": (1,)}],
    "std": [{"dim": (1, 2), "correction": "0"}],
    "norm": [{"p": 1.0, "dim": (1,)}],
    "topk": [{"k": 2, "largest": False}],
    "sort": [{"dim": 1, "descending": True}],
    "cast": [{"dtype": "int64"}, {"dtype": "bool"}, {"dtype": "float64"}, {"dtype": "float16"}],
    "scale": [{"factor": 2.0, "offset": 1.0}],
    "irfft": [{"n": 12}],
    "fft": [{"dim": 1, "norm": "ortho"}],
    "inv": [{"damping": 0.1}],
    "spectrogram": [{"n_fft": 64, "hop_length": 32, "power": "1"}],
    "grid_sample": [{"mode": "nearest", "padding_mode": "border"}],
    "poisson_nll_loss": [{"log_input": False, "full": True, "eps": 0.1}],
    "gaussian_nll_loss": [{"full": True}],
    "kl_div": [{"log_target": True}],
    "triplet_margin_loss": [{"eps": 0.1}],
    "ctc_loss": [{"zero_infinity": False}],
    "max_unpool2d": [{"padding": 1}],
    "multi_margin_loss": [{"p": "2"}],
    "penalty": [{"power": "1"}],
    "convolve2d": [{"stride": 2, "padding": 1}],
    "numbers": [{"values": "1.5 -2; 0 1e3"}],
}  # fmt: skip
"""Options that are tried beside the defaults."""

ARRIVES: Mapping[str, Mapping[str, Shape]] = {
    "adaptive_instance_norm": {"scale": ("N", 6), "shift": ("N", 6)},
    "affine_grid": {"theta": ("N", 2, 3)},
    "alibi": {"x": SCORES},
    "any": {"x": ("N", 5)},
    "all": {"x": ("N", 5)},
    "attention": {"": PLACES},
    "batch_norm1d": {"x": SIGNAL},
    "bilinear": {"y": ("N", 6, 12, 5)},
    "bmm": {"x": ("N", 3, 4), "y": ("N", 4, 5)},
    "cdist": {"x": ("N", 5, 4), "y": ("N", 7, 4)},
    "channel_shuffle": {"x": IMAGE},
    "cholesky": {"": SQUARE},
    "class_token": {"": ("N", 7, 16)},
    "contrastive_loss": {"": ROWS},
    "convolve2d": {"filters": (3, 3)},
    "cosine_embedding_loss": {"target": ("N",)},
    "cross": {"": ("N", 5, 3)},
    "ctc_loss": {"x": (9, "N", 10), "target": ("N", 3), "input_lengths": ("N",), "target_lengths": ("N",)},
    "det": {"": SQUARE},
    "dice_loss": {"": ("N", 1, 6, 6)},
    "eigh": {"": SQUARE},
    "einsum": {"xs": ("N", 4, 4)},
    "embedding_bag": {"x": ("N", 4)},
    "expand": {"x": ("N", 1)},
    "expand_as": {"x": ("N", 6, 1, 1), "like": IMAGE},
    "fold": {"x": ("N", 18, 676)},
    "gather": {"x": ("N", 10), "index": ("N", 4)},
    "glu": {"x": IMAGE},
    "gram_matrix": {"x": IMAGE},
    "grayscale": {"x": ("N", 3, 12, 12)},
    "random_saturation": {"x": ("N", 3, 12, 12)},
    "grid_sample": {"grid": ("N", 5, 7, 2)},
    "group_norm": {"x": ("N", 24, 5)},
    "gru": {"": ("N", 5, 6)},
    "gru_cell": {"": ("N", 6)},
    "index_select": {"x": IMAGE, "index": (4,)},
    "inv": {"": SQUARE},
    "kron": {"x": (2, 3), "y": (4, 5)},
    "layer_norm": {"": ("N", 7, 16)},
    "length_mask": {"lengths": ("N",)},
    "lstm": {"": ("N", 5, 6)},
    "lstm_cell": {"": ("N", 6)},
    "masked_select": {"x": ROWS, "mask": ROWS},
    "matmul": {"x": ("N", 3, 4), "y": (4, 5)},
    "matrix_exp": {"": SQUARE},
    "max_unpool1d": {"": SIGNAL},
    "max_unpool2d": {"": ("N", 2, 6, 6)},
    "max_unpool3d": {"": ("N", 2, 3, 3, 3)},
    "merge_heads": {"x": HEADS},
    "multihead_attention": {"": PLACES},
    "multilabel_margin_loss": {"": ROWS},
    "pick": {"x": ROWS, "index": ("N",)},
    "pinv": {"": ("N", 4, 3)},
    "pixel_shuffle": {"x": ("N", 8, 5, 5)},
    "position_embedding": {"": ("N", 7, 16)},
    "qr": {"": ("N", 4, 3)},
    "relative_position_bias": {"x": SCORES},
    "repeat": {"x": ("N", 3)},
    "reshape": {"x": IMAGE},
    "rnn": {"": ("N", 5, 6)},
    "rnn_cell": {"": ("N", 6)},
    "rotary_positions": {"x": HEADS},
    "scaled_dot_product_attention": {"": HEADS},
    "scatter": {"x": ("N", 10), "index": ("N", 4), "source": ("N", 4)},
    "scatter_add": {"x": ("N", 10), "index": ("N", 4), "source": ("N", 4)},
    "sinusoidal_positions": {"x": PLACES},
    "solve": {"a": SQUARE, "b": ("N", 4, 2)},
    "spectrogram": {"x": ("N", 500)},
    "split_heads": {"x": PLACES},
    "squeeze": {"x": ("N", 5, 1)},
    "svd": {"": ("N", 4, 3)},
    "topk": {"x": ("N", 3, 8)},
    "total_variation_loss": {"x": IMAGE},
    "trace": {"": SQUARE},
    "transformer": {"": PLACES},
    "transformer_decoder_layer": {"": PLACES},
    "transformer_encoder_layer": {"": PLACES},
    "triplet_margin_loss": {"": ROWS},
    "unbind": {"x": ("N", 2, 5)},
    "unflatten": {"x": ("N", 16, 5)},
    "view": {"": ("N", 64, 2, 2)},
}
"""Shapes of what arrives, by port; under no name those of all other ports of decimal numbers."""
BY_OPTIONS: Mapping[tuple[str, str], Shape] = {
    ("fold", "{'output_size': 4, 'kernel_size': 2, 'stride': 2}"): ("N", 8, 4),
    ("fold", "{'output_size': (4, 6), 'kernel_size': (1, 2), 'stride': 2}"): ("N", 6, 6),
    ("irfft", "{'n': 12}"): ("N", 6, 12),
    ("unbind", "{'places': 6}"): IMAGE,
}
"""Shapes that go with some options alone."""

VALUES: Mapping[str, Mapping[str, Values]] = {
    "acos": {"x": Values(-0.9, 0.9)},
    "asin": {"x": Values(-0.9, 0.9)},
    "bernoulli": {"p": UNIT},
    "binary_cross_entropy": {"": UNIT},
    "binary_cross_entropy_with_logits": {"target": UNIT},
    "cosine_embedding_loss": {"target": Values(1, 1)},
    "ctc_loss": {"target": Values(1, 10), "input_lengths": Values(9, 10), "target_lengths": Values(1, 4)},
    "dice_loss": {"": UNIT},
    "divide": {"y": Values(1.0, 3.0)},
    "floor_divide": {"y": Values(1.0, 3.0)},
    "gather": {"index": Values(0, 10)},
    "gaussian_nll_loss": {"variance": ABOVE_ZERO},
    "grid_sample": {"grid": Values(-0.9, 0.9)},
    "index_select": {"index": Values(0, 6)},
    "intersection_over_union": {"": UNIT},
    "kl_div": {"target": UNIT},
    "log": {"x": ABOVE_ZERO},
    "log10": {"x": ABOVE_ZERO},
    "log1p": {"x": ABOVE_ZERO},
    "log2": {"x": ABOVE_ZERO},
    "logit": {"x": UNIT},
    "max_unpool1d": {"indices": Values(0, 12)},
    "max_unpool2d": {"indices": Values(0, 36)},
    "max_unpool3d": {"indices": Values(0, 27)},
    "nll_loss": {"x": Values(-3, -0.1)},
    "one_hot": {"x": Values(0, 10)},
    "pick": {"index": Values(0, 10)},
    "lp_pool1d": {"x": ABOVE_ZERO},
    "lp_pool2d": {"x": ABOVE_ZERO},
    "lp_pool3d": {"x": ABOVE_ZERO},
    "margin_ranking_loss": {"target": Values(1, 1)},
    "polar": {"length": ABOVE_ZERO},
    "poisson_nll_loss": {"": ABOVE_ZERO},
    "power": {"x": ABOVE_ZERO},
    "quantile": {"x": WIDE},
    "remainder": {"y": Values(1.0, 3.0)},
    "rsqrt": {"x": ABOVE_ZERO},
    "scatter": {"index": Values(0, 10)},
    "scatter_add": {"index": Values(0, 10)},
    "sqrt": {"x": ABOVE_ZERO},
    "reciprocal": {"x": ABOVE_ZERO},
    "multilabel_margin_loss": {"target": Values(-1, 3)},
}
"""Which values arrive, by port; under no name at all others. Without one, numbers from the normal distribution."""


def shape_of(operator: Operator, port: Port, options: Mapping[str, Any]) -> Shape:
    """Return the shape that arrives at a port."""
    special = BY_OPTIONS.get((operator.id, str(dict(options))))
    if special is not None:
        return special
    given = ARRIVES.get(operator.id, {})
    if port.name in given:
        return given[port.name]
    rank = len(port.wants.axes) if port.wants.axes is not None else 0
    if "" in given and (port.wants.element in ("float", "any") or len(given) == 1):
        return given[""]
    if rank:
        return BY_RANK[rank]
    if operator.role in ("loss", "metric"):
        return ("N",) if port.wants.element == "integer" else ROWS
    return ("N",) if port.wants.element == "integer" else IMAGE


def values_of(operator: Operator, port: str) -> Values | None:
    """Return which values arrive at a port."""
    given = VALUES.get(operator.id, {})
    return given.get(port, given.get(""))


def around(operator: Operator, options: Mapping[str, Any], name: str = "it") -> Graph:
    """Put an operator between inputs that suit it and an output for each of its results."""
    graph = Graph()
    graph.put("info", Info("Sweep"))
    place(graph, operator, options, name)
    return graph


def place(graph: Graph, operator: Operator, options: Mapping[str, Any], name: str) -> None:
    """Put an operator and what it needs into a graph; each input is called ``<node>_<port><number>``."""
    checked = {}
    for key, value in options.items():
        option = operator.option(key)
        assert option is not None, f"{operator.id} has no option {key}"
        checked[key] = option.check(value)
    graph.put(f"nodes.{name}", Node(name, operator.id, checked))
    for port in (item for item in operator.inputs if not item.optional):
        for i in range(2 if port.repeats else 1):
            shape = shape_of(operator, port, options)
            start = f"{name}_{port.name}{i}"
            end = Input(name, port.name, i if port.repeats else None)
            dtype = {"integer": "int64", "boolean": "bool"}.get(port.wants.element, "float32")
            if port.wants.element == "complex":
                graph.put(f"nodes.{start}c", Node(f"{start}c", "to_complex"))
                for part in ("real", "imaginary"):
                    source = f"{start}{part}"
                    graph.put(f"nodes.{source}", Node(source, "input", {"shape": shape}))
                    graph.put(f"wires.{start}c.{part}", Output(source))
                graph.put(f"wires.{end}", Output(f"{start}c"))
                continue
            graph.put(f"nodes.{start}", Node(start, "input", {"shape": shape, "dtype": dtype}))
            graph.put(f"wires.{end}", Output(start))
    for i, port in enumerate(operator.at(checked).outputs):
        result = f"{name}_result" + (f"{i}_{port.name}" if i else "")
        graph.put(f"nodes.{result}", Node(result, "output"))
        graph.put(f"wires.{result}.x", Output(name, port.name))


def example(program: Any, operator: Operator, name: str, batch: int) -> torch.Tensor:
    """Draw what arrives at an input of :func:`around`."""
    kind = program.analysis.nodes[name].outputs["out"]
    sizes = [size if isinstance(size, int) else evaluate(parse(size), {"N": batch}) for size in kind.shape]
    generator = torch.Generator().manual_seed(batch + crc32(name.encode()))
    port = name.removeprefix("it_").removesuffix("real").removesuffix("imaginary").rstrip("01")
    values = values_of(operator, port)
    if kind.dtype == "bool":
        return torch.rand(sizes, generator=generator) < 0.5
    if port in ("index", "indices") and (operator.id.startswith("scatter") or "unpool" in operator.id):
        inner = math.prod(sizes[2:]) if sizes[2:] else sizes[1]  # each place once
        return (
            torch.arange(inner)
            .expand(sizes[0], sizes[1] if sizes[2:] else inner, *[-1] * bool(sizes[2:]))
            .reshape(sizes)
        )
    if kind.dtype.startswith("int"):
        low, high = values or (0, 10)
        return torch.randint(int(low), int(high), sizes, generator=generator)
    found = torch.randn(sizes, generator=generator)
    if values is not None:
        found = values.low + (values.high - values.low) * torch.rand(sizes, generator=generator)
    if operator.id in ("cholesky", "eigh"):
        found = found @ found.mT + 4 * torch.eye(sizes[-1])
    return found
