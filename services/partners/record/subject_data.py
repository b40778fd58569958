"""The persons in partners: sole traders, and who wrote a status note."""

from libs.store.port import Store
from libs.subject_data import Holding
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import TRADERS_OWN, Partner, persons, trader


async def _country(store: Store, partner: Partner) -> str:
    return partner.country


PERSONS = (Holding(PARTNERS, persons, _country, about=trader, own=TRADERS_OWN),)
