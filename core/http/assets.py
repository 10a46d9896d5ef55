"""Static files under content-hashed, immutable addresses: the theme's, the plugins' and the core's."""

import asyncio
import base64
import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from core.http.policies import ANYONE
from core.http.routing import Route
from core.problems import not_found

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSIBLE = {".css", ".js", ".mjs", ".svg", ".webmanifest"}
_CSS_URL = re.compile(r"""url\(["']?(?!data:|[a-z]+:|/|\#)([^"')]+)["']?\)""")


@cache
def _compressed(body: bytes) -> bytes:
    """Compress as well as gzip can, once: when it is first asked for, because a start should not wait for it."""
    return gzip.compress(body, 9, mtime=0)


class AssetError(Exception):
    """A page or a style sheet names a static file that is not there."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, held in memory: all of a site's are about a megabyte."""

    path: str
    body: bytes
    compressible: bool
    content_type: str
    url: str
    integrity: str


class Assets:
    """All static files by the name templates use, `<plugin>/<file>`, `theme/<file>` or `core/<file>`."""

    def __init__(self, folders: Iterable[tuple[str, Path]]) -> None:
        """`folders` are (name, folder) pairs; where two hold one name, the first wins, so a theme goes first."""
        folders = list(folders)
        names = {name for name, _ in folders}
        self._files: dict[str, Path] = {}
        for name, folder in folders:
            for file in sorted(folder.rglob("*")):
                # A link may lead out of the folder, to what nobody meant to publish.
                if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
                    relative = file.relative_to(folder).as_posix()
                    # A theme's static/<plugin>/<file> stands in for the plugin's own.
                    stands_in = name == "theme" and relative.partition("/")[0] in names
                    self._files.setdefault(relative if stands_in else f"{name}/{relative}", file)
        self._assets: dict[str, Asset] = {}
        for path in self._files:
            self._load(path, ())

    def url(self, path: str) -> str:
        """Return the immutable address of a file. Raises AssetError for an unknown one."""
        if (asset := self._assets.get(path)) is None:
            raise AssetError(
                f"there is no static file {path!r}. Run `make` to fetch the browser libraries if it is vendored."
            )
        return asset.url

    def import_map(self) -> str:
        """Return the import map: every module under its own path as bare specifier, with its integrity."""
        modules = {path: asset for path, asset in self._assets.items() if asset.content_type == "text/javascript"}
        document: Mapping[str, Mapping[str, str]] = {
            "imports": {path: asset.url for path, asset in modules.items()},
            "integrity": {asset.url: asset.integrity for asset in modules.values()},
        }
        return json.dumps(document, separators=(",", ":"))

    def routes(self) -> list[Route]:
        """The one route that serves them."""
        return [Route("GET", "/static/{hash:[0-9a-f]{16}}/{path:[A-Za-z0-9_./-]+}", self._serve, ANYONE, "core.static")]

    def _load(self, path: str, importing: tuple[str, ...]) -> Asset:
        if path in self._assets:
            return self._assets[path]
        if path not in self._files or path in importing:
            raise AssetError(f"{importing[-1] if importing else path} refers to {path}, which is not there.")
        file = self._files[path]
        body = file.read_bytes()
        if file.suffix == ".css":
            body = self._with_hashed_urls(body.decode(), path, importing).encode()
        digest = hashlib.sha256(body)
        content_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        url = f"/static/{digest.hexdigest()[:16]}/{path}"
        integrity = "sha256-" + base64.b64encode(digest.digest()).decode()
        self._assets[path] = Asset(path, body, file.suffix in _COMPRESSIBLE, content_type, url, integrity)
        return self._assets[path]

    def _with_hashed_urls(self, css: str, path: str, importing: tuple[str, ...]) -> str:
        def replace(match: re.Match[str]) -> str:
            target = Path(path).parent.joinpath(match[1]).as_posix()
            parts: list[str] = []
            for part in target.split("/"):
                parts = parts[:-1] if part == ".." else [*parts, part]
            return f'url("{self._load("/".join(parts), (*importing, path)).url}")'

        return _CSS_URL.sub(replace, css)

    async def _serve(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["path"])
        if asset is None or request.path != asset.url:
            raise not_found()
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Type": asset.content_type + ("; charset=utf-8" if asset.compressible else ""),
            "Vary": "Accept-Encoding",
        }
        if asset.compressible and "gzip" in request.headers.get("Accept-Encoding", ""):
            compressed = await asyncio.to_thread(_compressed, asset.body)
            return web.Response(body=compressed, headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=asset.body, headers=headers)
