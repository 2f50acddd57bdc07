"""The page of an issue and that of the watch: HTML that needs no network and no script.

Owns templates and inline SVG; figures and words come from the view of the issue.
"""
