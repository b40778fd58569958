"""The keys of an issuer elsewhere: fetched ahead of need, and again when a token names one that is not known.

Whatever callers send, an issuer is asked at most once in `gap_seconds`; those who wait share one answer.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog
from jwt import PyJWK

from libs.clock import monotonic
from libs.rpc.identity.fetching import FetchFailed, Keys, fetch_keys
from libs.rpc.identity.issuer import Issuer
from libs.rpc.identity.port import IssuerUnavailable, TokenInvalid

log = structlog.get_logger()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often an issuer is asked: at the most, at the least; how long what it said holds when it does not answer; how
    long a call waits for an answer. Seconds."""

    gap: float = 10.0
    refresh: float = 300.0
    keep: float = 3600.0
    patience: float = 8.0


class PublishedKeys:
    """See KeySource; answers only while `run` does."""

    def __init__(self, issuer: Issuer, pace: Pace | None = None) -> None:
        self._issuer = issuer
        self._pace = pace or Pace()
        self._keys: Keys = {}
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()  # replaced for every round
        self._asking = False
        self._asked_at = self._learnt_at = float("-inf")

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """See KeySource."""
        key = self._known(kid, algorithm)
        if key is None and (self._asking or monotonic() - self._asked_at >= self._pace.gap):
            await self._ask()
            key = self._known(kid, algorithm)
        if key is not None:
            return key
        if self._learnt_at < self._asked_at:
            raise IssuerUnavailable(f"the keys of issuer {self._issuer.name} cannot be had now: repeat the call")
        raise TokenInvalid(
            f"the token was signed with a key that issuer {self._issuer.name} does not publish for {algorithm}"
        )

    async def run(self, forget: Callable[[], None]) -> None:
        """Keep them fresh. `forget` is called when a key is there no longer, so that what it proved is not believed
        any more either."""
        while True:
            learnt = await self._learn(forget)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.refresh if learnt else self._pace.gap):
                    await self._wanted.wait()
            self._wanted.clear()

    def _known(self, kid: str, algorithm: str) -> PyJWK | None:
        if monotonic() - self._learnt_at > self._pace.keep:
            return None
        return self._keys.get((kid, algorithm))

    async def _ask(self) -> None:
        self._wanted.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.patience):
                await self._answered.wait()

    async def _learn(self, forget: Callable[[], None]) -> bool:
        """One round; whether the issuer gave its keys."""
        self._asking, self._asked_at = True, monotonic()
        try:
            found = await asyncio.to_thread(fetch_keys, self._issuer)
        except FetchFailed as err:
            log.warning("issuer_away", issuer=self._issuer.name, cause=err, again_in_seconds=self._pace.gap)
            return False
        else:
            lost = self._keys.keys() - found.keys()
            self._keys, self._learnt_at = found, monotonic()
            if lost:
                log.info("issuer_keys_withdrawn", issuer=self._issuer.name, keys=sorted(kid for kid, _ in lost))
                forget()
            return True
        finally:
            self._asking = False
            self._wanted.clear()
            answered, self._answered = self._answered, asyncio.Event()
            answered.set()
