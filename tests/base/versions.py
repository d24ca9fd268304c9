"""The course is for Python 3.10 to 3.14: nothing in it needs a newer one, or what a newer one no longer has.

    python tests/base/versions.py WORKSPACE                 reads every Python file and every notebook
    python tests/base/versions.py WORKSPACE --run FOLDER    also runs the tests under each of these versions that is here

Reading: the syntax is that of 3.10, as far as the running Python can tell (`ast.parse`; a Python up to 3.11 also refuses the quotes that f-strings may hold since 3.12);
the compiler warns of nothing; nothing is imported from the standard library, or asked of one of its modules, that is not there in all five versions (`CHANGED`).
Methods of objects are not looked at: for these, there is `--run`.

Running: `python3.N` is looked for on the PATH and among the versions of pyenv. FOLDER gets a virtual environment for each, with numpy and pytest, which is used again next
time. pytest runs with `-W error`, so a deprecation fails; so do the solutions of each notebook, when they do not compile. A version that is not here is named, and does not count.
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import workspace as ws

VERSIONS = [(3, minor) for minor in range(10, 15)]

# What one of the versions 3.10 to 3.14 does not have, of the modules that a course may use. A module alone: all of it.
CHANGED = {
    "ast": "Bytes Ellipsis Interpolation NameConstant Num ParamSpec Str TemplateStr TryStar TypeAlias TypeVar TypeVarTuple compare",
    "asyncio": "Runner TaskGroup timeout timeout_at",
    "base64": "z85decode z85encode",
    "builtins": "BaseExceptionGroup ExceptionGroup PythonFinalizationError",
    "contextlib": "chdir",
    "copy": "replace",
    "datetime": "UTC",
    "enum": "EnumCheck EnumDict EnumType FlagBoundary ReprEnum StrEnum member nonmember verify",
    "functools": "Placeholder",
    "hashlib": "file_digest",
    "importlib": "find_loader readers",
    "importlib.util": "module_for_loader set_loader set_package",
    "inspect": "getargspec getmembers_static",
    "itertools": "batched",
    "locale": "getencoding resetlocale",
    "math": "cbrt exp2 fma sumprod",
    "operator": "call is_none is_not_none",
    "os": "process_cpu_count readinto reload_environ unshare setns login_tty",
    "pkgutil": "find_loader get_loader ImpImporter ImpLoader",
    "random": "binomialvariate",
    "re": "NOFLAG PatternError T TEMPLATE template",
    "statistics": "kde kde_random",
    "sys": "activate_stack_trampoline exception monitoring remote_exec",
    "types": "CapsuleType get_original_bases",
    "typing": "LiteralString Never NoDefault NotRequired ReadOnly Required Self TypeAliasType TypeIs TypeVarTuple Unpack assert_never assert_type override reveal_type",
    "unittest": "enterModuleContext findTestCases makeSuite",
    "warnings": "deprecated",
}
CHANGED = {module: set(names.split()) for module, names in CHANGED.items()}
NOT_EVERYWHERE = set(
    # newer than 3.10
    "tomllib annotationlib compression "
    # gone by 3.14
    "asynchat asyncore distutils imp smtpd aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib".split()
)
COMPILES = "import sys, warnings; warnings.simplefilter('error'); [compile(text, name, 'exec') for name, text in __import__('json').load(sys.stdin)]"


@dataclass(frozen=True)
class Source:
    name: str
    text: str


@dataclass(frozen=True)
class Version:
    id: str
    python: str


def sources(workspace):
    """Every Python file of a workspace, and every code cell of its notebooks."""
    for path in sorted(workspace.rglob("*.py")):
        if not any(part.startswith(".") for part in path.relative_to(workspace).parts):
            yield Source(path.relative_to(workspace).as_posix(), path.read_text("utf-8"))
    for unit in ws.read(workspace):
        for cell in unit.cells:
            if cell.kind == "code":
                yield Source(f"{unit.notebook.relative_to(workspace).as_posix()}, cell {cell.index}", cell.source)


def faults_of(source):
    """Why a source is not for every version, as a list of sentences."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(source.text, source.name, feature_version=VERSIONS[0])
            compile(source.text, source.name, "exec")
    except (SyntaxError, SyntaxWarning, DeprecationWarning) as error:
        return [f"{source.name}: {error}"]
    named, uses = {}, []  # what a module is called here; (line, module, name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                named[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
                uses.append((node.lineno, alias.name, None))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            uses += [(node.lineno, node.module, alias.name) for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in named:
            uses.append((node.lineno, named[node.value.id], node.attr))
        elif isinstance(node, ast.Name):
            uses.append((node.lineno, "builtins", node.id))
    wrong = [
        f"{module}.{name}" if name else module
        for line, module, name in uses
        if module.split(".")[0] in NOT_EVERYWHERE or name in CHANGED.get(module, ())
    ]
    return [f"{source.name}: {one} is not in every Python from 3.10 to 3.14" for one in dict.fromkeys(wrong)]


def find(minor):
    """The path of a Python 3.`minor`, or None."""
    here = shutil.which(f"python3.{minor}")
    of_pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob(f"versions/3.{minor}.*/bin/python")
    for python in [*([here] if here else []), *map(str, sorted(of_pyenv))]:
        said = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL)
        if said.stdout.strip() == f"(3, {minor})":  # a shim of pyenv may be there and start nothing
            return python
    return None


