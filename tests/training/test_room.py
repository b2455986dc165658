"""Memory and disk that run out: what is said, and what is left."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from small import Trained, small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.training import room
from grapheditor.training.errors import TrainingError
from grapheditor.training.memory import measure

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process, and what it takes, as Linux has them")


def child(code: str, *arguments: object) -> dict:
    """Run Python in a process of its own, in which limits may be set; return what it prints."""
    head = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 640 bytes."), 640),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has"), 5 * 2**29),
        (MemoryError("Unable to allocate 3.00 MiB for an array with shape (3, 1024) and data type int64"), 3 * 2**20),
        (MemoryError(), None),
        (RuntimeError("std::bad_alloc"), None),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_read(error: Exception, asked: int | None) -> None:
    assert room.is_shortage(error)
    assert room.bytes_asked(error) == asked
    assert not room.is_shortage(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_the_batch_that_fits_is_the_largest_power_of_two_that_does() -> None:
    program = compile_graph(small_graph())
    for size in (64, 16, 2):
        needs = measure(program, size).training
        capacity = int(needs / room.MARGIN) + 1
        assert room.batch_that_fits(program, capacity, 100, "float32") == size
        assert measure(program, 2 * size).training > room.MARGIN * capacity
    assert room.batch_that_fits(program, 1000, 100, "float32") is None
    assert room.batch_that_fits(program, 2**40, 100, "float32") == 64


def test_a_warning_names_what_is_needed_and_what_fits() -> None:
    program = compile_graph(small_graph())
    needs = measure(program, 100).training
    assert room.foretell(program, needs) == needs
    assert room.foretell(program, 1000 * needs) is None
    assert room.foretell(program, None) is None
    assert room.warning(program, needs, needs) is None
    assert room.warning(program, None, needs) is None
    assert room.warning(program, needs, None) is None
    text = room.warning(program, needs, needs - 1)
    assert text is not None
    assert text.startswith("A batch of 100 takes about ")
    assert "a batch of 64 fits (with accumulate=2 " in text


@LINUX
def test_out_of_memory_names_the_node_the_bytes_and_a_batch_that_fits(tmp_path: Path) -> None:
    """400 MB are left of the address space; the images of one batch in float32 take 160, and so does what comes next."""
    code = """
        import json, re, resource, torch
        from dataclasses import replace
        from pathlib import Path
        from grapheditor.catalog import catalog
        from grapheditor.training import room
        from grapheditor.training.errors import TrainingError
        from grapheditor.training.loop import train

        torch.set_num_threads(1)
        graph = catalog().new("mnist-convnet")
        def run(batch, name):
            graph.put("recipe", replace(graph.recipe, batch=batch, epochs=1, epoch_batches=2, validation=0.0))
            said = []
            try:
                train(graph, Path(sys.argv[1]), name, send=said.append, stopped=lambda: False)
            except TrainingError as error:
                return error.message, error.node, said[0].notes
            return "trained", None, said[0].notes
        run(16, "warm")
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (pages + 400 * 2**20, hard))
        text, node, notes = run(10_000, "large")
        fits = int(re.search(r"batch of ([\\d,]+) fits", text)[1].replace(",", ""))
        print(json.dumps([text, node, notes, fits, run(fits, "fits")[0]]))
    """
    text, node, notes, fits, then = child(code, tmp_path)
    assert "for a batch of 10,000; a batch of " in text
    assert "MB more" in text
    assert node in {"conv1", "relu1", "pool1", "conv2", "normalize", "relu2"}
    assert 64 <= fits < 10_000
    assert "A batch of 10,000 takes about " in notes[0]
    assert then == "trained"


@LINUX
def test_out_of_memory_on_the_way_back_names_the_node_the_bytes_and_a_batch_that_fits(tmp_path: Path) -> None:
    """A value of a layer takes 160 MB. On the way forward there are up to three of them, on the second relu's way back
    there are four; 530 MiB are left of the address space.
    """
    code = """
        import json, re, resource, torch
        import numpy as np
        from pathlib import Path
        from grapheditor.graph import Graph, Node, Objective, Output, Recipe
        from grapheditor.training import setup
        from grapheditor.training.errors import TrainingError
        from grapheditor.training.learner import Learner
        from grapheditor.training.loop import train

        torch.set_num_threads(1)
        folder, rows, width = Path(sys.argv[1]), 80_000, 500
        np.savez(folder / "rows.npz", train_x=np.zeros((rows, 8), "float32"), train_y=np.zeros(rows, "int64"))
        def graph(batch):
            made, before = Graph(), "x"
            made.put("nodes.x", Node("x", "input", {"shape": ("N", 8)}))
            made.put("nodes.y", Node("y", "input", {"shape": ("N",), "dtype": "int64"}))
            for i in (1, 2):
                made.put(f"nodes.linear{i}", Node(f"linear{i}", "linear", {"out_features": width}))
                made.put(f"nodes.relu{i}", Node(f"relu{i}", "relu"))
                made.put(f"wires.linear{i}.x", Output(before))
                made.put(f"wires.relu{i}.x", Output(f"linear{i}"))
                before = f"relu{i}"
            made.put("nodes.scores", Node("scores", "linear", {"out_features": 3}))
            made.put("nodes.loss", Node("loss", "cross_entropy"))
            made.put("wires.scores.x", Output("relu2"))
            made.put("wires.loss.x", Output("scores"))
            made.put("wires.loss.target", Output("y"))
            made.put("recipe", Recipe(
                data="numpy", source={"file": str(folder / "rows.npz")}, batch=batch, epochs=1, epoch_batches=1,
                objectives=(Objective("loss", optimizer="SGD", settings={"lr": 0.1}),), validation=0.0))
            return made
        came = []
        backward = Learner.backward
        Learner.backward = lambda self, loss: came.append(bool(loss.isfinite())) or backward(self, loss)
        def run(batch):
            try:
                train(graph(batch), folder, "run", send=lambda _: None, stopped=lambda: False)
            except TrainingError as error:
                return error.message, error.node
            return "trained", None
        keep, setup.keep_memory = setup.keep_memory, lambda: None  # what needs little keeps what it was given
        run(16)
        setup.keep_memory = keep
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (pages + 530 * 2**20, hard))
        came.clear()
        text, node = run(rows)
        ways = len(came)
        fits = int(re.search(r"batch of ([\\d,]+) fits", text)[1].replace(",", ""))
        print(json.dumps([text, node, ways, fits, run(fits)[0]]))
    """
    text, node, ways, fits, then = child(code, tmp_path)
    assert "At step 1: There is not enough memory for 160 MB more for a batch of 80,000; a batch of " in text
    assert node == "relu2"
    assert ways == 2, "forward did, back did not, and both once more"
    assert 8192 <= fits < 80_000
    assert then == "trained"


def test_what_the_optimizer_cannot_keep_is_named_too(tmp_path: Path, monkeypatch) -> None:
    """Adam keeps two tensors of each weight; the allocator refuses the second layer's."""
    made, calls = torch.zeros_like, []

    def refuses(tensor: torch.Tensor, **given) -> torch.Tensor:
        calls.append(tensor.shape)
        if len(calls) == 6:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1024 bytes.")
        return made(tensor, **given)

    monkeypatch.setattr(torch, "zeros_like", refuses)
    graph = with_objective(small_graph(), optimizer="Adam", settings={"lr": 1e-3})
    with pytest.raises(TrainingError, match=r"1\.02 kB more for a batch of 100") as caught:
        Trained(graph, tmp_path)
    assert caught.value.node == "linear2"


