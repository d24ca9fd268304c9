#!/usr/bin/env python3
"""Do the tests notice a changed program? Draws single mutants of the Rust code at random and runs the tests of their subject.

Usage: tests/mutants/run.py [--count 100] [--seed 7] [--only plan/merge] [--list] [--again NUMBER]

All mutants are compiled once, into one program ("mutant schemata"): each changed expression becomes
`if crate::mutant(N) { changed } else { original }`, and the variable TITO_MUTANT chooses one. A mutant that does not
compile is drawn again. The copy that is changed is below target/mutants. Exit 1 if a mutant survives that
tests/mutants/equivalent.txt does not name. Needs tree-sitter and tree-sitter-rust (tests/setup installs them).
"""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import time

import tree_sitter
import tree_sitter_rust

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "mutants"
COPY = WORK / "tree"

# Subject (a folder of src) -> filters of the tests in tests/it, the quick ones first. The unit tests run before them.
SUBJECTS = {
    "plan/merge": ["merge::cases", "merge::properties", "merge::", "scenarios", "updates"],
    "plan": ["decisions", "scenarios", "updates", "session::", "histories", "merge::cases", "module", "words"],
    "apply": ["apply::", "scenarios", "updates", "doctor", "hardships", "crash::"],
    "target": ["compile", "diagnostics", "lock::", "base_files", "scenarios", "advisories", "base_course", "words"],
}

OPERATORS = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "&&": "||", "||": "&&", "+": "-", "-": "+", "*": "+",
}
METHODS = {
    "any": "all", "all": "any", "is_some": "is_none", "is_none": "is_some", "is_some_and": "is_none_or",
    "is_none_or": "is_some_and", "is_ok": "is_err", "is_err": "is_ok", "min": "max", "max": "min", "first": "last",
    "last": "first", "starts_with": "ends_with", "ends_with": "starts_with", "min_by_key": "max_by_key",
    "max_by_key": "min_by_key", "take_while": "skip_while", "skip_while": "take_while",
}
NEGATED = {"is_empty", "contains", "contains_key", "eq", "ne"}
# What is evaluated by the compiler, or is no expression.
NOT_ENTERED = {
    "attribute_item", "inner_attribute_item", "const_item", "static_item", "macro_invocation", "macro_definition",
    "match_pattern", "tuple_struct_pattern", "type_arguments", "array_type", "enum_variant", "let_chain",
}


class Mutant:
    """One expression (bytes `start` to `end` of `path`) and what takes its place."""

    def __init__(self, subject, path, start, end, line, said, old, new):
        self.subject, self.path, self.start, self.end = subject, path, start, end
        self.line, self.said, self.old, self.new = line, said, old, new

    def key(self):
        """What equivalent.txt names: the text of the line, not its number, since that moves."""
        return f"{self.path}: {self.said}: {one_line(self.old)}  ->  {one_line(self.new)}"

    def __str__(self):
        return f"{self.path}:{self.line}: {self.said}: {one_line(self.old)}  ->  {one_line(self.new)}"


def one_line(text):
    return re.sub(r"\s+", " ", text)


def subject_of(path):
    """The longest subject that holds the file, or None."""
    below = path.relative_to(ROOT / "src").as_posix()
    found = [subject for subject in SUBJECTS if below.startswith(subject + "/")]
    return max(found, key=len, default=None)


def changes(node, text):
    """Yields what `node` may become: at most one change."""
    kind = node.type
    said = text[node.start_byte : node.end_byte].decode()
    if kind == "binary_expression":
        operator = node.child_by_field_name("operator")
        by = OPERATORS.get(operator.type)
        if by and "let " not in said:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            yield text[left.start_byte : left.end_byte].decode() + f" {by} " + text[right.start_byte : right.end_byte].decode()
    elif kind == "call_expression":
        function = node.child_by_field_name("function")
        if function.type == "field_expression":
            name = function.child_by_field_name("field")
            method = text[name.start_byte : name.end_byte].decode()
            if method in METHODS:
                at = name.start_byte - node.start_byte
                raw = said.encode()
                yield (raw[:at] + METHODS[method].encode() + raw[at + len(method) :]).decode()
            elif method in NEGATED:
                yield f"!({said})"
    elif kind == "boolean_literal":
        yield "false" if said == "true" else "true"
    elif kind == "integer_literal" and said.isdigit() and node.parent.type != "field_expression":
        yield str(int(said) + 1)
    elif kind == "unary_expression" and said.startswith("!"):
        yield said[1:]
    if node.parent is not None and node.parent.type in ("if_expression", "while_expression"):
        if node == node.parent.child_by_field_name("condition") and kind not in ("let_condition", "binary_expression", "unary_expression"):
            yield f"!({said})"


