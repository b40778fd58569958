"""Contacts as they are stored, and by what they are found."""

from libs.store.port import Index, Kind
from services.partners.contacts.domain import Contact, ContactTotals

CONTACTS = Kind("contact", Contact, (Index(("partner_id",)),), owner="partner_id")
CONTACT_TOTALS = Kind("contact_book", ContactTotals, owner="id")

KINDS = (CONTACTS, CONTACT_TOTALS)
