"""The usual mistakes in the instructor's kits: the tests that a kit names fail on just that wrong answer.

    python tests/base/kits.py WORKSPACE [--only ID …]

A kit is `INSTRUCTOR.md` in the folder of its module. Each mistake there has the words of a wrong answer in `tests/base/answers/ID.py`, and names
graded cells of the notebook (`test-ID-…`) and functions of the pytest files (`test_…`).
"""

import contextlib
import io
import re
import sys

import answers
import workspace as ws


def mistakes(kit):
    """The mistakes of a kit: a list of (what is wrong, in lower case; the names of the tests that show it)."""
    part = kit.split("\n## Usual mistakes\n")[1].split("\n## ")[0]
    found = re.findall(r"^- \*\*(.+?)\.\*\*.*Shown by (.+)$", part, re.M)
    return [(what.lower(), re.findall(r"`([^`]+)`", shown)) for what, shown in found]


def failing_cells(unit, names, start, changed, keep, asked):
    """Which of the graded tests in `asked` fail, from cell number `start` on. What comes after the last of them is not run."""
    asked, found = set(asked), []
    for cell in unit.cells[start:]:
        if not asked:
            break
        if cell.index not in keep:
            continue
        try:
            ws.run_cell(changed.get(cell.index, cell.source), names, f"<{unit.id} cell {cell.index}>")
        except BaseException:  # also SystemExit: a cell must not end the harness
            if cell.graded_test:
                found.append(cell.grade_id)
        asked.discard(cell.grade_id)
    return found


class Failed:
    """A plugin of pytest that notes the functions that fail."""

    def __init__(self):
        self.names = []

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.names.append(re.split(r"\[", report.nodeid.split("::")[-1])[0])


def failing_functions(unit, changed, asked):
    """Which of the functions in `asked`, of the pytest files, fail when the exported file is made of the changed cells. To be called in a child."""
    import pytest

    for name in [name for name in sys.modules if name.split(".")[0] == ws.PACKAGE]:
        del sys.modules[name]
    sys.meta_path.insert(0, ws._Replaced(unit.target, unit.export_source(changed)))
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={unit.workspace}", "-k", " or ".join(asked)]
    failed = Failed()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main([*options, str(unit.tests)], plugins=[failed])
    return failed.names


def check(unit):
    ws.enter(unit)
    path = unit.notebook.parent / "INSTRUCTOR.md"
    if not path.exists():
        return ws.Report(False, "there is no kit", [])
    known = {answer.what.lower(): answer for answer in answers.parse((answers.FOLDER / f"{unit.id}.py").read_text("utf-8"), unit.id)}
    told, faults = mistakes(path.read_text("utf-8")), []
    told = [(what, shown, answers.applied(unit, known[what])) for what, shown in told]
    keep, names, failed = ws.needed(unit.cells), ws.namespace(), {}
    for cell in unit.cells:
        for what, shown, changed in told:
            if min(changed) == cell.index:
                tests = [name for name in shown if name.startswith("test-")]
                job = lambda: failing_cells(unit, names, cell.index, changed, keep, tests)  # noqa: B023
                failed[what] = ws.forked(job, 240)[1] or []
        if cell.index in keep:
            ws.run_cell(cell.source, names, f"<{unit.id} cell {cell.index}>")
    for what, shown, changed in told:
        functions = [name for name in shown if name.startswith("test_")]
        if functions:
            failed[what] += ws.forked(lambda: failing_functions(unit, changed, functions), 240)[1] or []  # noqa: B023
        faults += [f"{name} does not show: {what}" for name in shown if name not in failed[what]]
    return ws.Report(bool(told) and not faults, f"{len(told)} mistakes", faults)


def main():
    options = ws.arguments(__doc__.splitlines()[0]).parse_args()
    import numpy  # noqa: F401  (so that the children need not load them again)
    import pytest  # noqa: F401

    ws.finish(ws.each(ws.read(options.workspace, options.only), check, options.jobs))


if __name__ == "__main__":
    main()
