"""Recurrent networks: a sequence is read place by place, and what is remembered is carried along."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def ElmanCell(g: Drawing, letter: Handle, given: Handle, hidden: Handle, *, width: Size = 128) -> dict[str, Handle]:
    """One letter and what is remembered of those before it become what is remembered now.

    Behind the end of the word nothing is given, and the memory stays as it was.

    width: Size of the memory.
    """
    remembered = g.linear(hidden, out_features=width, bias=False, id="remember")
    new = g.tanh(g.add(letter, remembered, id="together"), id="new")
    return {"hidden": g.where(given, new, hidden, id="kept")}


@template(
    "Sequences and language",
    title="Names by an Elman network",
    source="Elman 1990",
    paper="Finding Structure in Time",
)
def rnn_names(g: Drawing, *, letters: Size = 85, width: Size = 128, classes: Size = 18) -> None:
    """A surname is read letter by letter, and at its end the network says which language it is of.

    Networks had been given time as space: so many letters at once, at so many inputs. Elman let the hidden layer be
    an input of the next step, so that time is what the network does and a word of any length fits. The loop is drawn
    as one cell that runs once for each letter. By predicting the next letter or word his networks found words in
    streams of letters, and nouns and verbs among words, without being told of either.

    letters: How many different letters there are; 0 stands for what is behind the end of a word.
    width: Size of the memory.
    classes: How many languages there are to tell apart.
    """
    text = g.input(shape=("N", "T"), dtype="int64", id="text")
    read = g.linear(g.one_hot(text, num_classes=letters), out_features=width, id="read")
    given = g.unsqueeze(g.greater_than(text, id="letter"), dim=2, id="given")
    start = g.zeros_like(g.select(read, id="first"), id="start")
    last = ElmanCell(g, read, given, start, width=width, scan=("letter", "given"), id="cell")
    scores = g.linear(last, out_features=classes, id="head")
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(
        loss,
        optimizer="Adam",
        settings={"lr": 2e-3},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 2e-3}}],
        clip=1.0,
        data="names",
        epochs=6,
        batch=64,
        validation=0.05,
    )


@template(
    "Sequences and language",
    title="Both ways",
    source="Schuster & Paliwal 1997",
    paper="Bidirectional Recurrent Neural Networks",
)
def bilstm(g: Drawing, *, vocabulary: Size = 10_000, width: Size = 128, classes: Size = 17) -> None:
    """The same sequence is read from its beginning and from its end, and each place hears of both sides.

    A recurrent network knows what came before and nothing of what comes. Schuster and Paliwal let a second one read
    the sequence backwards, and put what both say of a place side by side. It needs the whole sequence at once, and
    has no delay to choose. With LSTMs in both directions (Graves & Schmidhuber 2005) it became the usual reader of
    speech and of words to be tagged. The default of 17 classes are the parts of speech of Universal Dependencies.

    vocabulary: How many different words there are.
    width: Size of each word's vector, and of the memory of each direction.
    classes: How many classes a word may be of.
    """
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    forwards = g.lstm(x, hidden_size=width, id="forwards")
    turned = g.lstm(g.flip(x, dims=(1,), id="turned"), hidden_size=width, id="backwards")
    backwards = g.flip(turned, dims=(1,), id="turned_back")
    both = g.concatenate([forwards, backwards], dim=2, id="both")
    scores = g.transpose(g.linear(both, out_features=classes, id="head"), id="classes_second")
    g.output(scores, id="scores")
    label = g.input(shape=("N", "T"), dtype="int64", id="label")
    g.accuracy(scores, label, id="accuracy")
    g.train(g.cross_entropy(scores, label, id="loss"), optimizer="Adam", settings={"lr": 1e-3}, clip=1.0, batch=32)


@module
def LastPlace(g: Drawing, states: Handle, text: Handle) -> Handle:
    """Take what was said at the last word; behind it a text is filled up with zeros."""
    count = g.sum(g.cast(g.greater_than(text, id="given")), dim=(1,), id="count")
    last = g.cast(g.clamp(g.scale(count, offset=-1.0), max=1e9), dtype="int64", id="last")
    place = g.expand_as(g.view(last, size=(-1, 1, 1), id="place"), g.narrow(states, id="like"))
    return g.squeeze(g.gather(states, place), dim=1)


@template(
    "Sequences and language",
    title="Opinions by an LSTM",
    source="Hochreiter & Schmidhuber 1997",
    paper="Long Short-Term Memory",
)
def sentiment_lstm(g: Drawing, *, vocabulary: Size = 10_000, embedded: Size = 64, width: Size = 128) -> None:
    """A review is read word by word, and one number says whether it is for or against.

    In a plain recurrent network the gradient is multiplied at every step, and is gone after some ten. The LSTM has a
    memory that is added to instead, with gates that say what is written and what is shown, so that an early "not" can
    be held to the end. The gate by which it forgets was added by Gers, Schmidhuber and Cummins (2000). Texts of a
    batch have different lengths: what counts is the state at a text's own last word.

    vocabulary: How many different words there are; 0 stands for what is behind the end of a text.
    embedded: Size of each word's vector.
    width: Size of the memory.
    """
    text = g.input(shape=("N", "T"), dtype="int64", id="text")
    x = g.embedding(text, num_embeddings=vocabulary, embedding_dim=embedded, id="embedding")
    states = g.lstm(x, hidden_size=width, id="lstm")
    score = g.linear(LastPlace(g, states, text, id="last"), out_features=1, id="head")
    g.output(score, id="score")
    label = g.cast(g.unsqueeze(g.input(shape=("N",), dtype="int64", id="label")), id="wanted")
    loss = g.binary_cross_entropy_with_logits(score, label, id="loss")
    g.binary_accuracy(score, label, id="accuracy")
    g.train(
        loss,
        optimizer="Adam",
        settings={"lr": 2e-3},
        clip=1.0,
        data="text-classes",
        source={"level": "words", "vocabulary": vocabulary, "length": 200},
        epochs=5,
        batch=32,
    )


@module
def Layer(g: Drawing, x: Handle, *, width: Size = 650, dropout: Probability = 0.5) -> Handle:
    """An LSTM that takes what dropout lets pass; what it remembers itself is never dropped.

    width: Size of the memory.
    dropout: The share of the features that is dropped on the way up.
    """
    return g.lstm(g.dropout(x, p=dropout), hidden_size=width)


ZAREMBA = {
    "category": "Sequences and language",
    "source": "Zaremba et al. 2014",
    "paper": "Recurrent Neural Network Regularization",
}


def draw_lstm(g: Drawing, vocabulary: int, width: int, layers: int, dropout: float) -> None:
    """Draw a language model of any size."""
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding")
    x = Layer(g, x, width=width, dropout=dropout, repeat=layers, id="layers")
    g.output(g.linear(g.dropout(x, p=dropout), out_features=vocabulary, id="head"), id="scores")


@template(**ZAREMBA, title="LSTM language model, medium")
def lstm_lm_medium(
    g: Drawing, *, vocabulary: Size = 10_000, width: Size = 650, layers: Size = 2, dropout: Probability = 0.5
) -> None:
    """Two layers of LSTM that read a text word by word and say which word comes next.

    Dropout, which had helped everywhere else, had harmed recurrent networks: what it silences at each step is lost to
    the memory. Zaremba, Sutskever and Vinyals dropped only what goes from layer to layer, never what goes from word
    to word. So large LSTMs learned from the million words of the Penn Treebank without knowing them by heart. The
    medium one has 650 units and loses half of what goes up.

    vocabulary: How many different words there are.
    width: Size of each word's vector, and of each memory.
    layers: So many LSTMs stand on each other.
    dropout: The share of the features that is dropped between layers.
    """
    draw_lstm(g, vocabulary, width, layers, dropout)


@template(**ZAREMBA, title="LSTM language model, large")
def lstm_lm_large(
    g: Drawing, *, vocabulary: Size = 10_000, width: Size = 1500, layers: Size = 2, dropout: Probability = 0.65
) -> None:
    """The same with 1,500 units, of which dropout takes nearly two thirds on the way up.

    It is new in one thing only: it is larger than its text would allow without dropout. Ten thousand words have 66
    million weights, for a text of a million words. A network without dropout had to be much smaller to be any good
    there.

    vocabulary: How many different words there are.
    width: Size of each word's vector, and of each memory.
    layers: So many LSTMs stand on each other.
    dropout: The share of the features that is dropped between layers.
    """
    draw_lstm(g, vocabulary, width, layers, dropout)


@template(
    "Sequences and language",
    title="LSTM on text",
    source="after Zaremba et al. 2014",
    paper="Recurrent Neural Network Regularization",
)
def lstm_text(
    g: Drawing,
    *,
    vocabulary: Size = 65,
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
