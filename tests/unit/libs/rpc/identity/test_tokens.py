"""What a token must say and be signed with, told over a real port to whoever brings another."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.call import Caller
from libs.clock import Clock, SteppedClock, SystemClock
from libs.rpc.client import CallFailed, bearer
from libs.rpc.identity import Tokens
from libs.rpc.identity.development import development_issuer
from libs.rpc.identity.port import TokenExpired, TokenInvalid
from libs.rpc.identity.tokens import LEEWAY_SECONDS, MAX_REMEMBERED
from tests import tokens
from tests.builders import an_id
from tests.unit.libs.rpc.probe import HOME, SAVE, Probe, Running, message, serving

CELL = HOME.here.code
SAVING = "probe.row.save"
EMAIL = "somebody@example.com"
OURS = an_id("ptn", cell=CELL)


class Permitted:
    """Permits what is called like the role, and to save."""

    def counting(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        return frozenset(role for role in roles if "default" not in role and role.startswith("partner_") is partner)

    def permissions_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        return frozenset({SAVING, *(f"{'theirs' if partner else 'ours'}.{role}" for role in roles)})

    def purpose_of(self, roles: Iterable[str], *, partner: bool) -> str:
        return ""

    def purposes_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        return frozenset()


def authenticator(folder: Path, clock: Clock | None = None) -> Tokens:
    trusted = [development_issuer(folder, CELL).trusted]
    return Tokens(trusted, directory=HOME, clock=clock or SystemClock(), roles=Permitted())


@pytest.fixture
async def probe(tmp_path: Path) -> AsyncIterator[tuple[Probe, Running]]:
    found = Probe()
    async with serving(found, authenticator=authenticator(tmp_path)) as running:
        yield found, running


async def save(running: Running, **headers: str) -> None:
    await running.client.call(SAVE, message("SaveRequest", id="x", title="y"), headers=headers)


async def refusal(running: Running, **headers: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await save(running, **headers)
    return caught.value


async def test_who_calls_is_what_the_token_says(probe: tuple[Probe, Running], tmp_path: Path) -> None:
    found, running = probe
    await save(running, **tokens.headers(tmp_path, "finance", "auditor", subject="ada", cell=CELL))
    await save(running, **tokens.headers(tmp_path, "partner_sales", subject="bo", partner_id=OURS, cell=CELL))
    assert [call.caller for call in found.calls] == [
        Caller(
            subject="dev:ada",
            roles=("auditor", "finance"),
            permissions=frozenset({SAVING, "ours.auditor", "ours.finance"}),
        ),
        Caller(
            subject="dev:bo",
            roles=("partner_sales",),
            partner_id=OURS,
            permissions=frozenset({SAVING, "theirs.partner_sales"}),
        ),
    ]


async def test_roles_that_mean_nothing_here_are_not_kept(probe: tuple[Probe, Running], tmp_path: Path) -> None:
    found, running = probe
    named = ("default-roles", "partner_sales", "auditor")
    await save(running, **tokens.headers(tmp_path, *named, cell=CELL))
    await save(running, **tokens.headers(tmp_path, *named, partner_id=OURS, cell=CELL))
    assert [call.caller.roles for call in found.calls] == [("auditor",), ("partner_sales",)]


async def test_who_acts_for_another_is_named_beside_him(probe: tuple[Probe, Running], tmp_path: Path) -> None:
    found, running = probe
    chain = {"sub": "the-robot", "act": {"sub": "an-earlier-one"}}
    await save(running, **bearer(tokens.altered(tmp_path, cell=CELL, sub="ada", act=chain)))
    (call,) = found.calls
    assert (call.caller.subject, call.caller.on_behalf_of) == ("dev:the-robot", "dev:ada")


async def test_without_a_token_nothing_is_done_and_it_is_said_what_to_send(probe: tuple[Probe, Running]) -> None:
    found, running = probe
    refused = await refusal(running)
    assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "TOKEN_MISSING")
    assert "authorization: Bearer <token>" in refused.message
    assert found.calls == []


@pytest.mark.parametrize(("bad", "reason"), tokens.BAD.items(), ids=lambda value: getattr(value, "__name__", value))
async def test_every_bad_token_is_refused_and_not_repeated(
    bad: Callable[..., str], reason: str, probe: tuple[Probe, Running], tmp_path: Path
) -> None:
    found, running = probe
    token = bad(tmp_path, cell=CELL)
    for _ in range(2):  # what was refused once is not remembered as good
        refused = await refusal(running, **bearer(token))
        assert (refused.code, refused.reason) == ("UNAUTHENTICATED", reason)
        assert token not in refused.message
    assert found.calls == []
    assert token not in running.log()


async def test_health_needs_no_token(probe: tuple[Probe, Running]) -> None:
    assert await probe[1].client.health() == "SERVING"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"sub": None}, "`sub`"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "$.sub"),
        ({"sub": EMAIL}, "an email address is no subject"),
        ({"sub": "x" * 129}, "1 to 128"),
        ({"iss": None}, "`iss`"),
        ({"aud": None}, "`aud`"),
        ({"aud": []}, "audience"),
        ({"aud": ["others", "prm-too"]}, "audience"),
        ({"exp": None}, "`exp`"),
        ({"exp": "tomorrow"}, "$.exp"),
        ({"nbf": "yesterday"}, "$.nbf"),
        ({"act": {}}, "`sub`"),
        ({"act": {"sub": EMAIL}}, "an email address is no subject"),
        ({"roles": "finance"}, "roles must be a list"),
        ({"roles": [1]}, "roles must be a list"),
        ({"prm_partner": "p1"}, "must be the id of one partner"),
        ({"prm_partner": [OURS]}, "must be the id of one partner"),
        ({"prm_partner": an_id("reg", cell=CELL)}, "must be the id of one partner"),
        ({"prm_partner": an_id("ptn", cell="cn")}, "a partner of cell cn"),
    ],
)
async def test_a_claim_that_is_missing_or_of_another_form_is_named(
    claims: dict[str, Any], said: str, probe: tuple[Probe, Running], tmp_path: Path
) -> None:
    found, running = probe
    refused = await refusal(running, **bearer(tokens.altered(tmp_path, cell=CELL, **claims)))
    assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
    assert said in refused.message
    assert EMAIL not in refused.message
    assert found.calls == []


async def test_an_audience_may_be_one_of_several(probe: tuple[Probe, Running], tmp_path: Path) -> None:
    await save(probe[1], **bearer(tokens.altered(tmp_path, cell=CELL, aud=["others", "prm"])))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Basic YWRhOnNlY3JldA==", "`Bearer <token>`"),
        ("Bearer", "`Bearer <token>`"),
        ("Bearer ", "no JWT"),
        ("Bearer e30.e30.", "alg"),
        ("Bearer bm8.bm8.bm8", "no JWT"),
        ("Bearer " + "[" * 8_000, "no JWT"),
        ("Bearer " + "x" * 8_192, "more than 8192 characters"),
        ("Bearer " + "x" * 12_000, "more than 8192 characters"),
    ],
)
async def test_what_is_no_token_is_told_apart(header: str, said: str, probe: tuple[Probe, Running]) -> None:
    refused = await refusal(probe[1], authorization=header)
    assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
    assert said in refused.message


async def test_a_payload_as_deep_as_a_header_is_long_is_refused(probe: tuple[Probe, Running]) -> None:
    depth = 2_900
    payload = urlsafe_b64encode(b'{"x":' + b"[" * depth + b"]" * depth + b"}").rstrip(b"=").decode()
    refused = await refusal(probe[1], authorization=f"Bearer eyJhbGciOiJFZERTQSJ9.{payload}.AAAA")
    assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")


async def test_a_changed_payload_is_found(probe: tuple[Probe, Running], tmp_path: Path) -> None:
    ours, others = (tokens.token(tmp_path, role, cell=CELL).split(".") for role in ("auditor", "administrator"))
    refused = await refusal(probe[1], **bearer(".".join([ours[0], others[1], ours[2]])))
    assert refused.reason == "TOKEN_INVALID"


async def test_a_token_holds_until_it_expires_and_clocks_may_differ_a_little(tmp_path: Path) -> None:
    now = SystemClock().now()
    clock = SteppedClock(now)
    header = bearer(development_issuer(tmp_path, CELL).sign(["auditor"], now=now, hours=1.0))["authorization"]
    found = authenticator(tmp_path, clock)
    assert found.remembered(header) is None
    caller = await found.verify(header)
    clock.advance(timedelta(hours=1, seconds=LEEWAY_SECONDS - 2))
    assert found.remembered(header) == caller
    clock.advance(timedelta(seconds=3))
    assert found.remembered(header) is None
    with pytest.raises(TokenExpired):
        await found.verify(header)
    behind = authenticator(tmp_path, SteppedClock(now + timedelta(hours=1, seconds=LEEWAY_SECONDS - 2)))
    assert await behind.verify(header) == caller


async def test_a_clock_that_is_a_little_ahead_of_ours_is_forgiven(tmp_path: Path) -> None:
    clock = SteppedClock(SystemClock().now())
    found = authenticator(tmp_path, clock)

    def from_then(seconds: float) -> str:
        begin = int((clock.now() + timedelta(seconds=seconds)).timestamp())
        return bearer(tokens.altered(tmp_path, cell=CELL, nbf=begin))["authorization"]

    assert (await found.verify(from_then(LEEWAY_SECONDS - 2))).subject == "dev:tester"
    with pytest.raises(TokenInvalid, match="nbf"):
        await found.verify(from_then(LEEWAY_SECONDS + 2))


async def test_what_says_that_it_holds_for_ever_is_no_accident(tmp_path: Path) -> None:
    header = bearer(tokens.altered(tmp_path, cell=CELL, exp=1e300))["authorization"]
    found = authenticator(tmp_path)
    assert found.remembered(header) is None
    assert found.remembered(header) is (await found.verify(header)) or found.remembered(header) is not None


async def test_what_is_remembered_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    issuer, now = development_issuer(tmp_path, CELL), SystemClock().now()
    found = authenticator(tmp_path)
    first, second = (bearer(issuer.sign(["auditor"], now=now))["authorization"] for _ in range(2))
    await found.verify(first)
    await found.verify(second)
    for _ in range(MAX_REMEMBERED - 1):
        assert found.remembered(first) is not None
        await found.verify(bearer(issuer.sign(["auditor"], now=now))["authorization"])
    assert found.remembered(second) is None
    assert found.remembered(first) is not None
    found.forget()
    assert found.remembered(first) is None
