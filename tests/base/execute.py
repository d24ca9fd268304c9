"""Every notebook of an instructor's workspace in a fresh kernel: no error, no warning, in time; its points add up to 100.

    python tests/base/execute.py WORKSPACE [--only ID …] [--seconds 60]

Needs nbclient, nbformat and ipykernel.
"""

import os
import time

import nbformat
import workspace as ws
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError


def check(unit, seconds):
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ.pop("PYTHONPATH", None)  # the notebook must find the package by itself
    notebook = nbformat.read(unit.notebook, as_version=4)
    client = NotebookClient(
        notebook, timeout=seconds, kernel_name="python3", resources={"metadata": {"path": str(unit.notebook.parent)}}
    )
    faults = []
    start = time.perf_counter()
    try:
        client.execute()
    except CellTimeoutError as error:
        faults.append(f"a cell took more than {seconds} s: {str(error).splitlines()[0]}")
    except CellExecutionError as error:
        faults.extend(str(error).strip().splitlines()[-12:])
    spent = time.perf_counter() - start
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                faults.append(f"cell {index} writes a warning: {output.text.strip().splitlines()[0]}")
    if spent > seconds:
        faults.append(f"it took {spent:.0f} s; the limit is {seconds}")
    points = sum(cell.points for cell in unit.cells if cell.grade)
    if points != 100:
        faults.append(f"its points add up to {points:g}, not 100")
    return ws.Report(not faults, f"{sum(cell.kind == 'code' for cell in unit.cells)} cells in {spent:.1f} s", faults)


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="the limit for a notebook (default 60)")
    options = parser.parse_args()
    units = ws.read(options.workspace, options.only)
    ids = [cell.grade_id for unit in units for cell in unit.cells if cell.grade_id]
    reports = ws.each(units, lambda unit: check(unit, options.seconds), options.jobs)
    twice = sorted({grade_id for grade_id in ids if ids.count(grade_id) > 1})
    if twice:
        print(f"FAIL these grade_ids occur more than once in the base: {', '.join(twice)}")
    ws.finish(reports, not twice)


if __name__ == "__main__":
    main()
