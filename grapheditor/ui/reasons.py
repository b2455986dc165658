"""Why an action cannot be done now, in words; None where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grapheditor.edit import modules
from grapheditor.ui.telling import SEEKS, sentence
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.window import Window


def no_curves(window: Window) -> str | None:
    """Say why no curves can be shown or written."""
    if no_graph(window) is None and window.shows_editor and window.editor.training.has_curves:
        return None
    return no_graph(window) or tr("There are no curves yet: train, or check a run in the Runs tab.")


def no_graph(window: Window) -> str | None:
    """Nothing is open."""
    return None if window.session.document else tr("There is no graph open.")


def no_file(window: Window) -> str | None:
    """The graph has no file yet."""
    return None if window.session.path else tr("The graph was never saved.")


def no_selection(window: Window) -> str | None:
    """Neither nodes nor wires are selected."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.canvas.selection or window.canvas.selected_wires else tr("Nothing is selected.")


def no_undo(window: Window) -> str | None:
    """No step is left to take back."""
    document = window.session.document
    return None if document and document.can_undo else tr("There is nothing to undo.")


def no_redo(window: Window) -> str | None:
    """No step was taken back."""
    document = window.session.document
    return None if document and document.can_redo else tr("There is nothing to redo.")


def no_wire(window: Window) -> str | None:
    """Not one wire alone is selected."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if len(window.canvas.selected_wires) == 1 else tr("Select one wire first.")


def no_end(window: Window) -> str | None:
    """Nothing is chosen from which a wire could be drawn, or that could be moved."""
    if not window.session.document:
        return tr("There is no graph open.")
    nodes, wires = len(window.canvas.selection), len(window.canvas.selected_wires)
    return None if nodes == 1 or (wires == 1 and not nodes) else tr("Select one node, or one wire, first.")


def no_lens(window: Window) -> str | None:
    """No lens is pinned at what is selected."""
    why = no_end(window)
    what = window.editor.lenses.selected() if why is None else None
    return why or (None if what is not None and window.session.pins.find(what) else tr("Pin a lens at it first."))


def no_lenses(window: Window) -> str | None:
    """No lens is pinned."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.session.pins.all else tr("No lens is pinned.")


def no_walk(window: Window) -> str | None:
    """There is nothing that a sample could go through."""
    return no_graph(window) or (None if window.session.body.nodes else tr("The graph is empty."))


def no_step(window: Window) -> str | None:
    """Nobody follows a sample."""
    if not window.session.document:
        return tr("There is no graph open.")
    if window.session.pins.walk.on:
        return None
    key = window.keymap.hint("step")
    return tr("Follow one sample first ({key}).", key=key) if key else tr("Follow one sample first.")


def no_training(window: Window) -> str | None:
    """The graph cannot be trained as it is."""
    return window.session.training.why_not()


def no_after(window: Window) -> str | None:
    """There is no run whose end could be waited for, or the graph cannot be trained as it is."""
    return window.session.training.why_not("after")


def no_beside(window: Window) -> str | None:
    """There is no run beside which another could go on, or the graph cannot be trained as it is."""
    return window.session.training.why_not("beside")


def no_queue(window: Window) -> str | None:
    """Nothing waits to be trained."""
    return None if window.session.training.queue else tr("Nothing waits to be trained.")


def no_trial(window: Window) -> str | None:
    """The graph cannot be tried out as it is."""
    return window.session.trials.why_not()


def no_stop(window: Window) -> str | None:
    """Nothing goes on that could be stopped."""
    run = window.session.training.run
    going = window.session.training.waiting or (run and run.state in ("starting", "running", "paused", "stalled"))
    return None if going else tr("No run goes on.")


def no_pause(window: Window) -> str | None:
    """No run goes on that could pause, or go on."""
    run = window.session.training.run
    if run is not None and run.state == "starting":
        return tr("The run is still starting.")
    if run is not None and run.state == "stalled":
        return tr("The run does not answer.")
    return None if run is not None and run.state in ("running", "paused") else tr("No run goes on.")


def no_recent(window: Window) -> str | None:
    """No file was opened, or none is there any more."""
    return None if window.windows.recents.files() else tr("No file was opened yet.")


