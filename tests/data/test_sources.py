"""Every source, opened on small files of the test's own: what it finds, what it says, what it refuses."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import wave

import numpy as np
import pytest
from PIL import Image as Pictures

from grapheditor.catalog import catalog
from grapheditor.data import (
    Array,
    Category,
    DataError,
    Files,
    Image,
    Mask,
    Number,
    Numbers,
    SampleError,
    Tokens,
    materialise,
    open_data,
    preview,
    read_description,
    statistics,
)
from grapheditor.data.encoding import read_encoding
from grapheditor.data.readers.idx import write_idx

SOURCES = catalog().sources
RANDOM = np.random.default_rng(0)


def column(dataset, name, part="train"):
    taken = dataset.parts[part].columns[name]
    return taken.take(np.arange(len(taken)))


def all_of(dataset, name):
    return np.concatenate([column(dataset, name, part) for part in dataset.parts])


def images(folder, count, size=(12, 10), value=None):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        shade = i * 10 if value is None else value
        Pictures.new("RGB", size, (shade, 0, 0)).save(folder / f"{i:03}.png")


# What holds for all of them.


def test_every_source_is_documented_and_described():
    assert len(SOURCES) >= 19
    for source in SOURCES.values():
        assert source.doc.endswith(".") and source.licence and source.title
        for option in source.options:
            assert option.doc, f"{source.id} has an option {option.name} without help"
        described = json.loads(json.dumps(source.describe()))
        for field in described["fields"]:
            assert read_encoding(field["encoding"])


@pytest.mark.parametrize("name", [name for name, item in SOURCES.items() if item.category == "Generated"])
def test_what_is_generated_is_the_same_again_and_as_declared(name):
    drawn = {"seed": 5} if any(option.name == "seed" for option in SOURCES[name].options) else {}
    first, again, other = (open_data(name, options) for options in ({}, {}, drawn))
    for field in first.fields:
        values = column(first, field.name)
        assert values.shape[1:] == field.shape and values.dtype == field.dtype
        assert np.array_equal(values, column(again, field.name))
    if drawn and name not in ("xor", "t-and-c"):
        assert not np.array_equal(column(first, first.fields[0].name), column(other, first.fields[0].name))
    if SOURCES[name].fields:
        assert SOURCES[name].fields == first.fields
    found = read_description(json.loads(json.dumps(first.describe(statistics(first)))))
    assert found.fields == first.fields and found.source == name
    assert len(preview(first, count=2)) == min(2, first.train.count)


def test_an_unknown_source_option_or_value_is_refused():
    with pytest.raises(DataError, match=r"no data pictures; there is: digits"):
        open_data("pictures")
    with pytest.raises(DataError, match="names no data"):
        open_data(None)
    with pytest.raises(DataError, match="Spirals has no option width; its options are: classes"):
        open_data("spirals", {"width": 3})
    with pytest.raises(DataError, match="Spirals: classes must be at least 2, not 1"):
        open_data("spirals", {"classes": 1})


def test_paths_start_at_the_graph_then_in_the_data_folder(tmp_path, data_folder):
    (data_folder / "x.csv").write_text("a,b\n1,2\n3,4\n")
    assert open_data("table", {"file": "x.csv", "task": "number"}, tmp_path).files == (data_folder / "x.csv",)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4\n")
    assert open_data("table", {"file": "x.csv", "task": "number"}, tmp_path).files == (tmp_path / "x.csv",)
    with pytest.raises(
        DataError, match=r"^Table \(CSV\), file: there is nothing at .*nowhere\.csv nor as .*nowhere\.csv"
    ):
        open_data("table", {"file": "nowhere.csv"}, tmp_path)
    with pytest.raises(DataError, match=r"say which file by its option file \(on the command line: -p file=PATH\)"):
        open_data("table", {}, tmp_path)
    for text in ("a\0b", "x" * 5000, "~nobody-of-that-name/x"):
        with pytest.raises(DataError, match="file: "):
            open_data("table", {"file": text}, tmp_path)
    with pytest.raises(DataError, match="is no file"):
        open_data("table", {"file": "."}, tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        open_data("image-folder", {"folder": "x.csv"}, tmp_path)


# Images.


def test_mnist_is_read_from_its_folder(shared):
    if not (shared / "mnist").is_dir():
        pytest.skip("MNIST is not here")
    dataset = open_data("mnist")
    assert SOURCES["mnist"].here
    found = statistics(dataset)
    assert found["image"]["mean"] == pytest.approx(33.318, abs=1e-3)
    assert found["image"]["deviation"] == pytest.approx(78.567, abs=1e-3)
    assert sum(found["label"]["balance"].values()) == 60_000
    assert dataset.test is not None and dataset.test.count == 10_000


@pytest.mark.parametrize("place", ["mnist", "MNIST/raw", "."])
def test_several_layouts_are_understood_and_a_wrong_count_is_named(data_folder, place):
    assert not SOURCES["mnist"].here
    with pytest.raises(DataError, match=r"`grapheditor data fetch mnist` downloads it \(12 MB\)"):
        open_data("mnist")
    folder = data_folder / place
    folder.mkdir(parents=True, exist_ok=True)
    for stem in ("train", "t10k"):
        write_idx(folder / f"{stem}-images-idx3-ubyte.gz", np.zeros((3, 28, 28), np.uint8))
        write_idx(folder / f"{stem}-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))
    assert SOURCES["mnist"].here
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: holds 3 samples; 60,000 were expected"):
        open_data("mnist")


def cifar(count: int, *highest: int) -> bytes:
    labels = len(highest)
    records = np.zeros((count, labels + 3072), np.uint8)
    records[::7] = np.arange(labels + 3072) % 256
    records[:, :labels] = np.arange(count)[:, None] % highest
    return records.tobytes()


def archive(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))


def test_cifar_100_is_read_from_its_archive_and_from_its_folder(data_folder):
    # the fine label stands second; 20 groups, 100 things
    train, test = cifar(50_000, 20, 100), cifar(10_000, 20, 100)
    path = data_folder / "cifar-100" / "cifar-100-binary.tar.gz"
    archive(path, {"cifar-100-binary/train.bin": train, "../test.bin": test})
    dataset = open_data("cifar-100")
    assert dataset.train.count == 50_000 and dataset.test.count == 10_000
    first = np.frombuffer(train, np.uint8)[:3074]
    assert np.array_equal(column(dataset, "image")[0].ravel(), first[2:])
    assert (column(dataset, "group")[21], column(dataset, "label")[21]) == (1, 21)
    assert len(dataset.field("label").classes) == 100 and len(dataset.field("group").classes) == 20
    assert dataset.field("label").classes == tuple(sorted(dataset.field("label").classes))
    assert not (data_folder / "test.bin").exists(), "nothing is unpacked"
    path.unlink()
    (data_folder / "cifar-100" / "cifar-100-binary").mkdir()
    (data_folder / "cifar-100" / "cifar-100-binary" / "train.bin").write_bytes(train)
    (data_folder / "cifar-100" / "cifar-100-binary" / "test.bin").write_bytes(test[:-1])
    with pytest.raises(DataError, match=r"test\.bin: 30,739,999 bytes; 10,000 records of 3,074 were expected"):
        open_data("cifar-100")


def test_the_pickled_cifar_is_refused_with_the_hint(data_folder):
    archive(data_folder / "cifar-10" / "cifar-10-python.tar.gz", {"cifar-10-batches-py/data_batch_1": b"\x80\x04"})
    with pytest.raises(DataError, match=r"has no data_batch_1\.bin\. This is the version for Python, a pickle.*binary"):
        open_data("cifar-10")
    shutil.rmtree(data_folder / "cifar-10")
    (data_folder / "cifar-10-batches-py").mkdir()
    (data_folder / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"\x80\x04")
    with pytest.raises(DataError, match="a pickle"):
        open_data("cifar-10")


def test_a_damaged_archive_is_named(data_folder):
    path = data_folder / "cifar-10" / "cifar-10-binary.tar.gz"
    archive(path, {"data_batch_1.bin": cifar(10, 10)})
    path.write_bytes(gzip.compress(path.read_bytes())[:200])
    with pytest.raises(DataError, match="no sound archive"):
        open_data("cifar-10")


# Folders.


def test_images_are_of_the_class_of_their_folder(tmp_path):
    images(tmp_path / "set" / "cats", 20)
    images(tmp_path / "set" / "dogs" / "deeper", 10)
    (tmp_path / "set" / ".hidden").mkdir()
    (tmp_path / "set" / "notes.txt").write_text("x")
    dataset = open_data("image-folder", {"folder": "set", "size": (6, 8), "test": 0.2}, tmp_path)
    assert dataset.classes == ("cats", "dogs")
    assert dataset.field("image").shape == (3, 6, 8)
    assert statistics(dataset)["label"]["balance"] == {"cats": 16, "dogs": 8}
    taken = dataset.train.columns["image"].take(np.array([3, 0, 20]))
    paths = dataset.train.columns["image"].paths
    shades = [int(paths[i].stem) * 10 for i in (3, 0, 20)]
    assert taken[:, 0, 0, 0].tolist() == shades, "in the order that was asked for"
    assert dataset.train.columns["image"].whole is None
    assert dataset.train.columns["image"].nbytes == 24 * 3 * 6 * 8


def test_folders_named_train_and_test_are_the_parts(tmp_path):
    images(tmp_path / "train" / "a", 3)
    images(tmp_path / "train" / "b", 2)
    images(tmp_path / "val" / "b", 2)
    images(tmp_path / "test" / "b", 1)
    dataset = open_data("image-folder", {"folder": "."}, tmp_path)
    assert {name: part.count for name, part in dataset.parts.items()} == {"train": 5, "validation": 2, "test": 1}
    assert column(dataset, "label", "test").tolist() == [1]
    images(tmp_path / "test" / "c", 1)
    with pytest.raises(DataError, match="has the class c, which the training part has not"):
        open_data("image-folder", {"folder": "."}, tmp_path)


def test_an_unreadable_image_names_itself_and_the_others_are_fine(tmp_path):
    images(tmp_path / "a", 3)
    (tmp_path / "a" / "001.png").write_bytes(b"x")
    dataset = open_data("image-folder", {"folder": ".", "test": 0.0}, tmp_path)
    with pytest.raises(SampleError, match=r"a.001\.png: is no picture") as caught:
        dataset.train.columns["image"].take(np.array([1, 2]))
    assert (caught.value.index, caught.value.path) == (1, tmp_path / "a" / "001.png")
    assert len(dataset.train.columns["image"].take(np.array([0, 2]))) == 2


def test_a_column_of_files_is_decoded_into_memory_or_stopped(tmp_path):
    images(tmp_path / "a", 100, size=(4, 4), value=7)
    column = open_data("image-folder", {"folder": ".", "test": 0.0, "size": 2}, tmp_path).train.columns["image"]
    told = []
    held = materialise(column, lambda done, total: told.append((done, total)))
    assert held is not None and held.whole.shape == (100, 3, 2, 2) and (held.whole[:, 0] == 7).all()
    assert told == [(64, 100), (100, 100)]
    assert materialise(column, stopped=lambda: True) is None
    assert isinstance(column.only(np.array([5])), Files)


def test_a_folder_without_classes_is_refused(tmp_path):
    images(tmp_path, 2)
    with pytest.raises(DataError, match="has no folders with files"):
        open_data("image-folder", {"folder": "."}, tmp_path)


def test_a_link_that_leads_back_ends(tmp_path):
    images(tmp_path / "a", 2)
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    assert open_data("image-folder", {"folder": ".", "test": 0.0}, tmp_path).train.count == 2


def test_pairs_are_matched_by_name(tmp_path):
    images(tmp_path / "in", 4)
    images(tmp_path / "out", 4)
    options = {"first": "in", "second": "out", "target_colours": "grey", "test": 0.25}
    dataset = open_data("image-pairs", options, tmp_path)
    assert dataset.train.count == 3 and dataset.field("target").shape == (1, 64, 64)
    pairs = zip(dataset.train.columns["image"].paths, dataset.train.columns["target"].paths, strict=True)
    assert all(one.name == other.name for one, other in pairs)
    (tmp_path / "out" / "002.png").rename(tmp_path / "out" / "other.png")
    with pytest.raises(DataError, match=r"out: has no partner for 002\."):
        open_data("image-pairs", options, tmp_path)
    (tmp_path / "in" / "001.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"has 001\.jpg and 001\.png"):
        open_data("image-pairs", options, tmp_path)


def test_masks_find_their_classes_or_are_told(tmp_path):
    images(tmp_path / "images", 3, size=(4, 4))
    (tmp_path / "masks").mkdir()
    for i in range(3):
        mask = np.zeros((4, 4), np.uint8)
        mask[: i + 1] = 255
        Pictures.fromarray(mask).save(tmp_path / "masks" / f"{i:03}.png")
    options = {"images": "images", "masks": "masks", "size": 4, "test": 0.0}
    dataset = open_data("image-masks", options, tmp_path)
    assert dataset.field("mask").encoding == Mask(("0", "255"), (0, 255), 4, 4)
    assert column(dataset, "mask")[2].tolist() == [[1] * 4] * 3 + [[0] * 4]
    named = open_data("image-masks", options | {"classes": "cell=255, ground=0"}, tmp_path)
    assert statistics(named)["mask"]["balance"] == {"cell": 24, "ground": 24}
    for classes, words in (("cell", "not name=value"), ("a=1,a=2", "named twice"), ("a=256", "not name=value")):
        with pytest.raises(DataError, match=words):
            open_data("image-masks", options | {"classes": classes}, tmp_path)
    partial = open_data("image-masks", options | {"classes": "ground=0"}, tmp_path)
    with pytest.raises(SampleError, match=r"000\.png: the pixel in column 0, row 0 has the value 255; classes have 0"):
        column(partial, "mask")


def test_sounds_are_of_the_class_of_their_folder(tmp_path):
    for name, count in (("yes", 4), ("no", 2)):
        (tmp_path / name).mkdir()
        for i in range(count):
            with wave.open(str(tmp_path / name / f"{i}.wav"), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(np.full(400, 16384, "<i2").tobytes())
    dataset = open_data("wav-folder", {"folder": ".", "rate": 8000, "seconds": 0.1, "test": 0.0}, tmp_path)
    assert dataset.classes == ("no", "yes") and dataset.field("sound").shape == (1, 800)
    assert column(dataset, "sound").mean() == pytest.approx(0.25), "half a sound, half silence"


# Tables.


def csv(tmp_path, content, **options):
    (tmp_path / "x.csv").write_text(content, "utf-8")
    return open_data("table", {"file": "x.csv", "test": 0.0} | options, tmp_path)


PEOPLE = "age,height,city,name,species\n" + "".join(
    f"{20 + i},{1.5 + i / 100},{'Bern' if i % 2 else 'Genf'},p{i},{'cat' if i % 3 else 'dog'}\n" for i in range(30)
)


def test_columns_get_their_types(tmp_path):
    dataset = csv(tmp_path, PEOPLE)
    assert [field.name for field in dataset.fields] == ["features", "city", "species"]
    assert dataset.field("features").encoding == Numbers(("age", "height"))
    assert dataset.field("city").classes == ("Bern", "Genf")
    assert column(dataset, "features")[1].tolist() == pytest.approx([21, 1.51])
    assert [dataset.field("species").classes[i] for i in column(dataset, "species")[:3]] == ["dog", "cat", "cat"]
    assert "column 'name' is free text and left out" in dataset.notes
    assert dataset.options == {"file": "x.csv", "test": 0.0}


def test_target_and_features_are_chosen(tmp_path):
    dataset = csv(tmp_path, PEOPLE, target="height", features="age, species")
    assert [field.name for field in dataset.fields] == ["features", "species", "height"]
    assert dataset.field("height").encoding == Number()
    for options, words in (
        ({"target": "weight"}, "target: .* has no column 'weight'; it has: age, height, city, name, species"),
        ({"features": "age,age"}, "names a column twice"),
        ({"features": "species"}, "species is the target"),
        ({"features": "name"}, "column 'name' is free text"),
        ({"target": "name"}, "column 'name' is free text"),
        ({"text": "refuse"}, "column 'name' is free text"),
        ({"target": "city", "task": "number"}, "row 2, column 'city': 'Genf' is not a number"),
    ):
        with pytest.raises(DataError, match=words):
            csv(tmp_path, PEOPLE, **options)


def test_a_missing_value_is_refused_by_row_and_column_or_dropped(tmp_path):
    text = "age,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40))
    text = text.replace("\n15,b", "\nNA,b").replace("\n20,a", "\n20,")
    with pytest.raises(DataError, match=r"row 17, column 'age': nothing stands there \('NA'\); 2 rows"):
        csv(tmp_path, text)
    dataset = csv(tmp_path, text, missing="drop")
    assert dataset.train.count == 38 and "left out: 2 rows miss a value" in dataset.notes
    assert 15 not in column(dataset, "features")


def test_an_odd_cell_among_numbers_is_named(tmp_path):
    text = "age,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40))
    with pytest.raises(DataError, match="row 9, column 'age': 'seven' is not a number"):
        csv(tmp_path, text.replace("\n7,", "\nseven,"))
    with pytest.raises(DataError, match="row 9, column 'age': '1e300' is not a number"):
        csv(tmp_path, text.replace("\n7,", "\n1e300,"))
    with pytest.raises(DataError, match=r"'7,5' is not a number\. Numbers have a point"):
        csv(tmp_path, text.replace("\n7,", '\n"7,5",'))


def test_numbers_with_a_decimal_comma_are_numbers(tmp_path):
    rows = [(i / 4, "ab"[i % 2]) for i in range(41)]
    text = "age;label\n" + "".join(f"{x:.2f};{y}\n".replace(".", ",") for x, y in rows)
    dataset = csv(tmp_path, text, test=0.0)
    assert column(dataset, "features").ravel().tolist() == [x for x, _ in rows]
    assert "numbers have a decimal comma" in dataset.notes
    with pytest.raises(DataError, match="row 9, column 'age': 'seven' is not a number"):
        csv(tmp_path, text.replace("\n1,75;", "\nseven;"))
    assert (
        "column 'age' is free text and left out"
        in csv(tmp_path, "width;" + text.replace("\n", "\n3;")[:-2], decimal="point").notes
    )
    both = "age;height\n" + "".join(f"{i},25;{i},5\n" for i in range(40))
    assert column(csv(tmp_path, both, task="number"), "height")[3] == 3.5
    mixed = "age;name\n" + "".join(f"{i}.5;{i},5\n" for i in range(40))
    with pytest.raises(DataError, match="'name' is free text"):
        csv(tmp_path, mixed)
    quoted = "age,label\n" + "".join(f'"{i},5",{"ab"[i % 2]}\n' for i in range(40))
    assert column(csv(tmp_path, quoted, decimal="comma", test=0.0), "features")[3] == 3.5


def test_a_text_that_says_that_it_is_utf_16_is_read_as_that(tmp_path):
    (tmp_path / "x.csv").write_bytes(("größe\tlabel\n" + "1\ta\n2\tb\n" * 9).encode("utf-16"))
    assert open_data("table", {"file": "x.csv", "test": 0.0}, tmp_path).field("features").encoding.names == ("größe",)
    (tmp_path / "x.csv").write_bytes("größe,label\n1,a\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"line 1 is not UTF-8: byte 0xf6 at 2\. Save it as UTF-8 .*iconv"):
        open_data("table", {"file": "x.csv"}, tmp_path)


@pytest.mark.parametrize(("task", "kind"), [("auto", Category), ("number", Number), ("classes", Category)])
def test_a_target_of_few_whole_numbers_is_of_classes_unless_said_otherwise(tmp_path, task, kind):
    dataset = csv(tmp_path, "x,y\n" + "".join(f"{i},{i % 11}\n" for i in range(50)), task=task)
    assert isinstance(dataset.field("y").encoding, kind)
    if kind is Category:
        assert dataset.classes == tuple(map(str, range(11))), "in the order of numbers"


def test_the_real_tables_are_read(shared):
    for name, count, size, classes in (("iris", 150, 4, 3), ("wine", 178, 13, 3), ("digits", 1797, 64, 10)):
        dataset = open_data("table", {"file": f"tabular/{name}.csv"})
        assert dataset.train.count + dataset.test.count == count
        assert dataset.field("features").shape == (size,)
        assert len(dataset.classes) == classes


# NumPy.


def test_arrays_become_fields_and_parts(tmp_path):
    pictures = RANDOM.integers(0, 256, (6, 5, 4, 3)).astype(np.uint8)
    np.savez(
        tmp_path / "x.npz",
        x_train=pictures,
        y_train=np.arange(6) % 3,
        x_test=pictures[:2],
        y_test=np.array([2, 1], np.uint8),
    )
    dataset = open_data("numpy", {"file": "x.npz"}, tmp_path)
    assert dataset.field("x").encoding == Image(3, 5, 4)
    assert dataset.field("y").classes == ("0", "1", "2")
    assert np.array_equal(column(dataset, "x", "test"), pictures[:2].transpose(0, 3, 1, 2))
    np.save(tmp_path / "x.npy", np.zeros((10, 3, 2), np.float64))
    dataset = open_data("numpy", {"file": "x.npy", "test": 0.3}, tmp_path)
    assert dataset.field("array").encoding == Array((3, 2), "float64")
    assert (dataset.train.count, dataset.test.count) == (7, 3)


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    def refused(words, options=None, **arrays):
        np.savez(tmp_path / "x.npz", **arrays)
        with pytest.raises(DataError, match=words):
            open_data("numpy", {"file": "x.npz"} | (options or {}), tmp_path)

    refused("different numbers of samples: x 3, y 4", x=np.zeros(3), y=np.zeros(4))
    refused("single number", x=np.float32(3))
    refused("no arrays to train with", x_test=np.zeros(3))
    refused("has no array z; it has: x", {"classes": "z"}, x=np.zeros(3))
    refused("x holds no numbers of classes", {"classes": "x"}, x=np.zeros(3))
    refused("no training samples", x=np.zeros((0, 3)))
    refused("shaped 3; 2 was expected", x_train=np.zeros((4, 2)), x_test=np.zeros((4, 3)))
    refused(
        "has y, x, not x|has x, y, not x|has x, not|not", x_train=np.zeros(4), x_test=np.zeros(2), y_test=np.zeros(2)
    )


# Texts.


def test_windows_over_a_text_are_views_one_place_apart(tmp_path):
    (tmp_path / "x.txt").write_text("abcdefghij" * 20)
    dataset = open_data("text", {"file": "x.txt", "length": 8, "test": 0.2}, tmp_path)
    tokens, following = dataset.train.columns["tokens"], dataset.train.columns["next"]
    assert tokens.whole.base is not None and np.shares_memory(tokens.whole, following.whole)
    assert np.array_equal(tokens.whole[1:], following.whole[:-1])
    assert dataset.train.count == 160 - 8 and dataset.train.overlap == 8
    encoding = dataset.field("tokens").encoding
    assert encoding.decode(tokens.take(np.array([3]))[0]) == "defghija"
    assert encoding.decode(following.take(np.array([3]))[0]) == "efghijab"
    test = dataset.test.columns["tokens"]
    assert len(test) == 4, "windows of the test part do not overlap"
    assert encoding.decode(test.take(np.array([0]))[0]) == "abcdefgh"
    spaced = open_data("text", {"file": "x.txt", "length": 8, "step": 8, "test": 0.0}, tmp_path)
    assert spaced.train.count == 24 and spaced.train.overlap == 1


def test_a_text_that_is_too_short_is_refused(tmp_path):
    (tmp_path / "x.txt").write_text("abc")
    with pytest.raises(DataError, match="has 3 tokens to train with; a window of 64 needs one more"):
        open_data("text", {"file": "x.txt"}, tmp_path)


def test_a_vocabulary_is_not_learnt_from_what_is_held_out(tmp_path):
    (tmp_path / "x.txt").write_text("the cat sat on the mat . " * 40 + "zebra " * 100)
    dataset = open_data("text", {"file": "x.txt", "level": "words", "length": 4, "test": 0.375}, tmp_path)
    encoding = dataset.field("tokens").encoding
    assert "zebra" not in encoding.vocabulary and encoding.vocabulary[encoding.unknown] == "<unk>"
    assert (column(dataset, "tokens", "test")[2:] == encoding.unknown).all()
    few = open_data("text", {"file": "x.txt", "level": "words", "length": 4, "vocabulary": 3, "test": 0.375}, tmp_path)
    assert few.field("tokens").encoding.vocabulary == ("<unk>", "the", ".")
    pairs = open_data("text", {"file": "x.txt", "level": "bytes", "length": 4, "vocabulary": 270}, tmp_path)
    assert 256 < len(pairs.field("tokens").encoding.vocabulary) <= 270
    with pytest.raises(DataError, match="holds the 256 bytes first; 100 is too few"):
        open_data("text", {"file": "x.txt", "level": "bytes", "vocabulary": 100}, tmp_path)


def test_tinyshakespeare_is_read(shared):
    dataset = open_data("text", {"file": "text/tinyshakespeare.txt", "length": 128})
    encoding = dataset.field("tokens").encoding
    assert isinstance(encoding, Tokens) and len(encoding.vocabulary) == 65
    assert dataset.train.count == 1_003_855 - 128
    start = dataset.train.columns["tokens"].take(np.array([0]))[0]
    assert encoding.decode(start).startswith("First Citizen:\nBefore we proceed")


def test_short_texts_are_filled_up_and_keep_their_class(tmp_path):
    (tmp_path / "english.txt").write_text("Smith\nJones\n\n", "utf-8")
    (tmp_path / "greek.txt").write_text("Ανδρέου\n", "utf-8")
    dataset = open_data("text-classes", {"folder": ".", "test": 0.0}, tmp_path)
    encoding = dataset.field("text").encoding
    assert dataset.classes == ("english", "greek") and encoding.shape == (7,)
    found = column(dataset, "text")
    assert [encoding.decode(row) for row in found] == ["Smith", "Jones", "Ανδρέου"]
    assert found[0].tolist()[5:] == [0, 0]
    assert np.array_equal(encoding.encode("Smith"), found[0])
    assert encoding.decode(encoding.encode("Smyth")) == "Sm�th"
    short = open_data("text-classes", {"folder": ".", "test": 0.0, "length": 3}, tmp_path)
    assert short.field("text").encoding.decode(column(short, "text")[2]) == "Ανδ"
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(DataError, match=r"empty\.txt: has no lines"):
        open_data("text-classes", {"folder": "."}, tmp_path)


def test_the_real_names_are_read(shared):
    dataset = open_data("names")
    assert len(dataset.classes) == 18 and dataset.train.count + dataset.test.count == 20_050
    encoding = dataset.field("text").encoding
    assert isinstance(encoding, Tokens) and len(encoding.vocabulary) == 85 and encoding.shape == (20,)
    own = open_data("text-classes", {"folder": "text/names"})
    assert own.classes == dataset.classes
    assert np.array_equal(column(own, "text", "test"), column(dataset, "text", "test"))


# Generated sets.


def test_letters_are_at_all_places_in_all_turns():
    dataset = open_data("t-and-c", {"size": 5})
    found = column(dataset, "image") > 0
    assert (found.sum((1, 2, 3)) == 5).all()
    assert len(np.unique(found.reshape(len(found), -1), axis=0)) == len(found) == 4 * 9 + 2 * 12 + 2 * 12
    assert open_data("t-and-c", {"test": 0.5}).test.count == 156


def test_a_mark_lies_on_its_side_of_the_card():
    for size in (4, 20, 21):
        dataset = open_data("marked-cards", {"size": size, "samples": 200})
        images, labels = column(dataset, "image")[:, 0] > 0, column(dataset, "label")
        left, right = images[:, :, : size // 2], images[:, :, size - size // 2 :]
        for side, other, number in ((left, right, 0), (right, left, 1)):
            assert side[labels == number].any((1, 2)).all() and not other[labels == number].any()
        assert 60 < labels.sum() < 140
        assert len(np.unique(images.sum((1, 2)))) == max(1, size // 4), "marks of up to a quarter of the side"


def test_exclusive_or_is_what_it_is():
    dataset = open_data("xor")
    points, labels = column(dataset, "point"), column(dataset, "label")
    assert np.array_equal(labels, points.astype(int)[:, 0] ^ points.astype(int)[:, 1])


def test_points_lie_around_their_centres():
    points = column(open_data("gaussian-mixture", {"components": 4, "radius": 3.0, "deviation": 0.1}), "point")
    centres = 3 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    assert np.bincount(distances.argmin(1), minlength=4).min() > 2000
    assert np.sqrt((distances.min(1) ** 2).mean() / 2) == pytest.approx(0.1, rel=0.05)


def test_a_mask_covers_what_is_drawn():
    dataset = open_data("shapes", {"samples": 20, "noise": 0.0, "most": 1, "size": 32})
    for image, mask in zip(column(dataset, "image"), column(dataset, "mask"), strict=True):
        assert len(np.unique(image[:, mask > 0], axis=1).T) == 1, "one colour inside"
        assert len(np.unique(image[:, mask == 0], axis=1).T) == 1
        assert 0.01 < (mask > 0).mean() < 0.5
    with pytest.raises(DataError, match="more than 2,147,483,648"):
        open_data("shapes", {"samples": 10**7, "size": 1024})
