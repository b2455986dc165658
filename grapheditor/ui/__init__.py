"""The window: Qt only. Reads the catalogue, edits the document, talks to the engine; never imports torch.

What knows no Qt is imported first: once PySide is there, it reads the source of every module that is imported.
"""

import grapheditor.edit.adapt
import grapheditor.edit.compare
import grapheditor.edit.helpers
import grapheditor.edit.journal
import grapheditor.edit.lock
import grapheditor.engine.client
import grapheditor.runs.control
import grapheditor.runs.folder  # noqa: F401
from grapheditor.catalog import catalog

catalog()
