"""ACLED's code lists, today's and those before 2018, and their meaning here."""

from __future__ import annotations

from data.regions.countries import country_key, country_of

__all__ = [
    "LICENCE",
    "SOURCE",
    "SOURCE_BEFORE_2018",
    "acled_name",
    "is_attack",
    "kind_of_event",
    "tactic_of",
]

SOURCE = "acled"
# Ids of that layout (1ALG) are not today's (ALG1): one source each, so that no event counts twice.
SOURCE_BEFORE_2018 = "acled-before-2018"
LICENCE = (
    "ACLED's terms of use bind you: name ACLED and the day of access, pass no rows on, and train no"
    " model that could stand in for ACLED's data without its consent (acleddata.com/eula)"
)

_KINDS = {
    "battles": "battles",
    "explosions/remote violence": "explosions",
    "violence against civilians": "civilians",
    # Before 2018.
    "battle-no change of territory": "battles",
    "battle-government regains territory": "battles",
    "battle-non-state actor overtakes territory": "battles",
    "remote violence": "explosions",
}
_NO_ATTACK = (
    "protests",
    "riots",
    "riots/protests",
    "strategic developments",
    "strategic development",
    "headquarters or base established",
    "non-violent transfer of territory",
)
_TACTICS = {
    "air/drone strike": "drone or air strike",
    "remote explosive/landmine/ied": "roadside bomb",
    "suicide bomb": "suicide attack",
    "shelling/artillery/missile attack": "shelling",
    "armed clash": "armed clash",
    "government regains territory": "territory taken",
    "non-state actor overtakes territory": "territory taken",
    "abduction/forced disappearance": "abduction",
    # Event types before 2018, which had no sub-types.
    "battle-no change of territory": "armed clash",
    "battle-government regains territory": "territory taken",
    "battle-non-state actor overtakes territory": "territory taken",
}
# Where ACLED writes a country otherwise than the plain name of the project's table.
_NAMES = {
    "COD": "Democratic Republic of Congo",
    "COG": "Republic of Congo",
    "CPV": "Cape Verde",
    "CZE": "Czech Republic",
    "GMB": "Gambia",
    "STP": "Sao Tome and Principe",
    "SWZ": "eSwatini",
    "TLS": "East Timor",
    "TUR": "Turkey",
}


def kind_of_event(event_type: str) -> str | None:
    """Return the kind of an event type; None where it is not a known attack.

    Example:
        >>> kind_of_event("Explosions/Remote violence"), kind_of_event("Protests")
        ('explosions', None)
    """
    return _KINDS.get(event_type.strip().lower())


def is_attack(event_type: str) -> bool:
    """Say whether an event type is an attack: any but the known types that are not."""
    return event_type.strip().lower() not in _NO_ATTACK


def tactic_of(event_type: str, sub_event_type: str) -> str:
    """Return the tactic in plain words, empty where the sub-type names none.

    Example:
        >>> tactic_of("Explosions/Remote violence", "Air/drone strike")
        'drone or air strike'
    """
    named = _TACTICS.get(sub_event_type.strip().lower())
    return named or _TACTICS.get(event_type.strip().lower(), "")


def acled_name(country: str) -> str:
    """Return a country as ACLED writes it.

    Example:
        >>> acled_name("DR Congo"), acled_name("mali")
        ('Democratic Republic of Congo', 'Mali')
    """
    known = country_of(country_key(country))
    if known is None:
        return country.strip()
    return _NAMES.get(known.iso3, known.name)
