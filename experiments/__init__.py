"""Predictive distributions, models, scores, rolling-origin backtests and their tracking."""
