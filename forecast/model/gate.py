"""What the gate said of a model: the words in tables and manifests, and the sentence on each.

Every output prints these sentences; none has one of its own. The gate itself is
``experiments.scores.gate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.text.wording import listed, model_words, target_words

__all__ = ["NOT_JUDGED", "NO_GATE", "PASSED", "Notice", "gate_notices"]

# A model promoted against the gate has ``forced:`` with the reason.
PASSED, NO_GATE = "passed", "none"
NOT_JUDGED = "The model was not judged by the gate and not backtested on these data."


@dataclass(frozen=True)
class Notice:
    """What a reader must know first: a sentence or its beginning, and the rest of it."""

    lead: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.lead} {self.text}".strip()


def gate_notices(models: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """Return the notices of models that did not pass the gate, alike ones together.

    Args:
        models: The models of a manifest, or those of some horizons.

    Example:
        >>> model = {"target": "events", "horizon": 1, "model": "toy", "gate": "none", "note": ""}
        >>> gate_notices([model])[0].lead
        'No model is recommended for attacks:'
    """
    alike: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for model in models:
        if model["gate"] != PASSED:
            key = (model["gate"], model["model"], model["note"])
            horizons = alike.setdefault(key, {}).setdefault(model["target"], [])
            horizons.append(int(model["horizon"]))
    return tuple(
        _notice(*key, what=listed([_what(models, *each) for each in targets.items()]))
        for key, targets in alike.items()
    )


def _what(models: Sequence[Mapping[str, Any]], target: str, horizons: list[int]) -> str:
    """Return a target in words, with months ahead where models of others passed."""
    name = target_words(target)
    if set(horizons) == {model["horizon"] for model in models if model["target"] == target}:
        return name
    return f"{name} {listed([str(horizon) for horizon in horizons])} months ahead"


def _notice(gate: str, model: str, note: str, *, what: str) -> Notice:
    if gate == NO_GATE:
        words = f" ({model_words(model)})" if model_words(model) else ""
        return Notice(
            f"No model is recommended for {what}:",
            f"these figures are made with {model}{words}, which has not passed the gate. {note}",
        )
    return Notice(
        f"The model for {what}, {model}, did not pass the gate and is in use by decision.",
        f"Gate: {gate}.",
    )
