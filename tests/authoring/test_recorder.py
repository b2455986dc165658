from __future__ import annotations

import pytest

from grapheditor.authoring import F, Size, Tensor, expect, nn, operator, torch
from grapheditor.authoring.expression import Call, Construct, Operation, fingerprint, walk
from grapheditor.authoring.recorder import Refusal
from grapheditor.compile.record import TensorType, record

IMAGE = {"x": TensorType("float32", (2, 6, 8, 8))}


def run(body, arriving=None, **options):
    declared = operator("Activation")(body)
    return record(declared, {**declared.values({}), **options}, IMAGE if arriving is None else arriving)


def test_sizes_know_where_they_came_from():
    def body(x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], x.shape[1] * x.shape[2] // 2, -1)

    found = run(body)
    assert found.types[0].shape == (2, 24, 16)
    assert "Member shape" in found.steps
    assert "48" not in found.steps


def test_a_size_cut_loose_is_a_literal():
    def body(x: Tensor) -> Tensor:
        return x[:, : int(x.shape[1] * 0.5)]

    small = run(body, {"x": TensorType("float32", (2, 6))})
    large = run(body, {"x": TensorType("float32", (2, 8))})
    assert small.steps != large.steps


def test_a_layer_used_twice_is_one_layer():
    def body(x: Tensor) -> Tensor:
        layer = nn.Linear(x.shape[-1], 8)
        return layer(layer(x))

    found = run(body)
    assert [weight.name for weight in found.weights] == ["weight", "bias"]
    calls = [item for item in walk(found.outputs) if isinstance(item, Call)]
    assert len({id(call.function) for call in calls}) == 1


def test_a_chain_may_be_as_long_as_it_likes():
    def body(x: Tensor) -> Tensor:
        for _ in range(3000):
            x = -x
        return x

    found = [item for item in walk(run(body).outputs) if isinstance(item, Operation)]
    assert len(found) == 3000
    assert all(found[at] is found[at + 1].operands[0] for at in range(2999)), "what is needed comes first"


def test_two_equal_calls_are_two():
    def once(x: Tensor) -> Tensor:
        y = F.dropout(x)
        return y + y

    def twice(x: Tensor) -> Tensor:
        return F.dropout(x) + F.dropout(x)

    assert run(once).steps != run(twice).steps


def test_tuples_are_taken_apart():
    def body(x: Tensor) -> Tensor:
        y, (_, c) = nn.LSTM(x.shape[-1], 5, batch_first=True)(x)
        return y[:, -1] + c[0]

    found = run(body, {"x": TensorType("float32", (2, 3, 4))})
    assert found.types[0].shape == (2, 5)
    assert sum(isinstance(item, Construct) for item in walk(found.outputs)) == 1


def test_multiply_adds_are_those_of_products():
    def body(x: Tensor) -> Tensor:
        return torch.relu(nn.Linear(x.shape[-1], 10)(x) + 1)

    assert run(body, {"x": TensorType("float32", (4, 7))}).multiply_adds == 4 * 7 * 10


def test_a_view_takes_no_activation_memory():
    def body(x: Tensor) -> Tensor:
        return x.flatten(1)

    assert run(body).activation_bytes == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda x: x.relu_(), "in place"),
        (lambda x: x if x else x + 1, "not known while a graph is drawn"),
        (lambda x: x.nothing_like_it(), "nothing_like_it"),
        (lambda x: x + torch.zeros(3, 3), "must be equal, or one of them 1"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_words(body, words):
    def declared(x: Tensor) -> Tensor:
        return body(x)

    with pytest.raises(Refusal, match=words):
        run(declared)


def test_expect_names_the_port():
    def body(x: Tensor, *, width: Size = 3) -> Tensor:
        expect(x.shape[1] % width == 0, "It does not divide.", "x")
        return x

    with pytest.raises(Refusal, match="It does not divide") as found:
        run(body, width=4)
    assert found.value.port == "x"


def test_outside_a_body_nothing_is_recorded():
    with pytest.raises(RuntimeError, match="inside the body"):
        nn.Linear(1, 2)


def test_a_fingerprint_tells_literals_apart():
    def three(x: Tensor) -> Tensor:
        return x * 3

    def three_and_a_bit(x: Tensor) -> Tensor:
        return x * 3.0

    assert run(three).steps != run(three_and_a_bit).steps
    assert fingerprint(run(three).outputs) == run(three).steps
