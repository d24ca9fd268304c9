"""Measures three-way merge tools on cases whose right result is known: the matrix of 13 course changes x 6 student situations, and two real
releases of the base course x the same situations. `good.py` says when a merge is good.

    cargo test --test it -- merge::matrix merge::releases && cargo build --release
    target/venv/bin/python tests/merge/compare.py target/merge-matrix target/merge-releases [--tito target/release/tito]

invalid file: not a notebook any more, or not a valid one; or the tool broke down.
silently wrong: the tool says that all is well, and it is not good.
outputs right: cells whose text is what the student ran have the outputs of that run, all others none.

With --faults there is no table: of `tito merge`, a line is printed for each case that is not good or has wrong outputs.
"""

import argparse
import copy
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import nbformat
from good import SIDES, Case, fault, outputs_right

ROOT = pathlib.Path(__file__).resolve().parents[2]


def child_time():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def merge_file(folder, _args, strip=False):
    """git merge-file on the JSON; with the student's outputs stripped first, or not."""
    start = child_time()
    with tempfile.TemporaryDirectory() as scratch:
        mine = pathlib.Path(scratch, "mine")
        notebook = json.loads((folder / "student.ipynb").read_text())
        if strip:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
        mine.write_text(json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        done = subprocess.run(
            ["git", "merge-file", "-p", mine, folder / "base.ipynb", folder / "course.ipynb"], capture_output=True
        )
    return done.returncode == 0, done.stdout.decode(), "", child_time() - start


def stripped(folder, args):
    return merge_file(folder, args, strip=True)


def tito(folder, args):
    start = child_time()
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch, "out.ipynb")
        sides = [folder / f"{side}.ipynb" for side in SIDES]
        done = subprocess.run([args.tito, "merge", *sides, "-o", out, "--format", "json"], capture_output=True)
        report = json.loads(done.stdout)
        aside = "\n".join(cell.get("student", "") for cell in report["cells"])
        return done.returncode == 0, out.read_text(), aside, child_time() - start


def nbdime(folder, _args, strategy=None):
    from nbdime.args import Namespace  # noqa: F401  (imports are not measured)
    from nbdime.merging.notebooks import merge_notebooks
    import nbdime.nbmergeapp

    parser = nbdime.nbmergeapp._build_arg_parser()
    names = [str(folder / f"{side}.ipynb") for side in SIDES]
    options = parser.parse_args(names + (["--merge-strategy", strategy] if strategy else []))
    sides = [nbformat.read(name, as_version=4) for name in names]
    start = time.process_time() + child_time()
    merged, decisions = merge_notebooks(*[copy.deepcopy(side) for side in sides], options)
    spent = time.process_time() + child_time() - start
    conflict = any(decision.conflict for decision in decisions)
    return not conflict, nbformat.writes(nbformat.from_dict(merged)), "", spent


def nbdime_local(folder, args):
    return nbdime(folder, args, "use-local")


TOOLS = {
    "tito merge": tito,
    "git merge-file": merge_file,
    "outputs stripped, then git merge-file": stripped,
    "nbdime nbmerge": nbdime,
    "nbdime, use-local": nbdime_local,
}
LOST_IDS = ("ids-dropped", "ids-new")


def measure(tool, folders, args):
    rows = []
    for folder in folders:
        case = Case.read(folder)
        try:
            clean, text, aside, spent = TOOLS[tool](folder, args)
            why = fault(case, text, aside)
        except Exception as error:  # a tool that crashes has not merged
            clean, text, why, spent = False, "", f"invalid: crashed: {error!r}"[:120], 0.0
        outputs = outputs_right(case, text)
        if args.faults and (why or not outputs):
            print(f"{folder.name}: {why or 'outputs'}")
        if args.verbose and why:
            print(f"  {tool}: {folder.name}: {why}", file=sys.stderr)
        rows.append((clean, why, spent, outputs))
    return rows


def row(tool, which, rows):
    share = lambda count: f"{100 * count / len(rows):.1f} %"
    clean = sum(clean for clean, *_ in rows)
    invalid = sum((why or "").startswith("invalid") for _, why, *_ in rows)
    good = sum(why is None for _, why, *_ in rows)
    silent = sum(clean and why is not None for clean, why, *_ in rows)
    times = [1000 * spent for _, _, spent, _ in rows]
    outputs = share(sum(outputs for *_, outputs in rows))
    cpu = f"{statistics.median(times):.0f} / {max(times):.0f} ms"
    return f"| {tool} | {which} | {len(rows)} | {share(clean)} | {share(invalid)} | {share(good)} | {share(silent)} | {outputs} | {cpu} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=pathlib.Path, nargs="+", help="a folder of cases; a table for each")
    parser.add_argument("--tito", default=ROOT / "target/release/tito")
    parser.add_argument("--tools", nargs="*", default=list(TOOLS))
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    for cases in args.cases:
        folders = sorted(case.parent for case in cases.glob("*/case.json")) if cases.is_dir() else []
        if not folders:
            sys.exit(f"there are no cases in {cases}; make them: cargo test --test it -- merge::matrix merge::releases")
        if args.faults:
            measure("tito merge", folders, args)
        else:
            table(cases.name, folders, args)


def table(name, folders, args):
    kept = [folder for folder in folders if not folder.name.endswith(LOST_IDS)]
    lost = [folder for folder in folders if folder.name.endswith(LOST_IDS)]
    print(f"\n{name}\n")
    print("| tool | cell ids | cases | clean | invalid file | good | silently wrong | outputs right | CPU median / max |")
    print("|---|---|---|---|---|---|---|---|---|")
    for tool in args.tools:
        for which, some in (("kept", kept), ("lost or new", lost)):
            print(row(tool, which, measure(tool, some, args)), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
