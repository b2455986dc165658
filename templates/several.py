"""Several inputs, several networks: where more than one thing learns, or something else than a network."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


@module
def Generator(g: Drawing, noise: Handle, *, width: Size = 128) -> Handle:
    """Make a point of the plane of what is drawn at random.

    width: Width of the hidden layers.
    """
    x = g.relu(g.linear(noise, out_features=width))
    x = g.relu(g.linear(x, out_features=width))
    return g.linear(x, out_features=2)


@module
def Discriminator(g: Drawing, point: Handle, *, width: Size = 128) -> Handle:
    """Say of each point how much it looks like one of the data: above zero where it is taken for real.

    width: Width of the hidden layers.
    """
    x = g.relu(g.linear(point, out_features=width))
    x = g.relu(g.linear(x, out_features=width))
    return g.linear(x, out_features=1)


@template("Several inputs, several networks", title="GAN on Gaussians", source="Goodfellow et al. 2014")
def gan_gaussians(g: Drawing, *, width: Size = 128, noise: Size = 2) -> None:
    """Two networks in a contest: one makes points, the other tells them from the data, and each learns by the other.

    The data are eight narrow Gaussians on a circle. A generator that lost the contest makes points of a few of them
    only, which can be seen at once. The discriminator stands before the data and before what was made, and both nodes
    have the same weights. So have both generators; the exported one takes its noise from outside.

    Neither learns with momentum (the first of Adam's betas is 0), since the gradients of some steps ago were those
    against an opponent that has moved on (Gidel et al. 2019). Noise of as many numbers as a point has is laid over the
    plane most easily.

    width: Width of the hidden layers of both networks.
    noise: Of how many random numbers the generator makes a point.
    """
    point = g.input(shape=("N", 2), id="point")
    given = g.input(shape=("N", noise), id="noise")
    g.output(Generator(g, given, width=width, id="generator", weights="generator"), id="made")
    drawn = g.random_normal(point, size=(noise,), id="drawn")
    made = Generator(g, drawn, width=width, id="maker", weights="generator")
    real = Discriminator(g, point, width=width, id="discriminator", weights="discriminator")
    fake = Discriminator(g, made, width=width, id="judged", weights="discriminator")
    judging = g.total_loss(
        [g.logistic_loss(real, id="real_as_real"), g.logistic_loss(fake, real=False, id="made_as_made")],
        id="judging",
    )
    fooling = g.logistic_loss(fake, id="fooling")
    rule = {"lr": 1e-3, "betas": (0.0, 0.999)}
    slower = [{"name": "CosineAnnealingLR"}]
    for loss, learns in ((judging, "discriminator"), (fooling, "generator")):
        g.train(loss, weights=(learns,), optimizer="Adam", settings=rule, schedules=slower)
    g.train(
        data="gaussian-mixture",
        source={"samples": 100_000, "deviation": 0.1},
        epochs=15,
        batch=256,
        validation=0.0,
        record="maker",
        record_every=50,
    )


@module
def Features(g: Drawing, image: Handle, *, width: Size = 32) -> Handle:
    """Look at an image through filters that never learn: three convolutions as they were drawn at random.

    width: Channels of the first convolution; each that follows has twice as many.
    """
    x = g.relu(g.conv2d(image, out_channels=width, kernel_size=3, padding=1))
    x = g.relu(g.conv2d(x, out_channels=2 * width, kernel_size=3, stride=2, padding=1))
    return g.conv2d(x, out_channels=4 * width, kernel_size=3, stride=2, padding=1)


@template("Several inputs, several networks", title="Painted image", source="Mahendran & Vedaldi 2015")
def painted_image(g: Drawing, *, size: Size = 32, channels: Size = 3, width: Size = 32) -> None:
    """An image is the only thing that learns: it is painted until a network sees in it what it sees in another one.

    The network's weights stay as they were drawn; that is enough for its features to hold the image (He, Wang &
    Hopcroft 2016). How far the pixels are off is measured and not minimised.

    size: Side of the image.
    channels: Channels of the image; 1 is grey.
    width: Channels of the network's first convolution.
    """
    image = g.normalize(g.input(shape=(1, channels, size, size), id="image"), id="normalize")
    picture = g.parameter(shape=(1, channels, size, size), id="picture")
    g.output(picture, id="painted")
    wanted = Features(g, image, width=width, id="features", weights="features")
    seen = Features(g, picture, width=width, id="features_painted", weights="features")
    g.mse_loss(picture, image, id="pixels")
    loss = g.mse_loss(seen, wanted, id="loss")
    g.train(
        loss,
        weights=("picture",),
        optimizer="Adam",
        settings={"lr": 0.05},
        schedules=[{"name": "CosineAnnealingLR"}],
        data="shapes",
        source={"samples": 1, "size": size, "colours": "colour" if channels == 3 else "grey"},
        epochs=10,
        batch=1,
        epoch_batches=50,
        validation=0.0,
        record="picture",
        record_every=10,
    )
