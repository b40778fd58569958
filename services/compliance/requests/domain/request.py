"""A request of a data subject, whom it names, and what the services answered."""

from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import Violation
from libs.person import Person, PostalAddress
from services.compliance.requests.domain.regimes import Regime
from services.compliance.requests.domain.states import (
    BUILT_TYPES,
    DenialReason,
    IdentityProof,
    RequestChannel,
    RequestState,
    RequestType,
)

# The bounds of a search among aliases that many persons share; a search that reaches one says that it was stopped.
ROUNDS_AT_MOST = 20
ALIASES_AT_MOST = 5_000

# The services that are asked: those whose protos have the event SubjectDataLocated.
SERVICES = ("compliance", "deals", "orders", "partners", "tickets")


class AliasField(Enum):
    """By which field of a person an alias identifies them."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_ID = "PERSON_ID"


class SubjectAlias(msgspec.Struct, frozen=True, kw_only=True):
    """A value by which a person can be found."""

    field: AliasField
    value: str

    def __repr__(self) -> str:
        return f"SubjectAlias({self.field.name})"


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of a kind a service found."""

    kind: str
    rows: int


class ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one service found in one round, and where it lies sealed. alias_hashes: those it was not asked for."""

    service: str
    round: int
    counts: tuple[KindCount, ...]
    alias_hashes: tuple[str, ...]
    object_name: str
    sha256: str
    signature: str
    answer_time: datetime


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a request when it comes in."""

    type: RequestType
    regime: Regime
    country: str
    channel: RequestChannel
    subject: Person | None
    aliases: tuple[SubjectAlias, ...]
    identity_proof: IdentityProof
    receive_time: datetime


class SubjectRequest(Document, frozen=True, kw_only=True):
    """What a person asks about the data held on them. A round asks every service once, for all aliases known by then.
    round: the present one, from 1, opened at `round_open_time`. alias_hashes, services: what it asks for, and whom.
    possible_hashes: what may be other spellings of the aliases that were named.
    passes: how many of the rounds were last passes, which ask again for what is written since; last_pass: whether the
    present one is."""

    type: RequestType
    regime: Regime
    country: str
    channel: RequestChannel
    state: RequestState = RequestState.IN_PROGRESS
    subject: Person | None = None
    aliases: tuple[SubjectAlias, ...] = ()
    alias_hashes: tuple[str, ...]
    possible_hashes: tuple[str, ...] = ()
    identity_proof: IdentityProof
    denial_reason: DenialReason | None = None
    round: int = 1
    round_open_time: datetime | None = None
    passes: int = 0
    last_pass: bool = False
    services: tuple[str, ...] = SERVICES
    answers: tuple[ServiceAnswer, ...] = ()
    missing_services: tuple[str, ...] = SERVICES
    receive_time: datetime
    ready_time: datetime | None = None
    complete_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def present_answers(self) -> tuple[ServiceAnswer, ...]:
        """The answers of the present round, by service; each covers every alias known by then."""
        return tuple(sorted((a for a in self.answers if a.round == self.round), key=lambda a: a.service))

    @property
    def complete_until(self) -> datetime:
        """What was committed before this instant is in the answers of the present round."""
        return self.round_open_time or self.create_time

    @property
    def search_rounds(self) -> int:
        """How many rounds looked for new aliases."""
        return self.round - self.passes

    @property
    def unsearched_hashes(self) -> tuple[str, ...]:
        """What the answers of the present round found and no service was asked for."""
        found = {one for answer in self.present_answers for one in answer.alias_hashes}
        return tuple(sorted(found.difference(self.alias_hashes)))

    @property
    def search_stopped(self) -> str:
        """Why there are `unsearched_hashes` after the last round; empty if nothing was left to look for."""
        if not self.unsearched_hashes:
            return ""
        if self.search_rounds < ROUNDS_AT_MOST:
            return f"the search was stopped at {ALIASES_AT_MOST} aliases"
        return f"the search was stopped after {ROUNDS_AT_MOST} rounds"


def type_violations(type: RequestType) -> list[Violation]:
    """TYPE_NOT_BUILT for a type that cannot be fulfilled here: its request would end COMPLETED with nothing done."""
    if type in BUILT_TYPES:
        return []
    names = ", ".join(sorted(one.name for one in BUILT_TYPES))
    return [Violation("type", f"{type.name} is not built: only {names} can be fulfilled here", "TYPE_NOT_BUILT")]


def persons(request: SubjectRequest | Intake) -> tuple[Person, ...]:
    """Whom a request names: its subject, and for each alias a person in the request's country who has nothing else."""
    subject = (request.subject,) if request.subject else ()
    return (*subject, *(_person_of(alias, request.country) for alias in request.aliases))


def _person_of(alias: SubjectAlias, country: str) -> Person:
    field = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}[alias.field.name]
    return replace(Person(address=PostalAddress(country=country)), **{field: alias.value})
