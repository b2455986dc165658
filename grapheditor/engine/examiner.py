"""A process that looks at what a run has learned and what it learns from.

Examine measures a run, Guess asks it about files and drawings, PreviewData shows samples as they reach a network,
TryOut trains for a moment, CarryOver says what of earlier weights a graph would begin from, and TakeWeights keeps them
as a run of its own.

    python -m grapheditor.engine.examiner

Questions are answered in their order; of several drawings that wait only the newest is looked at. It ends with its
input.
"""

from __future__ import annotations

import base64
import math
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.engine.messages import (
    CarriedOver,
    CarryOver,
    Examine,
    Examined,
    Guess,
    Guessed,
    GuessReport,
    Message,
    PreviewData,
    PreviewedData,
    SeenReport,
    TakeWeights,
    TookWeights,
    TriedOut,
    TryOut,
    Unanswered,
    Underway,
)
from grapheditor.engine.process import calm_threads, claim_streams, give_way

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from grapheditor.data.incoming import Sample
    from grapheditor.training.predict import Prediction, Predictor

TRIALS = {"profile": 10, "find-lr": 200, "overfit": 200, "duration": 3}
"""Steps that a trial makes, as its verb does by itself; of a profile so many that a person waits for seconds."""
TOLD_EVERY = 0.2
"""Seconds after which it is told how far a trial is."""
RATES = (1e-7, 10.0)
"""The learning rates that are tried."""
MOST_FILES = 200
"""Samples of files that are told of at a time."""
MOST_CLASSES = 10
"""Classes that are told of a sample, the likeliest."""
LARGEST_DRAWING = 2**22


def main() -> None:
    """Serve questions until nobody asks any more."""
    channel = claim_streams()
    give_way()
    calm_threads()
    waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def listen() -> None:
        while (message := channel.receive()) is not None:
            waiting.put(message)
        waiting.put(None)

    threading.Thread(target=listen, name="listener", daemon=True).start()
    examiner = Examiner(channel.send)
    for message in _newest(waiting):
        channel.send(examiner.answer(message))


def _newest(waiting: queue.SimpleQueue[Message | None]) -> Iterator[Message]:
    """Yield what waits, of drawings one after the other only the last."""
    message = waiting.get()
    while message is not None:
        if not _is_drawing(message) or waiting.empty():
            yield message
            message = waiting.get()
        else:
            following = waiting.get()
            if not _is_drawing(following):
                yield message
            message = following


def _is_drawing(message: Message | None) -> bool:
    return isinstance(message, Guess) and bool(message.drawing)


def _tried(wanted: TryOut, tell: Callable[[Message], object]) -> TriedOut:
    """Train for a moment, as the verb of that name does by itself. tell: takes how far it is."""
    from grapheditor.graph import read_text
    from grapheditor.training.duration import foretell_duration
    from grapheditor.training.timing import profile
    from grapheditor.training.trial import Trial, overfit, rate_test

    trial = Trial(read_text(wanted.text), wanted.device, Path(wanted.home))
    steps, last = TRIALS[wanted.what], time.monotonic()

    def told(step: int, _text: str) -> None:
        nonlocal last
        if time.monotonic() - last > TOLD_EVERY:
            last = time.monotonic()
            tell(Underway(step, steps))

    match wanted.what:
        case "profile":
            result = profile(trial, steps, told).describe()
        case "duration":
            result = foretell_duration(trial, steps, told).describe()
        case "find-lr":
            result = rate_test(trial, *RATES, steps, told).describe()
        case _:
            result = overfit(trial, steps, told).describe()
    return TriedOut(wanted.request, wanted.what, finite(result))


def finite(value: Any) -> Any:
    """Return JSON in which nothing stands for a number that is none."""
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _previewed(wanted: PreviewData) -> PreviewedData:
    from grapheditor.graph import read_text
    from grapheditor.training.preview import preview

    found = preview(read_text(wanted.text), Path(wanted.home), wanted.count, wanted.epoch)
    samples = [
        SeenReport(
            number=one.number, words=dict(one.words), pictures={name: dict(p) for name, p in one.pictures.items()}
        )
        for one in found.samples
    ]
    balance = {name: dict(counts) for name, counts in found.balance.items()}
    return PreviewedData(wanted.request, samples, balance, dict(found.parts), found.why_raw)


