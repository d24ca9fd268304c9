"""Every notebook of an instructor's workspace in a fresh kernel: no error, no warning, in time, with pictures, an experiment and a
challenge; its points add up to 100.

    python tests/base/execute.py WORKSPACE [--only ID …] [--seconds 60] [--save FOLDER]

Needs nbclient, nbformat and ipykernel.
"""

import os
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import workspace as ws
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError


PICTURES = 2  # the fewest in a notebook


def pictures(notebook):
    """The SVG documents that a notebook shows, and what is wrong with them.

    Returns:
        (count, faults): each picture must be XML, be marked as an image, and say in words what it shows.
    """
    count, faults = 0, []
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            svg = output.get("data", {}).get("image/svg+xml")
            if svg is None:
                continue
            count += 1
            try:
                root = ElementTree.fromstring(svg)
            except ElementTree.ParseError as error:
                faults.append(f"cell {index} shows a picture that is no XML: {error}")
                continue
            said = root.get("aria-label", "")
            if root.get("role") != "img" or root[0].text != said or len(said) < 20:
                faults.append(f"cell {index} shows a picture without a description: {said!r}")
            if "not finite" in said or "no data" in said:
                faults.append(f"cell {index} shows a picture in which data are missing: {said!r}")
            if len(svg) > 200_000:
                faults.append(f"cell {index} shows a picture of {len(svg):,} characters; the limit is 200,000")
    if count < PICTURES:
        faults.append(f"it shows {count} pictures; the fewest are {PICTURES}")
    return count, faults


def predict(notebook):
    """Write a number into the experiments, as a student does before they measure anything; gives how many there are."""
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and "\nprediction = None" in cell.source:
            cell.source = cell.source.replace("\nprediction = None", "\nprediction = 1.0", 1)
            count += 1
    return count


def check(unit, seconds, save=None):
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ.pop("PYTHONPATH", None)  # the notebook must find the package by itself
    notebook = nbformat.read(unit.notebook, as_version=4)
    predictions = predict(notebook)
    place = {"metadata": {"path": str(unit.notebook.parent)}}
    # A machine that has much else to do starts a kernel late.
    client = NotebookClient(notebook, timeout=seconds, startup_timeout=600, kernel_name="python3", resources=place)
    faults = []
    start = time.perf_counter()
    try:
        client.execute()
    except CellTimeoutError as error:
        faults.append(f"a cell took more than {seconds} s: {str(error).splitlines()[0]}")
    except CellExecutionError as error:
        faults.extend(str(error).strip().splitlines()[-12:])
    spent = time.perf_counter() - start
    if save:
        save.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, save / f"{unit.id}.ipynb")
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                faults.append(f"cell {index} writes a warning: {output.text.strip().splitlines()[0]}")
    if spent > seconds:
        faults.append(f"it took {spent:.0f} s; the limit is {seconds}")
    shown, wrong = pictures(notebook)
    faults.extend(wrong if not faults else ())
    if any("tinytorch.pictures" in cell.source for cell in unit.cells if cell.exported):
        faults.append("an exported cell uses tinytorch.pictures: pictures stay out of the package")
    if predictions != 1:
        faults.append(f"it asks for {predictions} predictions; one is expected")
    challenges = sum('role="challenge"' in cell.source for cell in unit.cells)
    if not challenges:
        faults.append("it has no challenge")
    points = sum(cell.points for cell in unit.cells if cell.grade)
    if points != 100:
        faults.append(f"its points add up to {points:g}, not 100")
    return ws.Report(not faults, f"{sum(cell.kind == 'code' for cell in unit.cells)} cells, {shown} pictures in {spent:.1f} s", faults)


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="the limit for a notebook (default 60)")
    parser.add_argument("--save", type=Path, help="a folder for the executed notebooks, for people who look at them")
    options = parser.parse_args()
    units = ws.read(options.workspace, options.only)
    ids = [cell.grade_id for unit in units for cell in unit.cells if cell.grade_id]
    reports = ws.each(units, lambda unit: check(unit, options.seconds, options.save), options.jobs)
    twice = sorted({grade_id for grade_id in ids if ids.count(grade_id) > 1})
    if twice:
        print(f"FAIL these grade_ids occur more than once in the base: {', '.join(twice)}")
    ws.finish(reports, not twice)


if __name__ == "__main__":
    main()
