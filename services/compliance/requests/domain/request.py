"""The structs of a request of a data subject and of the services' answers, and the persons that a request names."""

from datetime import datetime
from enum import Enum
from typing import Self, TypeVar

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.person import Person, PersonalText, PostalAddress
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.requests.domain.states import (
    DenialReason,
    HoldReason,
    IdentityProof,
    RequestChannel,
    RequestState,
    RequestType,
    WithholdingGround,
)

R = TypeVar("R", bound="SubjectRequest")

# The limits of a search, for aliases that many persons share; a request whose search reached one has `search_stopped`.
ROUNDS_AT_MOST = 20
ALIASES_AT_MOST = 5_000

# The services that every round asks: those whose protos have the event SubjectDataLocated.
SERVICES = ("compliance", "deals", "orders", "partners", "tickets")


# Without a proof nothing is known of the subject, and a code proves the alias to which it was sent.
_OF_ONE_ALIAS = (None, IdentityProof.CODE)


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


class SignedAnswer(Document, frozen=True, kw_only=True):
    """What a service signed about one round, as it came; the id is `<case>:<round>:<service>`. content: the JSON of the
    answer. signature: hex. A proof of the request shows both."""

    case_id: str
    content: bytes
    signature: str


class KnownAs(Document, frozen=True, kw_only=True):
    """How the person of a request is recognised besides what the request says; the id is that of the request.
    name_hashes: of the names under which the person is stored. right_hashes: of the right aliases of all
    rectifications."""

    case_id: str
    name_hashes: tuple[str, ...] = ()
    right_hashes: tuple[str, ...] = ()


class RecipientNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient of the data, an organisation, who was told that it was corrected, erased or restricted. fields: those
    that were corrected then."""

    recipient: str
    channel: RequestChannel
    told_time: datetime
    fields: tuple[str, ...] = ()


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a request that are known at its receipt."""

    type: RequestType
    regime: Regime
    country: str
    channel: RequestChannel
    subject: Person | None
    aliases: tuple[SubjectAlias, ...]
    identity_proof: IdentityProof | None
    receive_time: datetime
    about_case_id: str = ""
    duplicate_of_case_id: str = ""


class SubjectRequest(Document, frozen=True, kw_only=True):
    """A request of a data subject. A round asks every service once, for all aliases known at that time.

    round: the number of the present round, which was opened at `round_open_time`; 0 if the search has not begun.
    alias_hashes, services: what it asks for, and which services. possible_hashes: of values that resemble the named
    aliases. object_name: of the encrypted object with both, which the round was opened with; empty if a release before
    2026-11-30 opened it. passes: how many of the rounds were last passes, which ask again for data written since.
    last_pass: whether the present round is one.
    held_state: where a request ON_HOLD was paused. done: what an officer did about it. about_case_id: of a complaint,
    the request that it is about. duplicate_of_case_id: an earlier open request of the same type about the same alias.
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
    object_name: str = ""
    identity_proof: IdentityProof | None = None
    held_state: RequestState | None = None
    hold_reason: HoldReason | None = None
    denial_reason: DenialReason | None = None
    denial_note: PersonalText | None = None
    done: PersonalText | None = None
    withholding_ground: WithholdingGround | None = None
    about_case_id: str = ""
    duplicate_of_case_id: str = ""
    recipients_told: tuple[RecipientNotice, ...] = ()
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

    def recorded(self) -> Self:
        """See Document."""
        return without_hashes(self)

    @property
    def present_answers(self) -> tuple[ServiceAnswer, ...]:
        """The answers of the present round, sorted by service; each covers all of `alias_hashes`."""
        return tuple(sorted((a for a in self.answers if a.round == self.round), key=lambda a: a.service))

    @property
    def erased(self) -> bool:
        """Whether the person was erased from it, so that it has no hashes to search for."""
        return not self.alias_hashes

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


def persons(request: SubjectRequest | Intake) -> tuple[Person, ...]:
    """The persons that a request names: its subject, and per alias a Person with this value, the country and the id of
    the subject, so that whoever erases the person by an alias erases the subject too.

    The subject is one person only if somebody has checked that; otherwise each of its aliases is a person of its own. A
    stranger could name the own address beside somebody else's number, and would get what is found by the number.
    """
    if request.subject is None or request.identity_proof in _OF_ONE_ALIAS:
        return named(request)
    who = request.subject.person_id
    return (request.subject, *(replace(one, person_id=one.person_id or who) for one in _aliases(request)))


class RequestErased(AppError):
    """The person was erased, so the request has neither a package any more nor a hash that a hold could be over."""

    code, reason = Code.FAILED_PRECONDITION, "REQUEST_ERASED"

    def __init__(self, id: str) -> None:
        super().__init__(f"{id}: the person was erased, and with the person what services had found", id=id)


def without_hashes(request: R) -> R:
    """The request without the keyed hashes of the person's aliases."""
    answers = tuple(replace(one, alias_hashes=()) for one in request.answers)
    return replace(request, alias_hashes=(), possible_hashes=(), answers=answers)


def names_nobody(request: SubjectRequest) -> bool:
    """Whether the person was erased from it."""
    return not any(one.email or one.phone or one.person_id for one in named(request))


def named(request: SubjectRequest | Intake) -> tuple[Person, ...]:
    """Every alias that a request names as a Person without another: the subject's first, then `aliases`."""
    apart = _apart(request.subject) if request.subject is not None else ()
    return (*apart, *_aliases(request))


def _aliases(request: SubjectRequest | Intake) -> tuple[Person, ...]:
    return tuple(person_of(alias, request.country) for alias in request.aliases)


def _apart(subject: Person) -> tuple[Person, ...]:
    bare = replace(subject, email="", phone="", person_id="")
    values = {"email": subject.email, "phone": subject.phone, "person_id": subject.person_id}
    return tuple(replace(bare, **{field: value}) for field, value in values.items() if value)


def person_of(alias: SubjectAlias, country: str) -> Person:
    """A person in this country of whom only the alias is known."""
    field = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}[alias.field.name]
    return replace(Person(address=PostalAddress(country=country)), **{field: alias.value})
