"""A checkpoint into the shipped artifact: streaming ONNX (INT8 by static QDQ), manifest, golden vectors.

    npm run models:export -- --checkpoint RUN/last.pt --version 0.1.0 --out models/artifacts/beat
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from beat_model import training
from beat_model.dataset import ClipMaker, load_items
from beat_model.export import RunningStreams, export_float, quantize, write_manifest

DECODER = {"confidence": {"bias": -1.147, "mass": 0.085, "long": -0.167, "short": 0.194, "hits": 1.59}}


def calibration_streams(seed: int, count: int) -> list[np.ndarray]:
    """Features of training clips as the device would hear them, augmented."""
    items = load_items("train")
    picked = [items[i] for i in np.random.default_rng(seed).permutation(len(items))[:300]]
    maker = ClipMaker(picked, 1500, seed)
    return list(maker.batch(count)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="tactus-beat")
    parser.add_argument("--version", required=True)
    parser.add_argument("--float", action="store_true", help="keep float32: for comparison")
    parser.add_argument("--decoder", type=Path, help="JSON with confidence weights: of fit_confidence.py, or a manifest")
    args = parser.parse_args()
    network = training.load_checkpoint(args.checkpoint)
    args.out.mkdir(parents=True, exist_ok=True)
    float_path, model_path = args.out / "float32.onnx", args.out / "beat.onnx"
    export_float(network, float_path)
    if args.float:
        float_path.replace(model_path)
    else:
        quantize(float_path, model_path, RunningStreams(network, calibration_streams(7, 24)), exclude=("heads",))
        float_path.unlink()
    decoder = json.loads(args.decoder.read_text()) if args.decoder else DECODER
    decoder = decoder.get("decoder", decoder)
    decoder["timeOffsetFrames"] = -network.lookahead
    manifest = write_manifest(
        args.out,
        model_path,
        network,
        name=args.name,
        version=args.version,
        quantization="float32" if args.float else "int8-qdq",
        decoder=decoder,
    )
    print(f"{model_path}: {manifest['bytes']} bytes, {manifest['quantization']}")


if __name__ == "__main__":
    main()
