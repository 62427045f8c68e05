"""A trained network into a streaming ONNX artifact: float32, then INT8 by static QDQ."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from beat_model.frontend import BANDS, HOP, SAMPLE_RATE, WINDOW
from beat_model.network import CONTEXT, HEADS, STEP_FRAMES, BeatNetwork, HostState, StreamingStep

OPSET = 17


def export_float(network: BeatNetwork, path: Path) -> None:
    """Write the streaming graph with its state as explicit inputs and outputs."""
    step = StreamingStep(network.eval())
    features = torch.zeros(CONTEXT - 1 + STEP_FRAMES, BANDS)
    delayed = torch.zeros(len(network.dilations) * STEP_FRAMES, 2 * network.channels)
    torch.onnx.export(
        step,
        (features, delayed),
        str(path),
        opset_version=OPSET,
        input_names=["features", "delayed"],
        output_names=["activations", "columns"],
        dynamo=False,
    )
    onnx.checker.check_model(str(path))


class RunningStreams(CalibrationDataReader):
    """Calibration inputs sampled from streams under way, never from the zero state."""

    def __init__(self, network: BeatNetwork, streams: list[np.ndarray], samples_per_stream: int = 12, seed: int = 0):
        rng = np.random.default_rng(seed)
        self._inputs = [
            inputs
            for stream in streams  # (frames, 64)
            for inputs in _sampled_inputs(network, stream, samples_per_stream, rng)
        ]
        self._next = iter(self._inputs)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._next, None)


@torch.no_grad()
def _sampled_inputs(network: BeatNetwork, stream: np.ndarray, count: int, rng: np.random.Generator):
    """Offline pass that keeps every layer input, from which any frame's state can be read."""
    net = network.eval()
    padded = torch.nn.functional.pad(torch.from_numpy(stream)[None], (0, 0, CONTEXT - 1, 0))
    context = padded.unfold(1, CONTEXT, 1).transpose(-1, -2)
    x = torch.relu(net.front(net._inputs(context)))
    columns = []
    for block in net.blocks:
        columns.append(x[0])
        x = block(x)
    for t in rng.integers(100, len(stream) - STEP_FRAMES, size=count):
        delayed = [
            torch.cat([_past(column, t, t + k - 2 * d), _past(column, t, t + k - d)])
            for column, d in zip(columns, net.dilations, strict=True)
            for k in range(STEP_FRAMES)
        ]
        yield {
            "features": padded[0, t : t + CONTEXT - 1 + STEP_FRAMES].contiguous().numpy(),
            "delayed": torch.stack(delayed).numpy(),
        }


def _past(column: torch.Tensor, now: int, at: int) -> torch.Tensor:
    """Layer input at a frame; zeros before the stream and from `now` on."""
    return column[at] if 0 <= at < now else torch.zeros(column.shape[1])


def quantize(float_path: Path, int8_path: Path, calibration: CalibrationDataReader, exclude: tuple[str, ...] = ()) -> None:
    """Static QDQ of the matrix products: per-channel signed weights, unsigned activations.

    The state tensors, the standardisation and the output layer stay float32.
    """
    prepared = float_path.with_suffix(".prepared.onnx")
    quant_pre_process(str(float_path), str(prepared), skip_symbolic_shape=True)
    graph = onnx.load(str(prepared)).graph
    products = [node.name for node in graph.node if node.op_type in ("Gemm", "MatMul")]
    quantize_static(
        str(prepared),
        str(int8_path),
        calibration,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Gemm", "MatMul"],
        nodes_to_quantize=[name for name in products if not any(part in name for part in exclude)],
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        calibrate_method=CalibrationMethod.MinMax,
        # Products are rounded on the way in only: a sum in float32 costs nothing, and saves two operations each.
        extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm", "MatMul"]},
    )
    prepared.unlink()


def write_manifest(
    folder: Path, model: Path, network: BeatNetwork, *, name: str, version: str, quantization: str, decoder: dict
) -> dict:
    """manifest.json beside the model (contract: shared/src/contracts/manifest.ts)."""
    data = model.read_bytes()
    manifest = {
        "v": 1,
        "name": name,
        "version": version,
        "file": model.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "quantization": quantization,
        "frontend": {"sampleRateHz": SAMPLE_RATE, "hopSamples": HOP, "windowSamples": WINDOW, "bands": BANDS},
        "streaming": {
            "context": CONTEXT,
            "frames": STEP_FRAMES,
            "channels": network.channels,
            "dilations": list(network.dilations),
            "heads": list(HEADS),
        },
        "decoder": decoder,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


@torch.no_grad()
def run_streaming(network: BeatNetwork, stream: np.ndarray) -> np.ndarray:
    """Step by step as a host would: (frames, 64) -> activations (frames, heads); what is less than a step is left out."""
    step, host = StreamingStep(network.eval()), HostState(network.channels, network.dilations)
    out = []
    for frames in torch.from_numpy(stream).split(STEP_FRAMES):
        if len(frames) < STEP_FRAMES:
            break
        activations, columns = step(*host.inputs(frames))
        host.keep(columns)
        out.append(activations.numpy())
    return np.concatenate(out)
