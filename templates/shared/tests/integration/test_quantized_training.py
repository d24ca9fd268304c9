"""Needs training, activations, quantization: a model that was trained here survives int8."""

import numpy as np

from tinytorch.core.activations import ReLU
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer
from tinytorch.perf.quantization import QuantizedLinear, model_bytes, quantize_model


def test_accuracy_survives_int8():
    rng = np.random.default_rng(3)
    centres = 2 * rng.normal(size=(3, 12))
    labels = np.arange(300) % 3
    x = (centres[labels] + rng.normal(size=(300, 12))).astype(np.float32)
    model = Sequential(Linear(12, 24, rng=rng), ReLU(), Linear(24, 3, rng=rng))
    loader = DataLoader(TensorDataset(x, labels), batch_size=30, shuffle=True, seed=3)
    Trainer(model, Adam(model.parameters(), lr=0.01), CrossEntropyLoss()).fit(loader, epochs=5)
    accuracy = lambda m: (m(Tensor(x)).numpy().argmax(axis=1) == labels).mean()
    before = accuracy(model)
    assert before > 0.95
    small = quantize_model(model, [Tensor(x[:60])])
    assert accuracy(small) >= before - 0.01
    assert model_bytes(model) / model_bytes(small) > 2.2
    assert sum(isinstance(layer, QuantizedLinear) for layer in small.layers) == 2
