"""Judge: does tito write a notebook that it read as nbformat does?

usage: nbformat_bytes.py NOTEBOOKS OURS

Both hold NAME.ipynb: as found, and as tito writes it. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import io
import logging
import sys
import warnings
from pathlib import Path

import nbformat


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    notebooks, ours = map(Path, sys.argv[1:3])
    for path in sorted(notebooks.glob("*.ipynb")):
        out = io.StringIO()
        nbformat.write(nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT), out)
        expected = out.getvalue()
        text = (ours / path.name).read_bytes().decode("utf-8")
        if text != expected:
            lines = difflib.unified_diff(
                expected.split("\n"), text.split("\n"), "nbformat", "tito", lineterm="", n=2
            )
            print(f"== {path.stem}\n" + "\n".join(list(lines)[:40]))


main()
