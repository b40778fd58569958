"""Handover: the open registrations of a partner that leaves go to another partner."""

from libs.handover import OpenRows, handing_over
from services.deals.claims.documents import REGISTRATIONS
from services.deals.handover.usecases import found_by, hand_over_registration, stays

SLICE = handing_over("deals", OpenRows(kind=REGISTRATIONS, found_by=found_by, stays=stays, move=hand_over_registration))
