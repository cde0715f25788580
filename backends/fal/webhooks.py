"""Whether a webhook really comes from fal: https://docs.fal.ai/model-apis/model-endpoints/webhooks.

It is proved over the bytes that arrived. A proved webhook says no more than that it is time to look: what it carries
is not the truth about the work, and the same one may come again.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from backends.fal.replies import Ticket
from backends.http import Reply

KEYS_PATH = "/.well-known/jwks.json"  # at the host for uploads
KEYS_SECONDS = 24 * 3600.0  # keys are fetched anew at least this often
TOLERANCE = 300.0  # seconds that a webhook may be old, or its clock ahead
MOST_BODY = 1024 * 1024  # bytes
SIGNATURE_DIGITS = 128  # 64 bytes in hexadecimal


class _Key(Reply):
    kty: str = ""
    crv: str = ""
    x: str = ""


class _KeySet(Reply):
    keys: Sequence[_Key]


def keys_of(key_set: object) -> list[bytes]:
    """Return the Ed25519 keys of a JSON Web Key Set, without those that are none."""
    try:
        keys = _KeySet.model_validate(key_set).keys
    except ValidationError:
        return []
    found = [_decoded(key.x) for key in keys if (key.kty, key.crv) == ("OKP", "Ed25519")]
    return [key for key in found if len(key) == 32]


def verify_fal(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Return the request id of a webhook that one of fal's keys has signed just now, None for any other."""
    given = {name.lower(): value for name, value in headers.items()}
    request_id, user_id, timestamp, signature = (
        given.get(f"x-fal-webhook-{part}", "") for part in ("request-id", "user-id", "timestamp", "signature")
    )
    # A line break in a field would let its end pass for the beginning of the next one.
    if len(body) > MOST_BODY or not all(_is_plain(field) for field in (request_id, user_id, timestamp, signature)):
        return None
    if not timestamp.isdecimal() or len(timestamp) > 12 or abs(now - int(timestamp)) > TOLERANCE:
        return None
    if len(signature) != SIGNATURE_DIGITS:
        return None
    try:
        signed = bytes.fromhex(signature)
    except ValueError:
        return None
    message = "\n".join((request_id, user_id, timestamp, hashlib.sha256(body).hexdigest())).encode("ascii")
    return request_id if any(_has_signed(key, signed, message) for key in keys) else None


def is_about(remote_id: str, request_id: str) -> bool:
    """Whether a remote id of ours is that of a request: fal's keys sign the webhooks of all its customers."""
    try:
        return Ticket.model_validate_json(remote_id).request_id == request_id
    except ValidationError:
        return False


def _has_signed(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_plain(field: str) -> bool:
    return bool(field) and field.isascii() and field.isprintable()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
