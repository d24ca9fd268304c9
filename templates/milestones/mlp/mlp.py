"""Milestone 1986: hidden layers learn.

In October 1986 David Rumelhart, Geoffrey Hinton and Ronald Williams published four pages in *Nature*, "Learning representations by back-propagating errors".
The method was older (Linnainmaa 1970, Werbos 1974). New was what they showed with it: hidden units, which nobody tells what to do, come to stand for useful features of the task all by themselves.

This script repeats the point on pictures of digits, 12 by 12 pixels, with what you built: a network with one hidden layer of 64 units, trained with the
recipe of that paper, gradient descent with momentum 0.9.

1. Without a hidden layer, the same recipe stays clearly behind.
2. With it, more than 90 % of the digits that the network has never seen are read correctly.
3. The same network learns real handwriting: more than 88 % of digits that people wrote, and that it has never seen.

Then it prints what some of the hidden units look for.

Run it from anywhere in the workspace:

    python mlp.py

It takes well under a minute. Exit code: 0 when the claims hold, 1 when one does not, 2 when something that it needs is missing or open.
"""

import sys
import time
import traceback
from pathlib import Path

# The workspace is the nearest folder above this file that holds the package; make the package importable.
ROOT = next((folder for folder in Path(__file__).resolve().parents if (folder / "tinytorch").is_dir()), None)
if ROOT is not None:
    sys.path.insert(0, str(ROOT))
try:
    import numpy as np

    from tinytorch.core.activations import Tanh
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.dataloader import DataLoader, TensorDataset
    from tinytorch.core.layers import Linear, Sequential
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import SGD
    from tinytorch.core.tensor import Tensor
    from tinytorch.core.training import CosineSchedule, Trainer
    from tinytorch.pictures import bars, curves, image_grid, report
except ImportError as error:
    print(f"A piece of your package is missing: {error}\nFinish and export the modules that this milestone needs.", file=sys.stderr)
    raise SystemExit(2)

GOAL = 0.90  # share of held-out digits that the network with a hidden layer must read correctly
AHEAD = 0.05  # by how much it must be ahead of the one without
HANDS = 0.88  # share of held-out digits in real handwriting
SEED, HIDDEN, BATCH, EPOCHS = 7, 64, 32, 20
SHADES = " .:-=+*#%@"


def load_digits(name="tinydigits", ink=255):
    """Digits as `(train_x, train_y, test_x, test_y)`: float32 rows of numbers from 0 to 1, and int64 labels. `ink` is the darkest grey level."""
    with np.load(ROOT / "datasets" / name / f"{name}.npz", allow_pickle=False) as data:
        parts = []
        for part in ("train", "test"):
            images = data[f"{part}_images"]
            parts += [images.reshape(len(images), -1).astype(np.float32) / ink, data[f"{part}_labels"].astype(np.int64)]
    return parts


def train(name, model, train_x, train_y, test_loader):
    """Train with momentum and print the progress. Returns the accuracy on the held-out digits (0 to 1), and the loss of each epoch."""
    loader = DataLoader(TensorDataset(train_x, train_y), BATCH, shuffle=True, seed=SEED)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    trainer = Trainer(model, optimizer, CrossEntropyLoss(), schedule=CosineSchedule(optimizer, steps=EPOCHS * len(loader)))
    print(f"{name}: {sum(p.size for p in model.parameters()):,} weights")
    began = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        line = trainer.fit(loader, 1)[-1]
        if epoch in (1, 5, 10, 20):
            print(f"  epoch {epoch:2}   loss {line['loss']:.3f}   {time.perf_counter() - began:5.1f} s", flush=True)
    accuracy = trainer.evaluate(test_loader)["accuracy"]
    print(f"  held-out digits read correctly: {accuracy:.1%}\n")
    return accuracy, [line["loss"] for line in trainer.history]


def side_by_side(pictures):
    """Pictures (12, 12) of numbers from 0 to 1 as text, next to each other."""
    return "\n".join("    " + "   ".join("".join(SHADES[int(value * 9)] * 2 for value in picture[row]) for picture in pictures) for row in range(12))


def hidden_units(weight, count=3):
    """The strongest weights of some hidden units: dark where ink excites the unit, light where ink inhibits it."""
    strongest = np.argsort(-(weight**2).sum(axis=0))[:count]
    pictures = []
    for unit in strongest:
        field = weight[:, unit].reshape(12, 12)
        pictures.append(np.clip(0.5 + field / (2 * abs(field).max()), 0, 1))
    return side_by_side(pictures)


