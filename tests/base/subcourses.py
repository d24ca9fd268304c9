"""Courses of some modules only: the tests and the notebooks of each pass with nothing but what the course has.

    python tests/base/subcourses.py WORKSPACE … [--only ID …] [--jobs 2]

Each WORKSPACE is a course with the tier `instructor`, exported. Its pytest files run in one process, as a student runs them, and the graded cells of each notebook in a process of
their own. Files and cells that a course shares with one before it are run once, since they need what their module requires and nothing else (`requirements.py`); that all that they
import is there is looked at in each. With `--only`, those of these modules. What is not a module of the course cannot be imported: it is not there.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import requirements
import workspace as ws


@dataclass(frozen=True)
class Course:
    id: str
    workspace: Path
    units: list
    tests: list  # its pytest files
    own_units: list  # the units whose cells no course before it has
    own_tests: list  # the same for its pytest files


def pytest_fails(workspace, files, *options):
    """What pytest says of these files, if anything fails; and its last line."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": sys.pycache_prefix, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *map(str, files)],
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


def read(workspaces, only):
    """The courses in these workspaces, in their order."""
    courses, seen = [], set()

    def is_new(*what):
        new = what not in seen
        seen.add(what)
        return new

    for workspace in map(Path.resolve, workspaces):
        units = ws.read(workspace, only)
        tests = [path for unit in units for path in sorted(unit.tests.glob("test_*.py"))]
        if not only:
            tests = sorted((workspace / "tests").rglob("test_*.py"))
        own_tests = [path for path in tests if is_new(path.name, path.read_bytes()) or choosing(path.parent.name)]
        own_units = [unit for unit in units if is_new(unit.id, *(cell.source for cell in unit.cells if cell.kind == "code")) or choosing(unit.id)]
        courses.append(Course(workspace.name, workspace, units, tests, own_units, own_tests))
    return courses


def choosing(name):
    """Is this a unit, or the folder of one, that is not the same where a course has other modules?"""
    return name.partition("_")[2] in requirements.CHOOSING or name in requirements.CHOOSING


def check(course, only):
    faults, line = pytest_fails(course.workspace, course.tests if only else [], "--collect-only")
    if not faults and course.own_tests:
        faults, line = pytest_fails(course.workspace, course.own_tests)
    for unit in course.own_units:
        outcome, answer = ws.forked(lambda unit=unit: cells_fail(unit), 300)
        if (outcome, answer) != ("done", None):
            faults.append(answer or f"{unit.id}: the process ended: {outcome}")
    for unit in course.units:
        target = course.workspace / (unit.target.replace(".", "/") + ".py")
        if not target.is_file():
            faults.append(f"{unit.id} is not exported to {target.relative_to(course.workspace)}")
    return ws.Report(not faults, f"{len(course.units)} notebooks, {len(course.own_units)} of them run; {len(course.own_tests)} of {len(course.tests)} files of tests run: {line}", faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspaces", nargs="+", type=Path, metavar="WORKSPACE")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="these modules only")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    options = parser.parse_args()
    courses = read(options.workspaces, options.only)
    ws.finish(ws.each(courses, lambda course: check(course, options.only), options.jobs))


if __name__ == "__main__":
    main()
