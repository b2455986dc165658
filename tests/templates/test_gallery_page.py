"""The page of the gallery says of every template what the program does; ``python scripts/gallery.py`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from figures import BROKEN, FIGURES

from grapheditor.catalog import catalog

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
COUNTS = {known.template: known.parameters for known in FIGURES if not known.options}


@pytest.mark.parametrize("template", catalog().templates.values(), ids=lambda item: item.id)
def test_a_template_stands_on_it_with_its_picture_paper_and_numbers(template):
    assert f"### {template.title}\n" in PAGE
    assert f"gallery/{template.id}.png" in PAGE
    assert (DOCS / "gallery" / f"{template.id}.png").exists()
    assert all(line in PAGE for line in template.doc.strip().split("\n"))
    assert template.paper in PAGE
    if template.id not in BROKEN:
        assert f"`{template.id}` · {COUNTS[template.id]:,} parameters" in PAGE


def test_what_was_learned_kept_its_bounds():
    learned = DOCS / "learned.json"
    for name, rows in json.loads(learned.read_text(encoding="utf-8")).items() if learned.exists() else ():
        assert rows, name
        for row in rows:
            told = " ".join([*row["options"], *row["training"]])
            assert f"learned from {row['data']}, seed {row['seed']}{f' (`{told}`)' if told else ''}: " in PAGE, name
        for figures in (row["figures"] for row in rows):
            for found in figures.values():
                before, after, bound = (found[key] for key in ("before", "after", "bound"))
                assert after >= bound if bound > before else after <= bound, name
