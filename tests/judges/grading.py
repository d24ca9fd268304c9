"""Judge: does tito make of an instructor's notebook what nbgrader's generate_assignment makes of it?

usage: grading.py SOURCES OURS

SOURCES holds NAME.ipynb with completed metadata; OURS holds NAME.ipynb (tito's student tier) and NAME.errors where tito
reported an error. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import io
import logging
import sys
from pathlib import Path

import nbformat
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.nbgraderformat import reads


def bytes_of(notebook):
    out = io.StringIO()
    nbformat.write(notebook, out)
    return out.getvalue()


def theirs(path):
    # The preprocessors in nbgrader's own order. IncludeHeaderFooter has no files to include, SaveCells writes to a
    # database that is not here, and InstantiateTests runs templates that tito leaves alone.
    without = {"IncludeHeaderFooter", "SaveCells", "InstantiateTests"}
    notebook = nbformat.read(path, as_version=4)
    resources = {}
    for preprocessor in GenerateAssignment.preprocessors.default():
        if preprocessor.__name__ in without:
            continue
        one = preprocessor()
        one.log.setLevel(logging.CRITICAL)
        notebook, resources = one.preprocess(notebook, resources)
    reads(bytes_of(notebook), as_version=4)
    return bytes_of(notebook)


def judge(path, ours):
    errors = ours / f"{path.stem}.errors"
    try:
        expected = theirs(path)
    except Exception as error:
        if not errors.exists():
            print(f"== {path.stem}: nbgrader refuses it ({type(error).__name__}: {error}) and tito does not")
        return
    text = (ours / path.name).read_bytes().decode("utf-8")
    if text != expected:
        lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "nbgrader", "tito", lineterm="", n=2)
        print(f"== {path.stem}\n" + "\n".join(list(lines)[:40]))


def main():
    sources, ours = map(Path, sys.argv[1:3])
    for path in sorted(sources.glob("*.ipynb")):
        judge(path, ours)


main()
