"""Golden vectors that the TypeScript must reproduce: features of a test signal, and the artifact's activations on them.

    node models/scripts/python.mjs make_golden.py --artifact models/artifacts/beat
"""

from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import onnxruntime

from beat_model.frontend import HOP, SAMPLE_RATE, features, mel_magnitude


def encoded(array: np.ndarray) -> dict:
    data = np.ascontiguousarray(array, dtype="<f4")
    return {"shape": list(data.shape), "float32": base64.b64encode(data.tobytes()).decode()}


def signal(seconds: float = 3.0) -> np.ndarray:
    """Clicks at 120 bpm over a gliding tone and noise, with a silent start and a loud end."""
    rng = np.random.default_rng(11)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = 0.2 * np.sin(2 * np.pi * (110 * t + 400 * t * t))
    clicks = np.exp(-((t % 0.5) / 0.01)) * rng.standard_normal(t.size) * 0.5
    out = (tone + clicks + 0.01 * rng.standard_normal(t.size)) * (0.05 + t / seconds)
    out[: SAMPLE_RATE // 4] = 0
    return np.clip(out, -1, 1).astype(np.float32)


def activations(artifact: Path, stream: np.ndarray) -> np.ndarray:
    """Step by step through the shipped graph, state kept as the manifest says; (frames, 64) -> (frames, heads)."""
    manifest = json.loads((artifact / "manifest.json").read_text())
    streaming = manifest["streaming"]
    session = onnxruntime.InferenceSession(str(artifact / manifest["file"]))
    step, layers, channels = streaming["frames"], len(streaming["dilations"]), streaming["channels"]
    past = np.zeros((0, layers, channels), np.float32)
    context = np.zeros((streaming["context"] - 1 + step, stream.shape[1]), np.float32)
    out = []
    for begin in range(0, len(stream) - step + 1, step):
        context = np.concatenate([context[step:], stream[begin : begin + step]])
        delayed = np.zeros((layers, step, 2, channels), np.float32)
        for layer, dilation in enumerate(streaming["dilations"]):
            for k in range(step):
                for tap, lag in enumerate((2 * dilation, dilation)):
                    if 0 <= begin + k - lag < begin:
                        delayed[layer, k, tap] = past[begin + k - lag, layer]
        feeds = {"features": context, "delayed": delayed.reshape(layers * step, 2 * channels)}
        values, columns = session.run(["activations", "columns"], feeds)
        past = np.concatenate([past, columns.reshape(layers, step, channels).transpose(1, 0, 2)])
        out.append(values)
    return np.concatenate(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artifact", type=Path, required=True)
    args = parser.parse_args()
    samples = signal()
    frames = features(samples)
    golden = Path("models/golden")
    golden.mkdir(parents=True, exist_ok=True)
    frontend = {"samples": encoded(samples), "magnitudes": encoded(mel_magnitude(samples)), "features": encoded(frames)}
    (golden / "frontend.json").write_text(json.dumps(frontend) + "\n")
    model = {"features": encoded(frames), "activations": encoded(activations(args.artifact, frames))}
    (args.artifact / "golden.json").write_text(json.dumps(model) + "\n")
    print(f"{len(frames)} frames of {HOP} samples")


if __name__ == "__main__":
    main()
