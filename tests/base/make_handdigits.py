"""Makes the data set `handdigits` of the base course from the file that scikit-learn ships.

    python tests/base/make_handdigits.py DIGITS           writes templates/shared/datasets/handdigits/handdigits.npz
    python tests/base/make_handdigits.py DIGITS --check   compares with it; exit code 1 when something differs

DIGITS is `sklearn/datasets/data/digits.csv.gz` of scikit-learn, a copy of the test part of "Optical Recognition of Handwritten Digits" in the UCI
Machine Learning Repository: 1,797 rows of 64 numbers from 0 to 16 and a label. Any other file is refused by its digest.
"""

import argparse
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parents[2] / "templates" / "shared" / "datasets" / "handdigits" / "handdigits.npz"
SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
HELD_OUT = 400


def read(path):
    """The arrays of the data set, by name.

    Raises:
        ValueError: the file is another one.
    """
    packed = Path(path).read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        raise ValueError(f"{path} has the digest {found}, not {SHA256}")
    rows = np.array([line.split(",") for line in gzip.decompress(packed).decode("ascii").split()], dtype=float)
    images, labels = rows[:, :64].astype(np.uint8).reshape(-1, 8, 8), rows[:, 64].astype(np.uint8)
    parts = {"train": slice(None, -HELD_OUT), "test": slice(-HELD_OUT, None)}
    return {f"{part}_{kind}": array[at] for part, at in parts.items() for kind, array in (("images", images), ("labels", labels))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("digits", type=Path, help="digits.csv.gz of scikit-learn")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    arrays = read(options.digits)
    if not options.check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(TARGET, **arrays)
        return 0
    with np.load(TARGET, allow_pickle=False) as data:
        same = sorted(data.files) == sorted(arrays) and all(np.array_equal(data[name], arrays[name]) for name in arrays)
    print("the same" if same else f"{TARGET} differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
