"""Sentences and questions: what whole phrases mean, up a tree, as a mean, or over several looks at the facts."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template


@module
def Take(g: Drawing, nodes: Handle, which: Handle) -> Handle:
    """Take the vector of one node of each tree."""
    place = g.expand_as(g.view(which, size=(-1, 1, 1), id="place"), g.narrow(nodes, id="like"))
    return g.squeeze(g.gather(nodes, place), dim=1)


@module
def Put(g: Drawing, nodes: Handle, vector: Handle, which: Handle) -> Handle:
    """Put a vector in the place of one node of each tree."""
    mine = g.equal(g.positions(nodes, id="numbers"), g.unsqueeze(which), id="mine")
    return g.where(g.unsqueeze(mine, dim=2), g.unsqueeze(vector, dim=1), nodes)


@module
def Compose(
    g: Drawing, left: Handle, right: Handle, parent: Handle, nodes: Handle, *, width: Size = 50
) -> dict[str, Handle]:
    """Two vectors become one, which stands for both.

    width: Size of each vector.
    """
    first, second = Take(g, nodes, left, id="take_left"), Take(g, nodes, right, id="take_right")
    whole = g.tanh(g.linear(g.concatenate([first, second], id="pair"), out_features=width, id="compose"), id="whole")
    return {"nodes": Put(g, nodes, whole, parent, id="put")}


@template(
    "Sequences and language",
    title="Recursive network",
    source="Socher et al. 2011",
    paper="Parsing Natural Scenes and Natural Language with Recursive Neural Networks",
)
def recursive_net(g: Drawing, *, vocabulary: Size = 10_000, width: Size = 50, classes: Size = 5) -> None:
    """Up a parse tree two vectors become one, again and again, until one stands for the sentence.

    A recurrent network reads from left to right, whatever belongs together. The recursive one follows the grammar:
    the same layer joins two words to a phrase, two phrases to a longer one, and each phrase is a vector like a
    word's, of which something can be said. Socher and others used one layer for the parts of sentences and for those
    of images. Iyyer and others (2014) let it answer the questions of a quiz from the vectors of its phrases. A tree
    is given as the numbers of its nodes, in the order in which they are joined.

    vocabulary: How many different words there are.
    width: Size of the vector of a word and of a phrase.
    classes: How many classes a phrase may be of.
    """
    tokens = g.input(shape=("N", "S"), dtype="int64", id="tokens")
    left, right, parent = (g.input(shape=("N", "M"), dtype="int64", id=name) for name in ("left", "right", "parent"))
    words = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="words")
    nodes = Compose(g, left, right, parent, words, width=width, scan=("left", "right", "parent"), id="tree")
    scores = g.transpose(g.linear(nodes, out_features=classes, id="head"), id="classes_second")
    g.output(scores, id="scores")
    label = g.input(shape=("N", "S"), dtype="int64", id="label")
    g.accuracy(scores, label, id="accuracy")
    g.train(g.cross_entropy(scores, label, id="loss"), optimizer="Adam", settings={"lr": 1e-3}, clip=1.0, batch=32)


@module
def Average(g: Drawing, words: Handle, text: Handle) -> Handle:
    """Take the mean of the vectors of a text's words; what fills it up behind its end does not count."""
    given = g.unsqueeze(g.cast(g.greater_than(text, id="word")), dim=2, id="given")
    total = g.sum(g.multiply(words, given), dim=(1,), id="total")
    return g.divide(total, g.clamp(g.sum(given, dim=(1,), id="count"), min=1.0, max=1e9))


@module
def Layer(g: Drawing, x: Handle, *, width: Size = 300) -> Handle:
    """A dense layer: what is slight in the mean is made large.

    width: Width of the layer.
    """
    return g.tanh(g.linear(x, out_features=width))


@template(
    "Sequences and language",
    title="Averaging answers",
    source="Iyyer et al. 2015",
    paper="Deep Unordered Composition Rivals Syntactic Methods for Text Classification",
)
def averaging_qa(
    g: Drawing,
    *,
    vocabulary: Size = 10_000,
    width: Size = 300,
    layers: Size = 3,
    classes: Size = 100,
    dropout: Probability = 0.3,
) -> None:
    """The mean of a text's word vectors passes some dense layers, which say what the answer is.

    Trees of parsers were thought to be what gives a sentence its meaning. Iyyer and others took the mean of the
    words, in no order at all, and put layers on it: each makes small differences of means larger. It was as good at
    opinions and quiz questions as recursive networks, at a small share of their time. Whole words are dropped while
    it learns, so that no single one decides.

    vocabulary: How many different words there are; 0 stands for what is behind the end of a text.
    width: Size of each word's vector, and of each layer.
    layers: How many dense layers there are.
    classes: How many answers there are to choose from.
    dropout: The share of the words that is dropped.
    """
    text = g.input(shape=("N", "T"), dtype="int64", id="text")
    words = g.embedding(text, num_embeddings=vocabulary, embedding_dim=width, id="words")
    x = Average(g, g.dropout1d(words, p=dropout, id="some_words"), text, id="average")
    x = Layer(g, x, width=width, repeat=layers, id="layers")
    scores = g.linear(x, out_features=classes, id="head")
    g.output(scores, id="scores")
    label = g.input(shape=("N",), dtype="int64", id="label")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(
        loss,
        optimizer="Adam",
        settings={"lr": 1e-3},
        data="text-classes",
        source={"level": "words", "vocabulary": vocabulary, "length": 200},
        epochs=5,
        batch=32,
    )


