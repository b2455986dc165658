"""Language: networks that read and write text."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


@module
def SelfAttention(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12) -> Handle:
    """Let each place of a sequence take from those before it what it needs.

    width: Features of each place.
    heads: Among how many heads they are divided.
    """
    query, key, value = (g.linear(x, out_features=width, id=name) for name in ("query", "key", "value"))
    mixed = g.attention(query, key, value, heads=heads, causal=True)
    return g.linear(mixed, out_features=width, id="project")


@module
def FeedForward(g: Drawing, x: Handle, *, width: Size = 768) -> Handle:
    """Widen each place four times, weigh, and narrow it again.

    width: Features of each place.
    """
    wide = g.gelu(g.linear(x, out_features=4 * width, id="widen"), approximate="tanh")
    return g.linear(wide, out_features=width, id="narrow")


@module
def Block(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12) -> Handle:
    """Attention and a feed-forward network, each added to what arrives at it.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    """
    x = g.add(x, SelfAttention(g, g.layer_norm(x), width=width, heads=heads, id="attention"))
    return g.add(x, FeedForward(g, g.layer_norm(x), width=width, id="feed_forward"))


def draw_gpt(g: Drawing, vocabulary: int, context: int, width: int, layers: int, heads: int) -> None:
    """Draw a GPT of any size."""
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    x = g.position_embedding(x, length=context, id="positions")
    x = Block(g, x, width=width, heads=heads, repeat=layers, id="blocks")
    x = g.layer_norm(x, id="norm")
    g.output(g.linear(x, out_features=vocabulary, bias=False, id="head"), id="scores")
    g.tie("head.weight", "embedding.weight")


RADFORD = "Radford et al. 2019"


@template("Sequences and language", title="GPT-2", source=RADFORD)
def gpt2(g: Drawing, *, vocabulary: Size = 50257, context: Size = 1024) -> None:
    """Twelve blocks of attention that guess the next token; the head is the embedding, read the other way.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    """
    draw_gpt(g, vocabulary, context, 768, 12, 12)


@template("Sequences and language", title="GPT-2 medium", source=RADFORD)
def gpt2_medium(g: Drawing, *, vocabulary: Size = 50257, context: Size = 1024) -> None:
    """Twenty-four blocks of 1,024 features.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    """
    draw_gpt(g, vocabulary, context, 1024, 24, 16)


@template("Sequences and language", title="GPT-2 large", source=RADFORD)
def gpt2_large(g: Drawing, *, vocabulary: Size = 50257, context: Size = 1024) -> None:
    """Thirty-six blocks of 1,280 features.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    """
    draw_gpt(g, vocabulary, context, 1280, 36, 20)


@template("Sequences and language", title="GPT-2 XL", source=RADFORD)
def gpt2_xl(g: Drawing, *, vocabulary: Size = 50257, context: Size = 1024) -> None:
    """Forty-eight blocks of 1,600 features.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    """
    draw_gpt(g, vocabulary, context, 1600, 48, 25)


@template("Sequences and language", title="GPT-3", source="Brown et al. 2020")
def gpt3(g: Drawing, *, vocabulary: Size = 50257, context: Size = 2048) -> None:
    """Ninety-six blocks of 12,288 features: looked at here, never allocated.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    """
    draw_gpt(g, vocabulary, context, 12288, 96, 96)
