"""What quantization costs, through the real decoder: F of the shipped artifact beside the same checkpoint in float32.

    npm run models:quantization -- --checkpoint RUN/step-004500.pt

Exits 1 when the artifact loses more than 0.3 points of F on the recordings and the rendered clips together.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from beat_model.evaluation import Clip, find_clips, run_tactus, score_tactus
from beat_model.material.item import cache_dir

REPOSITORY = Path(__file__).resolve().parents[2]
ALLOWED = 0.003


def f_of(clips: list[Clip], artifact: Path, folder: Path) -> np.ndarray:
    """F of every clip with one artifact, (clips,)."""
    command = f"node bin/tactus.mjs track --model {shlex.quote(str(artifact))}"
    _, failures = run_tactus(clips, command, folder, REPOSITORY)
    result, more = score_tactus(clips, folder, float("nan"))
    for failure in failures + more:
        print(failure, file=sys.stderr)
    return result.values("f")


def export_float(checkpoint: Path, decoder: Path, out: Path) -> None:
    script = Path(__file__).with_name("export_onnx.py")
    arguments = ["--checkpoint", checkpoint, "--version", "0.0.0", "--decoder", decoder, "--out", out, "--float"]
    subprocess.run([sys.executable, str(script), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the one the artifact was made from")
    parser.add_argument("--artifact", type=Path, default=REPOSITORY / "models/artifacts/beat")
    parser.add_argument("--dev-real", type=Path, default=REPOSITORY / ".." / "shared" / "dev-real")
    options = parser.parse_args()
    clips = find_clips(options.dev_real) + find_clips(cache_dir() / "rendered-dev")
    with tempfile.TemporaryDirectory(prefix="tactus-gate-") as scratch:
        whole, quantized = Path(scratch) / "float32", Path(scratch) / "tracks"
        export_float(options.checkpoint, options.artifact / "manifest.json", whole)
        before = f_of(clips, whole, Path(scratch) / "float32-tracks")
        after = f_of(clips, options.artifact, quantized)
    lost = float(np.mean(before - after))
    print(f"{len(clips)} clips: F {before.mean():.4f} in float32, {after.mean():.4f} quantized: {100 * lost:+.2f} points lost")
    return 1 if lost > ALLOWED else 0


if __name__ == "__main__":
    sys.exit(main())
