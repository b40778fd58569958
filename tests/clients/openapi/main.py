"""The life of a deal, played with a client that openapi-python-client generated from /openapi.json."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from threading import Event
from typing import Any

from gen.api.prm_deals_v_1_deal_registration_service import (
    deal_registration_service_approve_registration as approve_registration,
)
from gen.api.prm_deals_v_1_deal_registration_service import (
    deal_registration_service_convert_registration as convert_registration,
)
from gen.api.prm_deals_v_1_deal_registration_service import (
    deal_registration_service_create_registration as create_registration,
)
from gen.api.prm_deals_v_1_deal_registration_service import deal_registration_service_start_review as start_review
from gen.api.prm_deals_v_1_deal_registration_service import (
    deal_registration_service_submit_registration as submit_registration,
)
from gen.api.prm_orders_v_1_order_service import order_service_list_orders as list_orders
from gen.api.prm_orders_v_1_order_service import order_service_submit_order as submit_order
from gen.api.prm_partners_v_1_partner_service import partner_service_apply_partner as apply_partner
from gen.api.prm_partners_v_1_partner_service import partner_service_approve_partner as approve_partner
from gen.api.prm_partners_v_1_partner_service import partner_service_get_partner as get_partner
from gen.api.prm_partners_v_1_partner_service import partner_service_start_vetting as start_vetting
from gen.api.prm_tickets_v_1_ticket_service import ticket_service_create_ticket as create_ticket
from gen.client import AuthenticatedClient
from gen.models import (
    ConnectError,
    PrmDealsV1ApproveRegistrationRequest,
    PrmDealsV1ConvertRegistrationRequest,
    PrmDealsV1CreateRegistrationRequest,
    PrmDealsV1StartReviewRequest,
    PrmDealsV1SubmitRegistrationRequest,
    PrmOrdersV1ListOrdersRequest,
    PrmOrdersV1SubmitOrderRequest,
    PrmPartnersV1ApplyPartnerRequest,
    PrmPartnersV1ApprovePartnerRequest,
    PrmPartnersV1GetPartnerRequest,
    PrmPartnersV1StartVettingRequest,
    PrmTicketsV1CreateTicketRequest,
)

WITHIN_SECONDS, PAUSE_SECONDS = 60.0, 0.1
POSITION = "trailer-prm-position"

cell = AuthenticatedClient(base_url=f"http://{os.environ['PRM_ADDRESS']}", token=os.environ["PRM_TOKEN"])
positions: deque[str] = deque(maxlen=8)
pause = Event()  # that nobody sets


def ask(method: Any, kind: Any, *, until: Callable[[Any], bool] = bool, **fields: Any) -> Any:
    """The answer of a method, as soon as it is one; the next calls see what it changed."""
    body, end = kind.from_dict(fields), time.monotonic() + WITHIN_SECONDS
    while True:
        known = {"prm_position": ",".join(positions)} if positions else {}
        response = method.sync_detailed(client=cell, body=body, **known)
        found = response.parsed
        if not isinstance(found, ConnectError) and until(found):
            if position := response.headers.get(POSITION):
                positions.append(position)
            return found
        assert time.monotonic() < end, found
        pause.wait(PAUSE_SECONDS)


def main() -> None:
    """Print the ids of what was made, and the reason of a refusal."""
    applied: dict[str, Any] = {"kind": "PARTNER_KIND_RESELLER", "legalName": "Weitblick GmbH", "country": "DE"}
    number: dict[str, Any] = {"registrationId": "DE200000005", "registrationIdType": "REGISTRATION_ID_TYPE_VAT"}
    made = ask(apply_partner, PrmPartnersV1ApplyPartnerRequest, requestId="py-apply", **applied, **number)
    partner = made.partner.id
    ask(start_vetting, PrmPartnersV1StartVettingRequest, requestId="py-vet", id=partner)
    ask(approve_partner, PrmPartnersV1ApprovePartnerRequest, requestId="py-activate", id=partner)
    amount = {"currencyCode": "EUR", "units": "800"}
    claimed = ask(
        create_registration,
        PrmDealsV1CreateRegistrationRequest,
        requestId="py-claim",
        partnerId=partner,
        customer={"legalName": "Kunde AG", "country": "DE", "domain": "kunde.example"},
        lines=[{"sku": "RTR-100", "productLine": "ROUTERS", "quantity": 2, "expectedAmount": amount}],
    )
    claim = claimed.registration.id
    for method, kind in (
        (submit_registration, PrmDealsV1SubmitRegistrationRequest),
        (start_review, PrmDealsV1StartReviewRequest),
        (approve_registration, PrmDealsV1ApproveRegistrationRequest),
        (convert_registration, PrmDealsV1ConvertRegistrationRequest),
    ):
        ask(method, kind, requestId=f"py-{kind.__name__}", id=claim)
    listed = ask(
        list_orders, PrmOrdersV1ListOrdersRequest, until=lambda answer: bool(answer.orders), registrationId=claim
    )
    order = listed.orders[0].id
    ask(submit_order, PrmOrdersV1SubmitOrderRequest, requestId="py-order", id=order)
    opened = ask(
        create_ticket,
        PrmTicketsV1CreateTicketRequest,
        requestId="py-ticket",
        partnerId=partner,
        orderId=order,
        requester={"name": "Jo Ra", "email": "jo@kunde.example"},
        subject={"text": "Router does not start"},
        channel="CHANNEL_PORTAL",
        impact="IMPACT_MEDIUM",
        urgency="URGENCY_MEDIUM",
    )
    refused = get_partner.sync(client=cell, body=PrmPartnersV1GetPartnerRequest(id="ptn"))
    reason = next(one.debug.to_dict()["reason"] for one in refused.details if one.type_ == "google.rpc.ErrorInfo")
    sys.stdout.write(f"{partner} {claim} {order} {opened.ticket.id} {reason}\n")


if __name__ == "__main__":
    main()
