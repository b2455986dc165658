"""Every action of the window, as one table: menus, keys, toolbar and the command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.authoring.template import GROUPS
from grapheditor.edit.modules import OFF
from grapheditor.ui import mouse
from grapheditor.ui.reasons import (
    largest_text,
    no_after,
    no_beside,
    no_curves,
    no_end,
    no_export,
    no_file,
    no_fix,
    no_frame,
    no_graph,
    no_lens,
    no_lenses,
    no_module,
    no_mute,
    no_nodes,
    no_nodes_chosen,
    no_pause,
    no_queue,
    no_recent,
    no_redo,
    no_repeat,
    no_restart,
    no_selection,
    no_single,
    no_step,
    no_stop,
    no_training,
    no_trial,
    no_undo,
    no_uses,
    no_walk,
    no_wire,
    not_inside,
    not_removable,
    smallest_text,
    usual_text,
)
from grapheditor.ui.telling import SEEKS, Notice, begun
from grapheditor.ui.texts import mark, tr

if TYPE_CHECKING:
    from grapheditor.graph import Flow
    from grapheditor.ui.canvas.walk import Direction
    from grapheditor.ui.preferences import Preferences
    from grapheditor.ui.window import Window

Run = Callable[["Window"], object]
Why = Callable[["Window"], str | None]
Is = Callable[["Window"], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that an action can be about. on: it is the one now. apart: a line stands above it."""

    title: str
    run: Callable[[], object]
    on: bool | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    menu: the menu it stands in; a group's first action has a line above it. keys: shortcuts, the first one is shown.
    why_not: says in words why it cannot be done now, None where it can. on_canvas: its keys count only while the canvas
    has the focus, so that they do not take letters from a field; so do all keys that type something. quiet: it stands
    in the settings and the command palette, and in no menu. held: what a drag of the mouse is while its key is held
    down, of :mod:`~grapheditor.ui.mouse`. is_on: it is
    shown with a mark where that is so. one_of: exactly one of those with this name is on. now: what it is called now,
    where that changes. under: the submenu it stands in. choices: what it lets choose from, as a submenu; its run is not
    used then. help: why it cannot be done now, with what can be done about that.
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
    held: str = ""
    is_on: Is | None = None
    one_of: str = ""
    now: Callable[[Window], str] | None = None
    under: str = ""
    choices: Callable[[Window], Sequence[Choice]] | None = None
    help: Callable[[Window], Notice | None] | None = None


def _theme(name: str, title: str, *, first: bool = False) -> Action:
    return Action(
        f"theme-{name}", title, "View", lambda w: w.choose_theme(name), under=mark("Theme"), one_of="theme",
        is_on=lambda w: w.preferences.theme_name == name, first=first,
    )  # fmt: skip


def _text(name: str, title: str, scale: Callable[[Preferences], int], keys: tuple[str, ...], why_not: Why) -> Action:
    return Action(
        f"text-{name}", title, "View", lambda w: w.preferences.choose("text-scale", scale(w.preferences)), keys,
        why_not, first=name == "larger",
    )  # fmt: skip


def _heat(id: str, title: str, measure: str) -> Action:
    return Action(
        f"heat-{id}", title, "View", lambda w: w.editor.heating.choose(measure), (), no_nodes, under=mark("Heat"),
        one_of="heat", is_on=lambda w: w.shows_editor and w.editor.heating.chosen == measure,
    )  # fmt: skip


def _flow(flow: Flow, title: str, *, first: bool = False) -> Action:
    def turns(window: Window) -> bool:
        return window.session.document is not None and window.session.graph.info.flow == flow

    return Action(
        f"flow-{flow}", title, "View", lambda w: None if turns(w) else w.canvas.turn(flow), (), no_graph,
        under=mark("Flow"), one_of="flow", is_on=turns, first=first,
    )  # fmt: skip


