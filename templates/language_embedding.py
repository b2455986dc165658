"""Word vectors: a word is known by its neighbours."""

from grapheditor.authoring import Count, Drawing, Handle, Size, module, template


@module
def Counts(g: Drawing, tokens: Handle, *, vocabulary: Size = 500) -> Handle:
    """Count how often each two words stand in one window, and take the logarithm, as few words are most of a text.

    vocabulary: How many different words there are.
    """
    bags = g.sum(g.one_hot(tokens, num_classes=vocabulary), dim=(1,), id="bags")
    return g.log1p(g.matmul(g.transpose(bags, dim0=0, dim1=1), bags, id="together"))


@module
def Factor(g: Drawing, words: Handle, *, vocabulary: Size = 500, width: Size = 50) -> Handle:
    """Multiply two narrow matrices: a row for each word on the one side, a row for each word beside it on the other.

    vocabulary: How many different words there are.
    width: How many numbers a word has.
    """
    small = {"initial": {"weight": {"name": "normal", "settings": {"std": 0.1}}}}
    rows = g.embedding(words, num_embeddings=vocabulary, embedding_dim=width, id="vectors", learning=small)
    columns = g.embedding(words, num_embeddings=vocabulary, embedding_dim=width, id="contexts", learning=small)
    return g.matmul(rows, g.transpose(columns, dim0=0, dim1=1))


@template(
    "Sequences and language",
    title="Counts of neighbours",
    source="Deerwester et al. 1990",
    paper="Indexing by Latent Semantic Analysis",
)
def cooccurrence(g: Drawing, *, vocabulary: Size = 500, width: Size = 50, window: Size = 9) -> None:
    """Word vectors as the best factor of low rank of a matrix that counts which words stand together.

    Words had been symbols without any likeness. Latent semantic analysis counted where they occur and kept the
    largest singular values of the matrix, so that words with like company got like vectors. That was a decomposition
    of one large matrix, of words and documents. Here words are counted beside words, and the gradient finds the
    factor. No matrix of this rank is nearer in squares than the one of the largest singular values (Eckart & Young
    1936). The loss is how far it is off.

    vocabulary: How many different words there are.
    width: How many numbers a word has: the rank of the factor.
    window: So many words that follow each other are together.
    """
    tokens = g.input(shape=("N", window), dtype="int64", id="tokens")
    counts = Counts(g, tokens, vocabulary=vocabulary, id="counts")
    words = g.cast(g.arange(length=vocabulary, id="numbers"), dtype="int64", id="words")
    factor = Factor(g, words, vocabulary=vocabulary, width=width, id="factor")
    g.output(factor, id="rebuilt")
    loss = g.mse_loss(factor, counts, id="loss")
    g.train(
        loss,
        optimizer="Adam",
        settings={"lr": 2e-2},
        schedules=[{"name": "CosineAnnealingLR"}],
        data="tinyshakespeare",
        source={"level": "words", "vocabulary": vocabulary, "length": window},
        epochs=2,
        batch=4096,
        validation=0.0,
    )


@module
def Noise(g: Drawing, words: Handle, *, vocabulary: Size = 2000, negatives: Count = 5) -> Handle:
    """Draw words at random, so many for each that arrives; frequent ones more often, as they are in the text.

    The words are numbered by frequency, which falls about as one over the rank (Zipf 1949). So the fourth power of a
    number between 0 and 1 gives a rank with a frequency to the power of three quarters, as in the paper.

    vocabulary: How many different words there are.
    negatives: How many are drawn for each word.
    """
    share = g.pow(g.random_uniform(g.repeat_interleave(words, repeats=negatives), id="drawn"), exponent=4.0)
    return g.cast(g.scale(share, factor=vocabulary), dtype="int64", id="words_out")


@module
def Agreement(g: Drawing, vector: Handle, words: Handle, *, vocabulary: Size = 2000, width: Size = 64) -> Handle:
    """Say how well a word's vector agrees with words: a product of two vectors for each.

    vocabulary: How many different words there are.
    width: How many numbers a word has.
    """
    beside = g.embedding(words, num_embeddings=vocabulary, embedding_dim=width, id="contexts")
    return g.squeeze(g.matmul(beside, g.unsqueeze(vector, dim=2)))


@template(
    "Sequences and language",
    title="word2vec",
    source="Mikolov et al. 2013",
    paper="Distributed Representations of Words and Phrases and their Compositionality",
)
def word2vec(g: Drawing, *, vocabulary: Size = 2000, width: Size = 64, reach: Size = 3, negatives: Size = 5) -> None:
    """A word's vector is learned by telling the words that stand around it from words drawn at random.

    Networks that gave words vectors had scored the whole vocabulary for each word of the text. The skip-gram with
    negative samples scores a word's neighbours and a handful of others, by one product each and without a hidden
    layer, so that a hundred billion words took it a day. Words in like company get like vectors, and differences of
    vectors turned out to mean something: king less man plus woman lies near queen. Each word has two vectors, one as
    itself and one as a neighbour; the first is kept.

    vocabulary: How many different words there are.
    width: How many numbers a word has.
    reach: How many words on each side are its neighbours.
    negatives: How many random words there are for each neighbour.
    """
    sizes = {"vocabulary": vocabulary, "width": width}
    tokens = g.input(shape=("N", 2 * reach + 1), dtype="int64", id="tokens")
    middle = g.select(tokens, index=reach, id="middle")
    vector = g.embedding(middle, num_embeddings=vocabulary, embedding_dim=width, id="vectors")
    g.output(vector, id="vector")
    before = g.narrow(tokens, start=0, length=reach, id="before")
    around = g.concatenate([before, g.narrow(tokens, start=reach + 1, length=reach, id="behind")], id="around")
    noise = Noise(g, around, vocabulary=vocabulary, negatives=negatives, id="noise")
    real = Agreement(g, vector, around, **sizes, id="neighbours", weights="neighbours")
    drawn = Agreement(g, vector, noise, **sizes, id="others", weights="neighbours")
    others = g.weighed_loss(g.logistic_loss(drawn, real=False, id="told_apart"), factor=float(negatives), id="weighed")
    loss = g.total_loss([g.logistic_loss(real, id="found"), others], id="loss")
    g.train(
        loss,
        optimizer="AdamW",
        settings={"lr": 1e-2, "weight_decay": 0.5},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 1e-2}}],
        data="tinyshakespeare",
        source={"level": "words", "vocabulary": vocabulary, "length": 2 * reach + 1},
        epochs=3,
        batch=512,
        validation=0.02,
    )
