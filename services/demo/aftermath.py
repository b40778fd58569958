"""What comes after the sale: help in time and too late, an unpaid invoice, a person's export, the trail."""

from datetime import timedelta
from typing import Any

from libs.packages.verification import Held, verify
from services.demo.people import COUNTRY
from services.demo.stage import Stage, shown

REQUESTER = {"name": "Jörg Müller", "email": "jm@zweiradwerk.example"}


async def a_ticket_in_time(stage: Stage) -> None:
    """Filed, answered, solved, praised."""
    stage.chapter("After the sale")
    ticket = await _file(stage, "Router startet nicht", "IMPACT_MEDIUM", "URGENCY_MEDIUM")
    stage.held["ticket"] = ticket
    await stage.ask("tickets", "AssignTicket", id=ticket, assignment_group="network-support")
    await stage.ask(
        "tickets",
        "AddComment",
        ticket_id=ticket,
        visibility="VISIBILITY_PARTNER",
        side="COMMENT_SIDE_VENDOR",
        body={"text": "Bitte halten Sie die Taste zehn Sekunden gedrückt."},
    )
    await stage.ask("tickets", "ResolveTicket", id=ticket, resolution_code="RESET")
    await stage.ask("tickets", "CloseTicket", id=ticket, close_code="CLOSE_CODE_SOLVED")
    done = await stage.ask("tickets", "RecordSatisfaction", id=ticket, score=5)
    why = await stage.ask("tickets", "ExplainDeadline", id=ticket, clock_type="CLOCK_TYPE_RESOLUTION")
    stage.tell("A ticket is answered and solved", f"in time, score {done.ticket.satisfaction.score}")
    stage.tell("Its deadline can be explained", _explained(why.deadline))


async def a_ticket_breaches(stage: Stage) -> None:
    """Filed and forgotten over a week."""
    stage.chapter("After the sale")
    ticket = await _file(stage, "路由器每小时重启一次", "IMPACT_HIGH", "URGENCY_HIGH")
    assert stage.wait is not None, "needs somebody to turn the clock"
    await stage.wait(timedelta(days=7))
    late = await stage.eventually("tickets", "GetTicket", lambda answer: answer.ticket.sla_outcome == 2, id=ticket)
    stage.tell("A critical ticket is left alone for a week", f"{len(late.ticket.clocks)} clocks breached")


async def an_invoice_falls_overdue(stage: Stage) -> None:
    """The second invoice is still open when its terms end."""
    stage.chapter("After the sale")
    assert stage.wait is not None, "needs somebody to turn the clock"
    await stage.wait(timedelta(days=40))
    aging = await stage.ask("orders", "GetAging", partner_id=stage.held["north"])
    stage.tell("Forty days later an invoice is overdue", f"1 to 30 days: {shown(aging.rows[0].days_1_to_30)}")


async def export_a_person(stage: Stage) -> None:
    """Everything held about the customer's contact, from all five services, with proof."""
    stage.chapter("The person")
    asked = await stage.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_ACCESS",
        country=COUNTRY,
        channel="REQUEST_CHANNEL_EMAIL",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": "JM@zweiradwerk.example"}],
        identity_proof="IDENTITY_PROOF_CALL_BACK",
    )
    request = asked.request.id
    ready = await stage.eventually("compliance", "GetRequest", lambda answer: answer.request.state == 5, id=request)
    counts: dict[str, int] = {}
    for answer in ready.request.answers:
        if answer.round == ready.request.round:
            counts[answer.service] = sum(count.rows for count in answer.counts)
    stage.tell("A person asks what is held; every service answers", _listed(counts))
    files: dict[str, bytes] = {}
    manifest = None
    async for part in stage.stream("compliance", "ExportRequest", id=request):
        if part.WhichOneof("part") == "chunk":
            files[part.chunk.path] = files.get(part.chunk.path, b"") + part.chunk.data
        else:
            manifest = part.manifest
    assert manifest is not None, "an export without a manifest is not whole"
    report = verify(Held(files), bytes.fromhex(manifest.public_key))
    assert report.sound, "; ".join(report.findings)
    stage.tell("The package is taken", f"{len(files)} files, {manifest.row_count} rows")
    stage.tell("It proves itself", "every service answered, every hash as listed, the manifest signed by the cell")


async def read_the_trail(stage: Stage) -> None:
    """Who did what to the deal; who looked at it stands there too."""
    found = await stage.eventually(
        "compliance", "ListAuditEntries", lambda answer: len(_changes(answer)) >= 9, resource_id=stage.held["claim"]
    )
    names = [entry.event_type.rpartition(".")[2] for entry in reversed(_changes(found))]
    stage.tell("The trail of the deal, oldest first", ", ".join(names))


def _changes(answer: Any) -> list[Any]:
    return [entry for entry in answer.entries if entry.outcome == 1]


async def _file(stage: Stage, subject: str, impact: str, urgency: str) -> str:
    answer = await stage.eventually(
        "tickets",
        "CreateTicket",
        partner_id=stage.held["north"],
        order_id=stage.held["order"],
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
