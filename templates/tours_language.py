"""Tours through networks that read sequences place by place, through word vectors, and through sound."""

from grapheditor.authoring import Guide, tour


@tour("Names by an Elman network", template="rnn-names")
def rnn_names(t: Guide) -> None:
    """One cell that runs once for each letter."""
    t.look("Each of 85 letters becomes 128 numbers of its own, by 85 · 128 + 128 = 11,008 weights.", "one_hot1", "read")
    t.look(
        "The cell is drawn once and runs for each letter of a name. What it remembered is an input of the next step, "
        "through the same 128 · 128 = 16,384 weights each time.",
        "cell",
    )
    t.look(
        "Inside: names of a batch have different lengths. Where a name has ended nothing is given, and the memory "
        "stays as it was.",
        "cell.new",
        "cell.kept",
    )
    t.act(
        "The surnames are not in the package: they are downloaded once, under Data on the right. Of a "
        "thousand names that were held out at least 65 % then get the right one of 18 languages.",
        "Train",
        "train",
    )
    t.change(
        "A memory twice as large has four times the weights in its loop, 256 · 256 = 65,536. In all they go from "
        "29,714 to 92,178.",
        "Double the memory",
        nodes={"read": {"out_features": 256}, "cell": {"width": 256}},
    )


@tour("A language model of LSTMs", template="lstm-lm-medium")
def lstm_lm_medium(t: Guide) -> None:
    """Which word comes next, by two LSTMs."""
    t.look("Each of 10,000 words has a row of 650 numbers that is learned: 6,500,000 weights.", "embedding")
    t.look(
        "Two LSTMs stand on each other. Three gates and what is to be written weigh 650 numbers that arrive and 650 "
        "that are remembered, with two biases: 4 · (650 · 650 · 2 + 2 · 650) = 3,385,200 weights each.",
        "layers",
    )
    t.look(
        "Inside: dropout silences half of what goes up, at random while it learns. What goes from word to word inside "
        "the LSTM is never dropped.",
        "layers.0.dropout1",
        "layers.0.lstm1",
    )
    t.look(
        "A score for each of 10,000 words at each place: 6,510,000 weights. There is no recipe: the paper's text, the "
        "Penn Treebank, is not in the package.",
        "head",
    )
    t.change(
        "With 1,500 units and more dropout it is the paper's large one: 66,034,000 weights instead of 19,780,400.",
        "Make it the large one",
        nodes={
            "embedding": {"embedding_dim": 1500},
            "layers": {"width": 1500, "dropout": 0.65},
            "dropout1": {"p": 0.65},
        },
    )


@tour("Opinions by an LSTM", template="sentiment-lstm")
def sentiment_lstm(t: Guide) -> None:
    """A text of any length becomes one number."""
    t.look("10,000 words with 64 numbers each: 640,000 of all 739,457 weights are vectors of words.", "embedding")
    t.look(
        "The LSTM gives 128 numbers at each word. Three gates say what is kept, written and shown: 4 · (64 · 128 + "
        "128 · 128 + 2 · 128) = 99,328 weights, however long the text is.",
        "lstm",
    )
    t.look(
        "Texts of a batch are filled up to one length with zeros. Here the words are counted, and what the LSTM said "
        "at the last real one is taken.",
        "last",
    )
    t.look(
        "One number: above zero the text is for it, below against. The recipe needs texts of your own, a file for "
        "each of two classes with one text a line; choose them in the tab Data.",
        "head",
    )
    t.change(
        "With a memory of 256 the LSTM has 329,728 weights, more than three times as many; the last layer has 257 "
        "instead of 129.",
        "Double the memory",
        nodes={"lstm": {"hidden_size": 256}},
    )


@tour("Both ways", template="bilstm")
def bilstm(t: Guide) -> None:
    """A place hears of what comes before it and of what follows."""
    t.look("The upper way turns the sequence round, reads it, and turns what was said back.", "turned", "turned_back")
    t.look("Two LSTMs with 132,096 weights each, which share nothing.", "forwards", "backwards")
    t.look("At each place both are laid side by side: 128 + 128 = 256 numbers, from both sides.", "both")
    t.look(
        "17 scores at each word, one for each part of speech: 256 · 17 + 17 = 4,369 weights. Sentences with their "
        "parts of speech are not in the package, so the recipe names no data.",
        "head",
    )
    t.change(
        "With memories of 256 each LSTM has 395,264 weights, and 512 numbers arrive at the last layer.",
        "Double both memories",
        nodes={"forwards": {"hidden_size": 256}, "backwards": {"hidden_size": 256}},
    )


