"""Tours through the lessons: what to look at, what to change, what will happen."""

from grapheditor.authoring import Guide, tour


@tour("A convolution by hand", template="convolution-by-hand")
def convolution_by_hand(t: Guide) -> None:
    """Every number of a convolution, worked out."""
    t.look("A bent line of ones in a matrix of 7×7. It is the only sample of this data.", "image")
    t.look("The filter: ones in the corners and in the middle. It does not learn.", "filter")
    t.look(
        "The filter lies on each field of 3×3 in turn. Where ones lie under its ones they are counted, so it finds 5 "
        "at most. There are 5×5 such fields: 7×7 becomes 5×5.",
        "convolution",
    )
    t.act(
        "Follow the sample to the convolution with F10 and click a number: its 3×3 field and the sum are shown. The "
        "first row is 1, 4, 3, 4, 1.",
        "Follow the sample",
        "step",
    )
    t.change(
        "A column of ones finds upright lines. Work out the first row before you look: it becomes 1, 2, 3, 2, 1.",
        "Look for upright lines",
        nodes={"filter": {"values": "0 1 0; 0 1 0; 0 1 0"}},
    )
    t.change(
        "A border of zeros around the image lets the filter lie on its edge: what comes out is 7×7 again.",
        "Add a border of 1",
        nodes={"convolution": {"padding": 1}},
    )


@tour("A pooling by hand", template="pooling-by-hand")
def pooling_by_hand(t: Guide) -> None:
    """The largest number of each field."""
    t.look("A matrix of 4×4: 1231, 1111, 2316, 8145.", "image")
    t.act(
        "Each field of 2×2 keeps its largest number: 2 and 3 above, 8 and 6 below. Follow the sample and click one.",
        "Follow the sample",
        "step",
        "pooling",
    )
    t.change(
        "Moved by one place at a time the fields overlap: 4×4 becomes 3×3, and a number is looked at up to four times.",
        "Move it by 1",
        nodes={"pooling": {"stride": 1}},
    )


@tour("The learning rate", template="learning-rate")
def learning_rate(t: Guide) -> None:
    """Too small, right, too large."""
    t.look(
        "One weight, drawn as 4, looks for the mean of the numbers that arrive, which is 1. There is nothing else to "
        "learn here.",
        "weight",
    )
    t.look(
        "The loss is the mean of (number - weight)²: a parabola over the weight, whose slope is twice the distance to "
        "the mean.",
        "loss",
    )
    t.act("At a rate of 0.02 a step goes 4 % of the way: the loss creeps down.", "Train", "train")
    t.learn("At 0.5 the first step is there: 0.5 · 2 · distance is the distance itself.", "Set the rate to 0.5", lr=0.5)
    t.act(
        "See it: the loss is at the bottom after one step, and what is left is the spread of the numbers.",
        "Train",
        "train",
    )
    t.learn(
        "At 1 each step goes twice the distance: to the other side, for ever. Train and see.",
        "Set the rate to 1",
        lr=1.0,
    )
    t.learn(
        "At 1.1 each step ends farther away than it began: the loss climbs by a factor of 1.44 a step, without end.",
        "Set the rate to 1.1",
        lr=1.1,
    )


@tour("The vanishing gradient", template="vanishing-gradient")
def vanishing_gradient(t: Guide) -> None:
    """Why deep networks did not learn, and what lets them."""
    t.look("Twelve layers of 32 units, each with a sigmoid.", "layer1", "layer12")
    t.act(
        "Three epochs, and it still guesses: the loss stays at 2.3, which is the logarithm of ten classes.",
        "Train",
        "train",
    )
    t.look(
        "A sigmoid's slope is at most 1/4. On its way back the gradient is multiplied by that at each layer. Choose "
        "the gradient as heat in the corner below: it is there at the end, and gone at the beginning.",
        "first",
        "last",
    )
    t.change(
        "It is the depth: with one of the twelve layers the same three epochs suffice for 87 % of the digits, with two "
        "for 38 %, with four for none.",
        "Leave one layer",
        nodes={f"layer{i}": {"kept": False} for i in range(2, 13)},
    )
    t.act("The gradient has one sigmoid to go through.", "Train", "train", "layer1")
    t.change(
        "All twelve again, and a skip at each, which adds what arrives to what the layer gives: the gradient goes by, "
        "whatever the sigmoid does.",
        "Add the skips",
        nodes={f"layer{i}": {"kept": True, "skip": True} for i in range(1, 13)},
    )
    t.act("The same three epochs: about 89 % of the digits are right.", "Train", "train")


@tour("Dropout", template="dropout")
def dropout(t: Guide) -> None:
    """Learning by heart, and what helps against it."""
    t.look("670,000 weights, and 1,000 digits to learn from: nine of ten are held out here.", "linear1", "linear2")
    t.act(
        "The training accuracy goes to 100 %, the validation loss falls and then rises: it knows its digits by heart.",
        "Train",
        "train",
    )
    t.change(
        "In each step half of the units are left out at random. The two curves stay together longer, and what is held "
        "out is read a little better.",
        "Leave out half",
        nodes={"dropout1": {"p": 0.5}, "dropout2": {"p": 0.5}},
    )
    t.act("Compare both runs: tick them in the tab Runs.", "Train", "train")


@tour("Batch normalisation", template="batch-normalisation")
def batch_normalisation(t: Guide) -> None:
    """What a norm is good for."""
    t.look("Eight layers whose weights are drawn with a deviation of 3: far too large.", "layer1", "layer8")
    t.look("So each tanh is at one of its ends, 1 or -1, where it is flat: no gradient comes back.", "layer1.tanh")
    t.act("Three epochs: no better than guessing, which is 10 %.", "Train", "train")
    t.change(
        "A norm before the tanh brings the numbers of each unit to mean 0 and deviation 1, over the batch.",
        "Put the norms in",
        nodes={f"layer{i}": {"norm": True} for i in range(1, 9)},
    )
    t.act(
        "The same weights, the same three epochs: more than half of the digits are right.",
        "Train",
        "train",
    )


@tour("One perceptron and XOR", template="xor")
def xor(t: Guide) -> None:
    """What a line cannot do."""
    t.look("The corners of a square: class 1 where just one coordinate is 1.", "point")
    t.look("One unit draws one line: on each side of it there is one class.", "unit")
    t.act(
        "At best three corners of four are right. It learns for twenty epochs and is where it was.",
        "Train",
        "train",
    )
    t.change(
        "Eight hidden units draw a line each, and the last one says which of their sides counts.",
        "Put a hidden layer in",
        nodes={"hidden": {"there": True}},
    )
    t.act("Now all four corners are right.", "Train", "train")
