"""The commands that score issues, verify them and list regions to watch."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from data.terminal import echo, example, one_line, warn
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["alerts", "score", "verify"]


@click.command(
    epilog=example("escalation score", "escalation score 2020-11-admin1 --json"),
)
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@options.as_json
@click.pass_obj
def score(workspace: Workspace, issues: tuple[str, ...], as_json: bool) -> int:
    """Score issues (default: all) whose target months are observed.

    Writes scores.json and score.parquet beside each issue, whose own files are not changed, and
    tracks the scores on the issue's own MLflow run.
    """
    from forecast.scoring.issues import score_issues, scores_json
    from forecast.scoring.scorecard_text import scores_text

    result = score_issues(workspace, issues)
    untracked = (one.warning for one in result.tracked if one.warning)
    for warning in (*result.damaged, *untracked):
        warn(warning)
    if as_json:
        record = {"issues": [scores_json(one) for one in result.scored]}
        echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        echo(scores_text(result, named=bool(issues)))
    return 1 if result.damaged else 0


@click.command(epilog=example("escalation verify", "escalation verify --json"))
@options.as_json
@click.pass_obj
def verify(workspace: Workspace, as_json: bool) -> int:
    """Hold every issue against the ledger: is what lies there what was issued, and when?

    The ledger enters each issue once, with its fingerprints and the hash of the entry before; who
    publishes its head can prove later what was issued.
    """
    from forecast.archive.ledger import verify as hold

    verdict = hold(workspace)
    text = "\n".join(one_line(line) for line in verdict.lines())
    echo(json.dumps(asdict(verdict), indent=2, ensure_ascii=False) if as_json else text)
    return 1 if verdict.problems else 0


@click.command(
    epilog=example(
        "escalation alerts --budget 20",
        "escalation alerts --cost-miss 10 --cost-alarm 1 --issue 2020-12-admin1",
    )
)
@click.option("--budget", type=int, help="How many regions can be watched; default: 20.")
@click.option("--cost-miss", type=float, help="Cost of an attack in a region that is not watched.")
@click.option("--cost-alarm", type=float, help="Cost of watching a region without an attack.")
@click.option("--issue", help="Name of an issue; default: the newest.")
@click.option("--horizon", type=int, help="Months ahead; default: the issue's shortest.")
@options.as_json
@click.pass_obj
def alerts(
    workspace: Workspace,
    budget: int | None,
    cost_miss: float | None,
    cost_alarm: float | None,
    issue: str | None,
    horizon: int | None,
    as_json: bool,
) -> None:
    """List the regions to watch, and how such lists did in past months.

    With costs, a region is watched where its chance of attack is at least
    cost-alarm / (cost-alarm + cost-miss): there watching saves as much as it costs, or more.
    """
    from forecast.scoring.alert_text import alerts_json, alerts_text
    from forecast.scoring.alerts import AlertOptions, make_alerts

    asked = AlertOptions(budget, cost_miss, cost_alarm, issue, horizon)
    made = make_alerts(workspace, asked)
    if as_json:
        echo(json.dumps(alerts_json(made), indent=2, ensure_ascii=False))
    else:
        echo(alerts_text(made))
