"""Real nbgrader on the tree of `tito nbgrader`: release, two submissions, autograde, feedback.

Arguments: the tree, a folder for the database, and the assignments. Student `right` hands in the source, student `stubs`
what was released, and both look at their notebook with `nbgrader validate` first. Prints what that and the gradebook say, one line for each
submission.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

tree, scratch = Path(sys.argv[1]), Path(sys.argv[2])
assignments = sys.argv[3:]
database = f"sqlite:///{scratch / 'gradebook.db'}"


def nbgrader(*arguments):
    # nbgrader starts alembic by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments, f"--db={database}"],
        cwd=tree,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def valid(student, assignment):
    """What a student is told before handing in. The exit status is 0 whatever fails: the text says it."""
    said = nbgrader("validate", f"submitted/{student}/{assignment}/{assignment}.ipynb")
    failed = re.search(r"VALIDATION FAILED ON (\d+) CELL", said)
    if not failed and "Success!" not in said:
        sys.exit(f"nbgrader validate says neither: {said}")
    return f"{failed[1]} cells fail" if failed else "valid"


said = {}
for assignment in assignments:
    nbgrader("generate_assignment", assignment, "--create")
    for student, origin in [("right", "source"), ("stubs", "release")]:
        shutil.copytree(tree / origin / assignment, tree / "submitted" / student / assignment)
        said[student, assignment] = valid(student, assignment)
    nbgrader("autograde", assignment, "--create")
    nbgrader("generate_feedback", assignment)

with Gradebook(database) as gradebook:
    for assignment in assignments:
        for student in ["right", "stubs"]:
            graded = gradebook.find_submission(assignment, student)
            pages = list((tree / "feedback" / student / assignment).glob("*.html"))
            by_hand = graded.max_written_score
            points = f"{graded.code_score:g} of {graded.max_code_score:g} and {by_hand:g} by hand"
            print(f"{assignment} {student}: {said[student, assignment]}; {points}, {len(pages)} page of feedback")
