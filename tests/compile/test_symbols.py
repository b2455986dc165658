from __future__ import annotations

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.symbols import ALWAYS, CHECKS, choices, enough, fit, points
from grapheditor.graph import Graph, Node, Output
from grapheditor.graph.arithmetic import evaluate, parse, show

N = points(choices([("N", 3)]))
NT = points(choices([("N", "T")]))
NHW = points(choices([("N", 3, "32*h", "32*w")]))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (N, "7"),
        (N, "N"),
        (N, "2*N"),
        (N, "3*N + 5"),
        (N, "196*N - 4"),
        (NT, "T"),
        (NT, "N*T"),
        (NT, "4*N*T + 2*N - T + 9"),
        (NHW, "7*h"),
        (NHW, "h*w"),
        (NHW, "49*h*w + 1"),
        (N, "N*N"),
        (NT, "12*N*T*T"),
        (NT, "T//2"),
        (NT, "(T + 1)//2"),
        (NT, "(3*T - 1)//2"),
    ],
)
def test_an_expression_is_found_from_its_values(at, text):
    term = parse(text)
    found = fit(at, [evaluate(term, point) for point in at])
    assert found is not None
    for n, t in ((1, 17), (40, 1001), (9, 250)):
        values = {"N": n, "T": t, "h": n, "w": t}
        assert evaluate(found, values) == evaluate(term, values), show(found)


@pytest.mark.parametrize("values", [lambda p: p["N"] ** 2 + 1, lambda p: p["N"] % 3 + p["N"], lambda p: 2 ** p["N"]])
def test_what_is_no_known_form_is_not_offered(values):
    assert fit(N, [values(point) for point in N]) is None


def test_an_ambiguous_division_is_not_offered():
    wrong = [(point["T"] - 16) // 3 // 2 for point in NT]
    found = fit(NT, wrong)
    assert found is None or all(evaluate(found, {"N": 2, "T": t}) == (t - 16) // 3 // 2 for t in range(40, 200))


@pytest.mark.parametrize("count", [4, 5, 11])
def test_many_symbols_are_told_apart(count):
    names = [f"S{i}" for i in range(count)]
    at = points(choices([(name, 4) for name in names]))
    assert len(at) >= (count + 1) + CHECKS
    for name in names:
        assert len({point[name] for point in at}) == len(at)
        found = fit(at, [4 * point[name] for point in at])
        assert found is not None
        assert show(found) == f"4*{name}"
    total = fit(at, [sum(point.values()) for point in at])
    assert total is not None
    assert evaluate(total, dict.fromkeys(names, 5)) == 5 * count


def test_points_leave_enough_to_check_with():
    assert len(N) == 2 + CHECKS
    assert len(NT) >= 4 + CHECKS
    assert len(NHW) >= 7 + CHECKS
    assert all(point["N"] >= 2 for point in N + NT + NHW)
    assert points(choices([(3, 4)])) == [{}]


@pytest.mark.parametrize(
    ("shape", "rows", "wanted"),
    [
        (("N", "T"), [("embedding", {}), ("position_embedding", {"length": 8})], ("N", "T", 64)),
        (("N", 3, "H", "H"), [("conv2d", {"out_channels": 4, "kernel_size": 200})], ("N", 4, "H - 199", "H - 199")),
        (("N", 3, "H", 20), [("conv2d", {"out_channels": 4, "kernel_size": 3})], ("N", 4, "H - 2", 18)),
        (
            ("N", 3, "H", "W"),
            [("conv2d", {"kernel_size": 16, "stride": 16}), ("flatten", {"start_dim": 2})],
            ("N", 32, "H//16*(W//16)"),
        ),
        (
            ("N", 3, "H", "W"),
            [("conv2d", {"kernel_size": 3, "stride": 2, "padding": 1})] * 5,
            ("N", 32, "(H + 31)//32", "(W + 31)//32"),
        ),
        (
            ("N", 3, "H", "W"),
            [
                ("conv2d", {"kernel_size": 11, "stride": 4, "padding": 2}),
                *[("max_pool2d", {"kernel_size": 3, "stride": 2})] * 3,
            ],
            ("N", 32, "(H - 31)//32", "(W - 31)//32"),
        ),
        (
            ("N", 3, "H", 90),
            [
                ("conv2d", {"kernel_size": 3}),
                ("max_pool2d", {"kernel_size": 3}),
                ("conv2d", {"kernel_size": 5}),
                ("max_pool2d", {"kernel_size": 2}),
            ],
            ("N", 32, "(H - 14)//6", 12),
        ),
    ],
)
def test_sizes_are_tried_that_suit_the_network(shape, rows, wanted):
    graph = Graph()
    dtype = "int64" if len(shape) == 2 else "float32"
    graph.put("nodes.x", Node("x", "input", {"shape": shape, "dtype": dtype}))
    last = "x"
    for i, (operator, options) in enumerate(rows):
        graph.put(f"nodes.n{i}", Node(f"n{i}", operator, options))
        graph.put(f"wires.n{i}.x", Output(last))
        last = f"n{i}"
    analysis = Inference(catalog()).analyse(graph)
    assert not analysis.problems
    assert analysis.nodes[last].outputs["out"].shape == wanted
    for node in analysis.nodes.values():
        assert node.multiply_adds.term is not None
        assert node.activation_bytes.term is not None


def test_the_first_points_are_enough_for_what_depends_on_some_symbols_only():
    known = choices([("N", 3, "H", "W"), ("N", "T")], counted=["count"])
    at = points(known)
    assert len(at) == enough(known) > max(enough({name: values}) for name, values in known.items())
    for name, values in known.items():
        sizes = [point[name] for point in at[: enough({name: values})]]
        assert len(set(sizes)) == len(sizes) == enough({name: values}) >= 2 + CHECKS
        assert {*ALWAYS.get(values, ())} <= {*sizes}
    assert enough({}) == 1


def test_an_operator_is_recorded_at_the_points_that_its_own_symbols_need():
    graph = Graph()
    for name, shape in (("x", ("N", 8)), ("y", ("N", 3, "H", "W"))):
        graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape}))
    for name, operator, start in (("narrow", "linear", "x"), ("wide", "conv2d", "y"), ("half", "max_pool2d", "y")):
        graph.put(f"nodes.{name}", Node(name, operator))
        graph.put(f"wires.{name}.x", Output(start, "out"))
    found = Inference(catalog()).analyse(graph)
    assert not [item for item in found.problems if item.severity == "error"]
    counts = {name: len(info.recordings) for name, info in found.nodes.items()}
    assert counts["narrow"] == 2 + CHECKS < counts["wide"] == counts["half"] == len(found.points)
    alone = Inference(catalog()).analyse(without(graph, "x", "narrow"))
    for name in ("wide", "half"):
        assert found.nodes[name].outputs["out"].dims == alone.nodes[name].outputs["out"].dims
    kind = found.nodes["narrow"].outputs["out"]
    assert kind.sizes == tuple((point["N"], kind.sizes[0][1]) for point in found.points)
    assert found.nodes["narrow"].multiply_adds.values == tuple(
        point["N"] * 8 * kind.sizes[0][1] for point in found.points
    )


def without(graph, *names):
    other = Graph()
    for key, record in graph.records():
        if not any(key.startswith((f"nodes.{name}", f"wires.{name}.")) for name in names):
            other.put(key, record)
    return other
