"""The kinds of traces, and of the questions to other cells."""

from libs.cross_checks.documents import KINDS as CHECK_KINDS
from libs.store.port import Kind
from services.orders.tracing.domain import Trace

TRACES = Kind("trace", Trace)

KINDS = (TRACES, *CHECK_KINDS)
