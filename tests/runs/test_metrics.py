"""Metrics: written by the thousand, torn anywhere, damaged, resumed, and read as they grow."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.runs import metrics as module
from grapheditor.runs import reader as reading
from grapheditor.runs.errors import RunError
from grapheditor.runs.metrics import METRICS, WIDTH, Writer
from grapheditor.runs.reader import Reader


def read(folder) -> Reader:
    reader = Reader(folder)
    reader.read()
    return reader


def values(folder, name="loss"):
    return read(folder).steps[name].values.tolist()


def same(left, right) -> bool:
    return np.array_equal(np.float32(left), np.float32(right), equal_nan=True)


FLOATS = st.floats(width=32) | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1e-45, 3.4e38, 1.0])


@given(st.lists(st.lists(FLOATS, max_size=40), max_size=6), st.sampled_from([0.0, 1e9]))
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_to_the_last_bit_of_a_float32(tmp_path_factory, chunks, interval):
    folder = tmp_path_factory.mktemp("run")
    with Writer(folder, interval=interval) as writer:
        first = 0
        for chunk in chunks:
            writer.steps(first, {"loss": chunk, 'é [1], "x": [': chunk})
            first += len(chunk)
    everything = [value for chunk in chunks for value in chunk]
    reader = read(folder)
    assert not reader.damaged
    assert len(reader.steps) == (2 if everything else 0)
    for series in reader.steps.values():
        assert same(series.values, everything)
        assert series.steps.tolist() == list(range(1, len(everything) + 1))
    for line in (folder / METRICS).read_text("utf-8").splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_neighbours_stay_apart(tmp_path):
    numbers = np.random.default_rng(1).random(5_000, np.float32)
    numbers = np.concatenate([numbers, np.nextafter(numbers, np.float32(2))])
    with Writer(tmp_path) as writer:
        writer.steps(0, {"loss": numbers.tolist()})
    assert np.float32(values(tmp_path)).tobytes() == numbers.tobytes()


@given(st.lists(st.floats(-1e99, 1e99).filter(lambda x: x == 0 or abs(x) > 1e-99), min_size=8, max_size=50))
@settings(max_examples=300, deadline=None)
def test_reading_at_once_gives_what_reading_one_by_one_gives(numbers):
    texts = [f"{number: .8e}" for number in numbers]
    assert {len(text) for text in texts} == {WIDTH - 1}
    found = reading._numbers("".join(f"{text}," for text in texts).encode())
    assert found.tobytes() == np.array([float(text) for text in texts]).tobytes()


@pytest.mark.parametrize(
    "text",
    [
        " 1.0000000xe-01",
        "x1.00000000e-01",
        " 1x00000000e-01",
        " 1.00000000x-01",
        " 1.00000000ex01",
        " 1.00000000e-0x",
        "true, true, tru",
    ],
)
def test_what_only_looks_like_numbers_is_refused(text):
    with pytest.raises(ValueError):
        reading._numbers((" 1.00000000e+00," + text + ",").encode())


def test_steps_that_follow_are_joined_and_others_are_not(tmp_path):
    with Writer(tmp_path, interval=1e9) as writer:
        for step in range(100):
            writer.steps(step, {"loss": [step], "accuracy": [1]})
            if step % 10 == 9:
                writer.steps(step, {"learning_rate": [0.1]}, every=10)
        writer.steps(200, {"loss": [200]})
        writer.steps(200, {})
        writer.steps(201, {"loss": []})
        with pytest.raises(ValueError, match="as many values"):
            writer.steps(201, {"loss": [1], "accuracy": []})
    reader = read(tmp_path)
    assert reader.steps["loss"].steps.tolist() == [*range(1, 101), 201]
    assert reader.steps["learning_rate"].steps.tolist() == list(range(10, 101, 10))
    assert (tmp_path / METRICS).read_bytes().count(b"\n") < 30


def test_with_an_interval_of_nothing_every_step_is_there_at_once(tmp_path):
    reader = Reader(tmp_path)
    assert not reader.read()
    with Writer(tmp_path, interval=0) as writer:
        for step in range(50):
            writer.steps(step, {"loss": [step]})
            assert reader.read()
            assert reader.steps["loss"].values[-1] == step
            assert not reader.read()


def test_flush_leaves_nothing_behind(tmp_path):
    writer = Writer(tmp_path, interval=1e9)
    writer.steps(0, {"loss": [1, 2]})
    assert read(tmp_path).steps == {}
    writer.flush(sync=True)
    assert values(tmp_path) == [1, 2]
    writer.steps(2, {"loss": [3]})
    writer.epoch(1, 3, {"train_loss": 2.0})
    assert values(tmp_path) == [1, 2, 3]
    writer.close()
    writer.close()


def test_epochs_are_series_too(tmp_path):
    with Writer(tmp_path) as writer:
        for epoch in (1, 2, 3):
            writer.epoch(epoch, epoch * 90, {"train_loss": 1 / 3 / epoch, "validation_accuracy": math.nan})
        writer.epoch(3, 270, {"test_accuracy": 0.99})
    reader = read(tmp_path)
    assert reader.epochs["train_loss"].steps.tolist() == [90, 180, 270]
    assert reader.epochs["train_loss"].values.tolist() == [1 / 3, 1 / 6, 1 / 9]
    assert reader.epochs["epoch"].values.tolist() == [1, 2, 3]
    assert np.isnan(reader.epochs["validation_accuracy"].values).all()
    assert reader.epochs["test_accuracy"].steps.tolist() == [270]


def example(folder) -> bytes:
    with Writer(folder, interval=0) as writer:
        for first in range(0, 60, 20):
            writer.steps(first, {"loss": [first + i + 0.5 for i in range(20)], "b": [1.0] * 20})
        writer.epoch(1, 60, {"train_loss": 2.5})
        writer.steps(60, {"loss": [60.5]})
    return (folder / METRICS).read_bytes()


def test_torn_at_any_byte_it_reads_on_and_is_resumed(tmp_path):
    whole = example(tmp_path)
    path = tmp_path / METRICS
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    for size in range(ends[-4] - 5, len(whole) + 1):
        path.write_bytes(whole[:size])
        before = read(tmp_path)
        assert not before.damaged
        complete = sum(end <= size for end in ends)
        steps = len(before.steps["loss"])
        assert steps == {2: 40, 3: 60, 4: 60, 5: 61}.get(complete, 20)
        assert ("train_loss" in before.epochs) == (complete >= 4)
        with Writer(tmp_path, resumed=30) as writer:
            writer.steps(30, {"loss": [-1.0, -2.0]})
        for reader in (before, Reader(tmp_path)):
            reader.read()
            assert not reader.damaged
            assert reader.steps["loss"].values[-4:].tolist() == [28.5, 29.5, -1.0, -2.0] or complete < 2
            assert reader.steps["loss"].steps.tolist()[-2:] == [31, 32]
            assert len(reader.epochs.get("train_loss", ())) == 0
        assert path.read_bytes().startswith(whole[: ends[complete - 1]])


def test_a_resumed_curve_has_one_value_a_step(tmp_path):
    with Writer(tmp_path) as writer:
        writer.steps(0, {"loss": [float(i) for i in range(100)]})
        writer.steps(9, {"learning_rate": [0.1] * 10}, every=10)
        writer.epoch(1, 50, {"train_loss": 1.0})
        writer.epoch(2, 100, {"train_loss": 2.0})
    reader = read(tmp_path)
    with Writer(tmp_path, resumed=50) as writer:
        reader.read()
        assert reader.steps["loss"].steps.tolist() == list(range(1, 51))
        assert reader.steps["learning_rate"].steps.tolist() == [10, 20, 30, 40, 50]
        assert reader.epochs["train_loss"].values.tolist() == [1.0]
        writer.steps(50, {"loss": [float(i) for i in range(50, 120)]})
        writer.epoch(2, 100, {"train_loss": 2.0})
    reader.read()
    for found in (reader, read(tmp_path)):
        assert found.steps["loss"].values.tolist() == list(map(float, range(120)))
        assert found.epochs["train_loss"].values.tolist() == [1.0, 2.0]


GOOD = b'{"step": 0, "values": {"loss": [0.5, 0.25]}}\n'
LATER = b'{"step": 2, "values": {"loss": [0.125]}}\n'


@pytest.mark.parametrize(
    "line",
    [
        b"", b"17", b"null", b'{"step": ', b"\xff\xfe", b"[" * 50_000, b"\0" * 700,
        b'{"step": 5, "values": {"loss": 3}}',
        b'{"step": 5, "values": {"loss": "0"}}',
        b'{"step": 5, "values": {"loss": ["1"]}}',
        b'{"step": 5, "values": {"loss": [[1]]}}',
        b'{"step": 5, "values": {"loss": [true]}}',
        b'{"step": 5, "values": {"loss": [1, true]}}',
        b'{"step": 5, "values": {"loss": [1, null, "x"]}}',
        b'{"step": 5, "values": {"loss": [null, ' + b"9" * 400 + b"]}}",
        b'{"step": 5, "values": [1]}',
        b'{"step": -1, "values": {"loss": [1]}}',
        b'{"step": 1e3, "values": {"loss": [1]}}',
        b'{"step": 99999999999999999999, "values": {"loss": [1]}}',
        b'{"step": 5, "every": 0, "values": {"loss": [1]}}',
        b'{"values": {"loss": [1]}}',
        b'{"step": 5, "values": {"' + b"x" * 300 + b'": [1]}}',
        b'{"resumed": "all"}',
        b'{"epoch": 1, "step": 5, "metrics": {"a": "b"}}',
        b'{"epoch": 1.5, "step": 5, "metrics": {}}',
        b'{"epoch": 1, "step": 5, "metrics": [1]}',
        b'{"step": 5, "values": {"loss": [1\n2]}}',
        b'{"step": 5, "values": {"loss": [' + b",".join([b" 1.00000000e-01"] * 20) + b'], "b": "0"}}',
        b'{"step": 5, "values": {"loss": [' + b",".join([b" 1.0000000ee-01"] * 20) + b']}}',
        b'{"step": 5, "other": [' + b",".join([b" 1.00000000e-01"] * 20) + b'], "values": {"b": "0"}}',
        b'{"step": 5, "values": {' + b",".join(b'"%d": [1]' % i for i in range(1001)) + b"}}",
    ],
)  # fmt: skip
def test_a_damaged_line_is_left_out_and_named(tmp_path, line):
    (tmp_path / METRICS).write_bytes(GOOD + line + b"\n" + LATER)
    reader = read(tmp_path)
    assert reader.damaged == list(range(2, 3 + line.count(b"\n")))
    assert reader.steps.keys() == {"loss"}
    assert reader.steps["loss"].values.tolist() == [0.5, 0.25, 0.125]


def test_lines_of_other_versions_are_no_damage(tmp_path):
    (tmp_path / METRICS).write_bytes(GOOD + b'{"note": "hello", "list": [1, [2]]}\n' + LATER)
    reader = read(tmp_path)
    assert reader.damaged == []
    assert reader.steps["loss"].steps.tolist() == [1, 2, 3]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_flipped_byte_does_no_more_than_spoil_its_line(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    whole = bytearray(example(folder))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    (folder / METRICS).write_bytes(whole)
    reader = read(folder)
    assert len(reader.damaged) <= 2
    for series in reader.steps.values():
        assert (np.diff(series.steps) > 0).all()


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_can_be_read(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    (folder / METRICS).write_bytes(data)
    assert len(read(folder).damaged) <= data.count(b"\n")


def test_in_small_blocks_it_reads_the_same(tmp_path, monkeypatch):
    whole = example(tmp_path)
    expected = values(tmp_path)
    for size in (1, 7, 100, len(whole) - 1):
        monkeypatch.setattr(reading, "BLOCK", size)
        assert values(tmp_path) == expected
        reader, calls = Reader(tmp_path), 0
        while reader.read(most=1):
            calls += 1
        assert reader.steps["loss"].values.tolist() == expected
        assert calls >= min(5, len(whole) // size)


def test_a_line_without_end_is_left_out_and_what_follows_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 1000)
    monkeypatch.setattr(reading, "LONGEST_LINE", 5000)
    (tmp_path / METRICS).write_bytes(GOOD + b"x" * 20_000 + b"\n" + LATER)
    reader = read(tmp_path)
    assert reader.damaged == [2]
    assert reader.steps["loss"].values.tolist() == [0.5, 0.25, 0.125]


def test_another_file_in_its_place_is_read_anew(tmp_path):
    example(tmp_path)
    reader = read(tmp_path)
    (tmp_path / METRICS).write_bytes(GOOD)
    reader.read()
    assert reader.steps["loss"].values.tolist() == [0.5, 0.25]
    assert reader.epochs == {}


def test_what_cannot_be_read_says_so(tmp_path):
    (tmp_path / METRICS).mkdir()
    with pytest.raises(RunError, match=r"metrics\.jsonl: the metrics cannot be read"):
        Reader(tmp_path).read()
    with pytest.raises(RunError, match=r"metrics\.jsonl: the metrics cannot be written: Is a directory"):
        Writer(tmp_path)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from grapheditor.runs.errors import RunError
from grapheditor.runs.metrics import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
writer = Writer(Path(sys.argv[1]), interval=0)
step = 0
try:
    while True:
        writer.steps(step, {"loss": [float(step), 1.0, 2.0]})
        step += 3
except RunError as error:
    print(error.message)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.steps(step + 3, {"loss": [7.0]})
writer.close()
print(step)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_tears_no_line_and_loses_nothing_when_there_is_room_again(tmp_path):
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True)
    said, step = done.stdout.splitlines()
    assert said == f"{tmp_path / METRICS}: the metrics cannot be written: File too large."
    reader = read(tmp_path)
    assert not reader.damaged
    assert reader.steps["loss"].steps.tolist() == list(range(1, int(step) + 5))
    assert reader.steps["loss"].values.tolist()[::3] == [*map(float, range(0, int(step) + 1, 3)), 7.0]


def test_a_disk_that_takes_half_a_line_gets_it_back(tmp_path, monkeypatch):
    writer = Writer(tmp_path, interval=0)
    writer.steps(0, {"loss": [1.0]})
    real, room = os.write, [7]

    def write(descriptor, data):
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, bytes(data)[: room.pop()])

    monkeypatch.setattr(module.os, "write", write)
    with pytest.raises(RunError, match="No space left on device"):
        writer.steps(1, {"loss": [2.0]})
    assert (tmp_path / METRICS).read_bytes().endswith(b"\n")
    monkeypatch.undo()
    writer.flush()
    assert values(tmp_path) == [1.0, 2.0]
    writer.close()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_writer_that_is_killed_leaves_whole_lines(tmp_path):
    program = """
import itertools, sys
from pathlib import Path
from grapheditor.runs.metrics import Writer
writer = Writer(Path(sys.argv[1]), interval=0)
for step in itertools.count():
    writer.steps(step, {"loss": [float(step)]})
    if step == 100:
        print(flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.kill()
    reader = read(tmp_path)
    assert not reader.damaged
    count = len(reader.steps["loss"])
    assert count > 100
    assert reader.steps["loss"].values.tolist() == list(map(float, range(count)))
