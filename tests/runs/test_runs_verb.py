"""The verb ``runs``, as it is typed: what it prints, its exit codes, and runs that live meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made import make_run

from grapheditor.cli import FILES, FINE, STOPPED, TRAINING, USAGE, main
from grapheditor.runs.lease import look
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Error, Parent, Progress, read_record, update_record

LOOP = """
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import update_record
writer = Writer(folder, interval=0)
server = Server(folder)
print("ready", flush=True)
step, epoch, shown = 0, 0, "running"
while server.wanted != "stop":
    if server.wanted == "pause":
        if shown != "paused":
            update_record(folder, state="paused")
            print("paused", flush=True)
        shown = "paused"
        lease.beat(step)
        server.serve_pending(1.0)
        continue
    if shown == "paused":
        update_record(folder, state="running")
        print("running", flush=True)
        shown = "running"
    if step < 2000:
        writer.steps(step, {"loss": [1 / (step + 1)]})
        step += 1
        if step % 1000 == 0:
            epoch += 1
            writer.epoch(epoch, step, {"train_loss": 1 / epoch})
    else:
        server.serve_pending(0.05)
    lease.beat(step)
    server.serve_pending()
writer.close()
update_record(folder, state="stopped")
server.close()
lease.release()
"""


@pytest.fixture
def living(run, other):
    """Return a process that makes the run."""
    process = other(run, LOOP)
    assert [process.line(), process.line()] == ["taken", "ready"]
    return process


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Return a folder with some runs that ended, which is where one is."""
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "runs"
    full = make_run(
        runs,
        state="finished",
        name="the good one",
        started="2026-01-02T03:04:05+00:00",
        ended="2026-01-02T04:05:06+00:00",
        device="cpu",
        progress=Progress(2, 2, 180, 180),
        result={"metrics": {"train_loss": 0.25, "test_accuracy": 0.98}},
        parent=Parent("runs/digits-000", "resumed", 90),
        environment={"versions": {"torch": "2.9"}},
    )
    with Writer(full) as writer:
        writer.steps(0, {"loss": [1.0, 0.5]})
        writer.epoch(1, 90, {"train_loss": 0.125, "validation_accuracy": 0.75})
        writer.epoch(2, 180, {"train_loss": 0.25, "validation_accuracy": 0.5})
    make_run(runs, state="failed", error=Error("The loss became infinite.", "loss1"))
    return runs


