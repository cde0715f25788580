import base64
import hashlib
import hmac
import random

import pytest

from backends.replicate.webhooks import MOST_BODY, verify_replicate

NOW = 1_795_600_000.5
KEY = b"a secret of twenty-four b"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"id":"zz4ibbonubfz7carwiefibzgga","status":"succeeded"}'
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def signature(*, key: bytes = KEY, delivery: str = ID, timestamp: str = "1795600000", body: bytes = BODY) -> str:
    digest = hmac.new(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(
    *, delivery: str = ID, timestamp: str = "1795600000", signatures: str | None = None, key: bytes = KEY
) -> dict[str, str]:
    signed = signature(key=key, delivery=delivery, timestamp=timestamp) if signatures is None else signatures
    return {"webhook-id": delivery, "webhook-timestamp": timestamp, "webhook-signature": signed}


def test_a_published_example_of_the_scheme_is_verified() -> None:
    # The test vector of https://www.standardwebhooks.com, whose scheme this is.
    told = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    published = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    assert verify_replicate(published, told, b'{"test": 2432232314}', 1614265330.0) == ID


def test_a_signed_delivery_is_known_by_its_id() -> None:
    assert verify_replicate(SECRET, headers(), BODY, NOW) == ID


def test_one_right_signature_among_several_is_enough() -> None:
    several = f"v1,{'A' * 43}= v1a,abc {signature()}"

    assert verify_replicate(SECRET, headers(signatures=several), BODY, NOW) == ID


def test_the_case_of_header_names_is_no_matter() -> None:
    shouted = {name.upper(): value for name, value in headers().items()}

    assert verify_replicate(SECRET, shouted, BODY, NOW) == ID


@pytest.mark.parametrize(
    ("secret", "told", "body", "now"),
    [
        pytest.param(SECRET, headers(key=b"guessed"), BODY, NOW, id="forged"),
        pytest.param(SECRET, headers(), BODY + b" ", NOW, id="another body"),
        pytest.param(SECRET, headers() | {"webhook-id": "msg_other"}, BODY, NOW, id="another id"),
        pytest.param(SECRET, headers() | {"webhook-timestamp": "1795600001"}, BODY, NOW, id="another time"),
        pytest.param(SECRET, headers(), BODY, NOW + 301, id="replayed late"),
        pytest.param(SECRET, headers(timestamp="1795600400"), BODY, NOW, id="from the future"),
        pytest.param(SECRET, headers(signatures="v1,Ünïcödé"), BODY, NOW, id="not ASCII"),
        pytest.param(SECRET, headers(signatures="v1,\udcff\ud800"), BODY, NOW, id="surrogates"),
        pytest.param(SECRET, headers(signatures=signature().removeprefix("v1,")), BODY, NOW, id="no scheme"),
        pytest.param(SECRET, headers(signatures="v2," + signature()[3:]), BODY, NOW, id="another scheme"),
        pytest.param(SECRET, headers(signatures=""), BODY, NOW, id="empty signature"),
        pytest.param(SECRET, {}, BODY, NOW, id="no headers"),
        pytest.param(SECRET, headers(delivery=""), BODY, NOW, id="empty id"),
        pytest.param(SECRET, headers(delivery="mßg"), BODY, NOW, id="id not ASCII"),
        pytest.param(SECRET, headers(timestamp="nan"), BODY, NOW, id="no number"),
        pytest.param(SECRET, headers(timestamp="1795600000.5"), BODY, NOW, id="a fraction"),
        pytest.param(SECRET, headers(timestamp="１７９５６００００0"), BODY, NOW, id="wide digits"),
        pytest.param(SECRET, headers(timestamp="9" * 5_000), BODY, NOW, id="5,000 digits"),
        pytest.param(SECRET, headers(), b"x" * (MOST_BODY + 1), NOW, id="a huge body"),
        pytest.param("whsec_", headers(key=b""), BODY, NOW, id="an empty key, which anybody can sign with"),
        pytest.param("whsec_***", headers(), BODY, NOW, id="a secret that is none"),
        pytest.param(SECRET[6:], headers(), BODY, NOW, id="a secret without its beginning"),
    ],
)
def test_a_hostile_delivery_is_nobodys(secret: str, told: dict[str, str], body: bytes, now: float) -> None:
    assert verify_replicate(secret, told, body, now) is None


def test_a_thousand_deliveries_of_noise_are_turned_away_quietly() -> None:
    chance = random.Random(7)
    for _ in range(1_000):
        noise = "".join(chr(chance.randrange(1, 0x2FFF)) for _ in range(chance.randrange(40)))
        told = headers(
            timestamp=chance.choice(["1795600000", noise]), signatures=chance.choice([noise, "v1," + noise])
        )
        assert verify_replicate(SECRET, told, chance.randbytes(chance.randrange(200)), NOW) is None
