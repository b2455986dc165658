"""How a number came about, written down: the numbers it came from, the arithmetic, and the way to where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from grapheditor.ui.canvas.painting import mixed
from grapheditor.ui.lens.writing import brief
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.theme import Theme

Told = Mapping[str, Any]
"""As a run tells it: ``working`` of docs/training.md."""
WIDEST = 3
"""Columns of a patch up to which its factors stand beside it; below it otherwise."""


def digits(number: float) -> str:
    """Write a number so that arithmetic can be followed: four digits."""
    if number != number or abs(number) == float("inf"):
        return "NaN" if number != number else "∞" if number > 0 else "−∞"
    text = f"{number:.4g}"
    mantissa, _, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if power else mantissa).replace("-", "−")


def place(at: Sequence[int]) -> str:
    """Write a place in a tensor: ``[3, 12, 12]``."""
    return f"[{', '.join(map(str, at))}]" if at else ""


def written(told: Told, theme: Theme) -> str:
    """Return how a number came about as a page of Qt's rich text. A link's address is ``node|at|call``."""
    if "problem" in told:
        return f"<p>{escape(told['problem'])}</p>"
    make = {
        "given": _given, "moved": _moved, "places": _places, "products": _products, "largest": _largest,
        "softmax": _softmax, "norm": _norm, "follows": _follows,
    }[told["form"]]  # fmt: skip
    return make(told, theme)


# Forms


def _given(told: Told, theme: Theme) -> str:
    if told["calls"]:
        return _line(tr("It follows from no numbers that change little by little: {call}.", call=told["calls"][-1]))
    return _line(tr("Nothing computes it: it comes from the data, or is a weight."))


def _moved(told: Told, theme: Theme) -> str:
    return _line(tr("The same number as {source}.", source=_source(told["sources"][0], theme)))


def _places(told: Told, theme: Theme) -> str:
    formula = escape(told["formula"])
    for number, source in enumerate(told["sources"]):
        formula = formula.replace(f"{{{number}}}", _number(source["value"]))
    rows = [f"{_number(source['value'])}&nbsp; {_source(source, theme)}" for source in told["sources"]]
    return _equation(f"{formula} = <b>{digits(told['value'])}</b>") + _small("<br>".join(rows), theme)


def _products(told: Told, theme: Theme) -> str:
    source, rest = told["sources"][0], told["rest"]
    whole = told["value"] - rest
    lines = [_heading(source, theme)]
    patch = told.get("patch")
    if patch is not None:
        lines.append(_patches(patch, theme, told["function"]))
        if "sums" in patch:
            sums = patch["sums"]
            first = patch["at"][:-2]
            part = sum(
                a * b for r, s in zip(patch["values"], patch["factors"], strict=True) for a, b in zip(r, s, strict=True)
            )
            lines.append(_small(tr(
                "{part} of the sum are of {place}, the weightiest of {n}.", part=digits(part), place=place(first),
                n=f"{len(sums):,}",
            ), theme))  # fmt: skip
    else:
        lines.append(_terms(told, theme, "·"))
    end = f"Σ&nbsp;{digits(whole)}"
    if rest:
        end += f" {'+' if rest >= 0 else '−'} {digits(abs(rest))} <span style='color:{theme.muted}'>{tr('bias')}</span>"
    lines.append(_equation(f"{end} = <b>{digits(told['value'])}</b>"))
    if told.get("scores"):
        scores = ", ".join(map(digits, told["scores"][:6])) + (" …" if len(told["scores"]) > 6 else "")
        lines.append(_small(tr("The factors are the softmax of query · key / √d: {scores}", scores=scores), theme))
    return "".join(lines)


def _largest(told: Told, theme: Theme) -> str:
    lines = [_heading(told["sources"][0], theme)]
    patch = told.get("patch")
    lines.append(_table(patch["values"], theme, told["value"]) if patch else _terms(told, theme, ""))
    best = {**told["sources"][0], "at": told["best"]}
    lines.append(_equation(f"max = <b>{digits(told['value'])}</b>"))
    return "".join(lines) + _small(tr("It is that of {source}.", source=_source(best, theme)), theme)


def _softmax(told: Told, theme: Theme) -> str:
    source = told["sources"][0]
    share = f"e<sup>{digits(told['own'])}</sup> / Σ&nbsp;e<sup>x</sup>"
    text = f"ln({share})" if told["logarithm"] else share
    text = f"−{text}" if told["negative"] else text
    lines = [_heading(source, theme), _terms(told, theme, "")]
    own = {**source, "at": told["place"]}
    lines.append(_equation(f"{text} = <b>{digits(told['value'])}</b>"))
    lines.append(_small(tr(
        "Less the largest, {most}: {power} / {whole}, with {own} of {source}.", most=digits(told["most"]),
        power=digits(told["power"]), whole=digits(told["whole"]), own=digits(told["own"]), source=_source(own, theme),
    ), theme))  # fmt: skip
    return "".join(lines)


def _norm(told: Told, theme: Theme) -> str:
    source = {**told["sources"][0], "at": told["at"]}
    mean = f"({digits(told['own'])} − {_number(told['mean'])})" if told["mean"] else digits(told["own"])
    text = f"{mean} / √({digits(told['variance'])} + {digits(told['eps'])})"
    text += f" · {_number(told['weight'])}" if "weight" in told else ""
    text += f" + {_number(told['bias'])}" if "bias" in told else ""
    named = [tr("mean {n}", n=digits(told["mean"])), tr("variance {n}", n=digits(told["variance"]))]
    named += [f"{tr(name)} {digits(told[name])}" for name in ("weight", "bias") if name in told]
    below = f"{_source(source, theme)}: {', '.join(named)}"
    count = told["sources"][0]["count"]
    if count > 1:
        below += "<br>" + tr("Mean and variance are of {n} numbers.", n=f"{count:,}")
    return _equation(f"{text} = <b>{digits(told['value'])}</b>") + _small(below, theme)


def _follows(told: Told, theme: Theme) -> str:
    call = escape(told["function"])
    first = _line(
        tr("<b>{call}</b> of {source}. It follows these most:", call=call, source=_of(told["sources"][0], theme))
    )
    note = _small(tr("x, and how much the result changes with it (∂y/∂x)"), theme)
    return first + note + _terms(told, theme, "∂")


# Parts


def _heading(source: Told, theme: Theme) -> str:
    count = counted(source["count"], "{n} number", "{n} numbers")
    return _line(tr("{numbers} of {source}", numbers=count, source=_of(source, theme)))


def _of(source: Told, theme: Theme) -> str:
    """Write which part of a source is meant: ``conv1 [0–31, 12–16, 12–16]``."""
    sides = [str(a) if a == b else f"{a}–{b}" for a, b in zip(source["low"], source["high"], strict=True)]
    return _link(source, source["low"], f"{_name(source)} [{', '.join(sides)}]" if sides else _name(source), theme)


def _source(source: Told, theme: Theme) -> str:
    return _link(source, source["at"], f"{_name(source)} {place(source['at'])}".strip(), theme)


def _name(source: Told) -> str:
    if "weight" in source:
        return str(source["weight"])
    return tr("a step before") if "call" in source else str(source["of"])


def _link(source: Told, at: Sequence[int], text: str, theme: Theme) -> str:
    """A way to a number, as far as it is one of a node."""
    if "weight" in source or not (source.get("of") or "call" in source):
        return escape(text)
    address = f"{source.get('of', '')}|{','.join(map(str, at))}|{source.get('call', '')}"
    return f"<a style='color:{theme.accent}; text-decoration:none' href='{escape(address)}'>{escape(text)}</a>"


def _terms(told: Told, theme: Theme, sign: str) -> str:
    rows = []
    for term in told["terms"]:
        where = f"<td style='color:{theme.muted}'>{place(term['at'])}&nbsp;&nbsp;</td>"
        value = f"<td align='right'>{digits(term['value'])}</td>"
        if "factor" not in term:
            rows.append(f"<tr>{where}{value}</tr>")
        elif sign == "∂":
            rows.append(f"<tr>{where}{value}<td align='right'>&nbsp;&nbsp;∂ {digits(term['factor'])}</td></tr>")
        else:
            product = digits(term["value"] * term["factor"])
            rows.append(
                f"<tr>{where}{value}<td>&nbsp;{sign}&nbsp;</td><td align='right'>{digits(term['factor'])}</td>"
                f"<td>&nbsp;=&nbsp;</td><td align='right'>{product}</td></tr>"
            )
    left = told["sources"][0]["count"] - len(told["terms"])
    below = ""
    if left > 0 and sign == "·":
        below = _small(tr("and {n} more, together {sum}", n=f"{left:,}", sum=digits(told["others"])), theme)
    elif left > 0:
        below = _small(tr("and {n} more", n=f"{left:,}"), theme)
    return f"<table cellspacing='0' cellpadding='1' style='white-space:nowrap'>{''.join(rows)}</table>{below}"


def _patches(patch: Told, theme: Theme, function: str) -> str:
    """Write the numbers of a patch and what each is multiplied by."""
    values, factors = _table(patch["values"], theme), _table(patch["factors"], theme)
    sign = "<td valign='middle'>&nbsp;⊙&nbsp;</td>"
    if len(patch["values"][0]) > WIDEST:
        return f"{values}<p align='center' style='margin:2px'>⊙</p>{factors}"
    return f"<table cellspacing='0' cellpadding='0'><tr><td>{values}</td>{sign}<td>{factors}</td></tr></table>"


def _table(numbers: Sequence[Sequence[float]], theme: Theme, best: float | None = None) -> str:
    """Write numbers in cells that are the warmer the larger they are."""
    most = max((abs(number) for row in numbers for number in row), default=0.0) or 1.0
    above, below, ground = theme.colour("accent"), theme.colour("activation"), theme.colour("card")
    found = False
    rows = []
    for row in numbers:
        cells = []
        for number in row:
            share = 0.55 * min(abs(number) / most, 1.0)
            colour = mixed(ground, above if number > 0 else below, share).name()
            text = brief(number)
            if best is not None and not found and abs(number - best) <= 1e-6 * max(abs(best), 1e-12):
                text, found = f"<b><u>{text}</u></b>", True
            cells.append(f"<td bgcolor='{colour}' align='right'>{text}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table cellspacing='1' cellpadding='2' style='white-space:nowrap'>{''.join(rows)}</table>"


def _number(number: float) -> str:
    """Write a number within a formula: in brackets where it has a sign."""
    return f"({digits(number)})" if number < 0 else digits(number)


def _line(text: str) -> str:
    return f"<p style='margin:0 0 4px 0'>{text}</p>"


def _equation(text: str) -> str:
    return f"<p style='margin:4px 0'>{text}</p>"


def _small(text: str, theme: Theme) -> str:
    return f"<p style='margin:2px 0; color:{theme.muted}'>{text}</p>"
