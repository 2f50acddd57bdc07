"""What needs no workspace: the bundled sample, a map of an own list, scores of a forecast file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import data
from data.errors import ConfigError
from data.settings import closest
from escalation.calls import PathLike, path_or_none, quietly
from escalation.notebook import page

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Evaluation", "evaluate", "guess_map", "sample"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of a forecast file, as the VIEWS challenge published its own and honestly.

    Attributes:
        rows: A row a forecast row: its keys, what was observed, and each score twice.
        scores: A row a score: ``published`` and ``honest``, as mean, median and mean of rows with
            an attack.
        record: All figures as plain values, as ``escalation evaluate --json`` prints them.
    """

    rows: pd.DataFrame
    scores: pd.DataFrame
    record: dict[str, Any]

    def __repr__(self) -> str:
        return f"Evaluation({self.record['forecast']}: {self.record['rows']:,} rows)"

    def _repr_html_(self) -> str:
        facts = {name: self.record[name] for name in ("actuals", "first_month", "last_month")}
        facts |= self.record["attack"]
        return page(self.record["forecast"], facts, {"Scores (lower is better)": self.scores})


def evaluate(
    forecast: PathLike,
    actuals: PathLike,
    *,
    common: bool = False,
    rows_file: PathLike | None = None,
) -> Evaluation:
    """Score the draws of a forecast file against what happened, in the VIEWS challenge's layout.

    Args:
        forecast: Parquet or CSV with ``month_id``, ``country_id`` or ``priogrid_gid``, ``draw``
            and ``outcome``.
        actuals: The same without ``draw``.
        common: Score only the rows that both files hold.
        rows_file: Also write the rows' scores to this file, CSV or Parquet.

    Returns:
        CRPS, IGN and MIS twice, and scores of the probability of an attack.

    Raises:
        SourceError: A file is refused, or the two do not hold the same rows.

    Example:
        ```python
        escalation.evaluate("mine.parquet", "actuals_2018.parquet", common=True).scores
        ```
    """
    import pandas as pd

    from experiments.runs.evaluation import evaluate_files, rows_of, write_rows

    with quietly():
        evaluated = evaluate_files(Path(forecast), Path(actuals), common=common)
        out = path_or_none(rows_file)
        if out is not None:
            write_rows(evaluated, out)
    record = evaluated.record()
    scores = [
        {"score": score, "of": of, "published": record[key]["published"][score]}
        | {"honest": record[key]["honest"][score]}
        for key, of in _MEANS.items()
        for score in ("crps", "ign", "mis")
    ]
    return Evaluation(rows_of(evaluated), pd.DataFrame(scores), record)


_MEANS = {
    "mean": "mean",
    "median": "median",
    "mean_positive": "mean of rows with an attack",
}


def guess_map(file: PathLike, *, encoding: str = "utf-8") -> str:
    """Propose a map for an own event list from its header and first rows.

    What cannot be told from the file, such as whether 03/04 is in March or in April, is left as a
    commented choice.

    Args:
        file: The list.
        encoding: Its encoding.

    Returns:
        TOML, to be checked and saved as the ``map_file`` of ``Workspace.ingest_csv``.

    Raises:
        SourceError: The file cannot be read.

    Example:
        >>> import escalation
        >>> text = escalation.guess_map(escalation.sample("aes_attacks_2024_2025.csv"))
        >>> "latitude" in text
        True
    """
    from data.sources.own.map_guess import guess_map as guessed

    with quietly():
        return guessed(Path(file), encoding=encoding)


def sample(name: str) -> Path:
    """Return the path of a bundled file: figures of the Sahel, an own event list, their maps.

    Args:
        name: Such as ``sahel_figures.parquet``, ``sahel_regions.parquet``,
            ``aes_attacks_2024_2025.csv`` or ``aes.map.toml``.

    Raises:
        ConfigError: There is no such file.

    Example:
        >>> import escalation
        >>> escalation.sample("sahel_regions.parquet").name
        'sahel_regions.parquet'
    """
    folder = Path(str(data.__file__)).parent / "samples"
    known = sorted(path.name for path in folder.iterdir())
    if name not in known:
        raise ConfigError(f'there is no sample "{name}"{closest(name, known)}')
    return folder / name
