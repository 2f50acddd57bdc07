"""Fetch from a provider over HTTP: addresses, limits, retries, stored pages and secrets.

The only folder that imports requests and urllib3. What is asked of whom belongs to the provider's
folder in ``data.sources``.
"""
