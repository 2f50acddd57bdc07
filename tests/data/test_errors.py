import errno

import pytest

from data.errors import (
    ConfigError,
    EscalationError,
    EvidenceError,
    NotFittedError,
    RuntimeEnvironmentError,
    SchemaError,
    SourceError,
    environment_error,
)


def test_a_source_error_names_file_line_and_column_and_carries_them():
    error = SourceError("expected a date", file="a.csv", line=3, column="day")
    assert str(error) == "a.csv line 3 column 'day': expected a date"
    assert (error.file, error.line, error.column, error.problem) == (
        "a.csv",
        3,
        "day",
        "expected a date",
    )


def test_places_that_are_unknown_are_left_out():
    assert str(SourceError("empty")) == "empty"
    assert str(SourceError("empty", column="day")) == "column 'day': empty"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (SourceError, 1),
        (SchemaError, 1),
        (EvidenceError, 1),
        (NotFittedError, 1),
        (ConfigError, 2),
        (RuntimeEnvironmentError, 3),
    ],
)
def test_exit_codes(kind, code):
    error = kind("x")
    assert isinstance(error, EscalationError)
    assert error.exit_code == code


def test_only_what_the_environment_does_becomes_an_error_of_ours():
    error = environment_error(OSError(errno.EACCES, "Permission denied", "store"))
    assert (str(error), error.exit_code) == ("store: Permission denied", 3)
    assert str(environment_error(OSError(errno.EROFS, "Read-only"))) == "Read-only"
    assert environment_error(OSError(errno.ENOENT, "No such file", "store")) is None
