"""Shows the record of a partner: its cases, and those of other partners with its registration number."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.call import Command
from libs.money import Money
from libs.partner import PartnerStatus
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain.case import ConductCase
from services.partners.conduct.domain.states import ConductState
from services.partners.conduct.reads import left_of
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner, trader_key
from services.partners.settings import Env

ENTRIES = 200


class GetConductRecord(Command, frozen=True, kw_only=True):
    """Show the record of a partner."""

    partner_id: str


class ConductRecordEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A case on the record; prm.partners.v1.ConductRecordEntry describes each field."""

    conduct_case_id: str
    partner_id: str
    partner_status: PartnerStatus
    other_partner: bool
    rule_code: str
    state: ConductState
    highest_step: ConductState | None
    fine: Money | None
    points_thousandths: int
    create_time: datetime
    update_time: datetime


class ConductRecord(NamedTuple):
    """The newest 200 entries, whether there are more, and what is left of the points of the partner itself."""

    entries: tuple[ConductRecordEntry, ...]
    more: bool
    points_thousandths: int


async def get_conduct_record(env: Env, cmd: GetConductRecord) -> ConductRecord:
    """The record of a partner as it is now; NotFound."""
    asked = await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    now, found, own = env.clock.now(), list[ConductRecordEntry](), 0
    for partner in (asked, *await _same_number(env, asked)):
        cases = await everything(env.store, CONDUCT_CASES, {"partner_id": partner.id})
        found += (_entry(one, partner, asked, left_of(env, [one], now)) for one in cases)
        own = own or (left_of(env, cases, now) if partner is asked else 0)
    found.sort(key=lambda one: (one.create_time, one.conduct_case_id), reverse=True)
    return ConductRecord(tuple(found[:ENTRIES]), len(found) > ENTRIES, own)


async def _same_number(env: Env, asked: Partner) -> list[Partner]:
    """Other partners with the registration number, whatever their state; of each way to find them the first 200."""
    if not asked.registration_id:
        return []
    keys = {
        "company_registration_id": asked.registration_id,
        "trader_registration_key": env.keys.keyed(trader_key("registration_id", asked.registration_id)),
    }
    found: dict[str, Partner] = {}
    for field, value in keys.items():
        page = await env.store.find(Query(kind=PARTNERS, equals={field: value}, limit=ROWS_PER_PAGE))
        found.update({one.value.id: one.value for one in page.rows if _same(asked, one.value)})
    return list(found.values())


def _same(asked: Partner, other: Partner) -> bool:
    register = (asked.country, asked.registration_id_type)
    return other.id != asked.id and (other.country, other.registration_id_type) == register


def _entry(case: ConductCase, partner: Partner, asked: Partner, points: int) -> ConductRecordEntry:
    return ConductRecordEntry(
        conduct_case_id=case.id,
        partner_id=partner.id,
        partner_status=partner.status,
        other_partner=partner.id != asked.id,
        rule_code=case.terms.code,
        state=case.state,
        highest_step=case.highest_step,
        fine=case.fine,
        points_thousandths=points,
        create_time=case.create_time,
        update_time=case.update_time,
    )
