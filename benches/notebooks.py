"""Converting all modules against jupytext, and merging against nbdime: the same files, whole processes and within one, in one run.

    cargo build --release && cargo test --test it merge::releases -- --include-ignored
    target/venv/bin/python benches/notebooks.py

The scripts are the twenty modules of the base course, in its instructors' tier; the merges are those of `target/merge-releases`, whose students
have their ids. Wall-clock times, the best of several runs. Within one process all modules are loaded beforehand, the times are from bytes to
bytes, and what must be loaded of the tool is loaded.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def best(runs, work):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


def command(*arguments, codes=(0,), **options):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, **options)
    if done.returncode not in codes:
        sys.exit(f"{arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def bench(what, paths):
    """What tito needs within one process."""
    return float(command("cargo", "bench", "--quiet", "--bench", "notebooks", "--", what, *paths, cwd=ROOT).split()[-1])


def converting(tito, folder):
    import jupytext
    import nbformat

    course = "course: {id: bench/all}\n"
    (folder / "py.yml").write_text(course + "notebooks: py\n")
    (folder / "ipynb.yml").write_text(course)
    command(tito, "init", "py", "--config", "py.yml", "--tier", "instructor", cwd=folder)
    scripts = sorted((folder / "py").glob("modules/*/*.py"))
    assert len(scripts) == 20, scripts
    numbers = iter(range(1000))

    def init():
        command(tito, "init", f"ws{next(numbers)}", "--config", "ipynb.yml", "--tier", "instructor", cwd=folder)

    def convert():
        for text in texts:
            nbformat.writes(jupytext.reads(text, fmt="py:percent"))

    texts = [script.read_text("utf-8") for script in scripts]
    row("20 modules, whole process", "`tito init` (all 96 files)", best(5, init), "`jupytext --to ipynb`", best(3, lambda: command(BIN / "jupytext", "--quiet", "--to", "ipynb", *scripts)))
    row("20 modules, within a process", "tito", bench("convert", scripts), "jupytext", best(3, convert))


def merging(tito, folder, cases):
    import nbdime.nbmergeapp
    import nbformat
    from nbdime.merging.notebooks import merge_notebooks

    cases = [case for case in sorted(cases.glob("*--answered")) + sorted(cases.glob("*--scratch"))]
    if not cases:
        sys.exit("there are no cases; make them: cargo test --test it merge::releases -- --include-ignored")
    sides = lambda case: [case / f"{side}.ipynb" for side in ("base", "student", "course")]
    out = folder / "out.ipynb"
    one = ROOT / "target/merge-releases/memoization--answered"
    # nbdime colours what it prints, and asks git for help, by configuration; only its exit status 0 is a merge.
    row(
        "one notebook, whole process",
        "`tito merge`",
        best(10, lambda: command(tito, "merge", *sides(one), "-o", out)),
        "`nbmerge`",
        best(3, lambda: command(BIN / "nbmerge", "--out", out, *sides(one))),
    )
    options = nbdime.nbmergeapp._build_arg_parser().parse_args([str(side) for side in sides(one)])
    texts = [[side.read_text("utf-8") for side in sides(case)] for case in cases]

    def merge():
        for texts_of_one in texts:
            merged, _ = merge_notebooks(*[nbformat.reads(text, as_version=4) for text in texts_of_one], options)
            nbformat.writes(nbformat.from_dict(merged))

    row(f"{len(cases)} notebooks, within a process", "tito", bench("merge", cases), "nbdime", best(3, merge))


def row(what, ours, our_ms, theirs, their_ms):
    print(f"| {what} | {ours} | {our_ms:.1f} ms | {theirs} | {their_ms:.0f} ms | {their_ms / our_ms:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tito", type=Path, default=ROOT / "target/release/tito")
    parser.add_argument("--cases", type=Path, default=ROOT / "target/merge-releases")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| what | tito | time | against | time | ratio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        converting(args.tito, Path(folder))
        merging(args.tito, Path(folder), args.cases)


if __name__ == "__main__":
    main()
