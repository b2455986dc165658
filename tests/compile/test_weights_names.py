"""Layers of one size are told apart by all that is known of them; where nothing tells, that is said."""

from __future__ import annotations

import random

import pytest
import torch
from safetensors.torch import load, save
from torch import nn
from torch.nn import functional as F

from grapheditor.authoring import Drawing, Handle, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.compile.weights import MatchError, match
from grapheditor.edit.sketch import sketch

KNOWN = catalog()
WORDS, WIDTH, LAYERS = 11, 8, 3


@module
def Block(g: Drawing, x: Handle) -> Handle:  # noqa: N802
    """Attention and a gated product."""
    y = g.layer_norm(x)
    query, key, value = (g.linear(y, out_features=WIDTH, bias=False, id=name) for name in ("query", "key", "value"))
    mixed = g.attention(query, key, value, heads=2, causal=True)
    x = g.add(x, g.linear(mixed, out_features=WIDTH, bias=False, id="project"))
    y = g.layer_norm(x)
    wide = g.multiply(
        g.gelu(g.linear(y, out_features=12, bias=False, id="one")), g.linear(y, out_features=12, bias=False, id="other")
    )
    return g.add(x, g.linear(wide, out_features=WIDTH, bias=False, id="narrow"))


def reader(tied=False):
    """Return a compiled reader of text, whose head has the size of its embedding."""

    def draw(g: Drawing) -> None:
        """Guess the next token."""
        x = g.input(shape=("N", "T"), dtype="int64", id="tokens")
        x = g.embedding(x, num_embeddings=WORDS, embedding_dim=WIDTH, id="table")
        x = g.layer_norm(Block(g, x, repeat=LAYERS, id="blocks"))
        g.output(g.linear(x, out_features=WORDS, bias=False, id="guess"), id="scores")
        if tied:
            g.tie("guess.weight", "table.weight")

    return compile_graph(sketch(KNOWN, template("Language", title="Reader")(draw), {}))


LLAMA = {
    "norms": ("input_layernorm", "post_attention_layernorm"),
    "q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj",
    "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
    "table": "model.embed_tokens", "block": "model.layers.{}", "norm": "model.norm", "head": "lm_head",
}  # fmt: skip
META = {
    "norms": ("attention_norm", "ffn_norm"), "q": "attention.wq", "k": "attention.wk", "v": "attention.wv", "o": "attention.wo",
    "gate": "feed_forward.w1", "up": "feed_forward.w3", "down": "feed_forward.w2",
    "table": "tok_embeddings", "block": "layers.{}", "norm": "norm", "head": "output",
}  # fmt: skip
BERT = {
    "norms": ("norm_before", "norm_after"), "q": "attention.self.query", "k": "attention.self.key",
    "v": "attention.self.value", "o": "attention.output.dense", "gate": "ffn.gate", "up": "ffn.up", "down": "ffn.down",
    "table": "net.embeddings.word", "block": "net.encoder.layer.{}", "norm": "net.final", "head": "cls.decoder",
}  # fmt: skip
NAMELESS = {
    "norms": ("n1", "n2"), "q": "a", "k": "b", "v": "c", "o": "d", "gate": "e", "up": "f", "down": "g",
    "table": "t", "block": "x.{}", "norm": "n", "head": "u",
}  # fmt: skip
DEFINED = ("q", "k", "v", "o", "gate", "up", "down")


def weights(seed=3):
    """Return the weights of a reader in the words of its parts."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(shape, generator=generator)

    sizes = {**dict.fromkeys("qkvo", (WIDTH, WIDTH)), **dict.fromkeys(("gate", "up"), (12, WIDTH)), "down": (WIDTH, 12)}
    norm = [(draw(WIDTH), draw(WIDTH)) for _ in range(2 * LAYERS + 1)]
    blocks = [{name: draw(*size) for name, size in sizes.items()} for _ in range(LAYERS)]
    return {"table": draw(WORDS, WIDTH), "head": draw(WORDS, WIDTH), "norm": norm, "blocks": blocks}


def compute(parts, tokens):
    """Return what a reader written by hand makes of tokens."""

    def normed(x, place):
        return F.layer_norm(x, (WIDTH,), *parts["norm"][place])

    def heads(x):
        return x.unflatten(2, (2, WIDTH // 2)).transpose(1, 2)

    x = parts["table"][tokens]
    for i, block in enumerate(parts["blocks"]):
        y = normed(x, 2 * i)
        q, k, v = (heads(y @ block[name].T) for name in "qkv")
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + y @ block["o"].T
        y = normed(x, 2 * i + 1)
        x = x + (F.gelu(y @ block["gate"].T) * (y @ block["up"].T)) @ block["down"].T
    return normed(x, 2 * LAYERS) @ parts["head"].T


def state(parts, names, defined=DEFINED):
    """Return the weights under someone's names, in an order of definition."""
    found = {f"{names['table']}.weight": parts["table"]}
    for i, block in enumerate(parts["blocks"]):
        prefix = names["block"].format(i)
        for part in defined:
            if part == defined[0] or part == "gate":
                place = int(part == "gate")
                norm = f"{prefix}.{names['norms'][place]}"
                found[f"{norm}.weight"], found[f"{norm}.bias"] = parts["norm"][2 * i + place]
            found[f"{prefix}.{names[part]}.weight"] = block[part]
    found[f"{names['norm']}.weight"], found[f"{names['norm']}.bias"] = parts["norm"][-1]
    found[f"{names['head']}.weight"] = parts["head"]
    return found


