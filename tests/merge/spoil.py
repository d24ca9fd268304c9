"""Spoils good merges in every way that a tool might, and sees that the judge of `good.py` rejects each.

    target/venv/bin/python tests/merge/spoil.py TITO CASE…

A case must have an answer, and a course that changed text, test, code, points and scaffold, and inserted and removed cells.
"""

import argparse
import copy
import json
import sys
from pathlib import Path

import compare
from good import Case, fault, grading, outputs_right, text


def find(cells, wanted):
    return next(number for number, cell in enumerate(cells) if wanted(cell))


def answered(cell):
    return "return first17" in text(cell) and grading(cell)


def rewrite(cell, old, new):
    assert old in text(cell), old
    cell["source"] = text(cell).replace(old, new, 1)


def swap(cells, one, other):
    cells[one], cells[other] = cells[other], cells[one]


def question(cells):
    return cells[find(cells, answered)]


def test(cells):
    return cells[find(cells, lambda cell: (grading(cell) or {}).get("grade_id") == "test-loss")]


def answer_in_another_cell(cells):
    other = cells[find(cells, lambda cell: "def softmax" in text(cell))]
    mine = question(cells)
    mine["source"], other["source"] = text(mine).replace("loss", "softmax"), text(other).replace("softmax", "loss")


def lines_swapped(cells):
    lines = text(question(cells)).split("\n")
    lines[2], lines[3] = lines[3], lines[2]
    question(cells)["source"] = "\n".join(lines)


def ids_twice(cells):
    cells[5]["id"] = cells[6]["id"]


def run_cell(cells):
    return cells[find(cells, lambda cell: cell["cell_type"] == "code" and cell["outputs"])]


def never_run(cells):
    return cells[find(cells, lambda cell: cell["cell_type"] == "code" and cell["execution_count"] is None)]


SPOILS = {
    "an answer's line lost": lambda cells: rewrite(question(cells), "    first17 = ", "    "),
    "an answer lost": lambda cells: rewrite(question(cells), "return first17", "raise NotImplementedError()"),
    "the stub back beside the answer": lambda cells: rewrite(question(cells), "return first17", "return first17\n    # YOUR CODE HERE"),
    "the answer twice in its cell": lambda cells: rewrite(question(cells), "return first17", "return first17\n\n    return first17"),
    "two lines of a cell swapped": lines_swapped,
    "the answer in another question": answer_in_another_cell,
    "the scaffold as it was": lambda cells: rewrite(question(cells), "better hint", "hint"),
    "a blank line more": lambda cells: rewrite(question(cells), "return first17\n", "return first17\n\n"),
    "the test as it was": lambda cells: rewrite(test(cells), "loss(3) == 9", "loss(2) == 4"),
    "the test gone": lambda cells: cells.remove(test(cells)),
    "the points as they were": lambda cells: grading(test(cells)).update(points=1),
    "a grade_id of its own": lambda cells: grading(question(cells)).update(grade_id="mine"),
    "the grading lost": lambda cells: question(cells)["metadata"].clear(),
    "the graded cell twice": lambda cells: cells.insert(20, copy.deepcopy(question(cells)) | {"id": "twice"}),
    "the same without its grading": lambda cells: cells.insert(20, copy.deepcopy(question(cells)) | {"id": "twice", "metadata": {}}),
    "the answer without grading beside a stub": lambda cells: cells.insert(20, {**copy.deepcopy(question(cells)), "id": "twice", "source": "def loss(x):\n    # YOUR CODE HERE"}),
    "a text as it was": lambda cells: rewrite(cells[find(cells, lambda cell: "loss3, corrected," in text(cell))], ", corrected,", ""),
    "a text of the course's lost": lambda cells: cells.pop(find(cells, lambda cell: "foreword" in text(cell))),
    "a cell too much": lambda cells: cells.insert(7, {"cell_type": "markdown", "id": "more", "metadata": {}, "source": "more"}),
    "a removed cell still there": lambda cells: cells.insert(4, {"cell_type": "markdown", "id": "more", "metadata": {}, "source": "## relu\n\nrelu1 relu2 relu3 of relu4.\n\nSee relu5."}),
    "the course's cells in another order": lambda cells: swap(cells, -1, -2),
    "a cell of another type": lambda cells: cells[0].update(cell_type="raw"),
    "a conflict marker": lambda cells: rewrite(cells[0], "\n", "\n<<<<<<< local\n"),
    "an id twice": ids_twice,
    "no id": lambda cells: cells[5].pop("id"),
    "outputs lost": lambda cells: run_cell(cells).update(outputs=[], execution_count=None),
    "outputs of another cell": lambda cells: run_cell(cells).update(outputs=[{"output_type": "stream", "name": "stdout", "text": ["x\n"]}]),
    "the number of another run": lambda cells: run_cell(cells).update(execution_count=99),
    "outputs of a text that was not run": lambda cells: never_run(cells).update(outputs=[{"output_type": "stream", "name": "stdout", "text": ["x\n"]}]),
}
# What can be spoiled in some situations only.
OWN = {
    "scratch": {
        "a scratch cell lost": lambda cells: cells.pop(find(cells, lambda cell: "scratch = 5" in text(cell))),
        "a scratch cell at the end": lambda cells: cells.append(cells.pop(find(cells, lambda cell: "scratch = 5" in text(cell)))),
        "a scratch cell on top": lambda cells: cells.insert(0, cells.pop(find(cells, lambda cell: "scratch = 5" in text(cell)))),
    },
    "solution-copied": {
        "the copy lost": lambda cells: cells.pop(find(cells, lambda cell: "print('copy')" in text(cell))),
        "the copy graded": lambda cells: cells[find(cells, lambda cell: "print('copy')" in text(cell))]["metadata"].update(copy.deepcopy(question(cells)["metadata"])),
        "the copy with the grading of the original": lambda cells: swapped_grading(cells),
        "the copy far away": lambda cells: cells.append(cells.pop(find(cells, lambda cell: "print('copy')" in text(cell)))),
    },
    "locked-touched": {
        "the student's test in the place of the course's": lambda cells: test(cells).update(source="assert True  # good enough"),
    },
}


def swapped_grading(cells):
    mine = cells[find(cells, lambda cell: "print('copy')" in text(cell))]
    original = question(cells)
    mine["metadata"], original["metadata"] = original["metadata"], mine["metadata"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tito")
    parser.add_argument("cases", nargs="+", type=Path)
    args = parser.parse_args()
    count, missed = 0, []
    for folder in args.cases:
        case = Case.read(folder)
        _, good, aside, _ = compare.tito(folder, args)
        accepted = lambda notebook, aside=aside: fault(case, notebook, aside) is None and outputs_right(case, notebook)
        if not accepted(good):
            sys.exit(f"{folder.name}: {fault(case, good, aside) or 'outputs'}, before anything is spoiled")
        situation = case.name.split("--")[1]
        for name, spoil in {**SPOILS, **OWN.get(situation, {})}.items():
            notebook = json.loads(good)
            spoil(notebook["cells"])
            count += 1
            if accepted(json.dumps(notebook)):
                missed.append(f"{case.name}: accepted: {name}")
        if situation == "locked-touched":
            count += 1
            if accepted(good, aside=""):
                missed.append(f"{case.name}: accepted: a student's test that nobody tells of")
    print("\n".join(missed) or f"{count} spoiled merges, all of them rejected")


if __name__ == "__main__":
    main()
