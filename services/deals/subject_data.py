"""The persons that deals holds: customers' and partners' contacts, and who wrote a text."""

from libs.privacy.subject_data import Holding, answering
from services.deals.documents import REGISTRATIONS
from services.deals.usecases.drafts import persons

CONSUMER = answering(Holding(REGISTRATIONS, persons))
