"""The networks of sequences and language: their counts, outputs, training steps and exports beside ones written by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import by_hand_language as language
import by_hand_sound as sound
import by_hand_transformers as transformers
import pytest
import torch
from figures import FIGURES
from torch.nn import functional as F

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.summary import summary
from grapheditor.compile.weights import match
from grapheditor.graph import write
from grapheditor.training.memory import measure

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
BERT = {"vocabulary": 31, "context": 9, "width": 16, "layers": 2, "heads": 4}
LLAMA = {"vocabulary": 31, "width": 32, "layers": 2, "heads": 4, "groups": 2, "hidden": 24}
TRANSLATOR = {"source_words": 23, "target_words": 29, "embedded": 6, "width": 8, "align": 7, "readout": 5}
SMALL = {
    "cooccurrence": {"vocabulary": 20, "width": 4, "window": 5},
    "word2vec": {"vocabulary": 20, "width": 4, "reach": 2, "negatives": 3},
    "rnn-names": {"letters": 20, "width": 12, "classes": 5},
    "bilstm": {"vocabulary": 20, "width": 6, "classes": 5},
    "sentiment-lstm": {"vocabulary": 20, "embedded": 6, "width": 8},
    "lstm-lm-medium": {"vocabulary": 20, "width": 8},
    "lstm-lm-large": {"vocabulary": 20, "width": 8, "layers": 3},
    "lstm-text": {"vocabulary": 20, "width": 8},
    "recursive-net": {"vocabulary": 20, "width": 6, "classes": 5},
    "averaging-qa": {"vocabulary": 20, "width": 6, "classes": 5},
    "memory-network": {"vocabulary": 20, "width": 6, "words": 4},
    "seq2seq": {"source_words": 20, "target_words": 24, "width": 8, "layers": 2},
    "attention-seq2seq": TRANSLATOR,
    "deepspeech": {"frequencies": 6, "context": 2, "width": 8, "letters": 5},
    "deepspeech2": {"frequencies": 45, "channels": 4, "width": 8, "layers": 3, "letters": 5},
    "wavenet": {"levels": 20, "residual": 6, "skip": 10, "stacks": 2, "layers": 3},
    "transformer-base": {"vocabulary": 31, "width": 16, "layers": 2, "heads": 4, "hidden": 24},
    "bert-base": BERT,
    "gpt2": BERT,
    "gpt2-medium": BERT,
    "gpt2-large": BERT,
    "gpt2-xl": BERT,
    "gpt3": BERT,
    "char-gpt": {"vocabulary": 20, "context": 9, "width": 16, "heads": 2},
    "masked-lm": {"vocabulary": 20, "context": 9, "width": 16, "heads": 2},
    "llama": LLAMA,
    "mixtral": LLAMA | {"experts": 4},
}
MORE = [
    ("attention-seq2seq", {"layers": 2}),
    ("attention-seq2seq", {"layers": 4}),
    ("bert-base", {"head": "masked"}),
    ("transformer-base", {"auxiliary": True, "layers": 4}),
]
CASES = [*((name, {}) for name in SMALL), *MORE]


def whole(high, *shape, low=0):
    return torch.randint(low, high, shape)


def test_all_of_them_are_looked_at():
    shown = {name for name, item in KNOWN.templates.items() if item.category == "Sequences and language"}
    assert set(SMALL) == shown
    for name in shown:
        item = KNOWN.templates[name]
        assert item.paper
        assert item.source[-4:].isdigit()
        assert item.doc.count("\n\n") == 1, "what it is, and what was new"


HAND = {
    "rnn-names": (language.RnnNames, {}),
    "bilstm": (language.Bilstm, {}),
    "sentiment-lstm": (language.Sentiment, {}),
    "lstm-lm-medium": (language.LstmLanguageModel, {}),
    "lstm-lm-large": (language.LstmLanguageModel, {"width": 1500}),
    "recursive-net": (language.RecursiveNet, {}),
    "averaging-qa": (language.AveragingQa, {}),
    "memory-network": (language.MemoryNetwork, {}),
    "seq2seq": (language.Seq2Seq, {}),
    "attention-seq2seq": (language.AttentionSeq2Seq, {}),
    "word2vec": (language.Word2Vec, {}),
    "cooccurrence": (language.Cooccurrence, {}),
    "deepspeech": (sound.DeepSpeech, {}),
    "deepspeech2": (sound.DeepSpeech2, {}),
    "wavenet": (sound.WaveNet, {}),
    "transformer-base": (transformers.Transformer, {}),
    "bert-base": (transformers.Bert, {}),
    "llama": (transformers.Llama, {}),
    "mixtral": (
        transformers.Llama,
        {"width": 4096, "layers": 32, "heads": 32, "hidden": 14_336, "experts": 8},
    ),
    "char-gpt": (
        transformers.Gpt,
        {"vocabulary": 65, "context": 64, "width": 96, "layers": 3, "heads": 4, "tied": False},
    ),
    "gpt2": (transformers.Gpt, {}),
}
OPTIONS = {"head": lambda value: {"masked": value == "masked"}, "auxiliary": lambda value: {}}


def by_hand(name, options):
    """Return a network written by hand, at the sizes of a template's options."""
    make, usual = HAND[name]
    given = dict(usual)
    for key, value in options.items():
        given |= OPTIONS[key](value) if key in OPTIONS else {key: value}
    for extra in {"dropout", "window", "reach", "negatives", "passes"} & given.keys():
        del given[extra]
    return make(**given)


