"""Contacts: the persons who work for a partner."""

from libs.slices import Slice
from services.partners.contacts.documents import KINDS

SLICE = Slice(kinds=KINDS)
