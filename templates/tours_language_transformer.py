"""Tours through transformers: networks in which each place of a text asks the others."""

from grapheditor.authoring import Guide, tour


@tour("The transformer", template="transformer-base")
def transformer_base(t: Guide) -> None:
    """A reader and a writer, of attention and dense layers alone."""
    t.look(
        "A text becomes 512 numbers at each of S places. Nothing here knows an order, so waves are added that tell "
        "where a place is; they are computed and have no weights.",
        "words.embedding",
        "words.positions",
    )
    t.look(
        "Each place asks (query), is asked (key) and gives what it has (value). These three layers and the one behind "
        "have 512 · 512 + 512 = 262,656 weights each, however long the text is.",
        "encoder.0.look.query",
        "encoder.0.look.key",
        "encoder.0.look.value",
        "encoder.0.look.project",
    )
    t.look(
        "In the decoder the T places that are written ask the S places that were read: see the sizes on the wires.",
        "decoder.0.look.query",
        "decoder.0.look.key",
        "decoder.0.look.value",
    )
    t.look(
        "Reader, writer and scores share one table of 37,000 · 512 = 18,944,000 weights. It counts once in "
        "63,082,496; encoder and decoder have 18.9 and 25.2 million.",
        "words",
        "target_words",
        "head",
    )
    t.change(
        "With 4,096 features between the two dense layers of each layer there are 88.3 million weights. Attention has "
        "none of the 25.2 that came.",
        "Widen the dense layers",
        nodes={"encoder": {"hidden": 4096}, "decoder": {"hidden": 4096}},
    )


@tour("GPT-2", template="gpt2")
def gpt2(t: Guide) -> None:
    """What comes next, from all that came before."""
    t.look(
        "50,257 tokens with 768 numbers each, 38.6 million weights, and a learned vector for each of 1,024 places, "
        "786,432 more.",
        "embedding",
        "positions",
    )
    t.look(
        "Attention is causal: a place sees itself and those before it. So all places of a text learn at the same "
        "time, and none sees what it is to guess.",
        "blocks.0.attention.attention1",
    )
    t.look(
        "Each place by itself is widened to 3,072 features and narrowed again. That is 4,722,432 weights, two thirds "
        "of a block.",
        "blocks.0.feed_forward.widen",
        "blocks.0.feed_forward.narrow",
    )
    t.look(
        "The scores are products with the vectors of the tokens: the head's weights are those of the embedding and "
        "count once. Without that it would have 163.0 million instead of 124.4.",
        "head",
        "embedding",
    )
    t.change(
        "For texts of 2,048 tokens 786,432 weights are added, 125,226,240 in all. Nothing in the blocks depends on "
        "the length of a text.",
        "Allow longer texts",
        nodes={"positions": {"length": 2048}},
    )


@tour("GPT-3", template="gpt3")
def gpt3(t: Guide) -> None:
    """Too large for this machine, and yet its sizes can be looked at."""
    t.look(
        "174,604,259,328 weights. At four bytes each they are 698 GB; here only sizes are worked out, and none of "
        "them is made.",
    )
    t.look(
        "Ninety-six blocks with 1.81 billion weights each: one block is larger than the largest GPT-2, which has 1.56.",
        "blocks",
    )
    t.look(
        "12,288 features become 49,152: 604 million weights in this one layer, nearly five times the smallest GPT-2.",
        "blocks.0.feed_forward.widen",
    )
    t.look(
        "96 heads divide the 12,288 features: each looks by 128 of them. How many heads there are changes no count of "
        "weights.",
        "blocks.0.attention.attention1",
    )
    t.change(
        "Twice as many tokens, 100,000, add 611 million weights. That is 0.35 % of it: 175.2 billion instead of "
        "174.6. Embedding and head are one table, so both change.",
        "Take 100,000 tokens",
        nodes={"embedding": {"num_embeddings": 100_000}, "head": {"out_features": 100_000}},
    )


@tour("BERT", template="bert-base")
def bert_base(t: Guide) -> None:
    """A text, read from both sides."""
    t.look(
        "Three vectors of 768 are added up: what a token is, of 30,522; to which of two sentences it belongs; where "
        "it stands, of 512 places.",
        "embeddings.words",
        "embeddings.sentence",
        "embeddings.positions",
    )
    t.look(
        "Attention is not causal: each place sees those before it and those behind it. Twelve heads divide the 768 "
        "features, 64 for each.",
        "encoder.0.attention.attention1",
    )
    t.look("What is to be said of the whole text is read from the first place alone: 590,592 weights.", "pooler")
    t.change(
        "768 features do not divide among ten heads: the problem is shown where it is, inside the attention, and what "
        "follows has no shapes.",
        "Take ten heads",
        nodes={"encoder": {"heads": 10}},
    )
    t.change(
        "Sixteen heads get 48 features each: it is sound again. The weights are 109,482,240 as they were, since heads "
        "only divide what there is.",
        "Take sixteen heads",
        nodes={"encoder": {"heads": 16}},
    )


