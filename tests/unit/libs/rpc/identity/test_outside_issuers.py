"""Tokens of issuers elsewhere, in the shapes of Keycloak, over a real port: who is let in, and for how long."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from libs.call import Caller
from libs.clock import SystemClock
from libs.lifetime import alongside
from libs.rpc.client import CallFailed, bearer
from libs.rpc.identity import Tokens
from libs.rpc.identity.denied import DenyList
from libs.rpc.identity.issuer import Trusted, read_issuers
from libs.rpc.identity.published import Pace, PublishedKeys
from tests.builders import an_id
from tests.issuers import FakeIssuer, fake_issuer
from tests.unit.libs.rpc.identity.test_tokens import SAVING, Permitted
from tests.unit.libs.rpc.probe import HOME, SAVE, Probe, Running, message, serving
from tests.waiting import until

ADA = "b7a9d6f4-5e54-4a33-9d4b-8f6f4f1f2a10"
PARTNER = an_id("ptn", cell=HOME.here.code)


@pytest.fixture
def other() -> Iterator[FakeIssuer]:
    with fake_issuer() as found:
        yield found


class Gate:
    """A cell that trusts some issuers."""

    def __init__(self, running: Running, probe: Probe) -> None:
        self._running = running
        self._probe = probe

    async def admits(self, token: str) -> Caller:
        await self._running.client.call(SAVE, message("SaveRequest", id="x", title="y"), headers=bearer(token))
        return self._probe.calls[-1].caller

    async def refuses(self, token: str) -> str:
        with pytest.raises(CallFailed) as caught:
            await self.admits(token)
        assert caught.value.code == "UNAUTHENTICATED"
        return caught.value.reason


@asynccontextmanager
async def gate(folder: Path, *tables: str, deny: str = "", pace: Pace | None = None) -> AsyncIterator[Gate]:
    (folder / "issuers.toml").write_text("\n".join(tables))
    (folder / "deny").write_text(deny)
    sources = [(one, PublishedKeys(one, pace)) for one in read_issuers(folder / "issuers.toml")]
    denied = DenyList(folder / "deny")
    tokens = Tokens(
        [Trusted(*one) for one in sources], directory=HOME, clock=SystemClock(), roles=Permitted(), denied=denied
    )
    probe = Probe()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(alongside(denied.run(tokens.forget)))
        for _, keys in sources:
            await stack.enter_async_context(alongside(keys.run(tokens.forget)))
        yield Gate(await stack.enter_async_context(serving(probe, authenticator=tokens)), probe)


async def test_a_token_of_the_organisations_own_issuer_says_who_calls(issuer: FakeIssuer, tmp_path: Path) -> None:
    async with gate(tmp_path, issuer.table()) as found:
        ours = await found.admits(issuer.token("channel_manager"))
        theirs = await found.admits(issuer.token("partner_sales", prm_partner=PARTNER))
    habit = ("offline_access", "uma_authorization")
    assert ours == Caller(
        subject=f"staff:{ADA}",
        roles=("channel_manager", *habit),
        permissions=frozenset({SAVING, "ours.channel_manager", *(f"ours.{role}" for role in habit)}),
    )
    assert (theirs.partner_id, theirs.subject) == (PARTNER, f"staff:{ADA}")
    assert "theirs.partner_sales" in theirs.permissions


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_every_allowed_algorithm_is_understood(algorithm: str, issuer: FakeIssuer, tmp_path: Path) -> None:
    issuer.add_key("its-own", algorithm)
    async with gate(tmp_path, issuer.table()) as found:
        assert (await found.admits(issuer.token(kid="its-own"))).subject == f"staff:{ADA}"


async def test_a_claim_may_be_called_as_a_web_address_is(issuer: FakeIssuer, tmp_path: Path) -> None:
    names = {"roles_claim": "https://prm.example.com/roles", "partner_claim": "org.unit.partner"}
    async with gate(tmp_path, issuer.table(**names)) as found:
        said: dict[str, Any] = {
            "https://prm.example.com/roles": ["partner_sales"],
            "org": {"unit": {"partner": PARTNER}},
        }
        caller = await found.admits(issuer.token("auditor", **said))
    assert (caller.roles, caller.partner_id) == (("partner_sales",), PARTNER)


async def test_the_same_subject_of_two_issuers_is_two_people(
    issuer: FakeIssuer, other: FakeIssuer, tmp_path: Path
) -> None:
    async with gate(tmp_path, issuer.table(), other.table(name="partners")) as found:
        assert (await found.admits(issuer.token())).subject == f"staff:{ADA}"
        assert (await found.admits(other.token())).subject == f"partners:{ADA}"


async def test_an_issuer_cannot_speak_for_another(issuer: FakeIssuer, other: FakeIssuer, tmp_path: Path) -> None:
    other.add_key("second", "RS256")
    async with gate(tmp_path, issuer.table(), other.table(name="partners")) as found:
        assert await found.refuses(other.token(iss=issuer.url)) == "TOKEN_INVALID"
        assert await found.refuses(other.token(iss=issuer.url, kid="second")) == "TOKEN_INVALID"


async def test_the_issuers_public_key_is_no_secret_to_sign_with(issuer: FakeIssuer, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    issuer.add_key("known", "RS256", key)
    secret = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    async with gate(tmp_path, issuer.table()) as found:
        await found.admits(issuer.token(kid="known"))
        assert await found.refuses(_signed_with(secret, issuer.token())) == "TOKEN_INVALID"


def _signed_with(secret: bytes, token: str) -> str:
    """By hand, because every library refuses to take a public key for a secret."""
    head = {"alg": "HS256", "kid": "known", "typ": "JWT"}
    signed = f"{_base64(msgspec.json.encode(head))}.{token.split('.')[1]}"
    return f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_a_key_signs_only_as_what_it_was_published_for(issuer: FakeIssuer, tmp_path: Path) -> None:
    async with gate(tmp_path, issuer.table()) as found:
        assert await found.refuses(issuer.token(signed_as="RS512")) == "TOKEN_INVALID"
        assert await found.refuses(issuer.token(signed_as="PS256")) == "TOKEN_INVALID"


async def test_for_what_cannot_count_nobody_asks_the_issuer(issuer: FakeIssuer, tmp_path: Path) -> None:
    async with gate(tmp_path, issuer.table(), pace=Pace(gap=0.0)) as found:
        await found.admits(issuer.token())
        asked = len(issuer.asked)
        assert await found.refuses(issuer.token(signed_as="RS512")) == "TOKEN_INVALID"
        assert await found.refuses(issuer.token(iss="https://elsewhere.example.com")) == "TOKEN_INVALID"
        assert len(issuer.asked) == asked


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_key_that_is_too_short_proves_nothing(issuer: FakeIssuer, tmp_path: Path) -> None:
    issuer.add_key("short", "RS256", rsa.generate_private_key(65537, 1024))
    async with gate(tmp_path, issuer.table()) as found:
        assert await found.refuses(issuer.token(kid="short")) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "account"}, {"aud": None}, {"sub": "ada@example.com"}, {"sub": None}, {"exp": None}, {"realm_access": 7}],
    ids=str,
)
async def test_what_keycloak_gives_without_the_right_mappers_is_not_enough(
    claims: dict[str, Any], issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with gate(tmp_path, issuer.table()) as found:
        if claims == {"realm_access": 7}:
            assert (await found.admits(issuer.token(**claims))).roles == ()
        else:
            assert await found.refuses(issuer.token(**claims)) == "TOKEN_INVALID"


@pytest.mark.parametrize("line", [f"sub:staff:{ADA}", "jti:onrtcc:6f2f1c1c-8a51-4c1e-9d5c-0d7b2f0f6f11"])
async def test_who_is_put_on_the_deny_list_is_out_within_a_second(
    line: str, issuer: FakeIssuer, tmp_path: Path
) -> None:
    token = issuer.token()
    async with gate(tmp_path, issuer.table(), deny="# nobody\n") as found:
        await found.admits(token)
        (tmp_path / "deny").write_text(line + "\n")

        async def out() -> bool:
            try:
                await found.admits(token)
            except CallFailed as err:
                return err.reason == "TOKEN_REVOKED"
            return False

        await until(out, within_seconds=1.5)
        assert await found.refuses(issuer.token("auditor")) == "TOKEN_REVOKED"


async def test_a_key_that_is_withdrawn_takes_its_tokens_along(issuer: FakeIssuer, tmp_path: Path) -> None:
    issuer.add_key("leaked", "RS256")
    token = issuer.token(kid="leaked")
    async with gate(tmp_path, issuer.table(), pace=Pace(gap=0.0, refresh=0.05)) as found:
        await found.admits(token)
        issuer.drop_key("leaked")

        async def out() -> bool:
            try:
                await found.admits(token)
            except CallFailed as err:
                return err.reason == "TOKEN_INVALID"
            return False

        await until(out)


async def test_what_was_verified_holds_while_the_issuer_is_away(issuer: FakeIssuer, tmp_path: Path) -> None:
    token = issuer.token()
    async with gate(tmp_path, issuer.table()) as found:
        await found.admits(token)
        issuer.close()
        await found.admits(token)
        await found.admits(issuer.token("auditor"))