def is_left_out(node, text):
    """Is the item under an attribute that leaves it out here: `#[cfg(test)]`, or another system's?"""
    before = node.prev_sibling
    while before is not None and before.type in ("attribute_item", "line_comment"):
        if re.search(rb"cfg\((test|windows|not\(unix\))\)", text[before.start_byte : before.end_byte]):
            return True
        before = before.prev_sibling
    return False


def is_const(node, text):
    return node.type == "function_item" and b"const " in text[node.start_byte : node.child_by_field_name("name").start_byte]


def sites(only):
    """Every mutant of the subjects, in the order of files and places."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
    found = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        subject = subject_of(path)
        if not subject or (only and subject != only) or path.name.endswith("tests.rs"):
            continue
        text = path.read_bytes()
        lines = text.decode().split("\n")
        waiting = [parser.parse(text).root_node]
        here = []
        while waiting:
            node = waiting.pop()
            if node.type in NOT_ENTERED or is_left_out(node, text) or is_const(node, text):
                continue
            said = text[node.start_byte : node.end_byte].decode()
            if "//" not in said:
                for new in changes(node, text):
                    here.append(Mutant(subject, path.relative_to(ROOT).as_posix(), node.start_byte, node.end_byte, node.start_point[0] + 1, lines[node.start_point[0]].strip(), said, new))
            waiting.extend(reversed(node.children))
        found += sorted(here, key=lambda mutant: (mutant.start, mutant.end, mutant.new))
    return found


def known_equivalents():
    """The lines of equivalent.txt: `PATH: LINE: OLD  ->  NEW  # reason`."""
    path = ROOT / "tests/mutants/equivalent.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split("  # ")[0].strip() for line in lines if line.strip() and not line.startswith("#")}


def prepare():
    """A copy of the repository's files, with the seam `crate::mutant`."""
    wanted = set(filter(None, subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).split("\n")))
    for path in wanted:
        source, target = ROOT / path, COPY / path
        # Files with mutants are written once, by `weave`: a time that changes would compile everything again.
        if not source.is_file() or (path.startswith("src/") and path.endswith(".rs") and path != "src/lib.rs"):
            continue
        content = source.read_bytes()
        if path == "src/lib.rs":
            content += SEAM
        write(target, content)
        shutil.copymode(source, target)
    for path in (COPY / "src").rglob("*.rs"):
        if path.relative_to(COPY).as_posix() not in wanted:
            path.unlink()
    venv = COPY / "target/venv"
    venv.parent.mkdir(exist_ok=True)
    if not venv.is_symlink():
        venv.symlink_to((ROOT / "target/venv").resolve())


SEAM = b"""
/// Is mutant `n` the chosen one?
#[doc(hidden)]
pub fn mutant(n: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("TITO_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0)) == n
}
"""


