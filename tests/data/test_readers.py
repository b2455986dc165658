"""Readers refuse what is damaged, hostile or too large by a sentence, whatever the bytes are."""

from __future__ import annotations

import io
import struct
import wave
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from grapheditor.data import Audio, DataError, Image, Mask, SampleError, encode_file
from grapheditor.data.readers.arrays import read_npy, read_npz
from grapheditor.data.readers.idx import read_idx
from grapheditor.data.readers.sounds import read_wav
from grapheditor.data.readers.tables import read_table
from grapheditor.data.readers.texts import read_text

PICTURE = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)
SMALL = Image(3, 8, 8)
anyhow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def picture(kind: str, **more) -> bytes:
    file = io.BytesIO()
    Pictures.fromarray(PICTURE).save(file, kind, **more)
    return file.getvalue()


RAMP = np.arange(100, dtype="<i2")


def sound(values=RAMP, channels=1, width=2, rate=8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((channels, width, rate, 0, "NONE", ""))
        made.writeframes(values.tobytes())
    return file.getvalue()


def saved(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


GOOD = {
    "png": (picture("PNG"), lambda path: encode_file(SMALL, path)),
    "jpg": (picture("JPEG"), lambda path: encode_file(SMALL, path)),
    "gif": (picture("GIF"), lambda path: encode_file(SMALL, path)),
    "bmp": (picture("BMP"), lambda path: encode_file(SMALL, path)),
    "tif": (picture("TIFF"), lambda path: encode_file(SMALL, path)),
    "webp": (picture("WEBP"), lambda path: encode_file(SMALL, path)),
    "wav": (sound(), lambda path: encode_file(Audio(8000, 50), path)),
    "npy": (saved(np.arange(12.0).reshape(3, 4)), read_npy),
    "idx": (struct.pack(">HBBII", 0, 8, 2, 3, 4) + bytes(12), read_idx),
    "csv": (b"a,b\n1,2\n3,4\n", read_table),
}


def refusal(read, path) -> str:
    """Return why a file is refused; what is not must not be complained about."""
    try:
        read(path)
    except DataError as error:
        return error.message
    return "damaged, but readable"


@pytest.mark.parametrize("ending", GOOD)
def test_what_is_sound_is_read(tmp_path, ending):
    data, read = GOOD[ending]
    (tmp_path / f"x.{ending}").write_bytes(data)
    read(tmp_path / f"x.{ending}")


@pytest.mark.parametrize("ending", GOOD)
@given(st.data())
@anyhow
def test_damaged_bytes_are_read_or_refused_by_name(tmp_path, ending, data):
    """A flipped, cut or inserted byte anywhere, the header above all."""
    content, read = GOOD[ending]
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(damaged), 120)) | st.integers(0, len(damaged)))
        how = data.draw(st.sampled_from(("flip", "cut", "insert")))
        if how == "cut":
            del damaged[place:]
        elif how == "insert":
            damaged[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        elif place < len(damaged):
            damaged[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / f"damaged.{ending}"
    path.write_bytes(damaged)
    assert "damaged" in refusal(read, path)


@pytest.mark.parametrize("ending", GOOD)
@given(st.binary(max_size=300))
@anyhow
def test_any_bytes_are_read_or_refused_by_name(tmp_path, ending, data):
    path = tmp_path / f"damaged.{ending}"
    path.write_bytes(data)
    assert "damaged" in refusal(GOOD[ending][1], path)


def png(width: int, height: int) -> bytes:
    """Return the head of a PNG that promises a size and holds nothing."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8193, 8193), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(png(*size))
    with pytest.raises(SampleError, match=r"bomb\.png: has .*pixels; at most 67,108,864") as caught:
        encode_file(SMALL, tmp_path / "bomb.png")
    assert caught.value.path == tmp_path / "bomb.png"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no picture in a format"),
        (b"%PDF-1.4", "no picture in a format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture in a format"),
        (picture("PNG")[:100], "is a damaged picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture in a format"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, data, words):
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(SampleError, match=words):
        encode_file(SMALL, tmp_path / "x.png")


def test_a_photograph_is_turned_as_it_was_held_and_deep_pictures_are_not_clipped(tmp_path):
    exif = Pictures.Exif()
    exif[0x0112] = 6  # turn right
    left = np.zeros((10, 20), np.uint8)
    left[:, :10] = 255
    Pictures.fromarray(left).save(tmp_path / "x.jpg", exif=exif)
    assert encode_file(Image(1, 20, 10), tmp_path / "x.jpg")[0, 3].min() > 200
    Pictures.fromarray(np.full((4, 4), 32768, np.uint16)).save(tmp_path / "deep.png")
    assert (encode_file(Image(1, 4, 4), tmp_path / "deep.png") == 128).all()


def test_a_large_photograph_is_decoded_no_larger_than_needed(tmp_path, monkeypatch):
    y, x = np.mgrid[0:1600, 0:2400]
    Pictures.fromarray(np.stack([x // 10, y // 10, x * 0], 2).astype(np.uint8)).save(tmp_path / "x.jpg")
    loaded = []
    before = Pictures.Image.resize
    monkeypatch.setattr(
        Pictures.Image, "resize", lambda self, *a, **k: loaded.append(self.size) or before(self, *a, **k)
    )
    found = encode_file(Image(3, 40, 60), tmp_path / "x.jpg").astype(int)
    assert loaded[0][0] <= 600
    wanted = np.mgrid[0:40, 0:60] * 4 + 2
    assert abs(found[0] - wanted[1]).max() <= 4 and abs(found[1] - wanted[0]).max() <= 4


def test_masks_with_palettes_are_read_by_number(tmp_path):
    mask = Pictures.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "L").convert("L")
    paletted = Pictures.new("P", (2, 2))
    paletted.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0])
    paletted.putdata(list(mask.tobytes()))
    paletted.save(tmp_path / "m.png")
    assert encode_file(Mask(("a", "b", "c"), (0, 1, 2), 2, 2), tmp_path / "m.png").tolist() == [[0, 1], [2, 1]]
    Pictures.fromarray(PICTURE).save(tmp_path / "colour.png")
    with pytest.raises(SampleError, match="mode RGB; a mask is grey"):
        encode_file(Mask(("a",), (0,), 2, 2), tmp_path / "colour.png")


@pytest.mark.parametrize(("width", "value"), [(1, 192), (2, 16384), (3, 2**22), (4, 2**30)])
def test_sounds_of_all_widths_are_read_alike(tmp_path, width, value):
    data = b"".join(value.to_bytes(width, "little") for _ in range(6))
    (tmp_path / "x.wav").write_bytes(sound(np.frombuffer(data, np.uint8), 2, width))
    found, rate = read_wav(tmp_path / "x.wav")
    assert rate == 8000 and found.tolist() == [0.5] * 3, "two channels become their mean"


def test_a_sound_is_brought_to_the_rate_and_the_length(tmp_path):
    time = np.arange(8000) / 8000
    tone = (20000 * np.sin(2 * np.pi * 100 * time)).astype("<i2")
    (tmp_path / "x.wav").write_bytes(sound(tone))
    found = encode_file(Audio(16_000, 20_000), tmp_path / "x.wav")
    assert found.shape == (1, 20_000) and (found[0, 16_000:] == 0).all()
    wanted = 20000 / 32768 * np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000)
    assert abs(found[0, 100:15_900] - wanted[100:15_900]).max() < 1e-3
    assert encode_file(Audio(4_000, 100), tmp_path / "x.wav").shape == (1, 100)


def test_a_wav_of_floats_says_what_to_do(tmp_path):
    data = bytearray(sound())
    data[20:22] = struct.pack("<H", 3)
    (tmp_path / "x.wav").write_bytes(data)
    with pytest.raises(
        SampleError, match=r"x\.wav: is no sound WAV file: unknown format: 3.* convert it to 16-bit PCM"
    ):
        encode_file(Audio(8000, 10), tmp_path / "x.wav")


def test_arrays_never_bring_objects_or_promises_along(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"x\.npy: holds Python objects"):
        read_npy(path)
    head = saved(np.zeros(4))
    path.write_bytes(head.replace(b"(4,)", b"(4000000000,)").replace(b" " * 9, b"", 1))
    with pytest.raises(DataError, match="promises 32,000,000,000 bytes"):
        read_npy(path)
    np.save(path, np.zeros(3, np.complex128))
    with pytest.raises(DataError, match="elements of type complex128"):
        read_npy(path)
    np.save(path, np.zeros(3, ">u2"))
    assert read_npy(path).dtype == np.int32
    np.save(path, np.asfortranarray(np.arange(6).reshape(2, 3)))
    assert read_npy(path).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    head = saved(np.zeros(4))[:-32].replace(b"(4,)", b"(2**40,)".replace(b"2**40", b"9999999999999"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", head + bytes(10**6))
    with pytest.raises(DataError, match=r"x\.npz: a"):
        read_npz(path)
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match=r"no sound \.npz"):
        read_npz(path)


def table(tmp_path, text: str | bytes, **options):
    path = tmp_path / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a,b\n", "names columns and has no rows"),
        ("a,b\n1,2\n3\n", "row 3 has 1 columns; 2 were expected"),
        ("a,b\n1,2\n3,4,5\n", "row 3 has 3 columns"),
        ("a,a\n1,2\n", "names 2 columns 'a'"),
        ('a,b\n1,"2\n3,4\n', "row 2 cannot be read: unexpected end of data"),
        ('a,b\n1,"2"x\n', "row 2 cannot be read"),
        ("a,b\n1,2\n3,\0\n", "row 3 has a byte of zero"),
        (b"a,b\n1,\xff\n", "line 2 is not UTF-8: byte 0xff"),
        ("a,b\n1," + "x" * 200_000 + "\n", "row 2 cannot be read: field larger"),
        (",".join("x" * 30_000) + "\n1\n", "row 1 goes past"),
    ],
)
def test_a_table_is_refused_by_its_row(tmp_path, text, words):
    with pytest.raises(DataError, match=rf"x\.csv: .*{words}"):
        table(tmp_path, text)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_what_separates_columns_is_found(tmp_path, mark):
    found = table(tmp_path, f"age{mark}name\n1{mark}a b\n\n2{mark}'c d'\n")
    assert found.names == ("age", "name")
    assert found.cells == [["1", "2"], ["a b", "'c d'"]]
    assert found.lines == [2, 4], "lines of the file, empty ones counted"


def test_a_heading_is_found_and_can_be_denied(tmp_path):
    assert table(tmp_path, "1,2\n3,4\n").names == ("column1", "column2")
    assert table(tmp_path, "a,b\nc,d\n", heading="no").cells == [["a", "c"], ["b", "d"]]
    assert table(tmp_path, "1,b\n3,d\n", heading="yes").names == ("1", "b")


def test_cells_in_quotes_hold_marks_and_lines(tmp_path):
    found = table(tmp_path, '\ufeffa,b\r\n"1,5","x\ny"\r\n3,z\u2028w\r\n')
    assert found.cells == [["1,5", "3"], ["x\ny", "z\u2028w"]]
    assert found.lines == [2, 4]


def test_a_text_is_utf_8_with_lines_ended_alike(tmp_path):
    (tmp_path / "x.txt").write_bytes("\ufeffä\r\nb\rc".encode())
    assert read_text(tmp_path / "x.txt") == "ä\nb\nc"
    with pytest.raises(DataError, match=r"nowhere\.txt: cannot be read"):
        read_text(tmp_path / "nowhere.txt")
