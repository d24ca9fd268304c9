"""What the catalog says is enough: every module works when only its requirements are there.

    python tests/base/requirements.py WORKSPACE CATALOG [--only ID …]

For each module, its notebook's tests and its pytest files run in a process in which no other exported file of the course can be imported. The same
holds for the shared files with requirements of their own, and for the files that milestones import.
"""

import ast
import contextlib
import importlib.abc
import io
import sys
from pathlib import Path

import workspace as ws
import yaml


class Absent(importlib.abc.MetaPathFinder):
    """Refuses to import the exported files of some modules."""

    def __init__(self, targets):
        self.targets = targets

    def find_spec(self, name, path=None, target=None):
        if name in self.targets:
            raise ModuleNotFoundError(f"{name} belongs to module {self.targets[name]}, which is not a requirement", name=name)
        return None


# Their notebooks are compiled for what a course has of the modules that they come after; subcourses.py runs them without each of these.
CHOOSING = ["capstone"]


class Requirements:
    """The catalog's requirements, closed over themselves."""

    def __init__(self, catalog):
        read = yaml.safe_load(Path(catalog).read_text("utf-8"))
        self.direct = {module["id"]: module.get("requires", []) for module in read["modules"]}
        for module in read["modules"]:
            if module["id"] in CHOOSING:
                self.direct[module["id"]] = [*self.direct[module["id"]], *module["after"]]
        self.tests = {}
        for module in read["modules"]:
            tests = module.get("tests")
            self.tests[module["id"]] = tests.get("requires", []) if isinstance(tests, dict) else []
        self.shared = {entry["path"]: entry["requires"] for entry in read.get("shared", []) if entry.get("requires")}
        self.milestones = {milestone["id"]: milestone["requires"] for milestone in read.get("milestones", [])}

    def closure(self, ids):
        """These modules and all that they require, directly or not."""
        closed, waiting = set(), list(ids)
        while waiting:
            unit = waiting.pop()
            if unit not in closed:
                closed.add(unit)
                waiting.extend(self.direct[unit])
        return closed


def without(units, allowed):
    """Hide the exported files of all modules but the allowed ones. To be called in a child."""
    for name in [name for name in sys.modules if name.split(".")[0] == ws.PACKAGE]:
        del sys.modules[name]
    sys.meta_path.insert(0, Absent({unit.target: unit.id for unit in units if unit.id not in allowed}))


def cells_fail(unit, units, allowed):
    without(units, allowed)
    failure = ws.first_failure(unit, ws.namespace(), 0, {}, ws.needed(unit.cells))
    return failure and f"{failure[0]}: {type(failure[1]).__name__}: {failure[1]}"


def pytest_fails(units, allowed, path):
    import pytest

    without(units, allowed)
    output = io.StringIO()
    options = ["-x", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={units[0].workspace}"]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = pytest.main([*options, str(path)])
    return None if code == 0 else f"{path.name}: {output.getvalue().strip().splitlines()[-3:]}"


def import_fails(units, allowed, path):
    without(units, allowed)
    try:
        importlib.import_module(".".join(Path(path).with_suffix("").parts))
    except ImportError as error:
        return f"{path}: {type(error).__name__}: {error}"
    return None


def check(unit, units, requirements):
    ws.enter(unit)
    allowed = requirements.closure([unit.id])
    with_tests = requirements.closure([unit.id, *requirements.tests[unit.id]])
    faults = []
    for outcome, answer in (
        ws.forked(lambda: cells_fail(unit, units, allowed), 300),
        ws.forked(lambda: pytest_fails(units, with_tests, unit.tests), 300),
    ):
        if (outcome, answer) != ("done", None):
            faults.append(answer or f"the process ended: {outcome}")
    return ws.Report(not faults, f"works with {', '.join(sorted(allowed - {unit.id})) or 'nothing else'}", faults)


def check_shared(path, ids, units, requirements):
    """A file of the package is imported, a test runs."""
    ws.enter(units[0])
    allowed = requirements.closure(ids)
    if path.startswith("tests/"):
        tried = lambda: pytest_fails(units, allowed, units[0].workspace / path)
    else:
        tried = lambda: import_fails(units, allowed, path)
    outcome, answer = ws.forked(tried, 300)
    faults = [] if (outcome, answer) == ("done", None) else [answer or f"the process ended: {outcome}"]
    return ws.Report(not faults, f"{path} works with {', '.join(ids)}", faults)


def check_milestone(name, ids, units, requirements):
    allowed = {f"{unit.target}" for unit in units if unit.id in requirements.closure(ids)}
    ours = {unit.target for unit in units}
    folder = next(units[0].workspace.glob(f"milestones/*{name}"), None)
    if folder is None:
        return ws.Report(False, f"milestone {name} is not in the workspace", [])
    imports = {
        node.module
        for script in folder.glob("*.py")
        for node in ast.walk(ast.parse(script.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in ours
    }
    faults = [f"imports {target}, which is not among its requirements" for target in sorted(imports - allowed)]
    return ws.Report(not faults, f"milestone imports {len(imports)} files of the course", faults)


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("catalog", type=Path, help="the catalog.yml of the base")
    options = parser.parse_args()
    import numpy  # noqa: F401  (so that the children need not load them again)
    import pytest  # noqa: F401

    requirements = Requirements(options.catalog)
    units = ws.read(options.workspace)
    asked = [unit for unit in units if not options.only or unit.id in options.only]
    reports = ws.each(asked, lambda unit: check(unit, units, requirements), options.jobs)
    if not options.only:
        for path, ids in requirements.shared.items():
            if path.endswith(".py"):
                reports.append(check_shared(path, ids, units, requirements))
                ws.show("shared", reports[-1])
        for name, ids in requirements.milestones.items():
            reports.append(check_milestone(name, ids, units, requirements))
            ws.show(name, reports[-1])
    ws.finish(reports)


if __name__ == "__main__":
    main()
