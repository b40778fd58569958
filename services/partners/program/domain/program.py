"""A version of a programme: its levels with requirements and benefits, and the rules of reviews."""

from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from libs.money import Money
from libs.versions import CodedVersion, RuleState
from services.partners.program.events import ProgramDrafted, ProgramPublished


class ReviewPeriod(Enum):
    """How often partners are reviewed; the value is the number of months."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


class PromotionMode(Enum):
    """What a review does with a partner that has earned a higher level."""

    AT_ONCE = "AT_ONCE"
    BY_CONFIRMATION = "BY_CONFIRMATION"


class RateBasis(Enum):
    """Which rates convert an amount."""

    PLAN = "PLAN"
    MONTH_AVERAGE = "MONTH_AVERAGE"


class RequirementMatch(Enum):
    """How many requirements of a group a partner needs."""

    ALL = "ALL"
    ANY = "ANY"


class Comparison(Enum):
    """Whether a figure is to be high or low."""

    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"


class WindowType(Enum):
    """The months that count."""

    ROLLING_MONTHS = "ROLLING_MONTHS"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


VERSIONS_AT_MOST = 1_000


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that a partner needs; the proto says what each field means. threshold: a decimal as text."""

    metric: str
    comparison: Comparison
    threshold: str
    currency: str = ""
    window: WindowType | None = None
    months: int = 0
    minimum_data: int = 0
    product_line: str = ""
    track: str = ""
    downline: bool = False


class RequirementGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements of which a partner needs all, or one."""

    match: RequirementMatch
    requirements: tuple[Requirement, ...]


class LevelBenefits(msgspec.Struct, frozen=True, kw_only=True):
    """What a level gives a partner; None: what applies without a programme."""

    price_list_tier: str = ""
    claim_limit: int | None = None
    protection_days: int | None = None
    fund_basis_points: int | None = None
    lead_weight: int | None = None
    credit_proposal: Money | None = None


class ProgramLevel(msgspec.Struct, frozen=True, kw_only=True):
    """A level. groups: a partner needs every one."""

    code: str
    name: str = ""
    rank: int
    groups: tuple[RequirementGroup, ...] = ()
    benefits: LevelBenefits = LevelBenefits()

    @property
    def tier(self) -> str:
        """The tier that the level gives a partner."""
        return self.benefits.price_list_tier or self.code


class ProgramContent(msgspec.Struct, frozen=True, kw_only=True):
    """What the author of a version says; the proto says what each field means."""

    code: str
    name: str = ""
    levels: tuple[ProgramLevel, ...] = ()
    review_every: ReviewPeriod
    promotion: PromotionMode
    demotion_notice_days: int = 0
    demotion_grace_days: int = 0
    rate_source: str = ""
    rate_basis: RateBasis | None = None
    plan_rate_day: date | None = None
    notice_days: int = 0
    effective_day: date


class Program(CodedVersion, frozen=True, kw_only=True):
    """A version of a programme; the fields are those of ProgramContent, with levels sorted by rank, and what the
    service adds."""

    name: str = ""
    levels: tuple[ProgramLevel, ...] = ()
    review_every: ReviewPeriod
    promotion: PromotionMode
    demotion_notice_days: int = 0
    demotion_grace_days: int = 0
    rate_source: str = ""
    rate_basis: RateBasis | None = None
    plan_rate_day: date | None = None
    notice_days: int = 0
    effective_day: date

    def level(self, code: str) -> ProgramLevel | None:
        """The level with this code; None if the version has none."""
        return next((one for one in self.levels if one.code == code), None)


class ProgramsFull(AppError):
    """The cell has the maximum number of versions."""

    code, reason = Code.FAILED_PRECONDITION, "PROGRAMS_FULL"

    def __init__(self) -> None:
        super().__init__(f"the cell has {VERSIONS_AT_MOST} versions of programmes, the most there can be")


class NoProgramInForce(AppError):
    """No published version of the programme has come into force."""

    code, reason = Code.FAILED_PRECONDITION, "NO_PROGRAM_IN_FORCE"

    def __init__(self, program: str, on: date) -> None:
        super().__init__(f"no version of programme {program} is in force on {on}", program=program, date=on)


def with_content(program: Program, content: ProgramContent) -> Program:
    """The version with this content."""
    fields = {name: getattr(content, name) for name in content.__struct_fields__}
    levels = tuple(sorted(content.levels, key=lambda one: one.rank))
    return replace(program, **{**fields, "levels": levels})


def drafted(program: Program) -> ProgramDrafted:
    """The event that the version was drafted."""
    return ProgramDrafted(program_id=program.id, code=program.code, number=program.number)


def publish(program: Program, *, now: datetime) -> tuple[Program, ProgramPublished]:
    """The version in PUBLISHED, and the event; its rules must be checked before. WrongState."""
    require_state("program", program.id, program.state, action="publish", allowed={RuleState.DRAFT})
    done = replace(program, state=RuleState.PUBLISHED, publish_time=now, update_time=now)
    event = ProgramPublished(program_id=done.id, code=done.code, number=done.number, effective_day=done.effective_day)
    return done, event
