"""One sweep over every operator: documented, its shapes are those of the real thing, its source runs, it exports."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from itertools import count

import pytest
import torch
from arrivals import IMAGE, OPTIONS, around, example, place
from torch import nn

from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, Inference, Program, compile_graph
from grapheditor.compile.export import ExportError, export
from grapheditor.graph import Graph, Info, Node, Output, read_text, write_text
from grapheditor.graph.arithmetic import evaluate, parse

KNOWN = catalog()
OPERATORS = KNOWN.operators
CASES = [(name, options) for name in OPERATORS for options in [{}, *OPTIONS.get(name, [])]]
MADE: dict[tuple[str, str], Program] = {}
"""What was compiled: several tests are about one program."""
INNER = [case for case in CASES if OPERATORS[case[0]].role in ("layer", "loss", "metric")]


def results(found: object) -> tuple[torch.Tensor, ...]:
    return found if isinstance(found, tuple) else (found,)


def compiled(name: str, options: dict):
    """Return a program of an operator between its inputs, and what draws their values for a batch."""
    key = name, str(options)
    if key not in MADE:
        MADE[key] = compile_graph(around(OPERATORS[name], options))
    program = MADE[key]
    return program, lambda batch: [example(program, OPERATORS[name], item, batch) for item in program.inputs]


def promised(program, name: str, batch: int, found: tuple[torch.Tensor, ...]) -> list[tuple[list[int], str]]:
    """Return sizes and types that inference promises of an operator's results."""
    operator = KNOWN.of(program.graph, program.graph.nodes["it"])
    kinds = [program.analysis.nodes["it"].outputs[port.name] for port in operator.outputs]
    symbols = {"N": batch, "it_count": found[0].shape[0] if found[0].ndim else 0}
    shapes = [
        [size if isinstance(size, int) else evaluate(parse(size), symbols) for size in kind.shape] for kind in kinds
    ]
    return [(sizes, f"torch.{kind.dtype}") for sizes, kind in zip(shapes, kinds, strict=True)]


def test_there_are_enough_of_them_and_each_has_its_example():
    assert len(OPERATORS) >= 220
    assert set(OPTIONS) <= set(OPERATORS)


@pytest.mark.parametrize("name", OPERATORS)
def test_it_is_documented(name):
    operator = OPERATORS[name]
    assert operator.headline.endswith(".")
    assert operator.title
    for option in operator.options:
        assert option.doc.endswith("."), f"{name}.{option.name}"
        assert option.check(option.default) == option.default
        assert option.parse(option.show(option.default)) == option.default
    assert set(operator.shows) <= {option.name for option in operator.options}


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_inferred_shapes_are_the_real_ones(name, options):
    program, arriving = compiled(name, options)
    module = program.module()
    for batch in (2, 6, 9):
        found = results(module(*arriving(batch)))
        assert [(list(item.shape), str(item.dtype)) for item in found] == promised(program, name, batch, found)


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_what_is_printed_runs_by_itself(name, options, tmp_path):
    program, arriving = compiled(name, options)
    imported = re.findall(r"^(?:import|from) (\w+)", program.source, re.MULTILINE)
    assert "grapheditor" not in imported
    (tmp_path / "net.py").write_text(program.source, encoding="utf-8")
    alone = runpy.run_path(str(tmp_path / "net.py"))["Sweep"]()
    module, values = program.module(), arriving(2)
    alone.load_state_dict(module.state_dict())
    found, wanted = (results(net.eval()(*values)) for net in (alone, module))
    assert [(item.shape, item.dtype) for item in found] == [(item.shape, item.dtype) for item in wanted]
    if not OPERATORS[name].random:
        assert all(torch.equal(*pair) for pair in zip(found, wanted, strict=True))


@pytest.mark.parametrize("dtype", ["float64", "int64", "bool"])
@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_types_that_inference_accepts_can_be_computed(name, options, dtype):
    graph = around(OPERATORS[name], options)
    for node in list(graph.nodes.values()):
        if node.operator == "input" and node.options.get("dtype", "float32") == "float32":
            graph.put(f"nodes.{node.id}", replace(node, options={**node.options, "dtype": dtype}))
    try:
        program = compile_graph(graph)
    except CompileError:
        return
    values = {item: example(program, OPERATORS[name], item, 4) for item in program.inputs}
    kinds = {item: program.analysis.nodes[item].outputs["out"].dtype for item in values}
    found = results(program.module()(*(value.to(getattr(torch, kinds[item])) for item, value in values.items())))
    assert [str(item.dtype) for item in found] == [kind for _, kind in promised(program, name, 4, found)]


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_promised_parameters_are_the_real_ones(name, options):
    program, _ = compiled(name, options)
    real = sum(item.numel() for item in program.module().parameters())
    assert program.analysis.nodes["it"].parameters == real


