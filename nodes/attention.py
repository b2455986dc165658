"""Attention: each place of a sequence takes from others what it needs."""

from typing import Literal

from grapheditor.authoring import (
    F,
    Floats,
    Mask,
    Places,
    Positive,
    Probability,
    Size,
    Tensor,
    expect,
    nn,
    operator,
    torch,
)


@operator("Attention", title="Attention", shows=("heads",), common=True)
def attention(query: Floats, key: Floats, value: Floats, *, heads: Size = 8, causal: bool = False) -> Tensor:
    """Mix the values of a sequence by how well its keys answer each query (Vaswani et al. 2017).

    All three are shaped batch × place × feature. The features are divided among the heads, each of which attends by
    itself; the weights of query, key and value are linear layers before it.

    heads: Among how many heads the features are divided.
    causal: Lets each place see itself and those before it only.
    """
    for name, x in (("query", query), ("key", key), ("value", value)):
        expect(x.ndim == 3, "Attention takes batch × place × feature.", name)
        expect(x.shape[2] % heads == 0, f"The {x.shape[2]} features do not divide among {heads} heads.", name, "heads")
    expect(query.shape[2] == key.shape[2], f"Queries have {query.shape[2]} features and keys {key.shape[2]}.", "key")
    expect(int(key.shape[1]) == int(value.shape[1]), "There must be as many values as keys.", "value")
    q, k, v = (torch.unflatten(x, 2, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return mixed.transpose(1, 2).flatten(2)


@operator("Attention", stem="mixed", shows=("causal",))
def scaled_dot_product_attention(
    query: Floats, key: Floats, value: Floats, mask: Mask | None, *, causal: bool = False
) -> Tensor:
    """Mix values by how well their keys answer each query, in each head: batch × head × place × feature.

    Where something is wired to mask, a place sees only those where it is true; sizes of 1 are stretched.

    causal: Lets each place see itself and those before it only.
    """
    for port, x in (("query", query), ("key", key), ("value", value)):
        expect(x.ndim == 4, "It takes batch × head × place × feature.", port)
    expect(int(query.shape[3]) == int(key.shape[3]), f"Queries have {query.shape[3]} features.", "key")
    expect(int(key.shape[2]) == int(value.shape[2]), "There must be as many values as keys.", "value")
    expect(int(query.shape[1]) == int(key.shape[1]), f"Queries have {query.shape[1]} heads.", "key")
    expect(int(query.shape[1]) == int(value.shape[1]), f"Queries have {query.shape[1]} heads.", "value")
    expect(not (causal and mask is not None), "A mask says what is seen, or it is causal; not both.", "mask", "causal")
    return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal)


@operator("Attention", title="MultiheadAttention", stem="attention", shows=("num_heads",))
def multihead_attention(
    query: Places,
    key: Places,
    value: Places,
    key_mask: Mask | None,
    *,
    num_heads: Size = 8,
    dropout: Probability = 0.0,
    bias: bool = True,
    causal: bool = False,
) -> Tensor:
    """Attention with the learned matrices of queries, keys, values and result in it (Vaswani et al. 2017).

    All three are shaped batch × place × feature. Where something is wired to key_mask, batch × place, only places where
    it is true are seen.

    num_heads: Among how many heads the features are divided.
    dropout: The share of the weights of attention that is dropped in training.
    bias: Adds learned numbers.
    causal: Lets each place see itself and those before it only.
    """
    width = query.shape[2]
    expect(width % num_heads == 0, f"The {width} features do not divide among {num_heads} heads.", "query", "num_heads")
    expect(int(key.shape[1]) == int(value.shape[1]), "There must be as many values as keys.", "value")
    _expect_seen(key_mask, key, "key_mask")
    layer = nn.MultiheadAttention(
        width, num_heads, dropout, bias, kdim=key.shape[2], vdim=value.shape[2], batch_first=True
    )
    hidden = _hidden(key_mask)
    later = _later(query, key) if causal else None
    found, _ = layer(query, key, value, key_padding_mask=hidden, need_weights=False, attn_mask=later)
    return found


@operator("Attention", title="TransformerEncoderLayer", stem="encoder", shows=("nhead", "dim_feedforward"))
def transformer_encoder_layer(
    x: Places,
    key_mask: Mask | None,
    *,
    nhead: Size = 8,
    dim_feedforward: Size = 2048,
    dropout: Probability = 0.1,
    activation: Literal["relu", "gelu"] = "relu",
    layer_norm_eps: Positive = 1e-5,
    norm_first: bool = False,
    bias: bool = True,
    causal: bool = False,
) -> Tensor:
    """Attention of a sequence to itself and two dense layers, each added to what it takes, with layer norms.

    Where something is wired to key_mask, batch × place, only places where it is true are seen. Repeat it for a deep
    encoder.

    nhead: Among how many heads the features are divided.
    dim_feedforward: The width between the two dense layers.
    dropout: The share of values that is dropped in training.
    activation: What stands between the two dense layers.
    layer_norm_eps: Added to each variance, so that nothing is divided by zero.
    norm_first: Normalises what goes into each part instead of what comes out.
    bias: Adds learned numbers in all that is learned.
    causal: Lets each place see itself and those before it only.
    """
    expect(x.shape[2] % nhead == 0, f"The {x.shape[2]} features do not divide among {nhead} heads.", "x", "nhead")
    _expect_seen(key_mask, x, "key_mask")
    layer = nn.TransformerEncoderLayer(
        x.shape[2],
        nhead,
        dim_feedforward,
        dropout,
        activation,
        layer_norm_eps,
        batch_first=True,
        norm_first=norm_first,
        bias=bias,
    )
    return layer(x, _later(x, x) if causal else None, _hidden(key_mask))


@operator("Attention", title="TransformerDecoderLayer", stem="decoder", shows=("nhead", "dim_feedforward"))
def transformer_decoder_layer(
    x: Places,
    memory: Places,
    key_mask: Mask | None,
    memory_mask: Mask | None,
    *,
    nhead: Size = 8,
    dim_feedforward: Size = 2048,
    dropout: Probability = 0.1,
    activation: Literal["relu", "gelu"] = "relu",
    layer_norm_eps: Positive = 1e-5,
    norm_first: bool = False,
    bias: bool = True,
    causal: bool = True,
) -> Tensor:
    """Attention of a sequence to itself and to what an encoder remembers, and two dense layers, each added.

    Where something is wired to key_mask or memory_mask, batch × place, only places of the sequence, or of the memory,
    where it is true are seen.

    nhead: Among how many heads the features are divided.
    dim_feedforward: The width between the two dense layers.
    dropout: The share of values that is dropped in training.
    activation: What stands between the two dense layers.
    layer_norm_eps: Added to each variance, so that nothing is divided by zero.
    norm_first: Normalises what goes into each part instead of what comes out.
    bias: Adds learned numbers in all that is learned.
    causal: Lets each place see itself and those before it only.
    """
    expect(x.shape[2] % nhead == 0, f"The {x.shape[2]} features do not divide among {nhead} heads.", "x", "nhead")
    expect(int(memory.shape[2]) == int(x.shape[2]), f"The sequence has {x.shape[2]} features.", "memory")
    _expect_seen(key_mask, x, "key_mask")
    _expect_seen(memory_mask, memory, "memory_mask")
    layer = nn.TransformerDecoderLayer(
        x.shape[2],
        nhead,
        dim_feedforward,
        dropout,
        activation,
        layer_norm_eps,
        batch_first=True,
        norm_first=norm_first,
        bias=bias,
    )
    return layer(
        x,
        memory,
        _later(x, x) if causal else None,
        tgt_key_padding_mask=_hidden(key_mask),
        memory_key_padding_mask=_hidden(memory_mask),
    )


@operator("Attention", title="Transformer", shows=("nhead", "num_encoder_layers", "num_decoder_layers"))
def transformer(
    source: Places,
    target: Places,
    source_mask: Mask | None,
    target_mask: Mask | None,
    *,
    nhead: Size = 8,
    num_encoder_layers: Size = 6,
    num_decoder_layers: Size = 6,
    dim_feedforward: Size = 2048,
    dropout: Probability = 0.1,
    activation: Literal["relu", "gelu"] = "relu",
    layer_norm_eps: Positive = 1e-5,
    norm_first: bool = False,
    bias: bool = True,
) -> Tensor:
    """A whole encoder and decoder (Vaswani et al. 2017); each place of the target sees those before it only.

    Both are shaped batch × place × feature, with their positions already in them. Where something is wired to
    source_mask or target_mask, batch × place, only places of theirs where it is true are seen.

    nhead: Among how many heads the features are divided.
    num_encoder_layers: How many layers read the source.
    num_decoder_layers: How many layers write the target.
    dim_feedforward: The width between the two dense layers of each.
    dropout: The share of values that is dropped in training.
    activation: What stands between the two dense layers of each.
    layer_norm_eps: Added to each variance, so that nothing is divided by zero.
    norm_first: Normalises what goes into each part instead of what comes out.
    bias: Adds learned numbers in all that is learned.
    """
    width = source.shape[2]
    expect(width % nhead == 0, f"The {width} features do not divide among {nhead} heads.", "source", "nhead")
    expect(int(target.shape[2]) == int(width), f"The source has {width} features.", "target")
    _expect_seen(source_mask, source, "source_mask")
    _expect_seen(target_mask, target, "target_mask")
    layer = nn.Transformer(
        width,
        nhead,
        num_encoder_layers,
        num_decoder_layers,
        dim_feedforward,
        dropout,
        activation,
        layer_norm_eps=layer_norm_eps,
        batch_first=True,
        norm_first=norm_first,
        bias=bias,
    )
    unseen = _hidden(source_mask)
    return layer(
        source,
        target,
        tgt_mask=_later(target, target),
        src_key_padding_mask=unseen,
        tgt_key_padding_mask=_hidden(target_mask),
        memory_key_padding_mask=unseen,
        tgt_is_causal=True,
    )


@operator("Attention", stem="rotated", shows=())
def rotary_positions(x: Floats, *, base: Positive = 10000.0) -> Tensor:
    """Turn pairs of features by angles that grow with the place, so that attention sees distances (Su et al. 2021).

    It takes queries or keys, batch × head × place × feature; the first half of the features is paired with the second.

    base: The slowest pair turns once in 2π times so many places.
    """
    expect(x.ndim == 4, "It takes batch × head × place × feature.", "x")
    expect(x.shape[3] % 2 == 0, f"{x.shape[3]} features are not pairs.", "x")
    expect(base > 0, "A wavelength is above 0.", option="base")
    places = torch.arange(x.shape[2], device=x.device).unsqueeze(1)
    rates = torch.pow(base, -torch.arange(0, x.shape[3], 2, device=x.device) / x.shape[3])
    angles = places * rates
    cosine, sine = torch.cos(angles), torch.sin(angles)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


@operator("Attention", title="ALiBi", stem="scores")
def alibi(x: Floats) -> Tensor:
    """Lower the scores of attention by the distance of two places, in each head at another rate (Press et al. 2022).

    It takes scores, batch × head × place × place.
    """
    expect(x.ndim == 4, "Scores are batch × head × place × place.", "x")
    heads = torch.arange(1, x.shape[1] + 1, device=x.device)
    rates = torch.pow(2.0, heads * (-8 / x.shape[1])).unsqueeze(-1).unsqueeze(-1)
    queries, keys = torch.arange(x.shape[2], device=x.device), torch.arange(x.shape[3], device=x.device)
    return x - rates * (queries.unsqueeze(-1) - keys).abs()


@operator("Attention", stem="scores", shows=("longest",))
def relative_position_bias(x: Floats, *, longest: Size = 128) -> Tensor:
    """Add a learned number to the scores of attention for each head and each distance of two places (Shaw et al. 2018).

    It takes scores, batch × head × place × place.

    longest: Distances beyond it count as this one.
    """
    expect(x.ndim == 4, "Scores are batch × head × place × place.", "x")
    table = nn.Parameter(torch.zeros(x.shape[1], 2 * longest + 1), name="weight")
    queries, keys = torch.arange(x.shape[2], device=x.device), torch.arange(x.shape[3], device=x.device)
    gaps = torch.clamp(keys - queries.unsqueeze(-1), -longest, longest) + longest
    return x + table[:, gaps]


def _expect_seen(mask: Tensor | None, x: Tensor, port: str) -> None:
    """Refuse a mask that does not say of each place whether it is seen."""
    if mask is not None:
        expect(mask.ndim == 2, "A mask of places is shaped batch × place.", port)
        expect(int(mask.shape[1]) == int(x.shape[1]), f"There are {x.shape[1]} places to be seen or not.", port)


def _hidden(mask: Tensor | None) -> Tensor | None:
    """Turn a mask of what is seen into one of what is not, as torch's layers take it."""
    return None if mask is None else torch.logical_not(mask)


def _later(query: Tensor, key: Tensor) -> Tensor:
    """Return a mask that is true where a key comes after its query: what torch's layers are told not to see."""
    queries, keys = (torch.arange(x.shape[1], device=x.device) for x in (query, key))
    return keys > queries.unsqueeze(1)
