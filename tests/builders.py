"""Builders of objects for tests; each object is valid unless the test says otherwise."""

from datetime import UTC, datetime
from typing import cast

from libs.call import SYSTEM, Call, Caller, IdempotencyKey
from libs.messaging.objects import ObjectStore
from libs.privacy.keys import Keys

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
# For an environment in which nothing is encrypted, signed or delivered.
NO_KEYS = cast(Keys, None)
NO_OBJECTS = cast(ObjectStore, None)
UNIQUE = "01jz8c0000000000000000000"


def an_id(prefix: str, number: int = 1, cell: str = "local") -> str:
    """A well-formed id; the same for the same arguments."""
    return f"{prefix}_{cell}_{UNIQUE}{number}"


def a_call(request_id: str = "", *, fingerprint: str = "same", method: str = "test") -> Call:
    """A call of the system; with a request id, a repetition of it gets the first answer."""
    return Call(
        caller=SYSTEM,
        method=method,
        request=IdempotencyKey(request_id=request_id, caller=SYSTEM.subject, fingerprint=fingerprint),
    )


def asked_by(
    subject: str, *permissions: str, on_behalf_of: str = "", request_id: str = "", fingerprint: str = "same"
) -> Call:
    """A call by a person of the vendor."""
    return Call(
        caller=Caller(subject=subject, on_behalf_of=on_behalf_of, permissions=frozenset(permissions)),
        method="test",
        request=IdempotencyKey(request_id=request_id, caller=subject, fingerprint=fingerprint),
    )


def a_call_of(partner_id: str, *, role: str = "partner_admin", method: str = "test") -> Call:
    """A call by a person of a partner; by a person of the vendor if the partner id is empty."""
    return Call(caller=Caller(subject=f"dev:of-{partner_id}", roles=(role,), partner_id=partner_id), method=method)
