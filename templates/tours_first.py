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
        "Ten passes over 9,000 digits take less than a minute. The loss falls, the accuracy rises to about 97 %.",
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
