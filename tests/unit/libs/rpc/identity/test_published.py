"""Keys of an issuer elsewhere, fetched from one that really answers: how often, how long they hold, what is no key."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.lifetime import alongside
from libs.rpc.identity.fetching import MAX_BYTES, FetchFailed, fetch_keys
from libs.rpc.identity.issuer import Algorithm, Issuer
from libs.rpc.identity.port import IssuerUnavailable, TokenInvalid
from libs.rpc.identity.published import Pace, PublishedKeys
from tests.issuers import AUDIENCE, CERTS, DISCOVERY, FakeIssuer, fake_issuer
from tests.waiting import until

EAGER = Pace(gap=0.0)


def trusted(issuer: FakeIssuer, *, by_discovery: bool = False, algorithms: tuple[Algorithm, ...] = ()) -> Issuer:
    return Issuer(
        name="staff",
        issuer=issuer.url,
        audience=AUDIENCE,
        jwks_url="" if by_discovery else issuer.jwks_url,
        algorithms=algorithms or ("RS256", "EdDSA", "ES256"),
    )


class Kept:
    """Keys that are kept fresh, and whether what they proved was to be forgotten."""

    def __init__(self, issuer: FakeIssuer, pace: Pace | None) -> None:
        self.keys = PublishedKeys(trusted(issuer), pace)
        self.forgotten = asyncio.Event()

    async def refusal(self, kid: str, algorithm: str = "RS256") -> type[Exception]:
        with pytest.raises((TokenInvalid, IssuerUnavailable)) as caught:
            await self.keys.find(kid, algorithm)
        return caught.type


@asynccontextmanager
async def kept(issuer: FakeIssuer, pace: Pace | None = None) -> AsyncIterator[Kept]:
    found = Kept(issuer, pace)
    async with alongside(found.keys.run(found.forgotten.set)):
        yield found


async def test_the_first_call_waits_for_the_keys_and_all_who_wait_share_one_answer(issuer: FakeIssuer) -> None:
    issuer.gate.clear()
    async with kept(issuer) as found:
        waiting = [asyncio.create_task(found.keys.find("first", "RS256")) for _ in range(50)]
        await until(lambda: issuer.asked)
        assert not any(task.done() for task in waiting)
        issuer.gate.set()
        assert {key.key_id for key in await asyncio.gather(*waiting)} == {"first"}
    assert issuer.asked == [CERTS]


async def test_whatever_callers_send_the_issuer_is_asked_at_most_once_in_a_while(issuer: FakeIssuer) -> None:
    async with kept(issuer) as found:
        await found.keys.find("first", "RS256")
        for number in range(200):
            assert await found.refusal(f"made-up-{number}") is TokenInvalid
    assert issuer.asked == [CERTS]


async def test_a_key_that_is_not_known_is_looked_for_once(issuer: FakeIssuer) -> None:
    async with kept(issuer, EAGER) as found:
        await found.keys.find("first", "RS256")
        issuer.add_key("second", "ES256")
        assert (await found.keys.find("second", "ES256")).algorithm_name == "ES256"
        assert len(issuer.asked) == 2
        assert not found.forgotten.is_set()
        assert await found.refusal("second", "RS256") is TokenInvalid


async def test_keys_are_fetched_again_before_anybody_asks_and_a_withdrawn_one_is_forgotten(issuer: FakeIssuer) -> None:
    async with kept(issuer, Pace(gap=0.0, refresh=0.05)) as found:
        await found.keys.find("first", "RS256")
        issuer.add_key("second", "RS256")
        issuer.drop_key("second")
        issuer.add_key("third", "RS256")
        await found.keys.find("third", "RS256")
        issuer.drop_key("third")
        async with asyncio.timeout(10):
            await found.forgotten.wait()
        assert await found.refusal("third") is TokenInvalid
        await found.keys.find("first", "RS256")


async def test_an_issuer_that_is_away_costs_nobody_the_keys_that_are_known(issuer: FakeIssuer) -> None:
    async with kept(issuer, Pace(gap=0.0, refresh=0.02)) as found:
        await found.keys.find("first", "RS256")
        issuer.answers[CERTS] = (503, {}, b"")
        asked = len(issuer.asked)
        await until(lambda: len(issuer.asked) > asked + 2)
        await found.keys.find("first", "RS256")
        assert await found.refusal("unknown") is IssuerUnavailable
        del issuer.answers[CERTS]
        await until(partial(_refused_as, found, TokenInvalid))
        assert not found.forgotten.is_set()


async def _refused_as(found: Kept, kind: type[Exception]) -> bool:
    return await found.refusal("unknown") is kind


async def test_an_issuer_that_stays_away_is_believed_no_longer(issuer: FakeIssuer) -> None:
    async with kept(issuer, Pace(gap=0.0, refresh=0.01, keep=0.2)) as found:
        await found.keys.find("first", "RS256")
        issuer.answers[CERTS] = (503, {}, b"")

        async def refused() -> bool:
            try:
                await found.keys.find("first", "RS256")
            except IssuerUnavailable as err:
                return err.retry_after_seconds is not None
            return False

        await until(refused)
        del issuer.answers[CERTS]

        async def back() -> bool:
            return not await refused()

        await until(back)


async def test_an_issuer_that_never_answered_is_a_reason_to_come_again(issuer: FakeIssuer) -> None:
    issuer.answers[CERTS] = (500, {}, b"oops")
    async with kept(issuer) as found:
        assert await found.refusal("first") is IssuerUnavailable
        assert await found.refusal("first") is IssuerUnavailable
    assert issuer.asked == [CERTS]


async def test_an_issuer_that_was_away_is_asked_again_before_anybody_needs_it(issuer: FakeIssuer) -> None:
    issuer.answers[CERTS] = (503, {}, b"")
    async with kept(issuer, Pace(gap=0.02)):
        await until(lambda: len(issuer.asked) > 2)


async def test_nobody_waits_for_ever_for_an_issuer_that_hangs(issuer: FakeIssuer) -> None:
    issuer.gate.clear()
    async with kept(issuer, Pace(patience=0.05)) as found:
        async with asyncio.timeout(5):
            assert await found.refusal("first") is IssuerUnavailable
        issuer.gate.set()


def test_where_the_keys_are_is_asked_of_the_issuer(issuer: FakeIssuer) -> None:
    assert set(fetch_keys(trusted(issuer, by_discovery=True))) == {("first", "RS256")}
    assert issuer.asked == [DISCOVERY, CERTS]


def test_only_keys_for_signatures_of_allowed_algorithms_count(issuer: FakeIssuer) -> None:
    issuer.add_key("curve", "ES256")
    issuer.add_key("edwards", "EdDSA")
    issuer.add_key("short", "RS256", rsa.generate_private_key(65537, 1024))
    assert set(fetch_keys(trusted(issuer))) == {
        ("first", "RS256"),
        ("curve", "ES256"),
        ("edwards", "EdDSA"),
        ("short", "RS256"),  # refused when it is used, which says so
    }
    assert set(fetch_keys(trusted(issuer, algorithms=("EdDSA",)))) == {("edwards", "EdDSA")}


def test_keys_nobody_should_sign_with_are_passed_over(issuer: FakeIssuer) -> None:
    good = issuer.public("first")
    private = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True)
    keys = [
        {"kty": "oct", "kid": "secret", "alg": "HS256", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "hs", "alg": "HS256", "n": good["n"], "e": good["e"]},
        {"kty": "RSA", "kid": "broken", "alg": "RS256", "n": "!", "e": "AQAB"},
        {"kty": "OKP", "kid": "exchange", "crv": "X25519", "x": "AAAA"},
        {"kty": "EC", "kid": "curve", "crv": ["P-256"], "x": 7},
        {**private, "kid": "private", "alg": "EdDSA"},
        {**good, "kid": "for-encryption", "use": "enc"},
        {name: value for name, value in good.items() if name != "kid"},
        {},
        good,
    ]
    issuer.answers[CERTS] = (200, {}, msgspec.json.encode({"keys": keys}))
    assert set(fetch_keys(trusted(issuer))) == {("first", "RS256")}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (CERTS, (200, {}, b'{"keys": []}')),
        (CERTS, (200, {}, b'{"keys": 7}')),
        (CERTS, (200, {}, b"not json")),
        (CERTS, (200, {}, b'{"keys": [{"a": ' + b"[" * 50_000)),
        (CERTS, (404, {}, b"{}")),
        (CERTS, (302, {"location": "https://elsewhere.example.com/keys"}, b"")),
        (DISCOVERY, (200, {}, b'{"issuer": "https://elsewhere.example.com", "jwks_uri": "https://x"}')),
        (DISCOVERY, (200, {}, b"{}")),
    ],
    ids=range(8),
)
def test_what_is_no_set_of_keys_is_refused(
    issuer: FakeIssuer, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    issuer.answers[path] = answer
    with pytest.raises(FetchFailed, match=issuer.url):
        fetch_keys(trusted(issuer, by_discovery=True))


def test_a_redirect_is_not_followed_wherever_it_leads(issuer: FakeIssuer) -> None:
    issuer.answers["/moved"] = (200, {}, msgspec.json.encode({"keys": [issuer.public("first")]}))
    issuer.answers[CERTS] = (302, {"location": "/moved"}, b"")
    with pytest.raises(FetchFailed, match="302"):
        fetch_keys(trusted(issuer))
    assert issuer.asked == [CERTS]


def test_an_answer_without_end_is_broken_off(issuer: FakeIssuer) -> None:
    issuer.answers[CERTS] = (200, {}, msgspec.json.encode({"keys": [issuer.public("first")]}) + b" " * MAX_BYTES)
    with pytest.raises(FetchFailed, match=f"more than {MAX_BYTES} bytes"):
        fetch_keys(trusted(issuer))
    issuer.slowly = True
    with pytest.raises(FetchFailed, match="too long"):
        fetch_keys(trusted(issuer), within_seconds=0.2)
    issuer.slowly = False


def test_a_configuration_that_leads_off_this_machine_in_clear_is_refused(issuer: FakeIssuer) -> None:
    found = {"issuer": issuer.url, "jwks_uri": "http://keys.example.com/"}
    issuer.answers[DISCOVERY] = (200, {}, msgspec.json.encode(found))
    with pytest.raises(FetchFailed, match="not https"):
        fetch_keys(trusted(issuer, by_discovery=True))


_FETCH = """
import sys
from libs.rpc.identity.fetching import FetchFailed, fetch_keys
from libs.rpc.identity.issuer import Issuer
try:
    print(sorted(kid for kid, _ in fetch_keys(Issuer(name="staff", issuer=sys.argv[1], audience="prm"))))
except FetchFailed as err:
    print("refused:", err)
"""


def test_a_certificate_counts_only_of_an_authority_that_is_trusted(tmp_path: Path) -> None:
    now = SystemClock().now()
    authority = Authority.create("somebody's own", now)
    authority.keep(authority.issue(["127.0.0.1"], now), tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / CERTIFICATE_FILE, tmp_path / KEY_FILE)

    def fetched(**environ: str) -> str:
        asked = [sys.executable, "-c", _FETCH, issuer.url]
        return subprocess.run(
            asked, env=os.environ | environ, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    with fake_issuer(tls) as issuer:
        assert "CERTIFICATE_VERIFY_FAILED" in fetched()
        assert issuer.asked == []
        assert fetched(SSL_CERT_FILE=str(tmp_path / AUTHORITY_FILE)) == "['first']\n"


def test_an_issuer_nobody_answers_for_is_refused(issuer: FakeIssuer) -> None:
    gone = msgspec.structs.replace(trusted(issuer), jwks_url="http://127.0.0.1:1/keys")
    with pytest.raises(FetchFailed, match=r"http://127\.0\.0\.1:1/keys"):
        fetch_keys(gone)
