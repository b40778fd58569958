"""Rules about the cell of a value: every id and every country of a request says of which cell it must be."""

import re
from collections.abc import Iterator, Mapping

from libs.pb.prm.options.v1 import options_pb2
from tests.contracts.proto.image import KIND, LOOKED, Field, Image

ANYWHERE: Mapping[str, str] = {
    "prm.deals.v1.CreateCampaignRequest.country": "a trade fair abroad",
    "prm.deals.v1.UpdateCampaignRequest.country": "a trade fair abroad",
    "prm.deals.v1.ImportCampaignRow.country": "a trade fair abroad",
    "prm.partners.v1.LookupOrganisationRequest.organisation": "the directory knows organisations of every cell",
    "prm.partners.v1.ListOrganisationsRequest.country": "the directory knows organisations of every cell",
    "prm.partners.v1.ScreeningEntry.country": "a list names organisations of every country",
    "prm.partners.v1.ApplyPartnerRequest.address": "must be in the country of the seat, which is compared",
    "prm.partners.v1.UpdatePartnerRequest.address": "must be in the country of the seat, which cannot change",
    "prm.partners.v1.ImportPartnerRow.address": "must be in the country of the seat, which is compared",
    "prm.orders.v1.CreateOrderRequest.ship_to_country": "the order is the partner's; goods may go abroad",
    "prm.orders.v1.UpdateOrderRequest.ship_to_country": "the order is the partner's; goods may go abroad",
    "prm.orders.v1.ImportOrderRow.ship_to_country": "the order is the partner's; goods may go abroad",
    "prm.orders.v1.Beneficiaries.countries": "a plan may pay for sales abroad",
    "prm.orders.v1.DraftIncentivePlanRequest.clawback_countries": "a person who sells may work abroad",
    "prm.orders.v1.SalesShare.country": "a person who sells may work abroad",
    "prm.orders.v1.ReportSightingRequest.country": "a piece may be seen anywhere",
    "prm.orders.v1.RecordCustodyRequest.country": "a piece may come anywhere",
    "prm.partners.v1.ListFactsRequest.country": "the partner is the cell's; its goods may go abroad",
    "prm.partners.v1.ListFactEvidenceRequest.country": "the partner is the cell's; its goods may go abroad",
    "prm.compliance.v1.LinkRequestRequest.link_id": "another cell gave it",
    "prm.partners.v1.Place.country": "an agreement may allow to sell abroad",
    "prm.compliance.v1.CreateRequestRequest.subject": "who has moved away still asks where the data is",
    "prm.compliance.v1.ListConsentsRequest.country": "tells only how a phone number is dialled",
    "prm.compliance.v1.CheckConsentRequest.country": "tells only how a phone number is dialled",
    "prm.compliance.v1.ExportRequestRequest.recipient_country": "the package may go abroad where a transfer permits it",
    "prm.compliance.v1.ListTransfersRequest.recipient_country": "a transfer is to somebody abroad",
    "prm.compliance.v1.TransferFlow.recipient_country": "a transfer is to somebody abroad",
    "prm.compliance.v1.TransferTerms.recipient_country": "a transfer is to somebody abroad",
}
"""The fields that may be of any cell, with the reason."""

OTHERS_IDS: Mapping[str, str] = {
    "request_id": "the caller's own",
    "external_id": "of another system",
    "partner_external_id": "of another system",
    "parent_external_id": "of another system",
    "amends_external_id": "of another system",
    "account_id": "made of the code of a plan and of its beneficiary",
    "beneficiary_id": "a partner, or the id of a person in the vendor's payroll",
    "registration_id": "the number of an organisation in a public register",
    "customer_registration_id": "the number of an organisation in a public register",
}
"""The fields that are named like an id of ours and are none, by name, with the reason."""

_NAMED = re.compile(r"(.*_)?ids?|parent")
_ID = "ptn_cn_01jz8c00000000000000000001"


def homeless(image: Image) -> Iterator[str]:
    """Every id and every country that a request can hold says of which cell it must be."""
    for field in _taken(image):
        is_id, is_country = _is_id(field), _is_country(field)
        if not (is_id or is_country):
            continue
        yield LOOKED
        said = _home(field)
        if is_id and not (field.id_prefix or said in (options_pb2.HOME_ID, options_pb2.HOME_ANYWHERE)):
            yield f"{field.name} does not say of which cell its ids are"
        if is_country and said not in (options_pb2.HOME_COUNTRY, options_pb2.HOME_ANYWHERE):
            yield f"{field.name} does not say whether it is a country that the cell serves"


def misplaced(image: Image) -> Iterator[str]:
    """`home` stands on ids and countries alone; what may be of any cell is known with its reason."""
    for field in _taken(image):
        said = _home(field)
        if said == options_pb2.HOME_UNSPECIFIED:
            continue
        yield LOOKED
        if said == options_pb2.HOME_COUNTRY and not _is_country(field):
            yield f"{field.name} is no country"
        if said == options_pb2.HOME_ID and not _is_id(field):
            yield f"{field.name} is no id"
        if said == options_pb2.HOME_ANYWHERE and field.name not in ANYWHERE:
            yield f"{field.name} may be of any cell, and ANYWHERE gives no reason"


def _taken(image: Image) -> Iterator[Field]:
    """The fields of all requests, each once."""
    found = {field.name: field for method in image.methods for field in image.reachable(method.request)}
    return iter(found.values())


def _home(field: Field) -> int:
    return int(field.desc.options.Extensions[options_pb2.home])


def _is_id(field: Field) -> bool:
    """By its rule, its name, or a pattern for ids alone. (shape.copied_ids refuses one for ids of one kind.)"""
    if field.desc.type != KIND.TYPE_STRING or field.desc.name in OTHERS_IDS:
        return False
    pattern = field.value_rules.string.pattern
    if re.match(r"\^\(?[a-z]{3}_\[", pattern):
        return False
    shaped = (
        bool(pattern) and bool(re.search(pattern, _ID)) and not any(re.search(pattern, one) for one in ("A-1", "abc1"))
    )
    return bool(field.id_prefix or _NAMED.fullmatch(field.desc.name)) or shaped


def _is_country(field: Field) -> bool:
    if field.desc.type != KIND.TYPE_STRING:
        return False
    named = bool(re.fullmatch(r"(.*_)?countr(y|ies)", field.desc.name))
    pattern = field.pattern
    shaped = bool(pattern) and bool(re.search(pattern, "DE"))
    return named or (shaped and not any(re.search(pattern, one) for one in ("D", "DEU", "de", "D1", "x")))
