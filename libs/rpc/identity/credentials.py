"""Tokens for this project's own commands, and for `prm token`."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.clock import SystemClock
from libs.config import ConfigError, Settings, read
from libs.country import Directory
from libs.rpc.identity import claims
from libs.rpc.identity.development import ISSUER, key_file
from libs.rpc.identity.opening import open_development
from libs.rpc.policy import permissions_of, read_policy


class Own(msgspec.Struct, frozen=True):
    """The settings of a command about itself. token: PRM_TOKEN, which it sends to the cells that it calls."""

    token: str = ""


def sign(
    settings: Settings,
    directory: Directory,
    roles: Sequence[str],
    *,
    partner_id: str = "",
    subject: str = "local",
    hours: float = 12.0,
) -> str:
    """A token of the cell's development issuer. ConfigError if the cell has none or a role does not exist; TokenInvalid
    for a subject or partner that no token may have."""
    _require_roles(settings, roles, partner=bool(partner_id))
    claims.subject(subject)
    claims.partner_id({ISSUER.partner_claim: partner_id}, ISSUER.partner_claim, directory)
    issuer = open_development(settings, directory)
    return issuer.sign(roles, now=SystemClock().now(), partner_id=partner_id, subject=subject, hours=hours)


def _require_roles(settings: Settings, roles: Sequence[str], *, partner: bool) -> None:
    policy = read_policy(settings.policy_file, permissions_of([]))
    wrong = sorted(set(roles) - policy.counting(roles, partner=partner))
    if wrong:
        known = ", ".join(sorted(name for name, role in policy.roles.items() if role.partner is partner))
        whose = "a partner's people have" if partner else "without a partner there are"
        raise ConfigError(f"{', '.join(wrong)}: no such role; {whose} {known}")


def own_token(
    settings: Settings, directory: Directory, role: str, *, subject: str, environ: Mapping[str, str] | None = None
) -> str:
    """The token that a command sends: PRM_TOKEN; else, if the development key is readable, a new token with this role;
    else an empty string, and the cell refuses the calls with TOKEN_MISSING."""
    if given := read(Own, environ=environ).token:
        return given
    if not key_file(settings.data_dir, directory.here.code).exists():
        return ""
    try:
        return sign(settings, directory, [role], subject=subject)
    except ConfigError:
        return ""
