"""Reads the metrics of a run, also of one that goes on: each time what is new, into arrays.

A damaged line is left out and named, not refused: nothing that a run decides depends on its metrics, and a curve with
a gap is worth more than none. A last line without its end is not there yet.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from grapheditor.runs.errors import RunError
from grapheditor.runs.metrics import METRICS, WIDTH
from grapheditor.runs.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLOCK = 4 * 2**20
LONGEST_LINE = 64 * 2**20
MOST_SERIES = 1_000
BETTER_WHEN_LESS = ("loss", "error", "perplexity")
"""What is in the names of metrics of which less is better."""
SHARES = ("top5", "f1", "precision", "recall", "auroc", "average_precision", "iou", "calibration_error")
"""Metrics that are shares, as grapheditor.training.metrics has them; so is every accuracy."""
LONGEST_NAME = 200
LAST_STEP = 2**53
MOST_DAMAGE = 100
"""Lines that are named."""
_MARK = secrets.token_hex(4)
"""Stands for numbers that were taken out of a line; no file knows it."""
WORTH_IT = 8 * WIDTH
"""Bytes from which on numbers are not left to the JSON reader."""


class Reader:
    """The metrics of a run so far.

    steps: series of steps, by name. epochs: series of epochs, by name, at the step that each ended with; among them
    ``epoch``, its number. damaged: the numbers of lines that could not be read, the first hundred. behind: the last
    reading ended at its limit, and there is more.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / METRICS
        self._forget()

    def _forget(self) -> None:
        self.steps: dict[str, Series] = {}
        self.epochs: dict[str, Series] = {}
        self.damaged: list[int] = []
        self.behind = False
        self._offset = self._line = 0
        self._skipping = False

    def read(self, most: int | None = None) -> bool:
        """Read what is new; tell whether anything was. RunError where the file cannot be read.

        most: about so many bytes, for callers who must not be held up; call again while it returns True.
        """
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                if size < self._offset:  # somebody put another file there
                    self._forget()
                begun = self._offset
                self.behind = False
                for block in self._blocks(file):
                    self._take(block)
                    if most is not None and self._offset - begun >= most:
                        self.behind = True
                        break
        except FileNotFoundError:
            return False
        except OSError as error:
            raise RunError(f"{self.path}: the metrics cannot be read: {error.strerror}.") from error
        return self._offset > begun

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """Return whole lines, some megabytes at a time."""
        file.seek(self._offset)
        kept = b""
        while data := file.read(BLOCK):
            end = data.rfind(b"\n") + 1
            if not end:
                kept += data
                if len(kept) > LONGEST_LINE:  # no line: what follows up to its end is left out
                    self._offset += len(kept)
                    self._skipping, kept = True, b""
                continue
            block, kept = kept + data[:end], data[end:]
            self._offset += len(block)
            if self._skipping:
                self._skipping = False
                _, _, block = block.partition(b"\n")
                self._name_damage()
            yield block

    def _take(self, block: bytes) -> None:
        lines = block.split(b"\n")[:-1]
        try:
            changes = _changes(_quickly(lines), self._known)
        except ValueError:
            self._take_slowly(lines)
            return
        self._line += len(lines)
        self._apply(changes)

    def _take_slowly(self, lines: list[bytes]) -> None:
        """Take one line after the other, to find those that are damaged."""
        for line in lines:
            try:
                changes = _changes([_parse(line)], self._known)
            except ValueError:
                self._name_damage()
            else:
                self._line += 1
                self._apply(changes)

    def _name_damage(self) -> None:
        self._line += 1
        if len(self.damaged) < MOST_DAMAGE:
            self.damaged.append(self._line)

    def _known(self) -> set[str]:
        return self.steps.keys() | self.epochs.keys()

    def _apply(self, changes: Iterable[_Stretch | int]) -> None:
        for change in changes:
            if isinstance(change, int):
                for series in (*self.steps.values(), *self.epochs.values()):
                    series.cut(change)
                continue
            group = self.epochs if change.of_epochs else self.steps
            if change.name not in group:
                group[change.name] = Series()
            count = len(change.array)
            steps = change.first + 1 + change.every * np.arange(count, dtype=np.int64)
            group[change.name].append(steps, change.array)


def best_of(name: str, series: Series) -> tuple[float, int]:
    """Return the best value of a metric and its step: the least of a loss, the greatest of all else."""
    values = series.values
    less = any(word in name for word in BETTER_WHEN_LESS)
    signed = np.where(np.isnan(values), np.inf, values if less else -values)
    at = int(signed.argmin())
    return float(values[at]), int(series.steps[at])


def is_share(name: str) -> bool:
    """Tell whether a metric is a share, which is written as per cent. name: with its part of the data or without."""
    bare = name.partition("_")[2] if name.startswith(("train_", "validation_", "test_")) else name
    return "accuracy" in bare or bare.rpartition(".")[2] in SHARES


@dataclass(slots=True)
class _Stretch:
    """Values of a series at steps that follow each other."""

    name: str
    first: int
    every: int = 1
    of_epochs: bool = False
    numbers: list[float | None] = field(default_factory=list)
    parts: list[Floats] = field(default_factory=list)
    count: int = 0
    array: Floats = field(init=False)

    def extend(self, numbers: list[float | None] | Floats) -> None:
        self.count += len(numbers)
        if isinstance(numbers, list):
            self.numbers += numbers
        else:
            self._gather()
            self.parts.append(numbers)

    def close(self) -> None:
        self._gather()
        self.array = self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)

    def _gather(self) -> None:
        if self.numbers or not self.parts:
            self.parts.append(_array(self.numbers))
            self.numbers = []


