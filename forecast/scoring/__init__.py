"""Set issues beside the months that came: scorecards, misses and false alarms, alert lists."""
