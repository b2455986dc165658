"""What a step gives back is kept for the next, where memory is ample."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

STEPS = """
    import json, resource, sys
    from dataclasses import replace
    from grapheditor.catalog import catalog
    from grapheditor.training import setup as setups
    from grapheditor.training.setup import make_setup

    if sys.argv[1] == "scarce":
        setups.available = lambda place: 2 * 10**8
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, batch=800))
    setup = make_setup(graph, "cpu")
    learner = setup.learners[0]

    def faults():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for start in range(0, 8000, 800):
            _, batch = setup.batch(setup.learn[start : start + 800], 1)
            learner.backward(setup.measure(batch, "loss")["loss"])
            learner.update()
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    faults()
    print(json.dumps(faults() / 10))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep its memory")
def test_pages_are_touched_once_where_memory_is_ample_and_given_back_where_it_is_scarce() -> None:
    """The images of a batch after the first convolution take 59 MB, which are 14,400 pages."""

    def pages(memory: str) -> float:
        code = "\n".join(line[4:] for line in STEPS.splitlines())
        done = subprocess.run([sys.executable, "-c", code, memory], capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout))

    assert pages("ample") < 2000
    assert pages("scarce") > 10_000
