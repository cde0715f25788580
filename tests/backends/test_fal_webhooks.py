"""Webhooks that were never fal's, and those that are."""

import base64
import random
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backends.fal.webhooks import MOST_BODY, keys_of, verify_fal
from tests.providers.fal import FalStandIn

NOW = 1_790_000_000
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
BODY = b'{"request_id": "764cabcf-b745-4b3e-ae38-1200304cf45b", "status": "OK", "payload": {"seed": 1}}'
PREFIX = "X-Fal-Webhook-"
Headers = dict[str, str]


@pytest.fixture(scope="module")
def fal() -> FalStandIn:
    return FalStandIn()


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def with_header(part: str, value: Callable[[str], str]) -> Callable[[Headers], Headers]:
    return lambda headers: headers | {PREFIX + part: value(headers[PREFIX + part])}


def test_what_fal_has_signed_is_its_request_id(fal: FalStandIn) -> None:
    assert verify_fal([public(fal.signer)], fal.signed(BODY, ID, at=NOW), BODY, NOW) == ID


def test_any_of_its_keys_will_do_and_header_names_have_no_case(fal: FalStandIn) -> None:
    headers = {name.lower(): value for name, value in fal.signed(BODY, ID, at=NOW).items()}
    keys = [b"no key", public(Ed25519PrivateKey.generate()), public(fal.signer)]

    assert verify_fal(keys, headers, BODY, NOW + 299.0) == ID


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(with_header("Signature", lambda _: "00" * 64), id="forged"),
        pytest.param(with_header("Signature", lambda old: old[:-2] + "ü1"), id="not ASCII"),
        pytest.param(with_header("Signature", lambda old: "zz" + old[2:]), id="not hexadecimal"),
        pytest.param(with_header("Signature", lambda old: old[:64]), id="cut short"),
        pytest.param(with_header("Signature", lambda _: ""), id="unsigned"),
        pytest.param(with_header("Request-Id", lambda _: "another"), id="for another request"),
        pytest.param(with_header("User-Id", lambda _: "user-2"), id="for another user"),
        pytest.param(with_header("Timestamp", lambda _: str(NOW - 1)), id="of another time"),
        pytest.param(with_header("Timestamp", lambda _: "9" * 5_000), id="a number of 5,000 digits"),
        pytest.param(with_header("Timestamp", lambda _: "nan"), id="no number"),
        pytest.param(with_header("Timestamp", lambda old: old.replace("1", "١")), id="digits of another script"),
        pytest.param(with_header("Request-Id", lambda old: old + "\udc80"), id="half a character"),
        pytest.param(lambda _: {}, id="no headers"),
    ],
)
def test_what_fal_has_not_signed_is_nothing(fal: FalStandIn, hostile: Callable[[Headers], Headers]) -> None:
    headers = hostile(fal.signed(BODY, ID, at=NOW))

    assert verify_fal([public(fal.signer)], headers, BODY, NOW) is None


def test_a_line_break_cannot_move_the_end_of_a_field(fal: FalStandIn) -> None:
    headers = fal.signed(BODY, ID, user="a\nb", at=NOW)
    moved = headers | {PREFIX + "Request-Id": f"{ID}\na", PREFIX + "User-Id": "b"}

    assert verify_fal([public(fal.signer)], headers, BODY, NOW) is None
    assert verify_fal([public(fal.signer)], moved, BODY, NOW) is None


@pytest.mark.parametrize("age", [301, -301, 86_400])
def test_what_is_old_or_from_the_future_is_nothing(fal: FalStandIn, age: int) -> None:
    headers = fal.signed(BODY, ID, at=NOW)

    assert verify_fal([public(fal.signer)], headers, BODY, NOW + age) is None


def test_another_key_or_none_proves_nothing(fal: FalStandIn) -> None:
    headers = fal.signed(BODY, ID, at=NOW)

    assert verify_fal([public(Ed25519PrivateKey.generate())], headers, BODY, NOW) is None
    assert verify_fal([], headers, BODY, NOW) is None


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"OK", b"KO"),
        BODY.replace(b": ", b":"),  # the same JSON, written anew
        BODY + b"\n",
        b"",
    ],
)
def test_the_bytes_count_not_what_they_say(fal: FalStandIn, body: bytes) -> None:
    assert verify_fal([public(fal.signer)], fal.signed(BODY, ID, at=NOW), body, NOW) is None


def test_a_body_of_more_than_a_megabyte_is_nothing(fal: FalStandIn) -> None:
    body = b" " * (MOST_BODY + 1)

    assert verify_fal([public(fal.signer)], fal.signed(body, ID, at=NOW), body, NOW) is None


def test_a_thousand_random_bodies_and_signatures_prove_nothing(fal: FalStandIn) -> None:
    chance = random.Random(7)
    keys = [public(fal.signer)]
    headers = fal.signed(BODY, ID, at=NOW)
    passed = [
        verify_fal(
            keys,
            headers | {PREFIX + "Signature": chance.randbytes(64).hex()} if chance.random() < 0.5 else headers,
            chance.randbytes(chance.randrange(200)),
            NOW,
        )
        for _ in range(1_000)
    ]

    assert passed == [None] * 1_000


def test_keys_that_are_none_are_left_out() -> None:
    good = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    key_set = {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": good},
            {"kty": "RSA", "crv": "Ed25519", "x": good},
            {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
            {"kty": "OKP", "crv": "Ed25519", "x": "ü"},
            {"kty": "OKP", "crv": "Ed25519", "x": "A"},
        ]
    }

    assert keys_of(key_set) == [bytes(range(32))]
    assert keys_of({"keys": "x"}) == keys_of(None) == []
