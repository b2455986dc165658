"""The operator: one typed, documented function, read once into its ports, options and help."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_type_hints

from grapheditor.authoring.former import Former
from grapheditor.authoring.options import SIDES, Option, Value, option
from grapheditor.authoring.ports import Port, input_port, output_ports, several

Role = Literal["layer", "input", "output", "loss", "metric"]
CATEGORIES = (
    "Input and output",
    "Convolution",
    "Pooling",
    "Padding",
    "Normalisation",
    "Activation",
    "Dense",
    "Attention",
    "Recurrent",
    "Regularisation",
    "Shape",
    "Image",
    "Combine",
    "Mathematics",
    "Comparison",
    "Reduction",
    "Linear algebra",
    "Fourier",
    "Indexing",
    "Source",
    "Loss",
    "Metric",
    "Module",
)
"""The palette's groups, in its order."""


REQUIRED = inspect.Parameter.empty
"""The default of a parameter that has none."""


@dataclass(frozen=True, slots=True)
class Operator:
    """What is known of an operator without running it."""

    id: str
    stem: str
    title: str
    category: str
    doc: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    options: tuple[Option, ...]
    role: Role
    shows: tuple[str, ...]
    fitted: tuple[str, ...]
    version: str
    body: Callable[..., Any]
    counted: bool = False
    random: bool = False
    onnx: bool = True
    unsaid: tuple[str, ...] = ()
    common: bool = False
    many: str = ""
    formerly: tuple[Former, ...] = ()
    origin: str = ""
    """The file that declares it, where that is the user's own; empty for what ships."""

    @property
    def headline(self) -> str:
        """The first sentence of the help."""
        return self.doc.split("\n", 1)[0]

    def option(self, name: str) -> Option | None:
        """Return the option of that name, if there is one."""
        return next((item for item in self.options if item.name == name), None)

    def input(self, name: str) -> Port | None:
        """Return the input port of that name, if there is one."""
        return next((item for item in self.inputs if item.name == name), None)

    def output(self, name: str) -> Port | None:
        """Return the output port of that name, if there is one."""
        return next((item for item in self.outputs if item.name == name), None)

    def at(self, options: Mapping[str, Value]) -> Operator:
        """Return the operator as a node with these options has it: with as many outputs as they say."""
        option = self.option(self.many) if self.many in options else None
        if option is None:
            return self
        try:
            ports = several(option.check(options[self.many]))
        except ValueError:
            return self
        return self if ports == self.outputs else replace(self, outputs=ports)

    def values(self, options: Mapping[str, Value]) -> dict[str, Value]:
        """Return all option values in canonical form: those set, and the defaults of the others."""
        return {
            item.name: item.check(options[item.name]) if item.name in options else item.default for item in self.options
        }

    def summary(self, options: Mapping[str, Value]) -> str:
        """Say in a few words what a node does: ``32 · 5×5 · stride 2``."""
        parts: list[str] = []
        for item in self.options:
            value = options.get(item.name, item.default)
            if self.category == "Module":
                parts.append(f"{item.name.replace('_', ' ')} {item.show(value)}")
            elif item.name in self.shows:
                parts.append(_shown(item, value))
            elif value != item.default:
                words = item.name.replace("_", " ")
                parts.append(
                    (words if value else f"no {words}") if item.kind == "boolean" else f"{words} {item.show(value)}"
                )
        return " · ".join(parts)

    def describe(self) -> dict[str, Any]:
        """Return the operator as the command line prints it."""

        def port(item: Port) -> dict[str, Any]:
            return {"name": item.name, "repeats": item.repeats, "optional": item.optional}

        return {
            "id": self.id,
            "title": self.title,
            "category": self.category,
            "doc": self.doc,
            "options": [item.describe() for item in self.options],
            "inputs": [port(item) for item in self.inputs],
            "outputs": [port(item) for item in self.outputs],
            **({"many": self.many} if self.many else {}),
            **({"origin": self.origin} if self.origin else {}),
        }


ALONE = ("out_channels", "out_features", "hidden_size")
"""Options whose values need no name, as everybody writes a layer: ``32``, ``128``; nor do sizes such as ``3×3``."""


def _shown(option: Option, value: Value) -> str:
    """Write an option that a card always shows, with its name where the value alone would say nothing."""
    text, words = option.show(value), re.sub(r".* (?=dim$)", "", option.name.replace("_", " "))
    if option.kind == "boolean":
        return words if value else f"not {words}"
    if option.kind in SIDES and isinstance(value, int):
        text = "×".join([text] * SIDES[option.kind][0])
    figure = re.fullmatch(r"-?[\d.]+", text) is not None
    sizes = option.name in ("kernel_size", "shape") or (option.name == "size" and "×" in text)
    if option.name in ALONE or ((sizes or option.kind in ("choice", "text")) and not figure):
        return text
    several = words.removeprefix("num ")
    return f"{text} {several}" if several.endswith("s") and option.kind == "integer" else f"{words} {text}"


