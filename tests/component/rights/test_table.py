"""Agreement x certificate x gate x territory: what a partner may submit and what is held, in every combination.

Drafts may always be written, and a protected claim may always be converted: its order is held when it is submitted.
"""

from contextlib import AsyncExitStack
from datetime import timedelta
from enum import Enum
from itertools import product
from pathlib import Path

import pytest

from libs.errors import AppError
from libs.privacy.keys import Keys
from libs.rights import AgreementState, Right
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.conversion.usecases import ConvertRegistration, convert_registration
from services.deals.review.usecases import ApproveRegistration, StartReview, approve_registration, start_review
from services.orders.record.domain.states import HoldReason, OrderState
from services.partners.agreement import jobs
from services.partners.agreement.domain.states import Party, TerminationCause
from services.partners.agreement.usecases import ending
from services.partners.certification.jobs import move_due
from tests.component.partners.agreement.acts import active, drafted, sent
from tests.component.partners.certification.acts import complete, contact, gate, track
from tests.component.partners.territories.test_territories import grant
from tests.component.rights.channel import Channel, opened

DAY = timedelta(days=1)
LATER = 20  # days from the acts to the submissions

NEVER = None  # the partner has no agreement
STATES = (NEVER, *AgreementState)
NOT_BEGUN = {NEVER, AgreementState.DRAFT, AgreementState.SENT}
IN_FORCE = {AgreementState.ACTIVE, AgreementState.NOTICE_GIVEN}


class Certificate(Enum):
    """The certificate that the partner's only person has."""

    MISSING = "MISSING"
    VALID = "VALID"
    EXPIRED = "EXPIRED"


class Territory(Enum):
    """Whose exclusive territory the customer's country is; the partner may sell in all but the rival's."""

    OPEN = "DE"
    OWN = "AT"
    RIVAL = "FR"


def line(certificate: Certificate, *, gated: bool) -> str:
    """The product line whose gate, if there is one, asks for a track of which the person has that certificate."""
    return f"{certificate.value}-{'GATED' if gated else 'FREE'}"


async def bring(channel: Channel, state: AgreementState | None) -> None:
    """An agreement of the partner that will be in this state after LATER days."""
    partners, partner, until = channel.partners, channel.partner.id, channel.today + 10 * DAY
    match state:
        case None:
            return
        case AgreementState.DRAFT:
            await drafted(partners, partner)
        case AgreementState.SENT:
            await sent(partners, await drafted(partners, partner))
        case AgreementState.ACTIVE:
            await active(partners, partner)
        case AgreementState.NOTICE_GIVEN:
            made = await active(partners, partner)
            await partners.run(ending.give_notice, ending.GiveNotice, id=made.id, party=Party.VENDOR)
        case AgreementState.EXPIRED:
            await active(partners, partner, valid_until=until)
        case AgreementState.TERMINATED:
            made = await active(partners, partner)
            asked = {"id": made.id, "cause": TerminationCause.MUTUAL}
            await partners.run(ending.terminate_agreement, ending.TerminateAgreement, **asked)
        case AgreementState.SUPERSEDED:  # by one that is not in force yet
            made = await active(partners, partner, valid_until=until)
            await active(partners, partner, supersedes=made.id, valid_from=channel.today + (LATER + 9) * DAY)


async def approved(channel: Channel) -> Registration:
    """A protected claim, from before anything was asked for."""
    claim = await channel.submit(await channel.claim("EARLIER"))
    await channel.deals.run(start_review, StartReview, id=claim.id)
    return await channel.deals.run(approve_registration, ApproveRegistration, id=claim.id)


async def prepare(channel: Channel) -> None:
    """The territories, and for each certificate a track, the person's completion, and the gates."""
    rival = await channel.partners.active(number=1)
    await grant(channel.partners, channel.partner.id, country=Territory.OPEN.value)
    await grant(channel.partners, channel.partner.id, country=Territory.OWN.value, exclusive=True)
    await grant(channel.partners, rival.id, country=Territory.RIVAL.value, exclusive=True)
    who = await contact(channel.partners, channel.partner.id)
    for certificate in Certificate:
        await track(channel.partners, certificate.value)
        if certificate is not Certificate.MISSING:
            days = 10 if certificate is Certificate.EXPIRED else LATER
            await complete(channel.partners, who, track=certificate.value, last_day=channel.today + days * DAY)
        for right in Right:
            fields = {"product_line": line(certificate, gated=True), "track": certificate.value}
            await gate(channel.partners, right, **fields)


async def outcome(channel: Channel, product_line: str, territory: Territory) -> str:
    """SUBMITTED, or the reason of the refusal; the draft is always written."""
    claim = await channel.claim(product_line, territory.value)
    try:
        return (await channel.submit(claim)).review.name
    except AppError as refused:
        assert (await channel.deals.value(REGISTRATIONS, claim.id)).review is Review.DRAFT
        return refused.reason


@pytest.mark.parametrize("jobs_run", [True, False], ids=["jobs run", "no job runs"])
@pytest.mark.parametrize("required", [False, True], ids=["", "required"])
@pytest.mark.parametrize("state", STATES, ids=lambda one: one.name if one else "NEVER")
async def test_every_combination(
    tmp_path: Path, keys: Keys, state: AgreementState | None, *, required: bool, jobs_run: bool
) -> None:
    async with AsyncExitStack() as stack:
        channel = await opened(stack, tmp_path, keys, required=required)
        earlier = await approved(channel)
        await prepare(channel)
        await bring(channel, state)
        await channel.arrive()
        if required:
            channel.require()
        channel.days(LATER)
        if jobs_run:
            while await jobs.move_due(channel.partners.env) + await move_due(channel.partners.env):
                await channel.arrive()
        agreed = not required if state in NOT_BEGUN else state in IN_FORCE
        for certificate, gated, territory in product(Certificate, (False, True), Territory):
            certified = not gated or certificate is Certificate.VALID
            expected = "SUBMITTED" if certified else "NOT_CERTIFIED"
            expected = expected if agreed else "NO_AGREEMENT"
            expected = "TERRITORY_EXCLUSIVE" if territory is Territory.RIVAL else expected
            product_line = line(certificate, gated=gated)
            assert (territory, product_line, await outcome(channel, product_line, territory)) == (
                *(territory, product_line),
                expected,
            )
            order = await channel.orders.submit(await channel.order(product_line, territory.value))
            holds = {
                HoldReason.TERRITORY: territory is Territory.RIVAL,
                HoldReason.CERTIFICATION: not certified,
                HoldReason.AGREEMENT: not agreed,
            }
            assert order.open_holds == tuple(reason for reason, placed in holds.items() if placed)
            assert order.state is (OrderState.HELD if any(holds.values()) else OrderState.CONFIRMED)
        converted = await channel.deals.run(convert_registration, ConvertRegistration, id=earlier.id, currency="EUR")
        assert converted.review is Review.CONVERTED
