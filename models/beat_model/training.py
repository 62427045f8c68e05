"""The training loop: loss, optimiser, weight average, development loss, checkpoints."""

from __future__ import annotations

import math
import multiprocessing as mp
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from beat_model.dataset import ClipMaker, Item, load_items
from beat_model.network import HEADS, BeatNetwork
from beat_model.targets import frame_targets

POSITIVE_WEIGHT = {"beat": 2.0, "downbeat": 4.0, "beat_in_100ms": 2.0, "beat_in_200ms": 2.0, "music": 1.0}
HEAD_WEIGHT = {"beat": 1.0, "downbeat": 0.7, "beat_in_100ms": 0.2, "beat_in_200ms": 0.2, "music": 0.3}
WARM_UP_FRAMES = 100  # no context yet: not counted


@dataclass
class TrainOptions:
    steps: int = 5000
    batch: int = 8
    frames: int = 1500
    channels: int = 64
    causal: bool = True
    lookahead: int = 0
    learning_rate: float = 3e-3
    warm_up: int = 150
    dropout: float = 0.1
    average: float = 0.998
    strength: float = 1.0
    workers: int = 1
    seed: int = 1
    sources: tuple[str, ...] = ()


def _rows(values: dict[str, float], device: torch.device) -> Tensor:
    return torch.tensor([values[head] for head in HEADS], device=device)


def beat_loss(logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """Weighted binary cross-entropy, (batch, frames, heads) -> scalar."""
    positive = _rows(POSITIVE_WEIGHT, logits.device)
    loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=positive)
    weight = known * _rows(HEAD_WEIGHT, logits.device)
    weight[:, :WARM_UP_FRAMES] = 0
    return (loss * weight).sum() / weight.sum().clamp(min=1)


TAUGHT = ("beat", "downbeat")


def taught_loss(logits: Tensor, teacher: BeatNetwork, features: Tensor, lookahead: int) -> Tensor:
    """Cross-entropy with what a teacher that hears the whole clip says of the same beats, (batch, frames, heads) -> scalar.

    Hinton, Vinyals & Dean 2015. The teacher's probabilities carry its positive weights already.
    """
    columns = [HEADS.index(head) for head in TAUGHT]
    with torch.no_grad(), torch.autocast(features.device.type, torch.bfloat16):
        soft = torch.sigmoid(teacher(features).float())[..., columns]
    frames = features.shape[1]
    soft = F.pad(soft, (0, 0, lookahead, 0))[:, :frames]
    loss = F.binary_cross_entropy_with_logits(logits[..., columns], soft, reduction="none")
    weight = torch.tensor([HEAD_WEIGHT[head] for head in TAUGHT], device=features.device)
    return (loss * weight)[:, WARM_UP_FRAMES + lookahead :].mean()


def _produce(items: list[Item], options: TrainOptions, seed: int, queue: mp.Queue) -> None:
    torch.set_num_threads(1)
    maker = ClipMaker(items, options.frames, seed, options.strength, options.lookahead)
    while True:
        features, targets, known = maker.batch(options.batch)
        queue.put((features.astype(np.float16), targets.astype(np.float16), known.astype(np.float16)))


def batches(items: list[Item], options: TrainOptions) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Endless batches from worker processes (fork: items are shared, not copied)."""
    context = mp.get_context("fork")
    queue = context.Queue(maxsize=6)
    for worker in range(options.workers):
        args = (items, options, options.seed * 1000 + worker, queue)
        context.Process(target=_produce, args=args, daemon=True).start()
    while True:
        yield tuple(torch.from_numpy(array).float() for array in queue.get())


def measure_statistics(network: BeatNetwork, items: list[Item], options: TrainOptions) -> None:
    """Per-band mean and scale of what the network will see, baked into its buffers."""
    maker = ClipMaker(items, options.frames, options.seed + 77, options.strength)
    seen = np.concatenate([maker.batch(4)[0].reshape(-1, network.mean.numel()) for _ in range(10)])
    network.mean.copy_(torch.from_numpy(seen.mean(0)))
    network.scale.copy_(torch.from_numpy(1.0 / (seen.std(0) + 0.1)))


class WeightAverage:
    """Exponential moving average of weights, with a start that does not remember the random ones."""

    def __init__(self, network: BeatNetwork, keep: float):
        self.keep, self.count = keep, 0
        self.network = BeatNetwork(network.channels, network.dilations, 0.0, network.causal, network.lookahead)
        self.network.load_state_dict(network.state_dict())

    @torch.no_grad()
    def update(self, network: BeatNetwork) -> None:
        self.count += 1
        keep = min(self.keep, self.count / (self.count + 10))
        for mean, now in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            mean.lerp_(now, 1 - keep)


def rate_at(step: int, options: TrainOptions) -> float:
    if step < options.warm_up:
        return options.learning_rate * (step + 1) / options.warm_up
    progress = (step - options.warm_up) / max(1, options.steps - options.warm_up)
    return options.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


Recording = tuple[str, np.ndarray, np.ndarray, np.ndarray]


@torch.no_grad()
def development_loss(network: BeatNetwork, clips: list[Recording]) -> dict[str, float]:
    """Mean beat and downbeat cross-entropy after 5 s; downbeat only where it is annotated."""
    network.eval()
    sums: dict[str, list[float]] = {"beat": [], "downbeat": []}
    for _, features, beats, beat_in_bar in clips:
        targets = torch.from_numpy(frame_targets(beats, beat_in_bar, np.ones(len(features), np.float32), network.lookahead))
        logits = network(torch.from_numpy(features)[None])[0].float()
        for head in sums:
            if head == "downbeat" and not np.any(beat_in_bar == 1):
                continue
            column = HEADS.index(head)
            weight = torch.tensor(POSITIVE_WEIGHT[head])
            loss = F.binary_cross_entropy_with_logits(logits[250:, column], targets[250:, column], pos_weight=weight)
            sums[head].append(float(loss))
    return {head: float(np.mean(values)) for head, values in sums.items() if values}


def save_checkpoint(network: BeatNetwork, path: Path, **about) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    form = {name: getattr(network, name) for name in ("channels", "dilations", "causal", "lookahead")}
    torch.save({**form, "weights": network.state_dict(), "about": about}, path)


def load_checkpoint(path: Path) -> BeatNetwork:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    form = (saved.get("causal", True), saved.get("lookahead", 0))
    network = BeatNetwork(saved["channels"], tuple(saved["dilations"]), 0.0, *form)
    network.load_state_dict(saved["weights"])
    return network.eval()


def training_items(options: TrainOptions, *, unlabelled: bool = False) -> list[Item]:
    return load_items("train", list(options.sources) or None, unlabelled=unlabelled)
