"""Words of what people read: sections, wording, table columns, citations, limitations.

Knows no issue and no panel; every other folder of ``forecast`` prints with it.
"""
