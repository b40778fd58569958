"""The persons who work for a partner: added, changed, removed."""

from libs.slices import Slice
from services.partners.contacts.documents import KINDS
from services.partners.contacts.subject_data import PERSONS

SLICE = Slice(kinds=KINDS, persons=PERSONS)
