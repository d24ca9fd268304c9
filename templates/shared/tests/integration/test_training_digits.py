"""A network with a hidden layer learns to read digits, on the data set that comes with the course.

Needs: training, activations, and datasets/tinydigits.
"""

from pathlib import Path

import numpy as np
import pytest

from tinytorch.core.activations import ReLU
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.training import Trainer

FILE = next(
    (
        folder / "datasets/tinydigits/tinydigits.npz"
        for folder in Path(__file__).resolve().parents
        if (folder / "datasets/tinydigits/tinydigits.npz").exists()
    ),
    None,
)
pytestmark = pytest.mark.skipif(
    FILE is None, reason="this course comes without datasets/tinydigits"
)


@pytest.fixture(scope="module")
def digits():
    with np.load(FILE, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def test_the_data_set_is_what_its_readme_says(digits):
    for part, count in (("train", 2800), ("test", 700)):
        images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
        assert images.shape == (count, 12, 12) and images.dtype == np.uint8
        assert (np.bincount(labels) == count // 10).all() and labels.dtype == np.uint8
        assert images.max() == 255 and (images % 17 == 0).all()
    known = {image.tobytes() for image in digits["train_images"]}
    assert not any(image.tobytes() in known for image in digits["test_images"]), (
        "no test picture may be in the training part"
    )


def test_a_hidden_layer_learns_to_read(digits):
    def loader(part, batch_size, **options):
        images = digits[f"{part}_images"].reshape(-1, 144).astype(np.float32) / 255
        return DataLoader(TensorDataset(images, digits[f"{part}_labels"]), batch_size, **options)

    rng = np.random.default_rng(7)
    model = Sequential(Linear(144, 64, rng=rng), ReLU(), Linear(64, 10, rng=rng))
    trainer = Trainer(model, Adam(model.parameters(), lr=0.003), CrossEntropyLoss())
    history = trainer.fit(
        loader("train", 32, shuffle=True, seed=7), 8, validation=loader("test", 100)
    )
    assert history[-1]["validation_accuracy"] > 0.87, (
        "eight epochs should be enough for 87 % of the held-out digits"
    )
    assert (
        trainer.evaluate(loader("train", 100))["accuracy"] > history[-1]["validation_accuracy"]
    ), "what was trained on is read better than what was not"
