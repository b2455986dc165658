"""Metrics that are measured over the whole of a part, since they are no means over batches: one table of declarations.

Nothing is loaded before one is made: what only lists their names needs neither torch nor torchmetrics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from grapheditor.authoring.names import meant
from grapheditor.training.errors import RecipeError

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["classes", "texts", "masks", "numbers"]
KINDS: Mapping[Kind, str] = {
    "classes": "one class a sample",
    "texts": "a class at each place of a sequence",
    "masks": "a class at each pixel",
    "numbers": "numbers",
}
"""What a loss compares: scores N×classes, N×classes×T or N×classes×H×W with whole numbers, or numbers with numbers."""
SORTED: tuple[Kind, ...] = ("classes", "texts", "masks")
BINS = 15
FIRST = 5


class Counter(Protocol):
    """What a metric has seen of a part. It takes all that counts, and says a number at the end; NaN where it is none.

    said, true: probabilities (M, classes) in float64 and classes (M); or numbers, both (M, D) in float64.
    """

    def update(self, said: Tensor, true: Tensor) -> None: ...
    def compute(self) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    kinds: what it can measure. make: returns what counts, for so many classes (0 of numbers). unit: what it is told in.
    higher: whether more is better. keeps: whether it keeps the scores of all samples until the end. above: it says
    nothing where there are not more classes.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    make: Callable[[int], Counter]
    unit: str = "share"
    higher: bool = True
    keeps: bool = False
    above: int = 1


def metric(name: str) -> Metric:
    """Return the metric of a name; TrainingError with the names there are where it is none."""
    if name not in METRICS:
        raise RecipeError(f"There is no metric {name[:40]}; there is: {', '.join(METRICS)}.{meant(name, METRICS)}")
    return METRICS[name]


def _of_classes(name: str, **settings: Any) -> Callable[[int], Counter]:
    """Return a maker of a class of torchmetrics.classification."""

    def make(classes: int) -> Counter:
        from torchmetrics import classification

        made: Counter = getattr(classification, name)(classes, validate_args=False, **settings)
        return made

    return make


def _of_numbers(name: str, **settings: Any) -> Callable[[int], Counter]:
    """Return a maker of a class of torchmetrics.regression that adds up in double precision."""

    def make(_classes: int) -> Counter:
        import torch
        from torchmetrics import regression

        made: Counter = getattr(regression, name)(**settings).set_dtype(torch.float64)
        return made

    return make


class _Ranked:
    """The mean over classes of a metric of torchmetrics that ranks samples by their probability of a class.

    Classes of which it says nothing are left out: those without a sample, and where it compares samples of a class with
    others (others), a class that all samples have.
    """

    def __init__(self, name: str, classes: int, *, others: bool) -> None:
        import torch

        self._metric = _of_classes(name, average=None, thresholds=None)(classes)
        self._counts = torch.zeros(classes, dtype=torch.int64)
        self._others = others

    def update(self, said: Tensor, true: Tensor) -> None:
        self._metric.update(said, true)
        self._counts += true.bincount(minlength=len(self._counts))

    def compute(self) -> Tensor:
        told = self._counts > 0
        if self._others:
            told &= self._counts < self._counts.sum()
        return self._metric.compute()[told].mean()


class _Perplexity:
    """The perplexity of torchmetrics, which takes logarithms, from probabilities."""

    def __init__(self, _classes: int) -> None:
        import torch
        from torchmetrics.text import Perplexity

        self._metric: Any = Perplexity().set_dtype(torch.float64)

    def update(self, said: Tensor, true: Tensor) -> None:
        self._metric.update(said.log()[None], true[None])

    def compute(self) -> Tensor:
        found: Tensor = self._metric.compute()
        return found


class _First:
    """The share of targets whose class is among the first few; of equal scores the class that stands first is before.

    torchmetrics leaves the order of equal scores to the machine.
    """

    def __init__(self, _classes: int) -> None:
        import torch

        self._sums = torch.zeros(2, dtype=torch.float64)

    def update(self, said: Tensor, true: Tensor) -> None:
        import torch

        own = said.gather(1, true[:, None])
        classes = torch.arange(said.shape[1], device=said.device)
        before = (said > own) | ((said == own) & (classes < true[:, None]))
        hits = before.sum(1) < FIRST
        self._sums += torch.stack([hits.sum(), torch.ones_like(hits).sum()])

    def compute(self) -> Tensor:
        found: Tensor = self._sums[0] / self._sums[1]
        return found


class _Calibration:
    """The expected calibration error (Guo et al. 2017): of targets in bins of how sure the network is, how far that is
    from the share in which it is right, weighed by their number.

    torchmetrics keeps two numbers a target for it, which pixels are too many for.
    """

    def __init__(self, _classes: int) -> None:
        import torch

        self._sums = torch.zeros(3, BINS, dtype=torch.float64)

    def update(self, said: Tensor, true: Tensor) -> None:
        import torch

        sure, named = said.max(1)
        bins = (sure * BINS).long().clamp(max=BINS - 1)
        parts = torch.stack([torch.ones_like(sure), sure, (named == true).double()])
        self._sums += torch.stack([(parts * (bins == i)).sum(1) for i in range(BINS)], 1)

    def compute(self) -> Tensor:
        counts, sure, right = self._sums
        found: Tensor = (sure - right).abs().sum() / counts.sum()
        return found


class _Determination:
    """R²: the share of the variance that is explained, the mean over the numbers of a sample that vary at all.

    torchmetrics takes a sum of squares below 1e-4 for none, whatever the unit, and loses the digits of numbers far from
    zero. Here means and squares of batches are merged as by Chan, Golub and LeVeque (1979).
    """

    def __init__(self, _classes: int) -> None:
        self._count = 0
        self._mean: Any = 0.0
        self._squares: Any = 0.0
        self._errors: Any = 0.0

    def update(self, said: Tensor, true: Tensor) -> None:
        new, here = len(true), true.mean(0)
        apart = here - self._mean
        self._squares += (true - here).square().sum(0) + apart.square() * (self._count * new / (self._count + new))
        self._mean += apart * (new / (self._count + new))
        self._errors += (said - true).square().sum(0)
        self._count += new

    def compute(self) -> Tensor:
        varies = self._squares > 0
        found: Tensor = (1 - self._errors[varies] / self._squares[varies]).mean()
        return found


METRICS: Mapping[str, Metric] = {
    item.name: item
    for item in (
        Metric("top5", "True class among the first five", SORTED, _First, above=FIRST),
        Metric("f1", "F1, mean of classes", SORTED, _of_classes("MulticlassF1Score", average="macro")),
        Metric("precision", "Precision, mean of classes", SORTED, _of_classes("MulticlassPrecision", average="macro")),
        Metric("recall", "Recall, mean of classes", SORTED, _of_classes("MulticlassRecall", average="macro")),
        Metric(
            "auroc",
            "Area under the ROC curve, each class against all others, mean of classes",
            ("classes",),
            lambda classes: _Ranked("MulticlassAUROC", classes, others=True),
            keeps=True,
        ),
        Metric(
            "average_precision",
            "Area under precision over recall, each class against all others, mean of classes",
            ("classes",),
            lambda classes: _Ranked("MulticlassAveragePrecision", classes, others=False),
            keeps=True,
        ),
        Metric(
            "iou",
            "Intersection over union, mean of classes",
            ("masks",),
            _of_classes("MulticlassJaccardIndex", average="macro"),
        ),
        Metric(
            "kappa", "Cohen's kappa: agreement beyond chance", SORTED, _of_classes("MulticlassCohenKappa"), "at most 1"
        ),
        Metric("calibration_error", f"Expected calibration error, {BINS} bins", SORTED, _Calibration, higher=False),
        Metric("perplexity", "Perplexity", ("classes", "texts"), _Perplexity, unit="classes", higher=False),
        Metric(
            "mae", "Mean absolute error", ("numbers",), _of_numbers("MeanAbsoluteError"), "as the target", higher=False
        ),
        Metric(
            "rmse",
            "Root of the mean squared error",
            ("numbers",),
            _of_numbers("MeanSquaredError", squared=False),
            "as the target",
            higher=False,
        ),
        Metric("r2", "R²: share of the variance that is explained", ("numbers",), _Determination, "at most 1"),
    )
}
"""All metrics, by name."""
