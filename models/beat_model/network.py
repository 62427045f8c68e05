"""Feature frames into activations: a dilated convolutional network and the streaming form of its causal kind."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from beat_model.frontend import BANDS

HEADS = ("beat", "downbeat", "beat_in_100ms", "beat_in_200ms", "music")
STEP_FRAMES = 2  # frames per call on a device: a call costs more than what it computes
CONTEXT = 4  # feature frames the first layer sees: three taps of the differenced features
DILATIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Block(nn.Module):
    """Residual block: three taps `dilation` frames apart, then a pointwise mix.

    Causal: taps at -2d, -d, 0. Otherwise at -d, 0, +d.
    """

    def __init__(self, channels: int, dilation: int, dropout: float, causal: bool = True):
        super().__init__()
        self.dilation, self.causal = dilation, causal
        self.taps = nn.Linear(3 * channels, channels)
        self.mix = nn.Linear(channels, channels)
        self.dropout = nn.Dropout(dropout)

    def step(self, before2: Tensor, before1: Tensor, now: Tensor) -> Tensor:
        """Layer inputs 2·dilation and dilation frames ago and now -> this layer's output; any leading shape."""
        hidden = F.elu(self.taps(torch.cat([before2, before1, now], dim=-1)))
        return now + self.mix(self.dropout(hidden))

    def forward(self, x: Tensor) -> Tensor:  # (batch, frames, channels)
        frames, d = x.shape[1], self.dilation
        if not self.causal:
            padded = F.pad(x, (0, 0, d, d))
            hidden = F.elu(self.taps(torch.cat([padded[:, :frames], x, padded[:, 2 * d :]], dim=-1)))
            return x + self.mix(self.dropout(hidden))
        padded = F.pad(x, (0, 0, 2 * d, 0))
        # One matrix product per layer: on a CPU in bfloat16 about twice as fast as a dilated convolution.
        return self.step(padded[:, :frames], padded[:, d : d + frames], x)


class BeatNetwork(nn.Module):
    """Log-mel after gain control (batch, frames, 64) -> logits (batch, frames, heads).

    Not causal: the teacher, and the network for whole files. It sees as far ahead as back.
    `lookahead`: the beat and downbeat of frame t speak of frame t - lookahead.
    """

    def __init__(
        self,
        channels: int = 64,
        dilations: tuple[int, ...] = DILATIONS,
        dropout: float = 0.1,
        causal: bool = True,
        lookahead: int = 0,
    ):
        super().__init__()
        self.channels, self.dilations, self.causal = channels, tuple(dilations), causal
        self.lookahead = lookahead
        self.register_buffer("mean", torch.zeros(BANDS))
        self.register_buffer("scale", torch.ones(BANDS))
        self.front = nn.Linear(3 * 2 * BANDS, channels)
        self.blocks = nn.ModuleList(Block(channels, d, dropout, causal) for d in dilations)
        self.heads = nn.Linear(channels, len(HEADS))

    def _inputs(self, context: Tensor) -> Tensor:
        """(..., CONTEXT, 64) -> (..., 3 * 128): standardised level and rise of the last three frames."""
        level = (context - self.mean) * self.scale
        rise = 2 * F.relu(level[..., 1:, :] - level[..., :-1, :])
        return torch.cat([level[..., 1:, :], rise], dim=-1).flatten(-2)

    def forward(self, features: Tensor) -> Tensor:
        padded = F.pad(features, (0, 0, CONTEXT - 1, 0))
        context = padded.unfold(1, CONTEXT, 1).transpose(-1, -2)  # (batch, frames, CONTEXT, 64)
        x = F.relu(self.front(self._inputs(context)))
        for block in self.blocks:
            x = block(x)
        return self.heads(x)


class StreamingStep(nn.Module):
    """`frames` frames at once. Host-kept state: the feature frames before them and the layer inputs of earlier frames.

    features (CONTEXT - 1 + frames, 64), delayed (layers * frames, 2 * channels): for each layer and new frame the layer's
    inputs 2·dilation and dilation frames earlier side by side, zeros where that is one of the new frames
    -> activations (frames, heads), columns (layers * frames, channels): the new frames' layer inputs, for the host's rings.
    """

    def __init__(self, network: BeatNetwork, frames: int = STEP_FRAMES):
        super().__init__()
        self.network, self.frames = network, frames

    def forward(self, features: Tensor, delayed: Tensor) -> tuple[Tensor, Tensor]:
        net, frames = self.network, self.frames
        context = torch.stack([features[k : k + CONTEXT] for k in range(frames)])
        x = F.relu(net.front(net._inputs(context)))
        columns = []
        for block, past in zip(net.blocks, delayed.split(frames), strict=True):
            columns.append(x)
            for tap, lag in ((0, 2 * block.dilation), (1, block.dilation)):
                if lag < frames:  # what the tap looks back at is among the new frames
                    shifted = F.pad(x[: frames - lag], (0, 0, lag, 0))
                    past = past + F.pad(shifted, (tap * net.channels, (1 - tap) * net.channels))
            hidden = F.elu(block.taps(torch.cat([past, x], dim=-1)))
            x = x + block.mix(hidden)
        return torch.sigmoid(net.heads(x)), torch.cat(columns, dim=0)


class HostState:
    """What the host does between steps, in Python: the reference for the TypeScript ring buffers."""

    def __init__(self, channels: int, dilations: tuple[int, ...], frames: int = STEP_FRAMES):
        self.dilations, self.frames, self.channels = dilations, frames, channels
        self.context = torch.zeros(CONTEXT - 1 + frames, BANDS)
        self.rings = [torch.zeros(2 * d, channels) for d in dilations]
        self.frame = 0

    def inputs(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """features (frames, 64) of the new frames -> what StreamingStep takes."""
        self.context = torch.cat([self.context[self.frames :], features])
        rows = [
            torch.cat([self._past(layer, k, 2 * d), self._past(layer, k, d)])
            for layer, d in enumerate(self.dilations)
            for k in range(self.frames)
        ]
        return self.context, torch.stack(rows)

    def _past(self, layer: int, k: int, lag: int) -> Tensor:
        if lag <= k:
            return torch.zeros(self.channels)
        ring = self.rings[layer]
        return ring[(self.frame + k - lag) % len(ring)]

    def keep(self, columns: Tensor) -> None:
        for layer, ring in enumerate(self.rings):
            for k in range(self.frames):
                ring[(self.frame + k) % len(ring)] = columns[layer * self.frames + k]
        self.frame += self.frames
