"""An issuer of tokens as a cell trusts it, and where its keys come from."""

from typing import Protocol

import msgspec
from jwt import PyJWK

ALGORITHMS = ("EdDSA", "ES256", "RS256")


class Issuer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table `[[issuers]]` of PRM_ISSUERS_FILE.

    name: ours, the first half of every subject, so it never changes. issuer: what its tokens say as `iss`. audience:
    what they must say as `aud`. jwks_url: where its keys are; empty = asked by OpenID Connect Discovery. roles_claim,
    partner_claim: a claim, or a dotted path into one.
    """

    name: str
    issuer: str
    audience: str
    jwks_url: str = ""
    algorithms: tuple[str, ...] = ALGORITHMS
    roles_claim: str = "roles"
    partner_claim: str = "prm_partner"


class KeySource(Protocol):
    """The public keys of one issuer."""

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """The key of this id, if it is one for this algorithm; TokenInvalid, or IssuerUnavailable if it cannot be told
        now."""
        ...


class Trusted(msgspec.Struct, frozen=True):
    """An issuer with its keys."""

    issuer: Issuer
    keys: KeySource
