"""The verb ``predict``: what a run's network says of new images, rows, texts and arrays."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.authoring.names import plural
from grapheditor.cli import FILES, FINE, USAGE, VerbError
from grapheditor.command.progress import Counted
from grapheditor.command.shared import (
    device_argument,
    is_graph,
    learned_arguments,
    run_of,
    sentences,
    trust_argument,
    trust_run,
    whole,
)

if TYPE_CHECKING:
    import argparse

    from grapheditor.training.predict import Prediction, Predictor

ENDINGS = (".csv", ".json", ".npz")
MOST_VALUES = 8
"""So many numbers of a result are printed; a file has all."""


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    learned_arguments(part)
    part.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="images, sounds, tables (.csv), texts, arrays (.npy, .npz), or folders of them",
    )
    part.add_argument("-o", dest="output", type=Path, metavar="OUT", help="OUT.csv, OUT.json or OUT.npz")
    part.add_argument("--top", type=whole(1, 1000), default=1, metavar="K", help="name the K likeliest classes (1)")
    part.add_argument("--batch", type=whole(1, 10**6), metavar="N", help="how many samples are computed together")
    device_argument(part)
    trust_argument(part)


def run(given: argparse.Namespace) -> int:
    """Predict; what cannot be read is named, and the others go on."""
    if given.output is not None and given.output.suffix.lower() not in ENDINGS:
        raise VerbError(f"The name must end in {', '.join(ENDINGS)}.", USAGE, given.output)
    folder = run_of(given)
    if is_graph(Path(given.run_named)) and not given.json:
        print(f"The newest run is {folder}.", file=sys.stderr)
    trust_run(folder, trust=given.trust)
    found: list[Prediction] = []
    problems: list[str] = []
    with sentences(folder):
        from grapheditor.data.incoming import incoming
        from grapheditor.errors import DataError
        from grapheditor.training.predict import Predictor

        predictor = Predictor(folder, given.which, given.device or "cpu", given.batch)
        show = Counted(0, "samples", quiet=given.json)
        for item in predictor(incoming(given.files, predictor.fields)):
            if isinstance(item, DataError):
                problems.append(item.message)
                show.line.say(item.message)
            else:
                found.append(item)
                show(len(found))
        show.line.end()
    records = [_record(item, predictor, given.top) for item in found]
    if given.output is not None:
        _write(given.output, found, records, predictor)
    if given.json:
        print(json.dumps({"run": str(folder), "predictions": records, "problems": problems}))
    elif given.output is None:
        for record in records:
            said = (_words(record[name], predictor.called(name)) for name in predictor.results)
            print(f"{record['sample']}: {'; '.join(said)}")
    else:
        print(f"{given.output} written: {plural(len(records), 'sample')}.")
    if problems and not given.json:
        print(f"{len(problems):,} could not be read.", file=sys.stderr)
    return FILES if problems else FINE


def _record(item: Prediction, predictor: Predictor, top: int) -> dict[str, Any]:
    """Return a prediction as JSON: the likeliest classes, the share of each class in a mask, or the values."""
    record: dict[str, Any] = {"sample": item.name}
    for name, value in item.results.items():
        classes = predictor.classes.get(name)
        if classes is None:
            record[name] = _plain(value.tolist())
        elif value.ndim == 1:
            order = value.argsort()[::-1][:top].tolist()
            record[name] = [{"class": _named(classes, i), "probability": float(value[i])} for i in order]
        else:
            said = value.argmax(0)
            shares = [(float((said == i).mean()), i) for i in range(len(value))]
            record[name] = [
                {"class": _named(classes, i), "share": share} for share, i in sorted(shares, reverse=True) if share
            ]
    return record


def _plain(value: Any) -> Any:
    """Return numbers as JSON can have them: what is not finite is null."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _named(classes: tuple[str, ...], number: int) -> str:
    """A network may have more scores than there are classes."""
    return classes[number] if number < len(classes) else str(number)


def _words(value: Any, name: str) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ", ".join(f"{item['class']} {item.get('probability', item.get('share')):.1%}" for item in value)
    flat = _flat(value)
    shown = ", ".join("not finite" if number is None else f"{number:.6g}" for number in flat[:MOST_VALUES])
    return f"{name} {shown}" + (f", … ({len(flat):,} numbers)" if len(flat) > MOST_VALUES else "")


def _flat(value: Any) -> list[float | None]:
    return [number for item in value for number in _flat(item)] if isinstance(value, list) else [value]


def _write(path: Path, found: list[Prediction], records: list[dict[str, Any]], predictor: Predictor) -> None:
    from grapheditor.graph import FileError
    from grapheditor.graph.disk import replace_file

    ending = path.suffix.lower()
    try:
        if ending == ".json":
            data = (json.dumps(records, indent=1) + "\n").encode()
        elif ending == ".csv":
            data = _table(records, predictor).encode()
        else:
            data = _arrays(found, predictor)
        replace_file(path, data)
    except FileError as error:
        raise VerbError(error.message, FILES, path) from error


def _table(records: list[dict[str, Any]], predictor: Predictor) -> str:
    """Return CSV: a row a sample; of classes name and probability, of values a column each."""
    rows = []
    for record in records:
        row: dict[str, Any] = {"sample": record["sample"]}
        for name in predictor.results:
            value = record[name]
            if name in predictor.classes:
                for place, item in enumerate(value, 1):
                    mark = "" if place == 1 else f"_{place}"
                    row |= {f"{name}_{key}{mark}": number for key, number in item.items()}
            else:
                flat = _flat(value)
                row |= {name: flat[0]} if len(flat) == 1 else {f"{name}_{i}": item for i, item in enumerate(flat)}
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["sample"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _arrays(found: list[Prediction], predictor: Predictor) -> bytes:
    """Return a .npz file: what each sample is called, an array for each result, and the names of classes."""
    import numpy as np

    arrays: dict[str, Any] = {"sample": np.asarray([item.name for item in found], np.str_)}
    for name in predictor.results:
        values = [item.results[name] for item in found]
        if len({value.shape for value in values}) > 1:
            raise VerbError(f"{name} has another shape for each sample; write JSON.", USAGE)
        arrays[name] = np.stack(values) if values else np.zeros(0, np.float32)
    arrays |= {f"{name}_classes": np.asarray(classes, np.str_) for name, classes in predictor.classes.items()}
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    return data.getvalue()
