"""Make the sample of MNIST that ships with the program: ``python scripts/sample_digits.py FOLDER``.

FOLDER holds the four official files. One image is taken of every six for training and of every five for the test,
each time the next in its group: MNIST's two kinds of writers alternate in the training set, and an even stride would
take one kind alone. Equal input gives equal files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from grapheditor.data.readers.idx import read_idx, write_idx

TARGET = Path(__file__).resolve().parents[1] / "grapheditor" / "samples" / "digits"
SAMPLES = {"train": 10_000, "test": 2_000}
STEMS = {"train": "train", "test": "t10k"}
FILES = {"image": "{}-images-idx3-ubyte.gz", "label": "{}-labels-idx1-ubyte.gz"}
LICENCE = "CC BY-SA 3.0 (LeCun, Cortes, Burges), as usually stated"
NOTICE = f"""\
The images and labels in this folder are a sample of the MNIST database of handwritten digits.
Licence: {LICENCE}.
https://creativecommons.org/licenses/by-sa/3.0/

What was taken: 10,000 of the 60,000 training images and 2,000 of the 10,000 test images, with their labels,
spread evenly over the original files (one of every six and one of every five). Nothing else was changed; the files keep
the original format (IDX) and are compressed anew. scripts/sample_digits.py made them. The sample is under the
same licence.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample of MNIST that ships with the program.")
    parser.add_argument("folder", type=Path, help="the folder of the four official files")
    folder: Path = parser.parse_args().folder
    TARGET.mkdir(parents=True, exist_ok=True)
    for part, stem in STEMS.items():
        for pattern in FILES.values():
            name = pattern.format(stem)
            array = read_idx(folder / name)
            group = len(array) // SAMPLES[part]
            turns = np.arange(SAMPLES[part])
            chosen = turns * group + turns % group
            write_idx(TARGET / name, array[chosen])
    (TARGET / "LICENSE").write_text(NOTICE, "utf-8")


if __name__ == "__main__":
    main()
