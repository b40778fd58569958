"""The persons that compliance holds: those who asked before."""

from libs.privacy.subject_data import Holding, answering
from services.compliance.documents import REQUESTS
from services.compliance.usecases.requests import persons

CONSUMER = answering(Holding(REQUESTS, persons))
