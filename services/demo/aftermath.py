"""The steps after the sale: a ticket solved in time and one too late, an unpaid invoice, the export of a person's data,
the audit trail."""

from datetime import timedelta
from typing import Any

from libs.packages.verification import Loaded, verify
from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, shown

REQUESTER = {"name": "Jörg Müller", "email": "jm@zweiradwerk.example"}


async def a_ticket_in_time(scenario: ScenarioClient) -> None:
    """A ticket is created, answered, resolved, closed and rated."""
    scenario.chapter("After the sale")
    ticket = await _file(scenario, "Router startet nicht", "IMPACT_MEDIUM", "URGENCY_MEDIUM")
    scenario.held["ticket"] = ticket
    await scenario.ask("tickets", "AssignTicket", id=ticket, assignment_group="network-support")
    await scenario.ask(
        "tickets",
        "AddComment",
        ticket_id=ticket,
        visibility="VISIBILITY_PARTNER",
        side="COMMENT_SIDE_VENDOR",
        body={"text": "Bitte halten Sie die Taste zehn Sekunden gedrückt."},
    )
    await scenario.ask("tickets", "ResolveTicket", id=ticket, resolution_code="RESET")
    await scenario.ask("tickets", "CloseTicket", id=ticket, close_code="CLOSE_CODE_SOLVED")
    done = await scenario.ask("tickets", "RecordSatisfaction", id=ticket, score=5)
    why = await scenario.ask("tickets", "ExplainDeadline", id=ticket, clock_type="CLOCK_TYPE_RESOLUTION")
    scenario.tell("A ticket is answered and solved", f"in time, score {done.ticket.satisfaction.score}")
    scenario.tell("Its deadline can be explained", _explained(why.deadline))


async def a_ticket_breaches(scenario: ScenarioClient) -> None:
    """A ticket is created and nobody works on it for a week, so its deadlines are breached."""
    scenario.chapter("After the sale")
    ticket = await _file(scenario, "路由器每小时重启一次", "IMPACT_HIGH", "URGENCY_HIGH")
    await scenario.advance(timedelta(days=7))
    late = await scenario.eventually("tickets", "GetTicket", lambda answer: answer.ticket.sla_outcome == 2, id=ticket)
    scenario.tell("A critical ticket is left alone for a week", f"{len(late.ticket.clocks)} clocks breached")


async def an_invoice_falls_overdue(scenario: ScenarioClient) -> None:
    """The second invoice is still open after its due date."""
    scenario.chapter("After the sale")
    await scenario.advance(timedelta(days=40))
    aging = await scenario.ask("orders", "GetAging", partner_id=scenario.held["north"])
    scenario.tell("Forty days later an invoice is overdue", f"1 to 30 days: {shown(aging.rows[0].days_1_to_30)}")


async def export_a_person(scenario: ScenarioClient) -> None:
    """All data about the customer's contact is exported from all services with persons, and the package is verified."""
    scenario.chapter("The person")
    asked = await scenario.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_ACCESS",
        country=COUNTRY,
        channel="REQUEST_CHANNEL_EMAIL",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": "JM@zweiradwerk.example"}],
        identity_proof="IDENTITY_PROOF_CALL_BACK",
    )
    scenario.held["request"] = request = asked.request.id
    term = await scenario.ask("compliance", "ExplainDeadline", case_id=request, deadline_type="DEADLINE_TYPE_ANSWER")
    last = term.deadline.last_day
    scenario.tell("A person asks what is held; the law sets a deadline", f"{last.year}-{last.month:02}-{last.day:02}")
    ready = await scenario.eventually("compliance", "GetRequest", lambda answer: answer.request.state == 5, id=request)
    counts: dict[str, int] = {}
    for answer in ready.request.answers:
        if answer.round == ready.request.round:
            counts[answer.service] = sum(count.rows for count in answer.counts)
    scenario.tell("Every service answers", _listed(counts))
    files: dict[str, bytes] = {}
    manifest = None
    async for part in scenario.stream("compliance", "ExportRequest", id=request):
        if part.WhichOneof("part") == "chunk":
            files[part.chunk.path] = files.get(part.chunk.path, b"") + part.chunk.data
        else:
            manifest = part.manifest
    assert manifest is not None, "an export without a manifest is not whole"
    report = verify(Loaded(files), bytes.fromhex(manifest.public_key))
    assert report.sound, "; ".join(report.findings)
    scenario.tell("The package is taken", f"{len(files)} files, {manifest.row_count} rows")
    scenario.tell("It proves itself", "every service answered, every hash as listed, the manifest signed by the cell")


async def read_the_trail(scenario: ScenarioClient) -> None:
    """The audit trail lists who changed the deal."""
    found = await scenario.eventually(
        "compliance", "ListAuditEntries", lambda answer: len(_changes(answer)) >= 9, resource_id=scenario.held["claim"]
    )
    names = [entry.event_type.rpartition(".")[2] for entry in reversed(_changes(found))]
    scenario.tell("The trail of the deal, oldest first", ", ".join(names))


def _changes(answer: Any) -> list[Any]:
    return [entry for entry in answer.entries if entry.outcome == 1]


async def _file(scenario: ScenarioClient, subject: str, impact: str, urgency: str) -> str:
    answer = await scenario.eventually(
        "tickets",
        "CreateTicket",
        partner_id=scenario.held["north"],
        order_id=scenario.held["order"],
        sku="RTR-100",
        requester=REQUESTER,
        subject={"text": subject},
        channel="CHANNEL_PORTAL",
        country=COUNTRY,
        impact=impact,
        urgency=urgency,
    )
    return str(answer.ticket.id)


def _explained(deadline: object) -> str:
    segments = list(getattr(deadline, "segments", ()))
    counted = [one for one in segments if one.kind == 1]
    return f"{len(segments)} segments, {len(counted)} of them counted, by {getattr(deadline, 'rule', '')}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {rows}" for name, rows in sorted(counts.items()))
