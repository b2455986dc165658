"""Known sets of small images, as their authors publish them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.data.dataset import Dataset, Field, from_arrays
from grapheditor.data.declare import Place, Remote, source
from grapheditor.data.encoding import Category, Image
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY = Field("image", Image(1, 28, 28))
COLOUR = Field("image", Image(3, 32, 32))
DIGITS = Field("label", Category(tuple("0123456789")))
CLOTHES = Field(
    "label",
    Category(
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
    ),
)
THINGS = Field(
    "label",
    Category(("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")),
)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FINE = Field(
    "label",
    Category(
        _names(
            "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel "
            "can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur "
            "dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion "
            "lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree "
            "pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea "
            "seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table "
            "tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf "
            "woman worm"
        )
    ),
)
COARSE = Field(
    "group",
    Category(
        _names(
            "aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices "
            "household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes "
            "large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals "
            "trees vehicles_1 vehicles_2"
        )
    ),
)
STEMS = {"train": "train", "test": "t10k"}
IDX = {"image": "{}-images-idx3-ubyte.gz", "label": "{}-labels-idx1-ubyte.gz"}
SAMPLES = Path(__file__).parents[2] / "samples" / "digits"
PICKLED = {
    "cifar-10": ("cifar-10-python.tar.gz", "cifar-10-batches-py"),
    "cifar-100": ("cifar-100-python.tar.gz", "cifar-100-python"),
}
"""The same data for Python: found too, so that the reader can say why it is refused."""
CIFAR_10 = tuple(f"data_batch_{i}.bin" for i in range(1, 6))


def _idx_files(base: str, mirrors: tuple[str, ...], *listed: tuple[str, int, str]) -> tuple[Remote, ...]:
    return tuple(
        Remote(name, size, digest, tuple(f"{place}/{name}" for place in (base, *mirrors)))
        for name, size, digest in listed
    )


def _read_idx(at: Place, find: Any) -> Dataset:
    """Read the four files of an IDX set whose fields and samples are declared. find: path of a file by its name."""
    import numpy as np

    from grapheditor.data.readers.idx import read_idx

    parts: dict[Any, dict[str, NDArray[Any]]] = {}
    files = []
    for part, count in at.source.samples.items():
        parts[part] = {}
        for field in at.source.fields:
            path = find(IDX[field.name].format(STEMS[part]))
            files.append(path)
            values = read_idx(path)
            _check(path, values, count, field)
            parts[part][field.name] = values.reshape(count, *field.shape).astype(np.dtype(field.dtype), copy=False)
    encodings = {field.name: field.encoding for field in at.source.fields}
    return from_arrays(at.source.title, parts, encodings, files=tuple(files))


def _check(path: Path, values: NDArray[Any], count: int, field: Field) -> None:
    if len(values) != count:
        raise DataError(f"{path}: holds {len(values):,} samples; {count:,} were expected.")
    if [size for size in values.shape[1:] if size > 1] != [size for size in field.shape if size > 1]:
        shown, wanted = ("×".join(map(str, shape)) or "one number" for shape in (values.shape[1:], field.shape))
        raise DataError(f"{path}: its samples are shaped {shown}; {wanted} was expected.")
    if field.classes and int(values.max()) >= len(field.classes):
        index = int(values.argmax())
        raise DataError(
            f"{path}: sample {index:,} has the label {int(values.max())}; "
            f"there are {len(field.classes)} classes, from 0 to {len(field.classes) - 1}."
        )


@source(
    "Images",
    title="Handwritten digits",
    licence="CC BY-SA 3.0 (LeCun, Cortes, Burges), as usually stated",
    fields=(GREY, DIGITS),
    samples={"train": 10_000, "test": 2_000},
    bundled=SAMPLES,
)
def digits(at: Place) -> Dataset:
    """Grey images of 28×28 pixels, from 0 to 255, each of one digit. A sample of MNIST: 10,000 of its 60,000 training
    images and 2,000 of its 10,000 test images, spread evenly.
    """
    return _read_idx(at, lambda name: at.source.folder / name)


@source(
    "Images",
    title="MNIST",
    licence="CC BY-SA 3.0 (LeCun, Cortes, Burges), as usually stated",
    fields=(GREY, DIGITS),
    samples={"train": 60_000, "test": 10_000},
    files=_idx_files(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        ("https://storage.googleapis.com/cvdf-datasets/mnist",),
        ("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
)
def mnist(at: Place) -> Dataset:
    """Grey images of 28×28 pixels, from 0 to 255, each of one handwritten digit (LeCun, Cortes and Burges, 1998)."""
    return _read_idx(at, at.fetched)


@source(
    "Images",
    title="Fashion-MNIST",
    licence="MIT (Zalando SE)",
    fields=(GREY, CLOTHES),
    samples={"train": 60_000, "test": 10_000},
    files=_idx_files(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        (),
        ("train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        ("train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
)
def fashion_mnist(at: Place) -> Dataset:
    """Grey images of 28×28 pixels, from 0 to 255, each of one piece of clothing (Xiao, Rasul and Vollgraf, 2017)."""
    return _read_idx(at, at.fetched)


def _cifar(at: Place, archive: str, names: list[tuple[str, ...]], labels: tuple[str, ...]) -> Dataset:
    from grapheditor.data.readers.cifar import read_records

    path = at.fetched(archive)
    encodings = {field.name: field.encoding for field in at.source.fields}
    classes = [len(encodings[name].classes) for name in labels]
    found = read_records(path, names, list(at.source.samples.values()), classes)
    parts: dict[Any, dict[str, NDArray[Any]]] = {
        part: {"image": images} | dict(sorted(zip(labels, numbers, strict=True), reverse=True))
        for part, (images, numbers) in zip(at.source.samples, found, strict=True)
    }
    return from_arrays(at.source.title, parts, encodings, files=(path,) if path.is_file() else ())


@source(
    "Images",
    title="CIFAR-10",
    licence="free for research, as its author's page asks to cite (Krizhevsky, 2009)",
    fields=(COLOUR, THINGS),
    samples={"train": 50_000, "test": 10_000},
    files=(
        Remote(
            "cifar-10-binary.tar.gz",
            170052171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
            ("cifar-10-batches-bin", *PICKLED["cifar-10"]),
        ),
    ),
)
def cifar_10(at: Place) -> Dataset:
    """Colour images of 32×32 pixels, from 0 to 255, each of one of ten things (Krizhevsky, 2009)."""
    return _cifar(at, "cifar-10-binary.tar.gz", [CIFAR_10, ("test_batch.bin",)], ("label",))


@source(
    "Images",
    title="CIFAR-100",
    licence="free for research, as its author's page asks to cite (Krizhevsky, 2009)",
    fields=(COLOUR, FINE, COARSE),
    samples={"train": 50_000, "test": 10_000},
    files=(
        Remote(
            "cifar-100-binary.tar.gz",
            168513733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            ("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",),
            ("cifar-100-binary", *PICKLED["cifar-100"]),
        ),
    ),
)
def cifar_100(at: Place) -> Dataset:
    """Colour images of 32×32 pixels, from 0 to 255, of a hundred things in twenty groups (Krizhevsky, 2009)."""
    return _cifar(at, "cifar-100-binary.tar.gz", [("train.bin",), ("test.bin",)], ("group", "label"))
