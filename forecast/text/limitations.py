"""The limitations that every output of every forecast names in the same words."""

from __future__ import annotations

__all__ = ["LIMITATIONS"]

LIMITATIONS = (
    (
        "Zeros are claims: a region-month counts as quiet only where a source covers it completely"
        " and reports nothing. Where none does, the region has no forecast."
    ),
    (
        "Sums over regions are not made from the forecasts of single regions: their draws are not"
        " joint. A country's total needs a forecast at the country scale."
    ),
    (
        "Reported attacks are not all attacks. Coverage of remote places is thinner, and recent"
        " months are revised upward as reports come in."
    ),
    (
        "The forecast knows what the records hold and nothing of plans, politics or the weather. A"
        " first attack in a region that never had one is the hardest to see coming."
    ),
    "Reasons say what moved the figure. They are not causes of violence.",
    (
        "A probability of 30 % comes true three times in ten: one month proves it neither right nor"
        " wrong."
    ),
)
