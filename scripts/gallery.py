"""Write docs/gallery.md from the program itself: ``python scripts/gallery.py``.

For each template its picture (docs/gallery/ID.png), its paper, what was new about it, its numbers as the engine counts
them, and what ``python benchmarks/learn.py --keep`` measured last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from grapheditor.authoring import Template
from grapheditor.catalog import Catalog, catalog
from grapheditor.compile import Inference
from grapheditor.ui.app import application
from grapheditor.ui.theme import DARK
from grapheditor.ui.thumbnail import Thumbnail

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIDE = (280, 200)


def main() -> None:
    known = catalog()
    inference = Inference(known)
    learned = DOCS / "learned.json"
    figures = json.loads(learned.read_text(encoding="utf-8")) if learned.exists() else {}
    (DOCS / "gallery").mkdir(exist_ok=True)
    app = application()
    parts = [HEAD]
    for group, templates in groupby(known.templates.values(), key=lambda item: item.category):
        parts.append(f"## {group}\n")
        for template in templates:
            picture(known, template)
            parts.append(entry(known, inference, template, figures.get(template.id, [])))
    (DOCS / "gallery.md").write_text("\n".join(parts), encoding="utf-8")
    app.quit()


HEAD = """# The gallery

Every network that ships with the program, as `python scripts/gallery.py` found it: its picture drawn from the graph,
its numbers as the engine counts them (multiply-adds of convolutions and matrix products, for one sample), its paper and
what was new about it. What some of them learn was measured by `python benchmarks/learn.py --keep`, with fresh weights
and after training; where that was done with other options or another recipe than the template's own, it says so.
"""


def picture(known: Catalog, template: Template) -> None:
    """Draw a template as the gallery's card does."""
    thumbnail = Thumbnail(known, DARK)
    thumbnail.resize(*SIDE)
    thumbnail.show_graph(known.new(template.id))
    thumbnail.grab().save(str(DOCS / "gallery" / f"{template.id}.png"))


def entry(known: Catalog, inference: Inference, template: Template, learned: list[dict[str, Any]]) -> str:
    """Return what the page says of a template."""
    analysis = inference.analyse(known.new(template.id))
    work = sum(map(analysis.multiply_adds, analysis.nodes))
    title, *paragraphs = template.doc.strip().split("\n")
    lines = [f"### {template.title}", "", f'<img src="gallery/{template.id}.png" width="280" alt="">', ""]
    if template.source:
        lines += [f"*{template.source}{f': {template.paper}' if template.paper else ''}*", ""]
    lines += [title, *paragraphs, ""]
    lines.append(f"`{template.id}` · {analysis.parameters:,} parameters · {work:,} multiply-adds{at(analysis.sizes)}")
    lines += ["", *(f"- {measured(item)}" for item in learned)] if learned else []
    return "\n".join([*lines, ""])


def at(sizes: Mapping[str, int]) -> str:
    """Say what symbols stand for in a number."""
    return f" at {', '.join(f'{name} = {size}' for name, size in sizes.items())}" if sizes else ""


def measured(item: dict[str, Any]) -> str:
    """Write what one training reached."""
    figures = "; ".join(
        f"{name.removeprefix('test_').replace('_', ' ')} {found['before']:g} → **{found['after']:g}**"
        + (f" (always the same answer: {found['constant']:g})" if "constant" in found else "")
        for name, found in item["figures"].items()
    )
    said = [*item["options"], *item["training"]]
    told = f" (`{' '.join(said)}`)" if said else ""
    return f"learned from {item['data']}, seed {item['seed']}{told}: {figures}"


if __name__ == "__main__":
    main()
