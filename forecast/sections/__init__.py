"""Additional sections of an issue: changes, outlook, countries, verification, watch.

Each turns an issue's context into ``forecast.text.sections``; none writes a file.
"""
