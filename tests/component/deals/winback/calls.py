"""What the suites over all protos have to know of win-back: it changes nothing and is not for partners."""

from tests.capabilities import Calls

CALLS = Calls()
