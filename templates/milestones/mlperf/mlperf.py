"""Milestone 2018: MLPerf. One model, measured fairly in several forms.

In 2018 researchers and companies agreed on a common benchmark for machine learning, MLPerf (Mattson et al., 2020). Until then
everybody had reported speed on a task of their own, at an accuracy of their own. The rule that changed this is simple: a result counts only if the
model reaches a given quality. Fast and wrong is not fast.

This script applies the rule to what you built. It trains a small network on small pictures of digits, compresses it in several ways, and measures
accuracy, bytes and multiplications of each. A compressed model that loses more accuracy than its claim allows is disqualified.

Run it from anywhere in the workspace:

    python mlperf.py

It takes well under two minutes, and it ends with an error if a claim does not hold.
"""

import copy
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# The workspace is the nearest folder above this file that holds the package; make the package importable.
ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "tinytorch").is_dir())
sys.path.insert(0, str(ROOT))

from tinytorch.core.activations import ReLU  # noqa: E402
from tinytorch.core.dataloader import DataLoader, TensorDataset  # noqa: E402
from tinytorch.core.layers import Linear, Sequential  # noqa: E402
from tinytorch.core.losses import CrossEntropyLoss  # noqa: E402
from tinytorch.core.optimizers import Adam  # noqa: E402
from tinytorch.core.tensor import Tensor  # noqa: E402
from tinytorch.core.training import Trainer  # noqa: E402
from tinytorch.perf.benchmarking import pareto_front, score_model, scorecard  # noqa: E402
from tinytorch.pictures import bars, curves, report  # noqa: E402


def optional(file):
    """A file of the package; None if its module is not part of the course, or not exported yet. Its entries then do not take part."""
    try:
        return importlib.import_module(f"tinytorch.perf.{file}")
    except ModuleNotFoundError:
        return None


compression, quantization = optional("compression"), optional("quantization")
SEED = 7
QUALITY = 0.93  # the baseline must reach this accuracy on the test digits, or nothing below counts


@dataclass
class Claim:
    """What a compressed model promises, relative to the baseline."""

    name: str
    smaller: float  # at least this many times fewer bytes
    fewer: float  # at least this many times fewer multiplications
    loss: float  # at most this much accuracy lost (0.01 is one percentage point)


CLAIMS = [
    Claim("int8", smaller=3.5, fewer=1.0, loss=0.01),
    Claim("80 % pruned", smaller=2.8, fewer=4.9, loss=0.02),
    Claim("half the neurons", smaller=1.9, fewer=1.9, loss=0.02),
    Claim("half, int8", smaller=6.0, fewer=1.9, loss=0.02),
]


def load_digits():
    """The digits: (train_x, train_y, test_x, test_y); pictures as float32 rows of numbers in 0 … 1, labels as int64."""
    data = np.load(ROOT / "datasets" / "tinydigits" / "tinydigits.npz")
    rows = lambda images: (images.reshape(len(images), -1) / 255).astype(np.float32)
    labels = lambda numbers: numbers.astype(np.int64)
    return rows(data["train_images"]), labels(data["train_labels"]), rows(data["test_images"]), labels(data["test_labels"])


def make_model(features, rng, hidden=64):
    return Sequential(Linear(features, hidden, rng=rng), ReLU(), Linear(hidden, 10, rng=rng))


def train(model, x, y, epochs, lr=0.005):
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True, seed=SEED)
    Trainer(model, Adam(model.parameters(), lr=lr), CrossEntropyLoss()).fit(loader, epochs=epochs)
    return model


def retrain(model, masks, x, y, epochs, lr=0.002):
    """Train on, with the pruned weights held at zero after each step."""
    trainer = Trainer(model, Adam(model.parameters(), lr=lr), CrossEntropyLoss())
    model.train()
    for _ in range(epochs):
        for batch, targets in DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True, seed=SEED + 1):
            trainer.train_step(batch, targets)
            compression.apply_masks(model, masks)
    model.eval()
    return model


def compressed(baseline, x, y):
    """The entries of the competition: name → model."""
    calibration = [Tensor(x[start : start + 100]) for start in range(0, 500, 100)]
    entries = {}
    if quantization:
        entries["int8"] = quantization.quantize_model(baseline, calibration)
    if compression:
        pruned = copy.deepcopy(baseline)
        masks = compression.magnitude_prune(pruned, 0.8)
        entries["80 % pruned"] = retrain(pruned, masks, x, y, epochs=8)
        assert abs(compression.sparsity(pruned) - 0.8) < 0.001, "the masks must keep 80 % of the weights at zero"
        first, _, last = copy.deepcopy(baseline).layers
        first, last = compression.prune_neurons(first, last, keep=first.weight.shape[1] // 2)
        entries["half the neurons"] = retrain(Sequential(first, ReLU(), last), {}, x, y, epochs=8)
    if compression and quantization:
        entries["half, int8"] = quantization.quantize_model(entries["half the neurons"], calibration)
    return entries


def judge(claim, baseline, score):
    """The ways in which a score breaks its claim, as sentences; none if it holds."""
    broken = []
    if baseline.bytes / score.bytes < claim.smaller:
        broken.append(f"{baseline.bytes / score.bytes:.2f}x smaller, claimed {claim.smaller}x")
    if baseline.multiplications / score.multiplications < claim.fewer:
        broken.append(f"{baseline.multiplications / score.multiplications:.2f}x fewer multiplications, claimed {claim.fewer}x")
    if baseline.accuracy - score.accuracy > claim.loss:
        broken.append(f"{100 * (baseline.accuracy - score.accuracy):.1f} points of accuracy lost, allowed {100 * claim.loss:.0f}")
    return broken


def main():
    if not compression and not quantization:
        print("Nothing to compare: neither quantization nor compression is exported.", file=sys.stderr)
        raise SystemExit(2)
    train_x, train_y, test_x, test_y = load_digits()
    print(f"{len(train_x)} digits to learn from, {len(test_x)} to be tested on\n")
    baseline = train(make_model(train_x.shape[1], np.random.default_rng(SEED)), train_x, train_y, epochs=15)
    baseline.eval()
    scores = [score_model("float32 baseline", baseline, Tensor(test_x), test_y)]
    for name, model in compressed(baseline, train_x, train_y).items():
        scores.append(score_model(name, model, Tensor(test_x), test_y))
    print(scorecard(scores))
    front = pareto_front(scores, minimise=["bytes", "multiplications"], maximise=["accuracy"])
    print(f"\n* worth a look: {', '.join(score.name for score in front)}\n")

    pictures = [
        curves(
            {},
            title="Left and up is better",
            x="bytes",
            y="accuracy on digits that were not seen, %",
            points={score.name: (score.bytes, 100 * score.accuracy) for score in scores},
        ),
        bars({score.name: score.bytes / 1000 for score in scores}, title="Size", unit="kB"),
        bars({score.name: score.multiplications for score in scores}, title="Multiplications for one digit"),
    ]
    report(__file__, pictures, title="2018: a fair benchmark")

    assert scores[0].accuracy >= QUALITY, f"the baseline reaches {scores[0].accuracy:.1%}; results count only from {QUALITY:.0%} on"
    broken = {}
    for score in scores[1:]:
        claim = next(claim for claim in CLAIMS if claim.name == score.name)
        broken[claim.name] = judge(claim, scores[0], score)
        print(f"{claim.name:<20}{'disqualified: ' + '; '.join(broken[claim.name]) if broken[claim.name] else 'holds what it claims'}")
    assert not any(broken.values()), "a claim does not hold; the lines above say which"


if __name__ == "__main__":
    main()
