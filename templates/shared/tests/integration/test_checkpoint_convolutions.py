"""A network with batch normalisation comes back from a checkpoint with its running statistics.

Needs: training, convolutions.
"""

import numpy as np
import pytest

from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer, load_checkpoint, save_checkpoint
from tinytorch.nn.convolutions import BatchNorm2d, Conv2d, Flatten


def network(seed):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 3, 3, rng=rng), BatchNorm2d(3), Flatten(), Linear(3 * 4 * 4, 2, rng=rng)
    )


def pictures(count):
    """Bright and dark pictures (N, 1, 6, 6), far from mean 0 and variance 1, and which is which."""
    rng = np.random.default_rng(1)
    labels = np.arange(count) % 2
    noise = rng.normal(size=(count, 1, 6, 6))
    return (20 + 5 * labels[:, None, None, None] + noise).astype(np.float32), labels


def trained(seed, epochs):
    model = network(seed)
    trainer = Trainer(model, Adam(model.parameters(), lr=0.01), CrossEntropyLoss())
    trainer.fit(DataLoader(TensorDataset(*pictures(40)), 10), epochs)
    return model, trainer


def test_a_loaded_network_gives_the_answers_of_the_saved_one(tmp_path):
    model, _ = trained(1, 3)
    save_checkpoint(tmp_path / "c", model)
    again = network(2)
    load_checkpoint(tmp_path / "c", again)
    x = Tensor(pictures(8)[0])
    assert np.array_equal(again.eval()(x).data, model.eval()(x).data)
    assert np.array_equal(again.layers[1].running_mean, model.layers[1].running_mean)
    assert again.layers[1].running_mean.max() > 1, "the statistics were measured, not left at 0"


def test_going_on_gives_the_same_statistics(tmp_path):
    model, trainer = trained(1, 2)
    save_checkpoint(tmp_path / "c", model, trainer.optimizer)
    loader = DataLoader(TensorDataset(*pictures(40)), 10)
    trainer.fit(loader, 2)
    again, other = trained(2, 1)
    load_checkpoint(tmp_path / "c", again, other.optimizer)
    other.fit(loader, 2)
    for name in ("running_mean", "running_var"):
        assert np.array_equal(getattr(model.layers[1], name), getattr(again.layers[1], name))


def test_a_checkpoint_without_statistics_is_refused(tmp_path):
    model = network(1)
    bare = Sequential(model.layers[0], Flatten(), model.layers[3])
    save_checkpoint(tmp_path / "c", bare)
    with pytest.raises(ValueError):
        load_checkpoint(tmp_path / "c", model)
