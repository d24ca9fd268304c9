"""Judge: does tito export a notebook as nbdev does?

usage: export.py OURS

OURS holds nbs/NAME.ipynb and NAME.module.py, tito's module of it, made for the package `tinytorch` and with the notebook
named as nbdev names it. Prints one paragraph for each difference; silence is agreement.
"""

import difflib
import shutil
import sys
from pathlib import Path

from nbdev.export import nb_export


def theirs(notebook, package):
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir()
    nb_export(notebook, lib_path=package)
    modules = list(package.rglob("*.py"))
    assert len(modules) == 1, f"{notebook.name}: nbdev made {modules}"
    return modules[0].read_bytes().decode("utf-8")


def main():
    ours = Path(sys.argv[1]).resolve()
    for notebook in sorted((ours / "nbs").glob("*.ipynb")):
        text = (ours / f"{notebook.stem}.module.py").read_bytes().decode("utf-8")
        expected = theirs(notebook, ours / "tinytorch")
        if text != expected:
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "nbdev", "tito", lineterm="", n=2)
            print(f"== {notebook.stem}\n" + "\n".join(list(lines)[:40]))


main()
