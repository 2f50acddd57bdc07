"""Rolling origins: specifications, folds, training, champions, tuning and studies.

Owns which months a model is fitted on and asked at, and the files of a backtest. Tracking them is
``experiments.tracking.mlflow_store``.
"""
