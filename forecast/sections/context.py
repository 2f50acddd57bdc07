"""What the sections of an issue are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.workspace import Workspace
from features.panel import Panel
from forecast.archive.catalogue import Catalogue
from forecast.model.predictions import IssueRequest, Prediction

__all__ = ["IssueContext"]


@dataclass(frozen=True)
class IssueContext:
    """What the sections of one issue are made from.

    Attributes:
        workspace: Where champions, backtests and the store are.
        catalogue: All issues of the workspace.
        past: The panel; its last month is the origin.
        seen: The panel as the models saw it (newest months completed where that is asked for).
        request: What the issue is asked for.
        predictions: The issue's forecasts.
        table: Its risk table.
        manifest: What else is known of the issue, such as its id.
    """

    workspace: Workspace
    catalogue: Catalogue
    past: Panel
    seen: Panel
    request: IssueRequest
    predictions: Sequence[Prediction]
    table: pd.DataFrame
    manifest: Mapping[str, Any]
