"""The Code tab: the live source, each line tied to its node."""

from grapheditor.ui.code.tab import CodeTab

__all__ = ["CodeTab"]
