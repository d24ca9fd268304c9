"""Every milestone reaches what it claims, on the exported package: it ends with 0, says something, writes a report with pictures, and needs less than two
minutes of processor time. So does each further run that a milestone offers by an option (`FURTHER`).

    python tests/base/milestones.py WORKSPACE [--only ID …] [--seconds 120]

Processor time, over all threads, is what a milestone costs on any machine; a busy machine does not make it fail. One that hangs is ended after five times as long.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import workspace as ws

FURTHER = {"transformer": ["--prose"]}


@dataclass(frozen=True)
class Milestone:
    id: str
    script: Path


def find(workspace, only):
    """The milestones of a workspace in their order; those with the ids in `only`, if there are any."""
    found = []
    for script in sorted(workspace.glob("milestones/*/*.py")):
        name = re.sub(r"^(\d+_)+", "", script.parent.name)
        if not only or name in only:
            found.append(Milestone(name, script))
    missing = set(only) - {milestone.id for milestone in found}
    if missing or not found:
        sys.exit(f"no such milestone in {workspace}: {', '.join(sorted(missing)) or 'there are none'}")
    return found


def report_fails(path):
    """What is wrong with the report that a milestone wrote, as a list of sentences."""
    if not path.is_file():
        return [f"it wrote no {path.name}"]
    root = ElementTree.fromstring(path.read_text("utf-8"))
    inner = root.findall("{http://www.w3.org/2000/svg}svg")
    faults = [] if len(inner) >= 2 else [f"its report has {len(inner)} pictures"]
    for picture in [root, *inner]:
        said = picture.get("aria-label", "")
        if picture.get("role") != "img" or len(said) < 20 or "not finite" in said or "no data" in said:
            faults.append(f"a picture of its report is not described, or data are missing: {said!r}")
    return faults


def spent_by_children():
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check(milestone, workspace, seconds):
    """The milestone's own run, and behind it those of its options: one after the other, because they write the same report."""
    runs = [run(milestone, [], workspace, seconds)]
    for option in FURTHER.get(milestone.id, []):
        further = run(milestone, [option], workspace, seconds)
        runs.append(ws.Report(further.passed, f"{option}: {further.line}", [f"{option}: {fault}" for fault in further.details]))
    return ws.Report(all(one.passed for one in runs), "; ".join(one.line for one in runs), [fault for one in runs for fault in one.details])


def run(milestone, options, workspace, seconds):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)  # the script must find the package by itself
    report = milestone.script.with_name("report.svg")
    report.unlink(missing_ok=True)
    before = spent_by_children()
    try:
        ran = subprocess.run(
            [sys.executable, str(milestone.script), *options],
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=5 * seconds,
        )
    except subprocess.TimeoutExpired:
        return ws.Report(False, f"did not end within {5 * seconds} s", [])
    spent = spent_by_children() - before
    faults = []
    if ran.returncode != 0:
        faults += [f"exit code {ran.returncode}", *ran.stdout.splitlines()[-8:], *ran.stderr.splitlines()[-8:]]
    elif ran.stderr.strip():
        faults.append(f"writes a warning: {ran.stderr.strip().splitlines()[0]}")
    else:
        faults += report_fails(report)
    if not ran.stdout.strip():
        faults.append("prints nothing")
    if spent > seconds:
        faults.append(f"it took {spent:.0f} s of processor time; the limit is {seconds}")
    return ws.Report(not faults, f"{len(ran.stdout.splitlines())} lines, {spent:.1f} s of processor time", faults)


def main():
    parser = ws.arguments(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=120, help="the limit for a milestone (default 120)")
    options = parser.parse_args()
    workspace = options.workspace.resolve()
    milestones = find(workspace, options.only)
    ws.finish(ws.each(milestones, lambda milestone: check(milestone, workspace, options.seconds), options.jobs))


if __name__ == "__main__":
    main()
