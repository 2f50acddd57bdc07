"""The files of UCDP GED that need no token: which are published, and fetching one of them."""

from __future__ import annotations

from pathlib import Path

from data.errors import SourceError
from data.http.answers import Answer, page_kind
from data.http.client import HttpClient
from data.reading import Provenance

__all__ = ["UcdpFiles"]

_ABSENT = (401, 403, 404, 410)
_LONG_OUT = "25.1"


class UcdpFiles:
    """A client of UCDP's download folder.

    Args:
        client: A client without a token.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._known = _LONG_OUT

    def released(self, release: str) -> bool:
        """Say whether a release's file exists.

        A site may answer with a web page of status 200 where a file is absent. That counts as
        absent only if a file known to exist is still answered as a file.

        Raises:
            SourceError: The site answers only with web pages.
            RuntimeEnvironmentError: The site does not answer.
        """
        answer = self._client.peek(_file_address(release))
        if answer.status in _ABSENT:
            return False
        if _is_file(answer):
            self._known = release
            return True
        if release != self._known and _is_file(self._client.peek(_file_address(self._known))):
            return False
        raise SourceError(
            f"expected a file from {answer.url}, got {page_kind(answer.body) or 'no file'} (status"
            f" {answer.status}): the site may be down or may have moved"
        )

    def fetch(self, release: str, folder: Path) -> tuple[Path, Provenance]:
        """Fetch a release's whole file.

        Raises:
            SourceError: The answer is not such a file, or is truncated.
            RuntimeEnvironmentError: The site does not answer, or the connection breaks.
        """
        address = _file_address(release)
        path = folder / Path(address).name
        answer = self._client.download(address, path)
        if not _is_file(answer):
            path.unlink(missing_ok=True)
            raise SourceError(
                f"expected a file from {answer.url}, got {page_kind(answer.body) or 'no file'}"
                f" (status {answer.status}): nothing was stored"
            )
        if path.suffix == ".csv":
            _check_end(path, answer.url)
        return path, {
            "url": f"{self._client.base}/{address}",
            "params": {},
            "proof": "the answer's stated length, and a whole last line or archive",
            "licence": "CC BY 4.0",
            "embargo": None,
        }


def _is_file(answer: Answer) -> bool:
    kind = page_kind(answer.body)
    wanted = "zip archive" if answer.url.endswith(".zip") else None
    return answer.status == 200 and bool(answer.body) and kind == wanted


def _check_end(path: Path, url: str) -> None:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        ended = stream.read() in (b"\n", b"\r")
    if not ended:
        path.unlink()
        raise SourceError(
            f"{url}: the file does not end with a line break, so it may be truncated: run it again"
        )


def _file_address(release: str) -> str:
    """Return the path of a release's file below UCDP's download folder.

    Example:
        >>> _file_address("26.1"), _file_address("26.01.26.06")
        ('ged/ged261-csv.zip', 'candidateged/GEDEvent_v26_01_26_06.csv')
    """
    parts = release.split(".")
    if len(parts) == 2:
        return f"ged/ged{''.join(parts)}-csv.zip"
    return f"candidateged/GEDEvent_v{'_'.join(parts)}.csv"
