"""The layers module, tested on the exported package."""

import numpy as np
import pytest

from tinytorch.core.layers import Dropout, Linear, Module, Parameter, Sequential, initial_weight, manual_seed, orthogonal_weight
from tinytorch.core.tensor import Tensor
from tinytorch.testing import exercise, recorded_operations


class Pair(Module):
    def __init__(self):
        self.left = Linear(3, 4)
        self.rest = [Linear(4, 2, bias=False), Dropout(0.5)]
        self.shared = self.left.bias
        self.constant = Tensor([1.0])

    def forward(self, x):
        for layer in [self.left, *self.rest]:
            x = layer(x)
        return x


def test_parameters_want_gradients():
    with exercise("Parameter"):
        parameter = Parameter([[1.0, 2.0]])
        assert isinstance(parameter, Tensor) and parameter.requires_grad and parameter.dtype == np.float32
        assert Parameter([1, 2]).dtype == np.float32
        assert Parameter(np.zeros(2)).dtype == np.float64


def test_named_parameters_are_paths_without_doubles():
    with exercise("Module.named_parameters"):
        model = Pair()
        assert [name for name, _ in model.named_parameters()] == ["left.weight", "left.bias", "rest.0.weight"]
        assert model.parameters()[1] is model.left.bias
        assert sum(p.size for p in model.parameters()) == 3 * 4 + 4 + 4 * 2
        wrapped = Sequential(model, Linear(2, 1))
        assert [name for name, _ in wrapped.named_parameters()][2:] == ["layers.0.rest.0.weight", "layers.1.weight", "layers.1.bias"]


def test_equal_parameters_are_not_the_same():
    with exercise("Module.named_parameters"):
        assert len(Sequential(Linear(2, 2), Linear(2, 2)).parameters()) == 4


def test_modes_reach_everything():
    with exercise("Module.train"):
        model = Sequential(Pair(), Dropout(0.1))
        assert model.eval() is model
        assert not any(m.training for m in (model, model[0], model[0].left, model[0].rest[1], model[1]))
        assert model.train() is model
        assert all(m.training for m in (model, model[0], model[0].left, model[0].rest[1], model[1]))


def test_zero_grad():
    with exercise("Module.zero_grad"):
        model = Pair()
        for parameter in model.parameters():
            parameter.grad = Tensor([1.0])
        model.zero_grad()
        assert [parameter.grad for parameter in model.parameters()] == [None] * 3


def test_a_module_without_forward_says_so():
    with exercise("Module"), pytest.raises(TypeError, match="Module has no forward"):
        Module()(Tensor([1.0]))


@pytest.mark.parametrize("inputs", [4, 100, 2500])
def test_initial_weights_keep_the_variance(inputs):
    with exercise("initial_weight"):
        rng = np.random.default_rng(inputs)
        weight = initial_weight(inputs, 300, rng)
        x = rng.standard_normal((50, inputs))
        assert (x @ weight).std() == pytest.approx(1, abs=0.1)
        assert abs(weight.mean()) < 5 / np.sqrt(inputs * inputs * 300)


def test_seed_repeats_layers():
    with exercise("initial_weight"):
        manual_seed(1)
        first = Linear(3, 2).weight.data
        manual_seed(2)
        other = Linear(3, 2).weight.data
        manual_seed(1)
        assert np.array_equal(Linear(3, 2).weight.data, first) and not np.array_equal(first, other)


def test_orthogonal_weights():
    with exercise("orthogonal_weight"):
        tall = orthogonal_weight(6, 2, np.random.default_rng(0))
        wide = orthogonal_weight(2, 6, np.random.default_rng(0))
        assert np.allclose(tall.T @ tall, np.eye(2), atol=1e-6) and np.allclose(wide @ wide.T, np.eye(2), atol=1e-6)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 5, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape, bias):
    with exercise("Linear"):
        layer = Linear(3, 4, bias=bias, rng=np.random.default_rng(2))
        if bias:
            layer.bias.data = np.array([1.0, -2.0, 3.0, 0.5])
        x = np.random.default_rng(3).normal(size=shape)
        expected = x @ layer.weight.data + (layer.bias.data if bias else 0)
        assert np.allclose(layer(Tensor(x)).data, expected)
        assert len(layer.parameters()) == (2 if bias else 1)
        assert all(p.dtype == np.float32 for p in Linear(3, 4, bias=bias).parameters())
        with pytest.raises(ValueError, match="expects 3 features"):
            layer(Tensor(np.ones((3, 4))))


def test_sequential():
    with exercise("Sequential"):
        chain = Sequential(lambda t: t - 1, lambda t: t * 3)
        assert chain(Tensor([5.0])).tolist() == [12.0]
        assert len(chain) == 2 and chain[1](Tensor([2.0])).tolist() == [6.0]
        x = Tensor([1.0])
        assert Sequential()(x) is x


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
def test_dropout(p):
    with exercise("Dropout"):
        x = Tensor(np.full((50, 400), 2.0))
        out = Dropout(p, rng=np.random.default_rng(4))(x).data
        assert set(np.unique(out)) == {0.0, 2.0 / (1 - p)}
        assert (out == 0).mean() == pytest.approx(p, abs=0.02)
        layer = Dropout(p).eval()
        assert layer(x) is x


def test_dropout_records_its_mask():
    with exercise("Dropout"):
        with recorded_operations() as seen:
            Dropout(0.5, rng=np.random.default_rng(4))(Tensor(np.ones((2, 3))))
            Dropout(0.0)(Tensor(np.ones((2, 3))))
        assert [event[0] for event in seen] == ["dropout"]
        assert seen[0][2]["mask"].shape == (2, 3)
