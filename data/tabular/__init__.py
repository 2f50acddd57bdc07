"""Read tables of any dialect: archives, encodings, delimiters, headers, dates, numbers, rules.

Owns what a cell, a row and a header mean as text and as typed values, with the line and column of
whatever is wrong. Which column means what is decided by the folders of ``data.sources``.
"""