@pytest.mark.parametrize(
    "known", [item for item in FIGURES if item.template in HAND], ids=lambda known: f"{known.template} {known.options}"
)
def test_the_formula_the_one_written_by_hand_and_the_summary_have_one_count(known):
    with torch.device("meta"):
        net = by_hand(known.template, known.options)
    graph = KNOWN.new(known.template, known.options)
    found = summary(graph, INFERENCE.analyse(graph))["parameters"]
    assert known.parameters == sum(item.numel() for item in net.parameters()) == found


TREES = (
    torch.tensor([[3, 7, 4, 0, 0], [5, 6, 2, 0, 0]]),
    torch.tensor([[0, 3], [1, 0]]),
    torch.tensor([[1, 2], [2, 3]]),
    torch.tensor([[3, 4], [3, 4]]),
)
TEXTS = torch.tensor([[3, 9, 1, 0, 0], [4, 4, 2, 8, 1], [7, 0, 0, 0, 0]])
GIVEN = {
    "rnn-names": (TEXTS,),
    "bilstm": (whole(20, 3, 7),),
    "sentiment-lstm": (TEXTS,),
    "lstm-lm-medium": (whole(20, 3, 7),),
    "lstm-lm-large": (whole(20, 3, 7),),
    "recursive-net": TREES,
    "averaging-qa": (TEXTS,),
    "memory-network": (whole(20, 3, 5, 4), whole(20, 3, 6)),
    "seq2seq": (whole(20, 3, 7), whole(24, 3, 5)),
    "attention-seq2seq": (whole(23, 3, 7), whole(29, 3, 5)),
    "deepspeech": (torch.randn(3, 9, 6),),
    "deepspeech2": (torch.randn(3, 30, 45),),
    "wavenet": (whole(20, 3, 24),),
    "transformer-base": (whole(31, 3, 7), whole(31, 3, 5)),
    "bert-base": (whole(31, 3, 7), whole(2, 3, 7)),
    "gpt2": (whole(31, 3, 7),),
    "char-gpt": (whole(20, 3, 7),),
    "llama": (whole(31, 3, 7),),
    "mixtral": (whole(31, 3, 7),),
}
RENAMED = {
    "lstm-lm-large": [(f"lstm.{i}", f"layers.{i}.lstm1") for i in range(3)],
    "mixtral": [
        (f"blocks.{i}.feed_forward.experts.{k}", f"blocks.{i}.mixture.experts_.{k}.units")
        for i in range(2)
        for k in range(4)
    ],
}
"""Which of several layers that are alike in all is which, where their names do not say it."""


def taken_apart(name, state):
    """Return a state dict whose weights are cut as those of the drawing: a layer and a direction of an LSTM are one."""
    if name == "deepspeech":
        return state | {"first.weight": state["first.weight"].unflatten(1, (6, 5))}
    if name == "bilstm":
        return {re.sub(r"lstm\.(\w+_l0)_reverse", r"backwards.\1", key): value for key, value in state.items()}
    if name.startswith("lstm-lm"):
        return {re.sub(r"lstm\.(\w+_l)(\d)", r"lstm.\2.\g<1>0", key): value for key, value in state.items()}
    return state


def tupled(found):
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize(("name", "more"), [case for case in CASES if case[0] in GIVEN], ids=str)
def test_it_computes_what_one_written_by_hand_does(name, more):
    torch.manual_seed(7)
    options = SMALL[name] | more
    theirs = by_hand(name, options | ({"half": 2} if "auxiliary" in more else {})).eval()
    with torch.no_grad():
        for item in theirs.parameters():
            item.add_(0.1 * torch.randn_like(item))
    program = compile_graph(KNOWN.new(name, options), inference=INFERENCE)
    state = taken_apart(name, theirs.state_dict())
    found = match(state, program, rename=RENAMED.get(name, ()))
    assert (found.unused, found.missing, found.unclear) == ((), (), ())
    ours = program.module().eval()
    tied = set(ours.load_state_dict(found.take(state), strict=False).missing_keys)
    assert tied <= {"head.weight"}
    given = dict(zip(ORDER.get(name, program.inputs), GIVEN[name], strict=True))
    with torch.inference_mode():
        wanted, got = theirs(*GIVEN[name]), ours(*(given[item] for item in program.inputs))
    wanted = wanted.mT if name == "char-gpt" else wanted
    for one, other in zip(tupled(wanted), tupled(got), strict=True):
        assert one.shape == other.shape
        assert float((one - other).abs().max() / one.abs().max()) < 1e-5


