"""Judge: does tito read percent scripts as jupytext does, and write notebooks as nbformat does?

usage: percent.py SCRIPTS OURS

SCRIPTS holds NAME.py; OURS holds NAME.ipynb (tito's bytes), NAME.back.py (tito's script of that notebook) and
NAME.errors where tito reported an error. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import io
import sys
from pathlib import Path

import jupytext
import nbformat
from jupytext.jupytext import drop_text_representation_metadata


def sorted_filter(notebook):
    # jupytext lists these keys in the order of a Python set, which differs from run to run.
    jupytext_metadata = notebook.metadata.get("jupytext", {})
    if "cell_metadata_filter" in jupytext_metadata:
        jupytext_metadata["cell_metadata_filter"] = ",".join(
            sorted(jupytext_metadata["cell_metadata_filter"].split(","), key=lambda key: (key.startswith("-"), key))
        )


def difference(name, what, theirs, ours):
    lines = difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "theirs", "tito", lineterm="", n=2)
    print(f"== {name}: {what}\n" + "\n".join(list(lines)[:40]))


def bytes_of(notebook):
    out = io.StringIO()
    nbformat.write(notebook, out)
    return out.getvalue()


def judge(script, ours):
    name = script.stem
    errors = ours / f"{name}.errors"
    try:
        theirs = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
        theirs = drop_text_representation_metadata(theirs)
    except Exception as error:
        if not errors.exists():
            print(f"== {name}: jupytext refuses it ({type(error).__name__}: {error}) and tito does not")
        return
    text = (ours / f"{name}.ipynb").read_bytes().decode("utf-8")
    tito = nbformat.reads(text, as_version=4)
    sorted_filter(theirs)
    sorted_filter(tito)
    if len(theirs.cells) == len(tito.cells):
        for cell, other in zip(theirs.cells, tito.cells):
            cell.id = other.id
    if bytes_of(theirs) != bytes_of(tito):
        difference(name, "another notebook", bytes_of(theirs), bytes_of(tito))
    again = bytes_of(nbformat.reads(text, as_version=4))
    if again != text:
        difference(name, "opening and saving changes bytes", again, text)
    if errors.exists():
        return
    nbformat.validate(nbformat.reads(text, as_version=4))
    back = ours / f"{name}.back.py"
    if back.exists():
        script = jupytext.writes(nbformat.reads(text, as_version=4), fmt="py:percent")
        if script != back.read_text(encoding="utf-8"):
            difference(name, "another script on the way back", script, back.read_text(encoding="utf-8"))


def main():
    scripts, ours = map(Path, sys.argv[1:3])
    for script in sorted(scripts.glob("*.py")):
        judge(script, ours)


main()
