"""Projections of the rights of partners, the same in every service that checks them; as `libs.partner_projection`."""

from datetime import date
from typing import Any

import msgspec

from libs.call import Call, Command, Mark
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.partner_projection import keep_newest, knows_newest
from libs.rights import (
    AgreementFacts,
    AgreementState,
    CertificationFacts,
    CertifiedTrack,
    GateFacts,
    Lacking,
    Missing,
    NamedClause,
    Place,
    Right,
    lacking_for,
    missing_for,
)
from libs.slices import Slice
from libs.store.listing import everything
from libs.store.port import Index, Kind, get

GATES = Kind("gate", GateFacts, (Index(("right", "product_line")),))
CERTIFICATIONS = Kind("certification", CertificationFacts, owner="id")
AGREEMENTS = Kind("agreement", AgreementFacts, (Index(("partner_id",)),), owner="partner_id")


class GatePayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the event that a gate was set."""

    gate_id: str
    right: Right
    product_line: str = ""
    track: str
    persons: int = 0


class CertificationPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the event that the certified persons of a partner changed."""

    partner_id: str
    tracks: tuple[CertifiedTrack, ...] = ()


class AgreementFactsPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that each event about an agreement contains."""

    state: AgreementState
    valid_from: date
    last_day: date | None = None
    product_lines: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    registering: bool = False
    clauses: tuple[NamedClause, ...] = ()


class AgreementPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The common fields of all events about an agreement."""

    agreement_id: str
    partner_id: str
    facts: AgreementFactsPayload


class ProjectGate(Command, frozen=True, kw_only=True):
    """Store the facts of a gate unless newer ones are stored."""

    fact: GateFacts


class ProjectCertification(Command, frozen=True, kw_only=True):
    """Store the certified persons of a partner unless newer facts are stored."""

    fact: CertificationFacts


class ProjectAgreement(Command, frozen=True, kw_only=True):
    """Store the facts of an agreement unless newer ones are stored."""

    fact: AgreementFacts


async def project_gate(env: Env[Any], cmd: ProjectGate) -> GateFacts:
    """The stored facts of the gate afterwards."""
    return await keep_newest(env, GATES, cmd.fact, call=cmd.call)


async def project_certification(env: Env[Any], cmd: ProjectCertification) -> CertificationFacts:
    """The stored facts of the partner afterwards."""
    return await keep_newest(env, CERTIFICATIONS, cmd.fact, call=cmd.call)


async def project_agreement(env: Env[Any], cmd: ProjectAgreement) -> AgreementFacts:
    """The stored facts of the agreement afterwards."""
    return await keep_newest(env, AGREEMENTS, cmd.fact, call=cmd.call)


async def lacking_agreement(
    env: Env[Any], partner_id: str, right: Right, *, place: Place, product_lines: frozenset[str], required: bool
) -> tuple[Lacking, ...]:
    """Why the agreements of the partner do not allow the right there today; as `lacking_for`."""
    held = await everything(env.store, AGREEMENTS, {"partner_id": partner_id})
    return lacking_for(held, right, place=place, product_lines=product_lines, on=env.today(), required=required)


async def missing_certificates(
    env: Env[Any], partner_id: str, right: Right, *, product_lines: frozenset[str]
) -> tuple[Missing, ...]:
    """What the partner lacks today for the right to all of these product lines."""
    gates = [
        gate
        for line in sorted({"", *product_lines})
        for gate in await everything(env.store, GATES, {"right": right, "product_line": line})
    ]
    if not gates:
        return ()
    held = await get(env.store, CERTIFICATIONS, partner_id)
    tracks = held.value.tracks if held else ()
    return missing_for(gates, tracks, right, product_lines=product_lines, on=env.today())


def gate_facts(envelope: Envelope) -> GateFacts:
    """The gate in an event about it."""
    told = EventCodec.decode(envelope, GatePayload)
    return GateFacts(
        id=told.gate_id,
        facts_version=envelope.version,
        right=told.right,
        product_line=told.product_line,
        track=told.track,
        persons=told.persons,
    )


def certification_facts(envelope: Envelope) -> CertificationFacts:
    """The certified persons in an event about a partner."""
    told = EventCodec.decode(envelope, CertificationPayload)
    return CertificationFacts(id=told.partner_id, facts_version=envelope.version, tracks=told.tracks)


def agreement_facts(envelope: Envelope) -> AgreementFacts:
    """What an agreement allows, in an event about it."""
    told = EventCodec.decode(envelope, AgreementPayload)
    return AgreementFacts(
        id=told.agreement_id,
        facts_version=envelope.version,
        partner_id=told.partner_id,
        **msgspec.structs.asdict(told.facts),
    )


async def _knows_gate(env: Env[Any], mark: Mark) -> bool:
    return await knows_newest(env, GATES, mark)


async def _knows_certification(env: Env[Any], mark: Mark) -> bool:
    return await knows_newest(env, CERTIFICATIONS, mark)


async def _knows_agreement(env: Env[Any], mark: Mark) -> bool:
    return await knows_newest(env, AGREEMENTS, mark)


async def _on_gate(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await env.run(project_gate, ProjectGate(call=call, fact=gate_facts(envelope)))


async def _on_certification(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await env.run(project_certification, ProjectCertification(call=call, fact=certification_facts(envelope)))


async def _on_agreement(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await env.run(project_agreement, ProjectAgreement(call=call, fact=agreement_facts(envelope)))


CONSUMERS: tuple[Consumer[Any], ...] = (
    Consumer("partners.gate.*", _on_gate, _knows_gate),
    Consumer("partners.certification.*", _on_certification, _knows_certification),
    Consumer("partners.agreement.*", _on_agreement, _knows_agreement),
)

SLICE = Slice(kinds=(GATES, CERTIFICATIONS, AGREEMENTS), consumers=CONSUMERS)
