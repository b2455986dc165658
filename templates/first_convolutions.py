"""Where it began: the first networks that look everywhere in an image for the same things."""

from grapheditor.authoring import Count, Drawing, Handle, Size, module, template

BEGAN = "Where it began"


@module
def SCells(g: Drawing, x: Handle, *, planes: Size = 24, field: Size = 5) -> Handle:
    """Look for features: what excites a cell is weighed against how much there is to be seen in its field at all.

    planes: How many features there are; all cells of a plane have the same weights.
    field: Side of the field that a cell sees, an odd number.
    """
    excited = g.conv2d(x, out_channels=planes, kernel_size=field, padding=field // 2, bias=False, id="excitation")
    power = g.mean(g.square(x), dim=(1,), keepdim=True)
    power = g.avg_pool2d(power, kernel_size=field, stride=1, padding=field // 2)
    seen = g.sqrt(g.scale(power, offset=1e-6), id="seen")
    inhibited = g.abs(g.conv2d(seen, out_channels=planes, kernel_size=1, bias=False, id="inhibition"))
    return g.relu(g.divide(g.subtract(excited, inhibited), g.scale(inhibited, offset=1.0)))


@module
def CCells(g: Drawing, x: Handle, *, field: Size = 5) -> Handle:
    """Answer a feature wherever it lies in a small field, and never by more than 1; half of the rows are left.

    field: Side of the field, an odd number.
    """
    return g.softsign(g.avg_pool2d(x, kernel_size=field, stride=2, padding=field // 2))


@template(
    BEGAN,
    title="Neocognitron",
    source="Fukushima 1980",
    paper="Neocognitron: A Self-organizing Neural Network Model for a Mechanism of Pattern Recognition "
    "Unaffected by Shift in Position",
)
def neocognitron(g: Drawing, *, classes: Size = 10, planes: Size = 24, size: Size = 19) -> None:
    """S-cells that look for features and C-cells that forgive where they lie, in three stages in alternation.

    It was the first network to stack what convolutional networks are made of: planes of cells that share their weights,
    and behind each a layer that blurs and thins them. So what is seen depends less and less on where it lies, as Hubel
    and Wiesel had described it of simple and complex cells in the visual cortex. It organised itself, without a teacher
    and without gradients: of all cells that saw something the strongest took it up into its weights. That rule is not
    here, and excitation may be negative; what the cells compute is as in the paper, but for the inhibition among
    C-cells.

    classes: How many planes the last stage has.
    planes: How many planes the other stages have; 24 in the paper.
    size: Side of the image; 16 in the paper, 19 in Fukushima's later ones.
    """
    x = g.input(shape=("N", 1, size, size), id="image")
    for i in (1, 2):
        x = CCells(g, SCells(g, x, planes=planes, field=5, id=f"s{i}"), field=5, id=f"c{i}")
    x = SCells(g, x, planes=classes, field=5, id="s3")
    x = g.softsign(g.adaptive_avg_pool2d(x), id="c3", title="CCells")
    g.output(g.flatten(x), id="scores")


@template(
    BEGAN,
    title="T or C",
    source="Rumelhart, Hinton & Williams 1988",
    paper="Learning Internal Representations by Error Propagation",
)
def t_c(g: Drawing, *, filters: Size = 8) -> None:
    """Tells a T from a C in any place and turn, by shared fields of 3×3 that look everywhere.

    Both letters have five squares, and no pair of squares tells them apart: features of three are needed. All hidden
    units were made to have the same weights, each at a place of its own, and backpropagation added up what each place
    wanted of them. So what is learned at one place is known at all others. It is one of the first convolutions that
    were learned by a gradient.

    Hidden units are ReLUs instead of logistic ones, so that the empty field adds little to what is summed up.

    filters: How many kinds of fields there are.
    """
    image = g.input(shape=("N", 1, "H", "W"), id="image")
    x = g.scale(image, factor=1 / 255, id="squares")
    x = g.relu(g.conv2d(x, out_channels=filters, kernel_size=3, padding=2, id="fields"))
    score = g.linear(g.sum(x, dim=(2, 3), id="everywhere"), out_features=1, id="unit")
    g.output(score, id="score")
    label = g.input(shape=("N",), dtype="int64", id="label")
    wanted = g.cast(g.unsqueeze(label, id="column"), id="wanted")
    loss = g.binary_cross_entropy_with_logits(score, wanted, id="loss")
    g.binary_accuracy(score, wanted, id="accuracy")
    g.train(loss, data="t-and-c", optimizer="Adam", settings={"lr": 0.02}, epochs=60, batch=26, validation=0.0)


@module
def Squash(g: Drawing, x: Handle) -> Handle:
    """1.7159·tanh(⅔·x), which is 1 at 1 and -1 at -1: what units give (LeCun 1989)."""
    return g.scale(g.tanh(g.scale(x, factor=2 / 3)), factor=1.7159)


@module
def H1(g: Drawing, image: Handle) -> Handle:
    """Twelve maps of 8×8 units; all units of a map share 25 weights, and each has a bias of its own."""
    x = g.constant_pad2d(image, padding=(2, 2, 2, 2), value=-1.0, id="background")
    x = g.conv2d(x, out_channels=12, kernel_size=5, stride=2, bias=False, id="shared")
    return Squash(g, g.add(x, g.parameter(shape=(12, 8, 8), std=0.0, id="bias"), id="sum"), id="squash")


@module
def H2(g: Drawing, maps: Handle) -> Handle:
    """Twelve maps of 4×4 units; each sees eight of the twelve maps below, a third of them another eight.

    Which eight these are the paper does not say: here the first two thirds, the last two, the last and the first.
    """
    x = g.constant_pad2d(maps, padding=(2, 2, 2, 2), value=-1.0, id="background")
    first, last = g.narrow(x, length=8, id="first"), g.narrow(x, start=4, length=8, id="last")
    ends = g.concatenate([g.narrow(x, start=8, length=4, id="end"), g.narrow(x, length=4, id="begin")], id="ends")
    x = g.concatenate([first, last, ends], id="seen")
    x = g.conv2d(x, out_channels=12, kernel_size=5, stride=2, groups=3, bias=False, id="shared")
    return Squash(g, g.add(x, g.parameter(shape=(12, 4, 4), std=0.0, id="bias"), id="sum"), id="squash")


@template(
    BEGAN,
    title="LeNet of 1989",
    source="LeCun et al. 1989",
    paper="Backpropagation Applied to Handwritten Zip Code Recognition",
)
def lenet_1989(g: Drawing, *, classes: Size = 10) -> None:
    """Two layers of shared weights and two of separate ones: it read the digits of zip codes.

    It was among the first networks to learn a real task from pixels to classes: digits from the post office of Buffalo,
    7,291 to learn from and 2,007 to be tested on, of which it missed 5 %. Knowledge of images is in its wiring instead
    of in features made by hand: fields are local, and a map looks for the same thing everywhere. So 1,256 units with
    64,660 connections have only 9,760 weights. Biases are not shared, and a stride of 2 stands for the pooling that
    came later.

    classes: How many classes there are to tell apart.
    """
    x = H1(g, g.input(shape=("N", 1, 16, 16), id="image"), id="h1")
    x = g.flatten(H2(g, x, id="h2"))
    x = Squash(g, g.linear(x, out_features=30, id="linear1"), id="h3")
    scores = Squash(g, g.linear(x, out_features=classes, id="linear2"), id="units")
    g.output(scores, id="scores")
    label = g.input(shape=("N",), dtype="int64", id="label")
    wanted = g.scale(g.one_hot(label, num_classes=classes, id="one_of"), factor=2.0, offset=-1.0, id="wanted")
    loss = g.mse_loss(scores, wanted, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(loss, optimizer="SGD", settings={"lr": 0.1}, epochs=23, batch=10)


@template(
    BEGAN,
    title="LeNet-5",
    source="LeCun et al. 1998",
    paper="Gradient-Based Learning Applied to Document Recognition",
)
def lenet_5(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 32, padding: Count = 0) -> None:
    """Three convolutions with pooling between them and two linear layers: the network that read cheques.

    Convolution and pooling in turns, then layers that see all of what is left, became the plan of the networks that
    followed. It missed 0.95 % of the test digits of MNIST, the set that the paper introduced, and 0.8 % where it had
    learned from distorted ones too. Built into a system that was trained as a whole, down to cutting out the digits,
    it read several million cheques a day.

    The third convolution covers all that is left of the image. Each of the sixteen maps of the second sees all six of
    the first, which is more than in the paper.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image; with its padding 32 in the paper.
    padding: Rows of black that are put around the image; 2 and a size of 28 take the digits, with a recipe for them.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    learns = classes >= 10 and (channels, size, padding) == (1, 28, 2)
    x = g.zero_pad2d(x, padding=(padding,) * 4, id="pad") if padding else x
    x = g.normalize(x, id="normalize") if learns else x
    x = g.tanh(g.conv2d(x, out_channels=6, kernel_size=5, title="C1"))
    x = g.tanh(g.conv2d(g.avg_pool2d(x, title="S2"), out_channels=16, kernel_size=5, title="C3"))
    x = g.flatten(g.tanh(g.conv2d(g.avg_pool2d(x, title="S4"), out_channels=120, kernel_size=5, title="C5")))
    x = g.tanh(g.linear(x, out_features=84, title="F6"))
    x = g.linear(x, out_features=classes, title="Output")
    if not learns:
        g.output(x, id="scores")
        return
    loss = _classify(g, x)
    rise_and_fall = [{"name": "OneCycleLR", "settings": {"max_lr": 5e-3}}]
    g.train(loss, data="digits", optimizer="Adam", settings={"lr": 5e-3}, schedules=rise_and_fall, epochs=5, batch=100)


@template(
    BEGAN,
    title="Digits convnet",
    source="Fleuret, Deep Learning course 1.2",
    paper="Deep Learning course, handout 1.2",
)
def mnist_convnet(g: Drawing, *, classes: Size = 10, channels: Size = 1, size: Size = 28) -> None:
    """Two convolutions and two linear layers that read handwritten digits.

    It is LeNet-5 as it would be drawn twenty years later. ReLU stands for tanh, the largest value of a window for its
    mean, and a softmax with cross-entropy for the distances to drawn digits. With 105,506 weights it is small, and does
    what took days then within minutes.

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
    loss = _classify(g, g.linear(x, out_features=classes))
    _by_descent(g, loss, digits=classes >= 10 and (channels, size) == (1, 28))


@template(BEGAN, title="Broken net")
def broken_net(g: Drawing) -> None:
    """A network from a lecture's slide that cannot work as it is printed: find out why, and mend it.

    Two poolings of 5 leave too little of an image of 28×28 for the second convolution.
    """
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"), id="normalize")
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=32, kernel_size=5), kernel_size=5))
    x = g.relu(g.max_pool2d(g.conv2d(x, out_channels=64, kernel_size=5), kernel_size=5))
    x = g.view(x, size=(-1, 256), id="view")
    x = g.relu(g.linear(x, out_features=200))
    _by_descent(g, _classify(g, g.linear(x, out_features=10)), digits=True)


def _classify(g: Drawing, scores: Handle) -> Handle:
    """Draw what says how well classes are told apart; return the loss."""
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    return loss


def _by_descent(g: Drawing, loss: Handle, digits: bool) -> None:
    g.train(loss, data="digits" if digits else None, optimizer="SGD", settings={"lr": 0.1}, epochs=10, batch=100)
