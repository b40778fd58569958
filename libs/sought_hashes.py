"""The keyed hashes of a person's aliases as encrypted objects of a case: an event names the object and has no hash.

Events, outbox rows and recorded answers live for months; such an object is deleted when the round that it belongs to
has ended. `search/...` has what a round asks every service for, `aliases/...` what a service found beyond it.
"""

import hashlib
import re
from typing import Any, NamedTuple

import msgspec

from libs.env import Env
from libs.privacy.keys import Keys
from libs.privacy.objects import ForgedObject

ASKED, FOUND = "search", "aliases"

_NAME_DIGITS = 16
_NAME = re.compile(
    rf"(?P<what>{ASKED}|{FOUND})/(?P<case>\w+)/(?P<round>[0-9]{{1,4}})/(?P<service>[a-z]+)/[0-9a-f]{{{_NAME_DIGITS}}}",
    re.ASCII,
)


class SoughtHashes(msgspec.Struct, frozen=True, kw_only=True):
    """The content of such an object. alias_hashes: of the person's aliases. possible_hashes: of aliases that may be the
    person's. salt: makes the SHA-256 of the content one that nobody without the keys of the cell can compare with a
    guess."""

    alias_hashes: tuple[str, ...]
    possible_hashes: tuple[str, ...] = ()
    salt: str = ""


class SealedHashes(NamedTuple):
    """An object that was stored. name: contains digits of its hash, so another content never replaces it. sha256: of
    the content before encryption, hex."""

    name: str
    sha256: str


class HashesOf(NamedTuple):
    """What the name of such an object says. what: ASKED or FOUND."""

    what: str
    case_id: str
    round: int
    service: str


async def seal_sought(
    env: Env[Any], what: str, case_id: str, round: int, hashes: tuple[str, ...], possible: tuple[str, ...] = ()
) -> SealedHashes:
    """Store keyed hashes as an encrypted object, which every service can open unless it is what one has FOUND; the same
    hashes give the same name. StoreUnavailable."""
    salt = env.keys.derived(f"{what}:{case_id}:{round}:{env.service}")
    plain = msgspec.json.encode(SoughtHashes(alias_hashes=hashes, possible_hashes=possible, salt=salt))
    digest = hashlib.sha256(plain).hexdigest()
    name = f"{what}/{case_id}/{round}/{env.service}/{digest[:_NAME_DIGITS]}"
    seal = env.keys.seal if what == FOUND else env.keys.seal_for_all  # what is found is for compliance alone
    await env.objects.put(name, seal(plain, name))
    return SealedHashes(name, digest)


def unseal_sought(keys: Keys, name: str, sealed: bytes, sha256: str = "") -> SoughtHashes:
    """The hashes in such an object; ForgedObject, also if it has another SHA-256 than the one that is given."""
    of = hashes_of_name(name)
    plain = keys.unseal(sealed, name, by=of.service if of else "")
    if sha256 and hashlib.sha256(plain).hexdigest() != sha256:
        raise ForgedObject(f"{name} is not what was signed", name=name)
    return msgspec.json.decode(plain, type=SoughtHashes)


def hashes_of_name(name: str) -> HashesOf | None:
    """What the name of an object says; None if it is not one with hashes."""
    found = _NAME.fullmatch(name)
    return HashesOf(found["what"], found["case"], int(found["round"]), found["service"]) if found else None
