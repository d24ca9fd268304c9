"""1998: a network that reads digits. A small LeNet, built on your own package.

In 1998 LeCun, Bottou, Bengio and Haffner described LeNet-5, a convolutional network that read the amounts on several
millions of bank cheques a day. This script trains its little sister on pictures of 12 × 12 pixels.

The claim that this script checks: more than 95 % of the held-out digits are read correctly. The accuracy when each
held-out picture is moved by one pixel is reported as well: shared weights and pooling are there to make it good.

Run:   python cnn.py        (well under a minute on a slow machine)
Exit code: 0 when the claim is reached, 1 when it is not, 2 when something that it needs is missing.
"""

import os
import sys
import time
from pathlib import Path

GOAL = 0.95  # share of held-out digits
BATCH, EPOCHS = 32, 12


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
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: waiting for a second thread takes longer than its work

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
    from tinytorch.pictures import bars, curves, image_grid, report
except ImportError as error:
    print(f"A piece of your package is missing: {error}\nFinish and export the modules that this milestone needs.", file=sys.stderr)
    raise SystemExit(2)


def load_digits(folder):
    """Training pictures and labels, test pictures and labels; pictures float32 `(N, 1, 12, 12)` in 0 … 1.

    Raises:
        FileNotFoundError: the data set is not in the workspace.
    """
    with np.load(folder / "tinydigits.npz") as file:
        pictures = [file[f"{part}_images"][:, None].astype(np.float32) / 255 for part in ("train", "test")]
        labels = [file[f"{part}_labels"].astype(np.int64) for part in ("train", "test")]
    return pictures[0], labels[0], pictures[1], labels[1]


def lenet(rng):
    """Two rounds of convolution and pooling, then two linear layers: `(N, 1, 12, 12)` to `(N, 10)`."""
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        BatchNorm2d(8),
        ReLU(),
        MaxPool2d(2),  # 6 × 6
        Conv2d(8, 16, 3, padding=1, rng=rng),
        BatchNorm2d(16),
        ReLU(),
        MaxPool2d(2),  # 3 × 3
        Flatten(),
        Linear(144, 32, rng=rng),
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

    start, way = time.perf_counter(), []
    for epoch in range(1, EPOCHS + 1):
        model.train()
        losses = []
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        way.append(float(np.mean(losses)))
        spent = time.perf_counter() - start
        if epoch % 3 == 0 or epoch == 1:
            print(f"  epoch {epoch:>2}   loss {np.mean(losses):.4f}   {spent:5.1f} s", flush=True)

    found = predict(model, test_x)
    accuracy = float((found == test_y).mean())
    shifted = float((predict(model, np.roll(test_x, 1, axis=3)) == test_y).mean())

    mistakes = np.flatnonzero(found != test_y)[:8]
    for place in mistakes[:3]:
        print(f"\nread as {found[place]}, meant as {test_y[place]}:")
        for row in test_x[place, 0]:
            print("   ", "".join(" .:-=+*#%@"[int(9 * value)] * 2 for value in row))

    pictures = [
        curves({"loss": way}, title="Training", x="epoch", y="loss", log="y"),
        bars({"as they are": 100 * accuracy, "one pixel to the right": 100 * shifted}, title="Held-out digits read correctly", unit="%"),
        image_grid(model.layers[0].weight.data[:, 0], title="The kernels of the first layer: blue is positive, orange negative"),
        image_grid(
            test_x[mistakes, 0],
            title="Mistakes: what was read, and what was meant",
            labels=[f"{found[place]} for {test_y[place]}" for place in mistakes],
        ),
    ]
    report(__file__, pictures, title="1998: a network that reads digits")

    reached = accuracy > GOAL
    print(f"\nHeld-out digits read correctly: {accuracy:.2%}; the claim is more than {GOAL:.0%}: {'reached' if reached else 'NOT reached'}.")
    print(f"The same digits one pixel further to the right: {shifted:.2%}")
    if not reached:
        print("The network did not learn enough. Check the tests of convolutions, losses and the optimizer.", file=sys.stderr)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