@tour("From sentence to sentence", template="seq2seq")
def seq2seq(t: Guide) -> None:
    """One network reads, another one writes."""
    t.look("The sentence is turned round first, so that its first words are the last that were read.", "reader.turned")
    t.look(
        "Two wires lead from the reader to the writer, each with 4 · 1,000 numbers for a sentence. That is all the "
        "writer ever knows of it, however long it is.",
        "reader",
        "writer",
    )
    t.look(
        "The four LSTMs of the writer have 32 million weights. The vectors of its words have 80 million, and so have "
        "the scores, a layer from 1,000 numbers to 80,000 words.",
        "writer.embed",
        "writer.lstm",
        "writer.head",
    )
    t.change(
        "With 40,000 words to write it has 304 million weights instead of 384: each word costs 1,000 as a vector and "
        "1,001 as a score.",
        "Halve the words",
        nodes={"writer": {"vocabulary": 40_000}},
    )


@tour("Where attention began", template="attention-seq2seq")
def attention_seq2seq(t: Guide) -> None:
    """For each word that is written the source is looked at anew."""
    t.look("It reads in both directions and keeps notes at all places: S places with 2,000 numbers each.", "reader")
    t.look(
        "The writer's step runs once for each word. It sees the word before, 620 numbers, and what it found in the "
        "source, 2,000.",
        "target_words",
        "writer",
    )
    t.look(
        "Inside: the state asks, each place of the source gets a score, and softmax makes shares of them that add up "
        "to 1. The mean of the notes by these shares is what is seen.",
        "writer.look.ask",
        "writer.look.energy",
        "writer.look.weights",
        "writer.look.context",
    )
    t.look(
        "What the notes have to say to a question does not depend on the question, so it is computed once for all "
        "words: 2,000 · 1,000 + 1,000 = 2,001,000 weights.",
        "keys",
    )
    t.change(
        "Half as wide, the network that says where to look has 1.5 million weights less. Both ends have to agree, or "
        "they could not be added: so two nodes change.",
        "Make it 500 wide",
        nodes={"keys": {"out_features": 500}, "writer": {"align": 500}},
    )


@tour("Word vectors", template="word2vec")
def word2vec(t: Guide) -> None:
    """A word is known by its neighbours."""
    t.look("Seven words of the text: the one in the middle, and three on each side.", "middle", "around")
    t.look(
        "2,000 words with 64 numbers each, 128,000 weights. A second table of the same size has the words as "
        "neighbours; two nodes share it, so there are 256,000 in all.",
        "vectors",
        "neighbours",
        "others",
    )
    t.look("For each of six neighbours five words are drawn at random, the frequent ones more often.", "noise")
    t.act(
        "Shakespeare is not in the package: it is downloaded once, under Data on the right. Who "
        "gives all words one half has a loss of 6 · 0.693 = 4.16; it comes to 2.8 or below.",
        "Train",
        "train",
    )
    t.change(
        "With ten random words for each neighbour 60 products are computed instead of 30, and no weight is added.",
        "Draw ten words",
        nodes={"noise": {"negatives": 10}},
    )


@tour("WaveNet", template="wavenet")
def wavenet(t: Guide) -> None:
    """Sound, value by value, from what came before."""
    t.look("A value of the sound is one of 256 levels. T of them arrive, and scores for T next ones leave.", "one_hot1")
    t.look(
        "Inside a layer: filter and gate look at now and at one earlier value. The gate says how much of the filter "
        "goes on; one way leads to the next layer, one aside to the end.",
        "stacks.0.layers.0.filter",
        "stacks.0.layers.0.gate",
        "stacks.0.layers.0.on",
        "stacks.0.layers.0.aside",
    )
    t.look(
        "In a stack the earlier value lies 1, 2, 4, up to 512 back: 1,023 together. Three stacks and the first "
        "convolution see 3 · 1,023 + 2 = 3,071 values, a fifth of a second at 16,000 a second.",
        "stacks",
    )
    t.look(
        "What all thirty layers laid aside is added up: 512 channels. The recipe names no data, since no sounds are "
        "in the package.",
        "together",
    )
    t.change(
        "With five layers a stack reaches 31 back, and the network sees 3 · 31 + 2 = 95 values. It has 545,216 "
        "weights instead of 876,896: half the layers, but a thirtieth of the reach.",
        "Take five layers",
        nodes={"stacks": {"layers": 5}},
    )


