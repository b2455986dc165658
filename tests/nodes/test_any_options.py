"""Operators with any options and any sizes: what inference accepts can be computed, and has the shape it promised."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from arrivals import around, example
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grapheditor.authoring import Operator, Option
from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, compile_graph
from grapheditor.graph.arithmetic import evaluate, parse

OPERATORS = {name: item for name, item in catalog().operators.items() if item.role not in ("input", "output")}
EXAMPLES = 6
SMALL = {"num_encoder_layers", "num_decoder_layers", "num_layers"}
"""Options of which each one more takes as long as all before."""
EXACT = {"equation", "dtype"}
"""Options that go with what arrives alone, and have their own examples."""


def values_of(option: Option) -> st.SearchStrategy[Any]:
    """Draw values of an option, most of them near those that people choose."""
    low = 0 if option.minimum is None else max(int(option.minimum), -1)
    if option.minimum is None and option.kind == "integer":
        low = -3
    whole = st.integers(low, 2 if option.name in SMALL else 7)
    words = st.sampled_from(option.choices) if option.choices else st.nothing()
    match option.kind:
        case "boolean":
            return st.booleans()
        case "choice":
            return words
        case "integer":
            return words | whole
        case "number":
            highest = 8.0 if option.maximum is None else option.maximum
            lowest = -2.0 if option.minimum is None else option.minimum
            return st.sampled_from([lowest, highest, option.default]) | st.floats(lowest, highest)
        case "pair":
            return words | whole | st.tuples(whole, whole)
        case "triple":
            return words | whole | st.tuples(whole, whole, whole)
        case "shape":
            assert isinstance(option.default, tuple)
            count = len(option.default)
            return st.lists(whole, min_size=max(1, count - 1), max_size=count + 1).map(tuple)
    return st.just(option.default)


@st.composite
def options_of(draw: st.DrawFn, operator: Operator) -> dict[str, Any]:
    chosen = {}
    for option in operator.options:
        if option.name not in EXACT and draw(st.booleans()):
            chosen[option.name] = option.check(draw(values_of(option)))
    return chosen


@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_accepted_can_be_computed(name):
    operator, accepted = OPERATORS[name], 0

    @settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def tried(data: st.DataObject) -> None:
        nonlocal accepted
        accepted += computed(operator, data)

    tried()
    assert accepted, "nothing of what was drawn was accepted, so nothing was computed"


def computed(operator: Operator, data: st.DataObject) -> bool:
    """Compute an operator with options and sizes that are drawn, and compare; return whether they were accepted."""
    options = data.draw(options_of(operator))
    graph = around(operator, options)
    resized = data.draw(st.booleans())
    for node in [item for item in graph.nodes.values() if item.operator == "input" and resized]:
        sizes = node.options["shape"]
        other = tuple(
            size if isinstance(size, str) or i == 0 else data.draw(st.sampled_from([size, size + 1, 2 * size]))
            for i, size in enumerate(sizes)
        )
        graph.put(f"nodes.{node.id}", type(node)(node.id, "input", {**node.options, "shape": other}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = compile_graph(graph)
        except CompileError:
            return False
        found = program.module()(*(_given(program, operator, item) for item in program.inputs))
    for item, port in zip(found if isinstance(found, tuple) else (found,), operator.at(options).outputs, strict=True):
        kind = program.analysis.nodes["it"].outputs[port.name]
        symbols = {"N": 3, "it_count": item.shape[0] if item.ndim else 0}
        assert str(item.dtype) == f"torch.{kind.dtype}"
        assert item.ndim == len(kind.shape)
        for size, promised in zip(item.shape, kind.shape, strict=True):
            if isinstance(promised, int):
                assert size == promised
            elif promised != "?":  # no expression that it knows fits
                assert size == evaluate(parse(promised), symbols)
    return True


def _given(program: Any, operator: Operator, name: str) -> torch.Tensor:
    """Draw what arrives; whole numbers are 0, which is a class, a place and a length of anything."""
    found = example(program, operator, name, 3)
    return found if found.is_floating_point() or found.dtype == torch.bool else torch.zeros_like(found)
