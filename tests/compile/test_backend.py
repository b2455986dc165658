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


@given(st.lists(st.integers(1, 4), max_size=4), st.data())
def test_dimensions_that_are_reduced(shape, data):
    places = st.integers(-len(shape), len(shape) - 1)
    dims = data.draw(st.lists(places, unique_by=lambda dim: dim % len(shape))) if shape else []
    keeps = data.draw(st.booleans())
    x = empty(shape)
    for packet in (ATEN.mean, ATEN.sum, ATEN.amax, ATEN.amin):
        assert alike(like(packet, (x, dims, keeps)), packet(x, dims, keeps))
    for packet in (ATEN.mean, ATEN.sum):
        assert alike(like(packet, (x,)), packet(x))


def test_what_torch_would_refuse_to_reduce_is_left_to_it():
    for dims in ([2], [-3], [0, 0], [0, -2]):
        assert like(ATEN.mean, (empty((3, 4)), dims)) is None
    assert like(ATEN.amax, (empty((3, 0)), [1])) is None
    assert like(ATEN.sum, (empty((3, 4)).t(), [1])) is None


@pytest.mark.parametrize("packet", [ATEN.eq, ATEN.ne, ATEN.gt, ATEN.ge, ATEN.lt, ATEN.le])
def test_comparisons_give_truth(packet):
    for other in (2, 0.5, empty((3, 4))):
        assert alike(like(packet, (empty((3, 4)), other)), packet(empty((3, 4)), other))
    assert like(packet, (empty((3, 4)), empty((4,)))) is None


COMMON = [
    (ATEN.upsample_bilinear2d.default, (empty((2, 3, 5, 7)), [10, 9], False)),
    (ATEN.upsample_nearest2d.default, (empty((2, 3, 5, 7)), [10, 9])),
    (ATEN.grid_sampler_2d.default, (empty((2, 3, 5, 7)), empty((2, 4, 6, 2)), 0, 0, False)),
    (ATEN.affine_grid_generator.default, (empty((2, 2, 3)), [2, 3, 5, 7], False)),
    (ATEN.log_sigmoid_forward.default, (empty((2, 3)),)),
    (ATEN.nll_loss_forward.default, (empty((4, 3)), empty((4,), torch.int64), None, 1, -100)),
    (ATEN.nll_loss_forward.default, (empty((4, 3)), empty((4,), torch.int64), None, 0, -100)),
    (ATEN._trilinear.default, (empty((4, 3)), empty((6, 3, 5)), empty((4, 5)), [1, 3], [0], [1, 2], [2, 3])),
    (ATEN.hardsigmoid.default, (empty((2, 3)),)),
    (ATEN.logit.default, (empty((2, 3)), 1e-6)),
]


@pytest.mark.parametrize(("call", "args"), COMMON, ids=lambda item: str(item) if not isinstance(item, tuple) else "")
def test_what_takes_torch_long_has_the_shape_that_it_gives(call, args):
    found, real = like(call.overloadpacket, args), call(*args)
    found, real = (item if isinstance(item, tuple) else (item,) for item in (found, real))
    assert all(map(alike, found, real)) and len(found) == len(real)


@pytest.mark.parametrize(
    ("packet", "args"),
    [
        (ATEN.nll_loss_forward, (empty((4, 3)), empty((5,), torch.int64), None, 1, -100)),
        (ATEN.nll_loss_forward, (empty((4, 3)), empty((4,), torch.int64), empty((3,)), 1, -100)),
        (ATEN._trilinear, (empty((4, 2)), empty((6, 3, 5)), empty((4, 5)), [1, 3], [0], [1, 2], [2, 3])),
        (ATEN.grid_sampler_2d, (empty((2, 3, 5, 7)), empty((3, 4, 6, 2)), 0, 0, False)),
        (ATEN.upsample_bilinear2d, (empty((2, 3, 5, 7)), None, False, [2.0, 2.0])),
        (ATEN.affine_grid_generator, (empty((2, 3, 4)), [2, 3, 5, 7, 8], False)),
    ],
)
def test_what_does_not_fit_or_is_rare_is_left_to_torch(packet, args):
    assert like(packet, args) is None


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
