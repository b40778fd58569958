"""The roles of the policy file, resolved once at start to the permissions that the protos name.

A pattern such as `deals.*` is matched with the permissions of all services, also of those that the process does not
host, so that one file is valid for all processes of a cell.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from msgspec import Meta

from libs.config import ConfigError
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.restriction import restricted_data
from libs.rpc.masking import unmask_permission
from libs.rpc.purposes import PURPOSES

OUR_ROLES = (
    "administrator",
    "channel_manager",
    "region_head",
    "direct_sales",
    "marketing",
    "finance",
    "support_agent",
    "compliance_officer",
    "auditor",
    "integration",
)
PARTNER_ROLES = ("partner_admin", "partner_sales", "partner_support")

_ROLES = OUR_ROLES + PARTNER_ROLES
_IMAGE = Path(__file__).parents[1] / "pb" / "image.binpb"
_PATTERN = re.compile(r"[a-z_.*]+")
_COMBINATIONS = 256

# For each permission: whether a partner's people may hold it, because all its methods are limited to a partner's rows.
Permissions = Mapping[str, bool]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one identity in one process."""

    calls_per_second: int
    concurrent_streams: int


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A table `[roles.<name>]`. permissions: patterns in the file; after reading, the permissions that they match.
    partner: whether the role is for a partner's people; if not, it is for the vendor's people. Nobody is both. purpose,
    purposes: what its people read personal data in clear for if a call does not say, and what else a call may say."""

    permissions: tuple[str, ...]
    calls_per_second: Annotated[int, Meta(ge=1, le=1_000_000)]
    concurrent_streams: Annotated[int, Meta(ge=1, le=10_000)]
    partner: bool = False
    purpose: str = ""
    purposes: tuple[str, ...] = ()


NO_ROLE = Limits(calls_per_second=10, concurrent_streams=1)


class Policy:
    """The roles of a cell. A role in a token that the policy does not have permits nothing."""

    def __init__(self, roles: Mapping[str, Role]) -> None:
        self.roles = dict(roles)
        self._union = lru_cache(_COMBINATIONS)(self._union_of)  # so that callers of the same roles share one set
        self._limits = lru_cache(_COMBINATIONS)(self._limits_of)

    def counting(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """Those of the roles that exist and are of the right kind: for a partner's people if `partner`, else for the
        vendor's."""
        return frozenset(one for one in roles if one in self.roles and self.roles[one].partner is partner)

    def permissions_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """The permissions of these roles together; for a partner's people (`partner`) only partner roles count, for the
        vendor's people only the others."""
        return self._union(self.counting(roles, partner=partner))

    def limits_of(self, roles: Iterable[str], *, partner: bool) -> Limits:
        """The widest limits of the roles that count; `NO_ROLE` if none does."""
        return self._limits(self.counting(roles, partner=partner))

    def purpose_of(self, roles: Iterable[str], *, partner: bool) -> str:
        """What these roles read personal data in clear for if a call does not say; several separated by commas."""
        found = {self.roles[name].purpose for name in self.counting(roles, partner=partner)}
        return ",".join(sorted(found - {""}))

    def purposes_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """What calls of these roles may say that they read personal data in clear for."""
        held = [self.roles[name] for name in self.counting(roles, partner=partner)]
        return frozenset(one for role in held for one in (role.purpose, *role.purposes) if one)

    def holders(self, permission: str, *, partner: bool) -> tuple[str, ...]:
        """The roles of this kind that have the permission."""
        return tuple(
            name for name, role in self.roles.items() if role.partner is partner and permission in role.permissions
        )

    def _union_of(self, names: frozenset[str]) -> frozenset[str]:
        return frozenset(permission for name in names for permission in self.roles[name].permissions)

    def _limits_of(self, names: frozenset[str]) -> Limits:
        found: list[Role | Limits] = [self.roles[name] for name in names] or [NO_ROLE]
        return Limits(
            calls_per_second=max(one.calls_per_second for one in found),
            concurrent_streams=max(one.concurrent_streams for one in found),
        )


def read_policy(path: Path, permissions: Permissions) -> Policy:
    """The policy in a TOML file; ConfigError with all faults of the file."""
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise ConfigError(f"PRM_POLICY_FILE: {path}: {err}") from err
    reading = _Reading(permissions)
    policy = reading.policy(found)
    if reading.faults:
        raise ConfigError("\n  ".join([f"PRM_POLICY_FILE: {path} is wrong:", *reading.faults]))
    return policy


