"""From one sequence to another: a sentence is read whole, and then written in another language."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


@module
def Reader(
    g: Drawing, words: Handle, *, vocabulary: Size = 160_000, width: Size = 1000, layers: Size = 4
) -> dict[str, Handle]:
    """Read a sentence from its end to its beginning; what is left of it are the last states of the LSTMs.

    vocabulary: How many words the language has.
    width: Size of each word's vector, and of each memory.
    layers: So many LSTMs stand on each other.
    """
    x = g.embedding(g.flip(words, dims=(1,), id="turned"), num_embeddings=vocabulary, embedding_dim=width, id="embed")
    read = g.lstm(x, hidden_size=width, num_layers=layers, id="lstm")
    return {"hidden": read["hidden"], "cell": read["cell"]}


@module
def Writer(
    g: Drawing,
    words: Handle,
    hidden: Handle,
    cell: Handle,
    *,
    vocabulary: Size = 80_000,
    width: Size = 1000,
    layers: Size = 4,
) -> Handle:
    """Go on from the reader's states: say after each word of the translation which one comes next.

    vocabulary: How many words the language has.
    width: Size of each word's vector, and of each memory.
    layers: So many LSTMs stand on each other.
    """
    x = g.embedding(words, num_embeddings=vocabulary, embedding_dim=width, id="embed")
    x = g.lstm(x, hidden, cell, hidden_size=width, num_layers=layers, id="lstm")
    return g.linear(x, out_features=vocabulary, id="head")


@template(
    "Sequences and language",
    title="Sequence to sequence",
    source="Sutskever et al. 2014",
    paper="Sequence to Sequence Learning with Neural Networks",
)
def seq2seq(
    g: Drawing,
    *,
    source_words: Size = 160_000,
    target_words: Size = 80_000,
    width: Size = 1000,
    layers: Size = 4,
) -> None:
    """One LSTM reads a sentence into a vector of fixed size, and another one writes its translation from it.

    Networks had taken and given vectors of a known size; a translation is as long as it is. Here one deep LSTM reads
    and another writes until it says that it is done, and nothing but the last states goes from the one to the other.
    The source is read backwards, which puts its first words near to the first of the translation, and helped much. By
    itself it translated better than a phrase-based system, which was more than anybody had expected of a network
    alone.

    source_words: How many words the language has that is read.
    target_words: How many words the language has that is written.
    width: Size of each word's vector, and of each memory.
    layers: So many LSTMs stand on each other, in the reader and in the writer.
    """
    source = g.input(shape=("N", "S"), dtype="int64", id="source")
    target = g.input(shape=("N", "T"), dtype="int64", id="target")
    read = Reader(g, source, vocabulary=source_words, width=width, layers=layers, id="reader")
    sizes = {"vocabulary": target_words, "width": width, "layers": layers}
    g.output(Writer(g, target, read["hidden"], read["cell"], **sizes, id="writer"), id="scores")


@module
def DeeperLayer(g: Drawing, x: Handle, *, width: Size = 1000) -> Handle:
    """One more recurrent layer, added to what arrives at it, so that many can stand on each other.

    width: Size of its memory.
    """
    return g.add(x, g.gru(x, hidden_size=width, id="gru"))


@module
def Alignment(g: Drawing, state: Handle, notes: Handle, keys: Handle, *, align: Size = 1000) -> Handle:
    """Ask where to look in the source: a small network scores each place, and the notes are mixed by the scores.

    align: Width of the small network.
    """
    asked = g.unsqueeze(g.linear(state, out_features=align, bias=False, id="ask"))
    energy = g.linear(g.tanh(g.add(keys, asked)), out_features=1, bias=False, id="energy")
    weights = g.softmax(energy, dim=1, id="weights")
    return g.sum(g.multiply(weights, notes), dim=(1,), id="context")


@module
def WriterStep(
    g: Drawing, word: Handle, state: Handle, notes: Handle, keys: Handle, *, width: Size = 1000, align: Size = 1000
) -> dict[str, Handle]:
    """Look at the source anew for each word, then go on by the word before and by what was seen.

    width: Size of the memory.
    align: Width of the network that says where to look.
    """
    context = Alignment(g, state, notes, keys, align=align, id="look")
    new = g.gru_cell(g.concatenate([word, context], id="seen"), state, hidden_size=width, id="cell")
    return {"state": new, "said": new, "context": context}


@module
def Readout(
    g: Drawing,
    said: Handle,
    context: Handle,
    word: Handle,
    *,
    vocabulary: Size = 30_000,
    readout: Size = 500,
) -> Handle:
    """Score all words by the writer's state, what it saw and the word before; of each two features the larger counts.

    vocabulary: How many words the language has.
    readout: How many pairs of features there are before the scores.
    """
    features = g.linear(g.concatenate([said, context, word], dim=2, id="all"), out_features=2 * readout, id="features")
    larger = g.max(g.unflatten(features, dim=2, unflattened_size=(-1, 2), id="pairs"), id="larger")
    return g.linear(larger, out_features=vocabulary, id="head")


@template(
    "Sequences and language",
    title="Attention",
    source="Bahdanau et al. 2014",
    paper="Neural Machine Translation by Jointly Learning to Align and Translate",
)
def attention_seq2seq(
    g: Drawing,
    *,
    source_words: Size = 30_000,
    target_words: Size = 30_000,
    embedded: Size = 620,
    width: Size = 1000,
    align: Size = 1000,
    readout: Size = 500,
    layers: Size = 1,
) -> None:
    """A translator that keeps notes of all places of the source, and looks at those that it needs for the next word.

    A vector of fixed size is too small for a long sentence. Here a network reads in both directions and keeps what it
    has to say at each place; before each word of the translation a small network scores the places, and their mean by
    these scores is what the writer sees. So it learned to align words without being shown any alignment, and long
    sentences were no worse than short ones. This is where attention began. GNMT (Wu et al. 2016) made it eight layers
    deep, with LSTMs, and let its lowest layer do the looking, as it does here.

    source_words: How many words the language has that is read.
    target_words: How many words the language has that is written.
    embedded: Size of each word's vector.
    width: Size of each memory.
    align: Width of the network that says where to look.
    readout: How many pairs of features there are before the scores.
    layers: How many layers the reader and the writer have; 8 is the depth of GNMT.
    """
    source = g.input(shape=("N", "S"), dtype="int64", id="source")
    target = g.input(shape=("N", "T"), dtype="int64", id="target")
    x = g.embedding(source, num_embeddings=source_words, embedding_dim=embedded, id="source_words")
    both = g.gru(x, hidden_size=width, bidirectional=True, id="reader")
    notes = g.gru(both, hidden_size=width, id="reader2") if layers > 1 else both
    notes = DeeperLayer(g, notes, width=width, repeat=layers - 2, id="deeper_reader") if layers > 2 else notes
    keys = g.linear(notes, out_features=align, id="keys")
    begun = g.select(both["hidden"], dim=0, index=1, id="read_to_the_beginning")
    start = g.tanh(g.linear(begun, out_features=width, id="start"))
    word = g.embedding(target, num_embeddings=target_words, embedding_dim=embedded, id="target_words")
    step = WriterStep(g, word, start, notes, keys, width=width, align=align, scan="word", id="writer")
    said = step["said"]
    said = DeeperLayer(g, said, width=width, repeat=layers - 1, id="deeper_writer") if layers > 1 else said
    scores = Readout(g, said, step["context"], word, vocabulary=target_words, readout=readout, id="readout")
    g.output(scores, id="scores")
