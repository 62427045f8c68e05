"""Label the free music in the cache with a trained network and a constant-tempo fit; keep what is beyond doubt.

    node models/scripts/python.mjs label_free_music.py --checkpoint RUN/last.pt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from beat_model import training
from beat_model.frontend import agc, compress, expand
from beat_model.grid_fit import fit, trustworthy
from beat_model.material.item import cache_dir, load_item, replace_labels
from beat_model.network import HEADS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, nargs="+", required=True, help="several are averaged")
    args = parser.parse_args()
    torch.set_num_threads(1)
    networks = [training.load_checkpoint(path) for path in args.checkpoint]
    kept, bpms = 0, []
    paths = sorted((cache_dir() / "items" / "free_music").glob("*.npz"))
    for path in tqdm(paths, ascii=True, mininterval=5):
        meta, arrays = load_item(path)
        features = compress(agc(expand(arrays["stems"][0].astype(np.float32))))
        with torch.no_grad():
            logits = [network(torch.from_numpy(features)[None])[0] for network in networks]
        activation = torch.sigmoid(torch.stack(logits)).mean(0).numpy()
        found = fit(activation[:, HEADS.index("beat")], activation[:, HEADS.index("downbeat")])
        if found is None or not trustworthy(found):
            continue
        replace_labels(meta, arrays, "free_labelled", found.beats, found.beat_in_bar, found.bpm)
        kept += 1
        bpms.append(found.bpm)
        print(f"{meta.name} {found.bpm:.2f} on {found.on:.2f} off {found.off:.2f} held {found.held:.2f} bar {found.beat_in_bar.max()}")
    print(f"{kept} of {len(paths)} kept; bpm quartiles {np.percentile(bpms, [25, 50, 75]).round(1) if bpms else '-'}")


if __name__ == "__main__":
    main()
