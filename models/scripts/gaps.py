"""Music, a pause with silence, speech or applause, music again: when do the beats stop, when are they back?

    npm run models:gaps -- --clips 27

Writes the spliced clips to a temporary folder, runs `tactus track` over them, prints a table.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from beat_model.announcements import beats_as_they_stood, read_announcements
from beat_model.frontend import SAMPLE_RATE
from beat_model.material.item import cache_dir, rng_for
from beat_model.material.negatives import clip_of
from beat_model.recordings import decode

KINDS = ("silence", "speech", "applause")
MUSIC_S, GAP_S = 18.0, 10.0


def spliced(clip: Path, after: Path, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`clip`, a gap, then `after` -> samples, and the beats of the second stretch of music in seconds."""
    rng = rng_for(seed, kind, clip.stem)
    beats = np.loadtxt(after.with_suffix(".beats"), ndmin=2)[:, 0]
    cut = int(MUSIC_S * SAMPLE_RATE)
    first, second = decode(clip)[:cut], decode(after)[cut : 2 * cut]
    gap = clip_of(kind, rng, GAP_S) if kind != "silence" else 1e-5 * rng.standard_normal(int(GAP_S * SAMPLE_RATE))
    later = beats[(beats >= MUSIC_S) & (beats < 2 * MUSIC_S)] + GAP_S
    return np.concatenate([first, gap, second]).astype(np.float32), later


def first_right(beats: np.ndarray, reference: np.ndarray) -> float:
    """Seconds from the music's return to the first of four beats in a row that are right at any level, or the length."""
    hits = [np.min(np.abs(reference - b)) <= 0.07 for b in beats]
    for i in range(len(beats) - 3):
        if beats[i] >= MUSIC_S + GAP_S - 0.1 and all(hits[i : i + 4]):
            return beats[i] - MUSIC_S - GAP_S
    return MUSIC_S


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=27, help="spread evenly over the rendered development set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--other", action="store_true", help="another piece follows the pause")
    args = parser.parse_args()
    every = sorted((cache_dir() / "rendered-dev").glob("*.flac"))
    clips = [every[i * len(every) // args.clips] for i in range(min(args.clips, len(every)))]
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            report(kind, clips, clips[-1:] + clips[:-1] if args.other else clips, Path(folder) / kind, args.seed)


def report(kind: str, clips: list[Path], followers: list[Path], folder: Path, seed: int) -> None:
    folder.mkdir()
    later = {}
    for clip, after in zip(clips, followers, strict=True):
        samples, later[clip.stem] = spliced(clip, after, kind, seed)
        soundfile.write(folder / f"{clip.stem}.wav", samples, SAMPLE_RATE)
    command = ["node", "bin/tactus.mjs", "track", "--format", "jsonl", "--out", str(folder), *map(str, folder.glob("*.wav"))]
    subprocess.run(command, check=True)
    stop, back = [], []
    for clip in clips:
        beats = beats_as_they_stood(read_announcements(folder / f"{clip.stem}.jsonl")).times
        inside = beats[(beats > MUSIC_S) & (beats < MUSIC_S + GAP_S)]
        stop.append(inside.max() - MUSIC_S if len(inside) else 0.0)
        back.append(first_right(beats, later[clip.stem]))
    late = sum(s > 3 for s in stop)
    print(
        f"{kind:9s} last beat after the end: median {np.median(stop):.1f} s, worst {max(stop):.1f} s, over 3 s in {late} of {len(stop)};"
        f" back on the beat: median {np.median(back):.1f} s"
    )


if __name__ == "__main__":
    main()
