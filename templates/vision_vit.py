"""Vision transformers. Defaults and counts are those of torchvision."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def SelfAttention(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12) -> Handle:
    """Let each place of a sequence take from all of them what it needs.

    width: Features of each place.
    heads: Among how many heads they are divided.
    """
    query, key, value = (g.linear(x, out_features=width, id=name) for name in ("query", "key", "value"))
    return g.linear(g.attention(query, key, value, heads=heads), out_features=width, id="project")


@module
def FeedForward(g: Drawing, x: Handle, *, width: Size = 768, dropout: Probability = 0.0) -> Handle:
    """Widen each place four times, weigh, and narrow it again.

    width: Features of each place.
    dropout: The share of values that are silenced in training.
    """
    wide = g.dropout(g.gelu(g.linear(x, out_features=4 * width, id="widen")), p=dropout, when=dropout > 0)
    return g.dropout(g.linear(wide, out_features=width, id="narrow"), p=dropout, when=dropout > 0)


@module
def Encoder(g: Drawing, x: Handle, *, width: Size = 768, heads: Size = 12, dropout: Probability = 0.0) -> Handle:
    """Attention and a feed-forward network, each added to what arrives at it.

    width: Features of each place.
    heads: Among how many heads attention divides them.
    dropout: The share of values that are silenced in training.
    """
    y = SelfAttention(g, g.layer_norm(x, eps=1e-6), width=width, heads=heads, id="attention")
    x = g.add(x, g.dropout(y, p=dropout, when=dropout > 0))
    return g.add(x, FeedForward(g, g.layer_norm(x, eps=1e-6), width=width, dropout=dropout, id="feed_forward"))


@template(
    "Vision",
    title="ViT-B/16",
    source="Dosovitskiy et al. 2020",
    paper="An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
)
def vit_b_16(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    patch: Size = 16,
    width: Size = 768,
    layers: Size = 12,
    heads: Size = 12,
    dropout: Probability = 0.0,
) -> None:
    """An image cut into patches and read like a text, by twelve blocks of attention.

    It showed that recognising images needs no convolution: the encoder of a transformer, almost as it came from
    language, does it on a row of 196 patches. Nothing tells it which patches are neighbours but learned positions.
    With few data that makes it worse than a convolutional network; from 14 to 300 million images on it was better, and
    cheaper to train. A token that belongs to no patch collects what the classes are told by.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image, at least that of a patch; what is left of it beside whole patches is not seen.
    patch: Side of a patch.
    width: Features of each patch; the heads must divide them.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    dropout: The share of values that are silenced in training.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.conv2d(x, out_channels=width, kernel_size=patch, stride=patch, id="patches")
    x = g.class_token(g.transpose(g.flatten(x, start_dim=2)), id="token")
    x = g.position_embedding(x, length=(size // patch) ** 2 + 1, id="positions")
    x = g.dropout(x, p=dropout) if dropout else x
    x = Encoder(g, x, width=width, heads=heads, dropout=dropout, repeat=layers, id="blocks")
    x = g.select(g.layer_norm(x, eps=1e-6))
    g.output(g.linear(x, out_features=classes, id="head"), id="scores")
