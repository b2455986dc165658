"""Fetching against a server of the test's own, which breaks off, stalls, lies about lengths and sends other contents."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import threading
from dataclasses import replace
from pathlib import PurePath

import pytest

from grapheditor.catalog import catalog
from grapheditor.data import DataError, Remote
from grapheditor.data.fetch import Stopped, download, fetch
from grapheditor.engine import opener
from grapheditor.engine.messages import FetchData

CONTENT = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
STALL = 0.3


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT in the ways that the path names, and remembers what was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.waiting = threading.Event()

    def remote(self, *ways: str, **changes) -> Remote:
        addresses = tuple(f"http://127.0.0.1:{self.server_port}/{way}" for way in ways)
        return replace(Remote("set.bin", len(CONTENT), DIGEST, addresses), **changes)

    def ranges(self):
        return [given for _, given in self.asked]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802
        way = self.path.strip("/")
        given = self.headers.get("Range")
        self.server.asked.append((way, given))
        start = int(given.removeprefix("bytes=").rstrip("-")) if given and way != "no-ranges" else 0
        body = CONTENT[start:]
        if way in ("moved", "nowhere"):
            self.send_response(302)
            self.send_header("Location", "/whole" if way == "moved" else "http://[bad")
            self.end_headers()
            return
        if way.isdigit():
            self.send_error(int(way))
            return
        if way == "wrong-range" and start:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}")
        elif start:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        else:
            self.send_response(200)
        lengths = {"short-length": len(body) - 1, "huge-length": 10**15}
        if way not in ("endless", "no-length"):
            self.send_header("Content-Length", str(lengths.get(way, len(body))))
        self.end_headers()
        if way in ("breaks", "no-ranges", "wrong-range"):
            body = body[: 200_000 if way == "breaks" else 300_000]
        elif way == "other":
            body = bytes(len(body))
        elif way == "endless":
            body = body + b"more"
        elif way == "empty":
            body = b""
        with contextlib.suppress(OSError):  # whoever was lied to hangs up
            if way == "stalls":
                self.wfile.write(body[:100_000])
                self.wfile.flush()
                self.server.waiting.wait(20)
                return
            self.wfile.write(body)


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.waiting.set()
    made.shutdown()
    made.server_close()
    thread.join()


def test_a_file_is_fetched_whole_with_progress(server, tmp_path):
    told = []
    download(server.remote("whole"), tmp_path / "a" / "set.bin", lambda *values: told.append(values), stall=STALL)
    assert (tmp_path / "a" / "set.bin").read_bytes() == CONTENT
    assert told[-1] == ("set.bin", len(CONTENT), len(CONTENT))
    assert len(told) > 3 and [item[1] for item in told] == sorted(item[1] for item in told)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["set.bin"]


@pytest.mark.parametrize("way", ["moved", "no-length"])
def test_redirections_and_answers_without_length_are_fine(server, tmp_path, way):
    download(server.remote(way), tmp_path / "set.bin", stall=STALL)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


def test_what_breaks_off_is_gone_on_with(server, tmp_path):
    download(server.remote("breaks"), tmp_path / "set.bin", stall=STALL)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert server.ranges() == [None, "bytes=200000-", "bytes=400000-"]


def test_what_stalls_is_gone_on_with(server, tmp_path):
    download(server.remote("stalls"), tmp_path / "set.bin", stall=0.1)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert server.ranges()[:2] == [None, "bytes=100000-"]


def test_a_later_call_goes_on_where_one_was_stopped(server, tmp_path):
    done = []
    with pytest.raises(Stopped, match="are kept"):
        download(server.remote("whole"), tmp_path / "set.bin", lambda _n, d, _t: done.append(d), lambda: len(done) > 2)
    assert not (tmp_path / "set.bin").exists()
    assert (tmp_path / "set.bin.part").read_bytes() == CONTENT[: done[-1]]
    download(server.remote("whole"), tmp_path / "set.bin", stall=STALL)
    assert server.ranges() == [None, f"bytes={done[-1]}-"]
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("404", "it answers 404"),
        ("503", "it answers 503"),
        ("nowhere", "it leads to an address that is none"),
        ("other", "another one than was declared"),
        ("endless", "goes on after the 512,000 bytes"),
        ("short-length", "it offers 511999 bytes; 512,000 were declared"),
        ("huge-length", "it offers 1000000000000000 bytes"),
        ("empty", "broke off after 0 of 512,000"),
        ("no-ranges", "broke off after 300,000 of 512,000"),
        ("wrong-range", "it offers bytes 0-511999/512000; from 300,000"),
    ],
)
def test_lies_and_failures_leave_no_file_and_are_told(server, tmp_path, way, words):
    with pytest.raises(DataError, match=rf"set\.bin cannot be fetched.*127\.0\.0\.1: .*{words}"):
        download(server.remote(way), tmp_path / "set.bin", stall=STALL)
    assert not (tmp_path / "set.bin").exists()


def test_the_next_address_is_asked_and_goes_on(server, tmp_path):
    download(server.remote("404", "no-ranges", "whole"), tmp_path / "set.bin", stall=STALL)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert server.asked[-1] == ("whole", "bytes=300000-")


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 5)])
def test_a_part_of_something_else_is_begun_anew(server, tmp_path, left):
    (tmp_path / "set.bin.part").write_bytes(left)
    download(server.remote("whole"), tmp_path / "set.bin", stall=STALL)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


def test_a_wrong_declared_digest_ends(server, tmp_path):
    (tmp_path / "set.bin.part").write_bytes(b"x" * 1000)
    with pytest.raises(DataError, match="SHA-256"):
        download(server.remote("breaks", sha256="0" * 64), tmp_path / "set.bin", stall=STALL)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "x"])
def test_only_addresses_of_the_web_are_asked(tmp_path, address):
    with pytest.raises(DataError, match="no address of the web"):
        download(Remote("set.bin", 3, "0" * 64, (address,)), tmp_path / "set.bin")


def test_a_server_that_is_not_there_is_told(server, tmp_path):
    server.server_close()
    with pytest.raises(DataError, match="the connection failed"):
        download(server.remote("whole"), tmp_path / "set.bin", stall=STALL)


def test_a_folder_that_cannot_be_written_is_told(server, tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        download(server.remote("whole"), tmp_path / "a" / "set.bin", stall=STALL)


def test_a_source_is_fetched_into_the_data_folder_and_not_twice(server, data_folder):
    source = replace(catalog().sources["cifar-10"], files=(server.remote("whole"),))
    assert not source.here
    assert fetch(source) == [data_folder / "cifar-10" / "set.bin"]
    assert source.here
    fetch(source)
    assert len(server.asked) == 1


def test_a_source_without_files_has_nothing_to_fetch():
    with pytest.raises(DataError, match="comes with the program"):
        fetch(catalog().sources["digits"])


def test_every_declared_file_has_a_size_a_digest_and_addresses():
    for source in catalog().sources.values():
        for item in source.files:
            assert item.bytes > 0 and len(bytes.fromhex(item.sha256)) == 32
            assert item.addresses and all(address.startswith("http") for address in item.addresses)
            assert all(PurePath(address).suffix == PurePath(item.name).suffix for address in item.addresses)


def test_a_process_says_how_far_it_is_and_why_it_has_nothing(server, monkeypatch):
    source = replace(catalog().sources["cifar-10"], files=(server.remote("whole"), server.remote("404", name="b.bin")))
    monkeypatch.setitem(catalog().sources, "cifar-10", source)
    monkeypatch.setattr(opener, "TOLD_EVERY", 0.0)
    said = []
    answer = opener.fetched(FetchData("cifar-10"), said.append)
    assert all(item.whole == 2 * len(CONTENT) for item in said)
    assert [item.done for item in said] == sorted(item.done for item in said)
    assert said[-1].done == len(CONTENT)
    assert "b.bin cannot be fetched" in answer.problem
    assert opener.fetched(FetchData("nowhere"), said.append).problem == "There is no source nowhere."
    monkeypatch.setitem(catalog().sources, "cifar-10", replace(source, files=source.files[:1]))
    assert opener.fetched(FetchData("cifar-10"), said.append).problem == ""
