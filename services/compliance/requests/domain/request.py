"""The structs of a request of a data subject and of the services' answers, and the persons that a request names."""

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

# The limits of a search, for aliases that many persons share; a request whose search reached one has `search_stopped`.
ROUNDS_AT_MOST = 20
ALIASES_AT_MOST = 5_000

# The services that every round asks: those whose protos have the event SubjectDataLocated.
SERVICES = ("compliance", "deals", "orders", "partners", "tickets")


class AliasField(Enum):
    """The field of a person that an alias is a value of."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_ID = "PERSON_ID"


class SubjectAlias(msgspec.Struct, frozen=True, kw_only=True):
    """A value by which a person can be found. Its repr omits the value, to keep it out of logs."""

    field: AliasField
    value: str

    def __repr__(self) -> str:
        return f"SubjectAlias({self.field.name})"


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of a kind a service found."""

    kind: str
    rows: int


class ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one service to one round. alias_hashes: those it found and was not asked for. object_name: of the
    encrypted object with its rows. sha256 (hex): of the object's plaintext. signature: hex."""

    service: str
    round: int
    counts: tuple[KindCount, ...]
    alias_hashes: tuple[str, ...]
    object_name: str
    sha256: str
    signature: str
    answer_time: datetime


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a request that are known at its receipt."""

    type: RequestType
    regime: Regime
    country: str
    channel: RequestChannel
    subject: Person | None
    aliases: tuple[SubjectAlias, ...]
    identity_proof: IdentityProof
    receive_time: datetime


class SubjectRequest(Document, frozen=True, kw_only=True):
    """A request of a data subject. A round asks every service once, for all aliases known at that time.

    round: the number of the present round, from 1, which was opened at `round_open_time`. alias_hashes, services: what
    it asks for, and which services. possible_hashes: of values that resemble the named aliases. passes: how many of the
    rounds were last passes, which ask again for data written since. last_pass: whether the present round is one.
    """

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
        """The answers of the present round, sorted by service; each covers all of `alias_hashes`."""
        return tuple(sorted((a for a in self.answers if a.round == self.round), key=lambda a: a.service))

    @property
    def complete_until(self) -> datetime:
        """The answers of the present round contain everything that was committed before this instant."""
        return self.round_open_time or self.create_time

    @property
    def search_rounds(self) -> int:
        """The number of rounds without the last passes."""
        return self.round - self.passes

    @property
    def unsearched_hashes(self) -> tuple[str, ...]:
        """The hashes that the answers of the present round found and that no service was asked for, sorted."""
        found = {one for answer in self.present_answers for one in answer.alias_hashes}
        return tuple(sorted(found.difference(self.alias_hashes)))

    @property
    def search_stopped(self) -> str:
        """Why `unsearched_hashes` were not searched; empty if there are none."""
        if not self.unsearched_hashes:
            return ""
        if self.search_rounds < ROUNDS_AT_MOST:
            return f"the search was stopped at {ALIASES_AT_MOST} aliases"
        return f"the search was stopped after {ROUNDS_AT_MOST} rounds"


def type_violations(type: RequestType) -> list[Violation]:
    """TYPE_NOT_BUILT for a type that is not supported: its request would become COMPLETED although nothing was done."""
    if type in BUILT_TYPES:
        return []
    names = ", ".join(sorted(one.name for one in BUILT_TYPES))
    return [Violation("type", f"{type.name} is not built: only {names} can be fulfilled here", "TYPE_NOT_BUILT")]


def persons(request: SubjectRequest | Intake) -> tuple[Person, ...]:
    """The persons that a request names: its subject, and per alias a Person with only this value and the country."""
    subject = (request.subject,) if request.subject else ()
    return (*subject, *(_person_of(alias, request.country) for alias in request.aliases))


def _person_of(alias: SubjectAlias, country: str) -> Person:
    field = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}[alias.field.name]
    return replace(Person(address=PostalAddress(country=country)), **{field: alias.value})
