"""Names of files made from names that come from data: one folder, no surprises."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["safe_name"]

_LONGEST = 60
# What some systems take for a device, whatever follows the dot.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
)


def safe_name(text: str) -> str:
    """Return a name for a file: letters, digits, dot, dash and underscore, never a path.

    A text that is not such a name already gets a fingerprint, so that two texts that look alike
    never share a file.

    Example:
        >>> safe_name("2020-12-admin1"), safe_name("../../etc/x")
        ('2020-12-admin1', 'etc-x-56da1a2e')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")[:_LONGEST].rstrip("-._") or "x"
    if slug.partition(".")[0].casefold() in _DEVICES:
        slug = f"x-{slug}"
    if slug == text:
        return slug
    return f"{slug}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