@tour("Deep Speech 2", template="deepspeech2")
def deepspeech2(t: Guide) -> None:
    """Speech becomes letters."""
    t.look("T windows of sound with 161 frequencies each.", "sound")
    t.look(
        "Inside: three convolutions over frequency and time. The first moves by two in both and leaves half of the "
        "windows; frequencies go 161, 81, 41, 21. With 96 channels that is 96 · 21 = 2,016 features.",
        "listening.conv1",
        "listening.conv2",
        "listening.conv3",
        "listening.features",
    )
    t.look(
        "Each of seven recurrent layers goes over the sound in both directions and adds up what both say. Six of them "
        "are one module, repeated: 118 of all 144 million weights.",
        "recurrent",
        "deeper",
    )
    t.look(
        "29 scores a window: letters, space, apostrophe, and a blank. The loss, CTC, adds up all ways to place a "
        "text's letters in the windows. It names no data: no speech with its text is in the package.",
        "head",
        "loss",
    )
    t.change(
        "With half the channels 1,008 features leave the convolutions. The first recurrent layer falls from 25.3 to "
        "17.6 million weights, the six above it stay as they are.",
        "Halve the channels",
        nodes={"listening": {"channels": 16}},
    )


@tour("Questions about a story", template="memory-network")
def memory_network(t: Guide) -> None:
    """The facts are gone over three times."""
    t.look(
        "A story has F sentences of twelve words. All are read in one go, and what was remembered at the end of each "
        "is its fact: 80 numbers.",
        "story",
        "read",
        "facts",
    )
    t.look(
        "Inside a pass: a gate between 0 and 1 says of each fact how much it matters now, by the question and by what "
        "is remembered.",
        "episode1.gates",
        "episode1.read",
        "episode1.remember",
    )
    t.look(
        "Three passes with the same 135,681 weights, which count once. A fact that did not matter in the first may "
        "matter in the second.",
        "episode1",
        "episode2",
        "episode3",
    )
    t.look(
        "A score for each of 200 words: 160 · 200 + 200 = 32,200 weights. The recipe names no data, since no stories "
        "with questions are in the package.",
        "answer",
    )
    t.change(
        "Sentences of twenty words need no weight more, 255,241 as before: the same cell reads on. Where they are cut "
        "apart has to be told as well, so two nodes change.",
        "Take twenty words",
        nodes={"story": {"shape": ("N", "F", 20)}, "sentences": {"unflattened_size": (-1, 20)}},
    )


@tour("Counts of neighbours", template="cooccurrence")
def cooccurrence(t: Guide) -> None:
    """Words that keep like company get like vectors, by counting alone."""
    t.look(
        "Here it is counted how often each of 500 words stands within nine words of each other one: a table of 500 by "
        "500 numbers. The logarithm makes small what a few frequent words have much of.",
        "counts.together",
        "counts.log1p1",
    )
    t.look(
        "Two narrow tables are multiplied: 500 rows of 50 numbers for the words, and as many for what stands beside "
        "them. That is 50,000 weights for 250,000 counts, so it has to say what many words have in common.",
        "factor.vectors",
        "factor.contexts",
        "factor.product1",
    )
    t.act(
        "Shakespeare is not in the package: it is downloaded once, under Data on the right. The "
        "loss is how far the product is from the counts; it can fall as low as the largest 50 singular values leave "
        "it, and no lower.",
        "Train",
        "train",
    )
    t.change(
        "With 10 numbers a word has to be said in a fifth of the weights, and the counts are rebuilt less well.",
        "Ten numbers a word",
        nodes={"factor": {"width": 10}},
    )


