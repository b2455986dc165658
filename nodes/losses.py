"""Losses: one number to be minimised, of what the network says and what is true."""

import math
from typing import Literal

from grapheditor.authoring import (
    Count,
    F,
    Factor,
    Floats,
    Integers,
    Positive,
    Probability,
    Tensor,
    expect,
    expect_alike,
    expect_classes,
    operator,
    torch,
)


@operator("Loss", role="loss", stem="loss", unsaid=("label_smoothing",), common=True)
def cross_entropy(
    x: Floats,
    target: Integers,
    weight: Floats | None,
    *,
    ignore_index: int = -100,
    label_smoothing: Probability = 0.0,
) -> Tensor:
    """Mean of -log of the probability that the scores give to the true class.

    It takes raw scores and applies the softmax itself. Where something is wired to weight, a number for each class, the
    samples count by that of their class.

    ignore_index: Targets of this number are left out, as those that fill texts up.
    label_smoothing: The share of certainty that is spread over all classes.
    """
    expect_classes(x, target)
    weight = _weights(weight, x, 1, "weight")
    return F.cross_entropy(x, target, weight, ignore_index=ignore_index, label_smoothing=label_smoothing)


@operator("Loss", role="loss", stem="loss", title="Mean squared error", common=True)
def mse_loss(x: Floats, target: Floats) -> Tensor:
    """Mean of the squared differences between what the network says and what is true."""
    expect_alike(x, target)
    return F.mse_loss(x, target)


@operator("Loss", role="loss", stem="loss", title="Mean absolute error")
def l1_loss(x: Floats, target: Floats) -> Tensor:
    """Mean of the absolute differences between what the network says and what is true."""
    expect_alike(x, target)
    return F.l1_loss(x, target)


@operator("Loss", role="loss", stem="loss", shows=("real",))
def logistic_loss(x: Floats, *, real: bool = True) -> Tensor:
    """Mean of -log of the probability that scores give to one answer, the same for all: real, or made up.

    A discriminator minimises it as real for the data and as not real for what a generator made; the generator minimises
    it as real for what it made (Goodfellow et al. 2014).

    real: What the scores are to say.
    """
    return F.softplus(-x).mean() if real else F.softplus(x).mean()


@operator("Loss", role="loss")
def bits(x: Floats) -> Tensor:
    """Say a cross-entropy in bits: what one more token costs whoever writes down the text with the help of the network.

    Two to their power is the perplexity.
    """
    return x.mean() / math.log(2)


@operator("Loss", role="loss", stem="loss", title="Sum of losses")
def total_loss(xs: list[Tensor]) -> Tensor:
    """Add up losses, so that one objective minimises them all."""
    expect(len(xs) > 0, "Nothing arrives to be added up.", "xs")
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    return total


@operator("Loss", role="loss", stem="loss")
def nll_loss(x: Floats, target: Integers, weight: Floats | None, *, ignore_index: int = -100) -> Tensor:
    """Mean of minus the logarithm of the true class's probability, of logarithms that a LogSoftmax gives.

    Where something is wired to weight, a number for each class, the samples count by that of their class.

    ignore_index: Targets of this number are left out.
    """
    expect_classes(x, target)
    weight = _weights(weight, x, 1, "weight")
    return F.nll_loss(x, target, weight, ignore_index=ignore_index)


@operator("Loss", role="loss", stem="loss", title="Binary cross entropy of scores")
def binary_cross_entropy_with_logits(x: Floats, target: Floats, pos_weight: Floats | None) -> Tensor:
    """Mean of -log of the probability that scores give to what is true, yes (1) or no (0), for each number by itself.

    It takes raw scores and applies the sigmoid itself. Where something is wired to pos_weight, a number for each of the
    last dimension, a yes counts as often as that says.
    """
    expect_alike(x, target)
    pos_weight = _weights(pos_weight, x, -1, "pos_weight")
    return F.binary_cross_entropy_with_logits(x, target, pos_weight=pos_weight)


@operator("Loss", role="loss", stem="loss")
def binary_cross_entropy(x: Floats, target: Floats) -> Tensor:
    """Mean of -log of the probability of what is true, yes (1) or no (0), of probabilities as a sigmoid gives them.

    With raw scores take the binary cross entropy of scores, which is exact where probabilities come near 0 and 1.
    """
    expect_alike(x, target)
    return F.binary_cross_entropy(x, target)