def environment(version, folder):
    """The Python of a virtual environment with numpy and pytest; made when it is not there."""
    python = folder / version.id / "bin" / "python"
    works = [str(python), "-c", "import numpy, pytest"]
    if not python.exists() or subprocess.run(works, capture_output=True).returncode:
        subprocess.run([version.python, "-m", "venv", "--clear", folder / version.id], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy>=2", "pytest>=8"], check=True, capture_output=True)
    return python


def run(version, workspace, folder):
    python = environment(version, folder)
    settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
    settings.pop("PYTHONPATH", None)

    def said_by(*arguments, given=""):
        return subprocess.run([python, *arguments], cwd=workspace, env=settings, input=given, capture_output=True, encoding="utf-8")

    faults = []
    compiled = said_by("-c", COMPILES, given=json.dumps([(source.name, source.text) for source in sources(workspace)]))
    if compiled.returncode:
        faults += compiled.stderr.splitlines()[-5:]
    tested = said_by("-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    lines = tested.stdout.strip().splitlines() or ["pytest says nothing"]
    if tested.returncode or not re.search(r"\d+ passed", lines[-1]):
        faults += [f"pytest ends with {tested.returncode}", *lines[-12:], *tested.stderr.splitlines()[-5:]]
    numpy = said_by("-c", "import sys, numpy; print(f'{sys.version.split()[0]}, numpy {numpy.__version__}')").stdout.strip()
    return ws.Report(not faults, f"{numpy}: {lines[-1]}", faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path, help="a workspace of the instructor tier, exported")
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="also run the tests; FOLDER keeps the virtual environments")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    options = parser.parse_args()
    workspace = options.workspace.resolve()
    read = list(sources(workspace))
    faults = [fault for source in read for fault in faults_of(source)]
    reading = ws.Report(bool(read) and not faults, f"{len(read)} files and cells, read by Python {sys.version.split()[0]}", faults)
    ws.show("reading", reading)
    reports = [reading]
    if options.run:
        found = [(f"3.{minor}", find(minor)) for _, minor in VERSIONS]
        print("".join(f"not here: Python {name}\n" for name, python in found if not python), end="")
        here = [Version(name, python) for name, python in found if python]
        reports += ws.each(here, lambda version: run(version, workspace, options.run.resolve()), options.jobs)
    ws.finish(reports)


if __name__ == "__main__":
    main()
