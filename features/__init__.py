"""Turn the panel into features known at an origin: frequency, casualties, location, actors.

Owns the panel as arrays, its files, targets and the feature table. Nothing here reads a month after
the one it is made for, and no model is fitted.
"""
