"""Tours through the first networks of a course."""

from grapheditor.authoring import Guide, tour


@tour("Reading digits", template="mnist-convnet")
def mnist_convnet(t: Guide) -> None:
    """What each layer of a small convolutional network is for, and how fast it learns."""
    t.look(
        "A digit comes in as 28×28 grey pixels. The numbers on a wire say what travels along it: N samples at a time, "
        "of one channel and 28×28 places each.",
        "image",
    )
    t.look(
        "The first convolution slides 32 learned filters of 5×5 over the image. It has 32 · (5·5 + 1) = 832 weights, "
        "whatever the size of the image: all places share them.",
        "conv1",
    )
    t.look(
        "Pooling keeps the largest value of each 3×3 field: 24×24 becomes 8×8, and a small shift no longer matters.",
        "pool1",
    )
    t.look("Most weights are not in the convolutions: this layer has half of all 105,506.", "linear1")
    t.change(
        "Filters of 3×3 see less at a time and lose less at the border: the map grows from 24×24 to 26×26. Watch the "
        "numbers on the wires, all the way down.",
        "Make the filters 3×3",
        nodes={"conv1": {"kernel_size": 3}},
    )
    t.act(
        "Ten passes over 9,000 digits take less than a minute. The loss falls, the accuracy rises to about 98 %.",
        "Train",
        "train",
    )
    t.learn(
        "The learning rate says how far each step goes. At 5 each step leaps over the valley, and the loss stays at "
        "2.3, which is guessing among ten. Set it, and train once more.",
        "Set the rate to 5",
        lr=5.0,
    )
    t.act(
        "And this is what a single digit becomes on its way, number by number: click one to see how it came about.",
        "Follow one digit",
        "step",
    )


@tour("A unit with a threshold", template="threshold-unit")
def threshold_unit(t: Guide) -> None:
    """Logic by three numbers: AND, OR and NAND from one unit."""
    t.look("Two inputs, each 0 or 1. There is no data and nothing learns here: you choose the numbers.", "inputs")
    t.look("Each input is multiplied by its weight, which is 1, and both are added up: 0, 1 or 2.", "synapses", "total")
    t.look(
        "The threshold of 1.5 is taken away, and the step gives 1 where something above zero is left. Only 2 is above "
        "1.5, so both inputs have to be on: that is AND.",
        "threshold",
        "above",
        "step",
    )
    t.change(
        "With 0.5 a single input is enough, for 1 - 0.5 is above zero: it becomes OR. The wiring is the same.",
        "Set the threshold to 0.5",
        nodes={"threshold": {"init": 0.5}},
    )
    t.change(
        "Weights of -1 and a threshold of -1.5 give 1.5, 0.5 and -0.5 for none, one and both: it is on unless both "
        "are. That is NAND, and of NANDs alone every other logic can be wired.",
        "Make it NAND",
        nodes={"synapses": {"init": -1.0}, "threshold": {"init": -1.5}},
    )


@tour("A perceptron", template="perceptron")
def perceptron(t: Guide) -> None:
    """One unit that learns by its mistakes."""
    t.look(
        "Each of the 20×20 pixels has one weight, and there is a bias: 401 numbers. Their weighed sum is the score.",
        "unit",
    )
    t.look("The step makes the score a yes or a no: 1 says that the card is marked on the right.", "step")
    t.look(
        "The score is turned so that right answers lie above zero. There the loss is 0 and nothing changes; where it "
        "is wrong the image is added to the weights, or taken away.",
        "right",
        "missed",
        "wrong",
    )
    t.act(
        "It learns from cards that the program draws, each twice and one at a time. Of 1,000 others it then sorts "
        "99 % right; before it was 48 %, which is guessing.",
        "Train",
        "train",
    )
    t.change(
        "With an eye of 10×10 the unit has 101 weights: the one number follows from the other. The cards have 20×20 "
        "and fit no longer, so take it back with Ctrl+Z.",
        "Give it 10×10 pixels",
        nodes={"image": {"shape": ("N", 1, 10, 10)}},
    )


