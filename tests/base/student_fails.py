"""What a student sees before writing anything: every graded test fails, with an AssertionError that says something.

    python tests/base/student_fails.py INSTRUCTOR STUDENT [--only ID …]

The notebooks come from the student tier, the package from the instructor's workspace: a student who begins a module has finished the ones before. A test
whose exercise is given in this tier (scaffold or challenge regions only) may pass.
"""

import os
from pathlib import Path

import workspace as ws


def given_tests(unit):
    """The graded tests behind exercises without a core region, from the instructor's notebook."""
    core = {region.cell for region in unit.regions() if region.role == "core"}
    all_regions = {region.cell for region in unit.regions()}
    given, last = set(), None
    for cell in unit.cells:
        if cell.index in all_regions:
            last = cell.index
        elif cell.graded_test and last is not None and last not in core:
            given.add(cell.grade_id)
    return given


def check(unit, instructor, given):
    ws.enter(unit, package_from=instructor)
    os.chdir(instructor)  # the notebook looks for the package from here upward
    keep, names = ws.needed(unit.cells), ws.namespace()
    faults, failing, free = [], 0, 0
    for cell in unit.cells:
        if cell.kind != "code":
            continue
        if "SOLUTION" in cell.source:
            faults.append(f"cell {cell.index} ({cell.grade_id}) still shows a region marker")
        error = None
        try:
            compile(cell.source, "cell", "exec")
            if cell.index in keep:
                ws.run_cell(cell.source, names, f"<{unit.id} cell {cell.index}>")
        except SyntaxError as problem:
            faults.append(f"cell {cell.index} ({cell.grade_id}) is no Python: {problem}")
            continue
        except BaseException as problem:
            error = problem
        if not cell.graded_test:
            continue
        if error is None and cell.grade_id in given:
            free += 1
        elif error is None:
            faults.append(f"{cell.grade_id}: passes although nothing is written")
        elif not isinstance(error, AssertionError):
            faults.append(f"{cell.grade_id}: {type(error).__name__} instead of AssertionError: {error}")
        elif len(str(error)) < 20:
            faults.append(f"{cell.grade_id}: the message says too little: {str(error)!r}")
        else:
            failing += 1
    line = f"{failing} tests fail as they should, {free} on given code pass, {len(faults)} faults"
    return ws.Report(failing > 0 and not faults, line, faults)


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("student", type=Path, help="the same course in the student tier")
    options = parser.parse_args()
    import numpy  # noqa: F401  (so that the children need not load it again)

    given = {unit.id: given_tests(unit) for unit in ws.read(options.workspace, options.only)}
    units = ws.read(options.student, options.only)
    instructor = options.workspace.resolve()
    ws.finish(ws.each(units, lambda unit: check(unit, instructor, given[unit.id]), options.jobs))


if __name__ == "__main__":
    main()
