"""The command ``escalation``, also as ``python -m escalation``.

It is here and not in ``forecast``, so that a stranger called ``forecast`` is named like any other.
"""

from forecast.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
