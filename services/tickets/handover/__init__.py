"""Handover: the tickets of a partner that leaves go to another partner, those of an assignee to another assignee."""

from libs.handover import OpenRows, handing_over
from services.tickets.handover.usecases import found_by, hand_over_ticket, stays
from services.tickets.record.documents import TICKETS

SLICE = handing_over("tickets", OpenRows(kind=TICKETS, found_by=found_by, stays=stays, move=hand_over_ticket))
