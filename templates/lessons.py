"""Lessons: graphs in which one thing can be seen, changed and understood; each has its tour."""

from grapheditor.authoring import Drawing, Handle, Probability, Size, module, template

LESSONS = "Lessons"
SRIVASTAVA = "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
IOFFE = "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift"


@template(LESSONS, title="A convolution by hand")
def convolution_by_hand(g: Drawing) -> None:
    """A filter of 3×3 slides over a matrix of zeros and ones, and every number can be worked out on paper.

    The filter has ones in its corners and in its middle. Where the matrix has ones under all of them it gives 5.
    """
    image = g.input(shape=("N", 1, 7, 7), id="image")
    filters = g.numbers(values="1 0 1; 0 1 0; 1 0 1", id="filter")
    g.output(g.convolve2d(image, filters, id="convolution"), id="found")
    g.train(data="matrix-by-hand")


@template(LESSONS, title="A pooling by hand")
def pooling_by_hand(g: Drawing) -> None:
    """The largest number of each 2×2 field of a matrix of 4×4."""
    image = g.input(shape=("N", 1, 4, 4), id="image")
    g.output(g.max_pool2d(image, kernel_size=2, id="pooling"), id="largest")
    g.train(data="matrix-by-hand", source={"rows": "1231; 1111; 2316; 8145"})


@template(LESSONS, title="The learning rate")
def learning_rate(g: Drawing) -> None:
    """One weight looks for the mean of some numbers, downhill on a loss that is a parabola.

    The slope at a distance d from the mean is 2·d. So a rate of 0.5 is there in one step, each below it comes nearer
    step by step, 1 jumps to and fro for ever, and each above it climbs out of the valley.
    """
    point = g.input(shape=("N", 2), id="point")
    number = g.select(point, dim=1, index=0, id="number")
    weight = g.parameter(
        shape=(1,), id="weight", learning={"initial": {"weight": {"name": "constant", "settings": {"val": 4.0}}}}
    )
    away = g.subtract(number, weight, id="away")
    g.output(away, id="distances")
    loss = g.penalty(away, id="loss")
    g.train(
        loss,
        optimizer="SGD",
        settings={"lr": 0.02},
        data="gaussian-mixture",
        source={"components": 1, "samples": 400, "radius": 1.0, "deviation": 0.1},
        epochs=5,
        batch=20,
        validation=0.0,
    )


@module
def Hidden(g: Drawing, x: Handle, *, units: Size = 8, there: bool = False) -> Handle:
    """A hidden layer: units that each draw a line of their own.

    units: How many.
    there: Whether there is such a layer; without it what arrives goes on.
    """
    return g.tanh(g.linear(x, out_features=units, id="linear", when=there), id="tanh", when=there)


@template(LESSONS, title="One perceptron and XOR", source="Minsky & Papert 1969", paper="Perceptrons")
def xor(g: Drawing, *, units: Size = 8, hidden: bool = False) -> None:
    """A single unit cannot tell when just one of two things is so; with a hidden layer it can.

    Whatever line it draws through the four corners of the square, one of them is on the wrong side: at best three of
    four are right. Minsky and Papert proved such limits in 1969; a hidden layer, which nobody knew how to train then,
    lifts them.

    units: How many units the hidden layer has.
    hidden: Whether there is a hidden layer.
    """
    x = g.input(shape=("N", 2), id="point")
    x = Hidden(g, x, units=units, there=hidden, id="hidden")
    scores = g.linear(x, out_features=2, id="unit")
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(
        loss,
        optimizer="SGD",
        settings={"lr": 0.5},
        data="xor",
        source={"samples": 400, "noise": 0.05},
        epochs=20,
        batch=20,
        validation=0.0,
    )


@module
def Layer(g: Drawing, x: Handle, *, width: Size = 32, skip: bool = False, kept: bool = True) -> Handle:
    """A linear layer and a sigmoid; with a skip what arrives is added to what they give.

    width: How many units.
    skip: Whether what arrives goes by as well.
    kept: Whether the layer is there; without it what arrives is passed on.
    """
    y = g.sigmoid(g.linear(x, out_features=width, id="linear", when=kept), id="sigmoid", when=kept)
    return g.add(y, x, id="sum", when=skip)


@template(LESSONS, title="The vanishing gradient", source="Hochreiter 1991")
def vanishing_gradient(g: Drawing, *, depth: Size = 12, width: Size = 32, skips: bool = False) -> None:
    """Sigmoids one behind another: what is said at the end hardly reaches the beginning.

    A sigmoid's slope is at most 1/4, so on its way back a gradient shrinks by that at each layer: twelve of them leave
    less than a ten-millionth. A skip lets it go by, which is what residual networks are made of.

    depth: How many layers there are.
    width: How many units each has.
    skips: Whether what arrives at a layer goes by as well.
    """
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize")
    x = g.linear(g.flatten(x, id="flatten"), out_features=width, id="first")
    for i in range(depth):
        x = Layer(g, x, width=width, skip=skips, id=f"layer{i + 1}")
    _classify(g, g.linear(x, out_features=10, id="last"), lr=0.1, epochs=3)


@template(
    LESSONS,
    title="Dropout",
    source="Srivastava et al. 2014",
    paper=SRIVASTAVA,
)
def dropout(g: Drawing, *, width: Size = 512, p: Probability = 0.0) -> None:
    """A wide network and few digits: it learns them by heart, unless some of its units are left out at random.

    With dropout no unit can rely on another one being there, so what each finds has to be useful by itself. After
    training all of them are there, scaled as if half had always been missing.

    width: Units of each hidden layer.
    p: The share of the units that is left out in each step.
    """
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize")
    x = g.flatten(x, id="flatten")
    for i in (1, 2):
        x = g.dropout(g.relu(g.linear(x, out_features=width, id=f"linear{i}")), p=p, id=f"dropout{i}")
    _classify(g, g.linear(x, out_features=10, id="last"), lr=0.1, epochs=30, batch=50, validation=0.9)


@module
def Normed(g: Drawing, x: Handle, *, units: Size = 64, norm: bool = False) -> Handle:
    """A linear layer whose weights are drawn far too large, and a tanh; between them a norm.

    units: How many units.
    norm: Whether the norm is there.
    """
    drawn = {"initial": {"weight": {"name": "normal", "settings": {"std": 3.0}}}}
    x = g.linear(x, out_features=units, id="linear", learning=drawn)
    return g.tanh(g.batch_norm1d(x, id="norm", when=norm), id="tanh")


@template(LESSONS, title="Batch normalisation", source="Ioffe & Szegedy 2015", paper=IOFFE)
def batch_normalisation(g: Drawing, *, depth: Size = 8, norms: bool = False) -> None:
    """Layers whose weights are drawn far too large learn nothing, unless what they give is brought to one size.

    Batch norm subtracts the mean of each channel and divides by its deviation, both over the batch, and then learns
    its own mean and deviation. So the size of the weights before it does not matter any more, and the learning rate
    may be larger.

    depth: How many hidden layers there are.
    norms: Whether a norm stands in each layer.
    """
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize")
    x = g.flatten(x, id="flatten")
    for i in range(depth):
        x = Normed(g, x, norm=norms, id=f"layer{i + 1}")
    _classify(g, g.linear(x, out_features=10, id="last"), lr=0.1, epochs=3)


def _classify(g: Drawing, scores: Handle, *, lr: float, epochs: int, batch: int = 100, validation: float = 0.1) -> None:
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(
        loss, optimizer="SGD", settings={"lr": lr}, data="digits", epochs=epochs, batch=batch, validation=validation
    )
