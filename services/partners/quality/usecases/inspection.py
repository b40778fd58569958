"""Looks at records and collects what is to be written about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from libs.env import About
from libs.privacy.ledger.gate import FirstRows
from libs.store.port import Loaded, Put, create, get, get_all
from services.partners.contacts.domain import Contact
from services.partners.quality.documents import QUALITY_FINDINGS, QUALITY_RECORDS
from services.partners.quality.domain import findings
from services.partners.quality.domain.checks import Check
from services.partners.quality.domain.findings import Actor, Change, QualityFinding, QualityRecord
from services.partners.quality.domain.rules import RULES, QualityDimension, QualityRule
from services.partners.quality.reads import checks_of_contact, checks_of_partner
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


class Seen(NamedTuple):
    """What a look at a record found. record: as it is now. others: by rule, the records that are doubled with it, or
    were, where the rule was touched or its finding changed."""

    record: QualityRecord
    others: dict[QualityRule, frozenset[str]]


class Inspection:
    """Looks at records for one commit. Each record once: a second look would not see what the first one writes.

    writes, events: what the commit writes. gone: the records of contacts that were removed, to be deleted. first: of
    records about partners; a look at what an erasure empties meanwhile is refused.
    """

    def __init__(self, env: Env) -> None:
        self._env = env
        self._now: datetime = env.clock.now()
        self.writes: list[Put[Any]] = []
        self.gone: list[Loaded[QualityRecord]] = []
        self.events: list[About] = []
        self.first = FirstRows(env.erasure_gate, PARTNERS)

    async def partner(self, partner: Partner, change: Change, *, confirmed_by: Actor | None = None) -> Seen:
        """Look at the record of a partner. confirmed_by: who confirms it by this call."""
        held, record = await self._record(partner.id, partner.id, "")
        record = self._confirmed(record, confirmed_by)
        checks = await checks_of_partner(self._env, partner, confirmed_on=record.confirmed_on)
        return await self._look(held, record, checks, change)

    async def contact(self, contact: Contact, change: Change, *, confirmed_by: Actor | None = None) -> Seen:
        """Look at the record of a contact. confirmed_by: as for `partner`."""
        held, record = await self._record(contact.id, contact.partner_id, contact.id)
        record = self._confirmed(record, confirmed_by)
        checks = await checks_of_contact(self._env, contact, confirmed_on=record.confirmed_on)
        return await self._look(held, record, checks, change)

    async def removed(self, contact_id: str) -> frozenset[str]:
        """Forget the record of a contact that was removed; returns the contacts that were doubled with it."""
        held = await get(self._env.store, QUALITY_RECORDS, contact_id)
        if held is None:
            return frozenset()
        live = await get_all(self._env.store, QUALITY_FINDINGS, held.value.finding_ids)
        self._write_findings(live, [findings.lapse(row.value, now=self._now) for row in live.values()])
        self.gone.append(held)
        return frozenset(other for row in live.values() for other in row.value.other_ids)

    async def _record(
        self, id: str, partner_id: str, contact_id: str
    ) -> tuple[Loaded[QualityRecord] | None, QualityRecord]:
        held, now = await get(self._env.store, QUALITY_RECORDS, id), self._now
        new = QualityRecord(id=id, partner_id=partner_id, contact_id=contact_id, create_time=now, update_time=now)
        return held, held.value if held else new

    def _confirmed(self, record: QualityRecord, by: Actor | None) -> QualityRecord:
        return findings.confirm(record, by=by, today=self._env.today(), now=self._now) if by else record

    async def _look(
        self, held: Loaded[QualityRecord] | None, record: QualityRecord, checks: Sequence[Check], change: Change
    ) -> Seen:
        live = await get_all(self._env.store, QUALITY_FINDINGS, record.finding_ids)
        looked = findings.look(
            record,
            {one: row.value for one, row in live.items()},
            checks,
            change=change,
            new_id=lambda: self._env.ids.new("qfd"),
            now=self._now,
        )
        self._write_findings(live, looked.findings)
        shown = looked.record
        if held is None or shown is not held.value:
            put = held.put(shown) if held else create(QUALITY_RECORDS, shown)
            self.writes.insert(0, put)
            gate = self.first.of(shown.partner_id) if held is None else None
            if gate is not None and gate not in self.writes:
                self.writes.append(gate)
            shown = put.document
        return Seen(shown, _doubled(live.values(), looked.findings, checks, change))

    def _write_findings(self, live: dict[str, Loaded[QualityFinding]], changed: Iterable[QualityFinding]) -> None:
        for one in changed:
            held = live.get(one.id)
            put = held.put(one) if held else create(QUALITY_FINDINGS, one)
            self.writes.append(put)
            if (event := findings.told(held.value if held else None, one)) is not None:
                self.events.append(About(event, put.document))


def _doubled(
    live: Iterable[Loaded[QualityFinding]],
    changed: Iterable[QualityFinding],
    checks: Iterable[Check],
    change: Change,
) -> dict[QualityRule, frozenset[str]]:
    moved = {one.rule for one in changed} | change.touched
    found: dict[QualityRule, set[str]] = {}
    pairs = [(row.value.rule, row.value.other_ids) for row in live]
    pairs += [(one.rule, one.other_ids) for one in checks]
    for rule, others in pairs:
        if rule in moved and RULES[rule].dimension is QualityDimension.DOUBLED:
            found.setdefault(rule, set()).update(others)
    return {rule: frozenset(others) for rule, others in found.items() if others}
