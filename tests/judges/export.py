"""Judge: does tito export a notebook as nbdev does?

usage: export.py OURS

OURS holds nbs/NAME.ipynb and NAME.module.py, tito's module of it, made for the package `tinytorch` and with the notebook
named as nbdev names it. The markers of solution regions, which tito leaves out, do not count. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import shutil
import sys
from pathlib import Path

from nbdev.export import nb_export

MARKERS = ["BEGIN SOLUTION", "END SOLUTION"]


def theirs(notebook, package):
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir()
    nb_export(notebook, lib_path=package)
    modules = list(package.rglob("*.py"))
    assert len(modules) == 1, f"{notebook.name}: nbdev made {modules}"
    lines = modules[0].read_bytes().decode("utf-8").split("\n")
    return "\n".join(line for line in lines if not any(marker in line for marker in MARKERS))


def main():
    ours = Path(sys.argv[1]).resolve()
    for notebook in sorted((ours / "nbs").glob("*.ipynb")):
        text = (ours / f"{notebook.stem}.module.py").read_bytes().decode("utf-8")
        expected = theirs(notebook, ours / "tinytorch")
        if text != expected:
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "nbdev", "tito", lineterm="", n=2)
            print(f"== {notebook.stem}\n" + "\n".join(list(lines)[:40]))


main()