def _carried(wanted: CarryOver) -> CarriedOver:
    from grapheditor.compile import compile_graph
    from grapheditor.graph import read_text
    from grapheditor.training.beginning import carried

    found = carried(compile_graph(read_text(wanted.text)), Path(wanted.place))
    return CarriedOver(wanted.request, str(found), found.match.tensors, found.match.numbers, list(found.fresh))


def _took(wanted: TakeWeights) -> TookWeights:
    from grapheditor.graph import read_text
    from grapheditor.training.taking import take_weights

    home = Path(wanted.home) if wanted.home else None
    found = take_weights(read_text(wanted.text), Path(wanted.place), Path(wanted.folder), wanted.name, home)
    return TookWeights(wanted.request, str(found.folder), list(found.notes), found.whole)


class Examiner:
    """Answers questions about runs; the network of the last one stays ready."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        """tell: takes what is said before an answer."""
        self._tell = tell
        self._known: tuple[str, int, Predictor] | None = None

    def answer(self, message: Message) -> Message:
        """Return the answer to a question, or why there is none."""
        from grapheditor.compile import CompileError
        from grapheditor.graph import FileError
        from grapheditor.training.errors import TrainError

        request = getattr(message, "request", 0)
        try:
            if isinstance(message, Examine):
                return self._examine(message)
            if isinstance(message, Guess):
                return Guessed(request, list(self._guesses(message)))
            if isinstance(message, PreviewData):
                return _previewed(message)
            if isinstance(message, CarryOver):
                return _carried(message)
            if isinstance(message, TakeWeights):
                return _took(message)
            if isinstance(message, TryOut) and message.what in TRIALS:
                return _tried(message, self._tell)
        except (CompileError, TrainError) as error:
            return Unanswered(request, error.message, error.node)
        except FileError as error:
            return Unanswered(request, str(error))
        except Exception as error:  # noqa: BLE001 - the window is told of every end
            traceback.print_exc()
            return Unanswered(request, f"This cannot be said, by a fault of the program ({type(error).__name__}).")
        return Unanswered(request, f"An examiner does not answer {type(message).__name__}.")

    def _examine(self, wanted: Examine) -> Examined:
        from grapheditor.runs.record import read_record
        from grapheditor.training.errors import DataError
        from grapheditor.training.misses import examine
        from grapheditor.training.run import recorded_graph

        run = Path(wanted.run)
        found = examine(recorded_graph(run), run, which=wanted.which, home=Path(read_record(run).home))  # type: ignore[arg-type]
        evaluation = found.evaluation
        try:
            side = self._side(self._predictor(wanted.run, evaluation.step))
        except DataError:  # it has an input that the data does not have, such as a generator's noise
            side = None
        return Examined(
            wanted.request,
            wanted.run,
            evaluation.part,
            evaluation.samples,
            evaluation.step,
            evaluation.epoch,
            finite(dict(evaluation.metrics)),
            [table.describe() for table in evaluation.confusions],
            [finite(asdict(miss)) for miss in found.misses],
            found.loss,
            [list(pair) for pair in found.pairs],
            side is not None,
            side or (0, 0),
        )

    def _predictor(self, run: str, step: int | None = None) -> Predictor:
        """Return a run's network. step: that of the checkpoint that it must have, where that is known."""
        from grapheditor.training.predict import Predictor

        if self._known is None or self._known[0] != run or step not in (None, self._known[1]):
            self._known = run, step or 0, Predictor(Path(run))
        return self._known[2]

    def _side(self, predictor: Predictor) -> tuple[int, int] | None:
        """Return height and width of what can be drawn: the one input is a grey image, and classes are told apart."""
        from grapheditor.data.encoding import Image

        encodings = [field.encoding for field in predictor.fields]
        if not predictor.classes or len(encodings) != 1 or not isinstance(encodings[0], Image):
            return None
        return (encodings[0].height, encodings[0].width) if encodings[0].channels == 1 else None

    def _guesses(self, wanted: Guess) -> Iterator[GuessReport]:
        """Yield what is said of files, or of a drawing."""
        from itertools import islice

        from grapheditor.data.incoming import incoming
        from grapheditor.training.errors import DataError

        predictor = self._predictor(wanted.run)
        samples: list[Sample | DataError]
        if wanted.drawing:
            samples = [self._drawn(predictor, wanted)]
        else:
            samples = list(islice(incoming([Path(name) for name in wanted.files], predictor.fields), MOST_FILES))
        for sample, said in zip(samples, predictor(samples), strict=True):
            if isinstance(said, DataError):
                yield GuessReport(name="", classes=[], words=said.message, pictures=[])
            else:
                assert not isinstance(sample, DataError)
                yield _report(predictor, sample, said)

    def _drawn(self, predictor: Predictor, wanted: Guess) -> Sample:
        from grapheditor.data.incoming import Sample

        (field,) = predictor.fields
        return Sample("", {field.name: centred(_grey(wanted), *field.shape[1:])})


