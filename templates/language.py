"""Language: networks that read and write text."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def SelfAttention(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12, causal: bool = True) -> Handle:
    """Let each place of a sequence take from the others what it needs.

    width: Features of each place.
    heads: Among how many heads they are divided.
    causal: Lets each place see those before it only.
    """
    query, key, value = (g.linear(x, out_features=width, id=name) for name in ("query", "key", "value"))
    mixed = g.attention(query, key, value, heads=heads, causal=causal)
    return g.linear(mixed, out_features=width, id="project")


@module
def FeedForward(g: Drawing, x: Handle, *, width: Size = 768) -> Handle:
    """Widen each place four times, weigh, and narrow it again.

    width: Features of each place.
    """
    wide = g.gelu(g.linear(x, out_features=4 * width, id="widen"), approximate="tanh")
    return g.linear(wide, out_features=width, id="narrow")


@module
def Block(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12, causal: bool = True) -> Handle:
    """Attention and a feed-forward network, each added to what arrives at it.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    causal: Lets each place see those before it only.
    """
    x = g.add(x, SelfAttention(g, g.layer_norm(x), width=width, heads=heads, causal=causal, id="attention"))
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


SHAKESPEARE = 65
"""How many different characters tinyshakespeare has."""


@module
def Reader(
    g: Drawing,
    tokens: Handle,
    *,
    vocabulary: Size = SHAKESPEARE,
    context: Size = 16,
    width: Size = 64,
    layers: Size = 3,
    heads: Size = 4,
) -> Handle:
    """Read a text from both sides, and give scores for what each of its tokens is, as classes × places.

    vocabulary: How many different tokens the text has; the number behind the last stands for a hidden one.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    x = g.embedding(tokens, num_embeddings=vocabulary + 1, embedding_dim=width, id="embedding")
    x = g.position_embedding(x, length=context, id="positions")
    x = Block(g, x, width=width, heads=heads, causal=False, repeat=layers, id="blocks")
    return g.transpose(g.linear(g.layer_norm(x, id="norm"), out_features=vocabulary, id="head"))


@template("Sequences and language", title="Masked characters", source="after Devlin et al. 2018")
def masked_lm(
    g: Drawing,
    *,
    vocabulary: Size = SHAKESPEARE,
    context: Size = 16,
    width: Size = 64,
    layers: Size = 3,
    heads: Size = 4,
    p: Probability = 0.15,
) -> None:
    """Blocks of attention that see a text from both sides and guess what was hidden in it: BERT's lesson, on letters.

    While it learns some characters are replaced by a token of their own, drawn anew for each batch, and only there is
    something to guess. What is exported takes texts in which others have hidden something. It learns from Shakespeare,
    and says what is left to be guessed in bits a hidden character.

    vocabulary: How many different tokens the text has; one more stands for what is hidden.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    p: The share of the tokens that is hidden.
    """
    sizes = {"vocabulary": vocabulary, "context": context, "width": width, "layers": layers, "heads": heads}
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    g.output(Reader(g, tokens, **sizes, id="reader", weights="reader"), id="scores")
    chosen = g.random_mask(tokens, p=p, id="chosen")
    hidden = g.masked_fill(tokens, chosen, value=float(vocabulary), id="hidden")
    guessed = Reader(g, hidden, **sizes, id="guess", weights="reader")
    target = g.masked_fill(tokens, g.logical_not(chosen, id="left_out"), value=-100.0, id="target")
    loss = g.cross_entropy(guessed, target, id="loss")
    g.bits(loss, id="bits")
    g.train(
        loss,
        optimizer="AdamW",
        settings={"lr": 3e-3, "betas": (0.9, 0.98)},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 3e-3}}],
        clip=1.0,
        data="tinyshakespeare",
        source={"length": context, "step": max(1, context // 4)},
        epochs=1,
        batch=128,
        validation=0.02,
    )


@template("Sequences and language", title="LSTM on text", source="after Zaremba et al. 2014")
def lstm_text(
    g: Drawing,
    *,
    vocabulary: Size = SHAKESPEARE,
    width: Size = 128,
    layers: Size = 2,
    dropout: Probability = 0.1,
) -> None:
    """Layers of LSTM that read a text character by character and say what comes next.

    Dropout acts between the layers and before the head, never along the text, so that what is remembered survives.
    It learns from Shakespeare, and says what is left to be guessed in bits a character.

    vocabulary: How many different tokens the text has.
    width: Features of each place, and of each memory.
    layers: So many LSTMs stand on each other.
    dropout: The share of the features that is dropped between two layers.
    """
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    x = g.lstm(x, hidden_size=width, num_layers=layers, dropout=dropout if layers > 1 else 0.0, id="lstm")
    x = g.linear(g.dropout(x, p=dropout, id="dropout"), out_features=vocabulary, id="head")
    scores = g.transpose(x, id="classes_second")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, g.input(shape=("N", "T"), dtype="int64", id="next"), id="loss")
    g.bits(loss, id="bits")
    g.train(
        loss,
        optimizer="AdamW",
        settings={"lr": 5e-3},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 5e-3}}],
        clip=1.0,
        data="tinyshakespeare",
        record="head",
        record_every=200,
        source={"length": 64, "step": 32},
        epochs=1,
        batch=32,
        validation=0.02,
    )
