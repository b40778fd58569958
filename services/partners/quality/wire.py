"""Events and protobuf to commands; scores, findings and summaries to protobuf, by field name."""

from typing import Any

import msgspec

from libs.call import Call
from libs.mapping import Mapper, to_wire
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.partners import v1 as pb
from services.partners.quality.domain.findings import Actor, QualityFinding, QualityRecord
from services.partners.quality.domain.rules import (
    OF_CONTACTS,
    OF_PARTNERS,
    RULES,
    QualityRule,
    QualityScore,
    touched_by,
)
from services.partners.quality.domain.shown import Quality, QualityCheck, QualityDimensionScore
from services.partners.quality.domain.summary import QualitySummary
from services.partners.quality.usecases import looking, results

GET = Mapper(results.GetQuality, pb.GetQualityRequest)
LIST_RECORDS = Mapper(results.ListQualityRecords, pb.ListQualityRecordsRequest)
LIST_FINDINGS = Mapper(results.ListQualityFindings, pb.ListQualityFindingsRequest)
DISMISS = Mapper(results.DismissQualityFinding, pb.DismissQualityFindingRequest)
CONFIRM = Mapper(looking.ConfirmQualityRecord, pb.ConfirmQualityRecordRequest)
GET_SUMMARY = Mapper(results.GetQualitySummary, pb.GetQualitySummaryRequest)
SUMMARY = Mapper(QualitySummary, pb.QualitySummary)
_SCORE = Mapper(QualityScore, pb.QualityScore)
_RECORD = Mapper(QualityRecord, pb.QualityRecord)
_FINDING = Mapper(QualityFinding, pb.QualityFinding)
_CHECK = Mapper(QualityCheck, pb.QualityCheck)

# The events that lead to a look: what they touch beside the fields of the record that they change.
_ELSEWHERE: dict[str, frozenset[QualityRule]] = {
    "partner": frozenset(),
    "contact": frozenset({QualityRule.MAIN_CONTACT_GIVEN}),
    "agreement": frozenset({QualityRule.AGREEMENT_IN_FORCE}),
    "certification": frozenset({QualityRule.CERTIFICATE_CURRENT}),
}
_FIELDS = {"partner": OF_PARTNERS, "contact": OF_CONTACTS}


class _Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """The partner, and the contact if there is one, that an event names."""

    partner_id: str
    contact_id: str = ""


def look(envelope: Envelope, call: Call) -> looking.LookAgain | None:
    """The command for an event; None if it says nothing that a rule looks at."""
    noun = envelope.subject.split(".")[-2]
    if noun not in _ELSEWHERE:
        return None
    concerned = EventCodec.decode(envelope, _Concerned)
    own = touched_by(envelope.changed, _FIELDS[noun]) if noun in _FIELDS else frozenset()
    return looking.LookAgain(
        call=call,
        partner_id=concerned.partner_id,
        contact_id=concerned.contact_id if noun == "contact" else "",
        about=envelope.about if noun in _FIELDS else "",
        about_version=envelope.version,
        touched=own | _ELSEWHERE[noun],
        actor=Actor(subject=envelope.actor, on_behalf_of=envelope.on_behalf_of),
        at=envelope.time,
    )


def quality(found: Quality) -> pb.GetQualityResponse:
    """The quality of a partner and of its contacts."""
    shown = pb.Quality(
        partner_id=found.partner_id,
        dimensions=[_dimension(one) for one in found.dimensions],
        checks=[_CHECK.encode(one) for one in found.checks],
        confirmed_on=to_wire(found.confirmed_on) if found.confirmed_on else None,
        **_scored(found.score),
    )
    return pb.GetQualityResponse(quality=shown, contacts=[record(one) for one in found.contacts])


def record(found: QualityRecord) -> pb.QualityRecord:
    """The score of a record."""
    return _RECORD.encode(found, broken_rules=[_rule(one) for one in found.broken_rules], **_scored(found.score))


def finding(found: QualityFinding) -> pb.QualityFinding:
    """A finding."""
    terms = RULES[found.rule]
    dimension = pb.QualityDimension.Value(f"QUALITY_DIMENSION_{terms.dimension.name}")
    return _FINDING.encode(found, dimension=dimension, weight=terms.weight, field=terms.field)


def _dimension(one: QualityDimensionScore) -> pb.QualityDimensionScore:
    value = pb.QualityDimension.Value(f"QUALITY_DIMENSION_{one.dimension.name}")
    return pb.QualityDimensionScore(dimension=value, **_scored(one.score))


def _scored(score: QualityScore | None) -> dict[str, Any]:
    if score is None:
        return {}
    return {"score": _SCORE.encode(score, score_basis_points=score.score_basis_points)}


def _rule(rule: QualityRule) -> Any:
    return pb.QualityRule.Value(f"QUALITY_RULE_{rule.name}")
