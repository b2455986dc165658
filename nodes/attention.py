"""Attention: each place of a sequence takes from others what it needs."""

from grapheditor.authoring import F, Floats, Size, Tensor, expect, operator, torch


@operator("Attention", title="Attention", shows=("heads",))
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
