"""BERT: a transformer's encoder that reads a text from both sides."""

from typing import Literal

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def Embeddings(
    g: Drawing,
    tokens: Handle,
    segments: Handle,
    *,
    vocabulary: Size = 30_522,
    context: Size = 512,
    width: Size = 768,
    dropout: Probability = 0.1,
) -> Handle:
    """What a token is, to which of two sentences it belongs, and where it stands: three vectors, added up.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    dropout: The share of values that is silenced in training.
    """
    small = {"initial": {"weight": {"name": "normal", "settings": {"std": 0.02}}}}
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="words", learning=small)
    x = g.add(x, g.embedding(segments, num_embeddings=2, embedding_dim=width, id="sentence", learning=small))
    x = g.layer_norm(g.position_embedding(x, length=context, id="positions"), eps=1e-12, id="norm")
    return g.dropout(x, p=dropout, when=dropout > 0)


@module
def SelfAttention(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12) -> Handle:
    """Let each place of a text take from all others, before it and behind it, what it needs.

    width: Features of each place.
    heads: Among how many heads they are divided.
    """
    query, key, value = (g.linear(x, out_features=width, id=name) for name in ("query", "key", "value"))
    return g.linear(g.attention(query, key, value, heads=heads), out_features=width, id="project")


@module
def FeedForward(g: Drawing, x: Handle, *, width: Size = 768) -> Handle:
    """Widen each place four times, weigh, and narrow it again.

    width: Features of each place.
    """
    return g.linear(g.gelu(g.linear(x, out_features=4 * width, id="widen")), out_features=width, id="narrow")


@module
def EncoderLayer(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12, dropout: Probability = 0.1) -> Handle:
    """Attention and a feed-forward network, each added to what arrives at it, and then normalised.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    dropout: The share of values that is silenced in training.
    """
    y = g.dropout(SelfAttention(g, x, width=width, heads=heads, id="attention"), p=dropout, when=dropout > 0)
    x = g.layer_norm(g.add(x, y), eps=1e-12, id="norm1")
    y = g.dropout(FeedForward(g, x, width=width, id="feed_forward"), p=dropout, when=dropout > 0)
    return g.layer_norm(g.add(x, y), eps=1e-12, id="norm2")


@module
def Pooler(g: Drawing, x: Handle, *, width: Size = 768) -> Handle:
    """What the first place has gathered, for what is to be said of the whole text.

    width: Features of each place.
    """
    return g.tanh(g.linear(g.select(x, index=0, id="first"), out_features=width, id="dense"))


@module
def MaskedHead(g: Drawing, x: Handle, *, width: Size = 768) -> Handle:
    """Make of each place's features the vector of the word that it should hold.

    width: Features of each place.
    """
    return g.layer_norm(g.gelu(g.linear(x, out_features=width, id="dense")), eps=1e-12, id="norm")


@template(
    "Sequences and language",
    title="BERT base",
    source="Devlin et al. 2018",
    paper="BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
)
def bert_base(
    g: Drawing,
    *,
    vocabulary: Size = 30_522,
    context: Size = 512,
    width: Size = 768,
    layers: Size = 12,
    heads: Size = 12,
    dropout: Probability = 0.1,
    head: Literal["pooler", "masked"] = "pooler",
) -> None:
    """Twelve layers of attention that read a text from both sides, trained to guess words that were hidden in it.

    Language models read in one direction, since a word that is to be guessed must not be seen. BERT hides some of the
    words instead and guesses those, so every layer may look to both sides. It also learns to tell whether two
    sentences follow each other, by the first place, which the pooler reads. Trained once on books and an
    encyclopedia, it took one more layer and a few epochs to be the best known at eleven tasks of understanding
    language.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many layers there are.
    heads: Among how many heads attention divides the features.
    dropout: The share of values that is silenced in training.
    head: "pooler" gives features of the places and of the text; "masked" scores for what each token is.
    """
    tokens, segments = (g.input(shape=("N", "T"), dtype="int64", id=name) for name in ("tokens", "segments"))
    known = {"vocabulary": vocabulary, "context": context, "width": width, "dropout": dropout}
    x = Embeddings(g, tokens, segments, **known, id="embeddings")
    x = EncoderLayer(g, x, width=width, heads=heads, dropout=dropout, repeat=layers, id="encoder")
    if head == "pooler":
        g.output(x, id="features")
        g.output(Pooler(g, x, width=width, id="pooler"), id="pooled")
        return
    x = MaskedHead(g, x, width=width, id="guess")
    g.output(g.linear(x, out_features=vocabulary, id="head"), id="scores")
    g.tie("head.weight", "embeddings.words.weight")
