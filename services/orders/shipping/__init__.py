"""Shipments and deliveries, with serials; a shipment may also replace returned goods."""

from libs.slices import Slice

SLICE = Slice()
