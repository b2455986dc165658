"""The torch side of the graph: shapes and costs by recording operators, readable source, the module, exports."""

from grapheditor.compile.analysis import Analysis
from grapheditor.compile.infer import Inference
from grapheditor.compile.program import CompileError, Fit, Program, compile_graph

__all__ = ["Analysis", "CompileError", "Fit", "Inference", "Program", "compile_graph"]
