"""Make an issue: ask the champions, build table and sections, write the folder."""
