"""TikZ: a LaTeX document of its own, or a part of another by the package standalone."""

from __future__ import annotations

from unicodedata import combining, normalize

from grapheditor.authoring.operator import CATEGORIES
from grapheditor.edit.layout import TALL, WIDTH
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.card import STACK
from grapheditor.ui.canvas.cards import MUTED
from grapheditor.ui.canvas.geometry import CATEGORY, FRAME_TITLE, HEIGHT, MODULE, Box, X, Y
from grapheditor.ui.canvas.pills import pills
from grapheditor.ui.canvas.scene import Scene, WireKind
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.theme import FRAME_COLOURS, Theme

UNIT = 0.02
"""Centimetres for a pixel of the canvas."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "×": r"$\times$", "·": r"$\cdot$", "→": r"$\to$",
    "ε": r"$\varepsilon$", "…": r"\dots{}", "<": r"$<$", ">": r"$>$", "|": r"$|$", '"': "''",
    "÷": r"$\div$", "±": r"$\pm$", "−": "$-$", "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "≈": r"$\approx$",
    "∞": r"$\infty$", "√": r"$\surd$", "∑": r"$\sum$", "←": r"$\leftarrow$", "↔": r"$\leftrightarrow$",
    "°": r"$^\circ$", "µ": r"$\mu$", "²": "$^2$", "³": "$^3$", "¹": "$^1$", "⁄": "/",
}  # fmt: skip
_NAMES = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_GREEK = dict(zip("αβγδζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _NAMES.split(), strict=True))
_LETTERS = frozenset(
    "¡¿§£ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŊŋŐőŒœ"
    "ŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž–—‘’‚“”„‹›«»"
)
"""What the fonts of T1 have besides ASCII: these stand in the file as they are."""
_COLOURS = ("canvas", "card", "card_edge", "text", "muted", "wire", "line", "error")


def escape(text: str) -> str:
    """Return a text as LaTeX prints it. A letter that its fonts lack loses its accent; any other becomes a ?."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter in _GREEK:
        return f"$\\{_GREEK[letter]}$"
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _LETTERS or (letter.isascii() and letter.isprintable()):
        return letter
    parts = [part for part in normalize("NFKD", letter) if not combining(part)]
    return "?" if parts in ([], [letter]) else "".join(map(_letter, parts))


def tikz(scene: Scene, theme: Theme, box: Box) -> str:
    """Return the source of a picture of a box of the plane."""
    lines = [r"\documentclass[tikz]{standalone}", r"\usepackage[utf8]{inputenc}"]
    lines += [r"\usepackage[T1]{fontenc}", r"\usepackage{helvet}"]
    lines += [f"\\definecolor{{{_name(name)}}}{{HTML}}{{{_hex(getattr(theme, name))}}}" for name in _COLOURS]
    for number, category in enumerate(CATEGORIES):
        lines.append(f"\\definecolor{{kind{number}}}{{HTML}}{{{_hex(theme.category(category).name())}}}")
    for name in FRAME_COLOURS:
        lines.append(f"\\definecolor{{frame{_name(name)}}}{{HTML}}{{{_hex(getattr(theme, name))}}}")
    lines += [r"\begin{document}", f"\\begin{{tikzpicture}}[x={UNIT}cm, y=-{UNIT}cm, font=\\sffamily\\scriptsize]"]
    lines += _frames(scene)
    lines += _wires(scene)
    lines += _cards(scene)
    lines += _shapes(scene, box)
    lines += [r"\end{tikzpicture}", r"\end{document}", ""]
    return "\n".join(lines)


def _name(colour: str) -> str:
    return colour.replace("_", "")


def _hex(colour: str) -> str:
    return colour.lstrip("#").upper()[:6]


