"""The figures of what is watched while a network learns, printed: ``python benchmarks/live.py [PART ...]``.

first    from the click on the start page to a falling curve of the digits network (wall, under 10 s)
control  steps that are made after a pause took effect (at most 1); how long a stop takes, checkpoint included (at most 2 s)
failures SIGSEGV, SIGABRT, SIGKILL, a deadlock and a full disk, ten times each, injected into a real run of a real window:
         whether it says the right words, how soon (at most 2 s), the longest stall (at most 50 ms), processes left (none)
curves   processor's time of the window's thread for a repaint of a chart of ten runs with 100,000 points each, after each
         of them has told something new: thinning, shaping, painting and axes (at most 16 ms); as they are, smoothed, as a
         mean with its deviation, and while the cursor moves; and from the choice of a run of a million steps, whose
         folder has loss, learning rate and norm of the gradients of each, until its curve is painted (wall, at most 1 s)

Off the screen unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

import failures
import plots
from parts import run_parts

PARTS: dict[str, Callable[[], None]] = {
    "first": failures.first_curve,
    "control": failures.control,
    "failures": failures.run,
    "curves": plots.curves,
}


if __name__ == "__main__":
    run_parts(__doc__, PARTS)