def call(capsys, *words):
    code = main(["runs", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_table_of_what_there_is(ended, capsys):
    broken = ended / "net-001"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    code, out, _ = call(capsys)
    assert code == FINE
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["run", "state", "name", "started", "took", "epochs", "last"]
    assert lines[1][:2] == ["digits-001", "finished"]
    assert "1:01:01" in lines[1] and "2/2" in lines[1]
    assert out.splitlines()[1].endswith("train_loss 0.25, test_accuracy 0.98")
    assert lines[2][:2] == ["digits-002", "failed"]
    assert lines[3][:2] == ["net-001", "damaged"]
    code, out, _ = call(capsys, ended, "--json")
    listed = json.loads(out)
    assert [item["state"] for item in listed] == ["finished", "failed", None]
    assert listed[0]["record"]["name"] == "the good one"
    assert "run.json: is damaged" in listed[2]["problem"]


def test_all_of_one_run(ended, capsys):
    for words in (["1"], ["show", "the good one"], [ended / "digits-001"], ["digits-001", "--in", ended]):
        code, out, _ = call(capsys, *words)
        assert code == FINE
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for expected in (
        "state finished",
        "took 1:01:01",
        "epochs 2 of 2",
        "goes back to runs/digits-000, step 90 (resumed)",
        "versions torch 2.9",
        "loss 0.5",
        "train_loss 0.25 best 0.125 at step 90",
        "validation_accuracy 0.5 best 0.75 at step 90",
    ):
        assert expected in lines
    code, out, _ = call(capsys, "2", "--json")
    found = json.loads(out)
    assert found["record"]["error"] == {"message": "The loss became infinite.", "node": "loss1", "remedy": {}}
    assert found["state"] == "failed"
    assert "loss1: The loss became infinite." in call(capsys, "2")[1]


def test_damaged_lines_are_told(ended, capsys):
    with (ended / "digits-001" / "metrics.jsonl").open("ab") as file:
        file.write(b"x\n")
    assert "damaged lines of metrics, left out: 4" in call(capsys, "1")[2]
    assert json.loads(call(capsys, "1", "--json")[1])["damaged_lines"] == [4]


def test_star_name_and_delete(ended, capsys):
    run = ended / "digits-002"
    assert call(capsys, "star", "2")[1] == "digits-002 has a star.\n"
    assert read_record(run).star
    assert "digits-002 * " in call(capsys)[1]
    assert call(capsys, "star", "2")[1] == "digits-002 has no star any more.\n"
    assert call(capsys, "name", "2", "too", "fast")[0] == FINE
    assert read_record(run).name == "too fast"
    (run / "notes.txt").write_text("")
    _, out, _ = call(capsys, "delete", "too fast", "--json")
    assert json.loads(out)["left"] == [str(Path("runs/digits-002/notes.txt"))]
    assert call(capsys, "delete", "1")[1] == f"{Path('runs/digits-001')} deleted.\n"
    assert not (ended / "digits-001").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing"], FILES, "There is no run nothing in runs or the working directory"),
        (["stop"], USAGE, "Say which run"),
        (["stop", "1"], FILES, "does not run: it has finished"),
        (["fly", "1"], USAGE, "fly is nothing that can be done with a run"),
        (["star", "1", "2"], USAGE, "one run at a time"),
        (["--in", "nowhere"], FILES, "there is no such folder"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(ended, capsys, words, code, said):
    found, out, err = call(capsys, *words)
    assert (found, out) == (code, "")
    assert said in err
    found, out, err = call(capsys, *words, "--json")
    assert (found, err) == (code, "")
    assert said in json.loads(out)["error"]["message"]


def test_pause_continue_and_stop(run, living, capsys):
    assert call(capsys, "pause", run)[0] == FINE
    assert living.line() == "paused"
    assert "paused" in call(capsys, run)[1]
    assert f"made by       process {living.process.pid} on this machine" in call(capsys, run)[1]
    assert call(capsys, "continue", run)[0] == FINE
    assert living.line() == "running"
    code, _, err = call(capsys, "delete", run)
    assert code == FILES
    assert "Stop it there first" in err
    code, out, _ = call(capsys, "stop", run)
    assert (code, out) == (FINE, "digits-001: stopped.\n")
    living.process.wait(60)  # its last beat comes behind its last word
    assert look(run).beat.step > 0


def watch(run, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "grapheditor", "runs", "watch", str(run), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_watching_ends_with_the_run(run, living):
    with watch(run) as process:
        assert process.stderr.readline() == "epoch 1  train_loss 1\n"
        assert process.stderr.readline() == "epoch 2  train_loss 0.5\n"
        main(["runs", "stop", str(run)])
        out, err = process.communicate(timeout=60)
    assert process.returncode == STOPPED
    assert "state         stopped" in out
    assert err == ""


def test_watching_a_run_that_dies_says_so(run, living):
    with watch(run, "--json") as process:
        living.kill()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (TRAINING, "")
    assert json.loads(out)["state"] == "died"


def test_the_bar_has_rate_and_time_left(run):
    from grapheditor.runs.reader import Reader
    from grapheditor.runs.verbs import _bar

    update_record(run, progress=Progress(0, 4, 0, 1000))
    with Writer(run) as writer:
        writer.steps(0, {"loss": [0.5]})
    reader = Reader(run)
    reader.read()
    bar = _bar(run, reader, [(10.0, 200), (20.0, 500)])
    assert bar == "█" * 10 + "░" * 10 + "  step 500 of 1,000  loss 0.5  30.0 steps/s  0:16 left"
    assert "left" not in _bar(run, reader, [(10.0, 200)])
