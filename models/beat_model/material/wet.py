"""Dry stems -> one finished, realistic mono mix: levels, equalisers, compression, drive, room, loudspeakers, noise, codec.

Every step keeps the time of the direct sound: filters are causal with a few samples of delay, rooms start with the
direct path at 0, and a codec's delay is measured and taken out.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, correlate, lfilter, oaconvolve, sosfilt

from beat_model.frontend import HOP, SAMPLE_RATE
from beat_model.material.item import ItemMeta, cache_dir, save_item

Noise = Callable[[np.random.Generator, int], np.ndarray]  # (generator, samples) -> noise of any level
TARGET_RMS = 0.1
STEM_RMS = {"drums": 0.07, "bass": 0.055, "other": 0.055, "lead": 0.05}


def _db(value: float) -> float:
    return float(10.0 ** (value / 20.0))


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def active_rms(samples: np.ndarray) -> float:
    """RMS over the louder part of the 50 ms blocks, so that rests do not count."""
    block = SAMPLE_RATE // 20
    power = np.mean(np.square(samples[: samples.size // block * block].reshape(-1, block), dtype=np.float64), axis=1)
    loud = power[power > 0.05 * power.max()] if power.size and power.max() > 0 else power
    return float(np.sqrt(loud.mean() + 1e-12)) if loud.size else 1e-6


def balance(rng: np.random.Generator, stems: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Stems at plausible relative levels, their sum at RMS 0.1. Silent stems stay silent."""
    levelled = {}
    for name, samples in stems.items():
        level = active_rms(samples)
        wanted = STEM_RMS[name] * _db(rng.normal(0, 2.5))
        levelled[name] = samples * np.float32(wanted / level) if level > 1e-5 else samples
    total = np.sum(list(levelled.values()), axis=0)
    scale = np.float32(TARGET_RMS / max(_rms(total), 1e-4))
    return {name: samples * scale for name, samples in levelled.items()}


def _bell(centre: float, gain_db: float, q: float) -> tuple[np.ndarray, np.ndarray]:
    """Peaking equaliser section (b, a)."""
    a = 10 ** (gain_db / 40)
    w = 2 * np.pi * centre / SAMPLE_RATE
    alpha = np.sin(w) / (2 * q)
    return np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a]), np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])


def random_equaliser(rng: np.random.Generator, samples: np.ndarray, depth_db: float, bells: int) -> np.ndarray:
    for _ in range(bells):
        b, a = _bell(float(np.exp(rng.uniform(np.log(60), np.log(7000)))), rng.normal(0, depth_db), rng.uniform(0.4, 2.0))
        samples = lfilter(b / a[0], a / a[0], samples)
    return samples.astype(np.float32)


def compress_bus(samples: np.ndarray, threshold_db: float, ratio: float, attack: float, release: float) -> np.ndarray:
    """Feed-forward compressor; times in seconds, threshold relative to the RMS of the mix."""
    block = 64
    count = samples.size // block
    level = np.sqrt(np.mean(np.square(samples[: count * block].reshape(count, block)), axis=1) + 1e-10)
    over = np.maximum(0.0, 20 * np.log10(level / _rms(samples)) - threshold_db) * (1 - 1 / ratio)
    up, down = np.exp(-block / SAMPLE_RATE / attack), np.exp(-block / SAMPLE_RATE / release)
    reduction, value = np.empty(count), 0.0
    for index, wanted in enumerate(over.tolist()):
        keep = up if wanted > value else down
        value = keep * value + (1 - keep) * wanted
        reduction[index] = value
    gain = np.interp(np.arange(samples.size), (np.arange(count) + 0.5) * block, 10 ** (-reduction / 20))
    return (samples * gain).astype(np.float32)


