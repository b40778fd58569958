"""The persons that tickets holds: who waits for help, and who is named in what was said and written about it."""

from libs.privacy.subject_data import Holding, answering
from libs.store.port import Store
from services.tickets.documents import COMMENTS, TICKETS
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.records import persons, speakers


async def _country(store: Store, ticket: Ticket) -> str:
    return ticket.country


CONSUMER = answering(Holding(TICKETS, persons, _country), Holding(COMMENTS, speakers))
