"""Courses of some modules only: the tests and the notebooks of each pass with nothing but what the course has.

    python tests/base/subcourses.py WORKSPACE … [--jobs 2]

Each WORKSPACE is a course with the tier `instructor`, exported. All its pytest files run in one process, as a student runs them, and the graded cells of each notebook in a process of
their own. What is not a module of the course cannot be imported: it is not there.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import workspace as ws


@dataclass(frozen=True)
class Course:
    id: str
    workspace: Path


def tests_fail(workspace):
    """What pytest says in the workspace, if anything fails; and how many tests there are."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    lines = ran.stdout.strip().splitlines() or ["pytest says nothing"]
    faults = [] if ran.returncode == 0 else [f"pytest ends with {ran.returncode}", *lines[-12:], *ran.stderr.splitlines()[-5:]]
    return faults, lines[-1]


def cells_fail(unit):
    ws.enter(unit)
    failure = ws.first_failure(unit, ws.namespace(), 0, {}, ws.needed(unit.cells))
    return failure and f"{unit.id}, {failure[0]}: {type(failure[1]).__name__}: {failure[1]}"


def check(course):
    faults, line = tests_fail(course.workspace)
    units = ws.read(course.workspace)
    for unit in units:
        outcome, answer = ws.forked(lambda unit=unit: cells_fail(unit), 300)
        if (outcome, answer) != ("done", None):
            faults.append(answer or f"{unit.id}: the process ended: {outcome}")
        target = course.workspace / (unit.target.replace(".", "/") + ".py")
        if not target.is_file():
            faults.append(f"{unit.id} is not exported to {target.relative_to(course.workspace)}")
    return ws.Report(not faults, f"{len(units)} notebooks; {line}", faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspaces", nargs="+", type=Path, metavar="WORKSPACE")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    options = parser.parse_args()
    courses = [Course(path.name, path.resolve()) for path in options.workspaces]
    ws.finish(ws.each(courses, check, options.jobs))


if __name__ == "__main__":
    main()
