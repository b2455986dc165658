"""About runs: what a runner is told, and what it tells."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from grapheditor.engine.messages.base import Message


class Train(Message):
    """To a runner: train this graph (the text of its file); the run's folder is made in ``folder``.

    home: where relative paths of its data begin. again: the folder of the run that is made again, if it is one. begin:
    the run's folder, or the file, whose weights it begins from; fresh ones where it is empty.
    """

    text: str
    folder: str
    name: str
    device: str = "cpu"
    home: str = ""
    again: str = ""
    begin: str = ""


class CarryOver(Message):
    """To an examiner: say what of the weights of a run, or of a file, this graph (the text of its file) begins from.

    Answered by CarriedOver or Unanswered.
    """

    request: int
    text: str
    place: str


class CarriedOver(Message):
    """From an examiner: what carries over, as a sentence and as shares of tensors and numbers.

    fresh: the paths of the nodes of which a weight is drawn anew.
    """

    request: int
    words: str
    tensors: float
    numbers: float
    fresh: list[str] = field(default_factory=list)


class TakeWeights(Message):
    """To an examiner: keep what carries over of a run's, or a file's, weights into this graph as a run of it.

    folder, name, home: as in Train. Answered by TookWeights or Unanswered.
    """

    request: int
    text: str
    place: str
    folder: str
    name: str
    home: str = ""


class TookWeights(Message):
    """From an examiner: the folder of the run that has the weights now, and what people are to know, as sentences.

    whole: whether all of the network is from there.
    """

    request: int
    run: str
    notes: list[str] = field(default_factory=list)
    whole: bool = True


class Resume(Message):
    """To a runner: go on with a run from its newest whole checkpoint, in its folder.

    device: by default that of before. changes: settings of its recipe that are different from now on, such as epochs.
    """

    run: str
    device: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)


class Stop(Message):
    """To a runner: write a checkpoint after this step and end."""


class Detach(Message):
    """To a runner: go on without a window. Its log goes into the run's folder from then on."""


class Started(Message):
    """From a runner: the run's folder, how long it will be, what its objectives' losses are called, where it begins.

    step: how many steps were made before, by the run that it resumes. notes: what a person should know, as sentences.
    """

    run: str
    epochs: int
    steps_per_epoch: int
    losses: tuple[str, ...] = ("loss",)
    step: int = 0
    notes: tuple[str, ...] = ()


class Steps(Message):
    """From a training to the command line, ten times a second: losses and metrics of the steps since the last one.

    values: name -> one number a step, the objective's loss under ``loss``; None where a step has none of this name.
    rate: samples a second.
    """

    first: int
    values: dict[str, list[float | None]]
    rate: float
    seconds_left: float


class Epoch(Message):
    """From a training to the command line, after each epoch: means over it, by name, such as ``train_loss``."""

    epoch: int
    step: int
    metrics: dict[str, float]


class Finished(Message):
    """From a runner: it ended, all epochs done or stopped. result: as ``grapheditor train --json`` prints it."""

    stopped: bool
    result: dict[str, Any]


class Failed(Message):
    """From a runner or an engine: it cannot go on; a sentence and, where known, the node.

    remedy: settings of the recipe with which a run would go on, such as ``{"batch": 8}``.
    """

    message: str
    node: str | None = None
    details: str = ""
    remedy: dict[str, Any] = field(default_factory=dict)
