"""What may be executed: the few forms of Python that our printer writes, and nothing else."""

from __future__ import annotations

import ast
import io
import re
import tokenize

FORMS = (
    ast.Module, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg, ast.Import, ast.ImportFrom, ast.alias,
    ast.Assign, ast.AnnAssign, ast.Return, ast.Expr, ast.For, ast.If, ast.Name, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Call, ast.keyword, ast.Starred, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.GeneratorExp,
    ast.comprehension, ast.IfExp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp,
    ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)  # fmt: skip
IMPORTS = {"import torch", "from torch import nn", "from torch.nn import functional as F"}
BUILT_IN = frozenset({"super", "range", "dict", "list", "tuple", "int", "float", "bool", "str", "enumerate", "zip"})
"""What the source may use of Python's own names; anything else is torch's, an argument, or a class of the source."""


class Unprintable(ValueError):
    """A source holds what our printer never writes: a defect, or somebody's attempt."""


def check(text: str, known: frozenset[str] = frozenset()) -> ast.Module:
    """Return the tree of a source; Unprintable where it holds anything that our printer never writes.

    known: further names that the source may use.
    """
    tree = ast.parse(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not token.string.isascii():
            raise Unprintable(f"The printed source holds the name {token.string}, which is never written.")
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = own | bound | BUILT_IN | {"torch", "nn", "F", "self"} | known
    for node in ast.walk(tree):
        _check(node, names)
    nodes = list(ast.walk(tree))
    dots = sum(isinstance(node, ast.Constant) and node.value is ... for node in nodes)
    tuples = sum(isinstance(node, ast.Subscript) and ast.unparse(node).endswith(", ...]") for node in nodes)
    if dots != tuples:
        raise Unprintable("The printed source holds ... outside of the type of a tuple, which is never written.")
    return tree


def _check(node: ast.AST, names: set[str] | frozenset[str]) -> None:
    match node:
        case ast.Import() | ast.ImportFrom():
            _expect(ast.unparse(node) in IMPORTS, node)
        case ast.Name(id=name):
            _expect(_plain(name) and name in names, node)
        case ast.Attribute(attr=name):
            _expect(_plain(name) or name == "__init__", node)
        case ast.arg(arg=name) | ast.ClassDef(name=name):
            _expect(_plain(name), node)
        case ast.FunctionDef(name=name, decorator_list=decorators):
            _expect((_plain(name) or name == "__init__") and not decorators, node)
        case ast.Constant(value=value):
            _expect(value in (None, ...) or type(value) in (int, float, bool, str), node)
        case _:
            _expect(isinstance(node, FORMS), node)


def _plain(name: str) -> bool:
    return name == "_" or (re.fullmatch(r"_?[A-Za-z][A-Za-z0-9_]*", name) is not None and "__" not in name)


def _expect(fine: bool, node: ast.AST) -> None:
    if not fine:
        raise Unprintable(f"The printed source holds {ast.dump(node)[:120]}, which is never written.")