@LINUX
def test_a_full_disk_ends_the_run_in_words_and_it_goes_on_from_the_last_good_checkpoint(tmp_path: Path) -> None:
    """After the first epoch no file may be longer than 32 kB; the weights take more."""
    code = """
        import json, resource, signal
        from pathlib import Path
        from small import small_graph
        from grapheditor.engine.messages import Epoch
        from grapheditor.runs.record import read_record
        from grapheditor.training.checkpoint import find_checkpoint
        from grapheditor.training.errors import TrainError
        from grapheditor.training.loop import resume, train
        from grapheditor.training.run import load_weights

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        def fill(message):
            if isinstance(message, Epoch) and message.epoch == 1:
                resource.setrlimit(resource.RLIMIT_FSIZE, (2**15, hard))
        folder = Path(sys.argv[1])
        train(small_graph(epochs=3), folder, "whole", send=lambda _: None, stopped=lambda: False)
        try:
            train(small_graph(epochs=3), folder, "full", send=fill, stopped=lambda: False)
            said = None
        except TrainError as error:
            said = error.message
        run = folder / "full-001"
        state, step = read_record(run).state, find_checkpoint(run / "checkpoints").step
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        resume(run, send=lambda _: None, stopped=lambda: False)
        first, second = (load_weights(folder / name, "last") for name in ("whole-001", "full-001"))
        same = all(bool((first[name] == second[name]).all()) for name in first)
        print(json.dumps([said, state, step, same]))
    """
    said, state, step, same = child(code, tmp_path)
    assert "cannot be written: File too large" in said
    assert state == "failed"
    assert step >= 90
    assert same
