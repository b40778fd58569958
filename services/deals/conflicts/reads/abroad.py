"""What other cells know of the customer of a claim, and what they are told of the customers here."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from libs.cross_checks.checking import CrossChecks
from libs.cross_checks.domain import FINDINGS_AT_MOST, CheckState, Finding, is_code
from libs.cross_checks.subjects import Form
from libs.store.port import ROWS_PER_PAGE, Query, get, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.conflicts.domain.keys import MatchKey, shared_forms
from services.deals.conflicts.domain.matching import Conflict, hit_of, score_of
from services.deals.conflicts.domain.overriding import CellsPending
from services.deals.settings import Env


class Claims:
    """Open claims as other cells may ask about them; see Subjects."""

    async def indexed(self, env: Env, id: str) -> tuple[Form, ...]:
        """See Subjects. The customer of an open claim."""
        held = await get(env.store, REGISTRATIONS, id)
        if held is None or held.value.review not in CLAIMING:
            return ()
        return tuple(Form(key.name, form) for key, form in shared_forms(held.value.customer))

    async def asked(self, env: Env, id: str) -> tuple[Form, ...]:
        """See Subjects. The same."""
        return await self.indexed(env, id)

    async def found(self, env: Env, matched: Mapping[str, frozenset[str]]) -> tuple[Finding, ...] | None:
        """See Subjects. The claims that match well enough to block an approval, with the month of their protection."""
        threshold = env.settings.policy.conflict_threshold
        certain = [one for one, labels in matched.items() if score_of(MatchKey(label) for label in labels) >= threshold]
        claims = [one.value for one in (await get_all(env.store, REGISTRATIONS, certain)).values()]
        claims = [one for one in claims if one.review in CLAIMING and not one.customer.natural_person]
        if not claims:
            return None
        months: dict[str, str] = {}
        for reg in claims:
            for line in filter(is_code, reg.product_lines):
                months[line] = max(months.get(line, ""), _month(env, reg))
        latest = sorted(months.items(), key=lambda one: (one[1], one[0]), reverse=True)
        return tuple(Finding(product_line=line, month=month) for line, month in latest[:FINDINGS_AT_MOST])

    async def page(self, env: Env, cursor: str) -> tuple[Sequence[str], str]:
        """See Subjects."""
        page = await env.store.find(Query(kind=REGISTRATIONS, limit=ROWS_PER_PAGE, cursor=cursor))
        return [row.value.id for row in page.rows], page.next_cursor


DUPLICATES = CrossChecks("deals", Claims())


async def hits_of(env: Env, reg: Registration) -> tuple[Conflict, ...]:
    """A conflict for each other cell that knows the customer of the claim."""
    states = await DUPLICATES.states(env, reg.id)
    zone, threshold = ZoneInfo(env.directory.here.time_zone), env.settings.policy.conflict_threshold
    return tuple(
        hit_of(one.cell, one.findings, reg, threshold=threshold, zone=zone)
        for one in states
        if one.state is CheckState.HIT
    )


async def refuse_pending(env: Env, reg: Registration) -> None:
    """CellsPending while another cell has not answered about the claim, if policy awaits them."""
    if env.settings.policy.approval_awaits_cells and (silent := await DUPLICATES.silent(env, reg.id)):
        raise CellsPending(silent)


def _month(env: Env, reg: Registration) -> str:
    """The month in which the protection of the claim ends; empty if it is not protected now."""
    until = reg.protected_until
    if reg.review is not Review.APPROVED or until is None or until <= env.clock.now():
        return ""
    return until.astimezone(ZoneInfo(env.directory.here.time_zone)).strftime("%Y-%m")
