"""GPT: blocks of attention that see what came before and guess what comes next, and small ones that learn here."""

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


def draw_gpt(
    g: Drawing, vocabulary: int, context: int, width: int, layers: int, heads: int, tied: bool = True
) -> Handle:
    """Draw a GPT of any size; return its scores, token by token."""
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    small = {"initial": {"weight": {"name": "normal", "settings": {"std": 0.02}}}}
    x = g.embedding(tokens, num_embeddings=vocabulary, embedding_dim=width, id="embedding", learning=small)
    x = g.position_embedding(x, length=context, id="positions")
    x = Block(g, x, width=width, heads=heads, repeat=layers, id="blocks")
    x = g.layer_norm(x, id="norm")
    if tied:
        g.tie("head.weight", "embedding.weight")
    return g.linear(x, out_features=vocabulary, bias=False, id="head")


CATEGORY = "Sequences and language"
RADFORD = {"source": "Radford et al. 2019", "paper": "Language Models are Unsupervised Multitask Learners"}


@template(CATEGORY, title="GPT-2", **RADFORD)
def gpt2(
    g: Drawing,
    *,
    vocabulary: Size = 50_257,
    context: Size = 1024,
    width: Size = 768,
    layers: Size = 12,
    heads: Size = 12,
) -> None:
    """Twelve blocks of attention that guess the next token; the head is the embedding, read the other way.

    A network had been trained for each task, on examples of it. GPT-2 only learned to go on with texts, forty
    gigabytes of pages that people had linked to, and was found to translate, answer and sum up a little without
    having been shown how. Its blocks are those of the transformer's decoder, with the norms put before each part, so
    that many of them learn. Tokens are joined bytes, so no text is foreign to it.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    g.output(draw_gpt(g, vocabulary, context, width, layers, heads), id="scores")


@template(CATEGORY, title="GPT-2 medium", **RADFORD)
def gpt2_medium(
    g: Drawing,
    *,
    vocabulary: Size = 50_257,
    context: Size = 1024,
    width: Size = 1024,
    layers: Size = 24,
    heads: Size = 16,
) -> None:
    """Twenty-four blocks of 1,024 features.

    It has the size of the largest BERT. The paper trained four sizes on the same text, and what they left to be
    guessed fell with each: this was among the first hints that size alone goes a long way. Nothing else is different
    between them.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    g.output(draw_gpt(g, vocabulary, context, width, layers, heads), id="scores")


@template(CATEGORY, title="GPT-2 large", **RADFORD)
def gpt2_large(
    g: Drawing,
    *,
    vocabulary: Size = 50_257,
    context: Size = 1024,
    width: Size = 1280,
    layers: Size = 36,
    heads: Size = 20,
) -> None:
    """Thirty-six blocks of 1,280 features.

    The third of four sizes that were trained on the same text. Even the largest of them had not yet learned all that
    its text could teach, the paper says. Nothing but the size is different between them.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    g.output(draw_gpt(g, vocabulary, context, width, layers, heads), id="scores")


@template(CATEGORY, title="GPT-2 XL", **RADFORD)
def gpt2_xl(
    g: Drawing,
    *,
    vocabulary: Size = 50_257,
    context: Size = 1024,
    width: Size = 1600,
    layers: Size = 48,
    heads: Size = 25,
) -> None:
    """Forty-eight blocks of 1,600 features.

    This is the network that the paper calls GPT-2. It was the best known on seven of eight texts that it had never
    been trained for. Its weights were held back for nine months, for fear of what would be written with them, which
    had not been done before.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    g.output(draw_gpt(g, vocabulary, context, width, layers, heads), id="scores")


@template(CATEGORY, title="GPT-3", source="Brown et al. 2020", paper="Language Models are Few-Shot Learners")
def gpt3(
    g: Drawing,
    *,
    vocabulary: Size = 50_257,
    context: Size = 2048,
    width: Size = 12_288,
    layers: Size = 96,
    heads: Size = 96,
) -> None:
    """Ninety-six blocks of 12,288 features: looked at here, never allocated.

    It is a hundred times GPT-2. Shown a few examples of a task in the text itself, it goes on with the task, without
    any weight being changed; smaller ones do that badly. Half of its blocks look at near places only, which changes
    no count and is not drawn here.

    vocabulary: How many different tokens there are.
    context: The longest text, in tokens.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    g.output(draw_gpt(g, vocabulary, context, width, layers, heads), id="scores")


SHAKESPEARE = 65
"""How many different characters tinyshakespeare has."""


@template(
    CATEGORY,
    title="GPT on characters",
    source="after Radford et al. 2018",
    paper="Improving Language Understanding by Generative Pre-Training",
)
def char_gpt(
    g: Drawing,
    *,
    vocabulary: Size = SHAKESPEARE,
    context: Size = 64,
    width: Size = 96,
    layers: Size = 3,
    heads: Size = 4,
) -> None:
    """A small GPT that learns here, from Shakespeare, to go on with a text character by character.

    The first GPT took only the decoder of the transformer, and only guessed the next token; what it had learned by
    that served other tasks. This one has three of its blocks and sees 64 characters. It says what is left to be
    guessed in bits a character: 6 at first, as for letters drawn by lot. Drawn from what it says, a text first gets
    the lengths of words right, then words, then names and the look of a play.

    vocabulary: How many different characters the text has.
    context: The longest text, in characters.
    width: Features of each place.
    layers: How many blocks there are.
    heads: Among how many heads attention divides the features.
    """
    scores = g.transpose(draw_gpt(g, vocabulary, context, width, layers, heads, tied=False), id="classes_second")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, g.input(shape=("N", "T"), dtype="int64", id="next"), id="loss")
    g.bits(loss, id="bits")
    g.train(
        loss,
        optimizer="AdamW",
        settings={"lr": 3e-3, "betas": (0.9, 0.98)},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 3e-3}}],
        clip=1.0,
        data="tinyshakespeare",
        record="head",
        record_every=200,
        source={"length": context, "step": max(1, context // 2)},
        epochs=1,
        batch=32,
        validation=0.02,
    )


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


@template(
    CATEGORY,
    title="Masked characters",
    source="after Devlin et al. 2018",
    paper="BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
)
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
