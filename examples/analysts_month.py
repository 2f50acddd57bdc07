# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # The analyst's month
#
# New data have come: bring them in, forecast the next month, see what changed and what to watch,
# and hand it on. It runs offline on the bundled sample of the Sahel, in a folder `sahel` beside
# this file. With your own data only the first step differs.

# %%
import escalation

workspace = escalation.Workspace.create("sahel", exist_ok=True)

# %% [markdown]
# ## 1. Bring the data in
#
# The sample holds ready counts by region and month. Event lists come in by
# `workspace.ingest_ucdp("GEDEvent_v25_1.csv")`, `ingest_acled` or, with a map of the columns,
# `ingest_csv`. Rows that break a rule are handed back with line and rule.

# %%
workspace.ingest_figures(
    escalation.sample("sahel_figures.parquet"),
    regions=escalation.sample("sahel_regions.parquet"),
    source="ucdp-sample",
    release="ged-21.1-precise",
)

# %% [markdown]
# Which month is complete? A month that no source covers is no zero, and no origin of a forecast.

# %%
workspace.status()

# %%
panel = workspace.panel("admin1", source="ucdp-sample")
panel

# %% [markdown]
# ## 2. Forecast the next month
#
# `forecast()` asks the champion, the model that passed the gate. Here no model was promoted yet, so
# one is asked by name, and every output says that it passed no gate. Last month's issue comes
# first, as it would have been made a month ago.

# %%
last_month = workspace.forecast(model="local_nb", origin="2020-11", outlook=False)
issue = workspace.forecast(model="local_nb", outlook=False)
issue

# %%
issue.plot_map()

# %% [markdown]
# ## 3. What changed, and why
#
# Changes are parted into revised data, the new month and another model.

# %%
issue.sections["movers_up"].head()

# %% [markdown]
# One region: its forecast with its range, its reasons and its past.

# %%
region = issue.region("Tillaberi")
region

# %%
region.plot_fan()

# %% [markdown]
# ## 4. What the last forecast was worth, and whom to watch

# %%
scores = workspace.score(last_month)
scores

# %%
workspace.alerts(budget=10)

# %% [markdown]
# ## 5. Note what the figures do not know, and hand it on

# %%
workspace.note(issue, "Roads to the north are closed since 4 January.", author="A. Diallo")

# %%
brief = workspace.brief(issue, country="Niger", out=workspace.path / "niger.md")
files = workspace.export(issue, formats=["xlsx", "docx"])
page = workspace.report(issue)

print(brief.splitlines()[0])
print("page:", page)
print("files:", *files)
