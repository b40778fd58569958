"""Sign-ins that have begun. The browser keeps its own in a cookie that only the console can write, so nobody's sign-in
ends another's, however many begin."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

import msgspec

from libs.clock import Clock
from libs.ids import secret, unique
from services.console.forms import Data

MAX_KEPT = 1_000
MAX_BACK_CHARS = 1_000
LOGIN_LIFE = timedelta(minutes=10)

_KEY_BYTES = 32


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that has begun. back: the path to return to."""

    id: str
    back: str
    begun: datetime


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A form that waits for its person to sign in. person: who typed it; empty if that is not known."""

    data: Data
    person: str


class Logins:
    """Writes and reads sign-ins with a key of this process. state, nonce, verifier: see OpenID Connect and RFC 7636;
    they follow from the id by the key, so that no browser knows its verifier. Of too many forms the oldest are dropped,
    first those of which nobody knows who typed them."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._key = clock, secret(_KEY_BYTES)
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def start(self, back: str, kept: Data | None = None, *, person: str = "") -> Login:
        """Begin a sign-in. kept: what was typed at `back`. A path that is too long for a cookie loses its query."""
        path = back if len(back) <= MAX_BACK_CHARS else back.partition("?")[0][:MAX_BACK_CHARS]
        login = Login(id=unique(), back=path, begun=self._clock.now().replace(microsecond=0))
        if kept is not None:
            if len(self._kept) >= MAX_KEPT:
                of_nobody = (held for held, one in self._kept.items() if not one.person)
                del self._kept[next(of_nobody, next(iter(self._kept)))]
            self._kept[login.id] = Kept(data=kept, person=person)
        return login

    def cookie(self, login: Login) -> str:
        """The sign-in for the cookie of the browser that began it."""
        begun = int(login.begun.timestamp())
        content = urlsafe_b64encode(f"{login.id} {begun} {login.back}".encode()).decode()
        return f"{content}.{self._derived('cookie', content)}"

    def read(self, cookie: str) -> Login | None:
        """The sign-in of a cookie that this process wrote and that is not too old."""
        content, _, mark = cookie.partition(".")
        if not _same(mark, self._derived("cookie", content)):
            return None
        named, begun, back = urlsafe_b64decode(content).decode().split(" ", 2)
        login = Login(id=named, back=back, begun=datetime.fromtimestamp(int(begun), UTC))
        return login if self._clock.now() - login.begun < LOGIN_LIFE else None

    def answered(self, cookie: str, state: str) -> Login | None:
        """The sign-in of a cookie if the issuer answers to it."""
        login = self.read(cookie)
        return login if login is not None and _same(state, self.state(login)) else None

    def taken(self, login: Login) -> Kept | None:
        """The form that waits for this sign-in, once."""
        return self._kept.pop(login.id, None)

    def state(self, login: Login) -> str:
        """What the issuer's answer must bring."""
        return self._derived("state", login.id)

    def nonce(self, login: Login) -> str:
        """What the ID token must bring."""
        return self._derived("nonce", login.id)

    def verifier(self, login: Login) -> str:
        """What the code is redeemed with."""
        return self._derived("verifier", login.id)

    def _derived(self, use: str, text: str) -> str:
        return hmac.new(self._key, f"{use}\0{text}".encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
