"""Regions of every scale: boundaries, cells, countries, places, their distances and changes.

Owns where a point lies, which regions touch, and which months lists cover in which country. Counts
nothing: that is ``data.counting.counting``.
"""
