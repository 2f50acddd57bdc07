"""An analyst's month in one command: what is new is read, scored, forecast and written."""
