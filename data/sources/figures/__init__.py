"""Counts by region and month that come ready made: own figures, HDX workbooks, HAPI tables."""
