"""What the tests of the base course know of a compiled workspace: notebooks, solution regions, running cells in a child process.

A workspace is what `tito init` and `tito module export` produce: `modules/NN_id/id.ipynb`, `tests/NN_id/`, the package `tinytorch/`. The instructor tier keeps
the region markers, so that regions can be found. Nothing here writes into a workspace.
"""

import argparse
import ast
import atexit
import contextlib
import importlib.abc
import importlib.util
import io
import json
import linecache
import os
import pickle
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
# A child needs pytest alone, not what else this Python has.
os.environ.setdefault("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
# What Python compiles and pytest rewrites serves all children; it is kept outside the workspace.
sys.dont_write_bytecode = False
sys.pycache_prefix = tempfile.mkdtemp(prefix="tito-base-")
atexit.register(shutil.rmtree, sys.pycache_prefix, ignore_errors=True)

PACKAGE = "tinytorch"
STUB = ["# YOUR CODE HERE", "raise NotImplementedError()"]
MEMORY = 4 << 30  # address space of a child: a mutated loop must not take the machine with it


@dataclass(frozen=True)
class Region:
    """A solution region. `first` and `last` are the lines of its markers, counted from 1; the solution lies between."""

    cell: int
    first: int
    last: int
    role: str
    name: str


@dataclass(frozen=True)
class Cell:
    index: int
    kind: str
    source: str
    grade_id: str
    grade: bool
    solution: bool
    points: float

    @property
    def graded_test(self):
        return self.kind == "code" and self.grade and not self.solution

    @property
    def exported(self):
        return self.kind == "code" and re.search(r"^#\|\s*exporti?\b", self.source, re.M) is not None


@dataclass(frozen=True)
class Unit:
    """A module of the course in a workspace."""

    id: str
    workspace: Path
    notebook: Path
    cells: tuple
    tests: Path

    @property
    def target(self):
        """The dotted name of the exported file, such as `tinytorch.core.tensor`; None if the notebook exports nothing."""
        for cell in self.cells:
            match = re.search(r"^#\|\s*default_exp\s+(\S+)", cell.source, re.M) if cell.kind == "code" else None
            if match:
                return f"{PACKAGE}.{match[1]}"
        return None

    def regions(self):
        """The solution regions of the code cells, in their order."""
        return [region for cell in self.cells if cell.kind == "code" for region in _regions(cell)]

    def export_source(self, changed=None):
        """The text of the exported file; `changed` maps cell numbers to other sources."""
        texts = [(changed or {}).get(cell.index, cell.source) for cell in self.cells if cell.exported]
        return "\n\n".join(re.sub(r"^#\|.*\n?", "", text, flags=re.M) for text in texts) + "\n"


def _regions(cell):
    found, begin = [], None
    for number, line in enumerate(cell.source.split("\n"), 1):
        if "BEGIN SOLUTION" in line:
            role = re.search(r'role="(\w+)"', line)
            begin = (number, role[1] if role else "core")
        elif "END SOLUTION" in line and begin:
            found.append(Region(cell.index, begin[0], number, begin[1], _owner(cell, begin[0])))
            begin = None
    return found


def _owner(cell, line):
    """The function or class around a line, as `Class.method`, with the grade_id of the cell."""
    names = [
        (node.lineno, node.name)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.lineno <= line <= node.end_lineno
    ]
    return f"{cell.grade_id}: {'.'.join(name for _, name in sorted(names)) or 'cell'}"


def stripped(source, region):
    """The source of a cell with one region replaced by the stub, as a student gets it."""
    lines = source.split("\n")
    indent = re.match(r"\s*", lines[region.first - 1])[0]
    return "\n".join(lines[: region.first - 1] + [indent + line for line in STUB] + lines[region.last :])


def read(workspace, only=()):
    """The modules of a workspace in their order, all or those with the ids in `only`."""
    workspace = Path(workspace).resolve()
    units = []
    for notebook in sorted(workspace.glob("modules/*/*.ipynb")):
        folder = notebook.parent.name
        name = folder.split("_", 1)[1] if re.match(r"\d+_", folder) else folder
        if notebook.stem != name or (only and name not in only):
            continue
        cells = []
        for index, raw in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
            flags = raw["metadata"].get("nbgrader", {})
            source = raw["source"] if isinstance(raw["source"], str) else "".join(raw["source"])
            cells.append(
                Cell(
                    index,
                    raw["cell_type"],
                    source,
                    flags.get("grade_id", ""),
                    flags.get("grade", False),
                    flags.get("solution", False),
                    flags.get("points", 0) or 0,
                )
            )
        units.append(Unit(name, workspace, notebook, tuple(cells), workspace / "tests" / folder))
    missing = set(only) - {unit.id for unit in units}
    if missing or not units:
        sys.exit(f"no such module in {workspace}: {', '.join(sorted(missing)) or 'there are none'}")
    return units


def needed(cells):
    """The numbers of the code cells that exercises and graded tests need, directly or not; measurements and demonstrations are left out."""
    wanted, keep = set(), set()
    for cell in reversed([cell for cell in cells if cell.kind == "code"]):
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            keep.add(cell.index)
            continue
        defined = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        defined |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        defined |= {
            alias.asname or alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        if cell.graded_test or cell.solution or cell.exported or defined & wanted:
            keep.add(cell.index)
            wanted |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return keep


def enter(unit, package_from=None):
    """Make this process ready for the cells of a module: its folder, the package on the path, no warnings."""
    import warnings

    os.chdir(unit.notebook.parent)
    sys.path.insert(0, str(package_from or unit.workspace))
    warnings.simplefilter("ignore")


def namespace():
    import types

    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    return main.__dict__


def run_cell(source, names, label):
    """Execute one cell. Exceptions pass."""
    linecache.cache[label] = (len(source), None, source.splitlines(True), label)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(source, label, "exec"), names)


def first_failure(unit, names, start, changed, keep):
    """Run the cells from number `start` on; `changed` maps numbers to other sources.

    Returns:
        (grade_id, exception) of the first graded test that fails, or None. What happens in other cells does not count: a test behind them will notice.
    """
    for cell in unit.cells[start:]:
        if cell.index not in keep:
            continue
        try:
            run_cell(changed.get(cell.index, cell.source), names, f"<{unit.id} cell {cell.index}>")
        except BaseException as error:  # also SystemExit: a cell must not end the harness
            if cell.graded_test:
                return cell.grade_id, error
    return None


class _Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a text, in place of the exported file."""

    def __init__(self, name, source):
        self.name, self.source = name, source

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module):
        label = f"<{self.name}>"
        linecache.cache[label] = (len(self.source), None, self.source.splitlines(True), label)
        exec(compile(self.source, label, "exec"), module.__dict__)


def pytest_fails(unit, changed):
    """Whether the pytest files of a module fail when its exported file is made of the changed cells. To be called in a child."""
    import pytest

    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Replaced(unit.target, unit.export_source(changed)))
    options = ["-x", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={unit.workspace}"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main([*options, str(unit.tests)]) != 0


def forked(job: Callable, seconds: float):
    """Run `job()` in a forked child, with limits on time and memory.

    Returns:
        ("done", value), ("timeout", None), or ("died", None). The value must be picklable.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            os.dup2(null, 2)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(job(), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "timeout", None
    if status != 0:
        return "died", None
    return "done", pickle.loads(answer)


@dataclass
class Report:
    """What one module's check has to say: the last line, whether it passed, and what a reader must see."""

    passed: bool
    line: str
    details: list
    count: int = 0
    caught: int = 0


def each(units, check, jobs=2):
    """Check the modules, each in a process of its own, at most `jobs` at once; print the reports in order.

    Returns:
        The reports; a module whose process dies counts as failed.
    """
    import multiprocessing.connection

    context = multiprocessing.get_context("fork")
    waiting, running, reports = list(enumerate(units)), {}, {}
    printed = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            number, unit = waiting.pop(0)
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_check, args=(check, unit, theirs))
            process.start()
            theirs.close()
            running[number] = (process, ours)
        ready = multiprocessing.connection.wait([pipe for _, pipe in running.values()])
        for number in [number for number, (_, pipe) in running.items() if pipe in ready]:
            process, pipe = running.pop(number)
            try:
                reports[number] = pipe.recv()
            except EOFError:
                reports[number] = Report(False, "the process that checked it died", [])
            process.join()
        while printed in reports:
            show(units[printed].id, reports[printed])
            printed += 1
    return [reports[number] for number in range(len(units))]


def _check(check, unit, pipe):
    start = time.perf_counter()
    try:
        report = check(unit)
    except Exception as error:  # the harness itself failed on this module
        import traceback

        report = Report(False, f"{type(error).__name__}: {error}", traceback.format_exc().splitlines())
    report.line += f"  ({time.perf_counter() - start:.1f} s)"
    pipe.send(report)
    pipe.close()


def show(name, report):
    for detail in report.details:
        print(f"    {detail}")
    print(f"{'ok  ' if report.passed else 'FAIL'} {name:14} {report.line}", flush=True)


def finish(reports, also=True):
    """Print the summary; exit with 1 if something failed or `also` is false."""
    failed = sum(not report.passed for report in reports)
    print(f"{len(reports) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not also else 0)


def arguments(description):
    """The command line that all checks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("workspace", type=Path, help="a workspace of the instructor tier, exported")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="these modules only")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    return parser
