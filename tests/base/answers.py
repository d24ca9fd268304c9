"""Answers as students write them: each judge alone must notice the wrong ones and accept the right ones.

    python tests/base/answers.py WORKSPACE [--only ID …]

The answers are in `tests/base/answers/ID.py`, see the README there. The two judges are the graded cells of the notebook and the pytest files of
the module. A module fails if it has fewer than five wrong answers, if a wrong answer passes both judges, if a right one is refused by one, or if a
judge alone notices less than 90 % of the module's wrong answers.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import workspace as ws

FOLDER = Path(__file__).resolve().parent / "answers"
RATE = 0.9
WRONG = 5


@dataclass(frozen=True)
class Answer:
    """One answer: whether it is right, what it does, and the new body of each region that it changes, by owner."""

    right: bool
    what: str
    bodies: tuple


def parse(text, path):
    """The answers of one file.

    Args:
        text: blocks of `# wrong: …` or `# right: …`, each followed by parts of `# in: OWNER` and the code.
        path: the file, for messages.

    Returns:
        list of Answers.

    Raises:
        ValueError: a part without a block, or a block without a part.
    """
    found, kind = [], None
    for number, line in enumerate(text.split("\n"), 1):
        head = re.fullmatch(r"# (wrong|right|in): (.+)", line)
        if head and head[1] != "in":
            kind = (head[1] == "right", head[2], [])
            found.append(kind)
        elif head and kind is None:
            raise ValueError(f"{path}, line {number}: `# in:` before the first `# wrong:` or `# right:`")
        elif head:
            kind[2].append((head[2], []))
        elif kind and kind[2]:
            kind[2][-1][1].append(line)
    empty = [what for _, what, parts in found if not parts]
    if empty:
        raise ValueError(f"{path}: nothing is changed by the answer `{empty[0]}`")
    return [
        Answer(right, what, tuple((owner, "\n".join(lines).strip("\n")) for owner, lines in parts))
        for right, what, parts in found
    ]


def owners(unit):
    """The regions of a module by the name that answers use: `function` or `Class.method`, with ` 2` for the second region there."""
    found = {}
    for region in unit.regions():
        name = region.name.split(": ", 1)[1]
        while name in found:
            base, _, number = name.partition(" ")
            name = f"{base} {int(number or 1) + 1}"
        found[name] = region
    return found


def applied(unit, answer):
    """The cells that an answer changes, as a dict from their numbers to their sources.

    Raises:
        ValueError: the module has no such region.
    """
    regions, by_cell = owners(unit), {}
    for owner, body in answer.bodies:
        if owner not in regions:
            raise ValueError(f"`{answer.what}` is in `{owner}`; the regions are {', '.join(regions)}")
        by_cell.setdefault(regions[owner].cell, []).append((regions[owner], body))
    changed = {}
    for index, parts in by_cell.items():
        lines = unit.cells[index].source.split("\n")
        for region, body in sorted(parts, key=lambda part: -part[0].first):
            indent = re.match(r"\s*", lines[region.first - 1])[0]
            lines[region.first - 1 : region.last] = textwrap.indent(body, indent).split("\n")
        changed[index] = "\n".join(lines)
        compile(changed[index], answer.what, "exec")
    return changed


def check(unit):
    ws.enter(unit)
    path = FOLDER / f"{unit.id}.py"
    if not path.exists():
        return ws.Report(False, "there are no answers", [])
    answers = parse(path.read_text("utf-8"), path.name)
    keep, faults, noticed = ws.needed(unit.cells), [], [0, 0]
    changes = [applied(unit, answer) for answer in answers]
    names, verdicts = ws.namespace(), {}
    for cell in unit.cells:
        for number, changed in enumerate(changes):
            if min(changed) == cell.index:
                job = lambda: ws.first_failure(unit, names, cell.index, changed, keep) is None  # noqa: B023
                verdicts[number] = ws.forked(job, 120) == ("done", True)
        if cell.index in keep:
            ws.run_cell(cell.source, names, f"<{unit.id} cell {cell.index}>")
    for number, (answer, changed) in enumerate(zip(answers, changes)):
        passes = (verdicts[number], ws.forked(lambda: not ws.pytest_fails(unit, changed), 120) == ("done", True))  # noqa: B023
        judges = " and ".join(name for name, passed in zip(("cells", "pytest"), passes) if passed != answer.right)
        if answer.right and judges:
            faults.append(f"refused by {judges}: {answer.what}")
        elif not answer.right:
            noticed = [count + (not passed) for count, passed in zip(noticed, passes)]
            if judges:
                faults.append(f"passes {judges}: {answer.what}")
    wrong, right = sum(not answer.right for answer in answers), sum(answer.right for answer in answers)
    line = f"{wrong} wrong answers, noticed by cells {noticed[0]}, by pytest {noticed[1]}; {right} right ones"
    bad = any(fault.startswith(("refused", "passes cells and pytest")) for fault in faults) or min(noticed) < RATE * wrong
    return ws.Report(wrong >= WRONG and right >= 1 and not bad, line, faults, wrong, noticed)


def main():
    options = ws.arguments(__doc__.splitlines()[0]).parse_args()
    import numpy  # noqa: F401  (so that the children need not load them again)
    import pytest  # noqa: F401

    units = ws.read(options.workspace, options.only)
    reports = ws.each(units, check, options.jobs)
    total = sum(report.count for report in reports)
    for place, judge in enumerate(("cells", "pytest")):
        caught = sum(report.caught[place] for report in reports if report.count)
        print(f"{judge} alone notice {caught} of {total} wrong answers, {caught / max(total, 1):.1%}")
    ws.finish(reports)


if __name__ == "__main__":
    main()
