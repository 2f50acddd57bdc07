"""Issues on disk: their files, notes, search by region, and the catalogue of all of them.

Owns how an issue is named, found and read back. How one is made is ``forecast.issue.issue``.
"""
