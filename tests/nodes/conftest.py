"""The table of the sweep: ``python -m pytest tests/nodes --table`` prints what holds of each operator."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

COLUMNS = {
    "documented": "test_it_is_documented",
    "names": "test_names_and_defaults_are_torchs",
    "shapes": "test_inferred_shapes_are_the_real_ones",
    "any sizes": "test_what_is_accepted_can_be_computed",
    "types": "test_types_that_inference_accepts_can_be_computed",
    "parameters": "test_promised_parameters_are_the_real_ones",
    "source": "test_what_is_printed_runs_by_itself",
    "gradient": "test_gradients_flow_where_they_can",
    "file": "test_it_survives_the_file",
    "onnx": "test_onnx_agrees|test_what_onnx_cannot_say_is_refused_by_name",
}
"""What is looked at, and by which tests. Names are those of torch.nn, where that has such a layer."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", action="store_true", help="print what holds of each operator")


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if not config.getoption("--table"):
        return
    from grapheditor.catalog import catalog

    known = catalog().operators
    failed: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[str]] = defaultdict(set)
    refused: set[str] = set()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            found = re.match(r".*::(\w+)\[(.*)\]$", report.nodeid)
            column = next((name for name, tests in COLUMNS.items() if found and re.fullmatch(tests, found[1])), None)
            if found is None or column is None:
                continue
            names = re.findall(r"\w+", found[2])
            first, last = names[0], names[-1] if found[1] == "test_onnx_agrees" else names[0]
            for name in _between(list(known), first, last) if column == "onnx" and first != last else [first]:
                (seen if outcome == "passed" else failed)[name].add(column)
            if found[1].startswith("test_what_onnx"):
                refused.add(first)
    write = terminalreporter.write_line
    write("")
    write(f"{'operator':32}" + "".join(f"{name:>12}" for name in COLUMNS))
    for name in known:
        cells = []
        for column in COLUMNS:
            word = "FAILED" if column in failed[name] else "yes" if column in seen[name] else "-"
            cells.append("refused" if column == "onnx" and name in refused and word == "yes" else word)
        write(f"{name:32}" + "".join(f"{cell:>12}" for cell in cells))
    write("")
    for name, why in catalog().nodes.absent.items():
        write(f"torch.nn.{name} is none: {why}")
    write(f"{len(known)} operators, {len(refused)} of which ONNX or its exporter cannot say, in part or at all")


def _between(names: list[str], first: str, last: str) -> list[str]:
    if first not in names or last not in names:
        return [first]
    return names[names.index(first) : names.index(last) + 1]
