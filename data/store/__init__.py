"""The append-only store: snapshots, manifests, and which row stands when releases disagree.

Owns what was known on a day and which months are observed. Reads no source's format and places no
event in a region.
"""
