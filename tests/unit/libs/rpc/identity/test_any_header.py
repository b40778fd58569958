"""Whatever comes as a header: a refusal that says UNAUTHENTICATED, never a caller, never a bug."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import AppError, Code
from libs.rpc.client import bearer
from libs.rpc.identity import Tokens
from libs.rpc.identity.development import ISSUER
from tests import tokens
from tests.unit.libs.rpc.identity.test_tokens import CELL, authenticator

NAMES = st.sampled_from(
    ["iss", "sub", "aud", "exp", "nbf", "act", "roles", "prm_partner", "alg", "kid", "typ", "crit", "b64"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from([ISSUER.issuer, ISSUER.audience, "EdDSA", "none", "HS256"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES | st.text(max_size=4), VALUES, max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cell")


@pytest.fixture(scope="module")
def found(folder: Path) -> Tokens:
    return authenticator(folder)


async def refuse(found: Tokens, header: str) -> None:
    assert found.remembered(header) is None
    with pytest.raises(AppError) as caught:
        await found.verify(header)
    assert caught.value.code is Code.UNAUTHENTICATED
    assert found.remembered(header) is None


def segment(value: Any) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


@settings(max_examples=400)
@given(header=st.text(max_size=60) | st.text(max_size=40).map("Bearer {}".format))
async def test_any_text_is_refused(header: str, found: Tokens) -> None:
    await refuse(found, header)


@settings(max_examples=400)
@given(head=OBJECTS, payload=OBJECTS, signature=st.binary(max_size=70))
async def test_any_form_of_a_token_that_nobody_signed_is_refused(
    head: dict[str, Any], payload: dict[str, Any], signature: bytes, found: Tokens
) -> None:
    signed = urlsafe_b64encode(signature).rstrip(b"=").decode()
    await refuse(found, f"Bearer {segment(head)}.{segment(payload)}.{signed}")


@settings(max_examples=400)
@given(data=st.data())
async def test_a_token_with_one_letter_changed_is_refused(data: st.DataObject, found: Tokens, folder: Path) -> None:
    token = tokens.token(folder, cell=CELL)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != token[place]))
    await refuse(found, f"Bearer {token[:place]}{letter}{token[place + 1 :]}")


@settings(max_examples=400)
@given(claims=OBJECTS)
async def test_whatever_an_issuer_signs_is_understood_or_refused(
    claims: dict[str, Any], found: Tokens, folder: Path
) -> None:
    claims.pop("cell", None)  # no claim, but what `altered` calls something else
    header = bearer(tokens.altered(folder, cell=CELL, **claims))["authorization"]
    try:
        caller = await found.verify(header)
    except AppError:
        await refuse(found, header)
        return
    assert caller.subject.startswith("dev:")
    assert isinstance(claims.get("exp", 0), int | float)
    assert claims.get("iss", ISSUER.issuer) == ISSUER.issuer
    assert ISSUER.audience in claims.get("aud", ISSUER.audience)
