#!/usr/bin/env python3
"""Many courses, many rules, many findings: makes them, runs `tito` on them, and prints time, time of all processors, and memory.

    cargo build --release && benches/sections.py [FOLDER] [--modules 936] [--sections 100] [--rules 5000] [--findings 4000]

FOLDER is where to work (default: a temporary folder, which is removed). With `--make-only` nothing is run: the folder stays.
`TITO` names another program than `target/release/tito`. Needs Python 3.9 or newer, on a Unix (it asks the system how much memory was used).

What is made in FOLDER:
    base/                    a base of 936 modules: each a percent script with seven cells and a solution, a README, a test; and shared files
    whole/section-NNN/       a hundred courses that extend one faculty layer and have all modules, except for a few that each leaves out
    small/section-NNN/       a hundred courses with 40 modules each
    rules/course.yml         a course with 5,000 rules
    findings/course.yml      a course with 4,000 findings: rules that match nothing
    leaks/                   a base of 200 modules in which 4,000 lines of solutions are left in other files, and a course over it
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SCRIPT = '''# %% [markdown]
# # Module {n}: working with part {n}
#
# A text of some lines that a student reads before the first task. It says what part {n} does, why it is needed,
# and how it fits to the parts before it. Most modules have a few such texts.

# %%
#| default_exp parts.m{n:03}

# %%
#| export
import math
{imports}

# %% [markdown]
# ## Task: scale and shift
#
# Write a function that scales `values` by `factor` and shifts them by the offset of this part.
# Look at the example in the text above, and at the test below.

# %% nbgrader={{"grade": false, "grade_id": "scale-{n}", "locked": false, "schema_version": 3, "solution": true, "task": false}}
#| export
def scale_{n}(values, factor):
    """Values times factor, shifted by the offset of part {n}."""
    ### BEGIN SOLUTION
    offset_{n} = math.sqrt({n} + 1) / (factor + {n})
    scaled_{n} = [value * factor + offset_{n} for value in values]
    return [round(value, {digits}) for value in scaled_{n} if value > -{n}]
    ### END SOLUTION

# %% nbgrader={{"grade": true, "grade_id": "test-scale-{n}", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}}
assert len(scale_{n}([1, 2, 3], 2)) == 3
assert scale_{n}([], 2) == []

# %% [markdown]
# ## What you have learned
#
# - how part {n} scales its values
# - why the offset is divided by the factor
'''

README = """# Module {n}

Part {n} of the course. You need about two hours.

