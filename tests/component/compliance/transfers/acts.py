"""What the tests of transfers do again and again."""

from datetime import date
from typing import Any

from libs.call import Call
from libs.decisions.decision import Decision
from libs.decisions.four_eyes import ConfirmDecision, Outcome
from libs.person import Person
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.transfers.domain.flow import TransferFlow, TransferRecord
from services.compliance.transfers.domain.transfer import Transfer, TransferTerms
from services.compliance.transfers.usecases.flows import RecordTransfer, record_transfer
from services.compliance.transfers.usecases.register import (
    FOUR_EYES,
    PublishTransfer,
    RegisterTransfer,
    register_transfer,
)
from tests.builders import asked_by
from tests.component.replica import Replica

MAY = ("compliance.transfer.publish", "compliance.decision.decide")
PURPOSE = "essential.service.operations"


async def register(replica: Replica[Any], **terms: Any) -> Transfer:
    """A draft to Singapore."""
    fields: dict[str, Any] = {
        "mechanism": TransferMechanism.STANDARD_CONTRACTUAL_CLAUSES,
        "purpose": PURPOSE,
        "categories": ("user.name", "user.contact"),
        "recipient": "Nordlicht Pte",
        "recipient_country": "SG",
        "valid_from": date(2026, 1, 1),
        **terms,
    }
    return await replica.run(register_transfer, RegisterTransfer, terms=TransferTerms(**fields))


async def ask_to_publish(replica: Replica[Any], transfer: Transfer, call: Call | None = None) -> Outcome[Any]:
    """Anna asks to publish it."""
    return await FOUR_EYES.run(replica.env, PublishTransfer(call=call or asked_by("dev:anna", *MAY), id=transfer.id))


async def confirm(replica: Replica[Any], decision: Decision | None, who: str = "dev:bernd") -> Decision:
    """Bernd, or somebody else, confirms."""
    assert decision is not None
    return await replica.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by(who, *MAY), id=decision.id))


async def publish(replica: Replica[Any], **terms: Any) -> Transfer:
    """A published transfer."""
    draft = await register(replica, **terms)
    await confirm(replica, (await ask_to_publish(replica, draft)).decision)
    return draft


def flow_of(transfer: Transfer | None, *persons: Person, **fields: Any) -> TransferFlow:
    """Names and addresses of these persons, under a transfer."""
    content: dict[str, Any] = {
        "transfer_id": transfer.id if transfer else "",
        "purpose": PURPOSE,
        "categories": ("user.name", "user.contact.email"),
        "recipient_country": "SG",
        "persons": persons,
        **fields,
    }
    return TransferFlow(**content)


async def send(
    replica: Replica[Any], transfer: Transfer | None, *persons: Person, request_id: str = "", **fields: Any
) -> TransferRecord:
    """Record a flow of these persons."""
    flow = flow_of(transfer, *persons, **fields)
    return await replica.run(record_transfer, RecordTransfer, request_id=request_id, flow=flow)


def person(name: str, **fields: Any) -> Person:
    """Somebody with an address of their own."""
    return Person(name=name, email=f"{name.lower()}@example.org", **fields)
