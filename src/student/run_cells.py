"""Runs the code cells of a notebook in order, in this process, and reports on the graded ones.

Input: one JSON object on standard input,
    root     the workspace's folder, which holds the package
    magics   whether a cell holds IPython's syntax
    verbose  whether what the cells print is shown (on standard error)
    first    whether to stop at the first graded cell that fails
    cells    the code cells: {"number", "source", "graded"}
Output: one JSON object a line on standard output for each cell that ended,
    {"number", "ok", "why", "trace"}
A cell that fails does not stop those behind it, as nbgrader's autograde runs notebooks.
"""

import ast
import asyncio
import inspect
import json
import linecache
import os
import sys
import traceback
import types


def main():
    job = json.load(sys.stdin.buffer)
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence(job["verbose"])
    os.environ.setdefault("MPLBACKEND", "Agg")
    if job["root"] not in sys.path:
        sys.path.insert(1, job["root"])
    sys.argv = [""]
    run = runner(job["magics"])
    for cell in job["cells"]:
        found = run(cell["source"], f"<cell {cell['number']}>")
        print(json.dumps({"number": cell["number"], **found}), file=report, flush=True)
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


def runner(magics):
    """Returns run(source, name) -> {"ok", "why", "trace"}, with IPython where the cells need it and it is there."""
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

    def run(source, name):
        result = shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return outcome(error, source, name)

    return run


def plain(magics):
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = module.__dict__
    names["display"] = lambda *values, **options: None

    def run(source, name):
        if magics:
            source = without_magics(source)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        try:
            code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(eval(code, names))
            else:
                exec(code, names)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return outcome(error, source, name)
        return outcome(None, source, name)

    return run


def without_magics(source):
    """Without IPython, lines that only it understands do nothing."""
    if source.lstrip().startswith("%%"):
        return ""
    lines = source.split("\n")
    is_magic = lambda line: line.lstrip().startswith(("%", "!")) or line.rstrip().endswith("?")
    blank = lambda line: line[: len(line) - len(line.lstrip())] + "pass"
    return "\n".join(blank(line) if is_magic(line) else line for line in lines)


def outcome(error, source, name):
    if error is None:
        return {"ok": True, "why": "", "trace": ""}
    return {"ok": False, "why": why(error, source, name), "trace": trace(error)}


def why(error, source, name):
    """What the course wrote; else the assertion that does not hold; else the exception."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    kind = type(error).__name__
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