@tour("Logistic regression", template="logistic-regression")
def logistic_regression(t: Guide) -> None:
    """One layer that gives each class a probability."""
    t.look("The image becomes a row of 28 · 28 = 784 numbers. Which pixels were neighbours is forgotten.", "flatten")
    t.look("Each of ten classes weighs all 784 pixels and has a bias: 10 · (784 + 1) = 7,850 weights.", "linear1")
    t.look(
        "The loss makes probabilities of the ten scores and asks how unlikely the true class was. Who guesses among "
        "ten gives each 0.1, and the loss is 2.3, the logarithm of ten.",
        "loss",
    )
    t.act(
        "From the 9,000 digits in the package it learns to read about 90 % of the test digits; from all of MNIST, "
        "which is downloaded where it is chosen as data, 92.5 %.",
        "Train",
        "train",
    )
    t.change(
        "A colour image has three numbers a pixel: 2,352 arrive, and 10 · (2,352 + 1) = 23,530 weights are needed. "
        "The digits are grey and fit no longer, so take it back with Ctrl+Z.",
        "Make the image coloured",
        nodes={"image": {"shape": ("N", 3, 28, 28)}},
    )


@tour("Two hidden layers", template="mlp")
def mlp(t: Guide) -> None:
    """Layers that make features of their own."""
    t.look(
        "Each of 256 units weighs all 784 pixels: 256 · (784 + 1) = 200,960 of all 235,146 weights are here.", "linear1"
    )
    t.look(
        "A function that is no line has to stand between two layers, or both together could do no more than one. ReLU "
        "makes what is below zero 0; tanh presses everything between -1 and 1.",
        "relu1",
        "tanh1",
    )
    t.act(
        "The loss begins near 2.3, which is guessing among ten. From 9,000 digits, ten times over, it learns to read "
        "about 95 % of the test digits.",
        "Train",
        "train",
    )
    t.change(
        "With 32 units in the place of 256 there are 30,634 weights, an eighth. The next layer has fewer too, since "
        "less arrives there.",
        "Take 32 units",
        nodes={"linear1": {"out_features": 32}},
    )
    t.act(
        "An eighth of the weights still reads about 94 %. Train once more, and compare both runs: tick them in the "
        "tab Runs.",
        "Train",
        "train",
    )


@tour("The neocognitron", template="neocognitron")
def neocognitron(t: Guide) -> None:
    """Cells that look for features, and cells that forgive where they lie."""
    t.look(
        "S-cells look for 24 features in fields of 5×5, at each of 19×19 places. All cells of a plane have the same "
        "weights, so that a feature is known wherever it lies.",
        "s1",
    )
    t.look(
        "Inside: what excites a cell is 24 · 25 = 600 weights. It is compared with how much there is to be seen in "
        "the field at all, which 24 more weights turn into inhibition.",
        "s1.excitation",
        "s1.inhibition",
    )
    t.look(
        "C-cells blur a plane and keep every other row and column: 19×19 becomes 10×10, then 5×5. A small shift of "
        "the image changes less and less.",
        "c1",
        "c2",
    )
    t.look("In the last stage each of ten planes has one cell left: a score for each class.", "c3")
    t.change(
        "With 38×38 pixels all maps double, and the 21,058 weights stay as they were: they are shared by all places. "
        "It still gives ten scores.",
        "Double the image",
        nodes={"image": {"shape": ("N", 1, 38, 38)}},
    )


@tour("T or C", template="t-c")
def t_c(t: Guide) -> None:
    """A feature that is learned at one place is known at all others."""
    t.look("A field of any height and width, H×W. The letters lie anywhere in it, in all four turns.", "image")
    t.look(
        "Eight kinds of fields of 3×3 look everywhere, also over the border by two squares: 8 · (9 + 1) = 80 weights, "
        "however large the image is.",
        "fields",
    )
    t.look(
        "What each kind found is added up over all places. Where it was found is gone, and one unit with 9 weights "
        "says T or C.",
        "everywhere",
        "unit",
    )
    t.act(
        "There are 312 images of 8×8: both letters in all places and turns. Seen sixty times each, all are told "
        "apart; it starts near one half.",
        "Train",
        "train",
    )
    t.change(
        "Two kinds of fields leave 23 weights in all. They can be enough: train once more and see.",
        "Take two kinds",
        nodes={"fields": {"out_channels": 2}},
    )


