"""The real digits are those of the source: their bytes are known, and so is the cut into two parts."""

import hashlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "shared" / "datasets" / "handdigits"
# Of what make_handdigits.py made of scikit-learn's file, whose digest is there.
SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def test_the_pictures_are_those_of_the_source():
    with np.load(FOLDER / "handdigits.npz", allow_pickle=False) as data:
        names = ("train_images", "test_images", "train_labels", "test_labels")
        arrays = [data[name] for name in names]
        assert sorted(data.files) == sorted(names)
    assert [array.shape for array in arrays] == [(1397, 8, 8), (400, 8, 8), (1397,), (400,)]
    assert all(array.dtype == np.uint8 for array in arrays)
    assert hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest() == SHA256
    assert arrays[0].max() == 16 and sorted(set(arrays[3].tolist())) == list(range(10))


def test_the_readme_names_source_and_licence():
    text = (FOLDER / "README.md").read_text("utf-8")
    for words in ("CC BY 4.0", "E. Alpaydin and C. Kaynak (1998)", "https://doi.org/10.24432/C50P49", "Changed here"):
        assert words in text, words
