"""Rules about persons: which fields may hold them, that no event does, and that a method which shows them says so."""

import re
from collections.abc import Iterator

from libs.pb.prm.options.v1 import options_pb2
from tests.contracts.proto.image import KIND, LOOKED, Field, Image

OPERATIONS = "system.operations"
ORGANISATION = "user.contact.organization"
PSEUDONYM = "user.unique_id.pseudonymous"

# fideslang categories in use; a subcategory of one needs to be named as well.
CATEGORIES = frozenset(
    {
        "user",
        "user.contact",
        "user.contact.address.city",
        "user.contact.address.country",
        "user.contact.address.postal_code",
        "user.contact.address.state",
        "user.contact.address.street",
        "user.contact.email",
        ORGANISATION,
        "user.contact.phone_number",
        "user.content",
        "user.content.private",
        "user.job_title",
        "user.name",
        PSEUDONYM,
    }
)

# Strings that are no codes and yet hold nothing about persons: what a service writes itself, and the words of a
# catalogue that an event needs.
IMPERSONAL = frozenset(
    {
        "next_page_token",
        "ConvertedLine.sku",
        "ConvertedLine.product_line",
        "RegistrationSubmitted.claimed_product_lines",
        "RegistrationImported.claimed_product_lines",
        "CustomerWon.claimed_product_lines",
        "ParticipationAttended.claimed_product_lines",
        "ParticipationMissed.claimed_product_lines",
        *(
            f"Lead{one}.claimed_product_lines"
            for one in ("Created", "Offered", "Accepted", "Declined", "Lapsed", "Pooled")
        ),
        "ProductLineAmount.product_line",
        "Fact.product_line",
        "FactEvidence.product_line",
        "CanceledLine.sku",
        "ShippedLine.sku",
        "StockReported.sku",
        "DemandForecasted.sku",
        "DemandComponent.settings",
        "TerritoryGranted.product_line",
        "TerritoryRevoked.product_line",
        "GateSet.product_line",
        "PriceCorridorPut.product_line",
        "PriceBoundStanding.law",
        "Sighting.law",
        "CostLine.formula",
        "BenefitLine.formula",
        "TicketCreated.sku",
        "AgreementFacts.product_lines",
        "LackingAgreement.clause",
        "Statute.source",
        "Statute.indemnity",
        "TicketAssigned.assignment_group",
        "ImportResult.external_id",
        *("ExplainEntryResponse.sentences", "LedgerDifference.document_id", "LedgerEntry.document_id"),
        *("LedgerEntry.run", "LedgerEntry.taken_by", "LedgerStep.about", "PlanFault.field", "PlanFault.description"),
        "ImportProblem.field",
        "ImportProblem.description",
        "Decision.summary",
        "Deadline.rule",
        "Deadline.calendar",
        "Deadline.time_zone",
        "Enrolment.time_zone",
        "Deadline.holidays_edition",
        "DeadlineSegment.label",
        "StatutoryTerms.basis",
        "StatutoryTerms.duty",
        "StatutoryTerms.source",
        "TransferThreshold.source",
        "NoticeClock.legal_basis",
        "WithheldRows.basis",
        "RetentionRule.trigger",
        "RetentionPeriod.basis",
        "RetentionPeriod.source",
        "ErasureCertificate.content",
        "ErasureCertificate.signature",
        "ErasureCertificate.public_key",
        "ServicePurge.content",
        "ServicePurge.signature",
    }
)

# What a code must refuse: names, an address and a number of persons.
EMAIL = "anna@example.org"
PROBES = ("Anna Müller", "Anna Miller", "王小明", "Иванов", EMAIL, "+4930901820")

# Facts of organisations, opaque ids, and words for goods and work do not make an answer one that reveals a person.
NOT_REVEALING = frozenset({OPERATIONS, "user.content", ORGANISATION, PSEUDONYM})


def uncategorised(image: Image) -> Iterator[str]:
    """A string or bytes field says what it holds, or can hold codes only. What a caller writes is never impersonal by
    our word alone: whoever can write a name or an address into a field will."""
    asked = {field.name for method in image.methods for field in image.reachable(method.request)}
    for field in image.fields:
        if field.desc.type not in (KIND.TYPE_STRING, KIND.TYPE_BYTES):
            continue
        yield LOOKED
        if field.category == OPERATIONS:
            short = f"{field.owner.desc.name}.{field.desc.name}"
            if field.name in asked:
                yield f"{field.name} is written by callers, and is said to hold nothing about persons"
            elif field.desc.name not in IMPERSONAL and short not in IMPERSONAL:
                yield f"{field.name} is not on the list of strings that hold nothing about persons"
        elif field.category:
            if field.category not in CATEGORIES:
                yield f"{field.name} has the category {field.category}, which is not in use"
        elif not _only_codes(field):
            yield f"{field.name} can hold personal data and has no category"


def personal_events(image: Image) -> Iterator[str]:
    """No event holds personal data, however deep. One that crosses the border may name an organisation, because it is
    never about a sole trader."""
    for message in image.messages.values():
        if message.event is None:
            continue
        may_name = message.event.reach == options_pb2.REACH_EDGE
        for field in image.reachable(message):
            yield LOOKED
            if may_name and field.category == ORGANISATION:
                continue
            if field.category.startswith("user") or field.type in (
                "prm.common.v1.Person",
                "prm.common.v1.PersonalText",
            ):
                yield f"{message.name} carries {field.name}"


def texts_that_cross(image: Image) -> Iterator[str]:
    """What crosses the border is codes, ids and the names of organisations: no other text, and nothing that a flag in
    the same message would make personal. It names its transfer, and nothing else names one."""
    for message in image.messages.values():
        if message.event is None:
            continue
        yield LOOKED
        crosses = message.event.reach == options_pb2.REACH_EDGE
        if crosses != bool(message.event.transfer):
            yield f"{message.name} {'crosses and names no' if crosses else 'stays and names a'} transfer"
        for field in image.reachable(message) if crosses else ():
            if field.category not in ("", ORGANISATION):
                yield f"{message.name} crosses with {field.name}, which is {field.category}"
            elif field.desc.options.Extensions[options_pb2.makes_personal]:
                yield f"{message.name} crosses with {field.name}, which makes it personal"


def unsaid_revelations(image: Image) -> Iterator[str]:
    """`reveals_personal_data` is set exactly where an answer can show any."""
    for method in image.methods:
        yield LOOKED
        shows = any(
            (one.category and one.category not in NOT_REVEALING)
            or one.desc.options.Extensions[options_pb2.makes_personal]
            for one in image.reachable(method.response)
        )
        if method.access is not None and method.access.reveals_personal_data != shows:
            yield f"{method.name} {'shows' if shows else 'does not show'} personal data and says otherwise"


def open_pseudonyms(image: Image) -> Iterator[str]:
    """What a caller gives as somebody's opaque id cannot be an email address."""
    for method in image.methods:
        for field in image.reachable(method.request):
            if field.category == PSEUDONYM:
                yield LOOKED
                if not field.pattern or re.search(field.pattern, EMAIL):
                    yield f"{field.name} takes an email address"


def _only_codes(field: Field) -> bool:
    if list(getattr(field.value_rules.string, "in")):
        return True
    pattern = field.pattern
    anchored = pattern.startswith("^") and pattern.endswith("$")
    return anchored and "|^" not in pattern and not any(re.search(pattern, probe) for probe in PROBES)
