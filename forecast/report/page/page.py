"""The report page: one HTML file that needs no network and can be read without scripts.

Every text from data is escaped by the template engine, control characters are taken out before;
the content policy in the page allows inline styles and one script, the page's own, by its hash.
The script sorts, filters and points; it holds no data, and nothing stands in it alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from data.files import write_text
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.bands import likelihood_bands
from experiments.runs.confidence import RULE
from experiments.runs.performance import Performance, performance_of
from features.panel import Panel, read_panel
from forecast.archive.issue_files import Issue, read_issue
from forecast.archive.notes import Note, read_notes
from forecast.archive.region_shapes import read_shapes
from forecast.model.headline import headlines
from forecast.model.risk import NO_GATE, PASSED
from forecast.report.issue_view import run_of
from forecast.report.page.page_parts import (
    FURTHER_ROWS,
    MOST_ROWS,
    Card,
    card,
    horizon_part,
    levels_card,
)
from forecast.report.page.page_record import record_card, record_part
from forecast.report.page.page_sections import glossary, section_groups
from forecast.report.page.region_cards import RegionCard, card_numbers, region_cards
from forecast.text.caveats import CAVEATS
from forecast.text.citations import citation_of
from forecast.text.wording import model_words, month_words, printable

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
    issue = read_issue(folder)
    panel = read_panel(workspace.panel(issue.manifest["scale"])).up_to(issue.manifest["origin"])
    page = render_page(
        issue,
        panel,
        polygons=read_shapes(workspace, panel.scale),
        records=_records(workspace, issue),
        notes=read_notes(folder),
        mlflow_run=run_of(folder),
    )
    path = workspace.reports / f"{folder.name}.html"
    write_text(path, page)
    return path


def render_page(
    issue: Issue,
    panel: Panel,
    *,
    polygons: Mapping[str, Any] | None = None,
    records: Mapping[int, Performance] | None = None,
    notes: Sequence[Note] = (),
    mlflow_run: str | None = None,
) -> str:
    """Return the page of an issue as HTML.

    Args:
        issue: The issue.
        panel: The past; its last month is the issue's origin.
        polygons: Region id to polygon, for the map; None draws circles.
        records: Past of the model in use by horizon; None or empty where no backtest is at hand.
        notes: An analyst's notes.
        mlflow_run: Id of the issue's run in MLflow; None where it was not tracked.
    """
    manifest, records = issue.manifest, records or {}
    cuts = tuple(manifest["levels"])
    numbers = card_numbers(issue.table, MOST_ROWS)
    parts = [rows for _, rows in issue.table.groupby("horizon", sort=True)]
    horizons = [
        horizon_part(rows, cuts=cuts, polygons=polygons, cards=numbers, first=place == 0)
        for place, rows in enumerate(parts)
    ]
    script = page_script()
    return (
        page_environment()
        .get_template("page.html.j2")
        .render(
            policy=page_policy(script),
            script=Markup(script),  # noqa: S704 (a file of this package)
            manifest=manifest,
            months=" and ".join(part.month for part in horizons),
            origin=month_words(manifest["origin"]),
            regions=len(panel.regions),
            countries=panel.regions["country"].nunique(),
            revised=panel.digest() != manifest["data_digest"],
            cards=_cards(panel, parts[0], records),
            horizons=horizons,
            groups=section_groups(issue.sections, numbers),
            glossary=glossary(issue.sections),
            regions_by_level=_by_level(region_cards(issue.table, panel, numbers)),
            records={h: record_part(record, cuts) for h, record in records.items()},
            likelihoods=likelihood_bands(),
            rule=RULE,
            models=_models(manifest),
            notices=_notices(manifest),
            caveats=CAVEATS,
            notes=notes,
            sources=[_source(source) for source in manifest["sources"]],
            mlflow_run=mlflow_run,
            most_rows=MOST_ROWS,
            further_rows=FURTHER_ROWS,
        )
    )


def _cards(panel: Panel, rows: pd.DataFrame, records: Mapping[int, Performance]) -> list[Card]:
    """Return the cards at the top: what happened, how many stand high, what it was worth."""
    trust = [record_card(record) for record in list(records.values())[:1]]
    found = (*(card(headline) for headline in headlines(panel)), levels_card(rows), *trust)
    return [each for each in found if each is not None]


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
    """Return the cards parted by level, each level with its style class."""
    found: dict[tuple[str, str], list[RegionCard]] = {}
    for each in cards:
        found.setdefault((each.level, each.level_class), []).append(each)
    return [(level, style, kept) for (level, style), kept in found.items()]


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


def _models(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**model, "words": model_words(model["model"])} for model in manifest["models"]]


def _notices(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what must be said of models that did not pass the gate, alike ones together."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for model in manifest["models"]:
        if model["gate"] != PASSED:
            key = (model["gate"], model["model"], model["note"])
            found.setdefault(key, []).append(_what(model, manifest))
    return [_notice(*key, what=" and ".join(whats)) for key, whats in found.items()]


def _what(model: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    name = {EVENTS: "attacks"}.get(model["target"], model["target"])
    ahead = f", {model['horizon']} months ahead" if len(manifest["horizons"]) > 1 else ""
    return f"{name}{ahead}"


def _notice(gate: str, model: str, note: str, *, what: str) -> dict[str, str]:
    if gate == NO_GATE:
        return {
            "title": f"No recommended model for {what}.",
            "text": f"These figures are made with {model}: {model_words(model)}. {note}",
        }
    return {
        "title": f"The model for {what} did not pass the gate.",
        "text": f"{model} is in use by decision. Gate: {gate}.",
    }


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    citation = citation_of(source["source"])
    return {
        **source,
        "name": citation.name,
        "citation": citation.citation,
        "licence": citation.licence,
    }


def _records(workspace: Workspace, issue: Issue) -> dict[int, Performance]:
    """Return the past of each horizon's model of attacks, from the newest backtest."""
    scale, origin = issue.manifest["scale"], issue.manifest["origin"]
    backtests = known_backtests(workspace, scale=scale, target=EVENTS, through=origin)
    backtest = next(backtests, None)
    if backtest is None:
        return {}
    cuts = tuple(issue.manifest["levels"])
    found = {
        int(model["horizon"]): performance_of(
            backtest, model=model["model"], horizon=int(model["horizon"]), cuts=cuts
        )
        for model in issue.manifest["models"]
        if model["target"] == EVENTS
    }
    return {horizon: record for horizon, record in found.items() if record is not None}
