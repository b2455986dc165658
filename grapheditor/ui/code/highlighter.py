"""Colours for the Python that the printer writes, in the theme's own colours."""

from __future__ import annotations

import builtins
import keyword
import re

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from grapheditor.ui.style import mixed
from grapheditor.ui.theme import Theme

_QUOTES = '"""'
_TOKENS = re.compile(
    r"""(?P<doc>\"{3})
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<comment>\#.*)
      | (?P<number>\b\d[\w.]*(?:(?<=e)[-+]\d+)?)
      | (?P<defined>(?<=\bdef\ )\w+|(?<=\bclass\ )\w+)
      | (?P<layer>\b(?:nn|F|torch)\.[A-Za-z_][\w.]*)
      | (?P<word>\b[A-Za-z_]\w*)
    """,
    re.VERBOSE,
)
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
IN_DOC = 1
"""The state of a line that ends within a docstring."""


class Highlighter(QSyntaxHighlighter):
    """Highlights a document. muted: everything is grey, since it is not what the graph is now."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._muted = False
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use another theme's colours."""
        layer = mixed(theme.module, theme.text, 0.25)  # which keeps the contrast of text
        colours = {
            "keyword": theme.accent, "string": theme.good, "comment": theme.muted, "number": theme.warning,
            "defined": theme.text, "layer": layer, "self": theme.muted, "builtin": theme.accent,
            "muted": theme.muted,
        }  # fmt: skip
        self._formats = {name: _format(colour, bold=name == "defined") for name, colour in colours.items()}
        self.rehighlight()

    def mute(self, muted: bool) -> None:
        """Make everything grey, or coloured again."""
        if muted != self._muted:
            self._muted = muted
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._muted:
            self.setFormat(0, len(text), self._formats["muted"])
            return
        at, within = 0, self.previousBlockState() == IN_DOC
        while within or at < len(text):
            if within:
                end = text.find(_QUOTES, at)
                stop = len(text) if end < 0 else end + len(_QUOTES)
                self.setFormat(at, stop - at, self._formats["string"])
                if end < 0:
                    self.setCurrentBlockState(IN_DOC)
                    return
                at, within = stop, False
                continue
            found = _TOKENS.search(text, at)
            if found is None:
                break
            kind = _kind(found)
            if kind == "doc":
                self.setFormat(found.start(), len(_QUOTES), self._formats["string"])
                within = True
            elif kind in self._formats:
                self.setFormat(found.start(), found.end() - found.start(), self._formats[kind])
            at = found.end()
        self.setCurrentBlockState(0)


def _kind(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind != "word":
        return kind
    word = found.group()
    if keyword.iskeyword(word):
        return "keyword"
    return "self" if word == "self" else "builtin" if word in _BUILTINS else ""


def _format(colour: str, *, bold: bool) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(QColor(colour))
    if bold:
        found.setFontWeight(600)
    return found
