"""The numbers that prove the templates: parameters, and billions of multiply-adds for one sample where they are known.

Both are torchvision's documented counts where it has the network, else those of the papers, or counts made by running
published definitions. Multiply-adds are of convolutions and matrix products.
"""

from __future__ import annotations

from typing import NamedTuple


class Figures(NamedTuple):
    """What a template with some options must show."""

    template: str
    options: dict[str, object]
    parameters: int
    multiply_adds: str = ""
    """In billions, with as many digits as are known; empty where nothing is."""


NORMED = {"batch_norm": True}
PAPER = {"variant": "paper"}


def _stage(arriving: int, width: int, count: int) -> int:
    """Count a stage of bottleneck blocks without biases, each with three norms, the first with a fitted shortcut."""
    wide = 4 * width
    first = arriving * width + 9 * width * width + width * wide + 4 * width + 2 * wide
    other = wide * width + 9 * width * width + width * wide + 4 * width + 2 * wide
    return first + (arriving * wide + 2 * wide) + (count - 1) * other


SHARPMASK = (
    (3 * 49 * 64 + 2 * 64)
    + (_stage(64, 64, 3) + _stage(256, 128, 4) + _stage(512, 256, 6))
    + (1025 * 128 + (128 * 10 * 10 + 1) * 512 + 513 * (32 * 10 * 10))
    + ((9 * 1024 + 1) * 32 + (9 * 64 + 1) * 16)
    + ((9 * 512 + 1) * 16 + (9 * 32 + 1) * 8)
    + ((9 * 256 + 1) * 8 + (9 * 16 + 1) * 4)
    + ((9 * 64 + 1) * 4 + (9 * 8 + 1) * 2)
    + (9 * 2 + 1)
)
"""Trunk; from its last layer to the coarse mask; four times what narrows the features, and what refines; the mask."""
GRU = 3 * 80 * (80 + 80) + 6 * 80
"""One of memory-network's, with both bias vectors of PyTorch's."""
READER = 2 * 30_000 * 620 + 2 * (3 * 1_000 * (620 + 1_000) + 6 * 1_000)
"""Both languages' words, and a GRU in both directions."""
TRANSLATOR = READER + 2_001 * 1_000 + 1_000 * 1_000 + 1_000 + 1_001 * 1_000
"""With the notes' keys, the question, the energy, and the writer's first state; its cell, readout and head follow."""
LAYER = 3 * 1_000 * (1_000 + 1_000) + 6 * 1_000
DEEP_TRANSLATOR = (
    READER
    + (3 * 1_000 * (2_000 + 1_000) + 6 * 1_000)
    + 13 * LAYER
    + (1_001 * 1_000 + 1_000 * 1_000 + 1_000 + 1_001 * 1_000)
    + (3 * 1_000 * (620 + 1_000 + 1_000) + 6 * 1_000)
    + (2_621 * 1_000 + 501 * 30_000)
)
"""Eight layers: the reader's second narrows what comes of both directions, six more read, seven more write."""
LISTENING = 41 * 11 * 32 + 21 * 11 * 32 * 32 + 21 * 11 * 32 * 96 + 2 * (32 + 32 + 96)
FIRST = 2 * 2_016 + 2 * (3 * 1_280 * (2_016 + 1_280) + 6 * 1_280)
"""96 channels of the 21 frequencies that three halvings leave of 161, read in both directions behind a norm."""
RECURRENT = FIRST + 6 * (2 * 1_280 + 2 * (3 * 1_280 * 2_560 + 6 * 1_280))
ATTENTION = 2 * 8_192**2 + 2 * 8_192 * 1_024
LLAMA = 2 * 32_000 * 8_192 + 80 * (ATTENTION + 3 * 8_192 * 28_672 + 2 * 8_192) + 8_192
EXPERTS = 8 * 4_096 + 8 * 3 * 4_096 * 14_336
MIXTRAL = 2 * 32_000 * 4_096 + 32 * (2 * 4_096**2 + 2 * 4_096 * 1_024 + EXPERTS + 2 * 4_096) + 4_096
FIGURES = [
    Figures("convolution-by-hand", {}, 0),
    Figures("pooling-by-hand", {}, 0),
    Figures("learning-rate", {}, 1),
    Figures("xor", {}, 2 * 2 + 2),
    Figures("xor", {"hidden": True}, (2 + 1) * 8 + (8 + 1) * 2),
    Figures("vanishing-gradient", {}, 785 * 32 + 12 * 33 * 32 + 33 * 10),
    Figures("dropout", {}, 785 * 512 + 513 * 512 + 513 * 10),
    Figures("batch-normalisation", {}, 785 * 64 + 7 * 65 * 64 + 65 * 10),
    Figures("batch-normalisation", {"norms": True}, 785 * 64 + 7 * 65 * 64 + 65 * 10 + 8 * 2 * 64),
    Figures("threshold-unit", {}, 3),
    Figures("perceptron", {}, 401),
    Figures("logistic-regression", {}, 7_850),
    Figures("mlp", {}, 785 * 256 + 257 * 128 + 129 * 10),
    Figures("neocognitron", {}, (25 * 24 + 24) + (24 * 25 * 24 + 24) + (24 * 25 * 10 + 10)),
    Figures("t-c", {}, 8 * 10 + 8 + 1),
    Figures("lenet-1989", {}, 9_760),
    Figures("lenet-5", {}, 61_706),
    Figures("lenet-5", {"size": 28, "padding": 2}, 61_706),
    Figures("mnist-convnet", {}, 105_506),
    Figures("alexnet", {}, 61_100_840, "0.714"),
    Figures("alexnet", PAPER, 60_965_224),
    Figures("alexnet", {"variant": "ungrouped"}, 62_378_344),
    Figures("vgg11", {}, 132_863_336, "7.609"),
    Figures("vgg13", {}, 133_047_848, "11.308"),
    Figures("vgg16", {}, 138_357_544, "15.470"),
    Figures("vgg19", {}, 143_667_240, "19.632"),
    Figures("vgg11", NORMED, 132_868_840, "7.609"),
    Figures("vgg13", NORMED, 133_053_736, "11.308"),
    Figures("vgg16", NORMED, 138_365_992, "15.470"),
    Figures("vgg19", NORMED, 143_678_248, "19.632"),
    Figures("googlenet", {}, 6_624_904, "1.498"),
    Figures("googlenet", {"auxiliary": True}, 13_004_888),
    Figures("googlenet", PAPER, 6_998_552),
    Figures("resnet18", {}, 11_689_512, "1.814"),
    Figures("resnet34", {}, 21_797_672, "3.664"),
    Figures("resnet50", {}, 25_557_032, "4.089"),
    Figures("resnet50", PAPER, 25_557_032, "3.858"),
    Figures("resnet101", {}, 44_549_160, "7.801"),
    Figures("resnet152", {}, 60_192_808, "11.514"),
    Figures("resnet20", {}, 269_722),
    Figures("resnet32", {}, 464_154),
    Figures("resnet44", {}, 658_586),
    Figures("resnet56", {}, 853_018),
    Figures("densenet121", {}, 7_978_856, "2.834"),
    Figures("mobilenet-v2", {}, 3_504_872, "0.301"),
    Figures("vit-b-16", {}, 86_567_656, "17.56"),
    Figures("unet", {}, 31_030_658, "150.4"),
    Figures("sharpmask", {}, SHARPMASK),
    Figures("pilotnet", {}, 252_219),
    Figures("gpt2", {}, 124_439_808),
    Figures("gpt2-medium", {}, 354_823_168),
    Figures("gpt2-large", {}, 774_030_080),
    Figures("gpt2-xl", {}, 1_557_611_200),
    Figures("gpt3", {}, 174_604_259_328),
    Figures("cooccurrence", {}, 2 * 500 * 50),
    Figures("word2vec", {}, 2 * 2_000 * 64),
    Figures("rnn-names", {}, 86 * 128 + 128 * 128 + 129 * 18),
    Figures("bilstm", {}, 10_000 * 128 + 2 * (4 * 128 * 256 + 8 * 128) + 257 * 17),
    Figures("sentiment-lstm", {}, 10_000 * 64 + 4 * 128 * (64 + 128) + 8 * 128 + 129),
    Figures("lstm-lm-medium", {}, 19_780_400),
    Figures("lstm-lm-large", {}, 66_034_000),
    Figures("recursive-net", {}, 10_000 * 50 + 101 * 50 + 51 * 5),
    Figures("averaging-qa", {}, 10_000 * 300 + 3 * 301 * 300 + 301 * 100),
    Figures("memory-network", {}, 200 * 80 + 4 * GRU + 80 * 80 + (7 * 80 + 3) * 80 + 81 + 161 * 200),
    Figures("seq2seq", {}, 384_144_000),
    Figures("attention-seq2seq", {}, TRANSLATOR + 3_620 * 3_000 + 6_000 + 3_621 * 1_000 + 501 * 30_000),
    Figures("attention-seq2seq", {"layers": 8}, DEEP_TRANSLATOR),
    Figures("deepspeech", {}, (19 * 160 + 1) * 2_048 + 4 * 2_049 * 2_048 + 2 * 2_048**2 + 2_049 * 29),
    Figures("deepspeech2", {}, LISTENING + RECURRENT + 2 * 1_280 + 1_281 * 29),
    Figures("wavenet", {}, 876_896),
    Figures("transformer-base", {}, 63_082_496),
    Figures("transformer-base", {"auxiliary": True}, 63_082_496),
    Figures("bert-base", {}, 109_482_240),
    Figures("bert-base", {"head": "masked"}, 109_514_298),
    Figures("llama", {}, LLAMA),
    Figures("llama", {"width": 4_096, "layers": 32, "heads": 32, "groups": 32, "hidden": 11_008}, 6_738_415_616),
    Figures("mixtral", {}, MIXTRAL),
    Figures("char-gpt", {}, 2 * 65 * 96 + 64 * 96 + 3 * (2 * 192 + 4 * 97 * 96 + 97 * 384 + 385 * 96) + 192),
    Figures("masked-lm", {}, 66 * 64 + 16 * 64 + 3 * (2 * 128 + 4 * 4_160 + 16_640 + 16_448) + 128 + 65 * 65),
    Figures("lstm-text", {}, 65 * 128 + 2 * (4 * 128 * 256 + 8 * 128) + 129 * 65),
    Figures("gan-gaussians", {}, (3 * 128 + 129 * 128 + 129 * 2) + (3 * 128 + 129 * 128 + 129)),
    Figures("painted-image", {}, 3 * 32 * 32 + 28 * 32 + 289 * 64 + 577 * 128),
]
BROKEN = {"broken-net"}


def rounded(multiply_adds: int, like: str) -> str:
    """Write multiply-adds in billions with as many digits as a published figure has."""
    return f"{multiply_adds / 1e9:.{len(like.partition('.')[2])}f}"
