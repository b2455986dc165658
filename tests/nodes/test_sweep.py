"""One sweep over every operator: documented, its shapes are those of the real thing, its source runs, it exports."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, Inference, compile_graph
from grapheditor.compile.export import ExportError, export
from grapheditor.graph import Graph, Info, Input, Node, Output, read_text, write_text
from grapheditor.graph.arithmetic import evaluate, parse

KNOWN = catalog()
IMAGE = ("N", 6, 12, 12)
EXAMPLES = {
    "softmax": [{"dim": 1}, {"dim": -2}],
    "concatenate": [{"dim": 1}, {"dim": -1}, {"dim": 0}],
    "conv2d": [
        {"out_channels": 4, "kernel_size": 5, "stride": 2, "padding": 2},
        {"out_channels": 12, "groups": 3, "bias": False},
        {"kernel_size": (3, 5), "padding": "same", "dilation": 2},
    ],
    "conv_transpose2d": [
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"out_channels": 3, "groups": 3, "bias": False, "kernel_size": (2, 3), "dilation": 2},
    ],
    "max_pool2d": [{"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": (2, 4), "ceil_mode": True}, {"kernel_size": 5, "ceil_mode": True}],
    "linear": [{"out_features": 7, "bias": False}],
    "flatten": [{"start_dim": 2}, {"start_dim": 1, "end_dim": 2}, {"start_dim": 0}],
    "batch_norm2d": [{"affine": False}, {"track_running_stats": False}, {"eps": 0.1, "momentum": 0.5}],
    "dropout": [{"p": 0.25}],
    "cross_entropy": [{"label_smoothing": 0.1}],
    "gelu": [{"approximate": "tanh"}],
    "avg_pool2d": [
        {"kernel_size": 3, "stride": 2, "padding": 1}, {"padding": 1, "count_include_pad": False}, {"kernel_size": 5, "ceil_mode": True},
    ],
    "adaptive_avg_pool2d": [{"output_size": 3}, {"output_size": (2, 4)}],
    "resize": [
        {"size": 7}, {"size": (24, 5)}, {"size": (5, 24), "antialias": True}, {"size": 8, "mode": "nearest"},
        {"size": (9, 20), "mode": "nearest-exact"}, {"size": 20, "mode": "bicubic"}, {"size": 9, "mode": "bicubic", "antialias": True},
        {"size": (5, 6), "mode": "area"},
    ],
    "layer_norm": [{"eps": 0.1, "bias": False}, {"elementwise_affine": False}],
    "embedding": [{"num_embeddings": 10, "embedding_dim": 3}],
    "position_embedding": [{"length": 7}],
    "attention": [{"heads": 4, "causal": True}, {"heads": 1}],
    "transpose": [{"dim0": -1, "dim1": 0}],
    "permute": [{"dims": (0, 2, 3, 1)}, {"dims": (1, 0, -1, 2)}],
    "unsqueeze": [{"dim": -1}, {"dim": 0}, {"dim": 4}],
    "rnn": [{"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False}],
    "lstm": [{"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False}],
    "gru": [{"hidden_size": 7, "num_layers": 2, "bidirectional": True}, {"hidden_size": 3, "bias": False}],
    "local_response_norm": [{"size": 3, "alpha": 0.1, "beta": 0.5, "k": 2.0}, {"size": 2}],
    "select": [{"dim": -1, "index": 3}, {"index": -2}],
    "pad_channels": [{"channels": 6}],
    "random_normal": [{"size": (3, 4)}],
    "random_mask": [{"p": 0.5}],
    "masked_fill": [{"value": -100.0}],
    "logistic_loss": [{"real": False}],
    "parameter": [{"shape": (2, 3), "std": 0.0}],
    "view": [{"size": (-1, 16)}, {"size": (-1, 4, 64)}],
}  # fmt: skip
SHAPES = {
    "attention": ("N", 5, 16),
    "position_embedding": ("N", 7, 16),
    "layer_norm": ("N", 7, 16),
    "class_token": ("N", 7, 16),
    "view": ("N", 64, 2, 2),
    "rnn": ("N", 5, 6),
    "lstm": ("N", 5, 6),
    "gru": ("N", 5, 6),
}
CASES = [(name, options) for name in KNOWN.operators for options in [{}, *EXAMPLES.get(name, [])]]
INNER = [case for case in CASES if KNOWN.operators[case[0]].role in ("layer", "loss", "metric")]


def around(name: str, options: dict) -> Graph:
    """Put an operator between inputs that suit it and an output."""
    operator = KNOWN.operators[name]
    graph = Graph()
    graph.put("info", Info("Sweep"))
    graph.put(
        "nodes.it",
        Node("it", name, {key: operator.option(key).check(value) for key, value in options.items()}),
    )
    for port in (item for item in operator.inputs if not item.optional):
        scalar = operator.role in ("loss", "metric")
        shape: tuple = SHAPES.get(name, ("N", 10) if scalar else IMAGE)
        dtype = "float32"
        if port.wants.element == "integer":
            shape, dtype = ("N",), "int64"
        elif port.wants.element == "boolean":
            dtype = "bool"
        for i in range(2 if port.repeats else 1):
            source = f"{port.name}{i}_in"
            graph.put(f"nodes.{source}", Node(source, "input", {"shape": shape, "dtype": dtype}))
            graph.put(f"wires.{Input('it', port.name, i if port.repeats else None)}", Output(source))
    graph.put("nodes.result", Node("result", "output"))
    graph.put("wires.result.x", Output("it", operator.outputs[0].name))
    return graph


def example(program, name: str, batch: int) -> torch.Tensor:
    kind = program.analysis.nodes[name].outputs["out"]
    sizes = [batch if size == "N" else int(size) for size in kind.shape]
    generator = torch.Generator().manual_seed(batch)
    if kind.dtype == "int64":
        return torch.randint(0, 10, sizes, generator=generator)
    if kind.dtype == "bool":
        return torch.rand(sizes, generator=generator) < 0.5
    found = torch.randn(sizes, generator=generator)
    above_zero = any(node.operator in ABOVE_ZERO for node in program.graph.nodes.values())
    return found.abs() + 0.5 if above_zero else found


@pytest.mark.parametrize("name", KNOWN.operators)
def test_it_is_documented(name):
    operator = KNOWN.operators[name]
    assert operator.headline.endswith(".")
    assert operator.title
    for option in operator.options:
        assert option.doc.endswith("."), f"{name}.{option.name}"
        assert option.check(option.default) == option.default
        assert option.parse(option.show(option.default)) == option.default
    assert set(operator.shows) <= {option.name for option in operator.options}


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_inferred_shapes_are_the_real_ones(name, options):
    program = compile_graph(around(name, options))
    module = program.module()
    kind = program.analysis.nodes["it"].outputs["out"]
    for batch in (2, 6, 9):
        result = module(*(example(program, item, batch) for item in program.inputs))
        sizes = [size if isinstance(size, int) else eval_size(size, batch, len(result)) for size in kind.shape]
        assert list(result.shape) == sizes
        assert str(result.dtype) == f"torch.{kind.dtype}"


def eval_size(size: str, batch: int, count: int) -> int:
    return evaluate(parse(size), {"N": batch, "it_count": count})


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_types_that_inference_accepts_can_be_computed(name, options, dtype):
    graph = around(name, options)
    for node in list(graph.nodes.values()):
        if node.options.get("dtype") == "float32":
            graph.put(f"nodes.{node.id}", replace(node, options={**node.options, "dtype": dtype}))
    try:
        program = compile_graph(graph)
    except CompileError as error:
        assert dtype != "float32", error.message  # noqa: PT017
        return
    sizes = {item: example(program, item, 4) for item in program.inputs}
    kinds = {item: program.analysis.nodes[item].outputs["out"].dtype for item in sizes}
    result = program.module()(*(value.to(getattr(torch, kinds[item])) for item, value in sizes.items()))
    assert str(result.dtype) == f"torch.{program.analysis.nodes['it'].outputs['out'].dtype}"


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_promised_parameters_are_the_real_ones(name, options):
    program = compile_graph(around(name, options))
    real = sum(item.numel() for item in program.module().parameters())
    assert program.analysis.nodes["it"].parameters == real


WITHOUT_GRADIENTS = {
    "detach": "to pass none on is what it is for",
    "logical_not": "truth has no slope",
    "random_mask": "what is chosen does not depend on what arrives",
    "random_normal": "what arrives says only how many samples there are",
}


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_gradients_flow_where_they_can(name, options):
    program = compile_graph(around(name, options))
    torch.manual_seed(1)
    module = program.module().double().eval()
    inputs = [example(program, item, 3) for item in program.inputs]
    floats = [item.double().requires_grad_() if item.is_floating_point() else item for item in inputs]
    if KNOWN.operators[name].role == "metric" or name in WITHOUT_GRADIENTS:
        assert not module(*floats).requires_grad
    elif not any(item.requires_grad for item in floats):
        assert module(*floats).requires_grad, "its weights learn"
    else:
        assert torch.autograd.gradcheck(module, tuple(floats), fast_mode=True)


ABOVE_ZERO = ("log", "sqrt")
"""Operators that are numbers there only."""
NOT_IN_ONNX = {
    ("cross_entropy", "label_smoothing"): "differs from the module",  # torch's exporter drops it
}


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_onnx_agrees_or_is_refused_by_name(name, options, tmp_path):
    graph = around(name, options)
    program = compile_graph(graph)
    if KNOWN.operators[name].random:
        with pytest.raises(ExportError, match="draws other numbers each time") as caught:
            export(program, tmp_path / "it.onnx", None)
        assert (caught.value.node, caught.value.reason) == ("it", "graph")
        return
    refused = [words for (operator, option), words in NOT_IN_ONNX.items() if operator == name and option in options]
    if refused:
        with pytest.raises(ExportError, match=refused[0]):
            export(program, tmp_path / "it.onnx", None)
        assert not (tmp_path / "it.onnx").exists()
        return
    result = export(program, tmp_path / "it.onnx", None)
    assert result["max_relative_difference"] <= 1e-4
    assert result["batches"] == ([1, 2, 5] if program.inputs else [1])


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_it_draws_other_numbers_only_where_it_says_so(name, options):
    program = compile_graph(around(name, options))
    module = program.module().eval()
    inputs = [example(program, item, 3) for item in program.inputs]
    assert torch.equal(module(*inputs), module(*inputs)) != KNOWN.operators[name].random


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_it_survives_the_file(name, options):
    if KNOWN.operators[name].role in ("input", "output"):
        graph = Graph()
        graph.put("nodes.it", Node("it", name, options))
    else:
        graph = around(name, options)
    assert read_text(write_text(graph)) == graph


LIKE_TORCH = {
    "conv2d": nn.Conv2d,
    "conv_transpose2d": nn.ConvTranspose2d,
    "local_response_norm": nn.LocalResponseNorm,
    "linear": nn.Linear,
    "batch_norm2d": nn.BatchNorm2d,
    "dropout": nn.Dropout,
    "max_pool2d": nn.MaxPool2d,
    "cross_entropy": nn.CrossEntropyLoss,
    "flatten": nn.Flatten,
    "softmax": nn.Softmax,
    "gelu": nn.GELU,
    "avg_pool2d": nn.AvgPool2d,
    "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
    "layer_norm": nn.LayerNorm,
    "embedding": nn.Embedding,
}
DIFFERENT = {
    ("conv2d", "out_channels"): "torch has no default; 32 is a usual first width",
    ("conv2d", "kernel_size"): "torch has no default; 3 is usual",
    ("conv_transpose2d", "out_channels"): "torch has no default; 32 is a usual width",
    ("conv_transpose2d", "kernel_size"): "torch has no default; 2 doubles an image without overlap",
    ("local_response_norm", "size"): "torch has no default; 5 is that of the paper",
    ("linear", "out_features"): "torch has no default; 128 is usual",
    ("adaptive_avg_pool2d", "output_size"): "torch has no default; 1 is usual",
    ("embedding", "num_embeddings"): "torch has no default",
    ("embedding", "embedding_dim"): "torch has no default",
    ("avg_pool2d", "kernel_size"): "torch has no default; 2 is usual",
    ("avg_pool2d", "stride"): "None in torch means the kernel size; here it says so",
    ("max_pool2d", "kernel_size"): "torch has no default; 2 is usual",
    ("max_pool2d", "stride"): "None in torch means the kernel size; here it says so",
    ("softmax", "dim"): "None in torch is deprecated; the last dimension is what it is used on",
}


@pytest.mark.parametrize("name", LIKE_TORCH)
def test_names_and_defaults_are_torchs(name):
    import inspect

    parameters = inspect.signature(LIKE_TORCH[name]).parameters
    for option in KNOWN.operators[name].options:
        assert option.name in parameters, f"{name}.{option.name}"
        if (name, option.name) not in DIFFERENT:
            assert option.default == parameters[option.name].default, f"{name}.{option.name}"


def test_deliberate_differences_are_of_options_that_exist():
    for name, option in DIFFERENT:
        assert KNOWN.operators[name].option(option) is not None


BAD = [
    ("conv2d", {"kernel_size": 13}, IMAGE, "x", "does not fit into the image: it covers 13, and 12 arrive"),
    ("conv2d", {"kernel_size": 3, "dilation": 6}, IMAGE, "x", "it covers 13, and 12 arrive"),
    ("max_pool2d", {"kernel_size": 3, "dilation": 6}, IMAGE, "x", "it covers 13, and 12 arrive"),
    ("conv2d", {"groups": 4}, IMAGE, "x", "6 channels that arrive do not divide into 4 groups"),
    ("conv2d", {"groups": 3, "out_channels": 4}, IMAGE, None, "out_channels (4) does not divide"),
    ("conv2d", {"padding": "same", "stride": 2}, IMAGE, None, "needs a stride of 1"),
    ("conv2d", {}, ("N", 10), "x", "Expected 4 dimensions (batch × channels × height × width)"),
    ("max_pool2d", {"kernel_size": 13}, IMAGE, "x", "window does not fit"),
    ("max_pool2d", {"padding": 2}, IMAGE, None, "more than half the window"),
    ("conv_transpose2d", {"groups": 4}, IMAGE, "x", "6 channels that arrive do not divide into 4 groups"),
    ("conv_transpose2d", {"output_padding": 1}, IMAGE, None, "must be less than the stride (1)"),
    ("conv_transpose2d", {"padding": 7}, IMAGE, "x", "cuts everything off"),
    ("select", {"dim": 4}, IMAGE, "x", "no dimension 4"),
    ("select", {"index": 6}, IMAGE, "x", "no place 6 in a dimension of 6"),
    ("center_crop", {}, ("N", 6, 12, 9), "x", "cannot be cut to 12"),
    ("pad_channels", {"channels": 5}, IMAGE, "x", "6 channels arrive, more than 5"),
    ("class_token", {}, IMAGE, "x", "batch × place × feature"),
    ("view", {"size": (-1, 7)}, IMAGE, "x", "elements arrive, which cannot be viewed as -1×7"),
    ("view", {"size": (-1, -1)}, IMAGE, None, "Only one size can be -1"),
    ("transpose", {"dim1": 5}, IMAGE, "x", "no dimension 5"),
    ("permute", {"dims": (0, 2, 1)}, IMAGE, "x", "4 dimensions has the order 0, 2, 1 only if each of 0 to 3"),
    ("permute", {"dims": (0, 1, 2, 2)}, IMAGE, "x", "is named once"),
    ("permute", {"dims": (0, 1, 2, 7)}, IMAGE, "x", "is named once"),
    ("unsqueeze", {"dim": 5}, IMAGE, "x", "gets no dimension 5"),
    ("unsqueeze", {"dim": -6}, IMAGE, "x", "gets no dimension -6"),
    ("position_embedding", {"length": 5}, ("N", 7, 16), "x", "has 7 places, and 5 are known"),
    ("avg_pool2d", {"kernel_size": 13}, IMAGE, "x", "window does not fit"),
    ("avg_pool2d", {"padding": 2}, IMAGE, None, "more than half the window"),
    ("resize", {"mode": "area", "antialias": True}, IMAGE, None, "area has no antialias"),
    ("softmax", {"dim": 4}, IMAGE, "x", "no dimension 4 in a tensor of 4"),
    ("flatten", {"start_dim": 3, "end_dim": 2}, IMAGE, "x", "not a range"),
    ("concatenate", {"dim": 7}, IMAGE, "xs", "no dimension 7"),
    ("cross_entropy", {}, ("N",), "x", "has fewer dimensions"),
    ("cross_entropy", {}, ("N", 10, 4), "target", "one class for each sample and place (4)"),
    ("batch_norm2d", {}, ("N", 3, 1), "x", "Expected 4 dimensions"),
    ("normalize", {}, ("N",), "x", "at least one feature"),
    ("linear", {"out_features": 10**9}, ("N", "T", "T"), None, "depend on a size that is free"),
]


@pytest.mark.parametrize(("name", "options", "shape", "port", "words"), BAD, ids=str)
def test_what_does_not_fit_is_said(name, options, shape, port, words):
    graph = around(name, options)
    for end, start in list(graph.wires.items()):
        if end.node == "it" and end.port in ("x", "xs"):
            graph.put(f"nodes.{start.node}", Node(start.node, "input", {"shape": shape}))
    problems = Inference(KNOWN).analyse(graph).problems
    assert [problem.node for problem in problems] == ["it"]
    assert problems[0].port == port
    assert words in problems[0].message
    assert "What arrives: N" in problems[0].message


@pytest.mark.parametrize(("name", "kind"), [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_recurrent_layers_take_states_and_give_them(name, kind):
    options = {"hidden_size": 7, "num_layers": 2, "bidirectional": True}
    graph = around(name, options)
    states = ["h", "c"] if name == "lstm" else ["h"]
    for port in states:
        graph.put(f"nodes.{port}0", Node(f"{port}0", "input", {"shape": (4, "N", 7)}))
        graph.put(f"wires.it.{port}", Output(f"{port}0"))
    for port in KNOWN.operators[name].outputs[1:]:
        graph.put(f"nodes.{port.name}", Node(port.name, "output"))
        graph.put(f"wires.{port.name}.x", Output("it", port.name))
    program = compile_graph(graph)
    info = program.analysis.nodes["it"]
    assert [kind.shape for kind in info.outputs.values()] == [("N", 5, 14), *[(4, "N", 7)] * len(states)]
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[name]
    assert program.analysis.multiply_adds("it", 3) == 3 * 5 * 2 * gates * 7 * (6 + 7 + 14 + 7)
    module = program.module()
    hand = kind(6, 7, 2, batch_first=True, bidirectional=True)
    hand.load_state_dict(module.it.state_dict())
    given = {"x0_in": torch.randn(3, 5, 6), **{f"{port}0": torch.randn(4, 3, 7) for port in states}}
    found = dict(zip(program.results, module(*(given[item] for item in program.inputs)), strict=True))
    out, last = hand(given["x0_in"], (given["h0"], given["c0"]) if name == "lstm" else given["h0"])
    assert torch.equal(found["result"], out)
    hidden = last[0] if name == "lstm" else last
    assert torch.equal(found["hidden"], hidden)
    if name == "lstm":
        assert torch.equal(found["cell"], last[1])
        graph.put("wires.it.c", None)
        (problem,) = Inference(KNOWN).analyse(graph).problems
        assert "both" in problem.message
