"""Frames around nodes: made, named, coloured, taken away; and how they follow what becomes of their nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from grapheditor.edit.change import Change, Draft
from grapheditor.edit.scope import Scope
from grapheditor.graph import Frame
from grapheditor.graph.names import fresh

NOWHERE: Mapping[str, Sequence[str]] = {}


def add_frame(scope: Scope, nodes: Iterable[str], title: str = "", colour: int = 0) -> tuple[Change, str]:
    """Put a frame around nodes; return the change and its name. ValueError where there are none."""
    chosen = set(nodes)
    members = tuple(name for name in scope.body.nodes if name in chosen)
    if not members:
        raise ValueError("Select the nodes that the frame goes around.")
    name = fresh("frame", scope.body.frames)
    draft = scope.draft("Frame")
    draft.put(f"frames.{name}", Frame(title, members, colour))
    return draft.change(), name


def set_frame_title(scope: Scope, frame: str, title: str) -> Change:
    """Write a title on a frame."""
    draft = scope.draft("Set title")
    draft.put(f"frames.{frame}", replace(scope.body.frames[frame], title=title.strip()))
    return draft.change()


def set_frame_colour(scope: Scope, frame: str, colour: int) -> Change:
    """Give a frame another colour, by its number."""
    draft = scope.draft("Set colour")
    draft.put(f"frames.{frame}", replace(scope.body.frames[frame], colour=colour))
    return draft.change()


def remove_frame(scope: Scope, frame: str) -> Change:
    """Take a frame away; its nodes stay."""
    draft = scope.draft("Remove frame")
    draft.put(f"frames.{frame}", None)
    return draft.change()


def follow_frames(scope: Scope, draft: Draft, became: Mapping[str, Sequence[str]] = NOWHERE) -> None:
    """Let the frames of a scope follow a draft: members that go leave them, and an empty one goes.

    became: nodes that others take the place of, in the frames, too.
    """
    for name in scope.body.frames:
        frame = draft.get(f"frames.{name}")
        if not isinstance(frame, Frame):
            continue
        named = dict.fromkeys(other for node in frame.nodes for other in became.get(node, (node,)))
        members = tuple(node for node in named if draft.get(f"nodes.{node}") is not None)
        if members != frame.nodes or not members:
            draft.put(f"frames.{name}", replace(frame, nodes=members) if members else None)


def join_frames(scope: Scope, draft: Draft, node: str, wire: Iterable[str]) -> None:
    """Let a node that a draft puts into a wire be in the frames that hold both of the wire's ends."""
    ends = set(wire)
    for name, frame in scope.body.frames.items():
        if ends.issubset(frame.nodes) and node not in frame.nodes:
            draft.put(f"frames.{name}", replace(frame, nodes=(*frame.nodes, node)))


def put_into(scope: Scope, frames: Iterable[str], nodes: Iterable[str]) -> Change:
    """Let frames go around some more nodes."""
    draft, added = scope.draft("Put into the frame"), list(nodes)
    for name in frames:
        frame = scope.body.frames[name]
        members = tuple(dict.fromkeys((*frame.nodes, *added)))
        draft.put(f"frames.{name}", replace(frame, nodes=members))
    return draft.change()


def frames_within(scope: Scope, nodes: Iterable[str]) -> dict[str, Frame]:
    """Return the frames that go around nothing but some of these nodes: they go where these go."""
    kept = set(nodes)
    return {name: frame for name, frame in scope.body.frames.items() if kept.issuperset(frame.nodes)}