def main():
    print(__doc__.split("\n")[0] + "\n")
    try:
        train_x, train_y, test_x, test_y = load_digits()
        hand_x, hand_y, unseen_x, unseen_y = load_digits("handdigits", ink=16)
    except FileNotFoundError as error:
        print(f"The digits are missing: {error}", file=sys.stderr)
        return 2
    print(f"{len(train_y)} digits to learn from, {len(test_y)} held out\n")
    test_loader = DataLoader(TensorDataset(test_x, test_y), 100)
    rng = np.random.default_rng(SEED)
    flat, flat_losses = train("No hidden layer", Sequential(Linear(144, 10, rng=rng)), train_x, train_y, test_loader)
    first, last = Linear(144, HIDDEN, rng=rng), Linear(HIDDEN, 10, rng=rng)
    model = Sequential(first, Tanh(), last)
    deep, deep_losses = train(f"One hidden layer of {HIDDEN} units", model, train_x, train_y, test_loader)

    width = hand_x.shape[1]
    reader = Sequential(Linear(width, HIDDEN, rng=rng), Tanh(), Linear(HIDDEN, 10, rng=rng))
    unseen = DataLoader(TensorDataset(unseen_x, unseen_y), 100)
    hands, hand_losses = train(f"{len(hand_y)} digits that people wrote", reader, hand_x, hand_y, unseen)

    print("  what three hidden units look for (dark: ink here excites the unit; light: it inhibits):\n" + hidden_units(first.weight.data) + "\n")
    with no_grad():
        said = model(Tensor(test_x)).data.argmax(axis=1)
    wrong = np.flatnonzero(said != test_y)[:8]
    strongest = np.argsort(-(first.weight.data**2).sum(axis=0))[:16]
    pictures = [
        curves(
            {"no hidden layer": flat_losses, "one hidden layer": deep_losses, "real handwriting": hand_losses}, title="Training", x="epoch", y="loss", log="y"
        ),
        bars(
            {"no hidden layer": 100 * flat, "one hidden layer": 100 * deep, "real handwriting": 100 * hands}, title="Held-out digits read correctly", unit="%"
        ),
        image_grid(unseen_x[:16].reshape(-1, 8, 8), title="Digits that people wrote, 8 by 8", labels=[str(label) for label in unseen_y[:16]]),
        image_grid(
            first.weight.data[:, strongest].T.reshape(-1, 12, 12),
            title="What sixteen hidden units look for: ink on blue excites them, ink on orange inhibits them",
        ),
        image_grid(
            test_x[wrong].reshape(-1, 12, 12), title="Mistakes: what was read, and what was meant", labels=[f"{said[i]} for {test_y[i]}" for i in wrong]
        ),
    ]
    wrong = wrong[:3]
    if len(wrong):
        notes = ", ".join(f"a {test_y[i]} read as {said[i]}" for i in wrong)
        print(f"  three of its mistakes: {notes}\n" + side_by_side(test_x[wrong].reshape(-1, 12, 12)) + "\n")

    report(__file__, pictures, title="1986: hidden layers learn")
    failures = []
    if deep <= GOAL:
        failures.append(f"the network with a hidden layer reads {deep:.1%} of the held-out digits, the claim is more than {GOAL:.0%}: check the tests of autograd, optimizers and training")
    if deep < flat + AHEAD:
        failures.append(f"the hidden layer brings {100 * (deep - flat):.1f} points over {flat:.1%}, the claim is at least {100 * AHEAD:.0f}: does the gradient reach the first layer?")
    if hands <= HANDS:
        failures.append(f"the network reads {hands:.1%} of the held-out handwriting, the claim is more than {HANDS:.0%}: check the tests of training")
    if failures:
        for failure in failures:
            print("CLAIM NOT REACHED:", failure, file=sys.stderr)
        return 1
    print(f"The claims hold: {deep:.1%} with a hidden layer, {flat:.1%} without, {hands:.1%} of real handwriting. Nobody told the hidden units what to look for.")
    return 0


if __name__ == "__main__":
    try:
        status = main()
    except NotImplementedError as error:
        stub = traceback.extract_tb(error.__traceback__)[-1]
        print(f"An exercise is still open: {stub.name} in {Path(stub.filename).name}. Finish it, export it, and run this script again.", file=sys.stderr)
        status = 2
    raise SystemExit(status)
