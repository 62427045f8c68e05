"""Render training material: plan, skip what exists, render the rest in parallel, summarise.

    python models/scripts/render.py --hours 36 --seed 1 --jobs 2 --source mma,procedural
"""

from __future__ import annotations

import argparse
import collections
import importlib
import importlib.util
import multiprocessing
import os
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # one process per core is enough
# Keep freed blocks: giving megabytes back to the system after every array costs a third of the time. Read when a worker starts.
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(10**9))
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(10**9))
os.environ.setdefault("MALLOC_TOP_PAD_", str(2**28))

from tqdm import tqdm  # noqa: E402

from beat_model.material.item import cache_dir, item_path, load_item  # noqa: E402

# Source -> (module, share of the hours). Sources of fixed size plan what they have and ignore the hours.
SOURCES: dict[str, tuple[str, float]] = {
    "mma": ("mma_songs", 0.36),
    "procedural": ("procedural", 0.50),
    "modules": ("modules", 0.05),
    "freedoom": ("freedoom", 0.05),
    "lmms": ("lmms", 0.01),
    "scores": ("scores", 0.08),
    "loops": ("loops", 0.05),
    "negatives": ("negatives", 0.05),
    "free_music": ("free_music", 0.1),
}

Job = tuple[str, str, int]  # source, name, seed


def load_source(source: str):
    """The module of a source, or None while it has not been written."""
    name = f"beat_model.material.{SOURCES[source][0]}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def make_plan(sources: list[str], seed: int, hours: float) -> list[Job]:
    """All items of all sources, the sources interleaved so that an interrupted run is balanced."""
    total = sum(SOURCES[source][1] for source in sources)
    queues = []
    for source in sources:
        module = load_source(source)
        if module is None:
            print(f"{source}: no module beat_model.material.{SOURCES[source][0]} yet, skipped", file=sys.stderr)
            continue
        names = module.plan(seed, hours * SOURCES[source][1] / total)
        queues.append([(index / max(1, len(names)), source, name) for index, name in enumerate(names)])
    return [(source, name, seed) for _, source, name in sorted(row for queue in queues for row in queue)]


def render_one(job: Job) -> tuple[Job, str, float]:
    """Render one item: (job, error or "", seconds). Never raises, so that one bad item costs only itself."""
    begin = time.monotonic()
    source, name, seed = job
    try:
        load_source(source).render(name, seed)
    except Exception as error:  # noqa: BLE001 - whatever an item's renderer throws is logged, with its place
        place = traceback.extract_tb(error.__traceback__)[-1]
        return job, f"{type(error).__name__}: {error} (at {Path(place.filename).name}:{place.lineno})", time.monotonic() - begin
    return job, "", time.monotonic() - begin


def run(jobs: list[Job], workers: int, log: Path) -> collections.Counter:
    """Render in parallel with a progress bar; one line per failed item in the log."""
    done: collections.Counter = collections.Counter()
    log.parent.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    with log.open("a") as errors, context.Pool(workers) as pool, tqdm(total=len(jobs), unit="item", smoothing=0.05, mininterval=2) as bar:
        for (source, name, _), problem, _ in pool.imap_unordered(render_one, jobs):
            done[f"{source} failed" if problem else source] += 1
            if problem:
                errors.write(f"{source}/{name}: {problem}\n")
                errors.flush()
            bar.set_postfix(dict(sorted(done.items())), refresh=False)
            bar.update()
    return done


def summary(sources: list[str]) -> None:
    """Hours of everything on disk, by source, split, genre, metre and tempo."""
    tables: dict[str, collections.Counter] = {key: collections.Counter() for key in ("source", "split", "label", "genre", "metre", "tempo")}
    for source in sources:
        for path in item_path(source, "x").parent.glob("*.npz"):
            if path.name.endswith(".partial.npz"):
                continue
            meta, arrays = load_item(path)
            hours = arrays["stems"].shape[1] / 50 / 3600
            low = int(meta.bpm // 10 * 10)
            values = {"source": source, "split": meta.split, "label": meta.label, "genre": meta.genre, "metre": str(meta.beats_per_bar), "tempo": f"{low:3d}-{low + 9}" if meta.bpm else "none"}
            for key, value in values.items():
                tables[key][value] += hours
    for key, table in tables.items():
        rows = sorted(table.items()) if key == "tempo" else table.most_common()
        print(f"{key} (h): " + ", ".join(f"{value} {hours:.2f}" for value, hours in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=36.0, help="of audio wanted in all sources together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--source", default=",".join(SOURCES), help="comma-separated: " + ", ".join(SOURCES))
    parser.add_argument("--summary", action="store_true", help="only summarise what exists")
    options = parser.parse_args()
    sources = [source.strip() for source in options.source.split(",") if source.strip()]
    unknown = [source for source in sources if source not in SOURCES]
    if unknown:
        parser.error(f"unknown source {', '.join(unknown)}; known: {', '.join(SOURCES)}")
    if not options.summary:
        jobs = make_plan(sources, options.seed, options.hours)
        missing = [job for job in jobs if not item_path(job[0], job[1]).is_file()]
        print(f"{len(jobs)} items planned, {len(jobs) - len(missing)} exist, {len(missing)} to render", flush=True)
        log = cache_dir() / "render-errors.log"
        done = run(missing, options.jobs, log)
        failed = sum(count for key, count in done.items() if key.endswith("failed"))
        print(f"rendered {sum(done.values()) - failed}, failed {failed}" + (f" (see {log.name} in the cache folder)" if failed else ""))
    summary(sources)


if __name__ == "__main__":
    main()
