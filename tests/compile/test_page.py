"""Long lines are broken as a formatter would, and say the same as before."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap

import pytest

from grapheditor.compile.page import quoted, squeezed, wrapped
from grapheditor.compile.statements import WIDTH

NAME = "a_rather_long_name"
STATEMENTS = [
    f"self.blocks = Sequential(Blockblock({NAME}, {NAME}, {NAME}, {NAME}, {NAME}))",
    f"self.blocks = Sequential(Blockblock({NAME}, {NAME}, {NAME}, {NAME}, {NAME}), {NAME})",
    'self.get_submodule("blocks.0.norm1.attention").weight = self.get_parameter("blocks.1.norm.attention")',
    'self.get_submodule("blocks.0.norm1.attention").weight = self.get_parameter("blocks.1.norm")',
    f"self.blocks = nn.Sequential(*(Bottleneck({NAME}, {NAME}, {NAME}) for _ in range(blocks - 1)))",
    f"self.blocks = nn.Sequential(*(Bottleneck({NAME}, {NAME}, {NAME}, {NAME}, {NAME}) for i in range(blocks - 1)))",
    f"self.blocks = nn.ModuleList(Bottleneck({NAME}, {NAME}, {NAME}) for i, width in enumerate((64, 96, 200)))",
    f"self.blocks = nn.ModuleList(Bottleneck({NAME}, {NAME}, {NAME}) for _ in range(blocks - 1))",
    f"self.blocks = nn.Sequential(*(First({NAME}, {NAME}) if i == 0 else Second({NAME}, {NAME}) for i in range(3)))",
    f"self.blocks = nn.Sequential(*(First({NAME}, {NAME}, {NAME}) if i == 0 else Second({NAME}, {NAME}, {NAME}) for i in range(3)))",
    f"self.blocks = nn.Sequential(*(First({NAME}, {NAME}, {NAME}, {NAME}, {NAME}) if i == 0 else Second({NAME}, {NAME}, {NAME}, {NAME}, {NAME}) for i in range(3)))",
    f"self.blocks = nn.Sequential(*(Block(width) for width in range(blocks))) if {NAME} else nn.Identity()",
    f"self.blocks = nn.Sequential(*(Block(width, stride, {NAME}, {NAME}) for width in range(blocks))) if {NAME} else nn.Identity()",
    f"self.shortcut = Shortcut(in_channels, width, stride, {NAME}) if project else nn.Identity()",
    "self.blocks = nn.Sequential(*(Block(in_channels, width, stride) for width, stride in ((64, 1), (96, 2), (200, 1))))",
    "self.blocks = nn.Sequential(*(Block(in_channels, width, stride) for in_channels, width, stride in ((64, 1, 3), (96, 2, 3), (200, 1, 3), (200, 1, 3), (2000, 1, 1))))",
    "self.blocks = nn.Sequential(*(Block(in_channels, width, stride) for in_channels, width, stride in ((64, 1, 3), (96, 2, 3), (200, 1, 3), (200, 1, 3), (2000, 1, 1), (2000, 1, 1), (2000, 1, 1), (2000, 1, 1))))",
    "self.blocks = nn.Sequential(*(Block(in_channels, width, stride) for in_channels, width, stride in zip(all_in_channels, widths, strides, strict=True)))",
    "self.blocks = Block((64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448), (1, 2, 3))",
    "self.blocks = Block((64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 64, 96, 128, 160, 192, 224, 256, 288))",
    f"self.blocks = nn.Sequential(*(Block(64 if i == 0 else 4 * width, {NAME} if i == 0 else {NAME}, deep=i % 2 == 0) for i in range(depth)))",
    f"self.blocks = nn.Sequential(*(A({NAME}, 1) if i == 0 else B({NAME}, 1) if i == 1 else C({NAME}, 2) for i in range(depth)))",
    f"x = self.with_attention_and_more({NAME}, {NAME}, {NAME}) if self.with_attention_and_more else {NAME}",
    f"for u, v in zip({NAME}.unbind(1), {NAME}.unbind(1), {NAME}.unbind(1), strict=True):",
    "self.x = nn.Conv2d(in_channels, width, kernel_size, padding=(kernel_size[0] // 2, 3), bias=False)",
    f"return self.one({NAME}, {NAME}, {NAME}, {NAME}), self.two({NAME}), self.three({NAME}, {NAME}, {NAME}, {NAME}, {NAME}, {NAME})",
]
LONG = "a_rather_long_name_for_a_tensor"


@pytest.mark.parametrize(
    "text",
    [
        f"x = F.relu(self.conv({LONG}, {LONG}), {LONG}, inplace=True)",
        f"{LONG} = {LONG}[(before - after) // 2 : (before - after) // 2 + size, {LONG}]",
        f"x = self.first({LONG})[(1 - 2) // 3 : (4 - 5) // 6].flatten(1).unflatten({LONG}, {LONG})",
        f"x = torch.cat([{LONG}, {LONG}, {LONG}], 1) + ({LONG} - {LONG})",
        f'x = F.interpolate({LONG}, mode="nearest (exact)", align_corners="{LONG}")',
        f"return self.one({LONG}), self.two({LONG}), self.three({LONG})",
        f"x = ({LONG} + {LONG} + {LONG} + {LONG}) * 2",
    ],
)
def test_a_broken_line_means_what_it_meant(text):
    broken = wrapped(text, 8)
    assert "\n" in broken
    assert ast.dump(ast.parse(textwrap.dedent(broken))) == ast.dump(ast.parse(text))
    if not text.startswith("return "):
        assert squeezed(broken) == squeezed(text)


def test_a_short_line_stays():
    assert wrapped("x = F.relu(x)", 8) == "        x = F.relu(x)"
    assert len(wrapped("x = " + "1" * 60, 8)) <= WIDTH


def test_long_lines_are_broken_as_the_formatter_does():
    def page(lines):
        return "class A:\n    def f(self):\n" + "".join(f"{line}\n" for line in lines)

    def behind(text):
        return "\n            pass" if text.startswith("for ") else ""

    ours = page(wrapped(text, 8) + behind(text) for text in STATEMENTS)
    flat = page(f"        {text}{behind(text)}" for text in STATEMENTS)
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    theirs = subprocess.run(words, input=flat, capture_output=True, text=True, check=True).stdout
    assert ours == theirs


@pytest.mark.parametrize("length", range(70, 90))
def test_a_docstring_keeps_to_the_width(length):
    text = quoted("x" * 10 + " " + "y" * (length - 12) + ".", "    ")
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert text.startswith('    """x') and text.endswith('"""')
