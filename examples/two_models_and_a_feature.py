# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Two models and a feature of one's own
#
# Is a new model better than no change, and is a new feature worth its place? Both are asked on
# months that the models have not seen. It runs offline on the bundled sample of the Sahel, in a
# folder `models` beside this file.

# %%
from pathlib import Path

import escalation

workspace = escalation.Workspace.create("models", exist_ok=True)
workspace.ingest_figures(
    escalation.sample("sahel_figures.parquet"),
    regions=escalation.sample("sahel_regions.parquet"),
    source="ucdp-sample",
    release="ged-21.1-precise",
)
workspace.panel("admin1", source="ucdp-sample")

# %% [markdown]
# ## What models are given
#
# Every feature says in words what it is. A value at a month reads months up to it and no later one.

# %%
features = workspace.features(since="2018-01")
features

# %%
features.frame.groupby("month")[["events_lag_0", "deaths_lag_0"]].sum().tail()

# %% [markdown]
# ## A model and a feature of one's own
#
# Both stand in a Python file. Every class in it that is a `Model` becomes a model under its
# `name`; what `FEATURES` lists joins the table. A backtest notes the file's fingerprint, so that
# what was made with it is never repeated with another file of that name.

# %%
plugin = Path("my_models.py")
plugin.write_text(
    '''
from dataclasses import dataclass

import numpy as np

from escalation import Distribution, Feature, Model, draw_uniforms
from features.signals import Measure, Signal
from features.windows import moving_sum


class SameSeason(Model):
    """What the region had in the target's month, and those beside it, of the last five years."""

    name = "same_season"

    def fit(self, view):
        return self

    def predict(self, view):
        months = view.history.shape[1]
        year_ago = months - 1 + view.task.horizon - 12
        wanted = (year_ago - 12 * year + near for year in range(5) for near in (-1, 0, 1))
        past = np.nan_to_num(view.history[:, [m for m in wanted if 0 <= m < months]])
        place = (draw_uniforms(view, self.name) * past.shape[1]).astype(int)
        return Distribution(np.take_along_axis(past, place, axis=1).astype(np.int32))


@dataclass(frozen=True)
class RecentShare(Feature):
    """Share of the last year's count that fell into its last three months."""

    signal: Signal

    @property
    def name(self):
        return f"{self.signal.name}_recent_share"

    @property
    def formula(self):
        return f"{self.signal.formula} of the last 3 months / those of the last 12, 0 without any"

    def column(self, read):
        year = moving_sum(read(self.signal), 12)
        recent = moving_sum(read(self.signal), 3)
        return np.where(year > 0, recent / np.maximum(year, 1), year).astype(np.float32)


FEATURES = [RecentShare(Measure("deaths"))]
''',
    encoding="utf-8",
)

# %% [markdown]
# ## Backtest
#
# A specification says what is asked; here it is a short one. `logit` reads the features,
# `same_season` does not. `conflictology` (same as the last 12 months) and `last` are no change.

# %%
spec = Path("one_year.toml")
spec.write_text(
    """
scale = "admin1"
target = "events"
origins = "2019-12:2020-11"
draws = 200

[pool]
inner = 6
""",
    encoding="utf-8",
)
models = ["logit", "same_season", "conflictology", "last"]
backtest = workspace.backtest(spec, models=models, plugin=plugin)
backtest

# %%
workspace.compare(backtest)

# %%
backtest.plot_reliability()

# %% [markdown]
# ## Is the feature worth its place?
#
# `logit` is asked once more without the file. In the table, the name of the second one ends with
# the id of its backtest.

# %%
without = workspace.backtest(spec, models=["logit"])
comparison = workspace.compare(backtest, without)
comparison

# %% [markdown]
# Each model against no change, on the same rows, with intervals that come from drawing the months
# again. Twelve months tell little: the intervals of the two overlap.

# %%
skills = comparison.skills
skills[skills["score"] == "crps"][["model", "against", "skill", "skill_lo", "skill_hi"]]

# %% [markdown]
# ## Scores of one's own arrays

# %%
from escalation import scores

rows = backtest.forecasts[backtest.forecasts["model"] == "logit"]
brier = scores.brier(rows["observed"] >= 1, rows["p_attack"])

print(comparison.summary[["model", "crps", "crps_skill"]].to_string(index=False))
print(f"Brier score of logit: {brier:.4f}")
