"""The verb ``data``: list sources, fetch public ones, preview what one holds."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.cli import FILES, FINE, STOPPED, USAGE, VerbError
from grapheditor.command.progress import Line, bar, clock
from grapheditor.command.shared import source_options

if TYPE_CHECKING:
    from grapheditor.data import Dataset, Source

SHOWN_CLASSES = 12


def arguments(part: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``grapheditor data``."""
    actions = part.add_subparsers(dest="action", metavar="list|fetch|preview", required=True)
    listed = actions.add_parser("list", help="list the data sources", allow_abbrev=False)
    fetched = actions.add_parser("fetch", help="download a public data set", allow_abbrev=False)
    shown = actions.add_parser("preview", help="show fields, parts, statistics and some samples", allow_abbrev=False)
    for item in (fetched, shown):
        item.add_argument("source", metavar="ID", help="a source, as `grapheditor data list` lists them")
    shown.add_argument("-p", dest="option", action="append", default=[], metavar="NAME=VALUE", help="set an option")
    shown.add_argument("--samples", type=_count, default=5, metavar="N", help="how many samples to show (5)")
    shown.add_argument("--seed", type=_count, default=0, metavar="N", help="which ones")
    shown.add_argument(
        "--trust", action="store_true", help="trust the content of a Python file of your own from now on"
    )
    for item in (listed, fetched, shown):
        item.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON value and nothing else"
        )


def run(given: argparse.Namespace) -> int:
    """List, fetch or preview data."""
    actions = {"list": _list, "fetch": _fetch, "preview": _preview}
    return actions[given.action](given)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a whole number from 0")
    return int(text)


def _source(given: argparse.Namespace) -> Source:
    from grapheditor.data.dataset import no_source
    from grapheditor.data.declare import declared

    sources = declared()
    if given.source not in sources:
        raise VerbError(no_source(given.source, sources), USAGE)
    return sources[given.source]


def _list(given: argparse.Namespace) -> int:
    from grapheditor.data.declare import declared

    sources = declared().values()
    if given.json:
        print(json.dumps([source.describe() for source in sources]))
        return FINE
    category = None
    for source in sources:
        if source.category != category:
            category = source.category
            print(f"\n{category}")
        away = "" if source.here else f" (to fetch, {sum(item.bytes for item in source.files) / 1e6:.0f} MB)"
        options = " ".join(f"{option.name}={option.show(option.default)}" for option in source.options)
        print(f"  {source.id:<18} {source.headline}{away}" + (f"\n  {'':<18} {options}" if options else ""))
    return FINE


def _fetch(given: argparse.Namespace) -> int:
    from grapheditor.data.fetch import fetch
    from grapheditor.errors import DataError

    source = _source(given)
    show = _Bar(quiet=given.json)
    try:
        paths = fetch(source, show)
    except DataError as error:
        raise VerbError(error.message, FILES) from error
    except KeyboardInterrupt:
        text = "Stopped; what has come is kept, and gone on with next time."
        raise VerbError(text, STOPPED) from None
    finally:
        show.line.end()
    lines = "\n".join(map(str, paths))
    print(json.dumps({"files": [str(path) for path in paths]}) if given.json else f"{source.title} is here:\n{lines}")
    return FINE


class _Bar:
    """Shows on the standard error how far a file has come."""

    def __init__(self, *, quiet: bool) -> None:
        self.line = Line(quiet=quiet)
        self.began: dict[str, tuple[float, int]] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        """Take how many of how many bytes are there."""
        now = time.monotonic()
        since, first = self.began.setdefault(name, (now, done))
        rate = (done - first) / max(now - since, 1e-3)
        left = clock((total - done) / rate if rate > 0 else 0.0)
        text = f"{name}  {done / 1e6:.1f} of {total / 1e6:.1f} MB  {rate / 1e6:.1f} MB/s  {left} left"
        self.line.show(f"{bar(done, total)} {text}", last=done == total)


def _preview(given: argparse.Namespace) -> int:
    from grapheditor.data import open_data, preview, statistics
    from grapheditor.errors import DataError

    source = _source(given)
    options = source_options(source, given.option)
    try:
        dataset = open_data(source.id, options, Path.cwd(), trust=given.trust)
        found = statistics(dataset)
        samples = preview(dataset, "train", given.samples, given.seed)
    except DataError as error:
        raise VerbError(error.message, FILES) from error
    words = [{name: item["words"] for name, item in sample.items()} for sample in samples]
    if given.json:
        fields = [
            {"name": f.name, "shape": list(f.shape), "dtype": f.dtype, "encoding": f.encoding.describe()}
            for f in dataset.fields
        ]
        parts = {name: part.count for name, part in dataset.parts.items()}
        value = {"title": dataset.title, "licence": source.licence, "fields": fields, "parts": parts}
        print(json.dumps(value | {"notes": list(dataset.notes), "statistics": found, "samples": words}))
        return FINE
    _print(dataset, source, found, words)
    return FINE


def _print(dataset: Dataset, source: Source, found: dict[str, dict[str, Any]], samples: list[dict[str, str]]) -> None:
    parts = ", ".join(f"{name} {part.count:,}" for name, part in dataset.parts.items())
    size = sum(column.nbytes for part in dataset.parts.values() for column in part.columns.values())
    print(f"{dataset.title}: {parts}; {size / 1e6:,.1f} MB once decoded. Licence: {source.licence}.")
    for note in dataset.notes:
        print(f"  {note}")
    for field in dataset.fields:
        shape = "×".join(map(str, ("N", *field.shape)))
        print(f"\n{field.name}  {shape}  {field.dtype}  {field.encoding.kind}")
        numbers = found[field.name]
        if numbers["of"] < numbers["count"]:
            print(f"  from {numbers['of']:,} of {numbers['count']:,} samples:")
        if "balance" in numbers:
            _print_balance(numbers["balance"])
        elif "vocabulary" in numbers:
            print(f"  {numbers['vocabulary']:,} tokens, {numbers['used']:,} of them used")
        elif "columns" in numbers:
            width = max(map(len, numbers["columns"]))
            for name, item in list(numbers["columns"].items())[:SHOWN_CLASSES]:
                print(f"  {name:<{width}}  {_moments(item)}")
            if len(numbers["columns"]) > SHOWN_CLASSES:
                print(f"  and {field.shape[0] - SHOWN_CLASSES:,} more columns")
        elif "mean" in numbers:
            print(f"  {_moments(numbers)}")
    if samples:
        print("\nsamples")
    for sample in samples:
        print("  " + "  |  ".join(f"{name}: {text}" for name, text in sample.items()))


def _moments(numbers: dict[str, float]) -> str:
    names = ("mean", "deviation", "min", "max", "not_finite")
    return ", ".join(f"{name.replace('_', ' ')} {numbers[name]:.5g}" for name in names if name in numbers)


def _print_balance(balance: dict[str, int]) -> None:
    total = sum(balance.values()) or 1
    largest = max(balance.values(), default=1) or 1
    width = max(map(len, balance))
    for name, count in list(balance.items())[:SHOWN_CLASSES]:
        print(f"  {name:<{width}}  {count:>10,}  {count / total:6.1%}  {'█' * round(20 * count / largest)}")
    if len(balance) > SHOWN_CLASSES:
        print(f"  and {len(balance) - SHOWN_CLASSES:,} more classes")
