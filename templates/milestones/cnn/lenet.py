"""1998: a network that reads digits. A small LeNet, built on your own package.

In 1998 LeCun, Bottou, Bengio and Haffner described LeNet-5, a convolutional network that read the amounts on several
millions of bank cheques a day. This script trains its little sister on pictures of 8 × 8 pixels.

The claim that this script checks: more than 95 % of the held-out digits are read correctly. It also shows why the
convolutions are worth it: when every picture is shifted by one pixel, in a direction that was not in the training,
the accuracy is reported too.

Run:   python lenet.py        (well under a minute on a slow machine)
Exit code: 0 when the claim is reached, 1 when it is not, 2 when something that it needs is missing.
"""

import sys
import time
from pathlib import Path

GOAL = 0.95  # share of held-out digits
BATCH, EPOCHS = 32, 20
SECONDS = 90  # begin no further epoch after this time


def workspace():
    """The folder above this file that holds course.lock, or else the one that holds the package."""
    parents = Path(__file__).resolve().parents
    for sign in ("course.lock", "tinytorch"):
        for folder in parents:
            if (folder / sign).exists():
                return folder
    print("No workspace found: neither course.lock nor tinytorch/ lies above this file.", file=sys.stderr)
    raise SystemExit(2)


ROOT = workspace()
sys.path.insert(0, str(ROOT))

try:
    import numpy as np

    from tinytorch.core.activations import ReLU
    from tinytorch.core.autograd import no_grad
    from tinytorch.core.dataloader import DataLoader, TensorDataset
    from tinytorch.core.layers import Linear, Sequential
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import Adam
    from tinytorch.core.tensor import Tensor
    from tinytorch.nn.convolutions import BatchNorm2d, Conv2d, Flatten, MaxPool2d
except ImportError as error:
    print(f"A piece of your package is missing: {error}\nFinish and export the modules that this milestone needs.", file=sys.stderr)
    raise SystemExit(2)


# LOADER


def lenet(rng):
    """Two rounds of convolution and pooling, then two linear layers: `(N, 1, 8, 8)` to `(N, 10)`."""
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        BatchNorm2d(8),
        ReLU(),
        MaxPool2d(2),  # 4 × 4
        Conv2d(8, 16, 3, padding=1, rng=rng),
        BatchNorm2d(16),
        ReLU(),
        MaxPool2d(2),  # 2 × 2
        Flatten(),
        Linear(64, 32, rng=rng),
        ReLU(),
        Linear(32, 10, rng=rng),
    )


def predict(model, images):
    """The most likely digit of each picture."""
    model.eval()
    with no_grad():
        return model(Tensor(images)).data.argmax(axis=1)


def main():
    try:
        train_x, train_y, test_x, test_y = load_digits(ROOT / "datasets" / "tinydigits")
    except FileNotFoundError as error:
        print(f"The digits are missing: {error}", file=sys.stderr)
        return 2
    model = lenet(np.random.default_rng(7))
    optimizer, loss_of = Adam(model.parameters(), lr=3e-3), CrossEntropyLoss()
    loader = DataLoader(TensorDataset(train_x, train_y), batch_size=BATCH, shuffle=True, seed=7)
    print(f"{len(train_y)} digits to learn from, {len(test_y)} held out; {sum(p.size for p in model.parameters()):,} parameters")

    start = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        model.train()
        losses = []
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        spent = time.perf_counter() - start
        if epoch % 4 == 0 or epoch == 1:
            print(f"  epoch {epoch:>2}   loss {np.mean(losses):.4f}   {spent:5.1f} s", flush=True)
        if spent > SECONDS:
            print(f"  stopped after {SECONDS} s, at epoch {epoch}")
            break

    found = predict(model, test_x)
    accuracy = float((found == test_y).mean())
    shifted = float((predict(model, np.roll(test_x, 1, axis=3)) == test_y).mean())

    mistakes = np.flatnonzero(found != test_y)[:3]
    for place in mistakes:
        print(f"\nread as {found[place]}, meant as {test_y[place]}:")
        for row in test_x[place, 0]:
            print("   ", "".join(" .:-=+*#%@"[int(9 * value)] * 2 for value in row / max(row.max(), 1)))

    reached = accuracy > GOAL
    print(f"\nHeld-out digits read correctly: {accuracy:.2%}; the claim is more than {GOAL:.0%}: {'reached' if reached else 'NOT reached'}.")
    print(f"The same digits one pixel further to the right: {shifted:.2%}")
    if not reached:
        print("The network did not learn enough. Check the tests of convolutions, losses and the optimizer.", file=sys.stderr)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
