"""Tells Qt the look: a palette and a style sheet made from a theme."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from grapheditor.ui.theme import Theme, px, words

_SHEET = """
* {{ outline: 0; }}
QWidget {{ color: {text}; }}
QMainWindow, QDialog, #editor {{ background: {panel}; }}
#canvas-area, #start-gallery {{ background: {canvas}; }}
QMenuBar {{ background: {panel}; padding: 2px 8px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {raised}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {raised}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QPushButton, QToolButton {{
    background: {raised}; border: 1px solid {line}; border-radius: 6px; padding: 5px 12px; min-height: 16px;
}}
QPushButton:hover, QToolButton:hover {{ border-color: {card_edge}; background: {card_hover}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; }}
QPushButton[primary="true"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {accent_hover}; }}
QPushButton[primary="true"]:focus {{ border-color: {text}; }}
QPushButton[primary="true"]:disabled {{ background: {raised}; color: {faint}; border-color: {line}; }}
QPushButton[entry="true"] {{ background: transparent; border-color: transparent; text-align: left; padding: 0; }}
QPushButton[entry="true"]:hover {{ background: {raised}; }}
QPushButton[entry="true"][framed="true"] {{ background: {raised}; border-color: {line}; }}
QPushButton[entry="true"][framed="true"]:hover {{ border-color: {card_edge}; background: {card_hover}; }}
QPushButton[entry="true"]:focus {{ border-color: {accent}; }}
QPushButton[entry="true"][framed="true"] {{ min-height: 28px; }}
QPushButton[large="true"] {{ min-height: 30px; }}
#gallery-search {{ min-height: 20px; }}
QPushButton[chip="true"]:checked {{
    background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600;
}}
QPushButton[chip="true"]:focus {{ border-color: {accent}; }}
QPushButton[chip="true"]:checked:focus {{ border-color: {text}; }}
QPushButton[flat="true"] {{ background: transparent; border-color: transparent; text-align: left; }}
QPushButton[flat="true"]:hover {{ background: {raised}; }}
QPushButton[link="true"] {{ background: transparent; border: 0; color: {accent}; padding: 2px 4px; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton[link="true"]:disabled {{ color: {faint}; text-decoration: none; }}
QPushButton[quiet="true"] {{
    background: transparent; border: 1px solid transparent; border-radius: 4px; color: {muted}; padding: 0 5px;
    min-height: 14px;
}}
QPushButton[quiet="true"]:hover {{ color: {text}; background: {raised}; }}
QPushButton[quiet="true"]:checked {{ color: {accent}; }}
QPushButton[quiet="true"]:focus {{ border-color: {accent}; }}
#breadcrumb QToolButton {{ background: transparent; border-color: transparent; padding: 5px 6px; color: {muted}; }}
#breadcrumb QToolButton:hover {{ background: {raised}; color: {text}; }}
#breadcrumb QToolButton:focus {{ border-color: {accent}; }}
#breadcrumb QToolButton[here="true"] {{ color: {text}; font-weight: 600; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
QLineEdit, QComboBox, QPlainTextEdit {{
    background: {field}; border: 1px solid {line}; border-radius: 6px; padding: 3px 8px; min-height: 18px;
    selection-background-color: {accent}; selection-color: {on_accent};
}}
QLineEdit {{ placeholder-text-color: {muted}; }}
QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover {{ border-color: {card_edge}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border-color: {accent}; }}
QLineEdit[expression="true"] {{ color: {accent}; }}
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"] {{ border-color: {error}; }}
QPushButton[wrong="true"], QComboBox[wrong="true"] {{ border-color: {error}; }}
QComboBox::drop-down {{ border: 0; width: 18px; }}
QComboBox QAbstractItemView {{
    background: {panel}; border: 1px solid {line}; selection-background-color: {raised}; selection-color: {text};
    padding: 4px;
}}
QPushButton[field="true"] {{ background: {field}; text-align: left; padding: 3px 8px; min-height: 18px; }}
QPushButton[switch="true"] {{ padding-left: 38px; }}
QLabel[muted="true"] {{ color: {muted}; }}
QLabel[wrong="true"] {{ color: {error}; }}
QLabel[heading="true"] {{ color: {muted}; padding: 10px 0 5px 0; border: 0 solid {line}; border-bottom-width: 1px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {line}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {card_edge}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{
    background: transparent; color: {muted}; padding: 9px 2px 7px 2px; margin-right: 22px;
    border: 0; border-bottom: 2px solid transparent;
}}
QTabBar[narrow="true"]::tab {{ margin-right: 10px; }}
QTabBar[crowded="true"]::tab {{ margin-right: 4px; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; font-weight: 600; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QTreeView, QListView {{ background: transparent; border: 1px solid transparent; border-radius: 6px; }}
QTreeView:focus, QListView:focus, QScrollArea:focus {{ border: 1px solid {accent}; }}
QCheckBox {{ padding: 3px; border: 1px solid transparent; border-radius: 4px; spacing: 8px; }}
QCheckBox:focus {{ border-color: {accent}; }}
QTreeView::item {{ border: 0; padding: 0 4px; }}
QTreeView::item:selected, QTreeView::branch:selected {{ background: {chosen}; color: {text}; }}
QTreeView::item:hover:!selected {{ background: {raised}; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{
    background: transparent; color: {muted}; border: 0; border-bottom: 1px solid {line}; padding: 4px 6px;
}}
QHeaderView::section:hover {{ color: {text}; }}
QPlainTextEdit[code="true"] {{
    background: transparent; border: 0; border-radius: 0; padding: 0; selection-background-color: {chosen};
    selection-color: {text};
}}
#topbar, #panel-left, #panel-right, #panel-bottom, #panel-template {{ background: {panel}; }}
#panel-template {{ border: 0; border-left: 1px solid {line}; }}
#topbar {{ border-bottom: 1px solid {line}; }}
#statusbar {{ background: {panel}; border-top: 1px solid {line}; }}
#statusbar QLabel {{ color: {muted}; }}
#statusbar QPushButton {{ border: 0; background: transparent; color: {muted}; padding: 0 2px; min-height: 0; }}
#statusbar QPushButton:hover {{ color: {text}; text-decoration: underline; }}
QFrame[card="true"] {{ background: {panel}; border: 1px solid {line}; border-radius: 10px; }}
QFrame[chart="true"] {{ background: {canvas}; border: 1px solid {line}; border-radius: 8px; }}
QFrame[chart="true"][focused="true"] {{ border-color: {accent}; }}
QFrame[card="true"]:hover {{ border-color: {card_edge}; }}
QFrame[card="true"][chosen="true"] {{ border: 1px solid {accent}; }}
QFrame[card="true"]:focus {{ border: 2px solid {accent}; }}
QFrame[problem="true"] {{ background: {raised}; border-radius: 6px; border: 1px solid transparent; }}
QFrame[problem="true"][severity="error"] {{ background: {error_ground}; }}
QFrame[problem="true"]:focus, QFrame[problem="true"]:hover {{ border-color: {accent}; }}
#notice {{ background: {raised}; border: 1px solid {card_edge}; border-radius: 8px; }}
#commands {{ background: {panel}; border: 1px solid {card_edge}; border-radius: 10px; }}
#offers {{ background: {panel}; border: 1px solid {card_edge}; border-radius: 6px; padding: 3px; }}
QListWidget[checks="true"] {{ background: {field}; border: 1px solid {line}; border-radius: 6px; padding: 3px; }}
QListWidget[checks="true"]::item {{ padding: 2px 4px; }}
QListWidget::item {{ padding: 5px 8px; border-radius: 5px; color: {text}; }}
QListWidget::item:selected {{ background: {raised}; color: {text}; }}
QListWidget::item:disabled {{ color: {faint}; }}
QProgressBar {{ background: {line}; border: 0; border-radius: 1px; max-height: 3px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 1px; }}
"""


WITH_OWN_FONTS = (
    "QMenuBar", "QMenu", "QPushButton", "QToolButton", "QTabBar", "QLineEdit", "QComboBox", "QComboBoxListView",
    "QAbstractItemView", "QListWidget", "QTipLabel", "QMessageBox", "QLabel",
)  # fmt: skip


def mixed(a: str, b: str, share: float) -> str:
    """Return a colour between two, ``share`` of the way from a to b."""
    first, second = QColor(a), QColor(b)
    pairs = ((first.red(), second.red()), (first.green(), second.green()), (first.blue(), second.blue()))
    red, green, blue = (round(x + (y - x) * share) for x, y in pairs)
    return QColor(red, green, blue).name()


def error_ground(theme: Theme) -> str:
    """Return the ground under what is wrong, on which the ink of errors still keeps its contrast."""
    return mixed(theme.panel, theme.error, 0.08)


def apply(app: QApplication, theme: Theme) -> None:
    """Give the whole application a theme."""
    app.setStyleSheet("")  # one in the place of another takes Qt three times as long
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(words(12))
    for kind in WITH_OWN_FONTS:  # a desktop's theme gives these fonts of its own
        app.setFont(words(12), kind)  # type: ignore[arg-type]
    app.setStyleSheet(sheet(theme))


def sheet(theme: Theme) -> str:
    """Return the style sheet of a theme."""
    names = (name for name in theme.__slots__ if name != "name")
    colours = {name: getattr(theme, name) for name in names}
    text = _SHEET.format(
        **colours,
        field=mixed(theme.panel, theme.canvas, 0.7) if theme.name == "dark" else theme.canvas,
        card_hover=mixed(theme.raised, theme.text, 0.06),
        accent_hover=mixed(theme.accent, theme.text, 0.14),
        error_ground=error_ground(theme),
        accent_ground=mixed(theme.panel, theme.accent, 0.16),
        chosen=mixed(theme.panel, theme.accent, 0.22),
    )
    return re.sub(r"(\d+)px", _scaled, text)


def _scaled(found: re.Match[str]) -> str:
    """Return a length at the scale of the type; lines stay as thin as they are."""
    size = int(found[1])
    return f"{px(size) if size > 2 else size}px"


def palette(theme: Theme) -> QPalette:
    """Return the colours for what the style sheet does not reach."""
    found = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.panel,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.canvas,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in roles.items():
        found.setColor(role, QColor(colour))
        found.setColor(QPalette.ColorGroup.Disabled, role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        found.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return found
