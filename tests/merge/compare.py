"""Measures three-way merge tools on the matrix of 13 course changes x 6 student situations.

    cargo test --test it merge::matrix && cargo build --release
    target/venv/bin/python tests/merge/compare.py [--tito target/release/tito]

good: valid nbformat, no conflict marker, every line of the student's is there (that of a locked cell: in the report), every cell that
the student left alone is as the course has it, every line that the course changed is there, every grade_id of the course exactly once.
silently wrong: the tool says that all is well, and it is not good.
outputs right: cells whose text is what the student ran have their outputs, all others none.
"""

import argparse
import copy
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import nbformat

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ("grade", "solution", "locked", "task")


def lines(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def graded(cell):
    meta = cell.get("metadata", {}).get("nbgrader", {})
    return meta.get("grade_id") if any(meta.get(flag) for flag in FLAGS) else None


def key(cell):
    return cell["cell_type"], cell["source"]


def judge(base, student, course, merged_text, aside=""):
    """Why the result is not good, or None."""
    try:
        merged = nbformat.reads(merged_text, as_version=4)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nbformat.validate(json.loads(merged_text))
    except Exception as error:  # whatever is wrong with the file
        return "invalid: " + type(error).__name__
    texts = {line for cell in merged.cells for line in lines(cell.source)}
    if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in texts):
        return "conflict marker"
    texts |= set(lines(aside))
    base_lines = {line for cell in base.cells for line in lines(cell.source)}
    for cell in student.cells:
        for line in lines(cell.source):
            if line not in base_lines and line not in texts:
                return "student's line lost: " + line
    for cell in course.cells:
        for line in lines(cell.source):
            if line not in base_lines and line not in texts:
                return "course's line missing: " + line
    student_keys = {key(cell) for cell in student.cells}
    base_by_id = {cell.id: cell for cell in base.cells}
    merged_keys = {key(cell) for cell in merged.cells}
    for cell in course.cells:
        old = base_by_id.get(cell.id)
        if (old is None or key(old) in student_keys) and key(cell) not in merged_keys:
            return "course's cell missing: " + cell.source[:40]
    kept = {cell.id for cell in course.cells}
    for cell in base.cells:
        if cell.id not in kept and key(cell) in student_keys and key(cell) in merged_keys:
            return "removed cell still there"
    ids = [graded(cell) for cell in merged.cells if graded(cell)]
    if sorted(ids) != sorted(graded(cell) for cell in course.cells if graded(cell)):
        return "grade_ids"
    return None


def outputs_right(student, merged_text):
    """Unchanged cells have their outputs, changed ones none."""
    try:
        merged = json.loads(merged_text)
    except ValueError:
        return False
    text = lambda cell: "".join(cell["source"])
    ran = {cell.source: cell.outputs for cell in student.cells if cell.cell_type == "code"}
    code = [cell for cell in merged["cells"] if cell["cell_type"] == "code"]
    return all(bool(cell["outputs"]) == bool(ran.get(text(cell))) for cell in code)


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
        sides = [folder / f"{side}.ipynb" for side in ("base", "student", "course")]
        done = subprocess.run([args.tito, "merge", *sides, "-o", out, "--format", "json"], capture_output=True)
        report = json.loads(done.stdout)
        aside = "\n".join(cell.get("student", "") for cell in report["cells"])
        return done.returncode == 0, out.read_text(), aside, child_time() - start


def nbdime(folder, _args, strategy=None):
    from nbdime.args import Namespace  # noqa: F401  (imports are not measured)
    from nbdime.merging.notebooks import merge_notebooks
    import nbdime.nbmergeapp

    parser = nbdime.nbmergeapp._build_arg_parser()
    names = [str(folder / f"{side}.ipynb") for side in ("base", "student", "course")]
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
        sides = []
        for side in ("base", "student", "course"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sides.append(nbformat.read(folder / f"{side}.ipynb", as_version=4))
        try:
            clean, text, aside, spent = TOOLS[tool](folder, args)
            why = judge(*sides, text, aside)
        except Exception as error:  # a tool that crashes has not merged
            clean, text, why, spent = False, "", f"invalid: crashed: {error!r}"[:120], 0.0
        if args.verbose and why:
            print(f"  {tool}: {folder.name}: {why}", file=sys.stderr)
        rows.append((clean, why, spent, outputs_right(sides[1], text)))
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
    parser.add_argument("--tito", default=ROOT / "target/release/tito")
    parser.add_argument("--matrix", type=pathlib.Path, default=ROOT / "target/merge-matrix")
    parser.add_argument("--tools", nargs="*", default=list(TOOLS))
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    folders = sorted(folder for folder in args.matrix.iterdir() if folder.is_dir())
    if len(folders) != 78:
        sys.exit("there is no matrix; make it: cargo test --test it merge::matrix")
    kept = [folder for folder in folders if not folder.name.endswith(LOST_IDS)]
    lost = [folder for folder in folders if folder.name.endswith(LOST_IDS)]
    print("| tool | cell ids | cases | clean | invalid file | good | silently wrong | outputs right | CPU median / max |")
    print("|---|---|---|---|---|---|---|---|---|")
    for tool in args.tools:
        for which, some in (("kept", kept), ("lost or new", lost)):
            print(row(tool, which, measure(tool, some, args)), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
