"""Texts that people read, in their language: Qt's own translation, with one context for the whole program.

Every text of the window goes through :func:`tr` (or :func:`mark` in a table, and :func:`tr` where it is shown).
``scripts/texts.py`` collects them into a ``.ts`` file for Qt Linguist; ``pyside6-lrelease`` makes of it the ``.qm``
that :func:`install` looks for.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

CONTEXT = "grapheditor"
FOLDER = Path(__file__).parent / "translations"


def tr(text: str, /, **values: object) -> str:
    """Return a text in the person's language, with ``{names}`` replaced by values after it was translated."""
    found = QCoreApplication.translate(CONTEXT, text) if text else ""
    return found.format(**values) if values else found


def mark(text: str) -> str:
    """Mark a text of a table, which is made before there is a language: it is collected, and :func:`tr` shows it."""
    return text


def counted(number: int, one: str, many: str) -> str:
    """Return the text for a number, ``{n}`` in it replaced: ``counted(3, "{n} node", "{n} nodes")``."""
    return tr(one if number == 1 else many, n=f"{number:,}")


def install(app: QCoreApplication, folder: Path = FOLDER) -> bool:
    """Load the translation of the system's language, if there is one, and with it that of Qt's own buttons."""
    translator = QTranslator(app)
    if not translator.load(QLocale.system(), CONTEXT, "_", str(folder)):
        return False
    own = QTranslator(app)
    if own.load(QLocale.system(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(own)
    return QCoreApplication.installTranslator(translator)
