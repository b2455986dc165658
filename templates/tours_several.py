"""Tours through what has several networks, or learns something else than a network."""

from grapheditor.authoring import Guide, tour


@tour("Two networks in a contest", template="gan-gaussians")
def gan_gaussians(t: Guide) -> None:
    """One makes points, the other tells them from the data."""
    t.look(
        "The data are points of the plane: eight narrow heaps on a circle, drawn by the program. The generator makes "
        "a point of two random numbers.",
        "point",
        "maker",
    )
    t.look(
        "The discriminator stands here twice, with the same 17,025 weights: before the data and before what was made. "
        "Weights that are shared count once: 34,179 in all.",
        "discriminator",
        "judged",
    )
    t.look(
        "Two losses are minimised in turns. The discriminator learns to tell both apart; the generator learns to be "
        "taken for real. Neither touches the weights of the other.",
        "judging",
        "fooling",
    )
    t.act(
        "See the points move: they are shown every 50 steps. In eight runs from other random numbers all eight heaps "
        "were found each time, and 92 to 96 % of the points lay near one.",
        "Train",
        "train",
    )
    t.change(
        "From 16 random numbers a point is harder to make. The generator grows by 14 · 128 = 1,792 weights. With "
        "momentum besides, five runs found 8, 6, 8, 8 and 1 of the heaps.",
        "Take 16 random numbers",
        nodes={"drawn": {"size": (16,)}, "noise": {"shape": ("N", 16)}},
    )


@tour("An image that learns", template="painted-image")
def painted_image(t: Guide) -> None:
    """It is painted until a network sees in it what it sees in another one."""
    t.look("This image is the only thing that learns: 3 · 32 · 32 = 3,072 numbers, drawn at random.", "picture")
    t.look(
        "The same network looks at both images. It has 93,248 weights that stay as they were drawn; what it gives are "
        "128 channels of 8×8.",
        "features",
        "features_painted",
    )
    t.look(
        "The loss says how different both are in the network's eyes. How far the pixels are off is measured beside it "
        "and is not minimised.",
        "loss",
        "pixels",
    )
    t.act(
        "500 steps, and the picture is shown every ten. How far its pixels are off, as a mean of squares, falls from "
        "1 to less than 0.15.",
        "Train",
        "train",
    )
    t.change(
        "If the last filter moves by one instead of two, 16×16 places are compared instead of 8×8, four times as many "
        "numbers. Both networks change, for they are uses of one module.",
        "Compare more places",
        nodes={"features.conv3": {"stride": 1}},
    )
