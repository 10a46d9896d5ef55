"""What docs/ shows works as it stands there: plugins pass their own tests, the theme renders, settings are all told."""

import asyncio
import os
import re
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import core.services
from core import settings_reference
from core.services import configure_from
from core.testing.sites import Site, open_site
from tests.conftest import EMBEDDED
from tests.pasting import ROOT, files_in, install, paste

DOCS = ROOT / "docs"
MUTOSCOPE = Path(sys.executable).parent / "mutoscope"
# Neither this run's options nor its database addresses are the plugin's.
ASYNCIO = ["-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov", "-W", "error"]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """The files of docs/plugins.md."""
    paste(files_in(DOCS / "plugins.md"), tmp_path)
    return tmp_path


async def run(command: list[str], folder: Path) -> str:
    """Run a command where the reader would, and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    return output


@pytest.mark.slow
async def test_plugin_with_everything_passes_its_own_tests(pages: Path) -> None:
    project = pages / "mutoscope-reminders"
    install(project)
    (project / "settings.toml").write_text('plugins = ["storage_disk", "transcode_ffmpeg", "catalog", "reminders"]\n')
    assert "reminders/migrations/0001_initial.py" in await run([str(MUTOSCOPE), "makemigrations"], project)
    await run([str(MUTOSCOPE), "migrate"], project)
    assert "All is well" in await run([str(MUTOSCOPE), "check"], project)
    assert "3 passed" in await run(PYTEST, project)


@pytest.mark.slow
async def test_mailer_passes_its_own_tests(pages: Path) -> None:
    assert "2 passed" in await run([*PYTEST, *ASYNCIO], pages / "mutoscope-maildir")


@pytest.mark.slow
async def test_contract_suite_runs_as_shown(pages: Path) -> None:
    assert " passed" in await run([*PYTEST, *ASYNCIO, "--import-mode=importlib"], pages / "mutoscope-shelf")


def test_every_block_of_code_is_a_file_that_is_run() -> None:
    text = (DOCS / "plugins.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^```\w", text, re.MULTILINE)) == len(files_in(DOCS / "plugins.md"))


def test_server_of_the_page_is_configured_consistently() -> None:
    files = files_in(DOCS / "deploy.md")
    core_settings = configure_from(tomllib.loads(files["/srv/mutoscope/settings.toml"]))[0].core
    nginx = files["/etc/nginx/sites-enabled/mutoscope.conf"]
    largest = re.search(r"client_max_body_size (\d+)m;", nginx)
    assert largest is not None
    assert int(largest[1]) * 1024**2 > core_settings.uploads.part_size
    assert f"proxy_pass http://{core_settings.server.host}:{core_settings.server.port};" in nginx
    assert f"server_name {core_settings.site.base_url.host};" in nginx
    assert "mutoscope serve" in files["/etc/systemd/system/mutoscope.service"]


@pytest.fixture
async def themed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A site with the theme of docs/themes.md, installed beside the default one."""
    themes = tmp_path / "themes"
    themes.mkdir()
    (themes / "default").symlink_to(core.services.THEMES / "default")
    paste(files_in(DOCS / "themes.md"), tmp_path)
    monkeypatch.setattr(core.services, "THEMES", themes)
    async with open_site(tmp_path / "data", EMBEDDED, {"theme": "night"}) as site:
        yield site


async def test_theme_of_the_page_renders_home(themed: Site) -> None:
    browser = await themed.browser()
    home = await browser.get("/")
    assert home.status == 200
    assert "Made by the people who watch" in home.text
    assert "<title>Mutoscope</title>" in home.text
    tokens = await browser.get(themed.services.assets.url("theme/night.css"))
    assert "--accent" in tokens.text
    assert themed.services.assets.url("theme/night.css") in home.text


async def test_theme_stands_in_for_a_file_of_a_plugin(themed: Site) -> None:
    browser = await themed.browser()
    shadow = await browser.get(themed.services.assets.url("catalog/watch.css"))
    assert shadow.text == files_in(DOCS / "themes.md")["themes/night/static/catalog/watch.css"]


def test_theme_of_the_page_has_about_twenty_lines() -> None:
    lines = [line for text in files_in(DOCS / "themes.md").values() for line in text.splitlines() if line.strip()]
    assert len(lines) <= 32


def test_settings_page_is_up_to_date() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert text == settings_reference.settings_page(), "run `python -m core.settings_reference`"
