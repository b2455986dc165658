"""Where it began: the first networks that a course shows."""

from grapheditor.authoring import Drawing, Size, template


@template("Where it began", title="Digits convnet", source="Fleuret, Deep Learning course 1.2")
def mnist_convnet(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 28) -> None:
    """Two convolutions and two linear layers that read handwritten digits.

    It takes raw pixels from 0 to 255 and normalises them itself. Stochastic gradient descent with a rate of 0.1 and
    batches of 100 brings it to about one per cent of errors on the full MNIST after ten epochs.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = g.normalize(g.input(shape=("N", channels, size, size), id="image"), id="normalize")
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=32, kernel_size=5), kernel_size=3))
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=64, kernel_size=5), kernel_size=2))
    x = g.relu(g.linear(g.flatten(x, id="flatten"), out_features=200))
    x = g.linear(x, out_features=classes)
    _classify(g, x, digits=_digits(classes, channels, size))


@template("Where it began", title="Multilayer perceptron")
def mlp(g: Drawing, *, inputs: Size = 784, first: Size = 256, second: Size = 128, classes: Size = 10) -> None:
    """Two hidden layers, the first with ReLU, the second with tanh.

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


@template("Where it began", title="Logistic regression")
def logistic_regression(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 28) -> None:
    """One linear layer between pixels and scores; its weights can be looked at as pictures.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = g.normalize(g.input(shape=("N", channels, size, size), id="image"), id="normalize")
    x = g.linear(g.flatten(x, id="flatten"), out_features=classes)
    _classify(g, x, digits=_digits(classes, channels, size))


@template("Where it began", title="LeNet-5", source="LeCun et al. 1998")
def lenet_5(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 32) -> None:
    """Three convolutions with pooling between them and two linear layers: the network that read cheques.

    The third convolution covers all that is left of the image. Each of the sixteen maps of the second sees all six of
    the first, which is more than in the paper.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image; the digits are padded to 32 in the paper.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.avg_pool2d(g.tanh(g.conv2d(x, out_channels=6, kernel_size=5)))
    x = g.avg_pool2d(g.tanh(g.conv2d(x, out_channels=16, kernel_size=5)))
    x = g.flatten(g.tanh(g.conv2d(x, out_channels=120, kernel_size=5)))
    x = g.tanh(g.linear(x, out_features=84))
    g.output(g.linear(x, out_features=classes), id="scores")


@template("Where it began", title="Broken net")
def broken_net(g: Drawing) -> None:
    """A network from a lecture's slide that cannot work as it is printed: find out why, and mend it.

    Two poolings of 5 leave too little of an image of 28×28 for the second convolution.
    """
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize")
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=32, kernel_size=5), kernel_size=5))
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=64, kernel_size=5), kernel_size=5))
    x = g.view(x, size=(-1, 256), id="view")
    x = g.relu(g.linear(x, out_features=200))
    _classify(g, g.linear(x, out_features=10))


def _digits(classes: int, channels: int, size: int) -> bool:
    """Tell whether the digits that travel with the program suit a network."""
    return classes >= 10 and (channels, size) == (1, 28)


def _classify(g: Drawing, scores: object, digits: bool = True) -> None:
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(loss, data="digits" if digits else None, optimizer="SGD", settings={"lr": 0.1}, epochs=10, batch=100)
