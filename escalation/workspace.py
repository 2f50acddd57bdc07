"""The workspace as one object: every command of the command line is a method of it."""

from __future__ import annotations

from pathlib import Path

from data import workspace as folders
from data.errors import ConfigError
from escalation.calls import PathLike, quietly
from escalation.counting import Counting
from escalation.ingesting import Ingesting
from escalation.modelling import Modelling
from escalation.publishing import Publishing

__all__ = ["Workspace"]


class Workspace(Publishing, Modelling, Counting, Ingesting):
    """A folder that holds settings, store, panels, backtests, champions and issues.

    Args:
        path: The folder; None for that of ``ESCALATION_WORKSPACE``, else the current one.

    Raises:
        ConfigError: There is no such folder; ``Workspace.create`` makes one.

    Example:
        ```python
        workspace = escalation.Workspace("sahel")
        workspace.ingest_ucdp("GEDEvent_v25_1.csv")
        workspace.panel("admin1", boundaries="units.geojson")
        issue = workspace.forecast()
        issue.plot_map()
        ```
    """

    @classmethod
    def create(cls, path: PathLike, *, exist_ok: bool = False) -> Workspace:
        """Make a workspace with a commented ``escalation.toml``, every setting at its default.

        Args:
            path: The folder; it is made when absent.
            exist_ok: Take a workspace that is there as it is.

        Returns:
            The workspace.

        Raises:
            ConfigError: There is an ``escalation.toml`` already, and ``exist_ok`` is not set.

        Example:
            ```python
            workspace = escalation.Workspace.create("sahel", exist_ok=True)
            ```
        """
        folder = folders.Workspace(Path(path))
        with quietly():
            try:
                folder.write_first_settings()
            except ConfigError:
                if not exist_ok:
                    raise
        return cls(path)
