"""What readers get of an issue: one view of it, and the writers of files, briefs and pictures.

Every writer prints from ``issue_view``; none reads an issue's files or computes figures of its own.
What stands in the sections is ``forecast.sections``; the page has a folder of its own.
"""
