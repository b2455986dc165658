"""Collect the window's texts for translators: ``python scripts/texts.py grapheditor_de.ts``.

A file that is there keeps its translations; texts that are gone go. Qt Linguist edits it, and ``pyside6-lrelease``
makes of it the ``.qm`` that belongs into ``grapheditor/ui/translations``.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from grapheditor.authoring import Option
from grapheditor.catalog import catalog
from grapheditor.graph.recipe import SETTINGS
from grapheditor.ui.actions import ACTIONS, MENUS
from grapheditor.ui.inspector.torch_settings import OPTIMIZERS, SCHEDULES
from grapheditor.ui.texts import CONTEXT

UI = Path(__file__).resolve().parents[1] / "grapheditor" / "ui"
ARGUMENTS = {"tr": slice(0, 1), "mark": slice(0, 1), "counted": slice(1, 3)}
"""Which arguments of these functions are texts."""


def texts() -> dict[str, str]:
    """Return every text with the file that it is in."""
    found = {text: path for path in sorted(UI.rglob("*.py")) for text in literals(path.read_text("utf-8"))}
    place = UI / "actions.py"
    found |= dict.fromkeys((*(action.title for action in ACTIONS), *MENUS), place)
    found |= dict.fromkeys(declared(), UI / "inspector" / "row.py")
    return {text: path.relative_to(UI.parents[1]).as_posix() for text, path in found.items() if text}


def declared() -> Iterator[str]:
    """Yield what operators, templates, data sources and settings say of themselves, as the window shows it."""
    known = catalog()
    options: list[Option] = [option for settings in SETTINGS.values() for option in settings.values()]
    for operator in known.operators.values():
        yield from (operator.title, operator.category, operator.headline, operator.doc)
        options += operator.options
    for template in known.templates.values():
        yield from (template.category, template.headline, template.doc.strip())
        options += template.options
    for source in known.sources.values():
        yield from (source.headline, source.doc)
        options += source.options
    for settings in (*OPTIMIZERS.values(), *SCHEDULES.values()):
        options += settings
    for option in options:
        yield from (option.name.replace("_", " "), option.doc)


def literals(source: str) -> Iterator[str]:
    """Yield the texts that a source marks as such."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ARGUMENTS:
            for argument in call.args[ARGUMENTS[call.func.id]]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def write(path: Path) -> int:
    """Write a file for Qt Linguist; return how many texts are not translated yet."""
    known: dict[str, str] = {}
    if path.exists():
        for message in ElementTree.parse(path).iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.text:
                known[message.findtext("source", "")] = translation.text
    root = ElementTree.Element("TS", version="2.1", language=path.stem.partition("_")[2])
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    missing = 0
    for text, place in sorted(texts().items()):
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "location", filename=place)
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if text in known:
            translation.text = known[text]
        else:
            missing += 1
            translation.set("type", "unfinished")
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    path.write_text(f"{head}{ElementTree.tostring(root, 'unicode')}\n", "utf-8")
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    given = parser.parse_args()
    print(f"{given.path}: {len(texts())} texts, {write(given.path)} of them not translated")


if __name__ == "__main__":
    main()
