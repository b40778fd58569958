"""The servicer of prm.orders.v1.OrderService, put together from the methods of each noun."""

from libs.decisions.api import DecisionMethods
from libs.pb.prm.orders import v1 as pb
from libs.pb.prm.orders.v1 import decision_requests_pb2
from libs.rpc.imports import row_check
from services.orders.api.billing import BillingMethods
from services.orders.api.dunning import DunningMethods
from services.orders.api.imports import ImportMethods
from services.orders.api.orders import OrderMethods
from services.orders.api.returns import ReturnMethods
from services.orders.usecases.four_eyes import FOUR_EYES
from services.orders.usecases.settings import Env


class OrderService(OrderMethods, BillingMethods, DunningMethods, ReturnMethods, ImportMethods, DecisionMethods):
    """prm.orders.v1.OrderService; the proto says what each method promises."""

    def __init__(self, env: Env) -> None:
        super().__init__(env, FOUR_EYES, decision_requests_pb2)
        self._env = env
        self._check_row = row_check(pb.ImportOrderRow, env.directory)
