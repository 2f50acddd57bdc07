"""Files for readers: one view of an issue, and a writer each for CSV, XLSX, DOCX, maps and more.

Every writer prints from the view; none computes a figure of its own.
"""
