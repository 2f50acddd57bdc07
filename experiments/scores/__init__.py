"""Score and compare forecasts: paired rows, intervals, gate, reliability, leaderboard.

Works on scored rows of a backtest; makes no forecast and reads no panel.
"""