WITHOUT_GRADIENTS = {
    "accuracy": "a share of right answers has no slope",
    "all": "truth has no slope", "any": "truth has no slope",
    "argmax": "a place has no slope", "argmin": "a place has no slope",
    "arange": "it comes from nothing", "constant": "it comes from nothing", "eye": "it comes from nothing",
    "linspace": "it comes from nothing", "numbers": "somebody wrote them",
    "binary_accuracy": "a share of right answers has no slope",
    "bucketize": "a number of a bucket has no slope",
    "causal_mask": "what arrives says only how many places there are",
    "window_mask": "what arrives says only how many places there are",
    "positions": "what arrives says only how many places there are",
    "length_mask": "truth has no slope",
    "count_nonzero": "a count has no slope",
    "detach": "to pass none on is what it is for",
    "equal": "truth has no slope", "not_equal": "truth has no slope", "less": "truth has no slope",
    "less_equal": "truth has no slope", "greater": "truth has no slope", "greater_equal": "truth has no slope",
    "less_than": "truth has no slope", "greater_than": "truth has no slope", "equal_to": "truth has no slope",
    "logical_not": "truth has no slope", "logical_and": "truth has no slope", "logical_or": "truth has no slope",
    "logical_xor": "truth has no slope", "isnan": "truth has no slope", "isfinite": "truth has no slope",
    "full_like": "what arrives says only how large it is", "ones_like": "what arrives says only how large it is",
    "zeros_like": "what arrives says only how large it is",
    "heaviside": "a step has no slope",
    "intersection_over_union": "a share has no slope",
    "nonzero": "a place has no slope",
    "normal_like": "what arrives says only how large it is",
    "random_uniform": "what arrives says only how large it is",
    "one_hot": "a class has no slope",
    "random_integers": "what arrives says only how many samples there are",
    "random_mask": "what is chosen does not depend on what arrives",
    "random_normal": "what arrives says only how many samples there are",
    "top_k_accuracy": "a share of right answers has no slope",
}  # fmt: skip
OTHER_GRADIENTS = {
    "bernoulli": "no gradient flows through a draw, which torch says as zeros",
    "cast": "other types than double have none, or a coarser one",
    "cholesky": "its gradient is that of symmetric matrices",
    "ctc_loss": "its gradient is that behind a LogSoftmax",
    "eigh": "its gradient is that of symmetric matrices",
    "gradient_reversal": "the opposite of the true one is what it is for",
    "root_mean_squared_error": "a metric is not learned from",
    "straight_through": "another one than the true one is what it is for",
}
MANY = 100_000
"""Weights of a layer that is made of layers: those are checked in training by themselves."""
GIVEN = ("target",)
"""Ports of what is true, which learns nothing."""


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_gradients_flow_where_they_can(name, options):
    program, arriving = compiled(name, options)
    torch.manual_seed(1)
    module = program.module().double().eval()
    floats = [
        item.double().requires_grad_(not label.startswith(tuple(f"it_{port}" for port in GIVEN)))
        if item.is_floating_point() else item
        for label, item in zip(program.inputs, arriving(3), strict=True)
    ]  # fmt: skip
    found = results(module(*floats))
    if name in WITHOUT_GRADIENTS:
        assert not any(item.requires_grad for item in found)
    elif name in OTHER_GRADIENTS:
        return
    elif not any(item.requires_grad for item in floats):
        assert found[0].requires_grad, "its weights learn"
    else:
        weights = dict(module.named_parameters())

        def learned(*given: torch.Tensor) -> tuple[torch.Tensor, ...]:
            torch.manual_seed(1)  # each time the same is left out, or drawn
            held = dict(zip(weights, given, strict=False))
            found = torch.func.functional_call(module, held, given[len(held) :])
            return tuple(item for item in results(found) if item.requires_grad)

        for training in (False, True) if sum(item.numel() for item in weights.values()) < MANY else (False,):
            module.train(training)
            assert torch.autograd.gradcheck(learned, (*weights.values(), *floats), fast_mode=True), training


def test_gradients_that_are_others_on_purpose():
    for name, wanted in (("straight_through", 1.0), ("gradient_reversal", -1.0)):
        program, arriving = compiled(name, {})
        (x,) = arriving(2)
        x.requires_grad_()
        program.module()(x).sum().backward()
        assert torch.equal(x.grad, torch.full_like(x, wanted))
    rounded = compiled("straight_through", {})
    (x,) = rounded[1](2)
    assert set(rounded[0].module()(x).unique().tolist()) == {0.0, 1.0}


NOT_IN_ONNX = {"binary_cross_entropy": "between 0 and 1"}  # what is compared is drawn from the normal distribution
FEWER = {"transformer": {"num_encoder_layers": 2, "num_decoder_layers": 2}}
"""Of what an export has to do six times over, twice says as much."""
TOGETHER = 20
"""Operators that are exported in one file: most of the time goes into each export, not into its nodes."""


def refusal(name: str, options: dict) -> str | None:
    """Return what an export of an operator alone is refused with, None where it is not."""
    operator = OPERATORS[name]
    if operator.random:
        return "draws other numbers each time"
    if not operator.onnx:
        return "cannot be said in ONNX"
    if operator.category == "Fourier":  # no other gives complex numbers, or the export of all would fail
        program, _ = compiled(name, options)
        if any(kind.dtype.startswith("complex") for kind in program.analysis.nodes["it"].outputs.values()):
            return "complex numbers"
    lost = [option for option in operator.unsaid if option in options]
    return f"cannot say its {lost[0].replace('_', ' ')} in ONNX" if lost else NOT_IN_ONNX.get(name)


