"""What the README and the other documents say is so: the plugin works when pasted, commands and files exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from core.cli import main
from core.models import User, Video, Visibility
from core.testing.sites import open_site
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video
from tests.pasting import ROOT, files_in, install, paste

README = ROOT / "README.md"
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix() for folder in (".", "docs", "plugins/*") for path in ROOT.glob(f"{folder}/*.md")
)
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\| `mutoscope [^|]*", re.MULTILINE)
_FILE = re.compile(r"`((?:core|plugins|themes|tests|docs|bench|requirements)/[\w./-]+|[\w.-]+\.(?:toml|md))`")
# A deployer makes it.
_NOT_OURS = {".secrets.toml"}


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The README's plugin, pasted and installed."""
    paste(files_in(README), tmp_path)
    install(tmp_path / "hello")
    monkeypatch.syspath_prepend(tmp_path / "hello")
    return tmp_path / "hello"


async def test_plugin_of_the_readme_greets_whoever_watches(hello: Path, tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", {**EMBEDDED, "hello": None}) as site:
        ada: User = await site.user("ada")
        browser = await site.browser(ada)
        uploaded = await site.upload(browser, instant_video(), title="Cats <b>& dogs</b>")
        await site.work()
        await Video.filter(id=uploaded["video_id"]).update(visibility=Visibility.PUBLIC)
        page = (await browser.get(f"/watch/{uploaded['video_id']}")).text
    assert "Thank you for watching “Cats &lt;b&gt;&amp; dogs&lt;/b&gt;”." in page


def test_plugin_of_the_readme_is_a_package(hello: Path) -> None:
    project = tomllib.loads((hello / "pyproject.toml").read_text())["project"]
    assert project["name"].startswith("mutoscope-")
    assert project["entry-points"]["mutoscope.plugins"] == {"hello": "hello"}


def test_plugin_of_the_readme_has_about_ten_lines(hello: Path) -> None:
    lines = [line for line in (hello / "hello.py").read_text().splitlines() if line.strip()]
    assert len(lines) <= 10


def test_every_command_is_in_the_readme() -> None:
    first_cells = "\n".join(row.split("|")[1] for row in _COMMAND.findall(README.read_text(encoding="utf-8")))
    told = {words.split()[0] for words in re.findall(r"`(?:mutoscope )?([a-z]+[^`]*)`", first_cells)}
    assert told == set(main.commands)


def test_every_subcommand_is_in_the_readme() -> None:
    groups = [command for command in main.commands.values() if isinstance(command, click.Group)]
    names = [f"mutoscope {group.name} {name}" for group in groups for name in group.commands]
    assert [name for name in names if name not in README.read_text(encoding="utf-8")] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z]+)`", (ROOT / document).read_text())}
    assert told <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    text = _CODE.sub("", (ROOT / document).read_text(encoding="utf-8"))
    links = _LINK.findall(text)
    assert [link for link in links if not _exists(ROOT / document, *link)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document: str) -> None:
    named = set(_FILE.findall((ROOT / document).read_text(encoding="utf-8")))
    named -= _NOT_OURS | set(files_in(ROOT / document))  # what the reader is about to write
    beside = (ROOT, (ROOT / document).parent)
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in beside)] == []


def _exists(document: Path, target: str, anchor: str) -> bool:
    path = document.parent / target if target else document
    return path.exists() and (not anchor or path.suffix != ".md" or anchor in _anchors(path))


def _anchors(document: Path) -> set[str]:
    return set(_slugs(_CODE.sub("", document.read_text(encoding="utf-8"))))


def _slugs(text: str) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
