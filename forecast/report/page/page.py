"""The report page: one HTML file that needs no network and can be read without scripts.

Every text from data is escaped by the template engine, control characters are taken out before;
the content policy in the page allows inline styles and one script, the page's own, by its hash.
The script sorts, filters and points; it holds no data, and nothing stands in it alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from data.files import write_text
from data.workspace import Workspace
from experiments.bands import likelihood_bands
from experiments.runs.confidence import RULE
from forecast.report.issue_view import IssueView, read_view
from forecast.report.page.parts import (
    FURTHER_ROWS,
    MOST_ROWS,
    headline_cards,
    horizon_part,
    verification_part,
)
from forecast.report.page.region_cards import RegionCard, card_numbers, region_cards
from forecast.report.page.sections import glossary, section_groups
from forecast.text.limitations import LIMITATIONS
from forecast.text.wording import printable

__all__ = [
    "POLICY",
    "page_environment",
    "page_policy",
    "page_script",
    "render_page",
    "write_report",
]

# What a page without a script asks for.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'"
)
TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_report(workspace: Workspace, folder: Path) -> Path:
    """Write the page of an issue to ``reports/<issue>.html``.

    Args:
        workspace: Where the panel, the boundaries and the backtests are.
        folder: The issue's folder.

    Returns:
        The page's path.

    Raises:
        EvidenceError: The workspace holds no panel of the issue's scale.
        SourceError: The issue's files are damaged.
    """
    page = render_page(read_view(workspace, folder))
    path = workspace.reports / f"{folder.name}.html"
    write_text(path, page)
    return path


def render_page(view: IssueView) -> str:
    """Return the page of an issue as HTML.

    Args:
        view: The issue.

    Raises:
        EvidenceError: The workspace has no panel that reaches the issue's origin.
    """
    regions = view.evidence.panel.regions
    numbers = card_numbers(view, MOST_ROWS)
    horizons = [
        horizon_part(view.at(horizon), numbers, first=place == 0)
        for place, horizon in enumerate(view.horizons)
    ]
    script = page_script()
    verification = view.evidence.performances
    return (
        page_environment()
        .get_template("page.html.j2")
        .render(
            policy=page_policy(script),
            script=Markup(script),  # noqa: S704 (a file of this package)
            view=view,
            manifest=view.manifest,
            regions=len(regions),
            countries=regions["country"].nunique(),
            cards=headline_cards(view),
            horizons=horizons,
            groups=section_groups(view.sections, numbers),
            glossary=glossary(view.sections),
            regions_by_level=_by_level(region_cards(view, numbers)),
            verification={h: verification_part(p, view.cuts) for h, p in verification.items()},
            likelihoods=likelihood_bands(),
            rule=RULE,
            models=view.reference["models"].records(),
            sources=view.reference["sources"].records(),
            limitations=LIMITATIONS,
            most_rows=MOST_ROWS,
            further_rows=FURTHER_ROWS,
        )
    )


def page_script() -> str:
    """Return the page's own script, exactly as it stands between its tags."""
    return (TEMPLATES / "page.js").read_text(encoding="utf-8")


def page_policy(script: str) -> str:
    """Return the content policy that lets this script run and no other.

    Args:
        script: Exactly what stands between the script's tags.

    Source:
        W3C, Content Security Policy Level 3, section 2.3.1 (hash sources).
    """
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"{POLICY}; script-src 'sha256-{digest}'"


def _by_level(cards: Sequence[RegionCard]) -> list[tuple[str, str, list[RegionCard]]]:
    """Return the cards by level, each level with its style class."""
    levels: dict[tuple[str, str], list[RegionCard]] = {}
    for card in cards:
        levels.setdefault((card.level, card.level_class), []).append(card)
    return [(level, style, members) for (level, style), members in levels.items()]


def page_environment() -> jinja2.Environment:
    """Return the template engine: everything is escaped, control characters are taken out."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )


def _clean(value: Any) -> Any:
    """Take control and formatting characters out of plain text; markup passes through."""
    if type(value) is not str:
        return value
    return printable(value.replace(" %", "\u00a0%"))