def _wires(scene: Scene) -> list[str]:
    """Return the wires as the canvas routes them; a straight one is a line, one whose shape is not known dashed."""
    geometry = scene.geometry
    looks = {WireKind.UNKNOWN: "wire, dashed", WireKind.FAULTY: "error, dashed"}
    paths = curves.points(geometry.routes(), flow=geometry.flow).tolist()
    lines = []
    for path, kind in zip(paths, scene.kinds().tolist(), strict=True):
        straight = len({round(x, 1) for x, _ in path}) == 1 or len({round(y, 1) for _, y in path}) == 1
        shown = [path[0], path[-1]] if straight else path
        way = "--" if straight else "plot[smooth] coordinates"
        places = [f"({x:.1f}, {y:.1f})" for x, y in shown]
        drawn = f" {way} ".join(places) if straight else f"{way} {{{' '.join(places)}}}"
        lines.append(f"\\draw[{looks.get(kind, 'wire')}, line width=0.8pt] {drawn};")
    return lines


def _frames(scene: Scene) -> list[str]:
    """Return the frames with their titles, those that hold more first."""
    lines = []
    for name, box in scene.frames().items():
        frame = scene.body.frames[name]
        colour = f"frame{_name(FRAME_COLOURS[frame.colour % len(FRAME_COLOURS)])}"
        corners = f"({box.left:g}, {box.top:g}) rectangle ({box.right:g}, {box.bottom:g})"
        lines.append(f"\\filldraw[draw={colour}!55!canvas, fill={colour}!8!canvas, rounded corners=4pt] {corners};")
        title = (box.left + 12, box.top + FRAME_TITLE / 2 + 4)
        lines.append(_text(title, "west", f"\\bfseries {escape(frame.title)}", "text"))
    return lines


def _cards(scene: Scene) -> list[str]:
    lines = []
    for name, slot in scene.geometry.nodes.slot.items():
        row = scene.geometry.nodes.table[slot].tolist()
        x, y, high = row[X], row[Y], row[HEIGHT]
        label, category = scene.label(name), int(row[CATEGORY])
        colour = f"kind{category}" if category < len(CATEGORIES) else "muted"
        off = scene.bypassed(name)
        if off:
            lines.append(f"\\begin{{scope}}[opacity={MUTED:g}]")
        edge = "draw=muted, dashed" if off else "draw=cardedge"
        for shift in (STACK, STACK / 2) if category == MODULE else ():
            behind = f"({x + shift:g}, {y + shift:g}) rectangle ({x + shift + WIDTH:g}, {y + shift + high:g})"
            lines.append(f"\\filldraw[{edge}, fill=card!50!canvas, rounded corners=3pt] {behind};")
        corner = f"({x:g}, {y:g}) rectangle ({x + WIDTH:g}, {y + high:g})"
        lines.append(f"\\filldraw[{edge}, fill=card, rounded corners=3pt] {corner};")
        bar = f"({x + 5:g}, {y + 7:g}) rectangle ({x + 9:g}, {y + high - 7:g})"
        lines.append(f"\\fill[{colour}, rounded corners=1pt] {bar};")
        two_lines = high == TALL and bool(label.summary or label.parameters)
        first = y + (18 if two_lines else high / 2)
        lines.append(_text((x + 14, first), "west", f"\\bfseries {escape(label.name)}", "text"))
        lines.append(_text((x + WIDTH - 8, first), "east", f"\\ttfamily\\tiny {escape(label.id)}", "muted"))
        if two_lines:
            lines.append(_text((x + 14, y + 36), "west", f"\\tiny {escape(label.summary)}", "muted"))
            if label.parameters:
                figures = f"\\ttfamily\\tiny {escape(label.parameters)}"
                lines.append(_text((x + WIDTH - 8, y + 36), "east", figures, "muted"))
        if off:
            lines.append(r"\end{scope}")
    return lines


def _shapes(scene: Scene, box: Box) -> list[str]:
    found = []
    for pill in pills(scene, box, Texts()):
        left, top, right, bottom = pill.box
        style = r"draw=line, fill=canvas, rounded corners=3pt, inner sep=1.5pt"
        text = f"\\ttfamily\\tiny {escape(pill.text)}"
        found.append(f"\\node[{style}, text=text] at ({(left + right) / 2:g}, {(top + bottom) / 2:g}) {{{text}}};")
    return found


def _text(at: tuple[float, float], anchor: str, text: str, colour: str) -> str:
    return f"\\node[anchor={anchor}, inner sep=0pt, text={colour}] at ({at[0]:g}, {at[1]:g}) {{{text}}};"