@tour("Masked characters", template="masked-lm")
def masked_lm(t: Guide) -> None:
    """What was hidden is guessed from both sides."""
    t.look(
        "Of each batch 15 % of the characters are chosen by lot and replaced by a token of their own, number 65.",
        "chosen",
        "hidden",
    )
    t.look(
        "The network stands here twice with the same 159,553 weights: once for what is hidden while it learns, once "
        "for texts that come from outside.",
        "guess",
        "reader",
    )
    t.look(
        "Only where something was hidden is there something to guess; all other targets are left out.", "target", "loss"
    )
    t.act(
        "Shakespeare is not in the package: it is downloaded once, under Data on the right. By lot "
        "six bits a hidden character are left to be guessed; after one pass it is 3.3 or less.",
        "Train",
        "train",
    )
    t.change(
        "With 128 features it has 613,953 weights, nearly four times as many. Both places share them, so both have to "
        "change.",
        "Double the features",
        nodes={"reader": {"width": 128}, "guess": {"width": 128}},
    )


@tour("A small GPT that learns here", template="char-gpt")
def char_gpt(t: Guide) -> None:
    """To go on with Shakespeare, character by character."""
    t.look(
        "65 characters with 96 numbers each, and a vector for each of 64 places: 6,240 and 6,144 of all 354,336 "
        "weights.",
        "embedding",
        "positions",
    )
    t.look(
        "Three blocks; in each, four heads look back by 24 features each. A place sees nothing of what follows it.",
        "blocks.0.attention.attention1",
    )
    t.look("What is left to be guessed, in bits a character: six where each of 65 is as likely.", "bits")
    t.act(
        "Shakespeare is not in the package: it is downloaded once, under Data on the right. See "
        "what it writes every 200 steps; after one pass 3 bits or less are left.",
        "Train",
        "train",
    )
    t.change(
        "Twice the features are nearly four times the weights, 1,372,224, since most layers lead from features to "
        "features. Train once more, and compare both runs.",
        "Double the features",
        nodes={"embedding": {"embedding_dim": 192}, "blocks": {"width": 192}},
    )


@tour("Llama 2", template="llama")
def llama(t: Guide) -> None:
    """What became of the blocks of GPT."""
    t.look(
        "Queries have 8,192 features, keys and values 1,024: 67,108,864 weights, and 8,388,608 each. Eight heads of "
        "queries share one of keys and values.",
        "blocks.0.attention.query",
        "blocks.0.attention.key",
        "blocks.0.attention.value",
    )
    t.look(
        "No vectors of places are learned: queries and keys are turned by angles that grow with the place, so that "
        "their product knows how far apart they are. That has no weights.",
        "blocks.0.attention.turned_queries",
        "blocks.0.attention.turned_keys",
    )
    t.look(
        "Each place is widened to 28,672 features twice, and one of both weighs the other. These three layers have "
        "56.4 of all 69.0 billion weights.",
        "blocks.0.feed_forward.gate",
        "blocks.0.feed_forward.widen",
        "blocks.0.feed_forward.narrow",
    )
    t.change(
        "As many heads of keys as of queries is attention as it was. Keys and values have eight times the weights, "
        "78.4 billion in all, and eight times as much is to be kept of a text while it is written.",
        "Take 64 groups",
        nodes={"blocks": {"groups": 64}},
    )


@tour("Mixtral", template="mixtral")
def mixtral(t: Guide) -> None:
    """Eight networks, of which two are asked."""
    t.look(
        "Where GPT has one dense network there is a mixture here: a router, and eight networks of 176 million weights "
        "each.",
        "blocks.0.mixture.router",
        "blocks.0.mixture.experts_",
    )
    t.look(
        "Inside the router: eight scores for each place, by 4,096 · 8 = 32,768 weights. The two best become shares "
        "that add up to 1; all others get 0.",
        "blocks.0.mixture.router.scores",
        "blocks.0.mixture.router.best",
        "blocks.0.mixture.router.shares",
    )
    t.look(
        "45.1 of all 46.7 billion weights are in such networks. A token uses two of eight in each block: 12.9 billion "
        "weights. Here all eight compute, and six of them count as zero.",
        "blocks",
    )
    t.change(
        "With sixteen networks there are 91.8 billion weights. A token still uses two of them in each block, so 12.9 "
        "billion as before.",
        "Take sixteen networks",
        nodes={"blocks": {"experts": 16}},
    )