def _walk(way: Direction, title: str) -> Action:
    return Action(
        f"walk-{way}", title, "Edit", lambda w: w.canvas.walk(way), (way.title(),), no_graph,
        on_canvas=True, quiet=True,
    )  # fmt: skip


def _extend(way: Direction, title: str) -> Action:
    return Action(
        f"extend-{way}", title, "Edit", lambda w: w.canvas.walk(way, extend=True), (f"Shift+{way.title()}",), no_graph,
        on_canvas=True, quiet=True,
    )  # fmt: skip


def _carry(way: Direction, title: str) -> Action:
    return Action(
        f"carry-{way}", title, "Edit", lambda w: w.canvas.carry(way), (f"Ctrl+{way.title()}",), no_nodes_chosen,
        on_canvas=True, quiet=True,
    )  # fmt: skip


def _panel(name: str, title: str, key: str, *, first: bool = False) -> Action:
    return Action(
        f"panel-{name}", title, "View", lambda w: w.editor.panels_shown.toggle(name), (key,), no_graph,
        under=mark("Panels"), is_on=lambda w: w.shows_editor and w.editor.panels_shown.has(name),
        first=first,
    )  # fmt: skip


def _recent(window: Window) -> list[Choice]:
    """Return the files that were open last, and what forgets them."""
    files = window.windows.recents.files()

    def choice(path: Path) -> Choice:
        double = sum(item.name == path.name for item in files) > 1
        title = f"{path.name} — {path.parent}" if double else path.name
        return Choice(title, lambda: window.windows.open([path], window))

    return [*map(choice, files), Choice(tr("Clear"), window.forget_recent, apart=True)]


def _devices(window: Window) -> list[Choice]:
    session = window.session

    def choice(name: str, title: str) -> Choice:
        return Choice(title, lambda: session.abilities.choose(name), session.abilities.device == name)

    return [choice(item["id"], item["title"]) for item in session.abilities.devices]


def _weights(window: Window) -> list[Choice]:
    """Return whose weights exports, lenses and results can take."""
    session = window.session
    chosen = session.weights.chosen
    return [
        Choice(tr("The newest run's"), lambda: session.weights.choose("newest"), chosen == "newest"),
        Choice(tr("Fresh ones"), lambda: session.weights.choose("fresh"), chosen == "fresh"),
        Choice(tr("Another run's…"), lambda: window.perform("show-runs"), chosen not in ("newest", "fresh"), True),
        Choice(tr("Those of a file…"), window.files.take_weights),
    ]


def _beginnings(window: Window) -> list[Choice]:
    """Return what the next run can begin from."""
    beginning, newest = window.session.beginning, window.session.weights.run
    place = Path(newest) if newest is not None else None
    choices = [Choice(tr("Fresh weights"), lambda: beginning.choose(None), beginning.place is None)]
    if place is not None:
        title = tr("Those of {run}", run=place.name)
        choices.append(Choice(title, lambda: beginning.choose(place), beginning.place == place))
    if beginning.place not in (None, place):
        choices.append(Choice(beginning.place.name, lambda: None, True))
    return [
        *choices,
        Choice(tr("Those of another run…"), lambda: window.perform("show-runs"), apart=True),
        Choice(tr("Those of a file…"), window.files.begin_from_weights),
    ]


def _tours(group: str) -> Callable[[Window], list[Choice]]:
    """Return what lists the tours through the networks of a group of the gallery, in its order."""

    def choices(window: Window) -> list[Choice]:
        known = window.session.catalog
        mine = [name for name, item in known.templates.items() if item.category == group]
        tours = [item for item in known.tours.values() if item.template in mine]
        tours.sort(key=lambda item: mine.index(item.template))
        return [Choice(tr(item.title), partial(window.start_tour, item.id)) for item in tours]

    return choices


def _mute_now(window: Window) -> str:
    if no_nodes_chosen(window) is None:
        nodes = window.session.body.nodes
        if all(name in nodes and nodes[name].when == OFF for name in window.canvas.selection):
            return tr("Unmute")
    return tr("Mute")


