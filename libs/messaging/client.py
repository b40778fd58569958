"""nats-py with faster headers: as it comes, they are half of what publishing an event costs and a sixth of taking one.

The methods replaced are private in the library. Should a later version not call them any more, it is only slower; the
contract suite notices if it calls them otherwise.
"""

from typing import Any

from nats.aio.client import Client

_LINES_ROUND_HEADERS = 2


class FastClient(Client):
    """The library's client in every other respect."""

    async def _send_publish(
        self, subject: str, reply: str, payload: bytes, payload_size: int, headers: dict[str, Any] | None
    ) -> None:
        """One pass over the headers. A line break inside one, which the library would take out, is left to it."""
        block = "".join([f"{name}: {value}\r\n" for name, value in headers.items()]) if headers else ""
        text = f"NATS/1.0\r\n{block}\r\n"
        lines = len(headers or ()) + _LINES_ROUND_HEADERS
        if not headers or text.count("\n") != lines or text.count("\r") != lines:
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        raw = text.encode()
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        command = f"HPUB {subject} {reply} {len(raw)} {len(raw) + payload_size}\r\n".encode()
        await self._send_command(b"".join((command, raw, payload, b"\r\n")))
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    async def close(self) -> None:
        """Also ends the tasks of the subscriptions, which the library leaves behind when closing fails half-way."""
        left = list(self._subs.values())
        try:
            await super().close()
        finally:
            for subscription in left:
                subscription._stop_processing()

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """The library looks at every character of every name."""
        lines = (line.partition(":") for line in raw.decode(errors="replace").split("\r\n"))
        return {name: value.strip() for name, colon, value in lines if colon}
