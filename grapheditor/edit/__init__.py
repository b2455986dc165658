"""Editing: a change is data, every undoable edit is one function that returns a change. Knows neither Qt nor torch."""

from grapheditor.edit.change import Change
from grapheditor.edit.document import Document

__all__ = ["Change", "Document"]
