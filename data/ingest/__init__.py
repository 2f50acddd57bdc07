"""Bring a source into the store: files or a fetch, checks, the store's lock, the summary.

The edge of ``data``: what the command line and the API call. Formats are the sources' own.
"""
