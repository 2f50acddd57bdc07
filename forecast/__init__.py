"""Issue next month's forecast: risk table, reasons, verification, watch, files, page, commands.

Owns everything that an analyst or a reader sees. Models and scores are ``experiments``'s.
"""
