"""The figures of the editor, printed: ``python benchmarks/editor.py [PART ...]``; all parts without a word.

canvas   processor's time of full repaints of 10,000 nodes and 15,000 wires, of 1,000 nodes and of ResNet-152 flat, of one
         step of dragging, of opening; the memory that 10,000 nodes take; the first paint after the start (wall)
rivals   the same 1,000 nodes in two other Qt node editors, which RIVALS says where to find, painting in turns; pictures
         of all three are left there, and looked at:
         ``python -m pip install --no-deps --target DIR OdenGraphQt==0.7.4 qtpynodeeditor==0.3.3 qtpy typing_extensions
         packaging``
click    from the click on a template in the gallery to its shapes on the canvas, of all of them
edit     from an edit in ResNet-152 to shapes and problems painted on the canvas, and how much of that the engine takes:
         of one option, and of the image's size, which changes every shape
stall    the longest time for which the event loop does not turn while the engine analyses and exports VGG16, and then
         while the digits network trains, the first opening of the plots included; a timer of 5 ms tells. Beside it the
         processor's time of that thread meanwhile, which a busy machine does not lengthen.
layout   layout of ResNet-152 flat and of 10,000 nodes (at most 0.1 s and 1 s; no two cards overlap, all wires lead with
         the flow, both ways); crossings at 1,000 nodes against fast-sugiyama's, where that is installed (at most 1.2
         times): its places and ours, both with our routes, counted where the drawn wires cross
routes   building the geometry of 10,000 nodes, all routes anew, and a step of dragging a node among them
gestures 2,000 random gestures on a real window with ResNet-18 (mouse, wheel, keys, menus, palettes, inspector, modules,
         undo), from a seed: no exception, no message of Qt, the engine lives; picture, file, journal and engine agree with
         the document again and again; all undone, done again and undone gives the first graph. A failure tells the seed
         and the last gestures
kills    50 SIGKILLs of the real program while hands edit in it: at any moment, right behind a paint, within a save and
         within a compaction of the journal, while another program changes the file, without a file. The next start
         must show what had been painted
edits    100,000 random edits with undo and redo return to equal documents

Off the screen unless QT_QPA_PLATFORM says otherwise; ``xvfb-run -s '-screen 0 1600x1000x24'`` for a real one.
"""

from __future__ import annotations

from collections.abc import Callable

import canvases
import deaths
import gestures
import layouts
import many_edits
import waiting
from parts import run_parts

PARTS: dict[str, Callable[[], None]] = {
    "canvas": canvases.canvas,
    "rivals": canvases.rivals,
    "click": waiting.click,
    "edit": waiting.edit,
    "stall": waiting.stall,
    "layout": layouts.layout,
    "routes": layouts.routes,
    "gestures": gestures.run,
    "kills": deaths.run,
    "edits": many_edits.run,
}


if __name__ == "__main__":
    run_parts(__doc__, PARTS)
