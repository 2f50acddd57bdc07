"""The page of an issue: one HTML file that needs no network and is whole without scripts."""
