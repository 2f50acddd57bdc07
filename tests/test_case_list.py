"""Every case of files (1-28), values (29-47), HTTP (89) and outputs (90, 93-96) has a test.

48-63 say so themselves. The tests of files, values and outputs carry their case's number in their
name, as do those of time in ``tests/forecast/test_cases_time.py``. Case 89 is a list of faults:
here stands which test holds each of them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable

import pytest

FILES, VALUES = "tests.data.test_cases_files", "tests.data.test_cases_values"
OUTPUTS = "tests.forecast.test_cases_outputs"
UCDP, ACLED = "tests.forecast.test_fetch_ucdp", "tests.forecast.test_fetch_acled"
CLIENT = "tests.data.http.test_client"
FAULTS = {
    "429 with Retry-After": [
        (UCDP, "test_faults_that_pass_leave_no_trace"),
        (CLIENT, "test_the_server_may_say_how_long_to_wait"),
    ],
    "503 twice, then 200": [(UCDP, "test_faults_that_pass_leave_no_trace")],
    "timeout": [
        (UCDP, "test_faults_that_pass_leave_no_trace"),
        (ACLED, "test_time_is_limited_though_bytes_keep_coming"),
    ],
    "reset in mid-body": [(UCDP, "test_faults_that_pass_leave_no_trace")],
    "truncated JSON": [(UCDP, "test_a_truncated_answer_is_asked_for_again")],
    "HTML page with 200": [
        (UCDP, "test_a_web_page_is_no_data"),
        (ACLED, "test_a_web_page_with_status_200_is_no_answer"),
    ],
    "wrong Content-Length": [
        (UCDP, "test_a_truncated_answer_is_asked_for_again"),
        (UCDP, "test_half_a_file_is_no_file"),
    ],
    "page repeated": [
        (UCDP, "test_a_page_that_comes_twice_is_refused"),
        (ACLED, "test_missing_repeated_and_moving_pages_are_refused"),
    ],
    "page missing": [
        (UCDP, "test_a_missing_page_or_row_is_refused"),
        (ACLED, "test_missing_repeated_and_moving_pages_are_refused"),
    ],
    "TotalCount changes": [(UCDP, "test_a_total_that_changes_between_pages_is_refused")],
    "redirect to another host": [
        (UCDP, "test_the_token_does_not_follow_to_another_host"),
        (CLIENT, "test_a_token_stays_with_its_host"),
    ],
    "401 and 403": [
        (UCDP, "test_a_refused_token_is_named_and_never_shown"),
        (ACLED, "test_an_account_that_may_not_read_is_told_why"),
    ],
    "gz bomb body": [(UCDP, "test_limits_on_bytes_and_time_hold")],
    "0 events": [
        (UCDP, "test_answers_of_another_form_are_refused"),
        (ACLED, "test_no_rows_without_a_reason_are_an_error"),
    ],
    "resume by page": [
        (UCDP, "test_a_fetch_that_broke_goes_on_after_its_last_page"),
        (ACLED, "test_a_fetch_that_broke_goes_on_after_its_last_page"),
    ],
    "limits on time and bytes": [
        (UCDP, "test_limits_on_bytes_and_time_hold"),
        (ACLED, "test_time_is_limited_though_bytes_keep_coming"),
    ],
    "killed half-way": [(UCDP, "test_a_fetch_that_was_killed_leaves_nothing_or_all")],
}


@pytest.mark.parametrize(
    ("module", "cases"),
    [(FILES, range(1, 29)), (VALUES, range(29, 48)), (OUTPUTS, (90, 93, 94, 95, 96))],
    ids=["files", "values", "outputs"],
)
def test_every_case_has_a_test_of_its_number(module: str, cases: Iterable[int]) -> None:
    names = vars(importlib.import_module(module))
    held = {int(found[1]) for name in names if (found := re.match(r"test_case_(\d+)_", name))}
    assert held == set(cases)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_on_the_wire_has_its_tests(fault: str) -> None:
    for module, name in FAULTS[fault]:
        assert hasattr(importlib.import_module(module), name), (module, name)
