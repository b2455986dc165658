"""Paths of nodes, by which ties and the recipe name weights: they follow what is renamed, grouped or unpacked."""

from __future__ import annotations

from collections.abc import Callable

from grapheditor.edit.change import Draft
from grapheditor.graph import Graph, Tie


def move_paths(graph: Graph, draft: Draft, moved: Callable[[str], str], takes_data: str | None = None) -> None:
    """Let ties and the recipe follow: moved gives the path that a path has now. takes_data: see Recipe.renamed."""
    whole = draft.within("")
    after = {moved(path): Tie(moved(tie.source)) for path, tie in graph.ties.items()}
    for path in {**graph.ties, **after}:
        whole.put(f"ties.{path}", after.get(path))
    whole.put("recipe", graph.recipe.renamed(moved, takes_data))
