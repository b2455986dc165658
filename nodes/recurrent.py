"""Recurrent layers: each place of a sequence is read with what is remembered of those before it."""

from typing import Literal, NamedTuple

from grapheditor.authoring import Floats, Places, Probability, Size, Tensor, expect, nn, operator

Bend = Literal["tanh", "relu"]
"""What the sum of a plain recurrent layer passes."""


class Remembered(NamedTuple):
    """What a layer gives for each place, and what it remembers behind the last."""

    out: Tensor
    hidden: Tensor


class Memories(NamedTuple):
    """What an LSTM gives for each place, and its two memories behind the last."""

    out: Tensor
    hidden: Tensor
    cell: Tensor


@operator("Recurrent", title="RNN", shows=("hidden_size",))
def rnn(
    x: Places,
    h: Floats | None,
    *,
    hidden_size: Size = 128,
    num_layers: Size = 1,
    nonlinearity: Bend = "tanh",
    bias: bool = True,
    dropout: Probability = 0.0,
    bidirectional: bool = False,
) -> Remembered:
    """Read a sequence, batch × place × feature, with a hidden state that passes tanh at each place (Elman 1990).

    Where nothing is wired to h it starts with zeros. Hidden states are shaped layer × batch × feature, with the two
    directions of a layer one behind the other.

    hidden_size: How many features the hidden state has.
    num_layers: So many layers stand on each other.
    nonlinearity: What the sum passes.
    bias: Adds learned numbers.
    dropout: The share of the features that is dropped between two layers in training.
    bidirectional: Reads from both ends; the results stand side by side.
    """
    layer = nn.RNN(
        x.shape[2],
        hidden_size,
        num_layers,
        nonlinearity=nonlinearity,
        bias=bias,
        batch_first=True,
        dropout=dropout,
        bidirectional=bidirectional,
    )
    out, hidden = layer(x) if h is None else layer(x, h)
    return Remembered(out, hidden)


@operator("Recurrent", title="GRU", shows=("hidden_size",))
def gru(
    x: Places,
    h: Floats | None,
    *,
    hidden_size: Size = 128,
    num_layers: Size = 1,
    bias: bool = True,
    dropout: Probability = 0.0,
    bidirectional: bool = False,
) -> Remembered:
    """Read a sequence with two gates that say what is kept of the hidden state and what is new (Cho et al. 2014).

    Shapes are those of an RNN. Where nothing is wired to h it starts with zeros.

    hidden_size: How many features the hidden state has.
    num_layers: So many layers stand on each other.
    bias: Adds learned numbers.
    dropout: The share of the features that is dropped between two layers in training.
    bidirectional: Reads from both ends; the results stand side by side.
    """
    layer = nn.GRU(
        x.shape[2],
        hidden_size,
        num_layers,
        bias=bias,
        batch_first=True,
        dropout=dropout,
        bidirectional=bidirectional,
    )
    out, hidden = layer(x) if h is None else layer(x, h)
    return Remembered(out, hidden)


@operator("Recurrent", title="LSTM", shows=("hidden_size",), common=True)
def lstm(
    x: Places,
    h: Floats | None,
    c: Floats | None,
    *,
    hidden_size: Size = 128,
    num_layers: Size = 1,
    bias: bool = True,
    dropout: Probability = 0.0,
    bidirectional: bool = False,
) -> Memories:
    """Read a sequence with a cell that gates write, keep and show (Hochreiter and Schmidhuber 1997).

    Shapes are those of an RNN; the cell is shaped like the hidden state. Both start with zeros, or with what is wired
    to h and c.

    hidden_size: How many features the hidden state has.
    num_layers: So many layers stand on each other.
    bias: Adds learned numbers.
    dropout: The share of the features that is dropped between two layers in training.
    bidirectional: Reads from both ends; the results stand side by side.
    """
    expect((h is None) == (c is None), "Hidden state and cell start with zeros, or are both wired.", "h")
    layer = nn.LSTM(
        x.shape[2],
        hidden_size,
        num_layers,
        bias=bias,
        batch_first=True,
        dropout=dropout,
        bidirectional=bidirectional,
    )
    out, (hidden, cell) = layer(x) if h is None else layer(x, (h, c))
    return Memories(out, hidden, cell)


class Cells(NamedTuple):
    """What an LSTM's cell gives for one place: the hidden state, and its memory."""

    h: Tensor
    c: Tensor


@operator("Recurrent", title="RNNCell", stem="cell", shows=("hidden_size",))
def rnn_cell(
    x: Floats, h: Floats | None, *, hidden_size: Size = 128, bias: bool = True, nonlinearity: Bend = "tanh"
) -> Tensor:
    """Make the next hidden state of one place, batch × feature, and of the state before it.

    Where nothing is wired to h it is zeros. In a module that runs place by place it is a network of one's own.

    hidden_size: How many features the hidden state has.
    bias: Adds learned numbers.
    nonlinearity: What the sum passes.
    """
    _expect_cell(x, (("h", h),), hidden_size)
    cell = nn.RNNCell(x.shape[1], hidden_size, bias, nonlinearity)
    return cell(x) if h is None else cell(x, h)


@operator("Recurrent", title="GRUCell", stem="cell", shows=("hidden_size",))
def gru_cell(x: Floats, h: Floats | None, *, hidden_size: Size = 128, bias: bool = True) -> Tensor:
    """Make the next hidden state of one place, batch × feature, and of the state before it, with a GRU's two gates.

    Where nothing is wired to h it is zeros.

    hidden_size: How many features the hidden state has.
    bias: Adds learned numbers.
    """
    _expect_cell(x, (("h", h),), hidden_size)
    cell = nn.GRUCell(x.shape[1], hidden_size, bias)
    return cell(x) if h is None else cell(x, h)


@operator("Recurrent", title="LSTMCell", stem="cell", shows=("hidden_size",))
def lstm_cell(x: Floats, h: Floats | None, c: Floats | None, *, hidden_size: Size = 128, bias: bool = True) -> Cells:
    """Make the next hidden state and memory of one place, batch × feature, and of those before it.

    Where nothing is wired to h and c they are zeros.

    hidden_size: How many features the hidden state has.
    bias: Adds learned numbers.
    """
    expect((h is None) == (c is None), "Hidden state and cell start with zeros, or are both wired.", "h")
    _expect_cell(x, (("h", h), ("c", c)), hidden_size)
    cell = nn.LSTMCell(x.shape[1], hidden_size, bias)
    hidden, memory = cell(x) if h is None else cell(x, (h, c))
    return Cells(hidden, memory)


def _expect_cell(x: Tensor, states: tuple[tuple[str, Tensor | None], ...], hidden_size: int) -> None:
    expect(x.ndim == 2, "One place is batch × feature.", "x")
    for port, state in states:
        if state is not None:
            fits = state.ndim == 2 and int(state.shape[1]) == hidden_size
            expect(fits, f"A state is batch × {hidden_size}.", port, "hidden_size")
