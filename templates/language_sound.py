"""Sound: from speech to letters, and sound made value by value."""

from grapheditor.authoring import INDEX, Drawing, Handle, Probability, Size, module, template

LETTERS = 29
"""The letters of English, the space, the apostrophe, and the blank of CTC, which is 0."""


def learn_letters(g: Drawing, scores: Handle) -> None:
    """Score texts whose letters may stand anywhere in the sound."""
    said = g.log_softmax(scores, id="log_probabilities")
    g.output(said, id="letters")
    text = g.input(shape=("N", "L"), dtype="int64", id="text")
    places, lengths = (g.input(shape=("N",), dtype="int64", id=name) for name in ("places", "lengths"))
    loss = g.ctc_loss(g.transpose(said, dim0=0, dim1=1, id="places_first"), text, places, lengths, id="loss")
    g.train(loss, optimizer="SGD", settings={"lr": 1e-3, "momentum": 0.99, "nesterov": True}, clip=100.0, batch=16)


@module
def Dense(g: Drawing, x: Handle, *, width: Size = 2048, dropout: Probability = 0.05) -> Handle:
    """A dense layer whose values lie between 0 and 20.

    width: Width of the layer.
    dropout: The share of values that is silenced in training.
    """
    x = g.hardtanh(g.linear(x, out_features=width), min_val=0.0, max_val=20.0)
    return g.dropout(x, p=dropout, when=dropout > 0)


@module
def Step(g: Drawing, read: Handle, h: Handle, *, width: Size = 2048) -> dict[str, Handle]:
    """One window of sound, with what is remembered of those before; values lie between 0 and 20.

    width: Size of the memory.
    """
    kept = g.linear(h, out_features=width, bias=False, id="remember")
    new = g.hardtanh(g.add(read, kept), min_val=0.0, max_val=20.0, id="new")
    return {"h": new, "said": new}


@module
def BothWays(g: Drawing, x: Handle, *, width: Size = 2048) -> Handle:
    """Go over the sound from its beginning and from its end, and add up what both say of each window.

    width: Size of each memory.
    """
    read = g.linear(x, out_features=width, id="read")
    start = g.zeros_like(g.select(read, id="first"), id="start")
    forwards = Step(g, read, start, width=width, scan="read", id="forwards")
    turned = Step(g, g.flip(read, dims=(1,), id="turned"), start, width=width, scan="read", id="backwards")
    return g.add(forwards["said"], g.flip(turned["said"], dims=(1,), id="turned_back"))


@template(
    "Sequences and language",
    title="Deep Speech",
    source="Hannun et al. 2014",
    paper="Deep Speech: Scaling up end-to-end speech recognition",
)
def deepspeech(
    g: Drawing,
    *,
    frequencies: Size = 160,
    context: Size = 9,
    width: Size = 2048,
    letters: Size = LETTERS,
    dropout: Probability = 0.05,
) -> None:
    """Speech becomes letters by five layers, of which one is recurrent.

    Speech had been recognised by a chain of parts that experts built: phonemes, a lexicon, models of their states.
    Deep Speech has one plain network from the spectrogram to letters. It learns from texts alone, by CTC (Graves et
    al. 2006), which adds up all ways to place the letters in the sound. Only the fourth layer is recurrent, and a
    plain one, so that it ran fast on several GPUs; thousands of hours of speech with noise laid over it did the rest.

    frequencies: How many numbers a window of sound has.
    context: How many windows on each side the first layer sees.
    width: Width of all layers.
    letters: How many letters there are, the blank among them.
    dropout: The share of values that is silenced in training.
    """
    sound = g.input(shape=("N", "T", frequencies), id="sound")
    near = {"kernel_size": 2 * context + 1, "padding": context}
    x = g.conv1d(g.transpose(sound, id="frequencies_second"), out_channels=width, **near, id="context")
    x = g.hardtanh(g.transpose(x, id="windows_second"), min_val=0.0, max_val=20.0)
    x = g.dropout(x, p=dropout) if dropout else x
    x = Dense(g, x, width=width, dropout=dropout, repeat=2, id="dense")
    x = BothWays(g, x, width=width, id="both_ways")
    x = Dense(g, x, width=width, dropout=0.0, id="dense_above")
    learn_letters(g, g.linear(x, out_features=letters, id="head"))


@module
def Listening(g: Drawing, sound: Handle, *, channels: Size = 32) -> Handle:
    """Three convolutions over frequency and time, which shorten the sound: batch × time × feature arrives and leaves.

    channels: How many filters the first two have; the third has three times as many.
    """
    x = g.unsqueeze(g.transpose(sound, id="frequencies_second"), id="image")
    first = {"kernel_size": (41, 11), "stride": 2, "padding": (20, 5)}
    later = {"kernel_size": (21, 11), "stride": (2, 1), "padding": (10, 5)}
    for times, shape in ((1, first), (1, later), (3, later)):
        x = g.batch_norm2d(g.conv2d(x, out_channels=times * channels, **shape, bias=False))
        x = g.hardtanh(x, min_val=0.0, max_val=20.0)
    return g.transpose(g.flatten(x, end_dim=2, id="features"))


@module
def Normed(g: Drawing, x: Handle) -> Handle:
    """Normalise each feature over all windows of all sounds of a batch."""
    return g.transpose(g.batch_norm1d(g.transpose(x, id="features_second")))


