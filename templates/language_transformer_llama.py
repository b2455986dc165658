"""Llama and Mixtral: what became of the blocks of GPT."""

from grapheditor.authoring import INDEX, Count, Drawing, Handle, Size, module, template


@module
def GroupedAttention(g: Drawing, x: Handle, *, width: Size = 4096, heads: Size = 32, groups: Size = 8) -> Handle:
    """Attention in which several heads of queries share one of keys and values; places are told by turning both.

    width: Features of each place.
    heads: Among how many heads the queries are divided.
    groups: How many heads of keys and values there are.
    """
    query = g.split_heads(g.linear(x, out_features=width, bias=False, id="query"), heads=heads, id="queries")
    narrow = {"out_features": width // heads * groups, "bias": False}
    key = g.split_heads(g.linear(x, **narrow, id="key"), heads=groups, id="keys")
    value = g.split_heads(g.linear(x, **narrow, id="value"), heads=groups, id="values")
    query, key = g.rotary_positions(query, id="turned_queries"), g.rotary_positions(key, id="turned_keys")
    key = g.repeat_interleave(key, repeats=heads // groups, id="keys_shared")
    value = g.repeat_interleave(value, repeats=heads // groups, id="values_shared")
    mixed = g.scaled_dot_product_attention(query, key, value, causal=True)
    return g.linear(g.merge_heads(mixed), out_features=width, bias=False, id="project")


@module
def GatedUnits(g: Drawing, x: Handle, *, width: Size = 4096, hidden: Size = 14_336) -> Handle:
    """Widen each place twice, let one weigh the other, and narrow the product again (Shazeer 2020).

    width: Features of each place.
    hidden: Features between.
    """
    gate = g.silu(g.linear(x, out_features=hidden, bias=False, id="gate"))
    wide = g.linear(x, out_features=hidden, bias=False, id="widen")
    return g.linear(g.multiply(gate, wide), out_features=width, bias=False, id="narrow")


@module
def Block(
    g: Drawing, x: Handle, *, width: Size = 8192, heads: Size = 64, groups: Size = 8, hidden: Size = 28_672
) -> Handle:
    """Attention and gated units, each added to what arrives at it; norms stand before both.

    width: Features of each place.
    heads: Among how many heads the queries are divided.
    groups: How many heads of keys and values there are.
    hidden: Features between the gated units.
    """
    y = g.rms_norm(x, eps=1e-5, id="norm1")
    x = g.add(x, GroupedAttention(g, y, width=width, heads=heads, groups=groups, id="attention"))
    y = g.rms_norm(x, eps=1e-5, id="norm2")
    return g.add(x, GatedUnits(g, y, width=width, hidden=hidden, id="feed_forward"))


@template(
    "Sequences and language",
    title="Llama 2",
    source="Touvron et al. 2023",
    paper="Llama 2: Open Foundation and Fine-Tuned Chat Models",
)
def llama(
    g: Drawing,
    *,
    vocabulary: Size = 32_000,
    width: Size = 8192,
    layers: Size = 80,
    heads: Size = 64,
    groups: Size = 8,
    hidden: Size = 28_672,
) -> None:
    """Blocks with norms by size alone, positions by rotation, gated units, and keys that groups of queries share.

    The blocks of GPT had been improved in several places by others, and Llama took all of these together. The norm
    divides by the size of the features and leaves their mean. Queries and keys are turned by angles that grow with
    the place (Su et al. 2021), so that attention knows distances. Eight heads of queries share one of keys and values
    (Ainslie et al. 2023), and what has to be kept of a long text while it is written is an eighth. Its weights were
    given away, and most open models since have these blocks. The defaults are its largest, with 70 billion weights:
    looked at here, never allocated.

    vocabulary: How many different tokens there are.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads the queries are divided.
    groups: How many heads of keys and values there are; as many as heads is attention as it was.
    hidden: Features between the gated units.
    """
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    x = Block(g, x, width=width, heads=heads, groups=groups, hidden=hidden, repeat=layers, id="blocks")
    x = g.rms_norm(x, eps=1e-5, id="norm")
    g.output(g.linear(x, out_features=vocabulary, bias=False, id="head"), id="scores")


@module
def Router(g: Drawing, x: Handle, *, experts: Size = 8, chosen: Size = 2) -> Handle:
    """Choose some experts for each place, and say what share each of them has; all others have none.

    experts: How many there are.
    chosen: How many of them are asked.
    """
    scores = g.linear(x, out_features=experts, bias=False, id="scores")
    best = g.topk(scores, k=chosen, id="best")
    least = g.narrow(best, dim=2, start=-1, id="least")
    asked = g.masked_fill(scores, g.less(scores, least, id="others"), value=-1e9, id="asked")
    return g.softmax(asked, id="shares")


@module
def Expert(
    g: Drawing,
    total: Handle,
    x: Handle,
    shares: Handle,
    *,
    width: Size = 4096,
    hidden: Size = 14_336,
    number: Count = 0,
) -> dict[str, Handle]:
    """One of several networks; what it says counts by its share, and is added to what those before it said.

    width: Features of each place.
    hidden: Features between the gated units.
    number: Which of the experts it is.
    """
    share = g.unsqueeze(g.select(shares, dim=2, index=number, id="mine"), dim=2, id="share")
    said = g.multiply(GatedUnits(g, x, width=width, hidden=hidden, id="units"), share, id="said")
    return {"total": g.add(total, said)}


@module
def Experts(
    g: Drawing, x: Handle, *, width: Size = 4096, hidden: Size = 14_336, experts: Size = 8, chosen: Size = 2
) -> Handle:
    """A mixture of experts: a router chooses some for each place, and what they say is added up by their shares.

    width: Features of each place.
    hidden: Features between the gated units of an expert.
    experts: How many there are.
    chosen: How many of them count at a place.
    """
    shares = Router(g, x, experts=experts, chosen=chosen, id="router")
    nothing = g.zeros_like(x, id="nothing")
    return Expert(g, nothing, x, shares, width=width, hidden=hidden, number=INDEX, repeat=experts, id="experts_")


@module
def SparseBlock(
    g: Drawing,
    x: Handle,
    *,
    width: Size = 4096,
    heads: Size = 32,
    groups: Size = 8,
    hidden: Size = 14_336,
    experts: Size = 8,
    chosen: Size = 2,
) -> Handle:
    """Attention and a mixture of experts, each added to what arrives at it; norms stand before both.

    width: Features of each place.
    heads: Among how many heads the queries are divided.
    groups: How many heads of keys and values there are.
    hidden: Features between the gated units of an expert.
    experts: How many experts there are.
    chosen: How many of them count at a place.
    """
    y = g.rms_norm(x, eps=1e-5, id="norm1")
    x = g.add(x, GroupedAttention(g, y, width=width, heads=heads, groups=groups, id="attention"))
    y = g.rms_norm(x, eps=1e-5, id="norm2")
    mixed = Experts(g, y, width=width, hidden=hidden, experts=experts, chosen=chosen, id="mixture")
    return g.add(x, mixed)


@template(
    "Sequences and language",
    title="Mixtral",
    source="Jiang et al. 2024",
    paper="Mixtral of Experts",
)
def mixtral(
    g: Drawing,
    *,
    vocabulary: Size = 32_000,
    width: Size = 4096,
    layers: Size = 32,
    heads: Size = 32,
    groups: Size = 8,
    hidden: Size = 14_336,
    experts: Size = 8,
    chosen: Size = 2,
) -> None:
    """Llama's blocks with eight networks in the place of one, of which each token is sent to two.

    A larger network knows more, and costs more at every token. In a mixture of experts (Jacobs et al. 1991) a router
    chooses, for each token and in each block, the two of eight networks that answer. So Mixtral has 47 billion
    weights and uses 13 of them for a token; it was as good as Llama 2 with 70. Here all experts compute and those
    that were not chosen count as zero, which is the same result: the multiply-adds shown are those of all eight.

    vocabulary: How many different tokens there are.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads the queries are divided.
    groups: How many heads of keys and values there are.
    hidden: Features between the gated units of an expert.
    experts: How many experts each block has.
    chosen: How many of them count at a place.
    """
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    sizes = {"width": width, "heads": heads, "groups": groups, "hidden": hidden}
    x = SparseBlock(g, x, **sizes, experts=experts, chosen=chosen, repeat=layers, id="blocks")
    x = g.rms_norm(x, eps=1e-5, id="norm")
    g.output(g.linear(x, out_features=vocabulary, bias=False, id="head"), id="scores")
