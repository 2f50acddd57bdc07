"""An analyst's own list of events, read by a typed map, and the proposal of such a map.

The rules of quarantine here hold for the rows of every source of events.
"""