def shuffled(given, seed=7):
    names = list(given)
    random.Random(seed).shuffle(names)  # noqa: S311 - no secret
    return {name: given[name] for name in names}


ORDERS = {
    "defined": lambda given: given,
    "sorted": lambda given: dict(sorted(given.items())),
    "shuffled": shuffled,
    "shuffled otherwise": lambda given: shuffled(given, 8),
    "from a file": lambda given: load(save(given)),
    "inside another": lambda given: {f"module.inner.{name}": value for name, value in given.items()},
}


def loaded(found, program, source):
    ours = program.module().eval()
    ours.load_state_dict(found.take(source), strict=False)
    return ours


def agrees(found, program, source, parts):
    tokens = torch.arange(2 * 6).reshape(2, 6) % WORDS
    with torch.inference_mode():
        torch.testing.assert_close(loaded(found, program, source)(tokens), compute(parts, tokens), rtol=1e-5, atol=1e-5)
    return True


@pytest.fixture(scope="module")
def program():
    return reader()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("defined", [DEFINED, ("k", "v", "q", "o", "up", "gate", "down"), tuple(reversed(DEFINED))])
@pytest.mark.parametrize("names", [LLAMA, META, BERT], ids=["llama", "meta", "bert"])
def test_what_is_well_named_is_right_in_any_order(program, names, defined, order):
    parts = weights()
    given = ORDERS[order](state(parts, names, defined))
    found = match(given, program)
    assert (found.unclear, found.unused, found.missing) == ((), (), ())
    assert agrees(found, program, given, parts)
    assert match(given, program, partial=True).names == found.names


def test_what_is_badly_named_loads_and_is_said_to_be_unclear(program):
    given = state(weights(), NAMELESS)
    found = match(given, program)
    assert (found.unused, found.missing) == ((), ())
    groups = [(set(group.places), set(group.candidates)) for group in found.unclear]
    for i in range(LAYERS):
        assert (
            {f"blocks.{i}.{name}" for name in ("query", "key", "value")},
            {f"x.{i}.{name}" for name in "abc"},
        ) in groups
        assert ({f"blocks.{i}.{name}" for name in ("one", "other")}, {f"x.{i}.{name}" for name in "ef"}) in groups
    assert len(groups) == 2 * LAYERS
    assert "unclear: blocks.0." in str(found)
    assert "and 5 more groups like that" in str(found)


def test_pairs_settle_what_is_unclear(program):
    parts = weights()
    given = state(parts, NAMELESS, ("k", "v", "q", "o", "up", "gate", "down"))
    pairs = [("x.*.a", "blocks.*.query"), ("x.*.b", "blocks.*.key"), ("x.*.f.", "blocks.*.other.")]
    found = match(given, program, rename=pairs)
    assert found.unclear == ()
    assert agrees(found, program, given, parts)
    with pytest.raises(MatchError, match=r"No name in the state dict begins with x\.\*\.z"):
        match(given, program, rename=[("x.*.z", "blocks.*.query")])
    with pytest.raises(MatchError, match="No name in the network begins with bloc"):
        match(given, program, rename=[("x", "bloc")])
    with pytest.raises(MatchError, match=r"x\.0\.g\.weight \(8×12\) has no partner"):
        match(given, program, rename=[("x.*.g", "blocks.*.query")])