def no_single(window: Window) -> str | None:
    """Not one node alone is selected."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if len(window.canvas.selection) == 1 else tr("Select one node first.")


def _operators(window: Window) -> list[str]:
    """Return what the selected nodes are; after an edit the canvas may still have to hear that one is gone."""
    nodes = window.session.body.nodes
    return [nodes[name].operator if name in nodes else "" for name in window.canvas.selection]


def no_module(window: Window) -> str | None:
    """What is selected is not one module."""
    why = no_single(window)
    if why is not None:
        return why
    return None if _operators(window)[0] in window.session.graph.modules else tr("The selected node is no module.")


def no_uses(window: Window) -> str | None:
    """Not only modules are selected."""
    why = no_nodes_chosen(window)
    if why is not None:
        return why
    known = window.session.graph.modules
    return None if all(name in known for name in _operators(window)) else tr("Select modules only.")


def no_repeat(window: Window) -> str | None:
    """What is selected cannot stand in a chain."""
    why = no_single(window)
    if why is not None:
        return why
    operator = window.session.catalog.find(window.session.body, _operators(window)[0])
    able = operator is not None and operator.role == "layer" and operator.inputs and operator.outputs
    return None if able else tr("Only a module, or one layer, stands in a chain of copies.")


def no_frame(window: Window) -> str | None:
    """No frame is selected."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.canvas.scene.frame else tr("Select a frame first, by its title.")


def no_fix(window: Window) -> str | None:
    """Nothing would help the selected node."""
    if not window.session.document:
        return tr("There is no graph open.")
    found = window.canvas.scene.offer()
    if found is not None and not found[2] and "file" not in found[1]:
        return tr(SEEKS)
    return None if found is not None else tr("Nothing is offered at the selected node.")


def not_removable(window: Window) -> str | None:
    """Nothing is selected that could be deleted."""
    return no_selection(window) if no_frame(window) else None


def not_inside(window: Window) -> str | None:
    """The graph itself is shown."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.session.place else tr("No module is open.")


def no_nodes(window: Window) -> str | None:
    """The body that is shown is empty."""
    if not window.session.document:
        return tr("There is no graph open.")
    return None if window.session.body.nodes else tr("There is nothing to draw: add operators first.")


def no_nodes_chosen(window: Window) -> str | None:
    """No nodes are selected."""
    why = no_nodes(window)
    return why or (None if window.canvas.selection else tr("Select nodes first."))


def no_mute(window: Window) -> str | None:
    """Say why the selected nodes cannot be bypassed. Of several that is said where it is tried: it takes longer."""
    why = no_nodes_chosen(window)
    if why is not None or len(window.canvas.selection) != 1 or not all(_operators(window)):
        return why
    try:
        modules.mute(window.session.scope, window.session.catalog, window.canvas.selection)
    except ValueError as error:
        return sentence(error)
    return None


def no_restart(window: Window) -> str | None:
    """The engine need not, or cannot, be started again."""
    return window.session.engine.why_not_restart()


def no_export(window: Window) -> str | None:
    """The graph is not sound, or something is being written."""
    session = window.session
    if session.document is None:
        return tr("There is no graph open.")
    if not session.graph.nodes:
        return tr("The graph is empty: add operators first.")
    if session.exports.path is not None:
        return tr("{name} is being written.", name=session.exports.path.name)
    if session.engine.why_not():
        return session.engine.why_not()
    if session.findings.analysis is None:
        return tr("The engine is still looking at the graph.")
    problem = session.findings.error
    return f"{problem['node'] or tr('The graph')}: {problem['message']}" if problem else None


def largest_text(window: Window) -> str | None:
    """The text is as large as it can be."""
    now = window.preferences
    return tr("The text is as large as it can be.") if now.scale_after(1) == now.scale else None


def smallest_text(window: Window) -> str | None:
    """The text is as small as it can be."""
    now = window.preferences
    return tr("The text is as small as it can be.") if now.scale_after(-1) == now.scale else None


def usual_text(window: Window) -> str | None:
    """The text has its usual size."""
    return tr("The text has its usual size.") if window.preferences.scale == 100 else None
