"""The window: Qt only. Reads the catalogue, edits the document, talks to the engine; never imports torch.

What knows no Qt is imported first: once PySide is there, it reads the source of every module that is imported.
"""

import grapheditor.edit.journal
import grapheditor.engine.client  # noqa: F401
from grapheditor.catalog import catalog

catalog()
