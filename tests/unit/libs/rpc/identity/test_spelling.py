"""Who is denied a token is denied it however its holder writes it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from libs.rpc.client import CallFailed
from tests.issuers import FakeIssuer
from tests.unit.libs.rpc.identity.test_outside_issuers import gate

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def padded(token: str) -> str:
    return token + "=" * (-len(token.rpartition(".")[2]) % 4)


def one_sign(token: str) -> str:
    return token + "="


def all_padded(token: str) -> str:
    return ".".join(part + "=" * (-len(part) % 4) for part in token.split("."))


def twin(token: str) -> str:
    signed, _, text = token.rpartition(".")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    other = (ORDER - int.from_bytes(raw[32:64], "big")) % ORDER
    return f"{signed}.{urlsafe_b64encode(raw[:32] + other.to_bytes(32, 'big') + raw[64:]).decode().rstrip('=')}"


def padded_twin(token: str) -> str:
    return padded(twin(token))


def standard_alphabet(token: str) -> str:
    signed, _, text = token.rpartition(".")
    return f"{signed}.{text.replace('-', '+').replace('_', '/')}"


def trailing_bits(token: str) -> str:
    return token[:-1] + chr(ord(token[-1]) + 1)


def surrounded(token: str) -> str:
    return f"  {token} "


def split_by_a_blank(token: str) -> str:
    return token[:-4] + " " + token[-4:]


RESPELT: tuple[Callable[[str], str], ...] = (
    padded,
    one_sign,
    all_padded,
    twin,
    padded_twin,
    standard_alphabet,
    trailing_bits,
    surrounded,
    split_by_a_blank,
)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_denied_token_is_out_in_every_spelling_that_was_let_in(
    issuer: FakeIssuer, tmp_path: Path, algorithm: str
) -> None:
    issuer.add_key("other", algorithm)
    token = issuer.token(kid="other")
    spelt = [token, *(respell(token) for respell in RESPELT)]
    let_in = []
    async with gate(tmp_path, issuer.table()) as found:
        for one in spelt:
            with suppress(CallFailed):
                await found.admits(one)
                let_in.append(one)
    assert padded(token) in let_in
    assert (twin(token) in let_in) is (algorithm == "ES256")
    for written in let_in:  # whichever of them the operator saw and put on the list
        line = f"sha256:{sha256(written.strip().encode()).hexdigest()}\n"
        async with gate(tmp_path, issuer.table(), deny=line) as found:
            assert [await found.refuses(one) for one in let_in] == ["TOKEN_REVOKED"] * len(let_in)
