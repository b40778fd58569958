"""The policy of compliance, and the typed environment of its use cases."""

from datetime import timedelta
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from libs import env
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.lifetime import Lane
from libs.recent import Recent
from libs.store.keyed_locks import KeyedLocks
from services.compliance.law.domain.thresholds import THRESHOLDS, Threshold

RENDERED_BYTES = 64 * 1024 * 1024
RENDERED_KEPT_SECONDS = 300.0

WarnDays = Annotated[tuple[Annotated[int, Meta(ge=1, le=365)], ...], Meta(max_length=9)]


class ProofAtReceipt(Enum):
    """Whether a proof of identity that CreateRequest states starts the search. REFUSED: every request waits for a check
    of the identity, where its law asks for one."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """The settings of a vendor, each `PRM_COMPLIANCE_<NAME>`. warn_days: how many days before a deadline warnings are
    published. proof_at_receipt: whether who records a request may state the proof of identity. verification_days: after
    how many days a request whose identity nobody proved expires. code_minutes: how long a one-time code is valid.
    critical_infrastructure: whether the operator of the cell is one of critical infrastructure; then stricter
    thresholds and clocks apply. controller_name, controller_address, controller_contact: who is responsible for the
    data and where to ask, an organisation and its mailbox or page. key_backups_kept: how long a backup of the key
    stores is kept; an erasure certificate states until when one of before the erasure may exist."""

    warn_days: WarnDays = (14, 7, 3, 1)
    proof_at_receipt: ProofAtReceipt = ProofAtReceipt.ACCEPTED
    verification_days: Annotated[int, Meta(ge=1, le=365)] = 30
    code_minutes: Annotated[int, Meta(ge=1, le=1440)] = 15
    critical_infrastructure: bool = False
    controller_name: str = ""
    controller_address: str = ""
    controller_contact: str = ""
    key_backups_kept: timedelta = timedelta(days=30)


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """When a checkpoint of the trail is due: after so many new entries or so much time, whichever comes first; from
    `PRM_COMPLIANCE_CHECKPOINT_ENTRIES` and `PRM_COMPLIANCE_CHECKPOINT_INTERVAL`."""

    checkpoint_entries: int = 1000
    checkpoint_interval: timedelta = timedelta(minutes=1)


class Downloads(msgspec.Struct, frozen=True, kw_only=True):
    """How long the package of a request can be downloaded, from the first complete download on; from
    `PRM_COMPLIANCE_DOWNLOAD_PERIOD`."""

    download_period: timedelta = timedelta(days=1)


class Settings(Deciding, frozen=True, kw_only=True):
    """policy: of the vendor. signing: when checkpoints are due. downloads: until when packages can be downloaded.
    exports, packages: all calls that build an export or a package share the lane, so that no other call waits longer
    than one slice of it. rendered: packages that were rendered lately, by case and language. locks: by which calls of
    this process wait for each other. thresholds: of the persons that leave the cell in a year."""

    policy: Policy = Policy()
    signing: Signing = Signing()
    downloads: Downloads = Downloads()
    exports: Lane = msgspec.field(default_factory=Lane)
    packages: Lane = msgspec.field(default_factory=Lane)
    rendered: Recent[tuple[str, str], object] = msgspec.field(
        default_factory=lambda: Recent(RENDERED_BYTES, RENDERED_KEPT_SECONDS)
    )
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)
    thresholds: tuple[Threshold, ...] = THRESHOLDS


Env = env.Env[Settings]