REFUSED = [(*case, words) for case in INNER if (words := refusal(*case)) is not None]
EXPORTED = [case for case in INNER if case not in [(name, options) for name, options, _ in REFUSED]]
GROUPS = [EXPORTED[first : first + TOGETHER] for first in range(0, len(EXPORTED), TOGETHER)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0][0]} to {group[-1][0]}")
def test_onnx_agrees(group, tmp_path):
    graph, numbers = Graph(), count(1)
    graph.put("info", Info("Sweep"))
    for name, options in group:
        place(graph, OPERATORS[name], FEWER.get(name, {}) | options, f"it{next(numbers)}_{name}")
    result = export(compile_graph(graph), tmp_path / "it.onnx", None)
    assert result["max_relative_difference"] <= 1e-4
    assert result["batches"] in ([1, 2, 5], [1])


@pytest.mark.parametrize(("name", "options", "words"), REFUSED, ids=str)
def test_what_onnx_cannot_say_is_refused_by_name(name, options, words, tmp_path):
    program, _ = compiled(name, options)
    with pytest.raises(ExportError, match=words) as caught:
        export(program, tmp_path / "it.onnx", None)
    assert not (tmp_path / "it.onnx").exists()
    if name not in NOT_IN_ONNX:
        assert caught.value.node is not None


@pytest.mark.parametrize(("name", "options"), INNER, ids=str)
def test_it_draws_other_numbers_only_where_it_says_so(name, options):
    program, arriving = compiled(name, options)
    module, values = program.module().eval(), arriving(3)
    first, second = (results(module(*values)) for _ in range(2))
    assert all(map(torch.equal, first, second)) != OPERATORS[name].random


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_it_survives_the_file(name, options):
    if OPERATORS[name].role in ("input", "output"):
        graph = Graph()
        graph.put("nodes.it", Node("it", name, options))
    else:
        graph = around(OPERATORS[name], options)
    assert read_text(write_text(graph)) == graph


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
    ("chunk", {"chunks": 4}, IMAGE, "x", "6 has no 4 equal parts"),
    ("split_with_sizes", {"split_sizes": (2, 3)}, IMAGE, "x", "6 cannot be divided into 2 and 3"),
    ("split_with_sizes", {"split_sizes": (4, -1, 2)}, IMAGE, "x", "6 cannot be divided into 4 and -1 and 2"),
    ("split_with_sizes", {"split_sizes": (-1, -1)}, IMAGE, None, "At most one size can be -1"),
    ("split_with_sizes", {"split_sizes": (0, -1)}, IMAGE, None, "A part cannot be empty"),
    ("unbind", {"places": 4}, IMAGE, "x", "has 6 places, not 4"),
    ("select", {"dim": 4}, IMAGE, "x", "no dimension 4"),
    ("select", {"index": 6}, IMAGE, "x", "no place 6 in a dimension of 6"),
    ("center_crop", {}, ("N", 6, 12, 9), "x", "cannot be cut to 12"),
    ("pad_channels", {"channels": 5}, IMAGE, "x", "6 channels arrive, more than 5"),
    ("class_token", {}, IMAGE, "x", "batch × place × feature"),
    ("view", {"size": (-1, 7)}, IMAGE, "x", "elements cannot be shaped -1×7"),
    ("view", {"size": (-1, -1)}, IMAGE, None, "one of them may be -1"),
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
    graph = around(OPERATORS[name], options)
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
    graph = around(OPERATORS[name], options)
    states = ["h", "c"] if name == "lstm" else ["h"]
    for port in states:
        graph.put(f"nodes.{port}0", Node(f"{port}0", "input", {"shape": (4, "N", 7)}))
        graph.put(f"wires.it.{port}", Output(f"{port}0"))
    program = compile_graph(graph)
    info = program.analysis.nodes["it"]
    assert [kind.shape for kind in info.outputs.values()] == [("N", 5, 14), *[(4, "N", 7)] * len(states)]
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[name]
    assert program.analysis.multiply_adds("it", 3) == 3 * 5 * 2 * gates * 7 * (6 + 7 + 14 + 7)
    module = program.module()
    hand = kind(6, 7, 2, batch_first=True, bidirectional=True)
    hand.load_state_dict(module.it.state_dict())
    given = {"it_x0": torch.randn(3, 5, 6), **{f"{port}0": torch.randn(4, 3, 7) for port in states}}
    found = dict(zip(program.results, module(*(given[item] for item in program.inputs)), strict=True))
    out, last = hand(given["it_x0"], (given["h0"], given["c0"]) if name == "lstm" else given["h0"])
    assert torch.equal(found["it_result"], out)
    hidden = last[0] if name == "lstm" else last
    assert torch.equal(found["it_result1_hidden"], hidden)
    if name == "lstm":
        assert torch.equal(found["it_result2_cell"], last[1])
        graph.put("wires.it.c", None)
        (problem,) = Inference(KNOWN).analyse(graph).problems
        assert "both" in problem.message
