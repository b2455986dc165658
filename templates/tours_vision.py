"""Tours through networks that say what there is in an image."""

from grapheditor.authoring import Guide, tour


@tour("AlexNet", template="alexnet")
def alexnet(t: Guide) -> None:
    """Where the weights are, and where the work is."""
    t.look(
        "64 filters of 11×11 look at three colours and move four pixels at a time: 224×224 becomes 55×55. They have "
        "64 · (3·11·11 + 1) = 23,296 weights.",
        "conv1",
    )
    t.look(
        "The five convolutions have 2.5 of all 61.1 million weights, and do 656 of 714 million multiply-adds: each "
        "weight is used at every place of the image.",
        "conv1",
        "conv2",
        "conv3",
        "conv4",
        "conv5",
    )
    t.look(
        "All 9,216 numbers meet 4,096 units here: 37.8 million weights, each used once. In training the two dropouts "
        "silence half of what arrives at a wide layer, at random, against learning by heart.",
        "dropout1",
        "linear1",
        "dropout2",
    )
    t.change(
        "Filters that move by two give 109×109 places, and everything up to the last pooling grows. The multiply-adds "
        "rise to 2.7 billion. No weight is added, since the last pooling makes 6×6 of any size.",
        "Move by 2",
        nodes={"conv1": {"stride": 2}},
    )


@tour("VGG16", template="vgg16")
def vgg16(t: Guide) -> None:
    """Depth from small filters alone."""
    t.look(
        "A filter of 3×3 with a border of one zero keeps the size. Only the poolings halve it: 224, 112, 56, 28, 14, "
        "7.",
        "conv1",
        "conv2",
        "pool1",
    )
    t.look(
        "Three filters of 3×3 in a row see 7×7 pixels. They have 3 · 9 = 27 weights for each pair of channels, where "
        "one of 7×7 has 49, and a ReLU stands behind each.",
        "conv5",
        "conv6",
        "conv7",
    )
    t.look(
        "The second convolution has 36,928 weights and does 1.85 billion multiply-adds. The first linear layer has "
        "102.8 million weights, and does 103 million.",
        "conv2",
        "linear1",
    )
    t.change(
        "With 512 units instead of 4,096 the network goes from 138.4 to 33.8 million weights. Of its 15.5 billion "
        "multiply-adds less than one in a hundred is saved.",
        "Take 512 units",
        nodes={"linear1": {"out_features": 512}},
    )
    t.change(
        "A filter of 7×7 needs a border of 3 to keep the size. This layer goes from 1,792 to 9,472 weights, and "
        "nothing behind it changes.",
        "Make the first filter 7×7",
        nodes={"conv1": {"kernel_size": 7, "padding": 3}},
    )


@tour("GoogLeNet", template="googlenet")
def googlenet(t: Guide) -> None:
    """Four ways to look at one image, side by side."""
    t.look(
        "Nine inceptions stand in a row. This one makes 256 channels of 192 and keeps the 28×28 places.", "inception3a"
    )
    t.look(
        "Inside: four branches see the same image, by filters of two sizes and a pooling. What they give is laid side "
        "by side: 64 + 128 + 32 + 32 = 256 channels.",
        "inception3a.branch1",
        "inception3a.branch2",
        "inception3a.branch3",
        "inception3a.branch4",
        "inception3a.cat1",
    )
    t.look(
        "A filter of 1×1 narrows 192 channels to 96 before the one of 3×3: 18,432 and 110,592 weights. The 3×3 on all "
        "192 channels would have 221,184.",
        "inception3a.narrow2",
        "inception3a.branch2",
    )
    t.look(
        "The mean over the 7×7 places leaves 1,024 numbers, and one layer makes the scores: 1,025,000 weights, where "
        "AlexNet's three layers have 58.6 million.",
        "pool5",
        "linear1",
    )
    t.change(
        "Without the narrowing this inception goes from 155,872 to 285,088 weights and from 122 to 223 million "
        "multiply-adds, and still gives 256 channels.",
        "Do not narrow",
        nodes={"inception3a": {"narrow_three": 192}},
    )


@tour("ResNet-18", template="resnet18")
def resnet18(t: Guide) -> None:
    """Layers that learn what to add."""
    t.look(
        "Two wires meet here: one comes from two convolutions, the other goes past them. A block that gives zeros "
        "changes nothing, so more of them do no harm. On the way back the gradient has the same short way.",
        "stage1.first.conv1",
        "stage1.first.conv2",
        "stage1.first.add1",
    )
    t.look(
        "Where the image is halved and its channels double, what goes past has to fit: a filter of 1×1 that moves by "
        "two makes 128×28×28 of 64×56×56, with 8,448 weights in all.",
        "stage2.first.shortcut",
        "stage2.first.add1",
    )
    t.look(
        "From stage to stage the places are a quarter and the channels double. So the work stays alike: 462 million "
        "multiply-adds in the first, 411 million in each other.",
        "stage1",
        "stage2",
        "stage3",
        "stage4",
    )
    t.change(
        "With 3, 4, 6 and 3 blocks in its stages it is ResNet-34: 21.8 million weights instead of 11.7, and 3.66 "
        "billion multiply-adds instead of 1.81.",
        "Add blocks",
        nodes={"stage1": {"blocks": 3}, "stage2": {"blocks": 4}, "stage3": {"blocks": 6}, "stage4": {"blocks": 3}},
    )