1. Read the notebook.
2. Write `scale_{n}`.
3. Run the tests: `tito module test m{n:03}`.
"""

TEST = '''"""Tests of module {n}."""

from parts.parts.m{n:03} import scale_{n}


def test_length():
    assert len(scale_{n}([1, 2, 3], 2)) == 3


def test_empty():
    assert scale_{n}([], 5) == []
'''


def write(path, text):
    """Writes `text` to `path`, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_base(folder, modules, leaks=0):
    """A base of `modules` modules; so many lines of solutions are left in documents of other modules as `leaks` says."""
    catalog = ["catalog: many", "version: 1.0.0", "title: Many modules", "package: parts", "modules:"]
    for n in range(modules):
        requires = f"m{n - 1:03}" if n % 8 else ""
        catalog.append(f"  - {{id: m{n:03}, title: Module {n}, hours: 2, requires: [{requires}]}}")
        imports = f"from parts.parts.m{n - 1:03} import scale_{n - 1}" if n % 8 else ""
        at = folder / "modules" / f"m{n:03}"
        write(at / f"m{n:03}.py", SCRIPT.format(n=n, imports=imports, digits=n % 7))
        other = (n + 1) % modules
        left = "".join(
            f"\nExample {k}:\n\n    offset_{other} = math.sqrt({other} + 1) / (factor + {other})\n"
            for k in range(leaks // modules)
        )
        write(at / "README.md", README.format(n=n) + left)
        write(folder / "tests" / f"m{n:03}" / f"test_m{n:03}.py", TEST.format(n=n))
    for n in range(20):
        write(folder / "shared" / "notes" / f"note{n}.md", f"# Note {n}\n\nFor everyone.\n")
    write(folder / "catalog.yml", "\n".join(catalog) + "\n")


def make_courses(folder, modules, sections, rules, findings):
    """The courses over `folder/base`."""
    for kind in ("whole", "small"):
        faculty = [
            "course: {id: uni/many, title: Many modules}",
            "base: {from: {path: ../base}}",
            "updates: {rules: [{id: tests, roles: [test], do: replace, final: true, why: The same tests for everyone.}]}",
        ]
        write(folder / kind / "faculty.yml", "\n".join(faculty) + "\n")
        for s in range(sections):
            lines = ["extends: ../faculty.yml", f"course: {{id: uni/many/s{s}, title: Section {s}}}", f"variables: {{room: R{s}}}"]
            # Modules are in runs of eight, in which each needs the one before it.
            runs = range(0, modules, 8)
            if kind == "whole":
                run = runs[s % len(runs)]
                ids = [f"m{n:03}" for n in range(run, min(run + 8, modules))]
                lines.append(f"modules: {{edit: [{{drop: [{', '.join(ids)}]}}]}}")
            else:
                ids = [f"m{n:03}" for r in range(5) for n in range(runs[(s + r) % (len(runs) - 1)], runs[(s + r) % (len(runs) - 1)] + 8)]
                lines.append(f"modules: [{', '.join(sorted(ids))}]")
            write(folder / kind / f"section-{s:03}" / "course.yml", "\n".join(lines) + "\n")
    head = "course: {{id: uni/{0}, title: {0}}}\nbase: {{from: {{path: ../base}}}}\nupdates:\n  rules:\n"
    lines = []
    for r in range(rules):
        n = r % modules
        name = ["*.ipynb", "README.md", "m*.ipynb", "*.md", "R*", "**"][r // modules % 6]
        lines.append(f'    - {{id: r{r}, paths: ["modules/*_m{n:03}/{name}"], do: {{not-started: replace, in-progress: merge, completed: offer}}}}')
    write(folder / "rules" / "course.yml", head.format("rules") + "\n".join(lines) + "\n")
    lines = [f'    - {{id: r{r}, paths: ["nowhere/{r}/*.md"], do: keep}}' for r in range(findings)]
    write(folder / "findings" / "course.yml", head.format("findings") + "\n".join(lines) + "\n")


def make(folder, arguments):
    """Everything that is measured."""
    make_base(folder / "base", arguments.modules)
    make_courses(folder, arguments.modules, arguments.sections, arguments.rules, arguments.findings)
    make_base(folder / "leaks" / "base", 200, arguments.findings)
    write(folder / "leaks" / "course.yml", "course: {id: uni/leaks, title: Leaks}\nbase: {from: {path: base}}\n")


def measure(what, tito, words, folder):
    """Runs tito three times and prints the shortest time, the shortest time of all processors together, and how much memory it used at most."""
    best, busy, memory, exit_code, lines = None, None, 0, 0, 0
    for _ in range(3):
        begin = time.monotonic()
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen([tito, *words], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - begin
            output.seek(0)
            lines = sum(1 for _ in output)
        best = seconds if best is None else min(best, seconds)
        used = usage.ru_utime + usage.ru_stime
        busy = used if busy is None else min(busy, used)
        # Linux counts in KiB, macOS in bytes.
        memory = max(memory, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))
        exit_code = child.returncode
    print(f"{what:<44} {best:6.2f} s {busy:6.2f} s busy {memory:5.0f} MB   exit {exit_code}, {lines} lines   tito {' '.join(words)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", help="where to work; default: a temporary folder")
    parser.add_argument("--modules", type=int, default=936)
    parser.add_argument("--sections", type=int, default=100)
    parser.add_argument("--rules", type=int, default=5000)
    parser.add_argument("--findings", type=int, default=4000)
    parser.add_argument("--make-only", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    repository = pathlib.Path(__file__).resolve().parent.parent
    tito = os.environ.get("TITO", str(repository / "target" / "release" / "tito"))
    with tempfile.TemporaryDirectory(prefix="tito-sections.") as temporary:
        folder = pathlib.Path(arguments.folder or temporary).resolve()
        make(folder, arguments)
        if arguments.make_only:
            return
        measure("one section with nearly all modules", tito, ["check", "whole/section-000"], folder)
        measure(f"{arguments.sections} sections with nearly all modules", tito, ["check", "whole"], folder)
        measure(f"{arguments.sections} sections with 40 modules", tito, ["check", "small"], folder)
        measure(f"{arguments.rules} rules", tito, ["check", "rules"], folder)
        measure(f"{arguments.findings} findings, as text", tito, ["check", "findings"], folder)
        measure(f"{arguments.findings} findings, as JSON", tito, ["check", "findings", "--format", "json"], folder)
        measure(f"{arguments.findings} lines of solutions, as JSON", tito, ["check", "leaks", "--format", "json"], folder)


if __name__ == "__main__":
    main()
