"""Creation and writes of new tickets that higher slices may use."""

from libs.country import country_violations
from libs.errors import InvalidInput, Violation
from libs.partner import PartnerFacts
from libs.person import Person, home_violations, require_homes
from libs.store.port import Put, Write, create
from services.tickets.clocks.reads import promised
from services.tickets.handling.domain.filing import Filing, open_ticket
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.states import priority_of
from services.tickets.record.domain.ticket import Ticket, snapshot
from services.tickets.record.reads import recorded
from services.tickets.settings import Env


def filed(env: Env, filing: Filing) -> Ticket:
    """A new ticket under the current policy; its clocks do not run yet."""
    priority = priority_of(filing.impact, filing.urgency)
    return open_ticket(
        filing,
        id=env.ids.new("tkt"),
        policy=env.settings.policy,
        terms=promised(env, priority, filing.country),
        now=env.clock.now(),
    )


def begun(env: Env, ticket: Ticket) -> tuple[Put[Ticket], tuple[Write, ...]]:
    """The write of a new ticket, and the write of its history."""
    ticket, entry = recorded(ticket, (snapshot(ticket, ticket.create_time),))
    return create(TICKETS, ticket), (entry,)


def country_of(env: Env, country: str, partner: PartnerFacts, *, requester: Person) -> str:
    """The country whose calendar applies: the given one, else the partner's. InvalidInput if it is unknown; WrongCell
    if another cell serves it, or the country where the requester lives."""
    found = country or partner.country
    if not found:
        raise InvalidInput([Violation("country", "is needed, that of the partner is not known here", "REQUIRED")])
    if wrong := [*country_violations(found), *home_violations(requester=requester)]:
        raise InvalidInput(wrong)
    env.directory.require_country(found)
    require_homes(env.directory, requester=requester)
    return found