def operator(
    category: str,
    *,
    title: str | None = None,
    stem: str | None = None,
    role: Role = "layer",
    shows: tuple[str, ...] = (),
    fitted: tuple[str, ...] = (),
    counted: bool = False,
    random: bool = False,
    onnx: bool = True,
    unsaid: tuple[str, ...] = (),
    common: bool = False,
    many: str = "",
    formerly: tuple[Former, ...] = (),
) -> Callable[[Callable[..., Any]], Operator]:
    """Declare an operator.

    Positional parameters are its input ports, keyword-only parameters its options, the docstring its help (its last
    lines ``name: text`` document the options), the return annotation its outputs, the body the PyTorch it becomes.

    category: the group it stands in, one of CATEGORIES.
    title: torch's own name (``Conv2d``); by default the function's name in words.
    stem: what its nodes are called before their number (``conv`` gives conv1, conv2); by default the id without ``2d``.
    role: what the graph uses it for.
    shows: the options that a node always shows.
    fitted: names of two buffers that are set, before training, to mean and deviation of what arrives.
    counted: a size of its result depends on the values that arrive; a symbol of its own stands for it.
    random: it draws other numbers each time it runs, after training too; so no two runs can be compared, and a network
        whose results depend on it is not exported to ONNX. What draws in training alone (dropout) is not random.
    onnx: PyTorch can write it as ONNX; without it an export is refused before it is tried.
    unsaid: options that PyTorch cannot write as ONNX where they have another value than by default; likewise refused.
    common: it is one of those that people mean first: of several that answer a search it comes before the others.
    many: the option that says how many outputs there are, where the body gives ``tuple[Tensor, ...]``: their number, or
        a list with something for each. A node says it as a number itself, and not by an option of its module.
    formerly: how older files say it, one for each format number after which something was renamed.
    """
    if category not in CATEGORIES:
        raise ValueError(f"{category} is not one of {', '.join(CATEGORIES)}")

    def declare(function: Callable[..., Any]) -> Operator:
        inputs, outputs, options, doc = signature(function, many)
        name = function.__name__.strip("_")
        return Operator(
            id=name,
            stem=stem or re.sub(r"\d+d$", "", name),
            title=title or name.replace("_", " ").capitalize(),
            category=category,
            doc=doc,
            inputs=inputs,
            outputs=outputs,
            options=options,
            role=role,
            shows=shows,
            fitted=fitted,
            counted=counted,
            random=random,
            onnx=onnx,
            unsaid=unsaid,
            common=common,
            many=many,
            version=_version(function),
            body=function,
            formerly=formerly,
        )

    return declare


def signature(
    function: Callable[..., Any],
    many: str = "",
) -> tuple[tuple[Port, ...], tuple[Port, ...], tuple[Option, ...], str]:
    """Read inputs, outputs, options and help from a function; TypeError where its declaration is not understood.

    many: the option that says how many outputs there are, if one does.
    """
    function = inspect.unwrap(function)
    hints = get_type_hints(function, include_extras=True)
    options, doc = _read_options(function, hints)
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    inputs = tuple(input_port(name, hints[name], given.get(name, REQUIRED) is None) for name in names)
    number = next((item.default for item in options if item.name == many), None)
    if many and number is None:
        raise TypeError(f"`many` names {many}, and there is no option of that name")
    return inputs, output_ports(hints.get("return"), number), options, doc


def read_options(function: Callable[..., Any]) -> tuple[tuple[Option, ...], str]:
    """Read options and help of a function that has no ports, such as a template's or a data source's."""
    function = inspect.unwrap(function)
    return _read_options(function, get_type_hints(function, include_extras=True))


def _read_options(function: Callable[..., Any], hints: Mapping[str, Any]) -> tuple[tuple[Option, ...], str]:
    doc, docs = read_doc(inspect.getdoc(function) or "")
    code, defaults = function.__code__, function.__kwdefaults__ or {}
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    options = tuple(option(name, hints[name], defaults.get(name, REQUIRED), docs.pop(name, "")) for name in names)
    if docs:
        raise TypeError(f"{function.__name__} documents {', '.join(docs)}, which it does not have")
    return options, doc


def read_doc(text: str) -> tuple[str, dict[str, str]]:
    """Split a docstring into its prose, a line for each paragraph, and its lines ``name: text``.

    An indented line continues the one above.
    """
    prose: list[str] = []
    docs: dict[str, str] = {}
    last = None
    for line in text.splitlines():
        found = re.match(r"([a-z_][a-z0-9_]*): (.+)", line)
        if found:
            last = found[1]
            docs[last] = found[2]
        elif last is not None and line.startswith(" "):
            docs[last] += " " + line.strip()
        else:
            last = None
            prose.append(line)
    paragraphs = "\n".join(prose).strip().split("\n\n")
    return "\n\n".join(" ".join(item.split()) for item in paragraphs), docs


def _version(function: Callable[..., Any]) -> str:
    """Return a hash of the operator's file and name: what another text computed is not used again.

    Who runs bytes that were read before has them as ``content`` of the loader: the file may be another one by now.
    """
    content = getattr(getattr(function, "__globals__", {}).get("__loader__"), "content", None)
    try:
        known = _digest(content) if isinstance(content, bytes) else _digest_of(inspect.getfile(function))
        source = function.__qualname__ + known
    except (OSError, TypeError):
        source = function.__code__.co_code.hex()
    return hashlib.sha256(source.encode()).hexdigest()[:16]


@cache
def _digest_of(file: str) -> str:
    return _digest(Path(file).read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
