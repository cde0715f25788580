"""What hosted backends made.

Whether it is there yet, fetched over its link, cleaned and kept.
"""

from backends.base import ResultStore
from backends.http import Http
from domain.errors import BackendRejected, BackendReplyInvalid, NotThereYet, Unusable
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import RemoteState

MOST_PICTURE = 32 * 1024 * 1024  # bytes of a drawn picture: 2,048 × 2,048 in PNG is half of it


def check_trained(backend: str, work: str, state: RemoteState) -> None:
    """Raise unless a training whose LoRA is to be fetched has succeeded.

    Only its failure and its stop are ends, so only they are `BackendRejected`: an odd look after a success was told
    must not end a training that is paid, so everything else is `NotThereYet`, and asked again.
    """
    match state:
        case RemoteState.SUCCEEDED:
            return
        case RemoteState.FAILED | RemoteState.CANCELLED:
            raise BackendRejected(backend, f"{work} is {state} and has no LoRA")
        case RemoteState.QUEUED | RemoteState.RUNNING:
            raise NotThereYet(backend, f"{work} is {state} and has no LoRA")


def shortfall(kind: FactKind, missing: int, count: int) -> tuple[Fact, ...]:
    """Return the fact that pictures are missing from a drawing, nothing when none is."""
    return (fact(kind, missing=missing, count=count),) if missing > 0 else ()


async def keep_picture(http: Http, store: ResultStore, link: str) -> str:
    """Fetch a drawn picture, keep it cleaned, and return its SHA-256.

    Raises `BackendUnavailable`, and `BackendReplyInvalid` for a link or a file that is not what it should be.
    """
    return await clean(store, http.backend, await http.download(link, most=MOST_PICTURE))


async def clean(store: ResultStore, backend: str, content: bytes) -> str:
    """Keep a drawn picture cleaned, and return its SHA-256.

    Raises `BackendReplyInvalid` where it is none.
    """
    try:
        return await store.picture(content)
    except Unusable as error:
        raise BackendReplyInvalid(backend, f"a drawn picture is unusable: {error}") from error
