#!/usr/bin/env python3
"""Do the tests notice a changed program? Draws single mutants of the Rust code at random and runs the tests of their subject.

Usage: tests/mutants/run.py [--count 100] [--seed 7] [--jobs 2] [--only plan/merge] [--list]
Each job works in a copy of the repository below target/mutants, with a target folder of its own that is kept between runs.
A mutant that does not compile is drawn again. Exit 1 if one survives that tests/mutants/equivalent.txt does not name.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "mutants"

# Subject (a folder of src) -> filters of `cargo test --test it`, the quick ones first.
SUBJECTS = {
    "plan/merge": ["merge::cases", "merge::properties", "merge::life", "merge::invariants", "merge::situations", "merge::scripts"],
    "plan": ["decisions", "scenarios", "updates", "histories", "session::", "merge::cases"],
    "apply": ["apply::", "scenarios", "crash::"],
    "target": ["compile", "diagnostics", "lock::", "base_files", "scenarios", "advisories"],
}

# What is replaced, and by what. Every match of a pattern in code is one mutant.
CHANGES = [
    (r"(?<= )==(?= )", "!="),
    (r"(?<= )!=(?= )", "=="),
    (r"(?<= )<(?= )", "<="),
    (r"(?<= )<=(?= )", "<"),
    (r"(?<= )>(?= )", ">="),
    (r"(?<= )>=(?= )", ">"),
    (r"(?<= )&&(?= )", "||"),
    (r"(?<= )\|\|(?= )", "&&"),
    (r"(?<= )\+(?= )", "-"),
    (r"(?<= )-(?= )", "+"),
    (r"\.any\(", ".all("),
    (r"\.all\(", ".any("),
    (r"\.is_some\(\)", ".is_none()"),
    (r"\.is_none\(\)", ".is_some()"),
    (r"\.is_some_and\(", ".is_none_or("),
    (r"\.is_none_or\(", ".is_some_and("),
    (r"\.is_empty\(\)", ".is_empty().eq(&false)"),
    (r"\bif (?!let\b)([^{}]+?) \{", r"if !(\1) {"),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"\b0\b(?![.x_])", "1"),
    (r"\b1\b(?![.x_])", "2"),
    (r"\.min\(", ".max("),
    (r"\.max\(", ".min("),
    (r"\.first\(\)", ".last()"),
    (r"\.last\(\)", ".first()"),
    (r"\.rev\(\)", ""),
    (r"Some\(true\)", "Some(false)"),
]


def subject_of(path):
    """The longest subject that holds the file, or None."""
    below = path.relative_to(ROOT / "src").as_posix()
    found = [subject for subject in SUBJECTS if below.startswith(subject + "/")]
    return max(found, key=len, default=None)


def code_lines(text):
    """Line numbers (from 0) of code: no comments, attributes, tests, assertions or texts that people read."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("#[cfg(test)]"):
            return
        bare = line.strip()
        if not bare.startswith(("//", "#[", "#!", "use ", "pub use ", "mod ", "pub mod ")) and '"' not in bare:
            yield number, line


def mutants(only):
    found = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        subject = subject_of(path)
        if not subject or (only and subject != only) or path.name.endswith("tests.rs") or path.name == "tests.rs":
            continue
        text = path.read_text()
        for number, line in code_lines(text):
            code = line.split(" // ")[0]
            for pattern, by in CHANGES:
                for match in re.finditer(pattern, code):
                    changed = line[: match.start()] + match.expand(by) + line[match.end() :]
                    found.append((subject, path.relative_to(ROOT).as_posix(), number, line, changed))
    return found


def name(mutant):
    _, path, number, line, changed = mutant
    return f"{path}:{number + 1}: {line.strip()}  ->  {changed.strip()}"


def known_equivalents():
    """Lines `PATH: OLD  ->  NEW`, without line numbers, since those move; `#` begins the reason."""
    path = ROOT / "tests/mutants/equivalent.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split("  # ")[0].strip() for line in lines if line.strip() and not line.startswith("#")}


def key(mutant):
    _, path, _, line, changed = mutant
    return f"{path}: {line.strip()}  ->  {changed.strip()}"


def prepare(job):
    """A copy of the repository's files for one job."""
    copy = WORK / f"job{job}"
    copy.mkdir(parents=True, exist_ok=True)
    wanted = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).split("\n")
    for path in filter(None, wanted):
        source, target = ROOT / path, copy / path
        if not source.is_file():
            continue
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    venv = copy / "target/venv"
    venv.parent.mkdir(exist_ok=True)
    if not venv.exists():
        venv.symlink_to((ROOT / "target/venv").resolve())
    return copy


def cargo(copy, *args, seconds=900):
    environment = dict(os.environ, PROPTEST_RNG_SEED="7", CARGO_TERM_COLOR="never", RUST_BACKTRACE="0")
    try:
        done = subprocess.run(["cargo", *args], cwd=copy, env=environment, capture_output=True, timeout=seconds)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def judge(mutant, copy):
    """'invalid', 'caught by …' or 'SURVIVED'."""
    subject, path, number, line, changed = mutant
    file = copy / path
    original = file.read_text()
    lines = original.split("\n")
    assert lines[number] == line, name(mutant)
    lines[number] = changed
    file.write_text("\n".join(lines))
    try:
        if not cargo(copy, "check", "--quiet"):
            return "invalid"
        if not cargo(copy, "test", "--quiet", "--lib"):
            return "caught by the unit tests"
        for subjects in SUBJECTS[subject]:
            if not cargo(copy, "test", "--quiet", "--test", "it", subjects):
                return f"caught by {subjects}"
        return "SURVIVED"
    finally:
        file.write_text(original)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=sorted(SUBJECTS))
    parser.add_argument("--list", action="store_true", help="print the drawn mutants and run nothing")
    args = parser.parse_args()
    drawn = mutants(args.only)
    random.Random(args.seed).shuffle(drawn)
    if args.list:
        print("\n".join(name(mutant) for mutant in drawn[: args.count]))
        return 0
    copies = [prepare(job) for job in range(args.jobs)]
    for copy in copies:
        assert cargo(copy, "test", "--quiet", "--no-run", seconds=3600), "the tests do not compile without a mutant"
    return run(drawn, copies, args.count)


def run(drawn, copies, count):
    equivalent, survivors, judged, caught = known_equivalents(), [], 0, 0
    queue = iter(drawn)
    with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool:
        free, running = list(copies), {}
        while True:
            while free and judged + len(running) < count and (mutant := next(queue, None)):
                copy = free.pop()
                running[pool.submit(judge, mutant, copy)] = (mutant, copy)
            if not running:
                break
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                mutant, copy = running.pop(future)
                free.append(copy)
                verdict = future.result()
                if verdict == "invalid":
                    continue
                judged += 1
                caught += verdict != "SURVIVED"
                if verdict == "SURVIVED" and key(mutant) in equivalent:
                    verdict = "equivalent"
                elif verdict == "SURVIVED":
                    survivors.append(mutant)
                print(f"{judged:4} {verdict:<28} {name(mutant)}", flush=True)
    print(f"{caught} of {judged} mutants caught, {len(survivors)} survived, {judged - caught - len(survivors)} equivalent")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