@module
def Recurrent(g: Drawing, x: Handle, *, width: Size = 1280) -> Handle:
    """Normalise, go over the sound in both directions, and add up what both say.

    width: Size of each memory.
    """
    both = g.gru(Normed(g, x, id="norm"), hidden_size=width, bidirectional=True, id="gru")
    halves = g.chunk(both, dim=2, id="directions")
    return g.add(halves["first"], halves["second"])


@template(
    "Sequences and language",
    title="Deep Speech 2",
    source="Amodei et al. 2015",
    paper="Deep Speech 2: End-to-End Speech Recognition in English and Mandarin",
)
def deepspeech2(
    g: Drawing,
    *,
    frequencies: Size = 161,
    channels: Size = 32,
    width: Size = 1280,
    layers: Size = 7,
    letters: Size = LETTERS,
) -> None:
    """Speech becomes letters, of whatever language, by three convolutions and seven recurrent layers.

    The same network learned English and Mandarin, two languages with hardly anything in common; only the letters at
    its end are others. Convolutions over frequency and time listen first and leave half as many windows. Batch norm
    on what goes up into each recurrent layer, over all windows, made seven of them learn. In some tests it wrote down
    short clips better than people who were paid to do so.

    frequencies: How many numbers a window of sound has.
    channels: How many filters the first convolution has.
    width: Size of the memory of each recurrent layer, in each direction.
    layers: How many recurrent layers there are.
    letters: How many letters there are, the blank among them.
    """
    sound = g.input(shape=("N", "T", frequencies), id="sound")
    x = Listening(g, sound, channels=channels, id="listening")
    x = Recurrent(g, x, width=width, id="recurrent")
    x = Recurrent(g, x, width=width, repeat=layers - 1, id="deeper") if layers > 1 else x
    learn_letters(g, g.linear(Normed(g, x, id="norm"), out_features=letters, id="head"))


@module
def WaveLayer(g: Drawing, x: Handle, *, residual: Size = 32, skip: Size = 512, dilation: Size = 1) -> dict[str, Handle]:
    """Look at now and at one earlier value; what a gate lets pass is added to the way on and handed to the end.

    residual: Channels of the way on.
    skip: Channels of what is handed to the end.
    dilation: How far back the earlier value lies.
    """
    near = {"out_channels": residual, "kernel_size": 2, "dilation": dilation}
    seen = g.tanh(g.causal_conv1d(x, **near, id="filter"))
    gated = g.multiply(seen, g.sigmoid(g.causal_conv1d(x, **near, id="gate")), id="gated")
    on = g.add(x, g.conv1d(gated, out_channels=residual, kernel_size=1, id="on"))
    return {"x": on, "skip": g.conv1d(gated, out_channels=skip, kernel_size=1, id="aside")}


@module
def Stack(g: Drawing, x: Handle, *, residual: Size = 32, skip: Size = 512, layers: Size = 10) -> dict[str, Handle]:
    """Layers that each look twice as far back as the one before.

    residual: Channels of the way on.
    skip: Channels of what is handed to the end.
    layers: How many there are.
    """
    found = WaveLayer(g, x, residual=residual, skip=skip, dilation=2**INDEX, repeat=layers, id="layers")
    return {"x": found["x"], "skip": g.sum(found["skip"], dim=(0,), id="together")}


@template(
    "Sequences and language",
    title="WaveNet",
    source="van den Oord et al. 2016",
    paper="WaveNet: A Generative Model for Raw Audio",
)
def wavenet(
    g: Drawing,
    *,
    levels: Size = 256,
    residual: Size = 32,
    skip: Size = 512,
    stacks: Size = 3,
    layers: Size = 10,
) -> None:
    """Sound is made value by value, sixteen thousand a second, each by all that came before within reach.

    Speech had been put together of recorded pieces, or made by vocoders from a few parameters. WaveNet says how
    likely each of 256 levels is for the next value, and one is drawn. Convolutions that see only what came before,
    each twice as far back as the one below, reach a thousand values with ten layers; so it learns from all places at
    once and needs no memory. Gated units, residuals and skips made thirty layers learn. It halved the gap between the
    best machine voices and people.

    levels: Into how many levels a value is divided; the usual 256 lie closer where the sound is low (µ-law).
    residual: Channels of the way through the layers.
    skip: Channels of what all layers hand to the end.
    stacks: How often the distances begin again at 1.
    layers: How many layers a stack has.
    """
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.transpose(g.one_hot(tokens, num_classes=levels), id="levels_second")
    x = g.causal_conv1d(x, out_channels=residual, kernel_size=2, id="first")
    found = Stack(g, x, residual=residual, skip=skip, layers=layers, repeat=stacks, id="stacks")
    x = g.relu(g.sum(found["skip"], dim=(0,), id="together"))
    x = g.relu(g.conv1d(x, out_channels=levels, kernel_size=1, id="head1"))
    scores = g.conv1d(x, out_channels=levels, kernel_size=1, id="head2")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, g.input(shape=("N", "T"), dtype="int64", id="next"), id="loss")
    g.bits(loss, id="bits")
    g.train(loss, optimizer="Adam", settings={"lr": 1e-3}, batch=4)
