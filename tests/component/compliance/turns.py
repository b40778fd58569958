"""Counts the turns of the event loop, and what happens between two of them."""

import asyncio


class LoopTurns:
    """Counts the turns of the event loop and the rows that a store gives in each; `most` is the largest of these."""

    def __init__(self) -> None:
        self.rows = self.most = self.count = 0

    async def run(self) -> None:
        while True:
            self.rows = 0
            await asyncio.sleep(0)
            self.count += 1
            self.most = max(self.most, self.rows)
