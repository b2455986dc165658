"""What an operator was called before: a rename leaves a tombstone where the operator is declared, so old files open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grapheditor.authoring.options import Value


@dataclass(frozen=True, slots=True)
class Former:
    """How files of one format number said what those of the next say otherwise; a change adds one, none is edited.

    until: the last format number in which it was so. id: the operator's id then, where it had another one.
    options, inputs, outputs: name then -> name in the next format. defaults: what an option meant then where nothing
    was written, by its name in the next format; so a new default changes no network that exists. removed: options and
    ports that are no more -> what to do instead, as a sentence; they stay in the file and are a problem there.
    """

    until: int
    id: str = ""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    outputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    defaults: Mapping[str, Value] = field(default_factory=dict, hash=False)
    removed: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """What people look for by torch's name and do not find, with what to take, or why there is none.

    instead: the end of a sentence that begins with ``There is no SyncBatchNorm:``.
    """

    instead: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Removed:
    """An operator that is no more, declared where it stood: its id, and what to use instead, as a sentence."""

    id: str
    instead: str
