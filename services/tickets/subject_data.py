"""The persons that tickets holds: who waits for help, and who is named in what was said and written about it."""

from libs.privacy.subject_data import Holding, answering
from services.tickets.documents import COMMENTS, TICKETS
from services.tickets.usecases.records import persons, speakers

CONSUMER = answering(Holding(TICKETS, persons), Holding(COMMENTS, speakers))
