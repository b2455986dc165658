"""Only what our printer writes is executed."""

from __future__ import annotations

import pytest

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile.guard import Unprintable, check
from grapheditor.compile.program import execute

KNOWN = catalog()
HEAD = "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def forward(self, x: torch.Tensor) -> torch.Tensor:\n"


@pytest.mark.parametrize("name", [name for name in KNOWN.templates if name != "broken-net"])
def test_what_is_printed_passes(name):
    check(grapheditor.source(KNOWN.new(name)))


@pytest.mark.parametrize(
    "line",
    [
        "__import__('os').system('true')",
        "import os",
        "from os import system",
        "import torch as t",
        "open('x')",
        "eval('1')",
        "exec('1')",
        "getattr(x, 'y')",
        "x.__class__",
        "self.__dict__.clear()",
        "lambda: x",
        "x = (y := x)",
        "while True: pass",
        "with x: pass",
        "try:\n            pass\n        except x: pass",
        "global x",
        "del x",
        "raise x",
        "async def f(): pass",
        "yield x",
        "b'bytes'",
        "x = 1j",
        "x = ...",
        "f'{x}'",
        "[x for x in x]",
        "x.ünïcode",
        "ſelf = 1",
        "print(x)",
        "globals()",
        "x: int = torch.load if (lambda: 1)() else 2",
    ],
)
def test_what_the_printer_never_writes_is_not_run(line):
    text = f"{HEAD}        {line}\n        return x\n"
    with pytest.raises(Unprintable):
        execute(text, "Net")


def test_decorators_are_not_run():
    with pytest.raises(Unprintable):
        execute("import torch\n\n\n@torch.no_grad\ndef f(x):\n    return x\n", "f")
