"""Folders of annotated clips into scores of every tracker: `tactus track` as a rig sees it, and its peers."""

from __future__ import annotations

import json
import resource
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from beat_model import metrics
from beat_model.announcements import Tracked, beats_as_they_stood, read_announcements
from beat_model.material.item import ItemMeta, item_path
from beat_model.peers import PEERS, PeerUnavailable, track_with

AUDIO_SUFFIXES = (".flac", ".opus", ".wav", ".ogg", ".mp3")
BATCH = 8  # files per call of the command
TEMPO_BANDS = (0.0, 80.0, 100.0, 120.0, 140.0, 170.0, float("inf"))
OURS = "tactus"


@dataclass(frozen=True)
class Clip:
    """One recording with its annotation."""

    audio: Path
    beats: np.ndarray  # (n,) seconds
    bars: np.ndarray  # (n,) 1 = downbeat, 0 = unknown
    duration_s: float
    genre: str
    group: str  # clips of one group are not independent: same song

    @property
    def tempo_band(self) -> str:
        bpm = metrics.median_tempo(self.beats)
        if np.isnan(bpm):
            return "no beats"
        place = int(np.searchsorted(TEMPO_BANDS, bpm, side="right"))
        low, high = TEMPO_BANDS[place - 1], TEMPO_BANDS[place]
        return f"under {high:.0f}" if low == 0 else f"{low:.0f} and more" if np.isinf(high) else f"{low:.0f}-{high:.0f}"


@dataclass
class TrackerResult:
    """One tracker on one set."""

    name: str
    title: str
    scores: list[metrics.ClipScore]  # in the order of the set's clips
    cpu_share: float = float("nan")  # CPU seconds per second of audio, nan: not measured

    def values(self, measure: str) -> np.ndarray:
        """One measure over the clips, (clips,), nan where it does not apply."""
        return np.array([float(getattr(score, measure)) for score in self.scores])

    def mean(self, measure: str) -> float:
        """Mean over the clips to which the measure applies."""
        values = self.values(measure)
        return float(np.nanmean(values)) if np.any(~np.isnan(values)) else float("nan")

    def pooled(self, measure: str) -> np.ndarray:
        """A measure that is a list per clip, over all clips."""
        return np.array([value for score in self.scores for value in getattr(score, measure)], dtype=float)


@dataclass
class ClipSet:
    """Clips of one kind and what each tracker made of them."""

    name: str
    described: str
    clips: list[Clip]
    results: list[TrackerResult] = field(default_factory=list)

    def result_of(self, tracker: str) -> TrackerResult | None:
        return next((result for result in self.results if result.name == tracker), None)


def find_clips(folder: Path, limit: int | None = None) -> list[Clip]:
    """All clips that have both sound and .beats, by name; with a limit, that many spread over the list."""
    pairs = []
    for beats in sorted(folder.glob("*.beats")):
        audio = next(
            (beats.with_suffix(suffix) for suffix in AUDIO_SUFFIXES if beats.with_suffix(suffix).exists()), None
        )
        if audio:
            pairs.append((audio, beats))
    if limit is not None and limit < len(pairs):
        pairs = [pairs[index * len(pairs) // limit] for index in range(limit)]
    return [read_clip(audio, beats) for audio, beats in pairs]


def read_clip(audio: Path, beats: Path) -> Clip:
    """Sound file and `time<TAB>beatInBar` lines (an empty file: no music) -> a clip."""
    rows = [line.split() for line in beats.read_text().splitlines() if line.strip()]
    about = read_about(audio)
    return Clip(
        audio=audio,
        beats=np.array([float(row[0]) for row in rows]),
        bars=np.array([int(row[1]) if len(row) > 1 else 0 for row in rows], dtype=int),
        duration_s=soundfile.info(str(audio)).duration,
        genre=str(about.get("genre", "unknown")),
        group=str(about.get("group", audio.stem)),
    )


def read_about(audio: Path) -> dict:
    """Genre and group of a clip: from the JSON beside it, else from the rendered item it was cut from."""
    beside = audio.with_suffix(".json")
    if beside.exists():
        return json.loads(beside.read_text())
    source, _, name = audio.stem.partition("-")
    item = item_path(source, name)
    if not item.exists():
        return {}
    with np.load(item) as data:
        meta = ItemMeta(**json.loads(data["meta"].tobytes()))
    return {"genre": meta.genre if meta.genre != "unknown" else source, "group": f"{source}/{meta.group}"}


def run_tactus(clips: list[Clip], command: str, out: Path, cwd: Path) -> tuple[float, list[str]]:
    """Write <name>.jsonl per clip into out. Returns CPU seconds per second of audio, and failures in words."""
    out.mkdir(parents=True, exist_ok=True)
    before, failures = resource.getrusage(resource.RUSAGE_CHILDREN), []
    with tqdm(total=len(clips), desc=OURS, unit="clip", leave=False) as progress:
        for start in range(0, len(clips), BATCH):
            batch = clips[start : start + BATCH]
            files = [str(clip.audio.resolve()) for clip in batch]
            call = [*shlex.split(command), "--format", "jsonl", "--out", str(out.resolve()), *files]
            done = subprocess.run(
                call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=cwd, check=False
            )
            if done.returncode != 0:
                words = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
                failures.append(f"{OURS}: {batch[0].audio.name} and the {len(batch) - 1} after it: {words[-1][:200]}")
            progress.update(len(batch))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / sum(clip.duration_s for clip in clips), failures


def read_tracks(clips: list[Clip], folder: Path) -> tuple[dict[Path, Tracked], list[str]]:
    """The .jsonl files of a folder -> beats as they stood; a clip without a readable one has no beats, and is said."""
    tracked, failures = {}, []
    for clip in clips:
        path = folder / f"{clip.audio.stem}.jsonl"
        try:
            tracked[clip.audio] = beats_as_they_stood(read_announcements(path))
        except OSError as error:
            tracked[clip.audio] = Tracked(np.zeros(0))
            failures.append(f"{OURS}: {clip.audio.name}: {error.strerror}: {path.name}")
        except ValueError as error:
            tracked[clip.audio] = Tracked(np.zeros(0))
            failures.append(f"{OURS}: {error}")
    return tracked, failures


def score_all(clips: list[Clip], tracked: dict[Path, Tracked]) -> list[metrics.ClipScore]:
    """Scores in the order of the clips."""
    return [metrics.score_clip(clip.beats, clip.bars, tracked[clip.audio], clip.duration_s) for clip in clips]


def score_tactus(clips: list[Clip], folder: Path, cpu_share: float) -> tuple[TrackerResult, list[str]]:
    """Our own announcements in a folder -> scores, and failures in words."""
    tracked, failures = read_tracks(clips, folder)
    return TrackerResult(OURS, "Tactus, announced ahead", score_all(clips, tracked), cpu_share), failures


def score_peers(clips: list[Clip], names: list[str], say: Callable[[str], None]) -> list[TrackerResult]:
    """Every peer that runs here; the others, and files they fail on, are said in one line."""
    results = []
    for name in names:
        try:
            peer = track_with(name, [clip.audio for clip in clips])
        except PeerUnavailable as error:
            say(f"{PEERS[name].title}: left out: {error}")
            continue
        for failure in peer.failures:
            say(failure)
        results.append(TrackerResult(name, PEERS[name].title, score_all(clips, peer.tracked), peer.cpu_share))
    return results
