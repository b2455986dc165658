"""The entry point: a verb works without a screen; no verb opens the window, and only then is Qt imported."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from grapheditor import __version__
from grapheditor.authoring.names import meant

FINE, PROBLEMS, USAGE, FILES, TRAINING, DISAGREES, DEFECT, STOPPED = 0, 1, 2, 3, 4, 5, 70, 130
"""Exit codes; 70 is a defect of the program itself."""


class VerbError(Exception):
    """A verb cannot be done: a sentence, the exit code, and where it happened."""

    def __init__(
        self,
        message: str,
        code: int,
        file: Path | None = None,
        node: str | None = None,
        port: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message if message.endswith((".", "?")) else f"{message}."
        self.code = code
        self.file = file
        self.node = node
        self.port = port

    def describe(self) -> dict[str, Any]:
        """Return the error as ``--json`` prints it."""
        where = {"file": str(self.file) if self.file else None, "node": self.node, "port": self.port}
        return {"error": {"message": self.message, **where}}

    def sentence(self) -> str:
        """Return the error for people, with those places in front that it does not begin with itself."""
        places = [place for place in (str(self.file) if self.file else None, self.node) if place]
        named = [place for place in places if not self.message.startswith((f"{place}:", f"{place} "))]
        return ": ".join([*named, self.message])


class _Parser(argparse.ArgumentParser):
    """Raises instead of exiting, so that a wrong call is answered like any other error."""

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith((".", "?")) else "."
        raise VerbError(f"{message}{end} See {self.prog} --help.", USAGE)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is left over here, where it is known which verb it was typed behind."""
        found, extra = super().parse_known_args(args, namespace)
        if extra:
            word = next((item.partition("=")[0] for item in extra if item.startswith("-")), "")
            hint = meant(word, self._option_string_actions)
            if not word and "=" in extra[0] and "-p" in self._option_string_actions:
                hint = f" An option stands behind -p: -p {extra[0][:60]}."
            self.error(f"unrecognized arguments: {' '.join(extra)}.{hint}")
        return found, extra

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(item) for item in action.choices]
            text = f"there is no {str(value)[:60]}; there is: {', '.join(known)}.{meant(str(value), known)}"
            raise argparse.ArgumentError(action, text)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, made from the table of verbs."""
    from grapheditor.verbs import VERBS

    top = _Parser(
        allow_abbrev=False,
        prog="grapheditor",
        description="Draw a deep network as a graph of tensor operators, watch it learn, take it away.",
        epilog="Without a verb: grapheditor [FILE] opens the window, with a graph or with data to learn from. "
        "Exit codes: 0 fine, 1 problems in the graph, 2 usage, 3 files, data or device, 4 training failed, "
        "5 an export that does not agree, 130 stopped by hand.",
    )
    top.add_argument("--version", action="version", version=f"grapheditor {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for verb in VERBS:
        part = verbs.add_parser(verb.name, help=verb.help, description=verb.help, allow_abbrev=False)
        verb.arguments(part)
        part.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
        part.set_defaults(perform=verb.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe of another encoding has no ×
    try:
        if not given or (len(given) == 1 and _names_a_file(given[0])):
            return _window(Path(given[0]) if given else None)
        return _verb(given)
    except VerbError as error:
        _say(
            json.dumps(error.describe()) if as_json else error.sentence(),
            sys.stdout if as_json else sys.stderr,
        )
        return error.code
    except KeyboardInterrupt:
        if as_json:
            _say(json.dumps(VerbError("Stopped.", STOPPED).describe()), sys.stdout)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def _verb(given: list[str]) -> int:
    known = parser().parse_args(given)
    try:
        code: int = known.perform(known)
    except (VerbError, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        raise VerbError(f"grapheditor failed: {error}.{_log()}", DEFECT) from error
    sys.stdout.flush()
    return code


def _names_a_file(word: str) -> bool:
    """Tell a file to open from a verb; a file that is called like a verb needs ./ in front."""
    from grapheditor.verbs import VERBS

    if word.startswith("-") or any(verb.name == word for verb in VERBS):
        return False
    if "." in word or os.sep in word:
        return True
    with contextlib.suppress(OSError, ValueError):
        return Path(word).exists()
    return False


def _window(path: Path | None) -> int:
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, shown)):
        raise VerbError("There is no screen to open the window on. The verbs work without: grapheditor --help.", FILES)
    gc.disable()  # what is imported is no garbage; the window collects behind its first paint
    from grapheditor.ui.app import run

    return run(path)


def _log() -> str:
    """Write the traceback that is being handled to the user's log folder, for a report; say where it is."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_log_dir("grapheditor", appauthor=False, ensure_exists=True))
        path = folder / "failure.log"
        path.write_text(traceback.format_exc(), "utf-8")
    except OSError:
        return ""
    return f" Details are in {path}."


def _say(text: str, stream: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(text, file=stream, flush=True)
