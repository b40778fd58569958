"""Opens, shows and lists cases, takes statements and appeals, and lets deadlines pass."""

from collections.abc import Iterator
from datetime import datetime

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput, NotFound, Violation
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import Agreement
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain import appeals
from services.partners.conduct.domain import case as domain
from services.partners.conduct.domain.case import ConductCase, ConductEvidence
from services.partners.conduct.domain.reports import Report, reported
from services.partners.conduct.domain.rules import ConductRule
from services.partners.conduct.domain.states import (
    ConductBasis,
    ConductEvidenceKind,
    ConductSource,
    ConductState,
)
from services.partners.conduct.reads import actor, rule_of
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


class OpenConductCase(Command, frozen=True, kw_only=True):
    """Report a breach."""

    partner_id: str
    rule_code: str
    agreement_id: str = ""
    clause: str = ""
    report: PersonalText | None = None
    evidence: tuple[ConductEvidence, ...] = ()


class OpenFoundViolation(Command, frozen=True, kw_only=True):
    """Report a breach that a person found by a case of diversion. sha256: of what that case knows."""

    partner_id: str
    rule_code: str
    diversion_case_id: str
    sha256: str


class SubmitConductStatement(ResourceCommand, frozen=True, kw_only=True):
    """The partner says something about a case."""

    statement: PersonalText


class AppealConductCase(ResourceCommand, frozen=True, kw_only=True):
    """The partner appeals against the last step."""

    text: PersonalText


class GetConductCase(Command, frozen=True, kw_only=True):
    """Show one case."""

    id: str


class ListConductCases(ListCommand, frozen=True, kw_only=True):
    """List cases; an empty filter matches all of them."""

    partner_id: str = ""
    state: ConductState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class MoveConductCase(Command, frozen=True, kw_only=True):
    """Note that a deadline of a case is over."""

    id: str


async def open_conduct_case(env: Env, cmd: OpenConductCase) -> ConductCase:
    """The new case, REPORTED. NotFound, InvalidInput."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    rule = await rule_of(env, cmd.rule_code)
    agreement = await _agreement(env, cmd)
    if wrong := [*_violations(cmd, rule, agreement), *domain.evidence_violations(cmd.evidence)]:
        raise InvalidInput(wrong)
    report = Report(
        ConductSource.REPORT,
        actor(cmd.call.caller),
        cmd.evidence,
        note=cmd.report,
        agreement_id=cmd.agreement_id,
        agreement_revision=agreement.revision if agreement else 0,
        clause=cmd.clause,
    )
    case = reported(env.ids.new("cdc"), partner.id, rule, report, now=env.clock.now())
    return await env.commit(create(CONDUCT_CASES, case), events=[domain.opened(case)], call=cmd.call)


async def open_found_violation(env: Env, cmd: OpenFoundViolation) -> ConductCase:
    """The new case, REPORTED, with the case of diversion as its evidence. NotFound."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    rule = await rule_of(env, cmd.rule_code)
    evidence = ConductEvidence(kind=ConductEvidenceKind.DOCUMENT, sha256=cmd.sha256, reference=cmd.diversion_case_id)
    report = Report(ConductSource.DIVERSION, actor(cmd.call.caller), (evidence,))
    case = reported(env.ids.new("cdc"), partner.id, rule, report, now=env.clock.now())
    return await env.commit(create(CONDUCT_CASES, case), events=[domain.opened(case)], call=cmd.call)


async def submit_conduct_statement(env: Env, cmd: SubmitConductStatement) -> ConductCase:
    """The case with the statement; unchanged if the partner says so already. WrongState, InvalidInput."""
    loaded = await env.load(CONDUCT_CASES, cmd.id, call=cmd.call, etag=cmd.etag)
    case, told = domain.state(loaded.value, cmd.statement, now=env.clock.now())
    if told is None:
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(case), events=[told], call=cmd.call)


async def appeal_conduct_case(env: Env, cmd: AppealConductCase) -> ConductCase:
    """The case with the appeal. WrongState, AlreadyAppealed, AppealTooLate, InvalidInput."""
    loaded = await env.load(CONDUCT_CASES, cmd.id, call=cmd.call, etag=cmd.etag)
    case, told = appeals.appeal(loaded.value, cmd.text, now=env.clock.now())
    return await env.commit(loaded.put(case), events=[told], call=cmd.call)


async def get_conduct_case(env: Env, cmd: GetConductCase) -> ConductCase:
    """The case as it is now; NotFound."""
    return await env.show(CONDUCT_CASES, cmd.id, call=cmd.call)


async def list_conduct_cases(env: Env, cmd: ListConductCases) -> Page[ConductCase]:
    """One page of cases, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "state")
    return await env.listing(CONDUCT_CASES, filters, call=cmd.call, **paged(cmd, UPDATED))


async def move_conduct_case(env: Env, cmd: MoveConductCase) -> ConductCase:
    """The case after a deadline; unchanged if none is over."""
    loaded = await env.load(CONDUCT_CASES, cmd.id, call=cmd.call)
    moved = domain.fall_due(loaded.value, now=env.clock.now())
    if moved is None:
        return loaded.value
    case, told = moved
    return await env.commit(loaded.put(case), events=told, call=cmd.call)


async def _agreement(env: Env, cmd: OpenConductCase) -> Agreement | None:
    if not cmd.agreement_id:
        return None
    loaded = await get(env.store, AGREEMENTS, cmd.agreement_id)
    if loaded is None:
        raise NotFound(AGREEMENTS.name, cmd.agreement_id)
    return loaded.value


def _violations(cmd: OpenConductCase, rule: ConductRule, agreement: Agreement | None) -> Iterator[Violation]:
    in_agreement = rule.terms.basis is ConductBasis.AGREEMENT
    for field in ("agreement_id", "clause"):
        given = bool(getattr(cmd, field))
        if in_agreement and not given:
            yield Violation(field, f"is needed for rule {cmd.rule_code}", "REQUIRED")
        if given and not in_agreement:
            yield Violation(field, f"rule {cmd.rule_code} stands in the programme", "NOT_ALLOWED")
    if agreement is None:
        return
    if agreement.partner_id != cmd.partner_id:
        yield Violation("agreement_id", "is an agreement of another partner", "PARTNER_MISMATCH")
    elif cmd.clause and all(one.number != cmd.clause for one in agreement.terms.clauses):
        yield Violation("clause", f"agreement {agreement.id} has no clause {cmd.clause}", "UNKNOWN_CLAUSE")
