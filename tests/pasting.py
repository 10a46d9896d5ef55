"""Take files out of a document as a reader pastes them: a paragraph that ends with a file's name, then its block."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_in(document: Path) -> dict[str, str]:
    """Return the named files of a document, by path."""
    found = _BLOCK.findall(document.read_text(encoding="utf-8"))
    assert len({name for name, _ in found}) == len(found), f"{document.name} shows one file twice"
    return dict(found)


def paste(files: dict[str, str], folder: Path) -> None:
    """Write the files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def install(project: Path) -> None:
    """Do what `pip install -e` leaves behind for whoever asks for entry points: metadata beside the modules."""
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = project / f"{metadata['name'].replace('-', '_')}-{metadata['version']}.dist-info"
    folder.mkdir()
    lines = ("Metadata-Version: 2.1", f"Name: {metadata['name']}", f"Version: {metadata['version']}", "")
    (folder / "METADATA").write_text("\n".join(lines))
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in metadata["entry-points"].items()
    ]
    (folder / "entry_points.txt").write_text("\n".join(groups))
