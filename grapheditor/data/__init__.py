"""Where samples come from: declared sources, columns of samples, and how a raw thing becomes a sample and back.

Knows numpy and neither torch nor Qt; while sources are declared, nothing but the standard library is loaded.
"""

from grapheditor.data.columns import Column, Files, Held, Part, materialise
from grapheditor.data.dataset import Dataset, Field, from_arrays, open_data
from grapheditor.data.declare import Place, Remote, Source, source
from grapheditor.data.description import Description, describe, read_description
from grapheditor.data.encoding import (
    Array,
    Audio,
    Category,
    Encoding,
    Image,
    Mask,
    Number,
    Numbers,
    Tokens,
    encode_file,
    read_encoding,
)
from grapheditor.data.figures import statistics
from grapheditor.data.looking import preview
from grapheditor.data.splitting import split, split_indices
from grapheditor.errors import DataError, SampleError, UntrustedError

__all__ = [
    "Array",
    "Audio",
    "Category",
    "Column",
    "DataError",
    "Dataset",
    "Description",
    "Encoding",
    "Field",
    "Files",
    "Held",
    "Image",
    "Mask",
    "Number",
    "Numbers",
    "Part",
    "Place",
    "Remote",
    "SampleError",
    "Source",
    "Tokens",
    "UntrustedError",
    "describe",
    "encode_file",
    "from_arrays",
    "materialise",
    "open_data",
    "preview",
    "read_description",
    "read_encoding",
    "source",
    "split",
    "split_indices",
    "statistics",
]
