"""What a node gave while a run learned, kept every so many steps: a small picture, or a text, a file in its folder."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grapheditor.graph.disk import replace_file
from grapheditor.runs.errors import RunError
from grapheditor.runs.kept import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OUTPUTS = "outputs"
NAME = re.compile(r"(\d{8,15})\.json")
MOST = 200
"""So many are kept, about: then every second one goes, and only every second further one is made."""
LARGEST = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Output:
    """What a node gave after so many steps: a picture, as grapheditor.training.pictures.Picture has it, or a text."""

    step: int
    node: str
    picture: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


def spacing(every: int, step: int) -> int:
    """Return how many steps lie between two that are kept, of a run that has come to a step: a multiple of every."""
    apart = every
    while step > apart * MOST:
        apart *= 2
    return apart


def write_output(run: Path, output: Output, every: int) -> None:
    """Keep an output; what lies between those that are still kept goes. FileError where the disk does not take it."""
    folder = run / OUTPUTS
    folder.mkdir(exist_ok=True)
    shown = {"text": output.text} if output.text else {"picture": dict(output.picture)}
    record = {"step": output.step, "node": output.node, **shown}
    replace_file(folder / f"{output.step:08}.json", json.dumps(record).encode())
    apart = spacing(every, output.step)
    for step in output_steps(run):
        if step % apart:
            with suppress(OSError):
                (folder / f"{step:08}.json").unlink()


def output_steps(run: Path) -> tuple[int, ...]:
    """Return after which steps an output was kept."""
    try:
        found = [NAME.fullmatch(path.name) for path in (run / OUTPUTS).iterdir()]
    except OSError:
        return ()
    return tuple(sorted(int(match[1]) for match in found if match))


def read_output(run: Path, step: int) -> Output:
    """Return what was kept after a step; RunError where it cannot be read, or is none."""
    path = run / OUTPUTS / f"{step:08}.json"
    values = read_object(path, LARGEST)
    picture, text = values.get("picture", {}), values.get("text", "")
    sound = isinstance(picture, dict) and isinstance(text, str) and bool(picture or text)
    if not sound or values.get("step") != step or not isinstance(values.get("node"), str):
        raise RunError(f"{path}: is damaged; it is no output of a run.")
    return Output(step, values["node"], picture, text)