@tour("LeNet of 1989", template="lenet-1989")
def lenet_1989(t: Guide) -> None:
    """Weights that are shared, and biases that are not."""
    t.look("The first layer has twelve maps of 8×8 units, which see fields of 5×5 that lie two pixels apart.", "h1")
    t.look(
        "All 64 units of a map have the same 25 weights, 12 · 25 = 300. Each unit has a bias of its own: 12 · 8 · 8 = "
        "768 of them, more than twice as many.",
        "h1.shared",
        "h1.bias",
    )
    t.look(
        "Each map of the second layer sees eight of the twelve below: the convolution has three groups of eight maps, "
        "and 12 · 8 · 25 = 2,400 weights.",
        "h2.seen",
        "h2.shared",
    )
    t.look(
        "More than half of all 9,760 weights are in this layer. The recipe names no data, since the zip codes of 1989 "
        "are not in the package: give it digits of 16×16 of your own.",
        "linear1",
    )
    t.change(
        "Today a map has one bias. With 12 instead of 768 there are 9,004 weights left, and all shapes stay.",
        "Share the biases",
        nodes={"h1.bias": {"shape": (12, 1, 1)}},
    )


@tour("LeNet-5", template="lenet-5", size=28, padding=2)
def lenet_5(t: Guide) -> None:
    """Convolution and pooling in turns: the plan of what followed."""
    t.look("A border of two black pixels makes 32×32 of 28×28, so that filters can reach the strokes' ends.", "pad")
    t.look(
        "Six filters of 5×5 make six maps of 28×28, and the pooling takes the mean of each 2×2: 14×14. The "
        "convolution has 6 · (25 + 1) = 156 weights.",
        "conv1",
        "pool1",
    )
    t.look(
        "The third convolution is as large as what is left, 5×5, so its 120 maps are single numbers. It has 48,120 of "
        "all 61,706 weights.",
        "conv3",
    )
    t.act(
        "From the 9,000 digits in the package it learns to read about 97 % of the test digits; from the 60,000 of "
        "MNIST, which is downloaded where it is chosen as data, 99.0 %.",
        "Train",
        "train",
    )
    t.change(
        "Filters of 3×3 have 60 weights and leave maps of 30×30, then 15×15 and 11×11. The second pooling drops the "
        "odd row, so from there on it is 5×5 as before.",
        "Make the filters 3×3",
        nodes={"conv1": {"kernel_size": 3}},
    )


@tour("A net that does not work", template="broken-net")
def broken_net(t: Guide) -> None:
    """How a problem is read, and how it is mended."""
    t.look(
        "This convolution is marked: its filter covers 5×5, and 4×4 arrive. What follows has no shapes, since nobody "
        "can say what would come out.",
        "conv2",
    )
    t.look("Here the image got too small: a pooling of 5 makes 4×4 of 24×24 and drops the rest.", "pool1")
    t.change(
        "A pooling of 3 leaves 8×8, and the convolution makes 4×4 of it. The problem moves on to the second pooling, "
        "which covers 5 where 4 arrive.",
        "Pool by 3",
        nodes={"pool1": {"kernel_size": 3}},
    )
    t.change(
        "A pooling of 2 leaves 64 maps of 2×2. That is 256 numbers, just what the view behind it expects: it works, "
        "with 105,506 weights.",
        "Pool by 2",
        nodes={"pool2": {"kernel_size": 2}},
    )
    t.act(
        "It is the network of Reading digits now. Ten passes over 9,000 digits bring the accuracy to about 98 %.",
        "Train",
        "train",
    )
