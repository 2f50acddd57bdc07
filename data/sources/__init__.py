"""One folder a provider: each turns its files or answers into a ``ReadResult``.

Owns codes, layouts and licences of providers. Checking rows against rules is shared
(``own.event_rules``); keeping them is ``data.store.store``.
"""
