"""From raw arrays to a trained model and back from a checkpoint: every part of the training loop
at work together.

Needs: training.
"""

import copy

import numpy as np
import pytest

from tinytorch.core.dataloader import DataLoader, Standardize, TensorDataset, random_split
from tinytorch.core.layers import Dropout, Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor, apply_op
from tinytorch.core.training import CosineSchedule, Trainer, load_checkpoint, save_checkpoint


class Bend(Module):
    """tanh, through the door of all operations: so this file needs no module of activations."""

    def forward(self, x):
        return apply_op("tanh", np.tanh, x)


def rings(count, seed):
    """Points in the plane with very different scales, and whether they lie inside a circle: no
    line separates them.
    """
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, size=(count, 2))
    inside = ((points**2).sum(axis=1) < 0.6).astype(np.int64)
    return (points * [1000, 0.01] + [5000, 3]).astype(np.float32), inside


def network(seed, dropout=0.0):
    rng = np.random.default_rng(seed)
    return Sequential(
        Linear(2, 24, rng=rng), Bend(), Dropout(dropout, rng=rng), Linear(24, 2, rng=rng)
    )


def loaders(batch_size=20, seed=3):
    points, labels = rings(500, seed=1)
    train, test = random_split(TensorDataset(points, labels), [0.8, 0.2], seed=2)
    x, y = train.fetch(np.arange(len(train)))
    scale = Standardize(x)
    held_x, held_y = test.fetch(np.arange(len(test)))
    return DataLoader(TensorDataset(scale(x), y), batch_size, shuffle=True, seed=seed), DataLoader(
        TensorDataset(scale(held_x), held_y), 32
    )


def weights(model):
    return [p.data.copy() for p in model.parameters()]


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, lr=0.3, momentum=0.9),
        lambda p: Adam(p, lr=0.02),
        lambda p: AdamW(p, lr=0.02),
    ],
    ids=["sgd", "adam", "adamw"],
)
def test_every_optimizer_learns_the_circle(make):
    train, test = loaders()
    model = network(7)
    optimizer = make(model.parameters())
    trainer = Trainer(
        model,
        optimizer,
        CrossEntropyLoss(),
        max_grad_norm=5.0,
        schedule=CosineSchedule(optimizer, steps=25 * len(train), warmup=10),
    )
    history = trainer.fit(train, 25, validation=test)
    assert history[-1]["validation_accuracy"] > 0.93
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["lr"] == pytest.approx(0, abs=1e-9)


def test_a_model_without_a_hidden_layer_does_not():
    train, test = loaders()
    model = Sequential(Linear(2, 2, rng=np.random.default_rng(7)))
    history = Trainer(model, Adam(model.parameters(), lr=0.02), CrossEntropyLoss()).fit(
        train, 25, validation=test
    )
    assert history[-1]["validation_accuracy"] < 0.75


def test_same_seeds_same_weights():
    def run():
        train, test = loaders()
        model = network(7, dropout=0.2)
        trainer = Trainer(model, Adam(model.parameters(), lr=0.02), CrossEntropyLoss())
        return trainer.fit(train, 3, validation=test), weights(model)

    (history, one), (again, two) = run(), run()
    assert history == again
    assert all(np.array_equal(a, b) for a, b in zip(one, two))


