"""Seeded mutants: small wrong changes in the solutions, which the tests of the module itself must notice.

    python tests/base/mutants.py WORKSPACE [--only ID …] [--seed 7] [--per-module 40]

Each mutant changes one place in a solution region. It is caught if a graded cell of the notebook fails, or a pytest file of the module does, on the
package with the change exported. Exits 1 if a module catches fewer than 90 %, or if there are fewer than 200 mutants over all modules.
"""

import ast
import copy
import random
import time

import workspace as ws

RATE = 0.9
TOTAL = 200

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
FLIPS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def variants(node):
    """The wrong forms of one node: replacements, each a node of its own."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPS:
            yield ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)
            yield node.left  # a term dropped, a scale missing
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for flip in FLIPS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [flip()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        if not (isinstance(node.operand, ast.Constant) and node.operand.value == 1):
            yield node.operand
    elif isinstance(node, ast.keyword) and node.arg in ("axis", "axes", "dim"):
        for wrong in {"-1": [0], "0": [1], "1": [0], "None": [0], "-2": [-1], "2": [1]}.get(ast.unparse(node.value), ()):
            yield ast.keyword(node.arg, ast.Constant(wrong))
    elif isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value)
        elif isinstance(value, int):
            yield ast.Constant(value + 1)
        elif isinstance(value, float):
            yield ast.Constant(1.0 if value == 0 else 0.1 if abs(value) < 1e-4 else value * 2)
    elif isinstance(node, ast.AugAssign):
        if type(node.op) in SWAPS:
            yield ast.AugAssign(node.target, SWAPS[type(node.op)](), node.value)
        yield ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


def places(tree, regions):
    """Yield (parent, field, position, node) for each node inside the regions that may be changed."""

    def inside(node):
        return any(region.first < node.lineno <= node.end_lineno < region.last for region in regions)

    def walk(node):
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)):  # what a message says is not under test
            return
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            for position, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST):
                    continue
                if isinstance(node, ast.keyword) and node.arg in ("axis", "axes", "dim", "dtype"):
                    continue  # the keyword itself is changed
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "reshape" and ast.unparse(child) == "-1":
                    continue  # numpy takes any negative number for "whatever is left"
                if hasattr(child, "lineno") and inside(child):
                    yield node, field, position, child
                yield from walk(child)

    yield from walk(tree)


def mutants(unit):
    """All mutants of a module: (number of the cell, its source, a description), in the order of the text."""
    regions = unit.regions()
    found = []
    for cell in unit.cells:
        here = [region for region in regions if region.cell == cell.index]
        if not here or not cell.exported:  # what a student designs freely is not exported: many numbers are right there
            continue
        tree = ast.parse(cell.source)
        for number, (_, _, _, node) in enumerate(places(tree, here)):
            for choice, _ in enumerate(variants(node)):
                changed = copy.deepcopy(tree)
                parent, field, position, target = list(places(changed, here))[number]
                new = list(variants(target))[choice]
                before = ast.unparse(target)
                if position is None:
                    setattr(parent, field, new)
                else:
                    getattr(parent, field)[position] = new
                owner = next(region.name for region in here if region.first < node.lineno < region.last)
                what = f"{owner}, line {node.lineno}: {before}  →  {ast.unparse(new)}"
                found.append((cell.index, _text(cell.source, changed), what))
    return found


def _text(source, tree):
    """The text of a changed tree, with the directives of the cell, which are comments."""
    directives = [line for line in source.split("\n") if line.startswith("#|")]
    return "\n".join([*directives, ast.unparse(ast.fix_missing_locations(tree))])


def check(unit, seed, count):
    ws.enter(unit)
    everything = mutants(unit)
    chosen = sorted(random.Random(f"{seed} {unit.id}").sample(range(len(everything)), min(count, len(everything))))
    keep = ws.needed(unit.cells)

    # The control: the same machinery without a mutation must not "catch" anything.
    plain = {index: _text(cell.source, ast.parse(cell.source)) for index, cell in enumerate(unit.cells) if cell.solution and cell.kind == "code"}
    start = time.perf_counter()
    verdict = ws.forked(lambda: _failure(unit, ws.namespace(), 0, plain, keep), 300)
    limit = 5 + 10 * (time.perf_counter() - start)
    if verdict != ("done", None):
        return ws.Report(False, f"the module's own cells fail without any mutant: {verdict}", [])
    start = time.perf_counter()
    if ws.forked(lambda: ws.pytest_fails(unit, plain), 300) != ("done", False):
        return ws.Report(False, "the module's pytest files fail without any mutant", [])
    test_limit = 5 + 10 * (time.perf_counter() - start)

    survivors, by_cell = [], {}
    for number in chosen:
        by_cell.setdefault(everything[number][0], []).append(everything[number])
    names = ws.namespace()
    for cell in unit.cells:
        for index, source, what in by_cell.get(cell.index, ()):
            changed = {index: source}
            if ws.forked(lambda: _failure(unit, names, cell.index, changed, keep), limit) != ("done", None):
                continue
            if ws.forked(lambda: ws.pytest_fails(unit, changed), test_limit) != ("done", False):
                continue
            survivors.append(f"survived  {what}")
        if cell.index in keep:
            ws.run_cell(cell.source, names, f"<{unit.id} cell {cell.index}>")
    caught = len(chosen) - len(survivors)
    rate = caught / max(len(chosen), 1)
    line = f"{caught} of {len(chosen)} mutants caught, {rate:.1%} (of {len(everything)} possible ones)"
    return ws.Report(rate >= RATE, line, survivors, len(chosen), caught)


def _failure(unit, names, start, changed, keep):
    failure = ws.first_failure(unit, names, start, changed, keep)
    return failure and failure[0]


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--per-module", type=int, default=40, help="mutants of each module (default 40)")
    options = parser.parse_args()
    import numpy  # noqa: F401  (so that the children need not load them again)
    import pytest  # noqa: F401

    units = ws.read(options.workspace, options.only)
    reports = ws.each(units, lambda unit: check(unit, options.seed, options.per_module), options.jobs)
    total, caught = sum(report.count for report in reports), sum(report.caught for report in reports)
    enough = total >= TOTAL or bool(options.only)
    print(f"{caught} of {total} mutants caught, {caught / max(total, 1):.1%}" + ("" if enough else f"; at least {TOTAL} are wanted"))
    ws.finish(reports, enough)


if __name__ == "__main__":
    main()
