"""Long lines are broken as a formatter would, and say the same as before."""

from __future__ import annotations

import ast
import textwrap

import pytest

from grapheditor.compile.page import squeezed, wrapped
from grapheditor.compile.statements import WIDTH

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
