"""The life of a deal, step by step. Each step works even if all processes were restarted before it."""

from collections.abc import Awaitable, Callable

from services.demo import aftermath, channel, deal, diversion, fairs, leads, order, people, rivals, stock
from services.demo.scenario import ScenarioClient

Step = Callable[[ScenarioClient], Awaitable[None]]

# Steps that need only a client; steps that need the clock to be advanced; and, after these, those of the partner
# programme, which need that too.
STEPS: tuple[Step, ...] = (
    people.partners_apply,
    people.partners_are_approved,
    people.territories_are_granted,
    people.prices_and_credit,
    deal.claim_the_customer,
    deal.a_rival_claims_it_too,
    deal.decide,
    deal.pursue_and_convert,
    order.a_draft_appears,
    order.credit_holds_it,
    order.ship_in_parts,
    order.invoice_and_pay,
    order.take_some_back,
    aftermath.a_ticket_in_time,
    aftermath.export_a_person,
    aftermath.read_the_trail,
)
TIMED_STEPS: tuple[Step, ...] = (
    aftermath.a_ticket_breaches,
    aftermath.an_invoice_falls_overdue,
)
CHANNEL_STEPS: tuple[Step, ...] = (
    channel.a_programme_is_published,
    channel.one_more_person_is_certified,
    channel.a_certificate_lapses,
    channel.a_price_breaks_the_corridor,
    channel.a_fund_pays_a_road_show,
    channel.a_quarter_is_scored,
    leads.a_lead_goes_to_the_next_partner,
    rivals.one_company_in_two_scripts,
    rivals.an_appeal_succeeds,
    fairs.a_fair_and_what_came_of_it,
    diversion.a_serial_is_diverted,
    stock.a_stock_out_is_foreseen,
)


async def play(scenario: ScenarioClient, steps: tuple[Step, ...]) -> None:
    """Play the steps in order."""
    for step in steps:
        await step(scenario)
