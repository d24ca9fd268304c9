"""Every solution region is under test: stripped alone, it makes a graded cell of its notebook fail.

    python tests/base/regions.py WORKSPACE [--only ID …]

Regions of every role count: core, scaffold and challenge.
"""

import workspace as ws


def check(unit):
    ws.enter(unit)
    keep = ws.needed(unit.cells)
    if ws.forked(lambda: _notices(unit, ws.namespace(), 0, {}, keep), 300) != ("done", False):
        return ws.Report(False, "the module's own cells fail although nothing is stripped", [])
    regions, unnoticed = unit.regions(), []
    names = ws.namespace()
    for cell in unit.cells:
        for region in [region for region in regions if region.cell == cell.index]:
            changed = {cell.index: ws.stripped(cell.source, region)}
            try:
                compile(changed[cell.index], region.name, "exec")
            except SyntaxError as error:
                unnoticed.append(f"{region.name} ({region.role}): without it the cell is no Python ({error})")
                continue
            size = len([line for line in cell.source.split("\n")[region.first : region.last - 1] if line.strip()])
            if not 2 <= size <= 20:
                unnoticed.append(f"{region.name} ({region.role}): {size} lines; a region has 2 to 20")
            if ws.forked(lambda: _notices(unit, names, cell.index, changed, keep), 120) == ("done", False):
                unnoticed.append(f"{region.name} ({region.role}): stripped, and no graded test fails")
        if cell.index in keep:
            ws.run_cell(cell.source, names, f"<{unit.id} cell {cell.index}>")
    line = f"{len(regions)} regions, {len(unnoticed)} faults"
    return ws.Report(bool(regions) and not unnoticed, line, unnoticed)


def _notices(unit, names, start, changed, keep):
    return ws.first_failure(unit, names, start, changed, keep) is not None


def main():
    options = ws.arguments(__doc__.splitlines()[0]).parse_args()
    import numpy  # noqa: F401  (so that the children need not load it again)

    ws.finish(ws.each(ws.read(options.workspace, options.only), check, options.jobs))


if __name__ == "__main__":
    main()
