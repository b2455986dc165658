"""The document: nodes, wires and recipe; its checks on networkx; its file. Knows neither Qt nor torch."""

from grapheditor.graph.checks import ConnectError, check_connect
from grapheditor.graph.file import FileError, read, read_text, write, write_text
from grapheditor.graph.model import Body, Flow, Frame, Graph, Head, Info, Input, Module, Node, Output, Tie
from grapheditor.graph.problem import Fix, Problem
from grapheditor.graph.recipe import Objective, Recipe

__all__ = [
    "Body",
    "ConnectError",
    "FileError",
    "Fix",
    "Flow",
    "Frame",
    "Graph",
    "Head",
    "Info",
    "Input",
    "Module",
    "Node",
    "Objective",
    "Output",
    "Problem",
    "Recipe",
    "Tie",
    "check_connect",
    "read",
    "read_text",
    "write",
    "write_text",
]