@operator("Loss", role="loss", stem="loss", shows=("delta",))
def huber_loss(x: Floats, target: Floats, *, delta: Positive = 1.0) -> Tensor:
    """Mean of the squared differences where they are small, and of straight lines where they are large (Huber 1964).

    delta: Where the lines begin.
    """
    expect(delta > 0, "The lines begin above 0.", option="delta")
    expect_alike(x, target)
    return F.huber_loss(x, target, delta=delta)


@operator("Loss", role="loss", stem="loss", shows=("beta",))
def smooth_l1_loss(x: Floats, target: Floats, *, beta: Positive = 1.0) -> Tensor:
    """Mean of the sizes of the differences, rounded off near zero (Girshick 2015).

    beta: Where the rounding begins.
    """
    expect_alike(x, target)
    return F.smooth_l1_loss(x, target, beta=beta)


@operator("Loss", role="loss", stem="loss", title="Kullback-Leibler divergence")
def kl_div(x: Floats, target: Floats, *, log_target: bool = False) -> Tensor:
    """How far probabilities lie from wanted ones: logarithms arrive, and the probabilities that they are to become.

    It is summed over everything but the batch, of which the mean is taken, as the mathematics has it.

    log_target: The wanted ones are logarithms too.
    """
    expect_alike(x, target)
    return F.kl_div(x, target, reduction="batchmean", log_target=log_target)


@operator("Loss", role="loss", stem="loss", title="Poisson likelihood")
def poisson_nll_loss(
    x: Floats, target: Floats, *, log_input: bool = True, full: bool = False, eps: Positive = 1e-8
) -> Tensor:
    """Mean of -log of the probability that a Poisson distribution gives to counts.

    log_input: What arrives is the logarithm of the mean; without it the mean itself.
    full: Adds an estimate of what depends on the counts alone.
    eps: Added to a mean before its logarithm is taken.
    """
    expect_alike(x, target)
    return F.poisson_nll_loss(x, target, log_input, full, eps=eps)


@operator("Loss", role="loss", stem="loss", title="Gaussian likelihood")
def gaussian_nll_loss(
    x: Floats, target: Floats, variance: Floats, *, full: bool = False, eps: Positive = 1e-6
) -> Tensor:
    """Mean of -log of the density of normal distributions, of which mean and variance arrive (Nix & Weigend 1994).

    full: Adds what is the same for all, so that it is the density's own.
    eps: The least that a variance counts.
    """
    expect_alike(x, target)
    expect_alike(x, variance, "variance", "Means and variances")
    expect(eps > 0, "The least variance is above 0.", option="eps")
    variance = variance + (variance.clamp(min=eps) - variance).detach()  # it learns below the least too, as in torch
    loss = 0.5 * (torch.log(variance) + torch.square(x - target) / variance).mean()
    return loss + 0.5 * math.log(2 * math.pi) if full else loss


@operator("Loss", role="loss", stem="loss", shows=("margin",))
def margin_ranking_loss(first: Floats, second: Floats, target: Floats, *, margin: Factor = 0.0) -> Tensor:
    """Mean of how far pairs of scores miss their order: the first is to be larger for 1, the second for -1.

    margin: By how much.
    """
    expect_alike(first, second, "second", "Both")
    expect_alike(first, target)
    return F.margin_ranking_loss(first, second, target, margin)


@operator("Loss", role="loss", stem="loss", shows=("margin",))
def hinge_embedding_loss(x: Floats, target: Floats, *, margin: Factor = 1.0) -> Tensor:
    """Mean of distances of what is alike (1), and of how far what is not (-1) stays below a distance.

    margin: That distance.
    """
    expect_alike(x, target)
    return F.hinge_embedding_loss(x, target, margin)


@operator("Loss", role="loss", stem="loss")
def soft_margin_loss(x: Floats, target: Floats) -> Tensor:
    """Mean of log(1 + exp(-score)) where 1 is true, and of the opposite score where -1 is."""
    expect_alike(x, target)
    return F.soft_margin_loss(x, target)


