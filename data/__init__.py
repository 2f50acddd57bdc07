"""Feed the system: sources, validation and quarantine, the event store, regions and counts.

Owns every file format of a source and everything that is known before a feature is made. Its root
holds what every folder uses: column names, months, errors, settings, workspace and terminal text.
Knows nothing of features, models or forecasts.
"""
