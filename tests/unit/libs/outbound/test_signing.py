"""Signatures of webhooks, against the reference package and against the specification."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from libs.clock import SystemClock
from libs.ids import secret
from libs.outbound.signing import KEY_BYTES, Key, Scheme, signed_headers, written_public_key, written_secret


def _now() -> datetime:
    """The verifier of the package compares with the clock of the machine."""
    return SystemClock().now().astimezone(UTC)


def verified(public_key: str, headers: dict[str, str], body: bytes) -> bool:
    """The check of a receiver, written from the specification: `v1a`, Ed25519 over `id.timestamp.body`."""
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_")))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for one in headers["webhook-signature"].split(" "):
        version, _, text = one.partition(",")
        if version == "v1a":
            try:
                key.verify(b64decode(text), signed)
            except InvalidSignature:
                continue
            return True
    return False


@given(st.binary(max_size=300).filter(lambda body: body.isascii()), st.binary(min_size=32, max_size=32))
def test_the_package_of_the_standard_accepts_a_shared_secret(body: bytes, key: bytes) -> None:
    text = b'{"a":"%s"}' % body.hex().encode()
    headers = signed_headers([Key(Scheme.HMAC_SHA256, key)], "evt_1", text, _now())
    assert Webhook(written_secret(key)).verify(text, headers)


def test_the_package_refuses_another_body_id_and_key() -> None:
    key = secret(KEY_BYTES)
    headers = signed_headers([Key(Scheme.HMAC_SHA256, key)], "evt_1", b"{}", _now())
    webhook = Webhook(written_secret(key))
    for body, given_headers in ((b"[]", headers), (b"{}", {**headers, "webhook-id": "evt_2"})):
        with pytest.raises(WebhookVerificationError):
            webhook.verify(body, given_headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(written_secret(secret(KEY_BYTES))).verify(b"{}", headers)


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_a_check_by_the_specification_accepts_an_ed25519_signature(body: bytes, key: bytes) -> None:
    headers = signed_headers([Key(Scheme.ED25519, key)], "evt_1", body, _now())
    assert verified(written_public_key(key), headers, body)
    assert not verified(written_public_key(key), headers, body + b" ")
    assert not verified(written_public_key(secret(KEY_BYTES)), headers, body)


def test_both_keys_of_a_rotation_are_accepted() -> None:
    former, new = secret(KEY_BYTES), secret(KEY_BYTES)
    headers = signed_headers([Key(Scheme.HMAC_SHA256, former), Key(Scheme.ED25519, new)], "evt_1", b"{}", _now())
    assert Webhook(written_secret(former)).verify(b"{}", headers) == {}
    assert verified(written_public_key(new), headers, b"{}")
