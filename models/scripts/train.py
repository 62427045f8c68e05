"""Train the beat network on cached material.

    npm run models:train -- --steps 5000 --name base

Every run is an MLflow run in a file store below the cache; checkpoints lie in <cache>/runs/<name>/.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict, fields
from pathlib import Path

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
import mlflow
import torch
from tqdm import tqdm

from beat_model import training
from beat_model.dataset import recordings
from beat_model.material.item import cache_dir
from beat_model.network import BeatNetwork


def parse() -> tuple[argparse.Namespace, training.TrainOptions]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="folder of the run")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--teacher", type=Path, help="checkpoint of a network that looks ahead, whose opinion counts as much as the labels")
    parser.add_argument("--dev-real", type=Path, default=Path("../shared/dev-real"), help="recordings with human beats")
    parser.add_argument("--check-every", type=int, default=250)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    for field in fields(training.TrainOptions):
        flag = "--" + field.name.replace("_", "-")
        if field.name == "sources":
            parser.add_argument(flag, nargs="*", default=[], help="only these sources")
        elif isinstance(field.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default)
        else:
            parser.add_argument(flag, type=type(field.default), default=field.default)
    args = parser.parse_args()
    values = {field.name: getattr(args, field.name) for field in fields(training.TrainOptions)}
    values["sources"] = tuple(values["sources"])
    return args, training.TrainOptions(**values)


def run(args: argparse.Namespace, options: training.TrainOptions) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    teacher = training.load_checkpoint(args.teacher).to(device) if args.teacher else None
    items = training.training_items(options, unlabelled=teacher is not None)
    hours = sum(item.frames for item in items) / 50 / 3600
    print(f"{len(items)} items, {hours:.1f} h; {args.device}", flush=True)
    network = BeatNetwork(options.channels, dropout=options.dropout, causal=options.causal, lookahead=options.lookahead)
    if args.start:
        network.load_state_dict(training.load_checkpoint(args.start).state_dict())
    else:
        training.measure_statistics(network, items, options)
    network.to(device)
    average = training.WeightAverage(network, options.average)
    average.network.to(device)
    sets = {"real": recordings(args.dev_real), "rendered": recordings(cache_dir() / "rendered-dev")}
    mlflow.log_params({**asdict(options), "items": len(items), "hours": round(hours, 2), "start": str(args.start), "teacher": str(args.teacher)})
    loop(args, options, network, average, teacher, items, sets, device)


def loop(args, options, network, average, teacher, items, sets, device) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=0.01)
    source = training.batches(items, options)
    folder = cache_dir() / "runs" / args.name
    running, begun = 0.0, time.time()
    for step in tqdm(range(options.steps), mininterval=20, ascii=True):
        network.train()
        features, targets, known = (tensor.to(device, non_blocking=True) for tensor in next(source))
        for group in optimiser.param_groups:
            group["lr"] = training.rate_at(step, options)
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(features)
        loss = training.beat_loss(logits.float(), targets, known)
        if teacher:
            loss = 0.5 * loss + training.taught_loss(logits.float(), teacher, features, options.lookahead)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.update(network)
        running += (float(loss.detach()) - running) / min(step + 1, 100)
        if (step + 1) % args.check_every == 0 or step + 1 == options.steps:
            check(step + 1, running, average, sets, folder, begun)


def check(step: int, running: float, average, sets, folder: Path, begun: float) -> None:
    device = next(average.network.parameters()).device
    metrics = {"train": running}
    network = average.network.to("cpu")
    for name, clips in sets.items():
        if clips:
            metrics |= {f"{name}_{head}": loss for head, loss in training.development_loss(network, clips).items()}
    training.save_checkpoint(network, folder / f"step-{step:06d}.pt", step=step, **metrics)
    training.save_checkpoint(network, folder / "last.pt", step=step, **metrics)
    network.to(device)
    mlflow.log_metrics(metrics, step=step)
    line = " ".join(f"{key} {value:.4f}" for key, value in metrics.items())
    print(f"step {step} {line} {time.time() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    arguments, train_options = parse()
    mlflow.set_tracking_uri(f"file:{cache_dir() / 'mlruns'}")
    mlflow.set_experiment("beat")
    with mlflow.start_run(run_name=arguments.name):
        run(arguments, train_options)