@tour("Up a tree", template="recursive-net")
def recursive_net(t: Guide) -> None:
    """The same layer joins words to phrases and phrases to sentences."""
    t.look("10,000 words have 50 numbers each: 500,000 of all 505,305 weights.", "words")
    t.look(
        "A tree comes as three lists: which two nodes are joined at each step, and where the phrase is kept.",
        "left",
        "right",
        "parent",
    )
    t.look(
        "One step: two vectors are laid side by side, and a layer makes of 100 numbers 50 again, by 100 · 50 + 50 = "
        "5,050 weights. A phrase is a vector like a word's, so that it can be joined to others.",
        "tree.pair",
        "tree.compose",
        "tree.whole",
    )
    t.look("Something is said of each phrase, not of the whole alone: 5 scores by 255 weights.", "head")
    t.change(
        "Vectors of 100 numbers double those of the words, and make the layer that joins four times as large: 20,100 "
        "weights.",
        "Double the vectors",
        nodes={"words": {"embedding_dim": 100}, "tree": {"width": 100}},
    )


@tour("The mean of the words", template="averaging-qa")
def averaging_qa(t: Guide) -> None:
    """Without any order, and nearly as good."""
    t.look("10,000 words with 300 numbers each: 3,000,000 of all 3,301,000 weights.", "words")
    t.look("While it learns three words in ten are dropped as a whole, so that no single one decides.", "some_words")
    t.look(
        "The mean of the vectors of a text's words. What fills it up behind its end does not count. Which word stood "
        "where is lost here.",
        "average",
    )
    t.look(
        "Three dense layers, 300 · 300 + 300 = 90,300 weights each: what is slight in a mean is made large. The "
        "recipe needs texts of your own, a file for each class with one text a line; choose them in the tab Data.",
        "layers",
        "head",
    )
    t.change(
        "With 100 numbers a word it has 1,040,400 weights, less than a third.",
        "A hundred numbers a word",
        nodes={"words": {"embedding_dim": 100}, "layers": {"width": 100}},
    )


@tour("Deep Speech", template="deepspeech")
def deepspeech(t: Guide) -> None:
    """From a spectrogram to letters by five plain layers."""
    t.look(
        "The first layer sees nine windows of sound on each side: 19 · 160 · 2,048 + 2,048 = 6,227,968 weights.",
        "context",
    )
    t.look("Two dense layers that look at each window alone; values are kept between 0 and 20.", "dense")
    t.look(
        "The only layer with a memory, and a plain one: no gates. One cell reads the sound from its beginning, another "
        "from its end, and what both say is added up.",
        "both_ways.forwards",
        "both_ways.backwards",
        "both_ways.add1",
    )
    t.look(
        "29 scores for each window: the letters, and a blank for where none is said. The loss adds up all ways to "
        "place the letters of the text in the sound, so nobody has to say when each was spoken. Sounds with their "
        "texts are not in the package.",
        "head",
        "loss",
    )
    t.change(
        "With 1,024 features the two dense layers have 3,147,776 weights instead of 8,392,704, and less arrives at "
        "the memory: 24 million in all instead of 31.",
        "Halve the dense layers",
        nodes={"dense": {"width": 1024}},
    )


@tour("LSTMs on Shakespeare", template="lstm-text")
def lstm_text(t: Guide) -> None:
    """Which character comes next, learned here in a few minutes."""
    t.look("65 characters have 128 numbers each.", "embedding")
    t.look(
        "Two LSTMs stand on each other, 132,096 weights each. Their memory goes along the text; dropout acts between "
        "them, never along.",
        "lstm",
    )
    t.look(
        "The loss is the mean of -log of the probability of the character that comes. Divided by log 2 it is what is "
        "left to be guessed, in bits: 6.02 where all 65 are as likely.",
        "loss",
        "bits",
    )
    t.act(
        "Shakespeare is not in the package: it is downloaded once, under Data on the right. "
        "After one epoch 2.6 bits a character are left of 6.0. What it writes by lot is kept as it learns: look below "
        "the curves.",
        "Train",
        "train",
    )
    t.change(
        "Memories of 256 make it 946,625 weights instead of 280,897.",
        "Double the memories",
        nodes={"lstm": {"hidden_size": 256}},
    )