def drive(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Soft or hard saturation; the input is brought to a known level first."""
    amount = float(np.exp(rng.uniform(np.log(0.8), np.log(6.0)))) if rng.random() < 0.8 else rng.uniform(6, 12)
    pushed = samples * np.float32(amount * 0.1 / _rms(samples))
    return (np.tanh(pushed) if rng.random() < 0.7 else np.clip(pushed, -0.7, 0.7)).astype(np.float32)


def room_response(rng: np.random.Generator) -> np.ndarray:
    """Synthetic room: direct path at sample 0, sparse early reflections, noise tail whose treble dies sooner."""
    decay = float(np.exp(rng.uniform(np.log(0.2), np.log(2.2))))  # RT60, s
    length = int(min(decay, 1.8) * SAMPLE_RATE)
    time = np.arange(length) / SAMPLE_RATE
    noise = rng.standard_normal(length)
    dull = sosfilt(butter(1, rng.uniform(700, 2500), fs=SAMPLE_RATE, output="sos"), noise) * 2
    tail = dull * 10 ** (-3 * time / decay) + 0.5 * noise * 10 ** (-3 * time / (decay * rng.uniform(0.3, 0.7)))
    gap = int(rng.uniform(0.002, 0.02) * SAMPLE_RATE)
    tail[:gap] = 0
    for _ in range(int(rng.integers(3, 12))):
        at = int(rng.uniform(0.002, 0.06) * SAMPLE_RATE)
        if at < length:
            tail[at] += rng.normal(0, 6.0) * 10 ** (-3 * time[at] / decay)
    tail *= _db(-rng.uniform(-4, 14)) / np.sqrt(np.sum(tail**2))  # direct to reverberant -4..14 dB
    tail[0] = 1.0
    return tail.astype(np.float32)


def loudspeakers(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Response of a sound system and a microphone: band limits and a few resonances."""
    low = float(np.exp(rng.uniform(np.log(25), np.log(180))))
    samples = sosfilt(butter(int(rng.integers(1, 3)), low, "highpass", fs=SAMPLE_RATE, output="sos"), samples)
    if rng.random() < 0.5:
        samples = sosfilt(butter(1, rng.uniform(2500, 9500), fs=SAMPLE_RATE, output="sos"), samples)
    return random_equaliser(rng, samples, 4.0, int(rng.integers(2, 5)))


def pink_noise(rng: np.random.Generator, count: int) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(1 << 17))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 4))
    loop = np.fft.irfft(spectrum)
    return np.tile(loop, count // loop.size + 1)[:count].astype(np.float32)


def crowd_noise(rng: np.random.Generator, length: int) -> np.ndarray:
    """A murmuring crowd: many speech-shaped bands of noise, each with its own syllable rhythm. Repeats after 13 s."""
    count = min(length, 13 * SAMPLE_RATE)
    out = np.zeros(count, np.float32)
    steps = count // 441 + 2
    for _ in range(10):
        centre = float(np.exp(rng.uniform(np.log(250), np.log(2600))))
        band = sosfilt(butter(1, [centre * 0.7, min(centre * 1.4, 9000)], "bandpass", fs=SAMPLE_RATE, output="sos"), rng.standard_normal(count))
        kernel = np.hanning(int(rng.integers(8, 16)))
        syllables = np.convolve(rng.standard_normal(steps), kernel, mode="same") / np.sqrt(kernel.sum())
        envelope = np.interp(np.arange(count) / 441, np.arange(steps), np.maximum(0, syllables + rng.uniform(-0.5, 1.0)))
        out += (band * envelope).astype(np.float32) * np.float32((600 / centre) ** 0.5)
    return np.tile(out, length // count + 1)[:length]


def _codec_command(rng: np.random.Generator) -> tuple[list[str], str]:
    if rng.random() < 0.5:
        return ["-c:a", "libmp3lame", "-b:a", f"{rng.choice([32, 48, 64, 96])}k"], "mp3"
    return ["-c:a", "libopus", "-b:a", f"{rng.choice([12, 16, 24, 32, 48])}k"], "ogg"


def through_codec(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Encode and decode with a lossy codec, moved back by the delay found by correlation."""
    options, container = _codec_command(rng)
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1"]
    quiet = ["ffmpeg", "-v", "error", "-threads", "1"]
    coded = subprocess.run([*quiet, *raw, "-i", "-", *options, "-f", container, "-"], input=samples.tobytes(), capture_output=True, check=True).stdout
    decoded = subprocess.run([*quiet, "-i", "-", *raw, "-"], input=coded, capture_output=True, check=True).stdout
    back = np.frombuffer(decoded, np.float32)
    middle, span, reach = samples.size // 2, 4 * SAMPLE_RATE, 4096
    begin = max(0, min(middle - span // 2, samples.size - span))
    probe, field = samples[begin : begin + span], back[max(0, begin - reach) : begin + span + reach]
    delay = int(np.argmax(correlate(field, probe, mode="valid", method="fft"))) - min(begin, reach)
    moved = back[max(0, delay) :] if delay >= 0 else np.concatenate([np.zeros(-delay, np.float32), back])
    return np.pad(moved, (0, max(0, samples.size - moved.size)))[: samples.size].astype(np.float32)


def _stem_mix(rng: np.random.Generator, stems: dict[str, np.ndarray]) -> np.ndarray:
    """Stems summed at random levels; now and then one is missing, but never all that sound."""
    sounding = [name for name, samples in stems.items() if _rms(samples) > 1e-4]
    gains = {name: _db(rng.uniform(-12, 6) if name == "drums" else rng.uniform(-8, 5)) for name in stems}
    dropped = [name for name in sounding if rng.random() < (0.08 if name == "drums" else 0.06)]
    if 0 < len(dropped) < len(sounding):
        gains.update(dict.fromkeys(dropped, 0.0))
    total = np.zeros(next(iter(stems.values())).size, np.float32)
    for name, samples in stems.items():
        if gains[name] > 0 and name in sounding:
            total += random_equaliser(rng, samples, 3.0, 2) * np.float32(gains[name])
    return total


def wet_mix(rng: np.random.Generator, stems: dict[str, np.ndarray], noise: Noise | None = None) -> np.ndarray:
    """Stems (name -> samples) -> a finished mix of the same length, RMS 0.1. noise: replaces the built-in crowd."""
    mix = _stem_mix(rng, stems)
    if rng.random() < 0.7:
        mix = compress_bus(mix, rng.uniform(-8, 2), rng.uniform(1.5, 8), rng.uniform(0.002, 0.03), rng.uniform(0.06, 0.4))
    if rng.random() < 0.5:
        mix = drive(rng, mix)
    if rng.random() < 0.65:
        mix = oaconvolve(mix, room_response(rng))[: mix.size].astype(np.float32)
    if rng.random() < 0.6:
        mix = loudspeakers(rng, mix)
    level = _rms(mix)
    if rng.random() < 0.6:
        hiss = pink_noise(rng, mix.size)
        mix = mix + hiss * np.float32(level / _rms(hiss) * _db(-rng.uniform(10, 40)))
    if rng.random() < 0.35:
        crowd = (noise or crowd_noise)(rng, mix.size)
        mix = mix + crowd * np.float32(level / _rms(crowd) * _db(-rng.uniform(5, 30)))
    if rng.random() < 0.3:  # a hand on the fader
        nodes = rng.normal(0, 2.5, mix.size // (5 * SAMPLE_RATE) + 2)
        mix = mix * (10 ** (np.interp(np.arange(mix.size), np.arange(nodes.size) * 5 * SAMPLE_RATE, nodes) / 20)).astype(np.float32)
    mix = (mix * np.float32(TARGET_RMS / _rms(mix))).astype(np.float32)
    return through_codec(rng, mix) if rng.random() < 0.08 else mix


def write_scored_song(name: str, samples: np.ndarray, beats: np.ndarray, beat_in_bar: np.ndarray) -> Path:
    """FLAC and beat list (time, tab, place in the bar) for scoring the complete tracker."""
    folder = cache_dir() / "rendered-dev"
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / f"{name}.flac", np.clip(samples, -1, 1), SAMPLE_RATE, subtype="PCM_16")
    lines = [f"{when:.4f}\t{place}\n" for when, place in zip(beats, beat_in_bar, strict=True)]
    (folder / f"{name}.beats").write_text("".join(lines))
    return folder / f"{name}.flac"


def finish(rng: np.random.Generator, meta: ItemMeta, stems: dict[str, np.ndarray], beats: np.ndarray, beat_in_bar: np.ndarray) -> None:
    """Balance the stems, make the wet version, save the item, and write the scored song of a dev item."""
    stems = balance(rng, stems)
    wet = wet_mix(rng, stems)
    inside = beats < (wet.size // HOP) * HOP / SAMPLE_RATE  # not in the samples after the last whole frame
    beats, beat_in_bar = beats[inside], beat_in_bar[inside]
    meta.bpm = round(float(60.0 / np.median(np.diff(beats))), 2)
    save_item(meta, stems, beats, beat_in_bar, [wet])
    if meta.split == "dev":
        clean = np.sum(list(stems.values()), axis=0)
        write_scored_song(f"{meta.source}-{meta.name}", wet if rng.random() < 0.5 else clean, beats, beat_in_bar)
