"""What is typed into a field: a plain value, arithmetic, or inside a module an expression of its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grapheditor.authoring import Option
from grapheditor.authoring.options import SIDES, Value
from grapheditor.edit.values import computed
from grapheditor.graph.arithmetic import Literal, Number, SizeError, check_term, compute, is_expression, names, parse
from grapheditor.ui.texts import mark, tr

WORDS = ("text", "file", "folder", "shape")
"""Kinds for which any word is a plain value: their expressions need the sign = in front."""
SIGNS = frozenset("+-*/%()<>=")


@dataclass(frozen=True, slots=True)
class Terms:
    """What expressions may name here: options of the module around with their help, and their values at this use."""

    known: Mapping[str, str]
    values: Mapping[str, Value] = field(default_factory=dict)


def read(option: Option, text: str, terms: Terms | None) -> Value:
    """Read what a person typed; an expression begins with ``=`` in what is returned. ValueError with a sentence."""
    text = text.strip()
    if text.startswith("="):
        return _expression(text[1:].strip(), terms)
    try:
        return option.parse(text)
    except ValueError:
        if option.kind in WORDS or ("×" in text and option.kind in SIDES):
            raise
        found = _arithmetic(option, text, terms)
        if found is None:
            raise
        return found


def _arithmetic(option: Option, text: str, terms: Terms | None) -> Value | None:
    """Return what a text that is no plain value comes to: an expression, or a number; None where it is neither."""
    try:
        term = parse(text)
    except SizeError:
        if SIGNS & set(text.lstrip("-")):
            raise ValueError(
                tr("{text!r} is not arithmetic such as {example}", text=text, example=_example(terms))
            ) from None
        return None
    if isinstance(term, Number | Literal):
        return None
    if names(term):
        return _expression(text, terms) if terms is not None else None
    value = compute(term, {})
    whole = isinstance(value, float) and value.is_integer() and option.kind != "number"
    return option.check(int(value) if whole else value)


def _expression(text: str, terms: Terms | None) -> str:
    if terms is None:
        raise ValueError(tr("an expression needs a module around it, whose options it names"))
    try:
        check_term(text, terms.known)
    except SizeError as error:
        if "not an option" not in str(error):
            raise ValueError(str(error)) from error
        none, some = mark("{why}, which has none yet"), mark("{why}; its options are: {names}")
        raise ValueError(tr(some if terms.known else none, why=error, names=", ".join(terms.known))) from error
    return f"={text}"


def _example(terms: Terms | None) -> str:
    return f"4*{next(iter(terms.known), 'width')}" if terms is not None else "4*32"


def behind(option: Option, value: Value | None, terms: Terms | None) -> str:
    """Return what is said behind a value: what an expression comes to at this use, all sides of a square."""
    if is_expression(value):
        try:
            return f"= {option.show(computed(value, terms.values if terms else {}))}"  # type: ignore[arg-type]
        except ValueError:
            return "= ?"
    return "×".join([str(value)] * SIDES[option.kind][0]) if option.kind in SIDES and isinstance(value, int) else ""
