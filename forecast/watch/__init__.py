"""What stands out in the events up to a month, without any model: the watch.

Owns event rows, the lists to watch and one module a section (``catalogue.WATCH`` names them all).
It writes no files: ``report/page/watch.py`` does, and ``issue`` puts the sections beside a
forecast.
"""
