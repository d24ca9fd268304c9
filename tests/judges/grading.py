"""Judge: does tito make of an instructor's notebook what nbgrader's generate_assignment makes of it?

usage: grading.py SOURCES OURS

SOURCES holds NAME.ipynb with completed metadata; OURS holds NAME.ipynb (tito's student tier) and NAME.errors where tito
reported an error. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import io
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def bytes_of(notebook):
    out = io.StringIO()
    nbformat.write(notebook, out)
    return out.getvalue()


def theirs(path, course):
    """The release version, by nbgrader's own converter without a database."""
    folder = course / "source" / path.stem
    folder.mkdir(parents=True)
    shutil.copy(path, folder)
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.assignment_id = path.stem
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    coursedir = CourseDirectory(config=config)
    converter = GenerateAssignment(coursedir=coursedir, config=config)
    converter.log.setLevel(logging.CRITICAL + 1)
    converter.start()
    return (course / "release" / path.stem / path.name).read_bytes().decode("utf-8")


def judge(path, ours, course):
    errors = ours / f"{path.stem}.errors"
    try:
        expected = theirs(path, course)
    except NbGraderException as error:
        if not errors.exists():
            print(f"== {path.stem}: nbgrader refuses it ({error}) and tito does not")
        return
    text = (ours / path.name).read_bytes().decode("utf-8")
    if text != expected:
        lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "nbgrader", "tito", lineterm="", n=2)
        print(f"== {path.stem}\n" + "\n".join(list(lines)[:40]))


def main():
    sources, ours = map(Path, sys.argv[1:3])
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as course:
        for path in sorted(sources.glob("*.ipynb")):
            judge(path, ours, Path(course))


main()
