"""Layout: nothing overlaps, wires lead with the flow, what belongs together stays together, and chance has no part."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.catalog import catalog
from grapheditor.edit.layout import AHEAD, FRAME, GAP, WIDTH, arrange
from grapheditor.edit.layout.arrange import Task, solve
from grapheditor.edit.layout.layers import layered
from grapheditor.edit.layout.ranks import Ranking, _inversions
from grapheditor.edit.layout.sizes import TALL, height
from grapheditor.graph import Graph, Input, Node, Output

CATALOG = catalog()
FLOWS = ("down", "right")


def drawn(wires, operators=()):
    """Return a graph of nodes n0, n1, ... with wires between pairs of numbers; several into one node are stacked."""
    graph = Graph()
    count = 1 + max((max(wire) for wire in wires), default=-1)
    into = {i: [start for start, end in wires if end == i] for i in range(count)}
    for i, starts in into.items():
        operator = dict(operators).get(i, "input" if not starts else "relu" if len(starts) == 1 else "concatenate")
        graph.put(f"nodes.n{i}", Node(f"n{i}", operator))
    for i, starts in into.items():
        for k, start in enumerate(starts):
            end = Input(f"n{i}", "x") if len(starts) == 1 else Input(f"n{i}", "xs", k)
            graph.put(f"wires.{end}", Output(f"n{start}"))
    return graph


def boxes(graph, places):
    return {name: (x, y, x + WIDTH, y + height(graph, graph.nodes[name], CATALOG)) for name, (x, y) in places.items()}


def check(graph, places, flow):
    """Check that no two cards overlap, and that every wire leads on."""
    found = boxes(graph, places)
    by_top = sorted(found.values(), key=lambda box: box[1])
    for i, box in enumerate(by_top):
        for other in by_top[i + 1 :]:
            if other[1] >= box[3]:
                break
            assert other[0] >= box[2] or other[2] <= box[0], (box, other)
    along = 1 if flow == "down" else 0
    for end, start in graph.wires.items():
        if {end.node, start.node} <= found.keys():
            assert found[start.node][along + 2] + AHEAD[flow] <= found[end.node][along]


graphs = st.integers(1, 24).flatmap(
    lambda count: st.lists(
        st.tuples(st.integers(0, count), st.integers(0, count)).filter(lambda pair: pair[0] < pair[1]),
        unique=True, max_size=40,
    )
)  # fmt: skip


@given(graphs, st.sampled_from(FLOWS))
@settings(max_examples=80, deadline=None)
def test_no_two_cards_overlap_and_wires_lead_with_the_flow(wires, flow):
    graph = drawn(wires)
    check(graph, arrange(graph, CATALOG, flow=flow), flow)


@given(graphs, st.lists(st.sets(st.integers(0, 24), min_size=1, max_size=6), max_size=3), st.sampled_from(FLOWS))
@settings(max_examples=80, deadline=None)
def test_groups_change_nothing_of_that(wires, groups, flow):
    graph = drawn(wires)
    named = {str(i): [f"n{node}" for node in group if f"n{node}" in graph.nodes] for i, group in enumerate(groups)}
    check(graph, arrange(graph, CATALOG, flow=flow, groups=named), flow)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_group_stands_alone_in_its_box(flow):
    """0 feeds two branches that join in 5; 1 and 2 of one branch are a group, beside the longer other one."""
    graph = drawn([(0, 1), (1, 2), (2, 5), (0, 3), (3, 4), (4, 6), (6, 5), (5, 7)])
    places = arrange(graph, CATALOG, flow=flow, groups={"Stem": ["n1", "n2"], "End": ["n5", "n7"]})
    check(graph, places, flow)
    found = boxes(graph, places)
    for group in (("n1", "n2"), ("n5", "n7")):
        edges = [sorted(found[name][i] for name in group) for i in range(4)]
        around = edges[0][0] - FRAME, edges[1][0] - FRAME, edges[2][-1] + FRAME, edges[3][-1] + FRAME
        for name in found.keys() - set(group):
            left, top, right, bottom = found[name]
            assert left >= around[2] or right <= around[0] or top >= around[3] or bottom <= around[1]


def test_groups_that_need_each_other_are_laid_out_together():
    graph = drawn([(0, 1), (1, 2), (2, 3), (3, 4)])
    places = arrange(graph, CATALOG, groups={"A": ["n0", "n2", "n4"], "B": ["n1", "n3"]})
    check(graph, places, "down")
    assert len({x for x, _ in places.values()}) == 1


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_nodes(flow, seed):
    chance = random.Random(seed)
    wires = {(chance.randrange(max(0, i - 15), i), i) for i in range(1, 1000) for _ in range(chance.choice((1, 1, 2)))}
    graph = drawn(sorted(wires))
    check(graph, arrange(graph, CATALOG, flow=flow), flow)


def test_the_order_in_the_file_plays_no_part():
    chance = random.Random(1)
    wires = sorted({(chance.randrange(i), i) for i in range(1, 60) for _ in range(2)})
    graph, other = drawn(wires), Graph()
    for name in sorted(graph.nodes, key=lambda _: chance.random()):
        other.put(f"nodes.{name}", graph.nodes[name])
    for end in sorted(graph.wires, key=lambda _: chance.random()):
        other.put(f"wires.{end}", graph.wires[end])
    assert arrange(graph, CATALOG) == arrange(other, CATALOG)


def test_a_chain_is_one_line_and_a_skip_leaves_it_so():
    graph = drawn([(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (4, 5)])
    for flow, across in (("down", 0), ("right", 1)):
        places = arrange(graph, CATALOG, flow=flow)
        size = {name: (WIDTH, height(graph, node, CATALOG))[across] for name, node in graph.nodes.items()}
        assert len({places[name][across] + size[name] / 2 for name in places}) == 1


def test_branches_that_are_alike_stand_evenly_around_their_fork():
    places = arrange(drawn([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]), CATALOG)
    assert [places[f"n{i}"][0] for i in (1, 2, 3)] == [0.0, WIDTH + GAP, 2 * (WIDTH + GAP)]
    assert places["n0"][0] == places["n4"][0] == WIDTH + GAP


def test_what_is_only_needed_late_stands_late():
    places = arrange(drawn([(0, 1), (1, 2), (2, 3), (4, 5), (5, 3)]), CATALOG)
    assert places["n5"][1] == pytest.approx(places["n2"][1], abs=10)
    assert places["n4"][1] == pytest.approx(places["n1"][1], abs=10)


def test_wires_that_need_not_cross_do_not():
    """Ten chains whose middle parts are a permutation of their beginnings, and a node behind all."""
    there = random.Random(3).sample(range(10), 10)
    wires = [(i, 10 + there[i]) for i in range(10)] + [(10 + i, 20 + i) for i in range(10)]
    ranking = Ranking(layered(31, [(a, b, 0.5, 0.5) for a, b in [*wires, *((20 + i, 30) for i in range(10))]], [30]))
    ranking.sequence[:10] = range(10)
    ranking.rank[:10] = range(10)
    assert ranking.crossings() > 10
    ranking.reduce()
    assert ranking.crossings() == 0


@given(st.lists(st.integers(0, 40), max_size=60))
def test_crossings_are_counted(values):

    assert _inversions(np.array(values, dtype=np.int64)) == sum(a > b for a, b in combinations(values, 2))


def test_parts_that_nothing_joins_stand_side_by_side():
    graph = drawn([(2 * i, 2 * i + 1) for i in range(30)])
    places = arrange(graph, CATALOG)
    check(graph, places, "down")
    wide, long = (max(at[i] for at in places.values()) for i in (0, 1))
    assert 0.5 < wide / long < 4


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        solve(Task(["a", "b"], [52.0, 52.0], [(0, 1, 0.5, 0.5), (1, 0, 0.5, 0.5)]))


def test_below_a_card_with_several_outputs_there_is_room_for_their_names_and_a_shape():
    def gap(outputs, flow="down"):
        task = Task(["a", "b"], [52.0, 52.0], [(0, 1, 0.5, 0.5)], flow, outputs=[outputs, 1])
        at = solve(task)
        return at["b"][1] - at["a"][1] - 52.0 if flow == "down" else at["b"][0] - at["a"][0] - WIDTH

    assert gap(2) - gap(1) == 12
    assert gap(2, "right") == gap(1, "right"), "there names stand beside a shape"
    alike = [(0, 1, 0.5, 0.5), (0, 2, 0.5, 0.5), (1, 3, 0.5, 0.5), (2, 3, 0.5, 0.5)]
    at = solve(Task(list("abcd"), [52.0] * 4, alike, outputs=[1, 2, 1, 1]))
    assert at["a"] == (at["a"][0], 0), "a drawing begins at 0"
    assert at["b"][1] == at["c"][1], "those beside it stand on one line"


def test_nothing_and_a_part():
    graph = drawn([(0, 1), (1, 2), (2, 3)])
    assert arrange(Graph(), CATALOG) == {}
    assert arrange(graph, CATALOG, ["n2", "n3"]) == {"n2": (0.0, 0.0), "n3": (0.0, 34.0 + GAP)}


def test_the_card_of_a_module_has_room_for_what_it_costs():
    graph = catalog().new("resnet18")
    modules = [node for node in graph.nodes.values() if node.operator in graph.modules]
    assert modules
    assert {height(graph, node, catalog()) for node in modules} == {TALL}