ORDER = {
    "recursive-net": ("tokens", "left", "right", "parent"),
    "memory-network": ("story", "question"),
    "bert-base": ("tokens", "segments"),
    "seq2seq": ("source", "target"),
    "attention-seq2seq": ("source", "target"),
    "transformer-base": ("source", "target"),
}


@pytest.mark.parametrize(("name", "more"), CASES, ids=str)
def test_small_it_takes_a_training_step(name, more):
    """By its own losses where it has some, and else by its results; every weight gets a gradient."""
    torch.manual_seed(0)
    program = compile_graph(KNOWN.new(name, SMALL[name] | more), inference=INFERENCE)
    net = program.module()
    if program.scalars:
        loss = net.objective(*(drawn(program, item) for item in program.objective_inputs))["loss"]
    else:
        loss = sum(item.square().mean() for item in tupled(net(*(drawn(program, item) for item in program.inputs))))
    loss.backward()
    left_out = {"stacks.1.layers.2.on.weight", "stacks.1.layers.2.on.bias"} if name == "wavenet" else set()
    assert {key for key, item in net.named_parameters() if item.grad is None} == left_out
    assert all(item.grad is None or item.grad.isfinite().all() for item in net.parameters())
    before = [item.detach().clone() for item in net.parameters()]
    torch.optim.SGD(net.parameters(), 0.1).step()
    assert any(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def drawn(program, item):
    """Return values for an input: small whole numbers, or sounds long enough for all convolutions."""
    point = {"N": 3, "T": 8, "S": 5, "M": 2, "F": 3, "Q": 4, "L": 2}
    shape = [point.get(size, size) for size in program.input_shape(item)]
    if item in ("places", "lengths"):
        return torch.full(shape, 4 if item == "places" else 2)
    return (
        whole(2, *shape, low=1 if item == "text" else 0) if program.input_type(item) == "int64" else torch.rand(shape)
    )


ALIKE = {"gpt2-medium", "gpt2-large", "gpt2-xl", "gpt3", "lstm-lm-large", "lstm-text", "masked-lm", "cooccurrence"}
"""What is exported by others of the same modules, or by tests of what learns."""
STATED = {
    "attention-seq2seq": ("S=7", "T=6"),
    "deepspeech2": ("T=32",),
    "memory-network": ("F=5", "Q=6"),
}
"""Lengths of networks in which PyTorch's exporter cannot leave that of a second GRU free."""


DEEPEST = {"attention-seq2seq": 4, "transformer-base": 4}
"""Of these the case of so many layers stands for all: it has every module of the others."""
EXPORTED = [(name, more) for name, more in CASES if name not in ALIKE and more.get("layers") == DEEPEST.get(name)]


@pytest.mark.parametrize(("name", "more"), EXPORTED, ids=str)
def test_small_it_is_exported(name, more, tmp_path):
    """By the program, in a process of its own: a second LSTM that one process exports has its length baked in."""
    write(KNOWN.new(name, SMALL[name] | more), tmp_path / "net.graph.json")
    words = [sys.executable, "-m", "grapheditor", "export", "net.graph.json", "-o", "net.onnx", "--json"]
    sizes = STATED.get(name, ()) if name != "attention-seq2seq" or more else ()
    words += [item for size in sizes for item in ("--size", size)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["max_relative_difference"] <= 1e-4


def test_word2vec_has_the_loss_that_is_written_by_hand(monkeypatch):
    torch.manual_seed(3)
    theirs = language.Word2Vec(20, 4)
    net = compile_graph(KNOWN.new("word2vec", SMALL["word2vec"]), inference=INFERENCE).module()
    net.load_state_dict({"vectors.weight": theirs.vectors.weight, "neighbours.contexts.weight": theirs.contexts.weight})
    tokens, drawn = whole(20, 6, 5), torch.rand(6, 12)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: drawn)
    noise = (drawn**4 * 20).long()
    wanted = theirs(tokens[:, 2], tokens[:, [0, 1, 3, 4]], noise, 3)
    assert net.objective(tokens)["loss"].item() == pytest.approx(wanted.item(), rel=1e-5)


def test_by_gradient_the_counts_are_rebuilt_as_well_as_by_singular_values():
    torch.manual_seed(0)
    net = compile_graph(KNOWN.new("cooccurrence", SMALL["cooccurrence"]), inference=INFERENCE).module()
    tokens = (20 * torch.rand(200, 5) ** 2).long()
    bags = F.one_hot(tokens, 20).float().sum(1)
    rest = torch.linalg.svdvals(torch.log1p(bags.T @ bags))[4:].square().sum() / 400
    optimizer = torch.optim.Adam(net.parameters(), 0.05)
    for _ in range(1500):
        optimizer.zero_grad()
        loss = net.objective(tokens)["loss"]
        loss.backward()
        optimizer.step()
    assert rest / 1.0001 <= loss.item() <= rest * 1.02


def test_what_a_network_with_ctc_takes_is_foretold():
    found = measure(compile_graph(KNOWN.new("deepspeech", SMALL["deepspeech"]), inference=INFERENCE), 4)
    assert found.gradients == found.weights > 0
    assert found.training > found.weights + found.gradients + found.optimizer
