"""What is answered without asking torch's own Python is what that would have answered."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from grapheditor.compile.backend import PAIRS, MetaBackend, MultiplyAdds, like

ATEN = torch.ops.aten
SIZES = st.lists(st.integers(1, 4), max_size=4)


def empty(shape, dtype=torch.float32):
    return torch.empty(tuple(shape), dtype=dtype, device="meta")


def alike(found, real):
    return (found.shape, found.dtype, found.stride(), found.device) == (
        real.shape,
        real.dtype,
        real.stride(),
        real.device,
    )


@given(SIZES, st.data())
def test_two_tensors_that_meet_element_by_element(shape, data):
    kept = shape[data.draw(st.integers(0, len(shape))) :]
    other = [data.draw(st.sampled_from([1, size])) for size in kept]
    first = [
        data.draw(st.sampled_from([1, size])) if place >= len(shape) - len(kept) else size
        for place, size in enumerate(shape)
    ]
    for packet in PAIRS:
        for one, two in ((first, other), (other, first)):
            found = like(packet, (empty(one), empty(two)))
            assert found is not None and alike(found, packet(empty(one), empty(two)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (empty((2, 3)), empty((2, 4))),
        (empty((2, 3)), empty((1, 3), torch.float64)),
        (empty((2, 3)), empty((3,), torch.int64)),
        (empty((3, 2)).t(), empty((1, 3))),
    ],
)
def test_what_is_not_plain_is_left_to_torch(first, second):
    assert all(like(packet, (first, second)) is None for packet in PAIRS)


@pytest.mark.parametrize("bias", [(), (1,), (5,), (3, 5), (1, 5), (3, 1)])
def test_a_matrix_product_with_something_added(bias):
    weight = empty((5, 4)).t()
    found = like(ATEN.addmm, (empty(bias), empty((3, 4)), weight))
    assert alike(found, torch.addmm(empty(bias), empty((3, 4)), weight))


def test_a_matrix_product_that_does_not_fit_is_left_to_torch():
    for bias, first, second in (((5,), (3, 4), (3, 5)), ((2, 5), (3, 4), (4, 5)), ((7,), (3, 4), (4, 5))):
        assert like(ATEN.addmm, (empty(bias), empty(first), empty(second))) is None


@pytest.mark.parametrize(
    ("stack", "sizes"),
    [
        (lambda: nn.Transformer(8, 2, 3, 3, 16, batch_first=True), ((5, 7, 8), (5, 9, 8))),
        (lambda: nn.Transformer(8, 2, 3, 2, 16, batch_first=True), ((5, 7, 8), (5, 9, 8))),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 4), ((5, 7, 8),)),
        (lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 4), ((5, 7, 8),) * 2),
    ],
)
def test_a_stack_of_layers_has_the_shape_and_the_work_of_all_of_them(stack, sizes):
    with torch.device("meta"):
        made = stack()
    layers = sum(1 for _ in made.modules())
    given = [empty(size) for size in sizes]
    with torch.no_grad(), MultiplyAdds() as asked:
        found = MetaBackend().call(made, given, {})
    with torch.no_grad(), MultiplyAdds() as counted:
        real = made(*given)
    assert found.shape == real.shape and asked.count == counted.count > 0
    assert sum(1 for _ in made.modules()) == layers
