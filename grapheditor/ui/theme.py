"""The look: colours of the dark and the light theme, type, and how Qt is told about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontDatabase

FONTS = Path(__file__).parent / "fonts"
GRID = 4
"""All distances are multiples of this."""

Weight = Literal["regular", "medium", "semibold", "bold"]
_WEIGHTS = {
    "regular": QFont.Weight.Normal,
    "medium": QFont.Weight.Medium,
    "semibold": QFont.Weight.DemiBold,
    "bold": QFont.Weight.Bold,
}


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``. Text keeps a contrast of 4.5 to 1; ``faint`` is for ornaments and disabled entries."""

    name: Literal["dark", "light"]
    canvas: str
    panel: str
    raised: str
    line: str
    card: str
    card_edge: str
    text: str
    muted: str
    faint: str
    accent: str
    wire: str
    good: str
    warning: str
    error: str
    on_accent: str
    convolution: str
    normalisation: str
    activation: str
    pooling: str
    combine: str
    dense: str
    module: str
    source: str
    loss: str

    def category(self, name: str) -> QColor:
        """Return the colour of an operator's category."""
        return QColor(getattr(self, _CATEGORIES.get(name, "source")))

    def severity(self, name: str) -> QColor:
        """Return the colour of a problem of this severity."""
        return self.colour({"error": "error", "warning": "warning"}.get(name, "accent"))

    def colour(self, name: str) -> QColor:
        """Return one of the theme's colours by its field's name."""
        return QColor(getattr(self, name))


_CATEGORIES = {
    "Convolution": "convolution",
    "Normalisation": "normalisation",
    "Regularisation": "normalisation",
    "Activation": "activation",
    "Pooling": "pooling",
    "Padding": "pooling",
    "Shape": "pooling",
    "Indexing": "pooling",
    "Image": "pooling",
    "Combine": "combine",
    "Mathematics": "combine",
    "Comparison": "combine",
    "Reduction": "combine",
    "Linear algebra": "dense",
    "Fourier": "activation",
    "Dense": "dense",
    "Recurrent": "dense",
    "Module": "module",
    "Attention": "module",
    "Template": "module",
    "Input and output": "source",
    "Source": "source",
    "Metric": "source",
    "Loss": "loss",
}

FRAME_COLOURS = ("source", "convolution", "pooling", "activation", "module", "loss")
"""Colours of a theme, by the number of a frame's."""

DARK = Theme(
    name="dark",
    canvas="#16181d",
    panel="#1c1f26",
    raised="#22262f",
    line="#2e333d",
    card="#272c36",
    card_edge="#3a404c",
    text="#e6e9ef",
    muted="#8b93a3",
    faint="#5b6271",
    accent="#5aa9ff",
    wire="#5d6676",
    good="#4cc38a",
    warning="#f2c14e",
    error="#f47171",
    on_accent="#0b1220",
    convolution="#4f8ef7",
    normalisation="#8a6ff0",
    activation="#f2a33c",
    pooling="#3fb58f",
    combine="#e0607e",
    dense="#5cc0d6",
    module="#b58cf0",
    source="#9aa4b5",
    loss="#ef5b5b",
)
LIGHT = Theme(
    name="light",
    canvas="#f6f7f9",
    panel="#ffffff",
    raised="#eef0f4",
    line="#d9dde4",
    card="#ffffff",
    card_edge="#cdd3dd",
    text="#1c2129",
    muted="#5d6675",
    faint="#98a1b0",
    accent="#1d66c4",
    wire="#9aa4b3",
    good="#157a4a",
    warning="#8a6100",
    error="#c93434",
    on_accent="#ffffff",
    convolution="#2f6fe0",
    normalisation="#7055dd",
    activation="#d98613",
    pooling="#2a9a76",
    combine="#cc4566",
    dense="#2e9fb8",
    module="#9a68e6",
    source="#75808f",
    loss="#d63c3c",
)
THEMES: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT)}


@cache
def load_fonts() -> None:
    """Make the fonts that ship with the program known to Qt; call once a QApplication exists."""
    for path in sorted(FONTS.glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))


class _Type:
    """The scale of all type, and of what is measured by it."""

    scale = 1.0


def set_scale(percent: int) -> None:
    """Make all type, and the rows that it stands in, so large; what is there already follows by ``rescale``."""
    _Type.scale = percent / 100


def scale() -> float:
    """Return the scale of all type; 1 is the usual size."""
    return _Type.scale


def px(size: float) -> int:
    """Return a size in pixels at the scale of the type."""
    return round(size * _Type.scale)


def words(size: float = 12, weight: Weight = "regular") -> QFont:
    """Return Inter, for words; size in pixels at a scale of 1."""
    return _font("Inter", size * _Type.scale, weight)


def figures(size: float = 12, weight: Weight = "regular") -> QFont:
    """Return JetBrains Mono, for numbers, shapes and code; size in pixels at a scale of 1."""
    return _font("JetBrains Mono", size * _Type.scale, weight)


def drawn_words(size: float = 12, weight: Weight = "regular") -> QFont:
    """Return Inter for what is drawn on the plane of the canvas, whose zoom scales it."""
    return _font("Inter", size, weight)


def drawn_figures(size: float = 12, weight: Weight = "regular") -> QFont:
    """Return JetBrains Mono for what is drawn on the plane of the canvas, whose zoom scales it."""
    return _font("JetBrains Mono", size, weight)


def _font(family: str, size: float, weight: Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(max(1, round(size)))
    font.setWeight(_WEIGHTS[weight])
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
