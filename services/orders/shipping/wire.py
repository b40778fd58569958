"""Protobuf to commands and shipments to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.record.domain.goods import Shipment
from services.orders.shipping import usecases

SHIPMENT = Mapper(Shipment, pb.Shipment)
SHIP = Mapper(usecases.RecordShipment, pb.RecordShipmentRequest)
DELIVER = Mapper(usecases.RecordDelivery, pb.RecordDeliveryRequest)