def test_everything_stays_in_float32():
    train, _ = loaders()
    model = network(7, dropout=0.2)
    optimizer = AdamW(model.parameters(), lr=0.02)
    trainer = Trainer(
        model,
        optimizer,
        CrossEntropyLoss(),
        max_grad_norm=0.1,
        schedule=CosineSchedule(optimizer, steps=50, warmup=3),
    )
    trainer.fit(train, 1)
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert {p.grad.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert {v.dtype for memory in optimizer.memory for v in memory.values() if np.ndim(v)} == {
        np.dtype(np.float32)
    }


def test_gradients_of_the_whole_step_against_differences():
    """One training step's gradients, in float64, for every weight."""
    model = network(7)
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    rng = np.random.default_rng(1)
    x, y = Tensor(rng.normal(size=(6, 2))), Tensor(np.array([0, 1, 1, 0, 1, 0]))
    loss_of = CrossEntropyLoss()
    loss_of(model(x), y).backward()
    for name, p in model.named_parameters():
        for index in np.ndindex(p.shape):
            kept, sides = p.data, []
            for step in (1e-6, -1e-6):
                p.data = kept.copy()
                p.data[index] += step
                sides.append(loss_of(model(x), y).item())
            p.data = kept
            assert p.grad.data[index] == pytest.approx(
                (sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-8
            ), (name, index)


def test_many_small_batches_add_up_to_a_large_one():
    """Gradients accumulate: the sum over equal parts, divided by their number, is the gradient of
    the whole.
    """
    model, loss_of = network(7), CrossEntropyLoss()
    points, labels = rings(32, seed=5)
    x = Standardize(points)(points.astype(np.float64))
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    loss_of(model(Tensor(x)), Tensor(labels)).backward()
    whole = [p.grad.data.copy() for p in model.parameters()]
    model.zero_grad()
    for start in range(0, 32, 8):
        (
            loss_of(model(Tensor(x[start : start + 8])), Tensor(labels[start : start + 8])) / 4
        ).backward()
    for p, expected in zip(model.parameters(), whole):
        np.testing.assert_allclose(p.grad.data, expected, rtol=1e-9, atol=1e-12)


def test_interrupted_and_continued(tmp_path):
    def start(seed):
        train, _ = loaders()
        model = network(seed)
        return train, model, Trainer(model, Adam(model.parameters(), lr=0.02), CrossEntropyLoss())

    train, model, trainer = start(7)
    trainer.fit(train, 2)
    save_checkpoint(tmp_path / "run", model, trainer.optimizer, epochs=2)
    trainer.fit(train, 2)

    train, again, trainer = start(8)
    done = load_checkpoint(tmp_path / "run", again, trainer.optimizer)["epochs"]
    for _ in range(done):
        list(train)  # the loader goes on where it was
    trainer.fit(train, 2)
    assert all(np.array_equal(a, b) for a, b in zip(weights(model), weights(again)))


def test_frozen_parameters_stay():
    """Only what the optimizer knows is moved, but gradients flow through the rest."""
    train, _ = loaders()
    first, last = (
        Linear(2, 24, rng=np.random.default_rng(7)),
        Linear(24, 2, rng=np.random.default_rng(8)),
    )
    before, model = weights(last), Sequential(first, Bend(), last)
    moved = weights(first)
    Trainer(model, SGD(first.parameters(), lr=0.1), CrossEntropyLoss()).fit(train, 1)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(last)))
    assert all(not np.array_equal(a, b) for a, b in zip(moved, weights(first)))


def test_clipping_saves_a_model_from_one_bad_example():
    """One target of a million among sane ones: without a limit the weight is thrown far away, with
    it hardly.
    """
    x = np.linspace(-1, 1, 32)[:, None]
    y = 2 * x
    y[5] = 1e6
    ends = {}
    for limit in (None, 1.0):
        model = Sequential(Linear(1, 1, rng=np.random.default_rng(7)))
        for p in model.parameters():
            p.data = p.data.astype(np.float64)
        trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss(), max_grad_norm=limit)
        trainer.fit(DataLoader(TensorDataset(x, y), 1), 1)
        ends[limit] = abs(model.parameters()[0].data).max()
    assert ends[1.0] < 5 < 1000 < ends[None]


def test_a_diverging_run_stops_with_a_sentence():
    x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
    train = DataLoader(TensorDataset(x, 3 * x), 8)
    model = Linear(1, 1, rng=np.random.default_rng(7))
    trainer = Trainer(model, SGD(model.parameters(), lr=100.0), MSELoss())
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError):
        trainer.fit(train, 10)


def test_training_does_not_keep_old_tapes():
    """What a step leaves behind does not grow with the number of steps."""
    import gc

    train, _ = loaders()
    model = network(7)
    trainer = Trainer(model, Adam(model.parameters()), CrossEntropyLoss())
    counts = []
    for _ in range(3):
        trainer.fit(train, 1)
        gc.collect()
        counts.append(sum(isinstance(thing, Tensor) for thing in gc.get_objects()))
    assert counts[2] <= counts[1]


def test_a_copied_model_is_independent():
    train, _ = loaders()
    model = network(7)
    twin = copy.deepcopy(model)
    before = weights(twin)
    Trainer(model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss()).fit(train, 1)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(twin)))
