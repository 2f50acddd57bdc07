"""``python -m forecast`` is the command line; it starts only where Python finds our packages."""

import runpy
from pathlib import Path

__all__: list[str] = []

if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    runpy.run_path(str(root / "data" / "shadowing.py"))["exit_if_shadowed"](root)
    from forecast.cli.main import main

    main()
