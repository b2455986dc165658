"""Densely connected networks. Defaults and counts are those of torchvision."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


@module
def DenseLayer(g: Drawing, x: Handle, *, growth: Size = 32) -> Handle:
    """Put beside what arrives the channels that two convolutions make of it.

    growth: How many channels are added.
    """
    y = g.relu(g.batch_norm2d(x))
    y = g.relu(g.batch_norm2d(g.conv2d(y, out_channels=4 * growth, kernel_size=1, bias=False)))
    return g.concatenate([x, g.conv2d(y, out_channels=growth, kernel_size=3, padding=1, bias=False)])


@module
def Transition(g: Drawing, x: Handle, *, width: Size = 128) -> Handle:
    """Halve image and channels between two dense blocks.

    width: Channels that come out.
    """
    x = g.relu(g.batch_norm2d(x))
    return g.avg_pool2d(g.conv2d(x, out_channels=width, kernel_size=1, bias=False))


@template("Vision", title="DenseNet-121", source="Huang et al. 2016", paper="Densely Connected Convolutional Networks")
def densenet121(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, growth: Size = 32) -> None:
    """Four blocks in which each layer sees all the ones before it.

    A residual block adds what is new to what was there; here it is put beside it, so nothing is lost and every layer of
    a block reads the features of all before it. A block of L layers has L(L+1)/2 connections instead of L. Each layer
    need add little, 32 channels here, and the gradient has a short way to all of them. With 201
    layers and 20 million weights it is as good on ImageNet as a residual network of more than 40 million.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    growth: How many channels each layer adds; the first convolution has twice as many.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.conv2d(x, out_channels=2 * growth, kernel_size=7, stride=2, padding=3, bias=False)
    x = g.max_pool2d(g.relu(g.batch_norm2d(x)), kernel_size=3, stride=2, padding=1)
    width = 2 * growth
    for i, count in enumerate((6, 12, 24, 16)):
        x = DenseLayer(g, x, growth=growth, repeat=count, id=f"block{i + 1}")
        width += growth * count
        if i < 3:
            width //= 2
            x = Transition(g, x, width=width, id=f"transition{i + 1}")
    x = g.flatten(g.adaptive_avg_pool2d(g.relu(g.batch_norm2d(x))))
    g.output(g.linear(x, out_features=classes), id="scores")
