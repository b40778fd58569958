"""The receipt of a consent, with the fields of ISO/IEC TS 27560:2023, as JSON whose bytes are signed."""

import json
from datetime import datetime
from typing import Any

import msgspec

from services.compliance.consent.domain.consent import Consent
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose
from services.compliance.consent.domain.states import ConsentState

# The first field of what is signed, so that a signature over a receipt is good for nothing else.
SIGNED_AS = "prm-consent-receipt/1"
SCHEMA = "ISO/IEC TS 27560:2023"


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who issues receipts: the controller of the settings, empty if not set, and the code of the cell."""

    name: str
    address: str
    contact: str
    cell: str


def receipt(consent: Consent, purpose: Purpose, notice: PrivacyNotice, issuer: Issuer) -> bytes:
    """The receipt: the same bytes for the same state of the consent, keys sorted, UTF-8."""
    fields: dict[str, Any] = {
        "signed_as": SIGNED_AS,
        "receipt_metadata": {
            "schema_version": SCHEMA,
            "receipt_id": f"{consent.id}/{consent.version}",
            "record_id": consent.id,
            "pii_principal_id": consent.person.person_id,
        },
        "pii_processing": {
            "privacy_notice": {
                "id": notice.id,
                "version": notice.notice_version,
                "sha256": notice.sha256,
            },
            "language": notice.language,
            "purposes": [_purpose(purpose, issuer)],
        },
        "party_identification": [_controller(issuer)],
        "events": [_event(ConsentState.GIVEN, consent.give_time, consent), *_end(consent)],
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _purpose(purpose: Purpose, issuer: Issuer) -> dict[str, Any]:
    return {
        "purpose": purpose.description,
        "purpose_id": purpose.code,
        "purpose_type": purpose.data_use,
        "lawful_basis": purpose.lawful_basis.name,
        "pii_information": [{"pii_type": one} for one in purpose.categories],
        "pii_controllers": [issuer.cell],
        "retention_period": f"P{purpose.retention_days}D" if purpose.retention_days else "until the purpose is over",
        "storage_locations": [issuer.cell],
        "withdrawal_method": issuer.contact,
        "privacy_rights": issuer.contact,
    }


def _controller(issuer: Issuer) -> dict[str, Any]:
    return {
        "party_id": issuer.cell,
        "party_role": "pii_controller",
        "party_name": issuer.name,
        "party_address": issuer.address,
        "party_contact": issuer.contact,
    }


def _event(state: ConsentState, time: datetime, consent: Consent) -> dict[str, Any]:
    found = {
        "event_type": f"consent_{state.name.lower()}",
        "event_time": time.isoformat(),
        "event_state": state.name,
        "entity_id": consent.person.person_id,
        "collection_method": consent.channel.name,
    }
    return found | ({"valid_until": consent.expire_time.isoformat()} if consent.expire_time else {})


def _end(consent: Consent) -> list[dict[str, Any]]:
    if consent.end_time is None:
        return []
    return [_event(consent.state, consent.end_time, consent)]
