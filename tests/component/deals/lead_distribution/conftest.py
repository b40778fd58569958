"""The harness of leads."""

from tests.component.deals.leads.conftest import desk as desk