def permissions_of(services: Iterable[ServiceDescriptor]) -> Permissions:
    """The permissions in the protos of all services of this project, and in `services`."""
    found = dict(_shipped())
    for service in services:
        for method in service.methods:
            _note(found, method.GetOptions())
    return found


@cache
def _shipped() -> Permissions:
    """The permissions in the descriptor set of all protos; a process imports only the protos of services it hosts."""
    found: dict[str, bool] = {}
    for file in FileDescriptorSet.FromString(_IMAGE.read_bytes()).file:
        for service in file.service:
            for method in service.method:
                _note(found, method.options)
    return found


def _note(found: dict[str, bool], options: Any) -> None:
    access = options.Extensions[options_pb2.access]
    narrowed = access.scope == options_pb2.SCOPE_PARTNER
    for permission in filter(None, (access.permission, *access.by_request)):
        found[permission] = found.get(permission, True) and narrowed
    if access.reveals_personal_data:
        found[unmask_permission(access.permission)] = True  # of the rows that a caller reaches by other permissions
        found[restricted_data(access.permission.partition(".")[0])] = False


class _Reading:
    """Reads one file and collects all its faults in `faults`."""

    def __init__(self, permissions: Permissions) -> None:
        self.faults: list[str] = []
        self._permissions = permissions

    def policy(self, file: Mapping[str, Any]) -> Policy:
        own = self._value("own_roles", file.get("own_roles", []), tuple[str, ...], ())
        tables = self._value("roles", file.get("roles"), dict[str, dict[str, Any]], {})
        self.faults += [f"{key}: there is no such key" for key in file.keys() - {"own_roles", "roles"}]
        self.faults += [f"own_roles: {name} has no table [roles.{name}]" for name in own if name not in tables]
        self.faults += [self._unknown_role(name) for name in tables if name not in {*_ROLES, *own}]
        return Policy({name: role for name, table in tables.items() if (role := self._role(name, table))})

    def _role(self, name: str, table: Mapping[str, Any]) -> Role | None:
        place, known = f"roles.{name}", {one.name: one for one in msgspec.structs.fields(Role)}
        self.faults += [f"{place}.{key}: there is no such key" for key in table if key not in known]
        missing = [key for key, field in known.items() if field.required and key not in table]
        self.faults += [f"{place}.{key}: is missing" for key in missing]
        given = {
            key: self._value(f"{place}.{key}", table[key], field.type, None)
            for key, field in known.items()
            if key in table
        }
        partner = bool(given.get("partner"))
        for purpose in (given.get("purpose"), *(given.get("purposes") or ())):
            if purpose and purpose not in PURPOSES:
                self.faults.append(f"{place}: there is no purpose {purpose!r}{self._near(purpose, PURPOSES)}")
        if name in _ROLES and partner is not (name in PARTNER_ROLES):
            self.faults.append(f"{place}.partner: must be {str(not partner).lower()}")
        patterns = given.get("permissions") or ()
        matched = sorted({one for pattern in patterns for one in self._matched(place, pattern, partner)})
        return None if missing or None in given.values() else Role(**{**given, "permissions": tuple(matched)})

    def _matched(self, place: str, pattern: str, partner: bool) -> Iterator[str]:
        found = self._like(pattern) if _PATTERN.fullmatch(pattern) else []
        if not found:
            self.faults.append(f"{place}: {pattern!r} matches no permission{self._near(pattern, self._permissions)}")
        for permission in found:
            if partner and not self._permissions[permission]:
                self.faults.append(f"{place}: {permission} reaches the whole cell, a partner's role cannot hold it")
            yield permission

    def _like(self, pattern: str) -> list[str]:
        """The permissions that a pattern matches. Most patterns are one permission, which is quicker to look up."""
        if "*" in pattern:
            return [one for one in self._permissions if fnmatchcase(one, pattern)]
        return [pattern] if pattern in self._permissions else []

    def _value(self, place: str, value: Any, kind: Any, otherwise: Any) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as err:
            self.faults.append(f"{place}: {err}")
            return otherwise

    def _unknown_role(self, name: str) -> str:
        return f"roles.{name}: there is no such role{self._near(name, _ROLES)}; list a role of your own in own_roles"

    @staticmethod
    def _near(word: str, words: Iterable[str]) -> str:
        near = get_close_matches(word, list(words), n=1)
        return f" (is {near[0]} meant?)" if near else ""
