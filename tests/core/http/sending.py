"""Bodies sent as they are."""

import io
from collections.abc import Mapping

from core.testing.sites import Answer, Browser

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def send(client: Browser, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST a body of any bytes, and read the answer."""
    async with client.request("POST", path, data=io.BytesIO(body), headers=headers) as got:
        return Answer(got.status, got.headers, await got.read(), got.cookies)
