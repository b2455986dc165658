"""Every action of the window, as one table: menus, keys, toolbar and the command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grapheditor.ui.telling import SEEKS
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.graph import Flow
    from grapheditor.ui.window import Window

Run = Callable[["Window"], object]
Why = Callable[["Window"], str | None]


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    menu: the menu it stands in; a group's first action has a line above it. keys: shortcuts, the first one is shown.
    why_not: says in words why it cannot be done now, None where it can. on_canvas: its keys count only while the canvas
    has the focus, so that they do not take letters from a field; so do all keys that type something. quiet: it stands
    in the settings and the command palette, and in no menu. held: its key works while it is held down.
    """

    id: str
    title: str
    menu: str
    run: Run
    keys: tuple[str, ...] = ()
    why_not: Why = lambda window: None
    on_canvas: bool = False
    first: bool = False
    quiet: bool = False
    held: bool = False


def _no_graph(window: Window) -> str | None:
    return None if window.session.document else tr("There is no graph open.")


def _no_file(window: Window) -> str | None:
    return None if window.session.path else tr("The graph was never saved.")


def _no_selection(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.canvas.selection or window.canvas.selected_wires else tr("Nothing is selected.")


def _no_undo(window: Window) -> str | None:
    document = window.session.document
    return None if document and document.can_undo else tr("There is nothing to undo.")


def _no_redo(window: Window) -> str | None:
    document = window.session.document
    return None if document and document.can_redo else tr("There is nothing to redo.")


def _no_wire(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if len(window.canvas.selected_wires) == 1 else tr("Select one wire first.")


def _no_end(window: Window) -> str | None:
    """Say why nothing is chosen from which a wire could be drawn, or that could be moved."""
    if not window.session.document:
        return tr("There is no graph open.")
    single = len(window.canvas.selection) == 1 or (
        len(window.canvas.selected_wires) == 1 and not window.canvas.selection
    )
    return None if single else tr("Select one node, or one wire, first.")


def _no_training(window: Window) -> str | None:
    return window.session.why_not_train()


def _no_stop(window: Window) -> str | None:
    run = window.session.run
    going = window.session.waiting or (run and run.state in ("starting", "running"))
    return None if going else tr("No run goes on.")


def _flows_right(window: Window) -> str | None:
    return _flows(window, "right")


def _flows_down(window: Window) -> str | None:
    return _flows(window, "down")


def _flows(window: Window, flow: Flow) -> str | None:
    document = window.session.document
    if document is None:
        return tr("There is no graph open.")
    return tr("It does already.") if document.graph.info.flow == flow else None


def _no_single(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if len(window.canvas.selection) == 1 else tr("Select one node first.")


def _operators(window: Window) -> list[str]:
    """Return what the selected nodes are; after an edit the canvas may still have to hear that one is gone."""
    nodes = window.session.body.nodes
    return [nodes[name].operator if name in nodes else "" for name in window.canvas.selection]


def _no_module(window: Window) -> str | None:
    why = _no_single(window)
    if why is not None:
        return why
    return None if _operators(window)[0] in window.session.graph.modules else tr("The selected node is no module.")


def _no_uses(window: Window) -> str | None:
    why = _no_nodes_chosen(window)
    if why is not None:
        return why
    known = window.session.graph.modules
    return None if all(name in known for name in _operators(window)) else tr("Select modules only.")


def _no_repeat(window: Window) -> str | None:
    why = _no_single(window)
    if why is not None:
        return why
    operator = window.session.catalog.find(window.session.body, _operators(window)[0])
    able = operator is not None and operator.role == "layer" and operator.inputs and operator.outputs
    return None if able else tr("Only a module, or one layer, stands in a chain of copies.")


def _no_frame(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.canvas.scene.frame else tr("Select a frame first, by its title.")


def _no_fix(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    found = window.canvas.scene.offer()
    if found is not None and not found[2]:
        return tr(SEEKS)
    return None if found is not None else tr("Nothing is offered at the selected node.")


def _not_removable(window: Window) -> str | None:
    return _no_selection(window) if _no_frame(window) else None


def _not_inside(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.session.place else tr("No module is open.")


def _no_nodes(window: Window) -> str | None:
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.session.body.nodes else tr("There is nothing to draw: add operators first.")


def _no_heat(window: Window) -> str | None:
    return _no_nodes(window) or (None if window.editor.heating.chosen else tr("No heat is shown."))


def _no_nodes_chosen(window: Window) -> str | None:
    why = _no_nodes(window)
    return why or (None if window.canvas.selection else tr("Select nodes first."))


def _no_restart(window: Window) -> str | None:
    return window.session.engine.why_not_restart()


def _no_export(window: Window) -> str | None:
    session = window.session
    if session.document is None:
        return tr("There is no graph open.")
    if not session.graph.nodes:
        return tr("The graph is empty: add operators first.")
    if session.exporting is not None:
        return tr("{name} is being written.", name=session.exporting.name)
    if session.engine.why_not():
        return session.engine.why_not()
    if session.analysis is None:
        return tr("The engine is still looking at the graph.")
    problem = next((item for item in session.analysis.problems if item["severity"] == "error"), None)
    return f"{problem['node'] or tr('The graph')}: {problem['message']}" if problem else None


ACTIONS: tuple[Action, ...] = (
    Action("new", "New graph", "File", lambda w: w.windows.new(w), ("Ctrl+N",)),
    Action("new-window", "New window", "File", lambda w: w.windows.make(w), ("Ctrl+Shift+N",)),
    Action("open", "Open…", "File", lambda w: w.browse(), ("Ctrl+O",)),
    Action("start", "Start page", "File", lambda w: w.show_start()),
    Action("save", "Save", "File", lambda w: w.save(), ("Ctrl+S",), _no_graph, first=True),
    Action("save-as", "Save as…", "File", lambda w: w.save_as(), ("Ctrl+Shift+S",), _no_graph),
    Action("before", "Open the version before", "File", lambda w: w.open_before(), (), _no_file),
    Action("export-onnx", "Export ONNX…", "File", lambda w: w.export(".onnx"), ("Ctrl+E",), _no_export, first=True),
    Action("export-python", "Export PyTorch source…", "File", lambda w: w.export(".py"), (), _no_export),
    Action("export-weights", "Export weights…", "File", lambda w: w.export(".safetensors"), (), _no_export),
    Action("export-picture", "Export picture…", "File", lambda w: w.export_picture(), (), _no_nodes),
    Action(
        "export-part", "Export picture of the selection…", "File", lambda w: w.export_picture(part=True), (),
        _no_nodes_chosen,
    ),
    Action("quit", "Quit", "File", lambda w: w.windows.quit(), ("Ctrl+Q",), first=True),
    Action("undo", "Undo", "Edit", lambda w: w.undo(), ("Ctrl+Z",), _no_undo),
    Action("redo", "Redo", "Edit", lambda w: w.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"), _no_redo),
    Action("cut", "Cut", "Edit", lambda w: w.canvas.cut(), ("Ctrl+X",), _no_selection, on_canvas=True, first=True),
    Action("copy", "Copy", "Edit", lambda w: w.canvas.copy(), ("Ctrl+C",), _no_selection, on_canvas=True),
    Action("paste", "Paste", "Edit", lambda w: w.canvas.paste(), ("Ctrl+V",), _no_graph, on_canvas=True),
    Action(
        "duplicate", "Duplicate", "Edit", lambda w: w.canvas.duplicate_selection(), ("Ctrl+D",), _no_selection,
        on_canvas=True,
    ),
    Action(
        "delete", "Delete", "Edit", lambda w: w.canvas.delete_selection(), ("Del", "Backspace"), _not_removable,
        on_canvas=True,
    ),
    Action(
        "dissolve", "Delete and join the wires", "Edit", lambda w: w.canvas.dissolve_selection(), ("Alt+Del",),
        _no_selection, on_canvas=True,
    ),
    Action(
        "select-all", "Select all", "Edit", lambda w: w.canvas.select_all(), ("Ctrl+A",), _no_graph, on_canvas=True,
        first=True,
    ),
    Action("fit", "Fit the selection", "View", lambda w: w.editor.fit_selection(), ("F",), _no_graph, on_canvas=True),
    Action("fit-all", "Fit all", "View", lambda w: w.canvas.fit(), ("Home",), _no_graph, on_canvas=True),
    Action("zoom-in", "Zoom in", "View", lambda w: w.canvas.zoom_by(1.2), ("Ctrl++", "Ctrl+="), _no_graph),
    Action("zoom-out", "Zoom out", "View", lambda w: w.canvas.zoom_by(1 / 1.2), ("Ctrl+-",), _no_graph),
    Action("zoom-one", "Actual size", "View", lambda w: w.canvas.zoom_to(1.0), ("Ctrl+0",), _no_graph),
    Action("show-training", "Training", "View", lambda w: w.editor.show_tab(0), ("Alt+1",), _no_graph, first=True),
    Action("show-problems", "Problems", "View", lambda w: w.editor.show_tab(1), ("Alt+2",), _no_graph),
    Action("show-summary", "Summary", "View", lambda w: w.editor.show_tab(2), ("Alt+3",), _no_graph),
    Action("show-code", "Code", "View", lambda w: w.editor.show_tab(3), ("Alt+4",), _no_graph),
    Action("show-runs", "Runs", "View", lambda w: w.editor.show_tab(4), ("Alt+5",), _no_graph),
    Action(
        "flow-right", "Flow from left to right", "View", lambda w: w.canvas.turn("right"), (), _flows_right, first=True,
    ),
    Action("flow-down", "Flow from top to bottom", "View", lambda w: w.canvas.turn("down"), (), _flows_down),
    Action(
        "heat-next", "Next heat", "View", lambda w: w.editor.heating.next(), ("H",), _no_nodes, on_canvas=True,
        first=True,
    ),
    Action(
        "heat-parameters", "Heat: parameters", "View", lambda w: w.editor.heating.choose("parameters"), (), _no_nodes,
    ),
    Action(
        "heat-work", "Heat: multiply-adds", "View", lambda w: w.editor.heating.choose("multiply-adds"), (), _no_nodes,
    ),
    Action("heat-memory", "Heat: memory", "View", lambda w: w.editor.heating.choose("memory"), (), _no_nodes),
    Action("heat-none", "No heat", "View", lambda w: w.editor.heating.choose(""), (), _no_heat),
    Action(
        "stages", "Stages and sizes when zoomed out", "View",
        lambda w: w.editor.heating.show_stages(not w.canvas.scene.staged), ("Shift+H",), _no_nodes, on_canvas=True,
    ),
    Action("theme-dark", "Dark theme", "View", lambda w: w.choose_theme("dark"), first=True),
    Action("theme-light", "Light theme", "View", lambda w: w.choose_theme("light")),
    Action("theme-system", "Theme of the system", "View", lambda w: w.choose_theme("system")),
    Action("next-panel", "Next panel", "View", lambda w: w.next_panel(), ("F6",), _no_graph, first=True),
    Action("add", "Add an operator…", "Graph", lambda w: w.editor.search(), ("Ctrl+Space",), _no_graph),
    Action("insert", "Insert an operator…", "Graph", lambda w: w.canvas.search_for_wire(), (), _no_wire),
    Action("tidy", "Tidy", "Graph", lambda w: w.canvas.tidy(), ("L",), _no_graph, on_canvas=True),
    Action("rename", "Rename the selected node", "Graph", lambda w: w.editor.rename(), ("F2",), _no_single),
    Action("enter", "Open the module", "Graph", lambda w: w.editor.enter(), ("Alt+Down",), _no_module, first=True),
    Action("leave", "Leave the module", "Graph", lambda w: w.session.leave_module(), ("Alt+Up",), _not_inside),
    Action("graph", "Data, objective and run", "Graph", lambda w: w.editor.show_graph(), ("Ctrl+I",), _no_graph),
    Action("fix", "Do what is offered at the node", "Graph", lambda w: w.canvas.take_fix(), ("Alt+Return",), _no_fix),
    Action("train", "Train", "Run", lambda w: w.train(), ("Ctrl+Return", "Ctrl+Enter"), _no_training),
    Action("stop", "Stop", "Run", lambda w: w.session.stop(), ("Ctrl+.",), _no_stop),
    Action("engine", "Start the engine again", "Run", lambda w: w.session.engine.restart(), (), _no_restart),
    Action("settings", "Settings…", "Edit", lambda w: w.show_settings(), ("Ctrl+,",), first=True),
    Action(
        "add-here", "Add an operator where the pointer is…", "Graph", lambda w: w.canvas.search_here(), ("Tab",),
        _no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "activate", "Do what a double click on the node does", "Graph", lambda w: w.canvas.activate(),
        ("Return", "Enter"), _no_single, on_canvas=True, quiet=True,
    ),
    Action(
        "escape", "Give up, or select nothing", "Edit", lambda w: w.escape(), ("Esc",), _no_graph,
        on_canvas=True, quiet=True,
    ),
    Action(
        "walk-up", "Go up a wire", "Edit", lambda w: w.canvas.walk("up"), ("Up",), _no_graph, on_canvas=True,
        quiet=True,
    ),
    Action(
        "walk-down", "Go down a wire", "Edit", lambda w: w.canvas.walk("down"), ("Down",), _no_graph, on_canvas=True,
        quiet=True,
    ),
    Action(
        "walk-left", "Go to the node on the left", "Edit", lambda w: w.canvas.walk("left"), ("Left",), _no_graph,
        on_canvas=True, quiet=True,
    ),
    Action(
        "walk-right", "Go to the node on the right", "Edit", lambda w: w.canvas.walk("right"), ("Right",), _no_graph,
        on_canvas=True, quiet=True,
    ),
    Action(
        "extend-up", "Select the node above, too", "Edit", lambda w: w.canvas.walk("up", extend=True),
        ("Shift+Up",), _no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "extend-down", "Select the node below, too", "Edit", lambda w: w.canvas.walk("down", extend=True),
        ("Shift+Down",), _no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "extend-left", "Select the node on the left, too", "Edit", lambda w: w.canvas.walk("left", extend=True),
        ("Shift+Left",), _no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "extend-right", "Select the node on the right, too", "Edit", lambda w: w.canvas.walk("right", extend=True),
        ("Shift+Right",), _no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "carry-up", "Move the selected nodes up", "Edit", lambda w: w.canvas.carry("up"),
        ("Ctrl+Up",), _no_nodes_chosen, on_canvas=True, quiet=True,
    ),
    Action(
        "carry-down", "Move the selected nodes down", "Edit", lambda w: w.canvas.carry("down"),
        ("Ctrl+Down",), _no_nodes_chosen, on_canvas=True, quiet=True,
    ),
    Action(
        "carry-left", "Move the selected nodes to the left", "Edit", lambda w: w.canvas.carry("left"),
        ("Ctrl+Left",), _no_nodes_chosen, on_canvas=True, quiet=True,
    ),
    Action(
        "carry-right", "Move the selected nodes to the right", "Edit", lambda w: w.canvas.carry("right"),
        ("Ctrl+Right",), _no_nodes_chosen, on_canvas=True, quiet=True,
    ),
    Action(
        "next-wire", "Select the next wire of the node", "Edit", lambda w: w.canvas.next_wire(), ("W",), _no_end,
        on_canvas=True,
    ),
    Action(
        "wire-before", "Select the wire before", "Edit", lambda w: w.canvas.next_wire(-1), ("Shift+W",), _no_end,
        on_canvas=True, quiet=True,
    ),
    Action(
        "connect", "Connect to…", "Graph", lambda w: w.canvas.connect_to(), ("K",), _no_end, on_canvas=True,
    ),
    Action(
        "duplicate-linked", "Linked copy", "Edit", lambda w: w.canvas.copy_linked(), ("Alt+D",), _no_nodes_chosen,
        on_canvas=True,
    ),
    Action(
        "pan", "Hold and drag to move the view", "View", lambda w: w.tell_pan(), ("Space",), _no_graph, on_canvas=True,
        quiet=True, held=True,
    ),
    Action("next-window", "Next window", "Window", lambda w: w.windows.next(w), ("Ctrl+F6",)),
    Action("close-window", "Close the window", "Window", lambda w: w.close(), ("Ctrl+W",)),
    Action("find", "Find…", "Edit", lambda w: w.canvas.find_nodes(), ("Ctrl+F",), _no_graph, first=True),
    Action(
        "select-upstream", "Select what it needs", "Edit", lambda w: w.canvas.select_upstream(), ("Ctrl+Shift+Up",),
        _no_nodes_chosen, on_canvas=True,
    ),
    Action(
        "select-downstream", "Select what needs it", "Edit", lambda w: w.canvas.select_downstream(),
        ("Ctrl+Shift+Down",), _no_nodes_chosen, on_canvas=True,
    ),
    Action(
        "group", "Group into a module", "Graph", lambda w: w.canvas.group_selection(), ("Ctrl+G",), _no_nodes_chosen,
        first=True,
    ),
    Action("ungroup", "Unpack the module", "Graph", lambda w: w.canvas.unpack_selection(), ("Ctrl+Shift+G",), _no_uses),
    Action("unique", "Make the module unique", "Graph", lambda w: w.canvas.make_unique(), ("Ctrl+U",), _no_uses),
    Action(
        "rename-module", "Rename the module…", "Graph", lambda w: w.canvas.rename_module(), ("Shift+F2",), _no_module,
    ),
    Action("inside", "Look inside", "Graph", lambda w: w.canvas.look_inside(), ("I",), _no_module, on_canvas=True),
    Action("repeat", "Repeat…", "Graph", lambda w: w.canvas.ask_repeat(), ("Ctrl+R",), _no_repeat),
    Action(
        "mute", "Mute", "Graph", lambda w: w.canvas.mute_selection(), ("M",), _no_nodes_chosen,
        on_canvas=True, first=True,
    ),
    Action(
        "replace", "Replace with…", "Graph", lambda w: w.canvas.replace_selection(), ("R",), _no_single,
        on_canvas=True,
    ),
    Action(
        "frame", "Frame the selection", "Graph", lambda w: w.canvas.frame_selection(), ("C",), _no_nodes_chosen,
        on_canvas=True,
    ),
    Action("frame-title", "Title of the frame…", "Graph", lambda w: w.canvas.ask_frame_title(), (), _no_frame),
    Action("frame-colour", "Next colour of the frame", "Graph", lambda w: w.canvas.recolour_frame(), (), _no_frame),
    Action("commands", "Commands…", "Help", lambda w: w.commands(), ("Ctrl+P",)),
    Action("about", "About grapheditor", "Help", lambda w: w.about()),
)  # fmt: skip
CONTEXT = {
    "node": (
        "fix", "enter", "inside", "rename", "rename-module", "group", "ungroup", "unique", "repeat", "mute", "replace",
        "frame", "connect", "cut", "copy", "duplicate", "duplicate-linked", "delete", "dissolve", "select-upstream",
        "select-downstream", "fit", "tidy",
    ),
    "wire": ("insert", "connect", "delete"),
    "canvas": ("add", "paste", "leave", "find", "select-all", "fit-all", "tidy", "graph"),
    "frame": ("frame-title", "frame-colour", "delete"),
}  # fmt: skip
"""What a click with the right button offers on a node, a wire, the empty canvas, a frame's title: ids of actions."""
MENUS = ("File", "Edit", "View", "Graph", "Run", "Window", "Help")
