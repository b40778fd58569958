"""Verifies tokens of the issuers that a cell trusts, once each; results are cached, because verifying costs as much as
a call."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import msgspec

from libs.call import Caller
from libs.clock import Clock
from libs.country import Directory
from libs.rpc.identity import claims
from libs.rpc.identity.claims import Claims, Head
from libs.rpc.identity.denied import DenyList
from libs.rpc.identity.issuer import Issuer, Trusted
from libs.rpc.identity.port import Roles, TokenExpired, TokenInvalid, TokenMissing

LEEWAY_SECONDS = 30.0
MAX_REMEMBERED = 10_000

_LAST_YEAR = 9_000  # a later `exp` is cut to this year, so that time arithmetic stays in range


class Tokens:
    """The authenticator of a process; see Authenticator."""

    def __init__(
        self,
        trusted: Sequence[Trusted],
        *,
        directory: Directory,
        clock: Clock,
        roles: Roles,
        denied: DenyList | None = None,
    ) -> None:
        self._trusted: Mapping[str, Trusted] = {one.issuer.issuer: one for one in trusted}
        self._directory = directory
        self._clock = clock
        self._roles = roles
        self._denied = denied or DenyList(None)
        self._held: OrderedDict[bytes, tuple[datetime, Caller]] = OrderedDict()

    def remembered(self, authorization: str) -> Caller | None:
        """See Authenticator."""
        key = sha256(authorization.encode(errors="replace")).digest()
        found = self._held.get(key)
        if found is None:
            return None
        until, caller = found
        if self._clock.now() >= until:
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return caller

    async def verify(self, authorization: str) -> Caller:
        """See Authenticator."""
        if not authorization:
            raise TokenMissing
        token = claims.bearer(authorization)
        head, said = claims.read_unverified(token)
        trusted = self._trusted.get(said.iss)
        if trusted is None:
            raise TokenInvalid("the token comes from an issuer that this cell does not trust")
        payload = await _proven(token, head, trusted)
        caller = self._caller(trusted.issuer, said, payload)
        self._denied.check(caller, token=token, jti=said.jti)
        self._remember(authorization, _until(said), caller)
        return caller

    def forget(self) -> None:
        """Drop all verified tokens; each is verified again."""
        self._held.clear()

    def _caller(self, issuer: Issuer, said: Claims, payload: dict[str, Any]) -> Caller:
        """The caller of a verified token; TokenExpired or TokenInvalid if the token is not valid here and now."""
        self._require_time(said)
        if issuer.audience not in said.audiences:
            raise TokenInvalid(f"the token is meant for others: its audience must hold {issuer.audience}")
        partner_id = claims.partner_id(payload, issuer.partner_claim, self._directory)
        named = claims.roles(payload, issuer.roles_claim)
        roles = tuple(sorted(self._roles.counting(named, partner=bool(partner_id))))
        subject = f"{issuer.name}:{claims.subject(said.sub)}"
        actor = f"{issuer.name}:{claims.subject(said.act.sub)}" if said.act else ""
        return Caller(
            subject=actor or subject,
            on_behalf_of=subject if actor else "",
            roles=roles,
            partner_id=partner_id,
            permissions=self._roles.permissions_of(roles, partner=bool(partner_id)),
            purpose=self._roles.purpose_of(roles, partner=bool(partner_id)),
            purposes=self._roles.purposes_of(roles, partner=bool(partner_id)),
        )

    def _require_time(self, said: Claims) -> None:
        now = self._clock.now().timestamp()
        if now >= said.exp + LEEWAY_SECONDS:
            raise TokenExpired
        if now < said.nbf - LEEWAY_SECONDS:
            raise TokenInvalid("the token does not hold yet: its `nbf` is ahead of this cell's clock")

    def _remember(self, authorization: str, until: datetime, caller: Caller) -> None:
        self._held[sha256(authorization.encode(errors="replace")).digest()] = (until, caller)
        if len(self._held) > MAX_REMEMBERED:
            self._held.popitem(last=False)


async def _proven(token: str, head: Head, trusted: Trusted) -> dict[str, Any]:
    """All claims of a token after its signature was verified with the key that it names; TokenInvalid,
    IssuerUnavailable."""
    issuer = trusted.issuer
    if head.alg not in issuer.algorithms:
        raise TokenInvalid(f"tokens of issuer {issuer.name} must be signed with {' or '.join(issuer.algorithms)}")
    if not head.kid:
        raise TokenInvalid("the token does not say which key signed it: its header has no `kid`")
    key = await trusted.keys.find(head.kid, head.alg)
    try:
        proven = jwt.api_jws.PyJWS().decode_complete(
            token, key, algorithms=[head.alg], options={"enforce_minimum_key_length": True}
        )
    except jwt.PyJWTError as err:
        raise TokenInvalid(f"the token was not signed by issuer {issuer.name}, or was changed since") from err
    found: dict[str, Any] = msgspec.json.decode(proven["payload"])
    return found


def _until(said: Claims) -> datetime:
    seconds = min(said.exp + LEEWAY_SECONDS, datetime(_LAST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
