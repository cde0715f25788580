"""Whether a webhook delivery is really from Replicate: https://replicate.com/docs/topics/webhooks/verify-webhook."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from pydantic import ValidationError

from backends.replicate.replies import Started

TOLERANCE = 300.0  # seconds between their clock and ours
MOST_BODY = 1024 * 1024  # bytes
_SECRET = "whsec_"  # noqa: S105 - how every secret begins
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def verify_replicate(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Return the id of a delivery that Replicate signed within the last minutes, None for any other; never raises.

    The same delivery may come again, or be replayed: whoever acts on it remembers its id.
    """
    key = _key(secret)
    told = {name.lower(): value for name, value in headers.items()}
    delivery = told.get("webhook-id", "")
    timestamp = told.get("webhook-timestamp", "")
    signatures = told.get("webhook-signature", "")
    if key is None or not delivery or not delivery.isascii() or not _TIMESTAMP.fullmatch(timestamp):
        return None
    if abs(now - int(timestamp)) > TOLERANCE or len(body) > MOST_BODY:
        return None
    signed = f"{delivery}.{timestamp}.".encode("ascii") + body
    right = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    is_signed = False
    for candidate in signatures.split(" "):  # several while a secret is being changed
        # Bytes, since compare_digest refuses text that is not ASCII.
        is_signed |= hmac.compare_digest(candidate.encode("utf-8", "backslashreplace"), right)
    return delivery if is_signed else None


def work_of(body: bytes) -> str | None:
    """Return the id of the training or prediction that a delivery is about, None where it names none."""
    try:
        return Started.model_validate_json(body).id
    except ValidationError:
        return None


def _key(secret: str) -> bytes | None:
    """Return the key within a secret, None where there is none: an empty key would let anybody sign."""
    if not secret.startswith(_SECRET):
        return None
    try:
        return base64.b64decode(secret.removeprefix(_SECRET), validate=True) or None
    except (binascii.Error, ValueError):
        return None
