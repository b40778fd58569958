"""Protobuf to commands; rules, cases and records to protobuf, by field name."""

import msgspec
from msgspec.structs import replace

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.partners import v1 as pb
from services.partners.conduct.domain.case import ConductCase
from services.partners.conduct.domain.rules import ConductRule
from services.partners.conduct.usecases import cases, deciding, record, rules

RULE = Mapper(ConductRule, pb.ConductRule)
PUT_RULE = Mapper(rules.PutConductRule, pb.PutConductRuleRequest)
LIST_RULES = Mapper(rules.ListConductRules, pb.ListConductRulesRequest)
OPEN = Mapper(cases.OpenConductCase, pb.OpenConductCaseRequest)
STATEMENT = Mapper(cases.SubmitConductStatement, pb.SubmitConductStatementRequest)
APPEAL = Mapper(cases.AppealConductCase, pb.AppealConductCaseRequest)
DECIDE_APPEAL = Mapper(deciding.DecideConductAppeal, pb.DecideConductAppealRequest)
GET = Mapper(cases.GetConductCase, pb.GetConductCaseRequest)
LIST = Mapper(cases.ListConductCases, pb.ListConductCasesRequest)
GET_RECORD = Mapper(record.GetConductRecord, pb.GetConductRecordRequest)
_DECIDE = Mapper(deciding.DecideConductCase, pb.DecideConductCaseRequest)
_CASE = Mapper(ConductCase, pb.ConductCase)
_ENTRY = Mapper(record.ConductRecordEntry, pb.ConductRecordEntry)


class ViolationPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the event that a violation was found by a case of diversion."""

    diversion_case_id: str
    holder_id: str
    rule_code: str
    sha256: str


def found_violation(envelope: Envelope, call: Call) -> cases.OpenFoundViolation:
    """The command for a violation that was found by a case of diversion."""
    told = EventCodec.decode(envelope, ViolationPayload)
    return cases.OpenFoundViolation(
        call=call,
        partner_id=told.holder_id,
        rule_code=told.rule_code,
        diversion_case_id=told.diversion_case_id,
        sha256=told.sha256,
    )


def decide(request: pb.DecideConductCaseRequest, call: Call) -> deciding.DecideConductCase:
    """The command, which remembers who asked."""
    caller = call.caller
    return _DECIDE.decode(request, call=call, asked_by=caller.subject, asked_for=caller.on_behalf_of)


def case(found: ConductCase, call: Call, points: int) -> pb.ConductCase:
    """A case as the caller may see it: a partner's people do not learn who reported, or what the reporter wrote.
    points: what is left, in thousandths."""
    if call.caller.partner_id:
        steps = [replace(one, by="", on_behalf_of="", note=None) if one.report else one for one in found.steps]
        found = replace(found, steps=tuple(steps))
    return _CASE.encode(found, points_thousandths=points)


def whole_record(found: record.ConductRecord) -> pb.GetConductRecordResponse:
    """The answer with a record."""
    return pb.GetConductRecordResponse(
        entries=[_ENTRY.encode(one) for one in found.entries],
        more=found.more,
        points_thousandths=found.points_thousandths,
    )
