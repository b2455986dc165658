"""Where it began: units that sum and weigh, before they were laid over an image."""

from grapheditor.authoring import Drawing, Factor, Size, template

BEGAN = "Where it began"


@template(
    BEGAN,
    title="Threshold unit",
    source="McCulloch & Pitts 1943",
    paper="A Logical Calculus of the Ideas Immanent in Nervous Activity",
)
def threshold_unit(g: Drawing, *, threshold: Factor = 1.5) -> None:
    """Two inputs of 0 or 1, two weights of 1 and a threshold of 1.5: it gives 1 where both are on, which is AND.

    It was the first model of a nerve cell that computes: the cell fires where what excites it at one moment reaches a
    threshold. McCulloch and Pitts showed that nets of such units can say whatever the logic of propositions can, and
    that nets with loops can remember. Nothing in it learns: whoever draws the net chooses the thresholds. A hard step
    has no slope either, so no gradient could teach it, and this template has no recipe.

    threshold: What the weighed sum has to exceed: 1.5 makes it AND, 0.5 makes it OR.
    """
    x = g.input(shape=("N", 2), id="inputs")
    total = g.sum(g.layer_scale(x, init=1.0, id="synapses"), keepdim=True, id="total")
    bound = g.layer_scale(g.constant(shape=(1,), id="one"), init=threshold, id="threshold")
    g.output(g.heaviside(g.subtract(total, bound, id="above"), id="step"), id="fires")


@template(
    BEGAN,
    title="Perceptron",
    source="Rosenblatt 1957",
    paper="The Perceptron: A Perceiving and Recognizing Automaton",
)
def perceptron(g: Drawing, *, size: Size = 20) -> None:
    """One unit that looks at 20×20 pixels and learns by its mistakes.

    Its weights are learned from examples instead of being chosen. Rosenblatt's rule changes nothing while the answer is
    right; where it is wrong it adds the image to the weights, or takes it away. In 1958 a simulation on an IBM 704 was
    shown to the press, and told cards marked on the left from cards marked on the right after fifty trials. The machine
    that was built then, the Mark I, looked at them through 400 photocells, 20×20. What no line separates, such as
    exclusive or, one unit cannot learn.

    size: Side of the image.
    """
    image = g.scale(g.input(shape=("N", 1, size, size), id="image"), factor=1 / 255, id="light")
    score = g.linear(g.flatten(image, id="flatten"), out_features=1, id="unit")
    g.output(g.heaviside(score, id="step"), id="answer")
    label = g.input(shape=("N",), dtype="int64", id="label")
    wanted = g.cast(g.unsqueeze(label, id="column"), id="wanted")
    signed = g.scale(wanted, factor=2.0, offset=-1.0, id="signed")
    wrong = g.relu(g.neg(g.multiply(score, signed, id="right"), id="missed"), id="wrong")
    g.binary_accuracy(score, wanted, id="accuracy")
    loss = g.weighed_loss(wrong, id="loss")
    learned = {"data": "marked-cards", "source": {"samples": 4_000}} if size == 20 else {}
    g.train(loss, **learned, optimizer="SGD", settings={"lr": 0.1}, epochs=2, batch=1)


@template(BEGAN, title="Logistic regression", source="Cox 1958", paper="The Regression Analysis of Binary Sequences")
def logistic_regression(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 28) -> None:
    """One linear layer between pixels and scores; its weights can be looked at as pictures.

    Instead of a yes or a no each class gets a probability, by the softmax of the scores. So there is a likelihood to be
    maximised, smooth and with one maximum, that a gradient finds from anywhere. The same layer under the same loss is
    what most networks that tell classes apart still end in.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = g.normalize(g.input(shape=("N", channels, size, size), id="image"), id="normalize")
    x = g.linear(g.flatten(x, id="flatten"), out_features=classes)
    _classify(g, x, digits=classes >= 10 and (channels, size) == (1, 28), schedules=[{"name": "CosineAnnealingLR"}])


@template(BEGAN, title="Multilayer perceptron")
def mlp(g: Drawing, *, inputs: Size = 784, first: Size = 256, second: Size = 128, classes: Size = 10) -> None:
    """Two hidden layers, the first with ReLU, the second with tanh.

    A layer between input and output lets a network make features of its own, and tell apart what no line separates. For
    long nobody knew how to teach such a layer, since no data say what it should give. Backpropagation answered that:
    the chain rule tells every weight its share of the error (Rumelhart, Hinton and Williams 1986).

    With the default of 784 inputs it takes the pixels of a 28×28 digit.

    inputs: How many values a sample has; 784 takes an image of 28×28, any other number a row of values.
    first: Width of the first hidden layer.
    second: Width of the second hidden layer.
    classes: How many classes there are to tell apart.
    """
    if inputs == 784:
        x = g.flatten(g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize"), id="flatten")
    else:
        x = g.normalize(g.input(shape=("N", inputs), id="features"), id="normalize")
    x = g.relu(g.linear(x, out_features=first))
    x = g.tanh(g.linear(x, out_features=second))
    x = g.linear(x, out_features=classes)
    _classify(g, x, digits=inputs == 784 and classes >= 10)


def _classify(g: Drawing, scores: object, digits: bool, **rule: object) -> None:
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(
        loss, data="digits" if digits else None, optimizer="SGD", settings={"lr": 0.1}, epochs=10, batch=100, **rule
    )
