"""Static files: named by their content, kept for ever, and never a way to any other file (P-1)."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from core.http.assets import AssetError, Assets
from core.testing.sites import Browser, Site


@pytest.fixture
def folders(tmp_path: Path) -> list[tuple[str, Path]]:
    """A theme that replaces one file of a plugin."""
    files = {
        "theme/theme.css": '@import url("base.css"); a { background: url(icons/a.svg) }',
        "theme/base.css": "b { background: url('data:image/png;base64,AA') url(#x) url(/x) url(https://e.example/x) }",
        "theme/icons/a.svg": "<svg/>",
        "theme/catalog/player.css": "theirs {}",
        "theme/.hidden": "hidden",
        "catalog/player.css": "ours {}",
        "catalog/player.js": "export default 1",
        "catalog/deep/menu.css": "c { background: url(../a.woff2) }",
        "catalog/a.woff2": "font",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return [("theme", tmp_path / "theme"), ("catalog", tmp_path / "catalog")]


async def content_of(assets: Assets, path: str) -> str:
    (route,) = assets.routes()
    response = await route.handler(make_mocked_request("GET", assets.url(path), match_info={"path": path}))
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    return response.body.decode()


async def test_address_changes_with_the_content(folders: list[tuple[str, Path]]) -> None:
    before = Assets(folders).url("catalog/player.js")
    assert before == f"/static/{hashlib.sha256(b'export default 1').hexdigest()[:16]}/catalog/player.js"
    (folders[1][1] / "player.js").write_text("export default 2")
    assert Assets(folders).url("catalog/player.js") != before


async def test_style_sheets_refer_to_hashed_addresses(folders: list[tuple[str, Path]]) -> None:
    assets = Assets(folders)
    css = await content_of(assets, "theme/theme.css")
    assert f'@import url("{assets.url("theme/base.css")}")' in css
    assert f'url("{assets.url("theme/icons/a.svg")}")' in css
    assert (
        await content_of(assets, "catalog/deep/menu.css")
        == f'c {{ background: url("{assets.url("catalog/a.woff2")}") }}'
    )


async def test_addresses_that_are_no_files_stay(folders: list[tuple[str, Path]]) -> None:
    assert await content_of(Assets(folders), "theme/base.css") == (folders[0][1] / "base.css").read_text()


async def test_theme_stands_in_for_a_plugin(folders: list[tuple[str, Path]]) -> None:
    assert await content_of(Assets(folders), "catalog/player.css") == "theirs {}"


async def test_link_out_of_a_folder_is_not_followed_p_1(folders: list[tuple[str, Path]], tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("canary")
    (folders[1][1] / "secret.css").symlink_to(tmp_path / "secret.css")
    (folders[1][1] / "above").symlink_to(tmp_path)
    for path in ("catalog/secret.css", "catalog/above/secret.css"):
        with pytest.raises(AssetError, match="there is no static file"):
            Assets(folders).url(path)


@pytest.mark.parametrize("target", ["missing.css", "../../outside.css", "loop.css"])
async def test_reference_to_what_is_not_there_is_refused_at_start(folders: list[tuple[str, Path]], target: str) -> None:
    (folders[1][1] / "loop.css").write_text(f"@import url({target})")
    with pytest.raises(AssetError, match=r"loop\.css refers to .*which is not there"):
        Assets(folders)


@pytest.mark.parametrize("path", ["catalog/missing.js", "theme/.hidden", "", "../pyproject.toml"])
async def test_unknown_file_is_named(folders: list[tuple[str, Path]], path: str) -> None:
    with pytest.raises(AssetError, match="there is no static file"):
        Assets(folders).url(path)


async def test_import_map_holds_every_module_with_its_digest(folders: list[tuple[str, Path]]) -> None:
    assets = Assets(folders)
    document = json.loads(assets.import_map())
    url = assets.url("catalog/player.js")
    digest = base64.b64encode(hashlib.sha256(b"export default 1").digest()).decode()
    assert document == {"imports": {"catalog/player.js": url}, "integrity": {url: f"sha256-{digest}"}}


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("theme/tokens.css", "text/css; charset=utf-8"),
        ("theme/site.js", "text/javascript; charset=utf-8"),
        ("theme/icon.svg", "image/svg+xml; charset=utf-8"),
        ("core/vendor/inter.woff2", "font/woff2"),
    ],
)
async def test_file_is_served_for_ever_under_its_hash(
    site: Site, client: Browser, path: str, content_type: str
) -> None:
    url = site.services.assets.url(path)
    plain = await client.get(url, headers={"Accept-Encoding": "identity"})
    assert (plain.status, plain.headers["Content-Type"]) == (200, content_type)
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(plain.body).hexdigest()[:16] == url.split("/")[2]
    packed = await client.get(url, headers={"Accept-Encoding": "br, gzip"})  # the client unpacks it again
    assert packed.body == plain.body
    assert packed.headers.get("Content-Encoding") == (None if path.endswith(".woff2") else "gzip")
    assert packed.headers["Vary"] == "Accept-Encoding"


async def test_old_hash_is_gone_rather_than_wrong(site: Site, client: Browser) -> None:
    hashed = site.services.assets.url("theme/site.js").split("/")
    hashed[2] = "0" * 16
    assert (await client.get("/".join(hashed))).status == 404
