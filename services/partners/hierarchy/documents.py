"""The lock documents of the hierarchy."""

from libs.store.port import Kind
from services.partners.hierarchy.domain import Branch

BRANCHES = Kind("branch", Branch, owner="id")

KINDS = (BRANCHES,)
