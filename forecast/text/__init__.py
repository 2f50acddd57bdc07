"""How figures, names and tables are worded: sections, columns, citations, limitations, Markdown.

Knows no issue and no panel; every other folder of ``forecast`` prints with it.
"""
