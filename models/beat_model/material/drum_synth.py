"""Synthesised drum kits with random parameters: analogue-like kicks, snares, hats, claps and percussion."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.drum_samples import FALLBACK, ROLES, Layer


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _band(rng: np.random.Generator, count: int, low: float, high: float) -> np.ndarray:
    sos = butter(2, [low, min(high, 10500)], "bandpass", fs=SAMPLE_RATE, output="sos")
    return sosfilt(sos, rng.standard_normal(count))


def _finish(samples: np.ndarray, peak: float) -> np.ndarray:
    """1 ms of silence, then the hit with a 0.2 ms rise, at the given peak."""
    samples = samples * (peak / (np.abs(samples).max() + 1e-9))
    samples[:4] *= np.linspace(0, 1, 4)
    return np.concatenate([np.zeros(SAMPLE_RATE // 1000), samples]).astype(np.float32)


def kick(rng: np.random.Generator) -> np.ndarray:
    """Sine with a falling pitch, a click, and sometimes saturation. 909-like when short, 808-like when long."""
    long = rng.random() < 0.3
    decay = rng.uniform(0.35, 0.9) if long else _log_uniform(rng, 0.06, 0.3)
    t = _time(min(4 * decay, 2.0))
    base, top, fall = rng.uniform(38, 62), rng.uniform(1.5, 7.0), _log_uniform(rng, 0.008, 0.06)
    phase = 2 * np.pi * np.cumsum(base * (1 + top * np.exp(-t / fall))) / SAMPLE_RATE
    body = np.sin(phase) * np.exp(-t / decay)
    click = rng.uniform(0, 0.6) * rng.standard_normal(t.size) * np.exp(-t / _log_uniform(rng, 0.001, 0.006))
    return _finish(np.tanh((body + click) * rng.uniform(0.8, 4.0)), 0.9)


def snare(rng: np.random.Generator) -> np.ndarray:
    decay = _log_uniform(rng, 0.05, 0.25)
    t = _time(5 * decay)
    tone = np.sin(2 * np.pi * np.cumsum(rng.uniform(150, 260) * (1 + 0.6 * np.exp(-t / 0.01))) / SAMPLE_RATE) * np.exp(-t / rng.uniform(0.03, 0.12))
    rattle = _band(rng, t.size, _log_uniform(rng, 500, 2500), rng.uniform(5500, 10500)) * np.exp(-t / decay)
    return _finish(np.tanh((rng.uniform(0.2, 1.0) * tone + rng.uniform(0.5, 1.5) * rattle) * rng.uniform(0.8, 3)), 0.7)


def clap(rng: np.random.Generator) -> np.ndarray:
    """Three or four bursts some ms apart; the first one is the attack."""
    decay = _log_uniform(rng, 0.05, 0.2)
    t = _time(5 * decay)
    gap = rng.uniform(0.006, 0.012)
    envelope = sum(np.where(t >= i * gap, np.exp(-(t - i * gap) / 0.004), 0) for i in range(int(rng.integers(2, 4))))
    envelope = np.maximum(envelope, np.where(t > 2 * gap, 0.8 * np.exp(-t / decay), 0))
    return _finish(_band(rng, t.size, rng.uniform(600, 1100), rng.uniform(2200, 6500)) * envelope, 0.6)


def _metal(rng: np.random.Generator, t: np.ndarray, base: float) -> np.ndarray:
    """Six detuned square waves, as in analogue cymbals."""
    ratios = np.array([2.0, 3.0, 4.16, 5.43, 6.79, 8.21]) * rng.uniform(0.97, 1.03, 6)
    return sum(np.sign(np.sin(2 * np.pi * base * ratio * t)) for ratio in ratios)


def cymbal(rng: np.random.Generator, decay: float, low: float, metallic: float, base: float) -> np.ndarray:
    t = _time(min(5 * decay, 2.2))
    source = metallic * _metal(rng, t, base) / 3 + (1 - metallic) * rng.standard_normal(t.size)
    shaped = sosfilt(butter(2, low, "highpass", fs=SAMPLE_RATE, output="sos"), source)
    return _finish(shaped * np.exp(-t / decay), 0.35)


def tone_hit(rng: np.random.Generator, frequency: float, decay: float, bend: float, noise: float) -> np.ndarray:
    """Tom, conga, block, rim: a decaying tone with a pitch bend and some noise."""
    t = _time(min(5 * decay, 1.5))
    phase = 2 * np.pi * np.cumsum(frequency * (1 + bend * np.exp(-t / 0.03))) / SAMPLE_RATE
    wave = np.sin(phase) + 0.3 * np.sin(2.7 * phase) * np.exp(-t / 0.02)
    return _finish(wave * np.exp(-t / decay) + noise * rng.standard_normal(t.size) * np.exp(-t / 0.01), 0.55)


def make_kit(rng: np.random.Generator) -> dict[str, list[Layer]]:
    """A random kit in the form that drum_samples.place_hits plays: role -> layers."""
    metallic, base, bright = rng.uniform(0, 1), rng.uniform(300, 520), rng.uniform(4500, 7500)
    tom = rng.uniform(80, 130)
    sounds = {
        "kick": kick(rng),
        "snare": snare(rng),
        "clap": clap(rng),
        "stick": tone_hit(rng, rng.uniform(800, 2000), rng.uniform(0.008, 0.03), 0.2, 0.5),
        "hat_closed": cymbal(rng, _log_uniform(rng, 0.012, 0.06), bright, metallic, base),
        "hat_pedal": cymbal(rng, _log_uniform(rng, 0.02, 0.08), bright, metallic, base),
        "hat_open": cymbal(rng, _log_uniform(rng, 0.12, 0.5), bright * 0.9, metallic, base),
        "ride": cymbal(rng, rng.uniform(0.3, 0.8), rng.uniform(3500, 6000), metallic, base * 1.2),
        "crash": cymbal(rng, rng.uniform(0.5, 0.9), rng.uniform(2000, 4500), metallic * 0.5, base),
        "tom_low": tone_hit(rng, tom, rng.uniform(0.1, 0.35), 0.5, 0.1),
        "tom_mid": tone_hit(rng, tom * 1.35, rng.uniform(0.1, 0.3), 0.5, 0.1),
        "tom_high": tone_hit(rng, tom * 1.75, rng.uniform(0.08, 0.25), 0.5, 0.1),
        "cowbell": tone_hit(rng, rng.uniform(520, 840), rng.uniform(0.04, 0.15), 0.0, 0.0),
        "clave": tone_hit(rng, rng.uniform(1800, 2700), rng.uniform(0.01, 0.04), 0.0, 0.0),
        "shaker": cymbal(rng, rng.uniform(0.015, 0.05), 5000, 0.0, base),
        "tambourine": cymbal(rng, rng.uniform(0.05, 0.12), 6000, 0.6, base * 2),
        "conga_high": tone_hit(rng, rng.uniform(280, 420), rng.uniform(0.05, 0.15), 0.15, 0.1),
        "conga_low": tone_hit(rng, rng.uniform(160, 250), rng.uniform(0.08, 0.2), 0.15, 0.1),
    }
    if rng.random() < 0.25:  # snare and clap stacked, as dance records do
        size = max(sounds["snare"].size, sounds["clap"].size)
        sounds["snare"] = sum(np.pad(sounds[name], (0, size - sounds[name].size)) for name in ("snare", "clap"))
    kit = {role: [(1.0, samples)] for role, samples in sounds.items()}
    for role in ROLES:
        if role not in kit and FALLBACK.get(role) in kit:
            kit[role] = kit[FALLBACK[role]]
    return kit
