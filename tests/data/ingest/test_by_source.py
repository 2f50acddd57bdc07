"""What options of an ingest refuse before any file is read."""

from pathlib import Path

import pytest

from data.errors import ConfigError
from data.ingest.by_source import (
    AcledOptions,
    CsvOptions,
    FiguresOptions,
    UcdpOptions,
    ingest_acled,
    ingest_figures,
    ingest_ucdp,
)
from data.workspace import Workspace


@pytest.mark.parametrize(
    ("options", "asked", "message"),
    [
        (UcdpOptions, {"limit": 2}, "limit: expected a number from 0 to 1, got 2"),
        (
            UcdpOptions,
            {"fetch": True, "max_seconds": 0},
            "max_seconds: expected a number above 0, got 0",
        ),
        (UcdpOptions, {"by_files": True}, "--files belongs to --fetch"),
        (UcdpOptions, {"again": True}, "--again belongs to --fetch"),
        (UcdpOptions, {"fetch": True, "quiet": True}, "--quiet goes with files, not with --fetch"),
        (AcledOptions, {"changes": True}, "--changes belongs to --fetch"),
        (AcledOptions, {"limit": -0.5}, "limit: expected a number from 0 to 1, got -0.5"),
        (CsvOptions, {"map_file": Path("m"), "decimal": ";"}, "decimal: expected one of ., ,, got"),
        (FiguresOptions, {"event_type": "riots"}, "event type: expected one of political_violence"),
        (FiguresOptions, {"level": "admin3"}, "level: expected one of country, admin1, admin2"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, asked, message):
    with pytest.raises(ConfigError) as caught:
        options(**asked)
    assert str(caught.value).startswith(message)


def test_files_or_fetch_but_not_both(tmp_path):
    workspace = Workspace(tmp_path)
    for call in (
        lambda: ingest_ucdp(workspace, [], UcdpOptions()),
        lambda: ingest_ucdp(workspace, [tmp_path], UcdpOptions(fetch=True)),
        lambda: ingest_acled(workspace, [], AcledOptions()),
    ):
        with pytest.raises(ConfigError, match="name files, or give --fetch, but not both"):
            call()
    with pytest.raises(ConfigError, match="expected files with figures, got none"):
        ingest_figures(workspace, [], FiguresOptions())


def test_a_month_of_acled_is_a_month(tmp_path):
    options = AcledOptions(first="2020-13")
    with pytest.raises(ConfigError, match='expected a month as YYYY-MM, got "2020-13"'):
        ingest_acled(Workspace(tmp_path), [tmp_path / "a.csv"], options)
