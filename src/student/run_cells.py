"""Runs the code cells of a notebook in order, in this process, and reports on the graded ones.

Input: one JSON object on standard input,
    root     the workspace's folder, which holds the package
    magics   whether a cell holds IPython's syntax
    verbose  whether what the cells print is shown (on standard error)
    first    whether to stop at the first graded cell that fails
    cells    the code cells: {"number", "source", "graded"}
Output: one JSON object a line on standard output for each cell that ended,
    {"number", "ok", "why", "trace", "value"}
A cell that fails does not stop those behind it, as nbgrader's autograde runs notebooks. nbgrader also gives no points for a
graded cell that writes to standard error, and takes a number that a graded cell ends with for its points: such a cell is not
ok, and `value` is that number.
"""

import ast
import asyncio
import inspect
import io
import json
import linecache
import math
import os
import re
import sys
import traceback
import types

# No reason and no traceback is longer.
LONGEST = 4000


def main():
    job = json.load(sys.stdin.buffer)
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence(job["verbose"])
    os.environ.setdefault("MPLBACKEND", "Agg")
    if job["root"] not in sys.path:
        sys.path.insert(1, job["root"])
    sys.argv = [""]
    run = runner(job["magics"])
    heard = sys.stderr = Heard(sys.stderr)
    # What a cell does to the module does not stop the report.
    dumps = json.dumps
    for cell in job["cells"]:
        name = f"<cell {cell['number']}>"
        found = graded(run, cell, heard) if cell["graded"] else run(cell["source"], name, False)
        print(dumps({"number": cell["number"], **found}), file=report, flush=True)
        if job["first"] and cell["graded"] and not found["ok"]:
            break
    report.flush()
    # Threads that a cell left behind do not keep the process alive.
    os._exit(0)


def silence(verbose):
    """Cells print to standard error, or nowhere: standard output is for the report."""
    sys.stdout.flush()
    if verbose:
        os.dup2(2, 1)
    else:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)


class Heard(io.StringIO):
    """Standard error, which is shown and remembered: a logger may keep it from the first cell on."""

    def __init__(self, shown):
        super().__init__()
        self.shown = shown

    def write(self, text):
        try:
            self.shown.write(text)
        except (OSError, ValueError):
            pass
        return super().write(text) if self.tell() < LONGEST else len(text)

    def fileno(self):
        return self.shown.fileno()

    def close(self):
        pass

    def begin(self):
        self.seek(0)
        self.truncate()


def graded(run, cell, heard):
    """Runs a graded cell. What it writes to standard error makes it fail, as in nbgrader."""
    heard.begin()
    found = run(cell["source"], f"<cell {cell['number']}>", True)
    said = heard.getvalue().strip()
    if not found["ok"] or not said:
        return found
    # A warning says where it is, then what it is: `<cell 3>:2: RuntimeWarning: overflow`.
    first = re.sub(r"^.*?:\d+: ", "", said.splitlines()[0])
    why = f"it writes to standard error, for which nbgrader gives no points: {first}"
    return {**found, "ok": False, "why": plain_text(why), "trace": plain_text(said)}


def plain_text(text):
    """Text that can be JSON in UTF-8, and is not endless."""
    text = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")


def tail(text):
    """The end of a traceback says what happened."""
    return plain_text(text if len(text) <= LONGEST else "…" + text[1 - LONGEST :])


def runner(magics):
    """Returns run(source, name, graded) -> {"ok", "why", "trace", "value"}, with IPython where the cells need it and it is there."""
    if magics:
        try:
            return ipython()
        except ImportError:
            pass
    return plain(magics)


def ipython():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    sys.modules["__main__"] = shell.user_module

    def run(source, name, graded):
        result = shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return outcome(error, source, name, result.result if graded else None)

    return run


def plain(magics):
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = module.__dict__
    names["display"] = lambda *values, **options: None

    def evaluated(tree, name, mode):
        code = compile(tree, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        # A kernel shows a warning in each cell again.
        names.pop("__warningregistry__", None)
        if code.co_flags & inspect.CO_COROUTINE:
            return asyncio.run(eval(code, names))
        return eval(code, names)

    def run(source, name, graded):
        if magics:
            source = without_magics(source)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        value = None
        try:
            tree = ast.parse(source, name)
            last = result(tree, source) if graded else None
            evaluated(tree, name, "exec")
            if last is not None:
                value = evaluated(last, name, "eval")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return outcome(error, source, name, None)
        return outcome(None, source, name, value)

    return run


def result(tree, source):
    """Takes the last expression out of `tree`, if the cell ends with one whose value a notebook shows."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr) or source.rstrip().endswith(";"):
        return None
    return ast.Expression(tree.body.pop().value)


def without_magics(source):
    """Without IPython, lines that only it understands do nothing."""
    if source.lstrip().startswith("%%"):
        return ""
    lines = source.split("\n")
    is_magic = lambda line: line.lstrip().startswith(("%", "!")) or line.rstrip().endswith("?")
    blank = lambda line: line[: len(line) - len(line.lstrip())] + "pass"
    return "\n".join(blank(line) if is_magic(line) else line for line in lines)


def outcome(error, source, name, value):
    if error is None:
        return {"ok": True, "why": "", "trace": "", "value": points(value)}
    return {"ok": False, "why": plain_text(why(error, source, name)), "trace": tail(trace(error)), "value": None}


def points(value):
    """The number that a notebook shows of `value`, as nbgrader reads it."""
    try:
        number = None if value is None else float(repr(value))
    except Exception:
        return None
    return number if number is not None and math.isfinite(number) and number >= 0 else None


def why(error, source, name):
    """What the course wrote; else the assertion that does not hold; else the exception."""
    kind = type(error).__name__
    try:
        text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    except Exception:
        # The exception's own text fails.
        return kind
    if not isinstance(error, AssertionError):
        return f"{kind}: {text}" if text else kind
    return text or assertion(error, source, name) or "AssertionError"


def assertion(error, source, name):
    """The text of the assert statement that failed, if it stands in the cell itself."""
    lines = [frame.tb_lineno for frame in walk(error.__traceback__) if in_cell(frame, name)]
    if not lines:
        return ""
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return ""
    holds = [n for n in nodes if isinstance(n, ast.Assert) and n.lineno <= lines[-1] <= (n.end_lineno or n.lineno)]
    if not holds:
        return ""
    text = ast.get_source_segment(source, holds[-1].test) or ""
    return f"this is not true: {' '.join(text.split())}"


def walk(frame):
    while frame is not None:
        yield frame
        frame = frame.tb_next


def in_cell(frame, name):
    # IPython gives cells names of its own.
    file = frame.tb_frame.f_code.co_filename
    return file == name or "ipykernel" in file or file.startswith("<ipython-input")


def trace(error):
    shown = traceback.format_exception(type(error), error, error.__traceback__)
    own = f'File "{__file__}"' if "__file__" in globals() else 'File "<string>"'
    return "".join(part for part in shown if own not in part)


main()
