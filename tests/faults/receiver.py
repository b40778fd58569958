"""A receiver of webhooks that can be killed: `python -m tests.faults.receiver PORT FILE`. It answers once the id of the
webhook and what the event is about are durable in the file."""

import asyncio
import json
import os
import sys
from pathlib import Path

from aiohttp import web


async def serve(port: int, path: Path) -> None:
    """Serve until killed."""
    with path.open("a") as book:

        async def take(request: web.Request) -> web.Response:
            body = json.loads(await request.read())
            book.write(f"{request.headers['webhook-id']} {body['subject']}\n")
            book.flush()
            os.fsync(book.fileno())
            return web.Response(status=204)

        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
