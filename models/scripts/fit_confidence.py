"""Fit the weights that turn decoder evidence into the probability that an announced beat is right.

    node models/scripts/dump_confidence.mjs /tmp/evidence.jsonl CLIPS…
    node models/scripts/python.mjs fit_confidence.py --evidence /tmp/evidence.jsonl --out decoder.json
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

FEATURES = ("mass", "long", "short", "hits")
WINDOW_S = 0.07
SKIP_S = 2.0  # the start of a clip is unlike a night of music


def rows(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (n, 4), right (n,), weight (n,): every clip counts the same."""
    by_file: dict[str, list[dict]] = defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        by_file[row["file"]].append(row)
    x, y, w = [], [], []
    for file, events in by_file.items():
        reference = np.loadtxt(Path(file).with_suffix(".beats"), ndmin=2)[:, 0]
        used = [e for e in events if SKIP_S <= e["time"] <= reference[-1] + 0.3]
        for event in used:
            x.append([event[name] for name in FEATURES])
            y.append(np.min(np.abs(reference - event["time"])) <= WINDOW_S)
            w.append(1.0 / len(used))
    return np.array(x), np.array(y, float), np.array(w)


def logistic(x: np.ndarray, y: np.ndarray, w: np.ndarray, ridge: float = 1e-3) -> np.ndarray:
    """Weighted logistic regression by Newton's method; the last weight is the bias."""
    x = np.hstack([x, np.ones((len(x), 1))])
    w = w / w.sum()
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (w * (p - y)) + ridge * beta
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(beta))
        beta -= np.linalg.solve(hessian, gradient)
    return beta


def reliability(p: np.ndarray, y: np.ndarray) -> None:
    for low, high in ((0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(f"said {low:.1f}-{high:.1f}: {inside.sum():5d} beats, mean said {p[inside].mean():.2f}, right {y[inside].mean():.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evidence", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    parts = [rows(path) for path in args.evidence]
    x, y, w = (np.concatenate([part[k] for part in parts]) for k in range(3))
    beta = logistic(x, y, w)
    reliability(1 / (1 + np.exp(-(np.hstack([x, np.ones((len(x), 1))]) @ beta))), y)
    weights = dict(zip((*FEATURES, "bias"), np.round(beta, 4).tolist(), strict=True))
    args.out.write_text(json.dumps({"confidence": weights}, indent=2) + "\n")
    print(json.dumps(weights))


if __name__ == "__main__":
    main()
