"""Tours through networks that say more than one thing of an image: of each pixel, or how to steer."""

from grapheditor.authoring import Guide, tour


@tour("U-Net", template="unet")
def unet(t: Guide) -> None:
    """Down to what there is, up again to where it is."""
    t.look(
        "The convolutions have no border of zeros: each takes a pixel from every side, 572, 570, 568. A pooling "
        "halves that to 284.",
        "down1.conv1",
        "down1.conv2",
    )
    t.look("At the bottom there are 28×28 places with 1,024 channels, and 14.2 of all 31.0 million weights.", "bottom")
    t.look(
        "On the way up the image is doubled, to 392×392 here. Beside it comes the middle of what this level saw on "
        "the way down, cut from 568×568: 64 and 64 make 128 channels.",
        "up1.conv_transpose1",
        "up1.center_crop1",
        "up1.cat1",
    )
    t.look("So 388×388 of 572×572 pixels get a class: 92 are missing at each side, where context is needed.", "conv1")
    t.change(
        "188×188 is the smallest image that goes through: 4×4 pixels get a class. The weights are the same "
        "31,030,658, since all weights are those of filters, which every place shares.",
        "Take 188×188 pixels",
        nodes={"image": {"shape": ("N", 1, 188, 188)}},
    )


@tour("Shapes, pixel by pixel", template="unet", classes=4, channels=3, size=32, width=16, depth=2, padded=True)
def unet_shapes(t: Guide) -> None:
    """A small U-Net with borders of zeros, and data for it."""
    t.look(
        "Images of 32×32 with circles, squares and triangles, drawn by the program. The mask says of each pixel to "
        "which of these it belongs, or to the ground.",
        "image",
        "mask",
    )
    t.look(
        "With a border of zeros no pixel is lost: 32, 16, 8 on the way down, 16 and 32 on the way up.", "down1", "up1"
    )
    t.act(
        "It learns from generated images, eight times over: then about 93 % of the pixels of others are right. That is "
        "less than it seems, for whoever always says ground is right for 86 %.",
        "Train",
        "train",
    )
    t.look(
        "So the overlap is measured too: the pixels that both the answer and the truth give to a class, as a share of "
        "those that either does. Its mean over the classes goes to about 0.5; always ground has 0.22.",
        "loss",
    )
    t.change(
        "An image of 64×64 needs four times the work and no other weight: 117,092 as before. The generated images are "
        "of 32×32 and fit no longer, so take it back with Ctrl+Z.",
        "Take 64×64 pixels",
        nodes={"image": {"shape": ("N", 3, 64, 64)}, "mask": {"shape": ("N", 64, 64)}},
    )


@tour("SharpMask", template="sharpmask")
def sharpmask(t: Guide) -> None:
    """A coarse mask, made sharp by what earlier layers saw."""
    t.look("Down to 10×10 places: 1,024 channels that know what there is, but only roughly where.", "stage3")
    t.look(
        "Two linear layers look at the whole image at once and draw a coarse mask: 32 channels of 10×10. They have "
        "8.2 of all 17.3 million weights.",
        "whole",
        "coarse",
        "mask1",
    )
    t.look(
        "Before the features of a layer are laid beside the mask they are narrowed, from 1,024 to 32 channels here. "
        "So both have the same say: 32 + 32 = 64.",
        "refine1.narrow",
        "refine1.cat1",
    )
    t.look(
        "Four refinements, each with an earlier layer: 10, 20, 40, 80, 160. Each doubles the side and leaves half of "
        "the channels.",
        "refine1",
        "refine2",
        "refine3",
        "refine4",
    )
    t.change(
        "With 256 channels beside a mask of 32 this refinement goes from 304,176 to 2,401,040 weights, and from 30 to "
        "240 million multiply-adds. What comes out has the same shape.",
        "Narrow less",
        nodes={"refine1": {"skip": 256}},
    )


@tour("PilotNet", template="pilotnet")
def pilotnet(t: Guide) -> None:
    """From the camera to the steering wheel."""
    t.look("A picture of 66×200 in three channels. It is wide, as a road is.", "image")
    t.look(
        "Three convolutions of 5×5 move by two and halve the picture, two of 3×3 move by one. At the end one row of "
        "18 places is left, with 64 channels.",
        "conv1",
        "conv3",
        "conv5",
    )
    t.look(
        "The five convolutions have 131,348 weights. This layer alone has 115,300 of all 252,219, since each of 100 "
        "units weighs 64 · 18 = 1,152 numbers.",
        "linear1",
    )
    t.look(
        "One number comes out: how to steer. There is no recipe, since it needs pictures of a road with the angle of "
        "the wheel beside each, and none are in the package.",
        "linear4",
    )
    t.change(
        "A picture of 66×320 leaves 33 places: 2,112 numbers arrive at the first linear layer, which grows to 211,300 "
        "weights. No convolution gets a weight more.",
        "Take a wider picture",
        nodes={"image": {"shape": ("N", 3, 66, 320)}},
    )