def _lens_now(window: Window) -> str:
    what = window.editor.lenses.selected() if no_end(window) is None else None
    return tr("Take the lens away") if what is not None and window.session.pins.find(what) else tr("Pin a lens")


def _step_now(window: Window) -> str:
    return tr("A step on") if window.session.pins.walk.on else tr("Follow one sample, a step on")


def _turn_now(window: Window) -> str:
    stop = window.session.pins.walk.stop
    return tr("To the way forward") if stop is not None and stop.back else tr("To the gradient's way back")


def _fix_now(window: Window) -> str:
    found = window.canvas.scene.offer() if no_graph(window) is None else None
    if found is None:
        return tr("Do what is offered at the node")
    if found[2]:
        return begun(found[2][0]["title"])
    return tr("Look at {file}", file=found[1]["file"]) if "file" in found[1] else tr(SEEKS)


def _pause_now(window: Window) -> str:
    run = window.session.training.run
    return tr("Continue") if run is not None and run.state == "paused" else tr("Pause")


ACTIONS: tuple[Action, ...] = (
    Action("new", "New graph", "File", lambda w: w.windows.new(w), ("Ctrl+N",)),
    Action("new-window", "New window", "File", lambda w: w.windows.make(w), ("Ctrl+Shift+N",)),
    Action("open", "Open…", "File", lambda w: w.files.browse(), ("Ctrl+O",)),
    Action("recent", "Open recent", "File", lambda w: None, (), no_recent, choices=_recent),
    Action("start", "Start page", "File", lambda w: w.show_start()),
    Action("save", "Save", "File", lambda w: w.files.save(), ("Ctrl+S",), no_graph, first=True),
    Action("save-as", "Save as…", "File", lambda w: w.files.save_as(), ("Ctrl+Shift+S",), no_graph),
    Action("before", "Open the version before", "File", lambda w: w.files.open_before(), (), no_file),
    Action("own-folder", "Folder of my operators", "File", lambda w: w.show_own_folder()),
    Action(
        "export-onnx", "Export ONNX…", "File", lambda w: w.files.export(".onnx"), ("Ctrl+E",), no_export, first=True,
    ),
    Action("export-python", "Export PyTorch source…", "File", lambda w: w.files.export(".py"), (), no_export),
    Action("export-weights", "Export weights…", "File", lambda w: w.files.export(".safetensors"), (), no_export),
    Action("export-picture", "Export picture…", "File", lambda w: w.files.export_picture(), (), no_nodes),
    Action(
        "export-part", "Export picture of the selection…", "File", lambda w: w.files.export_picture(part=True), (),
        no_nodes_chosen,
    ),
    Action("export-curves", "Export curves…", "File", lambda w: w.files.export_curves(), (), no_curves),
    Action("quit", "Quit", "File", lambda w: w.windows.quit(), ("Ctrl+Q",), first=True),
    Action("undo", "Undo", "Edit", lambda w: w.undo(), ("Ctrl+Z",), no_undo),
    Action("redo", "Redo", "Edit", lambda w: w.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"), no_redo),
    Action("cut", "Cut", "Edit", lambda w: w.canvas.cut(), ("Ctrl+X",), no_selection, on_canvas=True, first=True),
    Action("copy", "Copy", "Edit", lambda w: w.canvas.copy(), ("Ctrl+C",), no_selection, on_canvas=True),
    Action("paste", "Paste", "Edit", lambda w: w.paste(), ("Ctrl+V",), on_canvas=True),
    Action(
        "duplicate", "Duplicate", "Edit", lambda w: w.canvas.duplicate_selection(), ("Ctrl+D",), no_selection,
        on_canvas=True,
    ),
    Action(
        "duplicate-linked", "Linked copy", "Edit", lambda w: w.canvas.copy_linked(), ("Alt+D",), no_nodes_chosen,
        on_canvas=True,
    ),
    Action(
        "delete", "Delete", "Edit", lambda w: w.canvas.delete_selection(), ("Del", "Backspace"), not_removable,
        on_canvas=True,
    ),
    Action(
        "dissolve", "Delete and join the wires", "Edit", lambda w: w.canvas.dissolve_selection(), ("Alt+Del",),
        no_selection, on_canvas=True,
    ),
    Action(
        "select-all", "Select all", "Edit", lambda w: w.canvas.select_all(), ("Ctrl+A",), no_graph, on_canvas=True,
        first=True,
    ),
    Action(
        "select-upstream", "Select what it needs", "Edit", lambda w: w.canvas.select_upstream(), ("Ctrl+Shift+Up",),
        no_nodes_chosen, on_canvas=True,
    ),
    Action(
        "select-downstream", "Select what needs it", "Edit", lambda w: w.canvas.select_downstream(),
        ("Ctrl+Shift+Down",), no_nodes_chosen, on_canvas=True,
    ),
    Action(
        "next-wire", "Select the next wire of the node", "Edit", lambda w: w.canvas.next_wire(), ("W",), no_end,
        on_canvas=True,
    ),
    Action(
        "wire-before", "Select the wire before", "Edit", lambda w: w.canvas.next_wire(-1), ("Shift+W",), no_end,
        on_canvas=True, quiet=True,
    ),
    Action("find", "Find…", "Edit", lambda w: w.canvas.find_nodes(), ("Ctrl+F",), no_graph, first=True),
    Action("settings", "Settings…", "Edit", lambda w: w.show_settings(), ("Ctrl+,",), first=True),
    Action(
        "escape", "Give up, or select nothing", "Edit", lambda w: w.escape(), ("Esc",), no_graph,
        on_canvas=True, quiet=True,
    ),
    _walk("up", mark("Go up a wire")),
    _walk("down", mark("Go down a wire")),
    _walk("left", mark("Go to the node on the left")),
    _walk("right", mark("Go to the node on the right")),
    _extend("up", mark("Select the node above, too")),
    _extend("down", mark("Select the node below, too")),
    _extend("left", mark("Select the node on the left, too")),
    _extend("right", mark("Select the node on the right, too")),
    _carry("up", mark("Move the selected nodes up")),
    _carry("down", mark("Move the selected nodes down")),
    _carry("left", mark("Move the selected nodes to the left")),
    _carry("right", mark("Move the selected nodes to the right")),
    Action("fit", "Fit the selection", "View", lambda w: w.editor.fit_selection(), ("F",), no_graph, on_canvas=True),
    Action("fit-all", "Fit all", "View", lambda w: w.canvas.fit(), ("Home",), no_graph, on_canvas=True),
    Action("zoom-in", "Zoom in", "View", lambda w: w.canvas.zoom_by(1.2), ("Ctrl++", "Ctrl+="), no_graph),
    Action("zoom-out", "Zoom out", "View", lambda w: w.canvas.zoom_by(1 / 1.2), ("Ctrl+-",), no_graph),
    Action("zoom-one", "Actual size", "View", lambda w: w.canvas.zoom_to(1.0), ("Ctrl+0",), no_graph),
    _panel("palette", mark("Palette"), "Ctrl+1", first=True),
    _panel("inspector", mark("Inspector"), "Ctrl+2"),
    _panel("tabs", mark("Tabs below"), "Ctrl+3"),
    _panel("minimap", mark("Minimap"), "Ctrl+4"),
    Action("next-panel", "Next panel", "View", lambda w: w.next_panel(), ("F6",), no_graph),
    Action(
        "previous-panel", "Previous panel", "View", lambda w: w.next_panel(-1), ("Shift+F6",), no_graph,
    ),
    Action("show-training", "Training", "View", lambda w: w.editor.show_tab(0), ("Alt+1",), no_graph, first=True),
    Action("show-problems", "Problems", "View", lambda w: w.editor.show_tab(1), ("Alt+2",), no_graph),
    Action("show-summary", "Summary", "View", lambda w: w.editor.show_tab(2), ("Alt+3",), no_graph),
    Action("show-code", "Code", "View", lambda w: w.editor.show_tab(3), ("Alt+4",), no_graph),
    Action("show-runs", "Runs", "View", lambda w: w.editor.show_tab(4), ("Alt+5",), no_graph),
    Action("show-results", "Results", "View", lambda w: w.editor.show_tab(5), ("Alt+6",), no_graph),
    Action(
        "charts", "Charts", "View", lambda w: None, (), no_curves, first=True,
        choices=lambda w: w.editor.training.chart_choices(),
    ),
    Action(
        "smoothing", "Smoothing", "View", lambda w: None, (), no_curves,
        choices=lambda w: w.editor.training.smoothing_choices(),
    ),
    _flow("right", mark("Flow from left to right"), first=True),
    _flow("down", mark("Flow from top to bottom")),
    _heat("none", mark("No heat"), ""),
    _heat("parameters", mark("Heat: parameters"), "parameters"),
    _heat("work", mark("Heat: multiply-adds"), "multiply-adds"),
    _heat("memory", mark("Heat: memory"), "memory"),
    _heat("gradient", mark("Heat: gradient"), "gradient"),
    _heat("dead", mark("Heat: dead units"), "dead"),
    _heat("not-finite", mark("Heat: not finite"), "not-finite"),
    Action(
        "heat-next", "Next heat", "View", lambda w: w.editor.heating.next(), ("H",), no_nodes, on_canvas=True,
        under=mark("Heat"), first=True,
    ),
    Action(
        "stages", "Stages and sizes when zoomed out", "View",
        lambda w: w.editor.heating.show_stages(not w.canvas.scene.staged), ("Shift+H",), no_nodes, on_canvas=True,
        is_on=lambda w: w.shows_editor and w.canvas.scene.staged,
    ),
    _theme("dark", mark("Dark theme"), first=True),
    _theme("light", mark("Light theme")),
    _theme("system", mark("Theme of the system")),
    _text("larger", mark("Larger text"), lambda now: now.scale_after(1), ("Ctrl+Alt++", "Ctrl+Alt+="), largest_text),
    _text("smaller", mark("Smaller text"), lambda now: now.scale_after(-1), ("Ctrl+Alt+-",), smallest_text),
    _text("usual", mark("Text of the usual size"), lambda now: 100, ("Ctrl+Alt+0",), usual_text),
    Action(
        "lens", "Pin a lens", "View", lambda w: w.editor.lenses.toggle(), ("P",), no_end, on_canvas=True, first=True,
        now=_lens_now,
    ),
    Action(
        "lens-part", "Next part of the lens", "View", lambda w: w.editor.lenses.next_part(), ("Shift+P",), no_lens,
        on_canvas=True,
    ),
    Action("lens-none", "Take all lenses away", "View", lambda w: w.session.pins.clear(), (), no_lenses),
    Action(
        "step", "Follow one sample, a step on", "Run", lambda w: w.editor.lenses.step(1), ("F10",), no_walk, first=True,
        now=_step_now,
    ),
    Action("step-back", "A step back", "Run", lambda w: w.editor.lenses.step(-1), ("F9",), no_step),
    Action(
        "step-turn", "To the gradient's way back", "Run", lambda w: w.session.pins.walk.turn(), ("F8",), no_step,
        now=_turn_now,
    ),
    Action(
        "step-play", "Step on by itself", "Run", lambda w: w.session.pins.walk.play(not w.session.pins.walk.plays),
        ("Shift+F10",), no_step, is_on=lambda w: w.session.pins.walk.plays,
    ),
    Action("step-end", "End following", "Run", lambda w: w.session.pins.walk.end(), (), no_step),
    Action(
        "pan", "Hold and drag to move the view", "View", lambda w: w.tell_held("pan"), ("Space",), no_graph,
        on_canvas=True, quiet=True, held=mouse.PAN,
    ),
    Action(
        "cut-strokes", "Hold and drag to cut wires", "Edit", lambda w: w.tell_held("cut-strokes"), (), no_graph,
        on_canvas=True, quiet=True, held=mouse.CUT,
    ),
    Action("add", "Add an operator…", "Graph", lambda w: w.editor.search(), ("Ctrl+Space",), no_graph),
    Action("insert", "Insert an operator…", "Graph", lambda w: w.canvas.search_for_wire(), (), no_wire),
    Action(
        "connect", "Connect to…", "Graph", lambda w: w.canvas.connect_to(), ("K",), no_end, on_canvas=True,
    ),
    Action(
        "replace", "Replace with…", "Graph", lambda w: w.canvas.replace_selection(), ("R",), no_single,
        on_canvas=True,
    ),
    Action("rename", "Rename the selected node", "Graph", lambda w: w.editor.rename(), ("F2",), no_single),
    Action(
        "mute", "Mute", "Graph", lambda w: w.canvas.mute_selection(), ("M",), no_mute, on_canvas=True, now=_mute_now,
    ),
    Action("enter", "Open the module", "Graph", lambda w: w.editor.enter(), ("Alt+Down",), no_module, first=True),
    Action("leave", "Leave the module", "Graph", lambda w: w.session.leave_module(), ("Alt+Up",), not_inside),
    Action("inside", "Look inside", "Graph", lambda w: w.canvas.look_inside(), ("I",), no_module, on_canvas=True),
    Action(
        "group", "Group into a module", "Graph", lambda w: w.canvas.group_selection(), ("Ctrl+G",), no_nodes_chosen,
        first=True,
    ),
    Action("ungroup", "Unpack the module", "Graph", lambda w: w.canvas.unpack_selection(), ("Ctrl+Shift+G",), no_uses),
    Action("unique", "Make the module unique", "Graph", lambda w: w.canvas.make_unique(), ("Ctrl+U",), no_uses),
    Action("repeat", "Repeat…", "Graph", lambda w: w.canvas.ask_repeat(), ("Ctrl+R",), no_repeat),
    Action(
        "rename-module", "Rename the module…", "Graph", lambda w: w.canvas.rename_module(), ("Shift+F2",), no_module,
    ),
    Action("keep-module", "Keep in my library", "Graph", lambda w: w.keep_module(), (), no_module),
    Action(
        "frame", "Frame the selection", "Graph", lambda w: w.canvas.frame_selection(), ("C",), no_nodes_chosen,
        on_canvas=True, first=True,
    ),
    Action("frame-title", "Title of the frame…", "Graph", lambda w: w.canvas.ask_frame_title(), (), no_frame),
    Action("frame-colour", "Next colour of the frame", "Graph", lambda w: w.canvas.recolour_frame(), (), no_frame),
    Action(
        "fix", "Do what is offered at the node", "Graph", lambda w: w.canvas.take_fix(), ("Alt+Return",), no_fix,
        now=_fix_now, first=True,
    ),
    Action("tidy", "Tidy", "Graph", lambda w: w.canvas.tidy(), ("L",), no_graph, on_canvas=True),
    Action("graph", "Data, objective and run", "Graph", lambda w: w.editor.show_graph(), ("Ctrl+I",), no_graph),
    Action(
        "add-here", "Add an operator where the pointer is…", "Graph", lambda w: w.canvas.search_here(), ("Tab",),
        no_graph, on_canvas=True, quiet=True,
    ),
    Action(
        "activate", "Do what a double click on the node does", "Graph", lambda w: w.canvas.activate(),
        ("Return", "Enter"), no_single, on_canvas=True, quiet=True,
    ),
    Action("train", "Train", "Run", lambda w: w.train(), ("Ctrl+Return", "Ctrl+Enter"), no_training,
        help=lambda w: w.session.training.obstacle(),
    ),
    Action(
        "pause", "Pause", "Run", lambda w: w.session.training.pause(),
        ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), no_pause, now=_pause_now,
    ),
    Action(
        "train-after", "Train when the run has ended", "Run", lambda w: w.session.training.start("after"), (), no_after,
    ),
    Action(
        "train-beside", "Train beside the run", "Run", lambda w: w.session.training.start("beside"), (), no_beside,
    ),
    Action("clear-queue", "Forget what waits to be trained", "Run", lambda w: w.session.training.queue.clear(), (),
        no_queue,
    ),
    Action("stop", "Stop", "Run", lambda w: w.session.training.stop(), ("Ctrl+.",), no_stop),
    Action(
        "profile", "Measure each node's time", "Run", lambda w: w.profile(), ("Ctrl+Shift+T",), no_trial, first=True,
    ),
    Action("find-lr", "Find a learning rate", "Run", lambda w: w.find_rate(), (), no_trial),
    Action(
        "duration", "Measure what an epoch takes", "Run", lambda w: w.session.trials.start("duration"), (), no_trial,
    ),
    Action("overfit", "Learn one batch by heart", "Run", lambda w: w.session.trials.start("overfit"), (), no_trial),
    Action("device", "Device", "Run", lambda w: None, choices=_devices, why_not=no_graph, first=True),
    Action("begin", "Begin the next run from", "Run", lambda w: None, choices=_beginnings, why_not=no_graph),
    Action("weights", "Take the weights of", "Run", lambda w: None, choices=_weights, why_not=no_graph),
    Action("engine", "Start the engine again", "Run", lambda w: w.session.engine.restart(), (), no_restart, first=True),
    Action("next-window", "Next window", "Window", lambda w: w.windows.next(w), ("Ctrl+F6",)),
    Action("close-window", "Close the window", "Window", lambda w: w.close(), ("Ctrl+W",)),
    Action("commands", "Commands…", "Help", lambda w: w.commands(), ("Ctrl+P",)),
    Action("lessons", "Lessons", "Help", lambda w: None, choices=_tours("Lessons"), first=True),
    Action("tours-began", "Tours: where it began", "Help", lambda w: None, choices=_tours(GROUPS[0])),
    Action("tours-vision", "Tours: vision", "Help", lambda w: None, choices=_tours(GROUPS[1])),
    Action("tours-language", "Tours: sequences and language", "Help", lambda w: None, choices=_tours(GROUPS[2])),
    Action("tours-several", "Tours: several networks", "Help", lambda w: None, choices=_tours(GROUPS[3])),
    Action("about", "About grapheditor", "Help", lambda w: w.about(), first=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submenu:
    """Actions that stand together behind one title."""

    title: str
    actions: tuple[str, ...]


Group = tuple[str | Submenu, ...]
CONTEXT: dict[str, tuple[Group, ...]] = {
    "node": (
        ("fix",),
        ("enter", "inside", "lens", "rename", "replace", "mute", "connect"),
        (
            Submenu(mark("Module"), ("group", "ungroup", "unique", "repeat", "rename-module", "keep-module")),
            Submenu(mark("Select and arrange"), ("select-upstream", "select-downstream", "frame", "tidy", "fit")),
        ),
        ("cut", "copy", "duplicate"),
        ("delete", "dissolve"),
    ),
    "wire": (("insert", "connect", "lens"), ("delete",)),
    "canvas": (("add", "paste"), ("leave",), ("find", "select-all"), ("fit-all", "tidy"), ("graph",)),
    "frame": (("frame-title", "frame-colour"), ("delete",)),
}
"""What a click with the right button offers on a node, a wire, the empty canvas, a frame's title: groups of actions, of
which those are shown that can be done."""
MENUS = ("File", "Edit", "View", "Graph", "Run", "Window", "Help")