def write(path, content):
    """Writes only what differs, so that times of unchanged files stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def weave(mutants):
    """Writes the files with all mutants in them; returns, by file, the bytes that each one takes there: (start, end, number)."""
    places = {}
    by_file = {}
    for number, mutant in mutants.items():
        by_file.setdefault(mutant.path, []).append((number, mutant))
    for path in {m.relative_to(ROOT).as_posix() for m in (ROOT / "src").rglob("*.rs")} - set(by_file) - {"src/lib.rs"}:
        write(COPY / path, (ROOT / path).read_bytes())
    for path, here in by_file.items():
        text, at, out = (ROOT / path).read_bytes(), 0, b""
        places[path] = []
        for number, mutant in sorted(here, key=lambda entry: entry[1].start):
            out += text[at : mutant.start]
            start = len(out)
            out += f"(if crate::mutant({number}) {{ {mutant.new} }} else {{ {mutant.old} }})".encode()
            places[path].append((start, len(out), number))
            at = mutant.end
        write(COPY / path, out + text[at:])
    return places


def cargo(*args):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"), CARGO_PROFILE_DEV_OPT_LEVEL="1", CARGO_TERM_COLOR="never")
    return subprocess.run(["cargo", *args], cwd=COPY, env=environment, stdout=subprocess.PIPE, text=True)


def messages(done):
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def compile_all(drawn, count):
    """Weaves `count` mutants that compile, as {number: mutant}; numbers begin with 1 in the order in which they were drawn."""
    chosen, queue, taken = {}, iter(enumerate(drawn, 1)), []
    while True:
        while len(chosen) < count and (entry := next(queue, None)):
            number, mutant = entry
            # One inside another would need a nested weave: the later one is left out.
            if not any(other.path == mutant.path and other.start < mutant.end and mutant.start < other.end for other in taken):
                chosen[number] = mutant
                taken.append(mutant)
        places = weave(chosen)
        done = cargo("check", "--lib", "--quiet", "--message-format=json")
        wrong = set()
        for message in messages(done):
            found = message.get("message")
            if not found or found["level"] != "error":
                continue
            for span in found["spans"] or []:
                wrong |= {n for start, end, n in places.get(span["file_name"], []) if start <= span["byte_end"] and span["byte_start"] <= end}
        if done.returncode == 0:
            return chosen
        assert wrong, "the copy does not compile:\n" + "\n".join(m["message"]["rendered"] for m in messages(done) if "message" in m)
        print(f"{len(wrong)} do not compile and are drawn again", flush=True)
        for number in wrong:
            del chosen[number]


def build():
    """The paths of the test programs: (unit tests, tests/it)."""
    done = cargo("test", "--locked", "--no-run", "--lib", "--bins", "--test", "it", "--message-format=json")
    assert done.returncode == 0, "the tests do not compile"
    made = {m["target"]["name"] + ":" + m["target"]["kind"][0]: m["executable"] for m in messages(done) if m.get("executable") and m.get("profile", {}).get("test")}
    return made["tito:lib"], made["it:test"]


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(program, filters, number, seconds):
    """The first failing test, 'time' where it did not end, or None where all pass."""
    environment = dict(os.environ, TITO_MUTANT=str(number), PROPTEST_RNG_SEED="7", RUST_BACKTRACE="0", PROPTEST_MAX_SHRINK_ITERS="0")
    said = WORK / "said.txt"
    with said.open("w") as file:
        child = subprocess.Popen(
            [program, *filters], cwd=COPY, env=environment, stdout=file, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=limits,
        )
    deadline = time.monotonic() + seconds
    while True:
        ended = child.poll()
        found = re.search(r"^test (\S+).* FAILED$", said.read_text(errors="replace"), re.MULTILINE)
        failed = found.group(1) if found else f"status {ended}" if ended else "time" if time.monotonic() > deadline else None
        if failed or ended is not None:
            break
        time.sleep(0.1)
    if child.poll() is None:
        os.killpg(child.pid, 9)
        child.wait()
    return failed


def judge(mutant, number, programs, seconds):
    """The test that noticed the mutant, or None."""
    unit, it = programs
    if failed := run(unit, [], number, seconds):
        return failed
    for subject in SUBJECTS[mutant.subject]:
        if failed := run(it, [subject], number, seconds):
            return failed
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=900, help="a group of tests that takes longer has noticed the mutant")
    parser.add_argument("--only", choices=sorted(SUBJECTS))
    parser.add_argument("--list", action="store_true", help="print the mutants that would be drawn and run nothing")
    parser.add_argument("--again", type=int, action="append", help="judge only these of the drawn mutants, by number")
    args = parser.parse_args()
    drawn = sites(args.only)
    random.Random(args.seed).shuffle(drawn)
    if args.list:
        print("\n".join(f"{number:4} {mutant}" for number, mutant in enumerate(drawn[: args.count], 1)))
        return 0
    prepare()
    chosen = compile_all(drawn, args.count)
    programs = build()
    if failed := run(programs[0], [], 0, args.seconds):
        raise SystemExit(f"{failed} fails without a mutant")
    equivalent, survivors, caught, judged = known_equivalents(), [], 0, 0
    for number, mutant in sorted(chosen.items()):
        if args.again and number not in args.again:
            continue
        judged += 1
        noticed = judge(mutant, number, programs, args.seconds)
        caught += noticed is not None
        verdict = f"caught by {noticed}" if noticed else "equivalent" if mutant.key() in equivalent else "SURVIVED"
        if verdict == "SURVIVED":
            survivors.append(mutant)
        print(f"{number:4} {mutant}\n     {verdict}", flush=True)
    print(f"{caught} of {judged} mutants caught, {len(survivors)} survived, {judged - caught - len(survivors)} are equivalent")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
