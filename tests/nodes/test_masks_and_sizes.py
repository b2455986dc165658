"""Optional ports say of a layer what torch is told when it is called: masks of places, and the size of a result."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from grapheditor.authoring import Drawing, template
from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, compile_graph
from grapheditor.edit.sketch import sketch

KNOWN = catalog()


def program_of(body):
    return compile_graph(sketch(KNOWN, template("Vision", title="Drawn")(body), {}))


@pytest.mark.parametrize("name", ["multihead_attention", "transformer_encoder_layer"])
@pytest.mark.parametrize("shape", [("N", 5), ("N", 6, 1)])
def test_a_mask_of_another_size_is_told_at_its_port(name, shape):
    def body(g: Drawing) -> None:
        """Six places, and a mask of five."""
        x = g.input(shape=("N", 6, 16), id="x")
        mask = g.input(shape=shape, dtype="bool", id="mask")
        given = (x, x, x) if name == "multihead_attention" else (x,)
        g.output(getattr(g, name)(*given, mask, id="it"), id="y")

    with pytest.raises(CompileError, match=r"mask|places") as refused:
        program_of(body)
    (problem,) = [item for item in refused.value.problems if item.node == "it"]
    assert problem.port == "key_mask"


def test_a_decoder_does_not_see_what_is_masked():
    def body(g: Drawing) -> None:
        """A memory of which some places are empty."""
        x = g.input(shape=("N", 4, 16), id="x")
        memory = g.input(shape=("N", 6, 16), id="memory")
        seen = g.input(shape=("N", 6), dtype="bool", id="seen")
        there = g.input(shape=("N", 4), dtype="bool", id="there")
        g.output(g.transformer_decoder_layer(x, memory, there, seen, nhead=4, dropout=0.0, id="it"), id="y")

    module = program_of(body).module().eval()
    x, memory = torch.randn(2, 4, 16), torch.randn(2, 6, 16)
    seen, there = torch.arange(6).expand(2, 6) < 3, torch.ones(2, 4, dtype=torch.bool)
    found = module(x=x, memory=memory, seen=seen, there=there)
    other = module(x=x, memory=memory.where(seen[..., None], 9.0), seen=seen, there=there)
    assert torch.allclose(found, other, atol=1e-5)
    assert not torch.allclose(found, module(x=x, memory=memory, seen=torch.ones_like(seen), there=there), atol=1e-3)


def test_a_transformer_does_not_read_what_is_masked():
    def body(g: Drawing) -> None:
        """A source of which some places are empty."""
        source = g.input(shape=("N", 6, 16), id="source")
        target = g.input(shape=("N", 4, 16), id="target")
        seen = g.input(shape=("N", 6), dtype="bool", id="seen")
        sizes = {"nhead": 4, "num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 8}
        g.output(g.transformer(source, target, seen, **sizes, id="it"), id="y")

    module = program_of(body).module().eval()
    source, target = torch.randn(2, 6, 16), torch.randn(2, 4, 16)
    seen = torch.arange(6).expand(2, 6) < 3
    found = module(source=source, target=target, seen=seen)
    other = module(source=source.where(seen[..., None], 9.0), target=target, seen=seen)
    assert torch.allclose(found, other, atol=1e-5)


def test_what_was_pooled_from_an_odd_image_goes_back_to_where_it_was():
    def body(g: Drawing) -> None:
        """Down by two, and up again."""
        x = g.input(shape=("N", 1, 13, 13), id="x")
        pooled = g.max_pool2d_indices(x, kernel_size=2, id="pool")
        g.output(g.max_unpool2d(pooled, pooled["indices"], x, kernel_size=2, id="unpool"), id="y")

    program = program_of(body)
    assert program.analysis.nodes["unpool"].outputs["out"].shape == ("N", 1, 13, 13)
    x = torch.rand(2, 1, 13, 13)
    found = program.module()(x)
    pooled, places = nn.MaxPool2d(2, return_indices=True)(x)
    assert torch.equal(found, nn.MaxUnpool2d(2)(pooled, places, output_size=x.shape))


def test_layer_norm_goes_over_as_many_dimensions_as_it_says():
    def body(g: Drawing) -> None:
        """All of an image."""
        g.output(g.layer_norm(g.input(shape=("N", 3, 4, 5), id="x"), dims=3, id="norm"), id="y")

    program, x = program_of(body), torch.randn(2, 3, 4, 5)
    assert dict(program.module().named_parameters())["norm.weight"].shape == (3, 4, 5)
    assert torch.allclose(program.module()(x), nn.LayerNorm((3, 4, 5))(x), atol=1e-6)


def test_a_variance_below_the_least_learns_as_in_torch():
    def body(g: Drawing) -> None:
        """A mean and a variance."""
        x, target, variance = (g.input(shape=("N", 4), id=name) for name in ("x", "target", "variance"))
        g.output(g.gaussian_nll_loss(x, target, variance, id="loss"), id="y")

    program = program_of(body)
    given = {"x": torch.rand(3, 4), "target": torch.rand(3, 4)}
    slopes = []
    for loss, order in ((program.module(), program.inputs), (nn.GaussianNLLLoss(), ("x", "target", "variance"))):
        variance = torch.full((3, 4), 1e-7, requires_grad=True)
        loss(*((given | {"variance": variance})[name] for name in order)).backward()
        slopes.append(variance.grad)
    assert torch.allclose(*slopes, rtol=1e-4)


def test_what_is_wrong_is_told_of_the_sizes_at_which_most_is_known():
    with pytest.raises(CompileError) as refused:
        compile_graph(KNOWN.new("masked-lm", {"heads": 3}))
    assert "do not divide among 3 heads" in str(refused.value.problems[0].message)
