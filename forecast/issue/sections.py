"""The sections of an issue, in the order in which a reader meets them."""

from __future__ import annotations

from forecast.archive.context import IssueContext
from forecast.sections.change_sections import change_sections
from forecast.sections.outlook_sections import outlook_sections
from forecast.sections.scorecard_sections import scorecard_sections
from forecast.text.sections import Section
from forecast.watch.watching import watch_of_issue

__all__ = ["IssueContext", "gather_sections"]


def gather_sections(occasion: IssueContext) -> tuple[Section, ...]:
    """Return the sections of an issue."""
    workspace, past, warn = occasion.workspace, occasion.past, occasion.warn
    return (
        *change_sections(occasion),
        *outlook_sections(occasion),
        *watch_of_issue(workspace, past, as_of=occasion.manifest["as_of"], report_progress=warn),
        *scorecard_sections(workspace, past, occasion.predictions, warn=warn),
    )