def _changes(values: list[Any], known: Callable[[], set[str]]) -> list[_Stretch | int]:
    """Return what lines say: stretches of series, and steps after which all is cut. ValueError for a damaged one."""
    done: list[_Stretch | int] = []
    open_: dict[str, _Stretch] = {}
    for line in values:
        if not isinstance(line, dict):
            raise ValueError("a line is an object")
        if "values" in line:
            first, every = _whole(line.get("step")), _whole(line.get("every", 1))
            if not every:
                raise ValueError("every 0 steps")
            for name, numbers in _object(line["values"]).items():
                stretch = open_.get(name)
                if not isinstance(numbers, list | np.ndarray):
                    raise ValueError("values are a list")
                if stretch is None or first != stretch.first + stretch.every * stretch.count or every != stretch.every:
                    open_[name] = stretch = _Stretch(name, first, every)
                    done.append(stretch)
                stretch.extend(numbers)
        elif "metrics" in line:
            step = _whole(line.get("step")) - 1
            for name, number in {"epoch": _whole(line.get("epoch")), **_object(line["metrics"])}.items():
                done.append(_Stretch(name, step, of_epochs=True, numbers=[number]))
        elif "resumed" in line:
            done.append(_whole(line["resumed"]))
            open_.clear()
    _check_names({change.name for change in done if isinstance(change, _Stretch)}, known)
    for change in done:
        if isinstance(change, _Stretch):
            change.close()
    return done


def _check_names(names: set[str], known: Callable[[], set[str]]) -> None:
    if any(len(name) > LONGEST_NAME for name in names) or len(names | known()) > MOST_SERIES:
        raise ValueError("more, or longer, names than metrics have")


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LAST_STEP:
        raise ValueError("not a step")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _array(numbers: list[float | None]) -> Floats:
    """Return numbers as an array; ValueError where one is something else."""
    found = np.array(numbers) if numbers else np.empty(0)
    if found.dtype.kind == "O" and all(item is None or type(item) in (int, float) for item in numbers):
        try:
            found = np.array([np.nan if item is None else float(item) for item in numbers])
        except OverflowError as error:
            raise ValueError("a number is too large") from error
    if found.ndim != 1 or found.dtype.kind not in "fiu" or bool in map(type, numbers):
        raise ValueError("not numbers")
    return found.astype(np.float64, copy=False)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _quickly(lines: list[bytes]) -> list[Any]:
    """Read lines all at once; ValueError where any is damaged.

    Long lists of numbers of one width are taken out first: numpy reads them together, some ten times faster than JSON.
    """
    bodies: list[bytes] = []
    values: list[Any] = _parse(b"[" + b",".join([_without_numbers(line, bodies) for line in lines]) + b"]")
    if len(values) != len(lines):
        raise ValueError("one line's end is missing")
    numbers = _numbers(b",".join([*bodies, b""]))
    ends = [0, *np.cumsum([(len(body) + 1) // WIDTH for body in bodies]).tolist()]
    used = 0
    for line in values:
        found: Any = line.get("values") if isinstance(line, dict) else None
        for name, place in found.items() if isinstance(found, dict) else ():
            if isinstance(place, str):
                if used == len(bodies) or place != f"{_MARK}{used}":
                    raise ValueError("values are a list")
                found[name] = numbers[ends[used] : ends[used + 1]]
                used += 1
    return values


def _without_numbers(line: bytes, bodies: list[bytes]) -> bytes:
    """Take the long lists out of a line; where each was stands, as a text, which one it is."""
    if len(line) < WORTH_IT:
        return line
    parts = line.split(b"[")
    for i, part in enumerate(parts[1:], 1):
        body, closed, rest = part.partition(b"]")
        if closed and len(body) >= WORTH_IT - 1 and (len(body) + 1) % WIDTH == 0:
            parts[i] = f'"{_MARK}{len(bodies)}"'.encode() + rest
            bodies.append(body)
        else:
            parts[i] = b"[" + part
    return b"".join(parts)


def _numbers(text: bytes) -> Floats:
    """Read numbers such as ``-6.93147182e-01,``, each with a comma behind it; ValueError where one looks otherwise."""
    signs = np.frombuffer(text, np.uint8).reshape(-1, WIDTH)
    found = np.empty(len(signs))
    for start in range(0, len(signs), 2**15):  # as much as stays near the processor
        found[start : start + 2**15] = _numbers_near(signs[start : start + 2**15])
    return found


def _numbers_near(signs: NDArray[np.uint8]) -> Floats:
    digits = signs[:, _DIGITS] - np.uint8(ord("0"))
    minus, less = signs[:, 0] == ord("-"), signs[:, 12] == ord("-")
    if (
        (digits > 9).any()
        or not (signs[:, _POINTS] == _MARKS).all()
        or not (minus | (signs[:, 0] == ord(" "))).all()
        or not (less | (signs[:, 12] == ord("+"))).all()
    ):
        raise ValueError("not numbers of one width")
    parts = digits.astype(np.float64) @ _PLACES
    whole, power = parts[:, 0], np.where(less, -parts[:, 1], parts[:, 1]) - 8
    tens = _TENS[np.abs(power).astype(np.intp)]
    found: Floats = np.where(power < 0, whole / tens, whole * tens)
    for i in np.flatnonzero(np.abs(power) > 22):  # where powers of ten are not exact
        found[i] = abs(float(signs[i, : WIDTH - 1].tobytes()))
    np.negative(found, out=found, where=minus)
    return found


_DIGITS = [1, *range(3, 11), 13, 14]
_POINTS = [2, 11, 15]
_MARKS = np.frombuffer(b".e,", np.uint8)
_PLACES = np.zeros((11, 2))
_PLACES[:9, 0] = 10.0 ** np.arange(8, -1, -1)
_PLACES[9:, 1] = (10.0, 1.0)
_TENS = np.array([float(f"1e{power}") for power in range(120)])
