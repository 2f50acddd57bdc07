"""Issued forecasts, the risk table, the report page and the command line."""
