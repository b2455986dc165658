from __future__ import annotations

import keyword

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.graph import Graph, Input, Node, Output, check_connect
from grapheditor.graph import checks as c
from grapheditor.graph.arithmetic import SizeError, evaluate, names, parse, show
from grapheditor.graph.names import MODULE_ATTRIBUTES, fresh, natural, refusal


def chain(*operators):
    graph = Graph()
    for i, operator in enumerate(operators):
        graph.put(f"nodes.n{i}", Node(f"n{i}", operator))
        if i:
            graph.put(f"wires.n{i}.x", Output(f"n{i - 1}"))
    return graph


@pytest.mark.parametrize(
    ("start", "end", "error", "words"),
    [
        (Output("n0"), Input("n9", "x"), c.NoSuchNodeError, "no node n9"),
        (Output("n0", "hidden"), Input("n2", "x"), c.NoSuchPortError, "no output hidden"),
        (Output("n0"), Input("n2", "weight"), c.NoSuchPortError, "no input weight"),
        (Output("n0"), Input("n2", "x", 0), c.NotARepeatingPortError, "one wire"),
        (Output("n0"), Input("n3", "xs"), c.NotARepeatingPortError, "any number of wires"),
        (Output("n1"), Input("n1", "x"), c.SelfLoopError, "its own result"),
        (Output("n0"), Input("n2", "x"), c.PortTakenError, "already has a wire, from n1"),
        (Output("n2"), Input("n1", "x"), c.PortTakenError, "already has"),
    ],
)
def test_each_reason_to_refuse_a_wire_has_a_name(known, start, end, error, words):
    graph = chain("input", "relu", "relu")
    graph.put("nodes.n3", Node("n3", "concatenate"))
    with pytest.raises(error, match=words):
        check_connect(graph, known.of, start, end)


def test_a_cycle_is_refused_even_where_a_wire_would_make_way(known):
    with pytest.raises(c.CycleError, match="would close a cycle"):
        check_connect(chain("relu", "relu", "relu"), known.of, Output("n2"), Input("n0", "x"), replace=True)


def test_a_possible_wire_is_not_refused(known):
    graph = chain("input", "relu")
    graph.put("nodes.n2", Node("n2", "add"))
    check_connect(graph, known.of, Output("n1"), Input("n2", "y"))


def test_find_cycle_names_its_nodes():
    graph = chain("relu", "relu", "relu")
    graph.put("wires.n0.x", Output("n2"))
    assert sorted(c.find_cycle(graph)) == ["n0", "n1", "n2"]


def test_every_attribute_of_a_module_is_reserved():
    public = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert public <= MODULE_ATTRIBUTES
    for name in public | set(keyword.kwlist):
        assert refusal(name)


def test_ids_count_on():
    assert fresh("conv", {"conv1", "conv2"}) == "conv3"
    assert fresh("conv2", {"conv2"}) == "conv3"
    assert fresh("image", set()) == "image1"
    assert sorted(["conv10", "conv2", "bn"], key=natural) == ["bn", "conv2", "conv10"]


@given(st.integers(1, 50), st.integers(1, 50))
def test_arithmetic_is_pythons(n, w):
    text = "(N + 2*w - 3)//2 + w**2 % 7"
    assert evaluate(parse(text), {"N": n, "w": w}) == (n + 2 * w - 3) // 2 + w**2 % 7


@pytest.mark.parametrize(
    "text", ["32*h", "(N + 1)//2", "N - (w - 1)", "2**N", "-N + 3", "N*(w + 1)%5", "a - b - c", "a//(b//c)"]
)
def test_shown_arithmetic_reads_back(text):
    term = parse(text)
    values = {name: 20 - 7 * i for i, name in enumerate(sorted(names(term)))}
    assert evaluate(parse(show(term)), values) == evaluate(term, values)


@pytest.mark.parametrize(
    "text",
    ["", "N +", "f(N)", "N.real", "1e999", "[1]", "{1}", "lambda: 1", "1 < N < 3", "b'a'", "1j", "N is 1", "~N", "N @ 2", "(N := 3)", "f'{N}'", "__import__('os')", "1" * 300, "((" * 80],
)  # fmt: skip
def test_what_is_not_arithmetic_is_refused(text):
    with pytest.raises(SizeError):
        parse(text)


@pytest.mark.parametrize("text", ["2**2**20", "9**99", "N//0", "N**40", "M", f"{2**61}*4"])
def test_values_out_of_bounds_are_refused(text):
    with pytest.raises(SizeError):
        evaluate(parse(text), {"N": 7})


def test_a_comment_does_not_survive_printing():
    assert show(parse("width # x")) == "width"