@operator("Loss", role="loss", stem="loss", shows=("margin",))
def multi_margin_loss(x: Floats, target: Integers, *, p: Literal["1", "2"] = "1", margin: Factor = 1.0) -> Tensor:
    """Mean of how far other classes come near the score of the true one: a support vector machine's loss.

    p: The power of what is too near.
    margin: How far away they are to stay.
    """
    expect(x.ndim == 2, "Scores are shaped N×classes.", "x")
    expect_classes(x, target)
    return F.multi_margin_loss(x, target, int(p), margin)


@operator("Loss", role="loss", stem="loss")
def multilabel_margin_loss(x: Floats, target: Integers) -> Tensor:
    """Mean of how far false classes come near the scores of several true ones.

    The target has, for each sample, the true classes and then -1 up to the number of classes.
    """
    expect(x.ndim == 2, "Scores are shaped N×classes.", "x")
    expect_alike(x, target)
    return F.multilabel_margin_loss(x, target)


@operator("Loss", role="loss", stem="loss")
def multilabel_soft_margin_loss(x: Floats, target: Floats) -> Tensor:
    """Mean over classes of -log of the probability of what is true of each, yes (1) or no (0); raw scores arrive."""
    expect_alike(x, target)
    expect(x.ndim >= 2, "Scores are shaped N×classes.", "x")
    return F.multilabel_soft_margin_loss(x, target)


@operator("Loss", role="loss", stem="loss", shows=("margin",))
def cosine_embedding_loss(first: Floats, second: Floats, target: Floats, *, margin: Factor = 0.0) -> Tensor:
    """Mean of how far vectors that are alike (1) point apart, and of how far others (-1) point the same way.

    margin: The cosine up to which others may.
    """
    expect(first.ndim == 2, "Vectors are batch × feature.", "first")
    expect_alike(first, second, "second", "Both")
    fits = target.ndim == 1 and int(target.shape[0]) == int(first.shape[0])
    expect(fits, "There is one number for each pair.", "target")
    return F.cosine_embedding_loss(first, second, target, margin)


@operator("Loss", role="loss", stem="loss", shows=("margin",))
def triplet_margin_loss(
    anchor: Floats,
    positive: Floats,
    negative: Floats,
    *,
    margin: Positive = 1.0,
    p: Positive = 2.0,
    eps: Positive = 1e-6,
    swap: bool = False,
) -> Tensor:
    """Mean of how much nearer something is to what is unlike it than to what is like it (Schroff et al. 2015).

    margin: By how much the unlike is to be further away.
    p: The power of the norm that distances are taken by.
    eps: Added to each difference, so that the slope of a distance is never without bounds.
    swap: Takes the distance between like and unlike where that is smaller.
    """
    expect_alike(anchor, positive, "positive", "All three")
    expect_alike(anchor, negative, "negative", "All three")
    expect(anchor.ndim >= 2, "Vectors are batch × feature.", "anchor")
    expect(margin > 0, "The margin is above 0.", option="margin")
    return F.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap)


@operator("Loss", role="loss", stem="loss", title="CTC", shows=("blank",), onnx=False)
def ctc_loss(
    x: Floats,
    target: Integers,
    input_lengths: Integers,
    target_lengths: Integers,
    *,
    blank: Count = 0,
    zero_infinity: bool = True,
) -> Tensor:
    """Mean of -log of the probability of a text whose letters may stand anywhere in a sound (Graves et al. 2006).

    Logarithms of probabilities arrive, place × batch × class, targets as batch × letter, and the lengths of both.

    blank: The class that says nothing.
    zero_infinity: A text that is too long for its sound counts nothing; without it the loss is without bounds.
    """
    expect(x.ndim == 3, "It takes place × batch × class.", "x")
    expect(blank < x.shape[2], f"There are {x.shape[2]} classes.", "x", "blank")
    expect(target.ndim == 2 and int(target.shape[0]) == int(x.shape[1]), "Targets are batch × letter.", "target")
    for port, item in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        expect(item.ndim == 1 and int(item.shape[0]) == int(x.shape[1]), "There is one length for each text.", port)
    return F.ctc_loss(x, target, input_lengths, target_lengths, blank, zero_infinity=zero_infinity)


