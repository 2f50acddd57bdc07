"""How a source wants to be cited and on what terms it may be used, by the source's name."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Citation", "citation_of"]


@dataclass(frozen=True)
class Citation:
    """What has to stand with figures from a source."""

    name: str
    citation: str
    licence: str


_KNOWN = {
    "ucdp": Citation(
        "UCDP Georeferenced Event Dataset",
        "Sundberg, R. and Melander, E. (2013), Introducing the UCDP Georeferenced Event Dataset,"
        " Journal of Peace Research 50(4); Uppsala Conflict Data Program, Uppsala University",
        "CC BY 4.0",
    ),
    "acled": Citation(
        "ACLED",
        "Armed Conflict Location & Event Data (ACLED), acleddata.com",
        "ACLED terms of use: event rows may not be passed on",
    ),
}


def citation_of(source: str) -> Citation:
    """Return a source's citation; a source that is not known is named as it stands.

    Args:
        source: Name of the source in the store; its first letters say which provider it is from.

    Example:
        >>> citation_of("ucdp_precise").licence
        'CC BY 4.0'
        >>> citation_of("ministry").licence
        'as agreed with the provider'
    """
    for prefix, citation in _KNOWN.items():
        if source.casefold().startswith(prefix):
            return citation
    return Citation(source, "as named by the provider", "as agreed with the provider")
