"""Real nbgrader on a tree, as an instructor runs it.

usage: nbgrader_loop.py release TREE ASSIGNMENT…   generate_assignment: source/ becomes release/
       nbgrader_loop.py validate TREE NOTEBOOK…    prints for each what a student is told before handing in
       nbgrader_loop.py grade TREE ASSIGNMENT…     autograde of all that is in submitted/; prints what the gradebook says, as JSON
       nbgrader_loop.py feedback TREE ASSIGNMENT…  generate_feedback
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def nbgrader(tree, *arguments):
    # nbgrader starts alembic by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # A machine that has much else to do starts a kernel late.
    patience = ["--NotebookClient.startup_timeout=600"] if arguments[0] in ("autograde", "validate") else []
    command = [sys.executable, "-m", "nbgrader", *arguments, *patience]
    run = lambda: subprocess.run(command, cwd=tree, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    done = run()
    if done.returncode and "Address already in use" in done.stdout + done.stderr:
        # A kernel is told ports that were free a moment ago; beside other tests one may be taken before the kernel opens it.
        done = run()
    if done.returncode:
        sys.exit(f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def release(tree, assignments):
    for assignment in assignments:
        nbgrader(tree, "generate_assignment", assignment, "--create")


def validate(tree, notebooks):
    for notebook in notebooks:
        # The exit status is 0 whatever fails: the text says it.
        said = nbgrader(tree, "validate", notebook)
        failed = re.search(r"VALIDATION FAILED ON (\d+) CELL", said)
        if not failed and "Success!" not in said:
            sys.exit(f"nbgrader validate says neither: {said}")
        print(f"{failed[1]} cells fail" if failed else "valid")


def feedback(tree, assignments):
    for assignment in assignments:
        nbgrader(tree, "generate_feedback", assignment)


def grade(tree, assignments):
    for assignment in assignments:
        nbgrader(tree, "autograde", assignment, "--create")
    from nbgrader.api import Gradebook  # its import takes seconds, and nothing else needs it

    with Gradebook(f"sqlite:///{tree / 'gradebook.db'}") as gradebook:
        sheets = [sheet for assignment in assignments for sheet in sheets_of(gradebook, assignment)]
    print(json.dumps(sheets))


def sheets_of(gradebook, assignment):
    for submission in gradebook.assignment_submissions(assignment):
        for notebook in submission.notebooks:
            grades = [
                {"cell": grade.name, "score": grade.auto_score, "points": grade.max_score, "by_hand": grade.cell_type != "code"}
                for grade in notebook.grades
            ]
            yield {"assignment": assignment, "student": submission.student.id, "notebook": notebook.name, "grades": grades}


if __name__ == "__main__":
    {"release": release, "validate": validate, "grade": grade, "feedback": feedback}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:])
