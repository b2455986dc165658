"""The transformer: translation by attention alone."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def Words(
    g: Drawing, tokens: Handle, *, vocabulary: Size = 37_000, width: Size = 512, dropout: Probability = 0.1
) -> Handle:
    """Each word's vector, made as large as the waves that are added to it and tell where the word stands.

    vocabulary: How many different pieces of words there are.
    width: Features of each place.
    dropout: The share of values that is silenced in training.
    """
    small = {"initial": {"weight": {"name": "normal", "settings": {"std": 0.0442}}}}  # 1/√512, as it is the head too
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding", learning=small)
    x = g.sinusoidal_positions(g.scale(x, factor=width**0.5, id="larger"), id="positions")
    return g.dropout(x, p=dropout, when=dropout > 0)


@module
def SelfAttention(g: Drawing, x: Handle, *, width: Size = 512, heads: Size = 8, causal: bool = False) -> Handle:
    """Let each place of a sequence take from the others what it needs.

    width: Features of each place.
    heads: Among how many heads they are divided.
    causal: Lets each place see those before it only.
    """
    query, key, value = (g.linear(x, out_features=width, id=name) for name in ("query", "key", "value"))
    mixed = g.attention(query, key, value, heads=heads, causal=causal)
    return g.linear(mixed, out_features=width, id="project")


@module
def CrossAttention(g: Drawing, x: Handle, memory: Handle, *, width: Size = 512, heads: Size = 8) -> Handle:
    """Let each place of what is written take what it needs from what was read.

    width: Features of each place.
    heads: Among how many heads they are divided.
    """
    query = g.linear(x, out_features=width, id="query")
    key, value = (g.linear(memory, out_features=width, id=name) for name in ("key", "value"))
    return g.linear(g.attention(query, key, value, heads=heads), out_features=width, id="project")


@module
def FeedForward(g: Drawing, x: Handle, *, width: Size = 512, hidden: Size = 2048) -> Handle:
    """Widen each place, let pass what is above zero, and narrow it again.

    width: Features of each place.
    hidden: Features between the two layers.
    """
    return g.linear(g.relu(g.linear(x, out_features=hidden, id="widen")), out_features=width, id="narrow")


@module
def AddAndNorm(g: Drawing, x: Handle, y: Handle, *, dropout: Probability = 0.1) -> Handle:
    """Add to what arrived what a part made of it, and normalise.

    dropout: The share of values that is silenced in training.
    """
    return g.layer_norm(g.add(x, g.dropout(y, p=dropout, when=dropout > 0)), id="norm")


@module
def EncoderLayer(
    g: Drawing, x: Handle, *, width: Size = 512, heads: Size = 8, hidden: Size = 2048, dropout: Probability = 0.1
) -> Handle:
    """Attention of a sentence to itself, then two dense layers at each place.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    hidden: Features between the two dense layers.
    dropout: The share of values that is silenced in training.
    """
    x = AddAndNorm(g, x, SelfAttention(g, x, width=width, heads=heads, id="look"), dropout=dropout, id="looked")
    return AddAndNorm(g, x, FeedForward(g, x, width=width, hidden=hidden, id="think"), dropout=dropout, id="thought")


@module
def DecoderLayer(
    g: Drawing,
    x: Handle,
    memory: Handle,
    *,
    width: Size = 512,
    heads: Size = 8,
    hidden: Size = 2048,
    dropout: Probability = 0.1,
) -> Handle:
    """Attention to what is written so far, then to what was read, then two dense layers at each place.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    hidden: Features between the two dense layers.
    dropout: The share of values that is silenced in training.
    """
    own = SelfAttention(g, x, width=width, heads=heads, causal=True, id="look_back")
    x = AddAndNorm(g, x, own, dropout=dropout, id="looked_back")
    x = AddAndNorm(
        g, x, CrossAttention(g, x, memory, width=width, heads=heads, id="look"), dropout=dropout, id="looked"
    )
    return AddAndNorm(g, x, FeedForward(g, x, width=width, hidden=hidden, id="think"), dropout=dropout, id="thought")


@template(
    "Sequences and language",
    title="Transformer",
    source="Vaswani et al. 2017",
    paper="Attention Is All You Need",
)
def transformer_base(
    g: Drawing,
    *,
    vocabulary: Size = 37_000,
    width: Size = 512,
    layers: Size = 6,
    heads: Size = 8,
    hidden: Size = 2048,
    dropout: Probability = 0.1,
    auxiliary: bool = False,
) -> None:
    """An encoder that reads a sentence and a decoder that writes its translation, of attention and dense layers alone.

    Recurrent networks read one word after the other, so a GPU waits, and what is far apart is many steps apart. The
    transformer has neither recurrence nor convolution: each place asks all others at once, by several heads that look
    for different things. What order the words have is told by waves that are added to them. All places learn at the
    same time, and it translated better than any network before after days instead of weeks. Reader, writer and the
    scores share one matrix of words.

    vocabulary: How many different pieces of words both languages have together.
    width: Features of each place.
    layers: How many layers the encoder has, and the decoder.
    heads: Among how many heads attention divides the features.
    hidden: Features between the two dense layers of each layer.
    dropout: The share of values that is silenced in training.
    auxiliary: Adds scores from half of the decoder's layers, for training (Al-Rfou et al. 2018).
    """
    words = {"vocabulary": vocabulary, "width": width, "dropout": dropout, "weights": "words"}
    sizes = {"width": width, "heads": heads, "hidden": hidden, "dropout": dropout}
    source = g.input(shape=("N", "S"), dtype="int64", id="source")
    target = g.input(shape=("N", "T"), dtype="int64", id="target")
    memory = EncoderLayer(g, Words(g, source, **words, id="words"), **sizes, repeat=layers, id="encoder")
    x = Words(g, target, **words, id="target_words")
    half = layers // 2 if auxiliary else 0
    early = DecoderLayer(g, x, memory, **sizes, repeat=half, id="decoder_half") if half else None
    x = DecoderLayer(g, early or x, memory, **sizes, repeat=layers - half, id="decoder")
    head = {"out_features": vocabulary, "bias": False, "weights": "head"}
    g.output(g.linear(x, **head, id="head"), id="scores")
    if early:
        g.output(g.linear(early, **head, id="head_half"), id="scores2")
    g.tie("head.weight", "words.embedding.weight")
