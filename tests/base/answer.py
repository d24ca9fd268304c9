"""Answers the exercises of a student's workspace, as a student who has worked through all of it.

    python tests/base/answer.py WORKSPACE STUDENT [--only ID …]

WORKSPACE is a course with the tier `instructor`, STUDENT the same course with the tier `student`. Every stub in STUDENT is replaced: by a right answer in other words of
`tests/base/answers/` where there is one, and else by the course's own solution. Each notebook gets one more cell at its end, a trial of the student's own.
It prints one line of JSON for each answer: its notebook, the cell's grade_id, the function, and the code.
"""

import ast
import builtins
import json
import re
import sys
import textwrap
from pathlib import Path

import answers
import workspace as ws

STUB = "raise NotImplementedError()"


def names(code, loads):
    """The names that some code takes from elsewhere (`loads`), or those that it makes: variables, functions, classes, parameters, imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) == loads:
            found.add(node.id)
        elif isinstance(node, ast.alias) and not loads:
            found.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not loads:
            found.add(node.name)
        elif isinstance(node, ast.arg) and not loads:
            found.add(node.arg)
    return found


def fits(body, known):
    """Does the body of a function use nothing but these names, and what it makes itself?"""
    wrapped = "def wrapped():\n" + textwrap.indent(body, "    ")
    return names(wrapped, loads=True) <= known | names(wrapped, loads=False)


def right_answers(unit):
    """The right answers of a module that fit into it: a dict from region to code.

    An earlier release of the module lacks some of the regions, and some of the helpers that an answer may call; such answers are left out.
    """
    regions, found = answers.owners(unit), {}
    known = set(dir(builtins)).union(*(names(cell.source, loads=False) for cell in unit.cells if cell.kind == "code"))
    path = answers.FOLDER / f"{unit.id}.py"
    for answer in answers.parse(path.read_text("utf-8"), path.name):
        if answer.right:
            fitting = [(owner, body) for owner, body in answer.bodies if owner in regions and fits(body, known)]
            found.update({regions[owner]: body for owner, body in fitting})
    return found


def answered(unit, cell, words):
    """A cell with all its regions answered.

    Returns:
        its source, and a list of (function, code), the code with the indentation that it has there.
    """
    lines, given = cell.source.split("\n"), []
    for region in reversed([region for region in unit.regions() if region.cell == cell.index]):
        indent = re.match(r"\s*", lines[region.first - 1])[0]
        body = lines[region.first : region.last - 1]
        if region in words:
            body = textwrap.indent(words[region], indent).split("\n")
        lines[region.first - 1 : region.last] = body
        given.append((region.name.split(": ", 1)[1], "\n".join(body)))
    return "\n".join(lines), given[::-1]


def fill(unit, student):
    """Writes the answers of one module into the student's notebook; returns what was answered, in the order of the notebook."""
    path = student / unit.notebook.relative_to(unit.workspace)
    notebook, words, said = json.loads(path.read_text("utf-8")), right_answers(unit), []
    ours = {cell.grade_id: cell for cell in unit.cells if cell.kind == "code" and cell.solution and not cell.grade}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in ours and STUB in "".join(cell["source"]):
            source, given = answered(unit, ours[name], words)
            cell["source"] = source.splitlines(keepends=True)
            where = path.relative_to(student).as_posix()
            said += [dict(notebook=where, cell=name, function=function, code=code) for function, code in given]
    trial = dict(cell_type="code", execution_count=None, id=f"mine-{unit.id}", metadata={}, outputs=[])
    notebook["cells"].append(dict(trial, source=[f"# my own trial of {unit.id}\n", "print('so far')"]))
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8", newline="\n")
    return said


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("student", type=Path, help="the same course with the tier student")
    options = parser.parse_args()
    for unit in ws.read(options.workspace, options.only):
        for answer in fill(unit, options.student.resolve()):
            json.dump(answer, sys.stdout, ensure_ascii=False)
            print()


if __name__ == "__main__":
    main()
