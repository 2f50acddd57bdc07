"""ACLED: export files of three layouts, the API, its codes, claims and deleted events."""
