"""Judge: does nbgrader take a notebook as the new version of one that it has a submission of?

usage: grading_release.py FOLDER

FOLDER holds released.ipynb and other notebooks. Prints for each of these a line: `NAME taken` or `NAME refused`.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveCells

folder = Path(sys.argv[1])
logging.disable(logging.CRITICAL)
# nbgrader starts alembic by name.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def save(path, assignment, database):
    resources = {"nbgrader": {"notebook": "tensor", "assignment": assignment, "db_url": database}}
    SaveCells().preprocess(nbformat.read(path, as_version=4), resources)


def takes(path, database):
    assignment = path.stem
    with Gradebook(database) as gradebook:
        gradebook.add_assignment(assignment)
    save(folder / "released.ipynb", assignment, database)
    with Gradebook(database) as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.add_submission(assignment, "ada")
    try:
        save(path, assignment, database)
    except RuntimeError:
        return False
    return True


with tempfile.TemporaryDirectory() as scratch:
    for path in sorted(folder.glob("*.ipynb")):
        if path.name != "released.ipynb":
            verdict = "taken" if takes(path, f"sqlite:///{scratch}/gradebook.db") else "refused"
            print(path.stem, verdict)
