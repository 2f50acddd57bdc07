"""Predictive distributions, models, scores, backtests, comparison and MLflow tracking.

The root holds what every folder uses: the distribution and its scores, what a model may see, seeds,
phases and levels. Issued forecasts belong to ``forecast``.
"""
