"""The persons that orders holds: who takes the goods, and who is named by the note of a released hold."""

from libs.privacy.subject_data import Holding, answering
from services.orders.documents import ORDERS
from services.orders.usecases.orders import persons

CONSUMER = answering(Holding(ORDERS, persons))
