"""The commands that look back at issues and make watch lists of them: score and alerts."""

from __future__ import annotations

import json

import click

from data.terminal import example, warn
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["alerts", "score"]


@click.command(
    epilog=example("escalation score", "escalation score 2020-11-admin1 --json"),
)
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@options.as_json
@click.pass_obj
def score(workspace: Workspace, issues: tuple[str, ...], as_json: bool) -> int:
    """Score issues (default: all) whose target months are observed by now.

    Writes scores.json and score.parquet beside each issue, whose own files stay as they are, and
    tells MLflow on the issue's own run.
    """
    from forecast.scoring.scorecard_text import scorings_text
    from forecast.scoring.scoring_issues import described, score_issues

    done = score_issues(workspace, issues)
    untracked = (one.warning for one in done.tracked if one.warning)
    for warning in (*done.damaged, *done.superseded, *untracked):
        warn(warning)
    if as_json:
        record = {"issues": [described(one) for one in done.scorings]}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        click.echo(scorings_text(done, named=bool(issues)))
    return 1 if done.damaged else 0


@click.command(
    epilog=example(
        "escalation alerts --budget 20",
        "escalation alerts --cost-miss 10 --cost-alarm 1 --issue 2020-12-admin1",
    )
)
@click.option("--budget", type=int, help="How many regions can be watched; default: 20.")
@click.option("--cost-miss", type=float, help="What an attack in a region not watched costs.")
@click.option("--cost-alarm", type=float, help="What a watched region without an attack costs.")
@click.option("--issue", help="An issue by name; default: the newest one.")
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
    """List the regions to watch, and say what such a list was worth in past months.

    With costs, regions are watched whose chance of an attack is at least
    cost-alarm / (cost-alarm + cost-miss): there a watch costs no more than it saves on average.
    """
    from forecast.scoring.alert_text import alert_record, alert_text
    from forecast.scoring.alerts import AlertOptions, make_alerts

    wish = AlertOptions(budget, cost_miss, cost_alarm, issue, horizon)
    found = make_alerts(workspace, wish, warn=warn)
    if as_json:
        click.echo(json.dumps(alert_record(found), indent=2, ensure_ascii=False))
    else:
        click.echo(alert_text(found))