@operator("Loss", role="loss", stem="loss", shows=("gamma",))
def focal_loss(x: Floats, target: Integers, *, gamma: Positive = 2.0) -> Tensor:
    """A cross entropy in which samples that are sure already count little (Lin et al. 2017).

    gamma: How little; 0 is the cross entropy itself.
    """
    expect_classes(x, target)
    cost = F.cross_entropy(x, target, reduction="none")
    return (torch.pow(1 - torch.exp(-cost), gamma) * cost).mean()


@operator("Loss", role="loss", stem="loss")
def dice_loss(x: Floats, target: Floats, *, smooth: Positive = 1.0) -> Tensor:
    """1 minus how far two masks cover each other, whose values lie between 0 and 1 (Milletari et al. 2016).

    smooth: Added above and below, so that empty masks agree.
    """
    expect_alike(x, target)
    expect(x.ndim >= 2, "Masks are a batch of at least one dimension.", "x")
    first, second = x.flatten(1), target.flatten(1)
    both = (first * second).sum(1)
    return 1 - ((2 * both + smooth) / (first.sum(1) + second.sum(1) + smooth)).mean()


@operator("Loss", role="loss", stem="loss", shows=("temperature",))
def contrastive_loss(x: Floats, y: Floats, *, temperature: Positive = 0.07) -> Tensor:
    """Cross entropy of finding the partner of each vector among those of the whole batch (van den Oord et al. 2018).

    Both are batch × feature, partners at the same place; they are compared by their cosine.

    temperature: What cosines are divided by.
    """
    expect(x.ndim == 2, "Vectors are batch × feature.", "x")
    expect_alike(x, y, "y", "Both")
    expect(temperature > 0, "A temperature is above 0.", option="temperature")
    scores = F.normalize(x) @ F.normalize(y).transpose(0, 1) / temperature
    return F.cross_entropy(scores, torch.arange(x.shape[0], device=x.device))


@operator("Loss", role="loss", stem="loss")
def total_variation_loss(x: Floats) -> Tensor:
    """Mean of the differences between neighbouring pixels: what makes a painted image smooth (Rudin et al. 1992)."""
    expect(x.ndim == 4, "It takes an image.", "x")
    expect(x.shape[2] > 1 and x.shape[3] > 1, "A single row has no neighbours.", "x")
    down = (x[:, :, 1:] - x[:, :, :-1]).abs().mean()
    return down + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean()


@operator("Loss", role="loss", stem="loss", title="Divergence from a normal distribution")
def normal_divergence(mean: Floats, log_variance: Floats) -> Tensor:
    """How far normal distributions lie from the standard one: what keeps a variational autoencoder's code in order.

    It is summed over everything but the batch, of which the mean is taken (Kingma & Welling 2014).
    """
    expect_alike(mean, log_variance, "log_variance", "Means and log variances")
    expect(mean.ndim >= 2, "They are batch × feature.", "mean")
    terms = 1 + log_variance - mean * mean - torch.exp(log_variance)
    return -0.5 * terms.flatten(1).sum(1).mean()


@operator("Loss", role="loss", stem="loss", shows=("power",))
def penalty(x: Floats, *, power: Literal["1", "2"] = "2") -> Tensor:
    """Mean of the squares of what arrives, or of its sizes: keeps activations small, or makes most of them zero.

    power: 2 for squares, 1 for sizes.
    """
    return (x * x).mean() if power == "2" else x.abs().mean()


@operator("Loss", title="Weighed loss", role="loss", stem="loss", shows=("factor",))
def weighed_loss(x: Floats, *, factor: Factor = 1.0) -> Tensor:
    """Weigh a loss before it is added to others.

    factor: What it is multiplied by.
    """
    return x.mean() * factor


def _weights(given: Tensor | None, x: Tensor, dim: int, port: str) -> Tensor | None:
    """Return one number for each class in a row, however they were arranged; what is another number is refused."""
    if given is None:
        return None
    expect(x.ndim > 0, "Scores have at least one dimension.", "x")
    count = int(x.shape[dim])
    expect(math.prod(map(int, given.shape)) == count, f"There is one number for each of {count} classes.", port)
    return given if given.ndim == 1 else given.flatten()
