"""Augmentation: what each does, and that a sample's share of chance depends on nothing but itself."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.graph import Recipe
from grapheditor.graph.recipe import Augmentation
from grapheditor.training.augment import AUGMENTS, Augmenter
from grapheditor.training.chance import Draws
from grapheditor.training.errors import TrainingError

IMAGES = torch.rand(40, 3, 12, 12, generator=torch.Generator().manual_seed(1)) + 0.1


def changed(
    name: str, images: torch.Tensor = IMAGES, samples: torch.Tensor | None = None, epoch: int = 1, **options
) -> torch.Tensor:
    recipe = Recipe(augment={"image": (Augmentation(name, options),)})
    numbers = torch.arange(len(images)) if samples is None else samples
    return Augmenter(recipe, {"image": 4})({"image": images}, numbers, epoch)["image"]


@pytest.mark.parametrize("name", AUGMENTS)
def test_a_sample_gets_the_same_alone_in_any_batch_and_another_in_another_epoch(name: str) -> None:
    whole = changed(name)
    assert whole.shape == IMAGES.shape
    assert whole.dtype == IMAGES.dtype
    assert not torch.equal(whole, IMAGES)
    order = torch.tensor([31, 7, 19])
    assert torch.equal(changed(name, IMAGES[order], order), whole[order])
    assert torch.equal(changed(name), whole)
    assert not torch.equal(changed(name, epoch=2), whole)


@pytest.mark.parametrize(("name", "dims"), [("horizontal_flip", [-1]), ("vertical_flip", [-2])])
def test_a_flip_is_one_or_none(name: str, dims: list[int]) -> None:
    assert torch.equal(changed(name, p=1.0), IMAGES.flip(dims))
    assert torch.equal(changed(name, p=0.0), IMAGES)
    mirrored = [torch.equal(one, other.flip(dims)) for one, other in zip(changed(name), IMAGES, strict=True)]
    assert 8 < sum(mirrored) < 32


def test_quarter_turns_are_all_four() -> None:
    turns = {
        next(k for k in range(4) if torch.equal(one, other.rot90(k, (-2, -1))))
        for one, other in zip(changed("quarter_turn"), IMAGES, strict=True)
    }
    assert turns == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="square"):
        changed("quarter_turn", IMAGES[..., :5])


def test_a_crop_moves_by_whole_pixels_and_brings_in_zeros() -> None:
    padded = torch.nn.functional.pad(IMAGES, (2,) * 4)
    places = set()
    for one, wide in zip(changed("random_crop", padding=2), padded, strict=True):
        places |= {(i, j) for i in range(5) for j in range(5) if torch.equal(one, wide[:, i : i + 12, j : j + 12])}
    assert len(places) > 10
    assert torch.equal(changed("random_crop", padding=0), IMAGES)


def test_erasing_leaves_all_but_one_square() -> None:
    erased = changed("erase", side=0.5, p=1.0)
    for one, other in zip(erased, IMAGES, strict=True):
        gone = (one == 0).all(0)
        rows, columns = gone.any(1).nonzero(), gone.any(0).nonzero()
        assert gone.sum() == 36
        assert (len(rows), len(columns), int(rows.max() - rows.min()), int(columns.max() - columns.min())) == (
            6,
            6,
            5,
            5,
        )
        assert torch.equal(one[:, ~gone], other[:, ~gone])


def test_brightness_and_contrast_stay_within_their_amount() -> None:
    factors = (changed("brightness", amount=0.3) / IMAGES).flatten(1)
    assert torch.allclose(factors, factors[:, :1].expand_as(factors))
    assert 0.7 <= factors.min() < 0.8
    assert 1.2 < factors.max() <= 1.3
    contrast = changed("contrast", amount=0.3)
    assert torch.allclose(contrast.mean((1, 2, 3)), IMAGES.mean((1, 2, 3)))
    assert not torch.allclose(contrast.std((1, 2, 3)), IMAGES.std((1, 2, 3)))


def test_an_affine_change_of_nothing_is_none_and_of_much_is_much() -> None:
    still = changed("affine", degrees=0.0, shift=0.0, scale=0.0)
    assert torch.allclose(still, IMAGES, atol=1e-5)
    assert (changed("affine", degrees=45.0, shift=0.3) - IMAGES).abs().mean() > 0.1


def test_a_shift_moves_a_point_within_its_bounds() -> None:
    point = torch.zeros(40, 1, 21, 21)
    point[:, :, 10, 10] = 1
    moved = changed("affine", point, degrees=0.0, shift=0.2, scale=0.0)
    rows = (moved.sum((1, 3)) * torch.arange(21)).sum(1) - 10
    assert rows.abs().max() <= 0.2 * 21 + 0.01
    assert rows.abs().max() > 2


def test_noise_is_normal() -> None:
    noise = (changed("noise", deviation=0.5) - IMAGES).flatten()
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 0.5) < 0.02
    assert 0.62 < (noise.abs() < 0.5).float().mean() < 0.74


@given(st.integers(0, 2**32 - 1), st.text(max_size=8), st.lists(st.integers(0, 2**40), min_size=1, max_size=5))
def test_draws_are_in_bounds_and_their_own(seed: int, purpose: str, samples: list[int]) -> None:
    draws = Draws(seed, purpose, torch.tensor(samples))
    first, second, whole = draws.uniform(), draws.uniform(), draws.below(7)
    assert ((first >= 0) & (first < 1)).all()
    assert not torch.equal(first, second)
    assert ((whole >= 0) & (whole < 7)).all()
    assert torch.equal(Draws(seed, purpose, torch.tensor(samples[:1])).uniform(), first[:1])


def test_draws_are_even() -> None:
    draws = Draws(3, "evenness", torch.arange(100_000))
    for values in (draws.uniform(), draws.uniform()):
        counts = torch.histc(values, 10, 0, 1)
        assert ((counts - 10_000).abs() < 500).all()


def test_a_picture_and_its_mask_stay_together() -> None:
    moves = [name for name, step in AUGMENTS.items() if step.moves]
    assert moves == ["horizontal_flip", "vertical_flip", "quarter_turn", "random_crop", "affine"]
    mask = torch.randint(0, 5, (40, 12, 12), generator=torch.Generator().manual_seed(2))
    picture = mask[:, None].float()
    steps = tuple(map(Augmentation, moves[:-1]))
    recipe = Recipe(augment={"image": (Augmentation("brightness", {"amount": 0.0}), *steps), "mask": steps})
    augmenter = Augmenter(recipe, {"image": 4, "mask": 3}, {"mask"})
    found = augmenter({"image": picture, "mask": mask}, torch.arange(40), 1)
    assert torch.equal(found["image"][:, 0].long(), found["mask"])
    assert found["mask"].dtype == torch.int64
    assert not torch.equal(found["mask"], mask)
    turned = Augmenter(Recipe(augment={"mask": (Augmentation("affine"),)}), {"mask": 3}, {"mask"})
    assert set(turned({"mask": mask}, torch.arange(40), 1)["mask"].unique().tolist()) <= set(range(5))


def test_two_views_of_one_field_are_changed_each_for_itself() -> None:
    steps = (Augmentation("random_crop"),)
    recipe = Recipe(fields={"left": "image", "right": "image"}, augment={"left": steps, "right": steps})
    found = Augmenter(recipe, {"left": 4, "right": 4})({"left": IMAGES, "right": IMAGES}, torch.arange(40), 1)
    assert not torch.equal(found["left"], found["right"])


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"picture": (Augmentation("erase"),)}, "augments picture, which is no input of the objective"),
        ({"image": (Augmentation("blur"),)}, "There is no augmentation blur; there is: horizontal_flip"),
        ({"image": (Augmentation("erase", {"size": 3}),)}, "erase has no option size; its options are: side, p"),
        ({"image": (Augmentation("erase", {"p": 2.0}),)}, "erase: p must be at most 1"),
        ({"imge": (Augmentation("erase"),)}, "Did you mean image?"),
        ({"image": (Augmentation("horizontal_filp"),)}, "Did you mean horizontal_flip?"),
        ({"row": (Augmentation("erase"),)}, "erase takes images, batches of 4 dimensions; row has 2"),
        ({"mask": (Augmentation("noise"),)}, "noise changes values; mask holds whole numbers"),
        ({"label": (Augmentation("horizontal_flip"),)}, "label has 1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(recipe, words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        Augmenter(Recipe(augment=recipe), {"image": 4, "row": 2, "mask": 3, "label": 1}, {"mask", "label"})
