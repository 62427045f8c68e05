"""Sounds of a venue without a beat, synthesised: mono, 22 050 Hz, any level (the caller sets it).

Every generator takes a random generator and a sample count. Periodic modulation between 0.5 and 8 Hz is avoided
throughout: it would be a pulse, and these sounds are taught as "nothing to follow".
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from beat_model.frontend import SAMPLE_RATE as SR


def coloured(rng: np.random.Generator, n: int, exponent: float) -> np.ndarray:
    """Noise with power spectrum 1 / f ** exponent (1 pink, 2 brown), unit RMS."""
    size = 1 << int(np.ceil(np.log2(max(n, 2))))
    spectrum = rng.normal(size=size // 2 + 1) + 1j * rng.normal(size=size // 2 + 1)
    freqs = np.maximum(np.fft.rfftfreq(size, 1 / SR), 15.0)
    noise = np.fft.irfft(spectrum * freqs ** (-exponent / 2), size)[:n]
    return unit(noise)


def unit(x: np.ndarray) -> np.ndarray:
    """Unit RMS (silence stays silence)."""
    rms = np.sqrt(np.mean(np.square(x)))
    return x / rms if rms > 1e-9 else x


def band(x: np.ndarray, low: float, high: float, order: int = 2) -> np.ndarray:
    return sosfilt(butter(order, [low, min(high, SR * 0.49)], "bandpass", fs=SR, output="sos"), x)


def swell(rng: np.random.Generator, n: int, seconds: float, depth_db: float) -> np.ndarray:
    """Slow random gain: a smooth random walk with a time scale of `seconds`."""
    knots = max(4, int(n / SR / seconds) + 4)
    walk = rng.normal(0, depth_db / 2, knots)
    return 10 ** (np.interp(np.linspace(0, knots - 1, n), np.arange(knots), walk) / 20)


def room(rng: np.random.Generator, x: np.ndarray, rt60: float | None = None) -> np.ndarray:
    """Diffuse reverberation: exponentially decaying noise after the direct sound."""
    rt60 = float(rng.uniform(0.3, 2.2)) if rt60 is None else rt60
    size = int(rt60 * SR)
    tail = rng.normal(size=size) * np.exp(-6.9 * np.arange(size) / size)
    tail = lfilter([0.35], [1, -0.65], tail)
    tail *= rng.uniform(0.3, 1.2) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    return fftconvolve(x, tail)[: x.size]


def place(n: int, times: np.ndarray, sounds: list[np.ndarray], gains: np.ndarray, pick: np.ndarray) -> np.ndarray:
    """Sum of sounds[pick[i]] * gains[i] at times[i] seconds."""
    out = np.zeros(n + max(sound.size for sound in sounds))
    for kind in range(len(sounds)):
        chosen = pick == kind
        train = np.zeros(n)
        where = (times[chosen] * SR).astype(int)
        inside = (where >= 0) & (where < n)
        np.add.at(train, where[inside], gains[chosen][inside])
        out[: n + sounds[kind].size - 1] += fftconvolve(train, sounds[kind])
    return out[:n]


def irregular(rng: np.random.Generator, seconds: float, mean_gap: float, shape: float = 1.5) -> np.ndarray:
    """Event times with gamma-distributed gaps; shape 1 is a Poisson process, larger is more even."""
    count = int(seconds / mean_gap * 2) + 8
    return np.cumsum(rng.gamma(shape, mean_gap / shape, count)) - rng.uniform(0, mean_gap)


def burst(rng: np.random.Generator, low: float, high: float, decay: float) -> np.ndarray:
    """Band-passed noise with a sharp attack and an exponential decay (seconds)."""
    size = int(decay * 6 * SR) + 32
    return band(rng.normal(size=size) * np.exp(-np.arange(size) / (decay * SR)), low, high)


def modal(rng: np.random.Generator, modes: int, low: float, high: float, decay: float) -> np.ndarray:
    """A struck object: inharmonic damped partials (glass, cutlery, a door)."""
    t = np.arange(int(decay * 6 * SR)) / SR
    freqs = np.sort(np.exp(rng.uniform(np.log(low), np.log(high), modes)))
    return sum(
        rng.uniform(0.2, 1) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) * np.exp(-t / (decay * rng.uniform(0.4, 1.3)))
        for f in freqs
    )


def silence(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.zeros(n)


def mains_hum(rng: np.random.Generator, n: int) -> np.ndarray:
    t = np.arange(n) / SR
    base = rng.choice([50.0, 60.0]) * (1 + rng.normal(0, 5e-4))
    hum = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in (1, 2, 3, 4, 6, 10))
    return unit(hum) + rng.uniform(0.02, 0.5) * coloured(rng, n, rng.uniform(0, 1)) + rng.normal(0, 0.3)


def hiss(rng: np.random.Generator, n: int) -> np.ndarray:
    drift = swell(rng, n, 20.0, 1.0) * rng.normal(0, 0.2)  # DC that wanders, as cheap inputs do
    return coloured(rng, n, rng.uniform(-0.3, 0.4)) + drift


def noise(rng: np.random.Generator, n: int) -> np.ndarray:
    return coloured(rng, n, rng.choice([0.7, 1.0, 1.3, 2.0])) * swell(rng, n, rng.uniform(2, 10), rng.uniform(0, 6))


def applause(rng: np.random.Generator, n: int) -> np.ndarray:
    """From a few people to a hall; everyone claps at a drifting rate of their own, so no common pulse arises."""
    seconds = n / SR
    people = int(np.exp(rng.uniform(np.log(3), np.log(120))))
    kernels = [burst(rng, rng.uniform(500, 1100), rng.uniform(1500, 4500), rng.uniform(0.003, 0.012)) for _ in range(10)]
    times, gains, pick = [], [], []
    for _ in range(people):
        gap = rng.uniform(0.19, 0.42)
        own = irregular(rng, seconds, gap, rng.uniform(8, 25))
        if rng.random() < 0.5:  # not everyone starts and stops together
            own = own[(own > rng.uniform(0, seconds * 0.4)) & (own < rng.uniform(seconds * 0.5, seconds * 1.2))]
        times.append(own)
        gains.append(rng.uniform(0.1, 1) * rng.uniform(0.5, 1.2, own.size))
        pick.append(np.full(own.size, rng.integers(len(kernels))))
    claps = place(n, np.concatenate(times), kernels, np.concatenate(gains), np.concatenate(pick))
    out = room(rng, unit(claps))
    if rng.random() < 0.5:
        out = unit(out) + rng.uniform(0.1, 0.9) * unit(cheering(rng, n))
    return out * swell(rng, n, rng.uniform(3, 12), rng.uniform(0, 8))


def _voices(rng: np.random.Generator, n: int, count: int, low: float, high: float) -> np.ndarray:
    """Sung or shouted vowels of many people: gliding pulse trains through wandering formants."""
    out = np.zeros(n)
    for _ in range(count):
        length = min(n, int(rng.uniform(0.7, 3.5) * SR))
        glide = np.exp(np.interp(np.arange(length), np.linspace(0, length, 5), rng.normal(0, 0.12, 5)))
        phase = np.cumsum(rng.uniform(low, high) * glide / SR)
        source = (phase % 1.0) - 0.5 + 0.15 * rng.normal(size=length)
        envelope = np.sin(np.pi * np.linspace(0, 1, length)) ** 0.7
        start = rng.integers(0, max(1, n - length))
        first = rng.uniform(450, 900)
        vowel = band(source, first * 0.8, first * 1.25, 1) + 0.6 * band(source, 1050, 1600, 1) + 0.2 * band(source, 2400, 3200, 1)
        out[start : start + length] += envelope * vowel * rng.uniform(0.2, 1)
    return out


def cheering(rng: np.random.Generator, n: int) -> np.ndarray:
    seconds = n / SR
    crowd = unit(_voices(rng, n, int(seconds * rng.uniform(2, 6)), 140, 520))
    wash = band(coloured(rng, n, 0.5), 500, 2600) * swell(rng, n, 2.5, 8)
    out = crowd + rng.uniform(0.2, 1.5) * unit(wash)
    for when in irregular(rng, seconds, 6.0, 1.0):
        length = int(rng.uniform(0.3, 1.2) * SR)
        begin = int(when * SR)
        if begin < 0 or begin + length > n:
            continue
        pitch = rng.uniform(1500, 2600) * np.exp(np.interp(np.arange(length), [0, length / 2, length], rng.normal(0, 0.15, 3)))
        out[begin : begin + length] += rng.uniform(0.3, 2) * np.sin(2 * np.pi * np.cumsum(pitch) / SR) * np.hanning(length)
    return room(rng, out)


def cutlery(rng: np.random.Generator, n: int) -> np.ndarray:
    sounds = [modal(rng, int(rng.integers(3, 8)), 1800, 9000, rng.uniform(0.02, 0.35)) for _ in range(10)]
    times = irregular(rng, n / SR, rng.uniform(0.15, 1.5), 0.6)
    clinks = place(n, times, sounds, rng.gamma(1.0, 1.0, times.size), rng.integers(0, len(sounds), times.size))
    return room(rng, unit(clinks)) + rng.uniform(0.05, 0.6) * coloured(rng, n, 1.0)


def traffic(rng: np.random.Generator, n: int) -> np.ndarray:
    out = coloured(rng, n, 2.0) * swell(rng, n, 8, 4)
    for when in irregular(rng, n / SR, 9.0, 1.5):
        width = rng.uniform(1.5, 5) * SR
        shape = np.exp(-0.5 * ((np.arange(n) - when * SR) / width) ** 2)
        out += rng.uniform(0.5, 3) * shape * unit(band(coloured(rng, n, 1.0), rng.uniform(60, 200), rng.uniform(500, 2500)))
    return out


def ventilation(rng: np.random.Generator, n: int) -> np.ndarray:
    t = np.arange(n) / SR
    fan = rng.uniform(22, 48)
    tones = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * fan * k * t + 0.3 * np.sin(0.2 * t * k)) for k in (1, 2, 4, 8))
    return unit(coloured(rng, n, rng.uniform(1.2, 2.2))) + rng.uniform(0, 0.8) * unit(tones)


def footsteps(rng: np.random.Generator, n: int) -> np.ndarray:
    """Several people who stop, turn and hurry: gaps spread by 30 % and more."""
    out = np.zeros(n)
    for _ in range(int(rng.integers(1, 6))):
        sounds = [burst(rng, rng.uniform(50, 150), rng.uniform(400, 2500), rng.uniform(0.008, 0.03)) for _ in range(4)]
        times = irregular(rng, n / SR, rng.uniform(0.4, 0.9), rng.uniform(3, 7))
        times = times[np.interp(times, np.linspace(0, n / SR, 9), rng.random(9)) > 0.3]
        if times.size:
            out += place(n, times, sounds, rng.uniform(0.4, 1, times.size), rng.integers(0, 4, times.size)) * rng.uniform(0.2, 1)
    return room(rng, unit(out)) + rng.uniform(0.02, 0.3) * coloured(rng, n, 1.3)


def impulses(rng: np.random.Generator, n: int) -> np.ndarray:
    """Knocks, doors, glasses put down, plugs pulled: strong onsets at times that mean nothing."""
    sounds = [modal(rng, 5, 70, 900, rng.uniform(0.03, 0.2)) for _ in range(4)]
    sounds += [burst(rng, 60, rng.uniform(300, 8000), rng.uniform(0.004, 0.08)) for _ in range(6)]
    sounds = [unit(sound) for sound in sounds]
    times = irregular(rng, n / SR, rng.uniform(0.2, 2.0), 0.8)
    hits = place(n, times, sounds, rng.gamma(1.2, 1.0, times.size), rng.integers(0, len(sounds), times.size))
    return room(rng, hits) + rng.uniform(0.01, 0.2) * coloured(rng, n, 1.0)


def drone(rng: np.random.Generator, n: int) -> np.ndarray:
    """Sustained chord that only swells: partials are not detuned into beating, brightness follows a slow walk."""
    t = np.arange(n) / SR
    root = 55 * 2 ** (rng.integers(0, 24) / 12)
    # Just intervals: the partials of those of the piano beat slowly against each other.
    chord = ((1, 1.5, 2), (1, 1.25, 1.5, 2), (1, 1.2, 1.5, 1.8), (1, 4 / 3, 2), (1,), (1, 2, 3))[rng.integers(6)]
    out = np.zeros(n)
    for ratio in chord:
        tone = root * ratio
        for k in range(1, int(rng.integers(2, 14))):
            if tone * k < 9000:
                gain = k ** -rng.uniform(0.8, 2) * swell(rng, n, rng.uniform(4, 12), 9)
                out += gain * np.sin(2 * np.pi * tone * k * t + rng.uniform(0, 6))
    return room(rng, unit(out), rng.uniform(1, 3)) + rng.uniform(0, 0.1) * coloured(rng, n, 1.0)
