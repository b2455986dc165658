"""New files as samples: typed as they were stored for training, each place named."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pictures

from grapheditor.data.dataset import Field
from grapheditor.data.encoding import Array, Category, Image, Numbers, Tokens
from grapheditor.data.incoming import incoming
from grapheditor.errors import DataError

POINT = Field("point", Numbers(("a", "b")))
COLOUR = Field("colour", Category(("red", "green")))
PICTURE = Field("picture", Image(1, 2, 3))


def test_arrays_get_the_type_that_is_stored_or_are_refused(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.float64([[1, 2], [3, 4]]))
    found = list(incoming([tmp_path / "x.npy"], [POINT]))
    assert [item.fields["point"].dtype for item in found] == [np.float32] * 2
    assert found[1].fields["point"].tolist() == [3, 4]
    assert found[1].name.endswith("x.npy [1]")
    np.save(tmp_path / "one.npy", np.float32([5, 6]))
    assert [item.fields["point"].tolist() for item in incoming([tmp_path / "one.npy"], [POINT])] == [[5, 6]]
    np.save(tmp_path / "half.npy", np.float32(np.ones((1, 1, 2, 3)) / 2))
    (error,) = incoming([tmp_path / "half.npy"], [PICTURE])
    assert isinstance(error, DataError)
    assert "holds float32; uint8 was expected" in error.message


def test_several_fields_come_from_a_table_with_files_beside_it_or_from_named_arrays(tmp_path) -> None:
    Pictures.fromarray(np.full((2, 3), 7, np.uint8)).save(tmp_path / "p.png")
    (tmp_path / "t.csv").write_text("b,picture,a,colour\n2,p.png,1,green\n4,none.png,3,red\n6,p.png,5,blue\n", "utf-8")
    good, missing, unknown = incoming([tmp_path / "t.csv"], [POINT, COLOUR, PICTURE])
    assert good.fields["point"].tolist() == [1, 2]
    assert good.fields["colour"] == 1
    assert good.fields["picture"].tolist() == [[[7, 7, 7], [7, 7, 7]]]
    assert "row 3" in missing.message
    assert "none.png" in missing.message
    assert "row 4: There is no class 'blue'" in unknown.message
    np.savez(tmp_path / "x.npz", point=np.ones((2, 2)), colour=[0, 1])
    assert len(list(incoming([tmp_path / "x.npz"], [POINT, COLOUR]))) == 2
    (error,) = incoming([tmp_path / "x.npz"], [POINT, PICTURE])
    assert "has no array picture; it has: point, colour" in error.message
    (error,) = incoming([tmp_path / "p.png"], [POINT, PICTURE])
    assert "several fields are needed (point, picture)" in error.message


def test_a_folder_stands_for_its_files_and_each_fault_stays_in_its_place(tmp_path) -> None:
    for name in ("b", "a"):
        Pictures.fromarray(np.zeros((2, 3), np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "ab.png").write_bytes(b"no picture")
    (tmp_path / ".hidden").write_bytes(b"")
    found = list(incoming([tmp_path, tmp_path / "gone.png"], [PICTURE]))
    assert [isinstance(item, DataError) for item in found] == [False, True, False, True]
    assert "ab.png" in found[1].message
    assert "gone.png" in found[3].message


def test_a_text_is_one_sample_where_texts_have_no_one_length(tmp_path) -> None:
    (tmp_path / "x.txt").write_text("ab\nba\n", "utf-8")
    windows = Field("tokens", Tokens("characters", ("\n", "a", "b"), 4))
    assert [item.fields["tokens"].tolist() for item in incoming([tmp_path / "x.txt"], [windows])] == [[1, 2, 0, 2]]
    (tmp_path / "empty.txt").write_text("", "utf-8")
    (error,) = incoming([tmp_path / "empty.txt"], [windows])
    assert error.message == f"{tmp_path / 'empty.txt'}: is an empty text."
    lines = Field("tokens", Tokens("characters", ("\n", "a", "b"), 4, pad=0))
    found = [item.fields["tokens"].tolist() for item in incoming([tmp_path / "x.txt"], [lines])]
    assert found == [[1, 2, 0, 0], [2, 1, 0, 0]]
    (error,) = incoming([tmp_path / "x.txt"], [Field("x", Array((2,)))])
    assert "is read from a table (.csv) or a NumPy file" in error.message


def test_what_holds_of_a_whole_file_is_told_once(tmp_path) -> None:
    (tmp_path / "x.csv").write_text("a,c\n" + "1,2\n" * 50, "utf-8")
    (error,) = incoming([tmp_path / "x.csv"], [POINT])
    assert error.message == f"{tmp_path / 'x.csv'}: has no column 'b'; it has: a, c."
    np.save(tmp_path / "x.npy", np.ones((50, 3), np.float32))
    (error,) = incoming([tmp_path / "x.npy"], [POINT])
    assert error.message.endswith("its array is shaped (50, 3); 2 numbers of each sample (a, b) were expected.")


def test_numbers_that_are_none_are_named_where_they_are(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.float64([[1, 2], [np.nan, 2], [1e300, 2]]))
    found = list(incoming([tmp_path / "x.npy"], [POINT]))
    assert [isinstance(item, DataError) for item in found] == [False, True, True]
    assert "x.npy [1]: holds numbers that are not finite" in found[1].message
