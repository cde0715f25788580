"""What a backend drew: fetched over its link, cleaned and kept."""

from backends.base import Arrivals
from backends.http import Http
from domain.errors import BackendReplyInvalid, Unusable

MOST_PICTURE = 32 * 1024 * 1024  # bytes of a drawn picture: 2,048 × 2,048 in PNG is half of it


async def keep_picture(http: Http, arrivals: Arrivals, link: str) -> str:
    """Fetch a drawn picture, keep it cleaned, and return its SHA-256.

    Raises `BackendUnavailable`, and `BackendReplyInvalid` for a link or a file that is not what it should be.
    """
    content = await http.download(link, most=MOST_PICTURE)
    try:
        return await arrivals.picture(content)
    except Unusable as error:
        raise BackendReplyInvalid(http.backend, f"a drawn picture is unusable: {error}") from error
