"""Layers of torch.nn that are no operators, and what is taken instead."""

from grapheditor.authoring import Absent

ABSENT = Absent(
    {
        "AdaptiveLogSoftmaxWithLoss": "which of its matrices are used depends on the targets; take CrossEntropyLoss.",
        "Container": "a module holds others here.",
        "CrossMapLRN2d": "LocalResponseNorm computes the same, and is what torch itself recommends.",
        "DataParallel": "it trains on several devices, which belongs to a recipe and not to a network.",
        "LinearCrossEntropyLoss": "Linear and CrossEntropyLoss compute the same; it only saves memory.",
        "Module": "select nodes and group them into a module.",
        "ModuleDict": "a module holds others here.",
        "ModuleList": "repeat a node instead.",
        "NLLLoss2d": "NLLLoss takes images too.",
        "ParameterDict": "each parameter is a node of its own, Parameter.",
        "ParameterList": "each parameter is a node of its own, Parameter.",
        "RNNBase": "take RNN, GRU or LSTM.",
        "RNNCellBase": "take RNNCell, GRUCell or LSTMCell.",
        "Sequential": "nodes that are wired one behind the other are that here.",
        "SyncBatchNorm": "it needs several processes, which belongs to a recipe and not to a network; take BatchNorm.",
        "TransformerDecoder": "repeat a TransformerDecoderLayer.",
        "TransformerEncoder": "repeat a TransformerEncoderLayer.",
        "TripletMarginWithDistanceLoss": "it takes a Python function; TripletMarginLoss takes any norm.",
        "UpsamplingBilinear2d": "Upsample does it with align_corners.",
        "UpsamplingNearest2d": "Upsample does it.",
    }
)
