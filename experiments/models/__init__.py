"""Every model and what models are made of: designs, boosters, pools, calibration, plugins.

``catalogue`` lists them, ``model`` says what one must do. Which origins are forecast is decided by
``experiments.backtest.backtest``.
"""
