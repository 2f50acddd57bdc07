"""``python -m forecast`` is the command line."""

from forecast.cli.main import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
