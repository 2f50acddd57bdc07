"""Whole jobs on a workspace: backtest, ablation, tuning, promotion, vintages, evaluation.

What the command line and the API call; each reads and writes the workspace's files.
"""
