"""Debian packages that hold the free material: what they are, their licences, and how to fetch them.

Nothing is installed: `apt-get download` and `dpkg-deb -x` into the cache, so no root and no dpkg lock.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from beat_model.material.item import cache_dir


@dataclass(frozen=True)
class Package:
    name: str
    use: str  # what the project takes from it
    licence: str  # of the part used, from the package's own copyright file


PACKAGES = {
    entry.name: entry
    for entry in (
        # Sound sources for MIDI.
        Package("fluid-soundfont-gm", "General MIDI font", "MIT"),
        Package("fluidr3mono-gm-soundfont", "General MIDI font", "MIT"),
        Package("timgm6mb-soundfont", "General MIDI font", "GPL-2"),
        Package("csound-soundfont", "General MIDI font", "LGPL-2.1+ (see its copyright file)"),
        Package("opl3-soundfont", "General MIDI font", "CC-BY-SA-4.0 and GPL-3+"),
        Package("hydrogen-data", "drum kits", "GPL-2+, kits as named in their drumkit.xml"),
        Package("hydrogen-drumkits", "drum kits", "per kit: GPL, CC0, CC-BY-3.0, CC-BY-SA-3.0"),
        # Tracker modules.
        Package("tecnoballz-data", "tracker modules", "GPL-3+"),
        Package("ironseed-data", "tracker modules", "GPL-3+"),
        Package("pachi-data", "tracker modules", "GPL-2+"),
        Package("criticalmass-data", "tracker modules", "GPL-2"),
        Package("fb-music-high", "tracker modules", "GPL-2+"),
        Package("tomatoes-data", "tracker modules", "Zlib"),
        Package("cuyo-data", "tracker modules", "GPL-2+"),
        # Others with exact truth.
        Package("freedoom", "MIDI lumps in the WADs", "BSD-3-Clause (freedoom licence)"),
        Package("lmms-common", "demo projects", "Artistic-2.0, GPL-2+, CC-BY-SA-3.0: by file, see lmms.py"),
        Package("sonic-pi-samples", "loops and one-shots", "CC0-1.0"),
        # Recorded music without labels.
        Package("widelands-data", "music", "GPL-2+; ingame_24 to 26 CC-BY-SA-3.0"),
        Package("wizznic-data", "music", "GPL-3"),
        Package("enigma-data", "music", "GPL-2"),
        Package("frozen-bubble-data", "music (never snd/applause.ogg)", "GPL-2"),
        Package("xmoto-data", "music", "GPL-2+"),
        Package("noiz2sa-data", "music", "BSD-2-Clause"),
        Package("asc-music", "music", "GPL-2+"),
        Package("freedink-data", "two tracks with a licence of their own", "5.ogg GPL-3+, lovin.ogg CC-BY-3.0"),
    )
}


class MissingTool(RuntimeError):
    """A system program that has to be installed by hand."""


def packages_dir() -> Path:
    return cache_dir() / "packages"


def package_dir(name: str) -> Path:
    """Root of the unpacked package; fetches it when absent."""
    root = packages_dir() / name
    return root if root.is_dir() and any(root.iterdir()) else fetch(name)


def fetch(name: str) -> Path:
    """Download and unpack one package of the table. Raises MissingTool outside Debian and its relatives."""
    if name not in PACKAGES:
        raise KeyError(f"{name} is not in the table of packages; add it there together with its licence")
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise MissingTool(
                f"{tool} is missing: the training material comes from Debian 12 packages. "
                f"Run this on Debian or Ubuntu, or unpack {name} into {packages_dir() / name} yourself."
            )
    packages_dir().mkdir(parents=True, exist_ok=True)
    deb = _downloaded(name) or _download(name)
    # Unpacked beside and renamed: an interrupted run must not look like a complete package.
    partial = packages_dir() / f".{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-x", str(deb), str(partial)], check=True)
    root = packages_dir() / name
    shutil.rmtree(root, ignore_errors=True)
    partial.rename(root)
    return root


def _downloaded(name: str) -> Path | None:
    debs = sorted(packages_dir().glob(f"{name}_*.deb"))
    return debs[-1] if debs else None


def _download(name: str) -> Path:
    done = subprocess.run(["apt-get", "download", name], cwd=packages_dir(), capture_output=True, text=True)
    deb = _downloaded(name)
    if done.returncode != 0 or deb is None:
        raise RuntimeError(f"apt-get download {name} failed (is `apt-get update` needed?): {done.stderr.strip()[-400:]}")
    return deb


def fetch_all() -> list[Path]:
    return [package_dir(name) for name in PACKAGES]


if __name__ == "__main__":
    for path in fetch_all():
        print(path)
