"""Score `tactus track` beside other beat trackers on annotated clips, and write models/REPORT.md.

    npm run models:evaluate
    node models/scripts/python.mjs evaluate.py --limit 8 --peers madmom

Two sets: real recordings (optional; not part of this repository) and rendered ones with exact truth (made by
render.py). A set that is not there is said and skipped. The other trackers run in an environment of their own:
setup-peers.py makes it, once.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import date
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "models"))

from beat_model import peers  # noqa: E402
from beat_model.evaluation import ClipSet, find_clips, run_tactus, score_peers, score_tactus  # noqa: E402
from beat_model.material.item import cache_dir  # noqa: E402
from beat_model.plots import write_plots  # noqa: E402
from beat_model.report import full_report, set_section, summary  # noqa: E402

REAL = "Recordings of many kinds with beats tapped by people (IEEE Signal Processing Cup 2017); no downbeats."
RENDERED = "Songs kept out of training, rendered with exact beats and downbeats."


class Notes(list):
    """What did not go as planned: said at once, and kept for the report."""

    def say(self, line: str) -> None:
        print(line, file=sys.stderr)
        self.append(line.replace(str(Path.home()), "~"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_real, default_rendered = REPOSITORY / ".." / "shared" / "dev-real", cache_dir() / "rendered-dev"
    parser.add_argument(
        "--dev-real",
        type=Path,
        default=default_real,
        metavar="DIR",
        help="real clips with .beats (default: ../shared/dev-real from the repository)",
    )
    parser.add_argument(
        "--rendered",
        type=Path,
        default=default_rendered,
        metavar="DIR",
        help="rendered clips (default: rendered-dev in $TACTUS_CACHE, ~/.cache/tactus)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most N clips of each set; without --out only prints")
    parser.add_argument(
        "--peers",
        default=",".join(peers.CAUSAL),
        metavar="NAMES",
        help=f"by comma, or none (default: %(default)s; there are {', '.join(peers.PEERS)})",
    )
    parser.add_argument(
        "--offline", action="store_true", help="also madmom's downbeat tracker, which sees the whole file"
    )
    parser.add_argument(
        "--tracks", type=Path, metavar="DIR", help="score the <clip>.jsonl files in DIR instead of running tactus"
    )
    parser.add_argument(
        "--command",
        default="node bin/tactus.mjs track",
        help="run in the repository root with --format jsonl --out DIR FILES (default: %(default)s)",
    )
    parser.add_argument("--no-tactus", action="store_true", help="the peers only")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where REPORT.md and report/ go (default: models/)")
    options = parser.parse_args()
    options.peers = [] if options.peers in ("", "none") else options.peers.split(",")
    if options.offline and "madmom-offline" not in options.peers:
        options.peers.append("madmom-offline")
    unknown = set(options.peers) - set(peers.PEERS)
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}; there are {', '.join(peers.PEERS)}")
    return options


def find_sets(options: argparse.Namespace, notes: Notes) -> list[ClipSet]:
    """The sets that are there."""
    sets = []
    for name, folder, described in (("real", options.dev_real, REAL), ("rendered", options.rendered, RENDERED)):
        clips = find_clips(folder, options.limit) if folder.is_dir() else []
        if clips:
            sets.append(ClipSet(name, described, clips))
        else:
            notes.say(f"{name}: no annotated clips in {relative(folder)}, skipped")
    return sets


def relative(path: Path) -> str:
    """A path as others may read it: from the repository or the home folder."""
    text = str(path).replace(f"{REPOSITORY}/", "")
    return text.replace(str(Path.home()), "~")


def add_tactus(clip_set: ClipSet, options: argparse.Namespace, notes: Notes) -> None:
    """Run tactus on the set, or read what it said before, and score it."""
    with tempfile.TemporaryDirectory(prefix="tactus-tracks-") as scratch:
        folder, cpu_share = options.tracks, float("nan")
        if folder is None:
            folder = Path(scratch)
            cpu_share, failures = run_tactus(clip_set.clips, options.command, folder, REPOSITORY)
            for failure in failures:
                notes.say(failure)
        result, failures = score_tactus(clip_set.clips, folder, cpu_share)
    for failure in failures:
        notes.say(failure)
    if len(failures) == len(clip_set.clips):
        notes.say(f"{clip_set.name}: tactus said nothing about any clip; left out of the tables")
    else:
        clip_set.results.append(result)


def write_report(sets: list[ClipSet], notes: Notes, out: Path, limit: int | None) -> None:
    """REPORT.md, its pictures and the numbers as JSON."""
    pictures = [(caption, str(path.relative_to(out))) for caption, path in write_plots(sets, out / "report")]
    some = f" At most {limit} clips of each set." if limit else ""
    made_by = f"Made by `npm run models:evaluate` on {date.today().isoformat()}; do not edit.{some}"
    (out / "REPORT.md").write_text(full_report(sets, notes, made_by, pictures))
    (out / "report" / "summary.json").write_text(json.dumps(summary(sets), indent=2) + "\n")
    print(f"\nWritten: {relative(out / 'REPORT.md')}", file=sys.stderr)


def main() -> int:
    options = parse_arguments()
    notes = Notes()
    sets = find_sets(options, notes)
    for clip_set in sets:
        if not options.no_tactus:
            add_tactus(clip_set, options, notes)
        clip_set.results += score_peers(clip_set.clips, options.peers, notes.say)
    sets = [clip_set for clip_set in sets if clip_set.results]
    if not sets:
        print("Nothing was scored", file=sys.stderr)
        return 1
    print("\n\n".join(set_section(clip_set) for clip_set in sets))
    if options.out or not options.limit:
        out = (options.out or REPOSITORY / "models").resolve()
        out.mkdir(parents=True, exist_ok=True)
        write_report(sets, notes, out, options.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
