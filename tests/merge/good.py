"""Is a merge good? The judge of all tools that `compare.py` measures.

Of each cell the case says which one of the base it is. So what the merged notebook must hold is known, cell by cell, and it must hold
nothing else:

- a cell that the student left alone: as the course has it, or gone if the course removed it;
- a cell that the student changed and the course did not: as the student has it;
- an answer in a cell that the course changed too: the course's new text around the student's lines;
- a test that the student changed: the course's, with the student's lines in the tool's report; or both texts' new lines;
- an answer in a cell that the course removed, a copied answer, a cell of the student's own: as it is, without grading;
- each cell of the course with the course's grading (grade_id, points, flags, checksum), and no grading anywhere else;
- the course's cells in the course's order; a cell of the student's own behind the cell that it follows, with nothing but new cells between.

Whitespace counts. The file must be valid nbformat without a warning (no cell id twice), without conflict markers.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat

SIDES = ("base", "student", "course")


@dataclass(frozen=True)
class Case:
    """Three notebooks; `origin[side]` has for each cell the number of the base's cell that it is, or None."""

    name: str
    base: list
    student: list
    course: list
    origin: dict
    both: dict

    @classmethod
    def read(cls, folder):
        known = json.loads(Path(folder, "case.json").read_text("utf-8"))
        notebooks = [json.loads(Path(folder, f"{side}.ipynb").read_text("utf-8"))["cells"] for side in SIDES]
        both = {int(at): text for at, text in known["both"].items()}
        return cls(Path(folder).name, *notebooks, {side: known[side] for side in SIDES[1:]}, both)


def text(cell):
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def grading(cell):
    """The grading metadata; None if it asks for nothing."""
    meta = cell["metadata"].get("nbgrader", {})
    return meta if any(meta.get(flag) for flag in ("grade", "solution", "locked", "task")) else None


@dataclass
class Wanted:
    """A cell that must be there: whose it is, what is wrong without it, and how it may read."""

    fault: str
    kind: str
    reads: object
    grading: dict | None
    student: int | None
    course: int | None
    new: bool
    place: int | None = None

    def is_met_by(self, cell):
        return cell["cell_type"] == self.kind and grading(cell) == self.grading and self.reads(text(cell))


def wanted(case, aside):
    """All cells that the merged notebook must hold: the course's in its order, then those that only the student has."""
    mine = {at: number for number, at in enumerate(case.origin["student"]) if at is not None}
    cells = []
    for number, (cell, at) in enumerate(zip(case.course, case.origin["course"], strict=True)):
        who, reads = ("course's cell", lambda found, here=text(cell): found == here)
        if at is not None and text(case.student[mine[at]]) != text(case.base[at]):
            who, reads = changed_by_student(case, at, cell, case.student[mine[at]], aside)
        fault = f"{who} is not there as it must be: {text(cell)[:60]!r}"
        cells.append(Wanted(fault, cell["cell_type"], reads, grading(cell), mine.get(at), number, at is None))
    kept = set(case.origin["course"])
    for number, (cell, at) in enumerate(zip(case.student, case.origin["student"], strict=True)):
        if at is None or (at not in kept and text(cell) != text(case.base[at])):
            fault = f"student's own cell is not there as it must be: {text(cell)[:60]!r}"
            reads = lambda found, here=text(cell): found == here
            cells.append(Wanted(fault, cell["cell_type"], reads, None, number, None, at is None))
    return cells


def changed_by_student(case, at, course, student, aside):
    """How a cell may read that the student changed and the course still has."""
    old, mine, new = text(case.base[at]), text(student), text(course)
    meta = grading(case.base[at]) or {}
    if at in case.both:
        return "student's answer", lambda found: found == case.both[at]
    if meta.get("solution") or not meta:
        assert old == new, "a case must say what becomes of a cell that both changed"
        return "student's answer", lambda found: found == mine
    fresh = lambda side: set(side.splitlines()) - set(old.splitlines())
    told = fresh(mine) <= set(aside.splitlines())

    def reads(found):
        merged = fresh(mine) | fresh(new) <= set(found.splitlines()) <= set(mine.splitlines()) | set(new.splitlines())
        return found == new and told or merged

    return "test", reads


def fault(case, merged_text, aside=""):
    """Why the merged notebook is not good, or None. `aside` is what the tool's report keeps of the student's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nbformat.validate(json.loads(merged_text))
        merged = json.loads(merged_text)["cells"]
    except Exception as error:  # whatever is wrong with the file
        return "invalid: " + type(error).__name__
    if any(line.startswith(("<<<<<<<", ">>>>>>>")) for cell in merged for line in text(cell).splitlines()):
        return "conflict marker"
    cells, free = wanted(case, aside), list(range(len(merged)))
    for cell in cells:
        cell.place = next((place for place in free if cell.is_met_by(merged[place])), None)
        if cell.place is None:
            return cell.fault
        free.remove(cell.place)
    if free:
        return f"a cell too much: {text(merged[free[0]])[:60]!r}"
    return out_of_order(cells)


def out_of_order(cells):
    places = [cell.place for cell in cells if cell.course is not None]
    if places != sorted(places):
        return "the course's cells are not in the course's order"
    new = {cell.place for cell in cells if cell.new}
    for own in (cell for cell in cells if cell.course is None):
        before = [cell for cell in cells if cell.student is not None and cell.student < own.student]
        anchor = max(before, key=lambda cell: cell.student).place if before else -1
        if anchor > own.place or not set(range(anchor + 1, own.place)) <= new:
            return "a student's own cell is not behind the cell that it followed"
    return None


def outputs_right(case, merged_text):
    """A code cell that reads as one that was run has what that printed, and its number; all others have nothing."""
    try:
        merged = json.loads(merged_text)["cells"]
    except ValueError:
        return False
    printed = lambda cell: (cell["outputs"], cell["execution_count"])
    code = lambda cells: (cell for cell in cells if cell["cell_type"] == "code")
    ran = {}
    for cell in code(case.student):
        ran.setdefault(text(cell), []).append(printed(cell))
    return all(printed(cell) in ran.get(text(cell), [([], None)]) for cell in code(merged))
