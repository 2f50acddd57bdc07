# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A table for a report
#
# The ten regions most at risk next month as a table, a map with its source line, and the same as
# Word and Excel files. It runs offline on the bundled sample of the Sahel, in a folder `report`
# beside this file.

# %%
import escalation

workspace = escalation.Workspace.create("report", exist_ok=True)
workspace.ingest_figures(
    escalation.sample("sahel_figures.parquet"),
    regions=escalation.sample("sahel_regions.parquet"),
    source="ucdp-sample",
    release="ged-21.1-precise",
)
workspace.panel("admin1", source="ucdp-sample")
issue = workspace.forecast(model="local_nb", outlook=False)

# %% [markdown]
# ## The table
#
# Chances are those of at least one attack in the month; 5 % and 95 % hold nine tenths of what may
# come, in attacks. Cite the line below the table wherever you print it.

# %%
table = issue.printed(10)
table

# %%
issue.citation

# %% [markdown]
# ## By country
#
# Expected attacks may be added up over regions; probabilities and ranges may not.

# %%
issue.table.groupby("country")["expected_events"].sum().sort_values(ascending=False).round(1)

# %% [markdown]
# ## Pictures
#
# Title, units and source stand in each of them.

# %%
figure = issue.plot_map()
figure.savefig("map.png", dpi=200)
figure

# %%
issue.plot_ranking()

# %% [markdown]
# ## Files
#
# Word, Excel, CSV, GeoJSON and Markdown print the same figures, with notes, sources and limits.

# %%
files = workspace.export(issue, formats="docx,xlsx,csv,geojson", out="files")
table.to_csv("table.csv", index=False)

print(table.to_string(index=False))
print(issue.citation)
print(f"{len(files)} files in files/")