@pytest.mark.parametrize("order", ORDERS)
def test_a_fused_weight_is_taken_apart(program, order):
    parts = weights()
    given = state(parts, LLAMA)
    for i, block in enumerate(parts["blocks"]):
        for name in "qkv":
            del given[f"model.layers.{i}.self_attn.{name}_proj.weight"]
        for name in ("gate", "up"):
            del given[f"model.layers.{i}.mlp.{name}_proj.weight"]
        given[f"model.layers.{i}.self_attn.qkv_proj.weight"] = torch.cat([block[name] for name in "qkv"])
        given[f"model.layers.{i}.mlp.gate_up_proj.weight"] = torch.cat([block[name] for name in ("gate", "up")])
    given = ORDERS[order](given)
    found = match(given, program)
    assert (found.tensors, found.missing, found.unclear) == (1.0, (), ())
    assert found.names["blocks.1.key.weight"].endswith("model.layers.1.self_attn.qkv_proj.weight[8:16]")
    assert len(found.notes) == 2 * LAYERS
    assert any(
        note.endswith("qkv_proj is taken apart into 3 layers, in the order of its rows.") for note in found.notes
    )
    assert agrees(found, program, given, parts)


def test_a_fused_weight_is_put_together():
    def draw(g: Drawing) -> None:
        """Query, key and value are one layer."""
        x = g.input(shape=("N", 16, 4), id="x")
        y = g.linear(x, out_features=12, id="qkv")
        y = g.view(y, size=(-1, 16, 3, 4))
        q, k, v = (g.select(y, dim=2, index=i) for i in range(3))
        g.output(g.linear(g.attention(q, k, v, heads=2), out_features=4, id="project"), id="y")

    program = compile_graph(sketch(KNOWN, template("Language", title="Net")(draw), {}))
    theirs = nn.ModuleDict({f"{name}_proj": nn.Linear(4, 4) for name in "vokq"})
    given = theirs.state_dict()
    found = match(given, program)
    assert found.names["qkv.bias"] == "q_proj.bias + k_proj.bias + v_proj.bias"
    assert found.notes == ("qkv is put together of 3 layers.",)
    taken = found.take(given)
    assert torch.equal(taken["qkv.weight"], torch.cat([given[f"{name}_proj.weight"] for name in "qkv"]))
    assert torch.equal(taken["project.weight"], given["o_proj.weight"])


@pytest.mark.parametrize("names", ["embedding", "head", "both", "both copied"])
@pytest.mark.parametrize("tied", [False, True])
def test_an_embedding_and_its_head_are_one_tensor_or_two(names, tied):
    program = reader(tied)
    parts = weights()
    parts["head"] = parts["table"]
    given = state(parts, LLAMA)
    if names == "both copied":
        given = {name: value.clone() for name, value in given.items()}
    elif names != "both":
        del given["lm_head.weight" if names == "embedding" else "model.embed_tokens.weight"]
    for order in ("defined", "shuffled"):
        state_dict = ORDERS[order](given)
        found = match(state_dict, program)
        assert agrees(found, program, state_dict, parts)
        assert (found.unclear, found.unused, found.tensors) == ((), (), 1.0)
        said = {
            (False, "both copied"): (),
            (True, "both copied"): (
                "lm_head.weight is the same as model.embed_tokens.weight, and the network has it once.",
            ),
        }.get((tied, names), () if tied else None)
        if said is None:
            assert len(found.notes) == 1
            assert found.notes[0].startswith("guess.weight takes ")
            assert found.notes[0].endswith("too, as table.weight does: the state dict has it once.")
        else:
            assert found.notes == said


def test_two_tensors_are_not_made_one():
    with pytest.raises(MatchError, match=r"(lm_head|embed_tokens).weight \(11×8\) has no partner"):
        match(state(weights(), LLAMA), reader(tied=True))


def test_a_trunk_without_a_head_keeps_its_embedding(program):
    parts = weights()
    given = {name: value for name, value in state(parts, META).items() if not name.startswith(("layers.2", "norm"))}
    found = match(shuffled(given), program, partial=True)
    assert found.names["blocks.1.narrow.weight"] == "layers.1.feed_forward.w2.weight"
    assert "blocks.2.narrow.weight" in found.missing
    assert found.unused == ()


def test_numbers_that_run_against_the_data_are_told():
    def chain(g: Drawing) -> None:
        """Two layers of other sizes between two of one."""
        x = g.input(shape=("N", 4), id="x")
        for width in (4, 6, 4):
            x = g.linear(x, out_features=width)
        g.output(x, id="y")

    program = compile_graph(sketch(KNOWN, template("Vision", title="Net")(chain), {}))
    given = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 4), nn.Linear(4, 4)).state_dict()
    found = match(dict(sorted(given.items())), program)
    assert found.tensors == 1
    assert found.notes == ("2 runs before 1 here, against their numbers: is it the same network?",)
