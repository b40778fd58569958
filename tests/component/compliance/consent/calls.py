"""What the suites over all protos have to know of consent."""

from typing import Any

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls

PURPOSE = {
    "code": "newsletter",
    "description": "News about products",
    "data_use": "marketing.communications.email",
    "lawful_basis": "LAWFUL_BASIS_CONSENT",
    "categories": ["user.contact.email"],
    "data_subjects": ["DATA_SUBJECT_PARTNER_CONTACT"],
}
NOTICE = {"purpose_code": "newsletter", "notice_version": "2026-03", "language": "de", "text": "Wir schreiben."}
CONSENT: dict[str, Any] = {
    "person": {"name": "Ada", "email": "ada@example.org"},
    "purpose_code": "newsletter",
    "notice_version": "2026-03",
    "language": "de",
    "channel": "REQUEST_CHANNEL_PORTAL",
}


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("compliance", "PutPurpose", **PURPOSE)
    await scenario.ask("compliance", "PublishPrivacyNotice", **NOTICE)


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("compliance", "PutPurpose", **{**PURPOSE, "retention_days": 30})
    given = await scenario.ask("compliance", "GiveConsent", **CONSENT)
    await scenario.ask("compliance", "WithdrawConsent", id=given.consent.id)


CALLS = Calls(
    new=frozenset(),
    refused=frozenset({"WithdrawConsent"}),
    repeated={
        "PutPurpose": ("compliance", lambda _: PURPOSE),
        "GiveConsent": ("compliance", lambda _: CONSENT),
        "PublishPrivacyNotice": ("compliance", lambda _: NOTICE),
    },
    prepare=_prepare,
    drive=_drive,
)
