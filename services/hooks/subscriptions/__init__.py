"""Subscriptions: who gets which events, where, and signed by which keys."""

from libs.slices import Slice
from services.hooks.subscriptions.documents import KINDS

SLICE = Slice(kinds=KINDS)
