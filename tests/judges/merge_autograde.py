"""Real nbgrader around a merge: releases two versions of an assignment, then grades what was merged.

usage: merge_autograde.py release DIR   v1/release, v2/release, and a student's copy of v1 in student.ipynb
       merge_autograde.py grade DIR     autogrades merged.ipynb against v2; prints points and possible points
"""

import copy
import os
import pathlib
import shutil
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def nbgrader(folder, *arguments):
    # nbgrader starts alembic by name.
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)


def source(hint, expected):
    def graded(name, **flags):
        return {"nbgrader": {"schema_version": 3, "grade_id": name, "task": False, **flags}}

    answer = f"def add(a, b):\n    # {hint}\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION"
    test = {"grade": True, "solution": False, "locked": True}
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            new_markdown_cell("# Add", id="t"),
            new_code_cell(answer, id="q", metadata=graded("add", grade=False, solution=True, locked=False)),
            new_code_cell(f"assert add(1, 2) == {expected}", id="k", metadata=graded("test-add", points=2, **test)),
            new_code_cell("assert add(0, 0) == 0", id="z", metadata=graded("test-zero", points=1, **test)),
        ],
    )


def release(folder):
    for version, hint, expected in (("v1", "hint", 4), ("v2", "better hint", 3)):
        place = folder / version / "source" / "ps1"
        place.mkdir(parents=True)
        nbformat.write(source(hint, expected), place / "p.ipynb")
        nbgrader(folder / version, "generate_assignment", "ps1", "--create")
    student = nbformat.read(folder / "v1/release/ps1/p.ipynb", as_version=4)
    answer = student.cells[1]
    stub = "    # YOUR CODE HERE\n    raise NotImplementedError()"
    answer.source = answer.source.replace(stub, "    total = a + b\n    return total")
    experiment = copy.deepcopy(answer)
    experiment.id = "copied"
    experiment.source += "\nprint(add(1, 1))"
    student.cells.insert(2, experiment)
    student.cells[3].source = "assert True"
    nbformat.write(student, folder / "student.ipynb")


def grade(folder):
    place = folder / "v2/submitted/ann/ps1"
    place.mkdir(parents=True)
    shutil.copy(folder / "merged.ipynb", place / "p.ipynb")
    nbgrader(folder / "v2", "autograde", "ps1", "--create")
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/v2/gradebook.db") as gradebook:
        submission = gradebook.find_submission("ps1", "ann")
        print(submission.score, submission.max_score, end="")


if __name__ == "__main__":
    {"release": release, "grade": grade}[sys.argv[1]](pathlib.Path(sys.argv[2]))
