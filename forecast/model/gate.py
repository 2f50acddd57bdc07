"""What the gate said of a model, in the words of tables and manifests."""

from __future__ import annotations

__all__ = ["NOT_JUDGED", "NO_GATE", "PASSED"]

# A model promoted against the gate has ``forced:`` with the reason.
PASSED, NO_GATE = "passed", "none"
NOT_JUDGED = "The model was not judged by the gate and not backtested on these data."
