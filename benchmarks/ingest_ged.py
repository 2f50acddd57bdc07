"""Time a whole release of UCDP GED, 418,000 rows in the official layout, from file to panels.

Writes an invented file (``ged_file.py``), then runs three commands, each in a fresh process as a
user would: `ingest ucdp`, `panel --scale admin1` with the polygons of the fifteen countries, and
`panel --scale priogrid`. Needs these polygons in the folder that ESCALATION_SHARED names (default
../shared), and Linux for the memory figures. Every process' memory is added up over its tree while
it runs. Prints each step beside a bare ``pandas.read_csv`` of the same file in a process of its own
and ends with one line of JSON: ``seconds`` is the three commands, ``peak_mb`` the most that any of
them held, ``rows`` what was read. ``cpu_seconds`` tells how much of it was work, not waiting for
other processes of a busy machine.

    python benchmarks/ingest_ged.py
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ged_file import ROWS, SEED, write_ged

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared"))
POLYGONS = SHARED / "data" / "natural_earth_admin1_sahel.geojson"
TARGET_SECONDS, TARGET_MB = 40, 2048
BARE = "import pandas, sys; print(len(pandas.read_csv(sys.argv[1])))"
LOOK_EVERY = 0.02


@dataclass(frozen=True)
class Step:
    """What one process took."""

    seconds: float
    cpu: float
    peak_mb: float
    said: str


def run(*words: str) -> Step:
    """Run Python in a fresh process and watch the memory of its tree."""
    begin, used = time.perf_counter(), cpu_seconds()
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, tree_mb(process.pid))
        time.sleep(LOOK_EVERY)
    seconds = time.perf_counter() - begin
    said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        sys.exit(f"{' '.join(words)} ended with {process.returncode}")
    return Step(seconds, cpu_seconds() - used, peak, said)


def cpu_seconds() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tree_mb(root: int) -> float:
    """Return what a process and all below it hold now; of the first, the most it ever held."""
    total, field, open_ids = 0.0, "VmHWM", [root]
    while open_ids:
        number = open_ids.pop()
        try:
            text = Path(f"/proc/{number}/status").read_text()
            children = Path(f"/proc/{number}/task/{number}/children").read_text()
        except OSError:  # it has just ended
            continue
        if f"{field}:" in text:
            total += int(text.split(f"{field}:")[1].split()[0]) / 1024
        field = "VmRSS"
        open_ids += [int(child) for child in children.split()]
    return total


def steps(workspace: Path, file: Path) -> dict[str, Step]:
    """Run the three commands."""
    escalation = ("-m", "forecast", "-w", str(workspace))
    admin1 = ("--scale", "admin1", "--boundaries", str(POLYGONS.resolve()))
    return {
        "ingest": run(*escalation, "ingest", "ucdp", str(file), "--json"),
        "admin1": run(*escalation, "panel", *admin1),
        "priogrid": run(*escalation, "panel", "--scale", "priogrid"),
    }


def main() -> None:
    if not POLYGONS.exists():
        sys.exit(f"needs {POLYGONS}: set ESCALATION_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        file, workspace = Path(folder) / "GEDEvent_v24_1.csv", Path(folder) / "workspace"
        workspace.mkdir()
        print(f"writing {ROWS:,} rows, seed {SEED} ...", file=sys.stderr)
        write_ged(file)
        size = file.stat().st_size / 2**20
        taken = steps(workspace, file)
        bare = run("-c", BARE, str(file))
    (ingested,) = json.loads(taken["ingest"].said)["ingests"]
    seconds = sum(step.seconds for step in taken.values())
    cpu = sum(step.cpu for step in taken.values())
    peak = max(step.peak_mb for step in taken.values())
    print(f"{ingested['read']:,} rows, {size:,.0f} MB, {ingested['quarantined']} quarantined")
    for name, step in (
        taken | {"all three": Step(seconds, cpu, peak, ""), "read_csv": bare}
    ).items():
        ratio = step.seconds / bare.seconds
        print(
            f"{name:10} {step.seconds:7.2f} s ({step.cpu:5.1f} s of processor)"
            f" {step.peak_mb:7,.0f} MB {ratio:6.1f} x read_csv"
        )
    reached = seconds < TARGET_SECONDS and peak < TARGET_MB
    print(f"asked: under {TARGET_SECONDS} s and {TARGET_MB:,} MB on 2 cores; reached: {reached}")
    figures = {"seconds": round(seconds, 2), "peak_mb": round(peak), "rows": ingested["read"]}
    figures["cpu_seconds"] = round(cpu, 2)
    figures |= {f"{name}_seconds": round(step.seconds, 2) for name, step in taken.items()}
    print(json.dumps(figures | {"pandas_read_csv_ratio": round(seconds / bare.seconds, 1)}))


if __name__ == "__main__":
    main()