@tour("ResNet-50", template="resnet50")
def resnet50(t: Guide) -> None:
    """Narrow, look, widen: the bottleneck."""
    t.look("Four stages, each with half the image's side of the one before: 256, 512, 1,024, 2,048 channels.", "stage1")
    t.look(
        "Inside a block: 1×1 narrows to 256 channels, 3×3 looks, 1×1 widens to 1,024. The 3×3 has 589,824 weights; "
        "the filters of 1×1 have 131,072 and 262,144.",
        "stage3.first.conv1",
        "stage3.first.conv2",
        "stage3.first.conv3",
    )
    t.look(
        "Five more blocks follow, with 1,117,184 weights each. One single filter of 3×3 from 1,024 to 1,024 channels "
        "would have 9,437,184.",
        "stage3.blocks",
    )
    t.look("The mean over 7×7 places leaves 2,048 numbers, which one layer turns into scores.", "pool2", "linear1")
    t.change(
        "With 23 blocks in the third stage it is ResNet-101: 44.5 million weights instead of 25.6. No other stage "
        "changes.",
        "Take 23 blocks",
        nodes={"stage3": {"blocks": 23}},
    )


@tour("ResNet-20", template="resnet20")
def resnet20(t: Guide) -> None:
    """A small residual network, with shortcuts that have no weights."""
    t.look(
        "Three stages of three blocks with two convolutions each: 18, and with the first convolution and the last "
        "layer 20. They have 14,016, 51,072 and 203,520 weights.",
        "stage1",
        "stage2",
        "stage3",
    )
    t.look(
        "The first block of a stage halves the image. What goes past leaves out every other pixel and gets 16 "
        "channels of zeros: that fits, and has no weights.",
        "stage2.0.shortcut",
        "stage2.0.add1",
    )
    t.change(
        "Twice as wide throughout it has 1,073,962 weights instead of 269,722. A convolution's weights grow with what "
        "arrives and with what comes out, so that is four times.",
        "Double the channels",
        nodes={
            "conv1": {"out_channels": 32},
            "stage1": {"width": 32},
            "stage2": {"width": 64},
            "stage3": {"width": 128},
        },
    )
    t.look(
        "The recipe is the paper's, which missed 8.75 % of CIFAR-10. The images are not in the package: they "
        "are downloaded once, under Data on the right. With 182 passes it is made for a GPU.",
    )


@tour("DenseNet-121", template="densenet121")
def densenet121(t: Guide) -> None:
    """Beside what was there instead of added to it."""
    t.look(
        "A layer puts its channels beside what arrived: 64 arrive, 32 are new, 96 go on. Nothing is added up, so "
        "nothing is lost.",
        "block1.0.cat1",
    )
    t.look(
        "First 1×1 brings whatever arrives to 128 channels, then 3×3 makes the 32 new ones of them: 8,192 and 36,864 "
        "weights. From layer to layer only the first convolution grows.",
        "block1.0.conv1",
        "block1.0.conv2",
    )
    t.look("Six such layers: 64 + 6 · 32 = 256 channels come out.", "block1")
    t.look("Between two blocks the image and the channels are halved: 256×56×56 becomes 128×28×28.", "transition1")
    t.change(
        "If each layer of the first block adds 16, then 64 + 6 · 16 = 160 channels come out, and the transition still "
        "makes 128 of them. The multiply-adds fall from 2.83 to 2.05 billion.",
        "Add 16 at a time",
        nodes={"block1": {"growth": 16}},
    )


@tour("MobileNet v2", template="mobilenet-v2")
def mobilenet_v2(t: Guide) -> None:
    """Filters that see one channel each."""
    t.look(
        "1×1 widens 16 channels to 96, a filter of 3×3 looks at each channel by itself, 1×1 narrows to 24.",
        "inverted_residual1.conv1",
        "inverted_residual1.conv2",
        "inverted_residual1.conv3",
    )
    t.look(
        "With as many groups as channels there is one filter for each: 96 · 9 = 864 weights. A full convolution looks "
        "at all 96 channels for each new one, and has 96 · 96 · 9 = 82,944.",
        "inverted_residual1.conv2",
    )
    t.look(
        "What is added is the narrow end, 24 channels; inside it is six times as wide. In a ResNet's bottleneck it is "
        "the other way round.",
        "inverted_block1.residual",
        "inverted_block1.add1",
    )
    t.change(
        "All these blocks are uses of one module, so this changes all of them. With one group the network has 44.0 "
        "million weights instead of 3.5, and 5.44 billion multiply-adds instead of 0.30.",
        "Take full convolutions",
        nodes={"inverted_residual1.conv2": {"groups": 1}},
    )


@tour("A vision transformer", template="vit-b-16")
def vit_b_16(t: Guide) -> None:
    """An image, read like a text."""
    t.look(
        "The image is cut into patches of 16×16, 14 · 14 = 196 of them. Each is 3 · 16 · 16 = 768 numbers, and "
        "becomes 768 features by 768 · 768 + 768 = 590,592 weights.",
        "patches",
    )
    t.look(
        "One more place is put before the patches; the class is read from it at the end. Then each of the 197 places "
        "gets a learned vector that says where it is: 197 · 768 = 151,296 weights.",
        "token",
        "positions",
    )
    t.look(
        "In attention each place asks all 197 (query), is asked (key) and gives what it has (value). The three layers "
        "and the last one have 590,592 weights each, however many places there are.",
        "blocks.0.attention.query",
        "blocks.0.attention.key",
        "blocks.0.attention.value",
        "blocks.0.attention.project",
    )
    t.look("Twelve blocks of the same kind, each with weights of its own: 85.1 of all 86.6 million.", "blocks")
    t.change(
        "With patches of 32×32 there are 49, and 50 places with the one before. The multiply-adds fall from 17.6 to "
        "4.4 billion; the weights hardly change, 88.2 million.",
        "Make the patches 32×32",
        nodes={"patches": {"kernel_size": 32, "stride": 32}, "positions": {"length": 50}},
    )
