"""From the store's rows to a panel: placing, attackers, counts by region and month, the balance.

Owns every measure of event rows and the reconciliation of rows with counts. Features made of the
counts belong to ``features``.
"""