def _grey(wanted: Guess) -> NDArray[np.uint8]:
    """Return a drawing's pixels; DataError where they are none."""
    import numpy as np

    from grapheditor.training.errors import DataError

    try:
        if len(wanted.drawing) > LARGEST_DRAWING:
            raise ValueError("too large")
        return np.frombuffer(base64.b64decode(wanted.drawing, validate=True), np.uint8).reshape(-1, wanted.width)
    except ValueError as error:
        raise DataError("The drawing cannot be read.") from error


def centred(drawing: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a drawing, light on dark, as the digits of MNIST are: 20 of 28 pixels large, its mass in the middle.

    Shaped (1, height, width). Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
    """
    import numpy as np
    from PIL import Image

    found = np.zeros((1, height, width), np.uint8)
    rows, columns = np.flatnonzero(drawing.any(1)), np.flatnonzero(drawing.any(0))
    if not len(rows):
        return found
    cut = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    share = min(height * 20 / 28 / cut.shape[0], width * 20 / 28 / cut.shape[1])
    size = max(1, round(cut.shape[1] * share)), max(1, round(cut.shape[0] * share))
    small = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BOX), np.float64)
    middle = [(small.sum(1 - axis) * np.arange(small.shape[axis])).sum() / small.sum() + 0.5 for axis in (0, 1)]
    top = min(max(round(height / 2 - middle[0]), 0), height - size[1])
    left = min(max(round(width / 2 - middle[1]), 0), width - size[0])
    found[0, top : top + size[1], left : left + size[0]] = small.round()
    return found


def _report(predictor: Predictor, sample: Sample, said: Prediction) -> GuessReport:
    """Return what is said of a sample: classes where it tells some apart, else what is said in words."""
    import torch

    from grapheditor.data.encoding import Image
    from grapheditor.training import answers
    from grapheditor.training.pictures import activation

    (shown, *_) = predictor.fields
    pictures = []
    if isinstance(shown.encoding, Image):
        pictures.append(activation(torch.from_numpy(sample.fields[shown.name]), image=True, side=answers.SIDE))
    classes: list[tuple[str, float]] = []
    texts = []
    for result, values in said.results.items():
        target, value = predictor.targets.get(result), torch.as_tensor(values)
        encoding = target.encoding if target is not None else None
        if values.ndim == 1 and result in predictor.classes:
            classes = classes or _likeliest(predictor.classes[result], values)
            continue
        if answers.is_scores(encoding, value):
            value = value.argmax(0)
            classes = classes or _most_seen(predictor.classes.get(result, ()), value)
        drawn = answers.picture(value, encoding)
        pictures += [drawn] if drawn is not None else []
        texts.append(f"{predictor.called(result)}: {answers.words(value, encoding) or _numbers(values)}")
    words = "" if classes else "; ".join(texts)
    return GuessReport(name=said.name, classes=classes, words=words, pictures=[dict(item) for item in pictures])


def _likeliest(names: Sequence[str], shares: NDArray[Any]) -> list[tuple[str, float]]:
    """Return names and probabilities of the likeliest classes; of spare ones there is no name."""
    order = shares[: len(names)].argsort()[::-1][:MOST_CLASSES].tolist()
    return [(names[i], float(shares[i])) for i in order]


def _most_seen(names: Sequence[str], mask: Tensor) -> list[tuple[str, float]]:
    """Return names and shares of the classes that the pixels of a mask are taken for."""
    shares = [(name, float((mask == i).float().mean())) for i, name in enumerate(names)]
    return sorted((item for item in shares if item[1]), key=lambda item: -item[1])[:MOST_CLASSES]


def _numbers(value: NDArray[Any]) -> str:
    flat = value.reshape(-1)[:8]
    return ", ".join(f"{number:.4g}" for number in flat.tolist()) + (", …" if value.size > len(flat) else "")


if __name__ == "__main__":
    main()
