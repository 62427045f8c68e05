"""Audio files into other trackers' beats, each tracker in its own process in the peers' environment.

That environment is made by `scripts/setup-peers.py`; nothing here imports a peer. Answers are kept under
`$TACTUS_CACHE/peers` by the hash of the audio file, so that only new clips cost time.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from beat_model.announcements import Tracked
from beat_model.material.item import cache_dir

REVISION = 1  # raise when peer_trackers.py changes what a tracker is given or answers


@dataclass(frozen=True)
class Peer:
    title: str
    note: str  # how it is run here


PEERS: dict[str, Peer] = {
    "madmom": Peer("madmom RNN + DBN, online", "LSTM ensemble, forward-filtered state space; centred frames"),
    "aubio": Peer("aubio (as in LedFx)", "`aubio.tempo`, window 1024, hop 512"),
    "btrack": Peer("BTrack", "its Python module, hop 512"),
    "beatnet": Peer("BeatNet, online", "model 1, particle filter, seeded"),
    "madmom-offline": Peer("madmom RNN + DBN downbeat, offline", "sees the whole file: not a causal tracker"),
}
CAUSAL = [name for name in PEERS if name != "madmom-offline"]


class PeerUnavailable(Exception):
    """The tracker does not run here; the message is one line saying why."""


@dataclass
class PeerResult:
    tracked: dict[Path, Tracked]  # by audio file; a file the tracker failed on has no beats
    cpu_share: float  # CPU seconds per second of audio
    failures: list[str]  # one line each


def peers_python() -> Path:
    """The interpreter of the peers' environment, whether or not it exists."""
    folder = cache_dir() / "venv-peers"
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def track_with(name: str, files: list[Path]) -> PeerResult:
    """Beats of all files by one peer. Raises PeerUnavailable when it has to run and cannot."""
    answers = {path: cached for path in files if (cached := _read_cache(name, path))}
    missing = [path for path in files if path not in answers]
    for path, answer in _run(name, missing):
        answers[path] = answer
        if "error" not in answer:
            _write_cache(name, path, answer)
    failures = [f"{name}: {path.name}: {answer['error']}" for path, answer in answers.items() if "error" in answer]
    good = [answer for answer in answers.values() if "error" not in answer]
    audio_s = sum(answer["audioSeconds"] for answer in good)
    return PeerResult(
        tracked={path: _as_tracked(answer) for path, answer in answers.items()},
        cpu_share=sum(answer["cpuSeconds"] for answer in good) / audio_s if audio_s else float("nan"),
        failures=failures,
    )


def _run(name: str, files: list[Path]) -> Iterator[tuple[Path, dict]]:
    """Start the peer on the files; yield each answer as it comes."""
    if not files:
        return
    if not peers_python().exists():
        raise PeerUnavailable("no environment for the peers; make it with python models/scripts/setup-peers.py")
    command = [str(peers_python()), "-W", "ignore", "-m", "beat_model.peer_trackers", name, *map(str, files)]
    models = Path(__file__).resolve().parents[1]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment = {**os.environ, **one_thread, "PYTHONPATH": str(models), "MPLBACKEND": "Agg"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=models, env=environment
    ) as process:
        answered = 0
        for line in tqdm(process.stdout, total=len(files), desc=name, unit="clip", leave=False):
            answer = json.loads(line)
            if "unavailable" in answer:
                raise PeerUnavailable(answer["unavailable"])
            answered += 1
            yield Path(answer["path"]), answer
    if answered < len(files):
        raise PeerUnavailable(f"it ended with status {process.returncode} after {answered} of {len(files)} files")


def _as_tracked(answer: dict) -> Tracked:
    """A peer's JSON answer -> beats in order of time."""
    beats = np.asarray(answer.get("beats", []), dtype=float)
    order = np.argsort(beats, kind="stable")
    bars, known_at = answer.get("beatInBar"), answer.get("knownAt")
    return Tracked(
        times=beats[order],
        bars=None if bars is None else np.asarray(bars, dtype=int)[order],
        known_at=None if known_at is None else np.asarray(known_at, dtype=float)[order],
    )


def _cache_file(name: str, audio: Path) -> Path:
    digest = hashlib.sha256(audio.read_bytes()).hexdigest()
    return cache_dir() / "peers" / f"{name}-{REVISION}" / f"{digest[:32]}.json"


def _read_cache(name: str, audio: Path) -> dict | None:
    cached = _cache_file(name, audio)
    return json.loads(cached.read_text()) if cached.exists() else None


def _write_cache(name: str, audio: Path, answer: dict) -> None:
    cached = _cache_file(name, audio)
    cached.parent.mkdir(parents=True, exist_ok=True)
    partial = cached.with_suffix(".partial")
    partial.write_text(json.dumps({key: value for key, value in answer.items() if key != "path"}))
    os.replace(partial, cached)
