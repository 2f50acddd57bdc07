"""Time reading, checking, storing and counting 159,194 events into PRIO-GRID cells.

Needs the folder that ESCALATION_SHARED names (default ../shared). Prints the steps and ends with
one line of JSON: ``seconds`` is `ingest csv` plus `panel --scale priogrid` in one process,
``pandas_read_csv_ratio`` that time over a bare ``pandas.read_csv`` of the same file.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from forecast.cli.main import escalation

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared"))
EVENTS = SHARED / "data" / "ucdp_ged211_precise_world_1989_2018.csv.gz"
MAP = ROOT / "data" / "samples" / "ucdp_precise.map.toml"
TARGET_SECONDS = 15


def timed(*words: str) -> float:
    """Run one command in this process and return its seconds."""
    begin = time.perf_counter()
    escalation.main(list(words), prog_name="escalation", standalone_mode=False)
    return time.perf_counter() - begin


def bare_read() -> float:
    """Return the best of three bare reads, in seconds."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        pd.read_csv(EVENTS)
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    if not EVENTS.exists():
        sys.exit(f"needs {EVENTS}: set ESCALATION_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        words = ["--workspace", folder]
        ingest = timed(*words, "ingest", "csv", str(EVENTS), "--map", str(MAP))
        panel = timed(*words, "panel", "--scale", "priogrid")
        (manifest,) = Path(folder).glob("store/*/manifest.json")
        rows = json.loads(manifest.read_text(encoding="utf-8"))["rows"]
    bare = bare_read()
    seconds = ingest + panel
    print(f"ingest csv {ingest:.2f} s, panel --scale priogrid {panel:.2f} s, read_csv {bare:.2f} s")
    print(f"target: under {TARGET_SECONDS} s for both; reached: {seconds < TARGET_SECONDS}")
    figures = {
        "seconds": round(seconds, 2),
        "rows": rows,
        "rows_per_second": round(rows / seconds),
        "pandas_read_csv_ratio": round(seconds / bare, 1),
        "ingest_seconds": round(ingest, 2),
        "panel_seconds": round(panel, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
