"""UCDP GED: files of every layout, the API, the download page, and which releases exist."""
