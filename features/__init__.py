"""The region-month panel and the time-series features made from it."""