@module
def Gate(g: Drawing, facts: Handle, memory: Handle, question: Handle, *, width: Size = 80) -> Handle:
    """Say of each fact how much it matters now, between 0 and 1, by the question and by what is remembered.

    width: Size of each vector.
    """
    asked = g.expand_as(g.unsqueeze(question), facts, id="asked")
    known = g.expand_as(g.unsqueeze(memory), facts, id="known")
    alike = [g.multiply(facts, asked, id="like_asked"), g.multiply(facts, known, id="like_known")]
    apart = [g.abs(g.subtract(facts, item), id=name) for item, name in ((asked, "off_asked"), (known, "off_known"))]
    weighed = [
        g.unsqueeze(g.vecdot(facts, g.linear(item, out_features=width, bias=False, id=name, weights="weigh")), dim=2)
        for item, name in ((asked, "weigh_asked"), (known, "weigh_known"))
    ]
    seen = g.concatenate([facts, known, asked, *alike, *apart, *weighed], dim=2, id="seen")
    return g.sigmoid(g.linear(g.tanh(g.linear(seen, out_features=width, id="hidden")), out_features=1, id="score"))


@module
def GatedStep(g: Drawing, fact: Handle, gate: Handle, h: Handle, *, width: Size = 80) -> dict[str, Handle]:
    """Read one fact as far as its gate is open; closed, the state stays as it is.

    width: Size of the state.
    """
    new = g.gru_cell(fact, h, hidden_size=width, id="read")
    return {"h": g.add(h, g.multiply(gate, g.subtract(new, h, id="change")), id="kept")}


@module
def Episode(g: Drawing, memory: Handle, facts: Handle, question: Handle, *, width: Size = 80) -> dict[str, Handle]:
    """Look at all facts once, and remember what mattered.

    width: Size of each vector.
    """
    gates = Gate(g, facts, memory, question, width=width, id="gates")
    start = g.zeros_like(memory, id="start")
    read = GatedStep(g, facts, gates, start, width=width, scan=("fact", "gate"), id="read")
    return {"memory": g.gru_cell(read, memory, hidden_size=width, id="remember")}


@template(
    "Sequences and language",
    title="Dynamic memory network",
    source="Kumar et al. 2015",
    paper="Ask Me Anything: Dynamic Memory Networks for Natural Language Processing",
)
def memory_network(g: Drawing, *, vocabulary: Size = 200, width: Size = 80, words: Size = 12, passes: Size = 3) -> None:
    """A question is asked of a story, and its facts are gone over several times, each time by what is known so far.

    To find out where the ball is one has to learn first who took it, and only then does another sentence matter.
    Kumar and others gave a network a memory of episodes: at each pass a gate says of each fact how much it matters,
    by the question and by the memory, and what was read through the gates changes the memory. All passes have the
    same weights. It had been shown with hand-made features (Weston et al. 2015, memory networks); here everything is
    learned from answers.

    vocabulary: How many different words there are.
    width: Size of each vector.
    words: Words of a sentence; shorter ones are filled up.
    passes: How often the facts are gone over.
    """
    story = g.input(shape=("N", "F", words), dtype="int64", id="story")
    asked = g.input(shape=("N", "Q"), dtype="int64", id="question")
    known = {"num_embeddings": vocabulary, "embedding_dim": width, "weights": "words"}
    read = g.gru(g.embedding(g.flatten(story), **known, id="words"), hidden_size=width, id="read")
    ends = g.unflatten(read, unflattened_size=(-1, words), id="sentences")
    facts = g.select(ends, dim=2, index=-1, id="facts")
    heard = g.gru(g.embedding(asked, **known, id="words_asked"), hidden_size=width, id="hear")
    question = g.select(heard, index=-1, id="understood")
    memory = question
    for i in range(passes):
        memory = Episode(g, memory, facts, question, width=width, id=f"episode{i + 1}", weights="episode1")
    answer = g.linear(g.concatenate([memory, question]), out_features=vocabulary, id="answer")
    g.output(answer, id="scores")
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.accuracy(answer, label, id="accuracy")
    g.train(g.cross_entropy(answer, label, id="loss"), optimizer="Adam", settings={"lr": 1e-3}, clip=1.0, batch=32)
