"""The persons that partners holds: those who work for a partner, sole traders, and who wrote a note, one
that waits with a decision too."""

from libs.decisions.four_eyes import HOLDING as DECISIONS
from libs.privacy.subject_data import Holding, answering
from services.partners.documents import CONTACTS, PARTNERS
from services.partners.domain.partner import persons

CONSUMER = answering(Holding(CONTACTS, lambda contact: (contact.person,)), Holding(PARTNERS, persons), DECISIONS)
