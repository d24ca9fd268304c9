"""Tests of tinytorch.nn.lora on the exported package."""

import numpy as np
import pytest

from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Linear, Module, Parameter, Sequential, initial_weight, manual_seed
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.nn.lora import (
    LoRALinear,
    adapt,
    adapter_state,
    count_trainable,
    find,
    freeze,
    is_target,
    load_adapter_state,
    load_adapters,
    merge,
    nearest,
    put,
    save_adapters,
    trainable,
    training_bytes,
    unmerge,
)
from tinytorch.testing import exercise, numerical_gradient, recorded_operations


class Net(Module):
    """Layers in a list, in a tuple, in a dict, and one in two places."""

    def __init__(self, seed=3):
        rng = np.random.default_rng(seed)
        self.first = Linear(5, 7, rng=rng)
        up, down = (lambda: Linear(7, 9, rng=rng)), (lambda: Linear(9, 7, rng=rng))
        self.blocks = [{"up": up(), "down": down()} for _ in range(2)]
        self.ends = (Linear(7, 3, rng=rng), "text", self.first)
        self.gain = Parameter(rng.normal(size=7))

    def forward(self, x):
        x = self.first(x) * self.gain
        for block in self.blocks:
            h = block["up"](x)
            x = x + block["down"](h * (h > 0))
        return self.ends[0](x)


X = np.random.default_rng(11).normal(size=(6, 5))


def filled(model, seed=5):
    """The model, with corrections that are not zero."""
    rng = np.random.default_rng(seed)
    for _, layer in find(model, LoRALinear):
        layer.B.data = rng.normal(size=layer.B.shape).astype(np.float32)
    return model


def outputs(model, x=X):
    with no_grad():
        return model(Tensor(x)).data


def test_freeze_reaches_everything_and_forgets_gradients():
    net = Net()
    with exercise("freeze"):
        net(Tensor(X)).sum().backward()
        old = {name: p.data.copy() for name, p in net.named_parameters()}
        assert freeze(net) is net
        assert not any(p.requires_grad for p in net.parameters())
        assert all(p.grad is None for p in net.parameters())
        Adam(net.parameters(), lr=1.0).step()
        assert all(np.array_equal(p.data, old[name]) for name, p in net.named_parameters())
        assert not net(Tensor(X)).requires_grad, "no tape without anything to train"


def test_trainable_keeps_the_order():
    net = Net()
    with exercise("trainable"):
        assert [id(p) for p in trainable(net)] == [id(p) for p in net.parameters()]
        chosen = [net.blocks[1]["up"].bias, net.gain]
        freeze(net)
        for parameter in chosen:
            parameter.requires_grad = True
        assert [id(p) for p in trainable(net)] == [id(p) for p in chosen]
        assert isinstance(trainable(net), list)


@pytest.mark.parametrize("shape, rank", [((30, 4), 1), ((4, 30), 4), ((6, 6), 3)])
def test_a_new_layer_changes_nothing(shape, rank):
    with exercise("LoRALinear.__init__"):
        linear = Linear(*shape, rng=np.random.default_rng(3))
        layer = LoRALinear(linear, rank, 7.0, rng=np.random.default_rng(4))
        assert layer.linear is linear
        assert layer.A.shape == (shape[0], rank) and layer.B.shape == (rank, shape[1])
        assert [p.dtype for p in (layer.A, layer.B)] == [np.float32, np.float32]
        assert np.array_equal(
            layer.A.data, initial_weight(shape[0], rank, np.random.default_rng(4))
        )
        assert not layer.B.data.any()
        assert isinstance(layer.A, Parameter) and isinstance(layer.B, Parameter)
    with exercise("LoRALinear.forward"):
        x = np.random.default_rng(5).normal(size=(2, 3, shape[0]))
        assert np.array_equal(outputs(layer, x), outputs(linear, x))
        assert not layer.merged


@pytest.mark.parametrize("rank", [0, 4, -1])
def test_ranks_that_do_not_fit(rank):
    with pytest.raises(ValueError):
        LoRALinear(Linear(5, 3), rank, 1)


def test_the_shared_generator_is_used():
    manual_seed(6)
    first = LoRALinear(Linear(5, 3), 2, 1).A.data
    manual_seed(6)
    assert np.array_equal(LoRALinear(Linear(5, 3), 2, 1).A.data, first)


@pytest.mark.parametrize("rank, alpha", [(1, 1), (2, 8), (4, 2)])
def test_the_layer_by_the_formula(rank, alpha):
    rng = np.random.default_rng(6)
    layer = LoRALinear(Linear(6, 5, rng=rng), rank, alpha)
    for parameter in layer.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    weight, bias, a, b = (p.data for p in layer.parameters())
    x = rng.normal(size=(3, 6))
    with exercise("LoRALinear.forward"):
        assert np.allclose(outputs(layer, x), x @ (weight + alpha / rank * a @ b) + bias)
        with recorded_operations() as done:
            layer(Tensor(x))
        assert all(output.shape != (6, 5) for _, _, _, output in done), "(x A) B"
    with exercise("LoRALinear.update"):
        assert np.allclose(layer.update(), alpha / rank * a @ b)
    with exercise("LoRALinear.forward"):
        layer.merged = True
        assert np.allclose(outputs(layer, x), x @ weight + bias)


def test_the_update_is_computed_in_float64():
    layer = LoRALinear(Linear(3, 3), 2, 2)
    rng = np.random.default_rng(6)
    layer.A.data = rng.normal(size=(3, 2)).astype(np.float32)
    layer.B.data = rng.normal(size=(2, 3)).astype(np.float32)
    with exercise("LoRALinear.update"):
        exact = layer.A.data.astype(np.float64) @ layer.B.data.astype(np.float64)
        assert layer.update().dtype == np.float64
        assert np.allclose(layer.update(), exact, rtol=1e-13, atol=0)


def test_gradients_by_finite_differences():
    rng = np.random.default_rng(6)
    layer = LoRALinear(Linear(4, 3, rng=rng), 2, 5)
    for parameter in layer.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    x, weights = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 5, 3))
    given = Tensor(x, requires_grad=True)
    with exercise("LoRALinear.forward"):
        (layer(given) * Tensor(weights)).sum().backward()
        loss = lambda: float((outputs(layer, x) * weights).sum())
        for parameter in (layer.A, layer.B):
            start = parameter.data

            def changed(values, parameter=parameter):
                parameter.data = values
                return loss()

            wanted = numerical_gradient(changed, start)
            parameter.data = start
            assert np.allclose(parameter.grad.data, wanted, atol=1e-5)
        of_x = numerical_gradient(lambda a: float((outputs(layer, a) * weights).sum()), x)
        assert np.allclose(given.grad.data, of_x, atol=1e-5)
        assert layer.linear.weight.grad is None and layer.linear.bias.grad is None


def test_the_first_step_moves_b_and_the_second_also_a():
    layer = LoRALinear(Linear(4, 3, rng=np.random.default_rng(3)), 2, 2)
    start, sgd = layer.A.data.copy(), SGD(trainable(layer), lr=0.1)
    with exercise("LoRALinear.forward"):
        for moved in (False, True):
            layer.zero_grad()
            (layer(Tensor(X[:, :4])) ** 2).sum().backward()
            sgd.step()
            assert layer.B.data.any()
            assert np.array_equal(layer.A.data, start) is not moved


def test_find_gives_each_module_once_with_its_first_path():
    net = Net()
    with exercise("find"):
        found = find(net, Linear)
        blocks = ["blocks.0.up", "blocks.0.down", "blocks.1.up", "blocks.1.down"]
        assert [path for path, _ in found] == ["first", *blocks, "ends.0"]
        assert found[0][1] is net.first and found[5][1] is net.ends[0]
        deep = Sequential(Sequential(net), Linear(3, 3), Sequential(net))
        assert [path for path, _ in find(deep, Linear)][:2] == [
            "layers.0.layers.0.first",
            "layers.0.layers.0.blocks.0.up",
        ]
        assert len(find(deep, Linear)) == 7
        assert [path for path, _ in find(deep, Net)] == ["layers.0.layers.0"]
        assert find(net, Net) == [("", net)] and find(net, LoRALinear) == []


@pytest.mark.parametrize(
    "path, targets, wanted",
    [
        ("a.key", ["key"], True),
        ("a.key", ("b", "a.key"), True),
        ("a.monkey", ["key"], False),
        ("aa.key", ["a.key"], False),
        ("key.a", ["key"], False),
        ("key", ["key"], True),
        ("key", ["a.key"], False),
        ("a.key", [], False),
        ("a.key", None, True),
        ("", None, True),
    ],
)
def test_is_target(path, targets, wanted):
    with exercise("is_target"):
        assert bool(is_target(path, targets)) is wanted


def test_put_goes_through_lists_tuples_and_dicts():
    net = Net()
    a, b = Linear(7, 9), Linear(7, 3)
    assert put(net, {id(net.blocks[1]["up"]): a, id(net.ends[0]): b}) is net
    assert net.blocks[1]["up"] is a and net.ends[0] is b
    assert net.ends[1:] == ("text", net.first)


def test_adapt_replaces_freezes_and_changes_nothing():
    net = Net()
    first, before = net.first, outputs(net)
    with exercise("adapt"):
        assert adapt(net, 2, 6, ["first", "down"], np.random.default_rng(4)) is net
        found = find(net, LoRALinear)
        assert [path for path, _ in found] == ["first", "blocks.0.down", "blocks.1.down"]
        assert net.first is net.ends[2] and net.first.linear is first
        assert type(net.blocks[0]["up"]) is Linear and type(net.ends[0]) is Linear
        assert [(layer.rank, layer.alpha) for _, layer in found] == [(2, 6)] * 3
        parts = [id(part) for _, layer in found for part in (layer.A, layer.B)]
        assert sorted(id(p) for p in trainable(net)) == sorted(parts)
        assert np.array_equal(outputs(net), before)
        rng = np.random.default_rng(4)
        draws = [initial_weight(rows, 2, rng) for rows in (5, 9, 9)]
        assert all(np.array_equal(layer.A.data, a) for (_, layer), a in zip(found, draws))


def test_adapt_takes_all_layers_without_targets():
    with exercise("adapt"):
        assert len(find(adapt(Net(), 3, 3), LoRALinear)) == 6
        single = Linear(4, 4)
        assert adapt(single, 1, 1).linear is single


@pytest.mark.parametrize("rank, targets", [(0, None), (4, None), (1, ["nothing"]), (1, [])])
def test_what_adapt_refuses_changes_nothing(rank, targets):
    net = Net()
    with pytest.raises(ValueError):
        adapt(net, rank, 1, targets)
    assert len(trainable(net)) == len(net.parameters()) and not find(net, LoRALinear)


def test_adapt_refuses_a_model_that_is_adapted():
    with exercise("adapt"):
        net = adapt(Net(), 1, 1, ["first"])
        with pytest.raises(ValueError):
            adapt(net, 1, 1, ["up"])
        assert len(find(net, LoRALinear)) == 1


def test_only_corrections_move():
    net = adapt(Net(), 2, 2)
    weights = {name: p.data.copy() for name, p in net.named_parameters() if not p.requires_grad}
    with exercise("adapt"):
        adam = Adam(trainable(net), lr=0.01)
        losses = []
        for _ in range(60):
            net.zero_grad()
            loss = ((net(Tensor(X)) - 1) ** 2).mean()
            loss.backward()
            adam.step()
            losses.append(loss.item())
        assert losses[-1] < losses[0] / 5
        now = dict(net.named_parameters())
        assert all(np.array_equal(now[name].data, old) for name, old in weights.items())


@pytest.mark.parametrize("rank", [1, 3])
def test_counts(rank):
    net = Net()
    total = sum(p.size for p in net.parameters())
    with exercise("count_trainable"):
        assert count_trainable(net) == (total, total)
        adapt(net, rank, 1, ["up", "first"])
        new = rank * (5 + 7 + 2 * (7 + 9))
        assert count_trainable(net) == (new, total + new)
        assert count_trainable(freeze(net)) == (0, total + new)


@pytest.mark.parametrize("slots", [0, 1, 2])
def test_bytes(slots):
    net = adapt(Net(), 2, 1, ["up"])
    net.gain.data = net.gain.data.astype(np.float64)
    with exercise("training_bytes"):
        found = training_bytes(net, slots)
        corrections = 4 * 2 * 2 * (7 + 9)
        weights = sum(p.size * p.dtype.itemsize for p in net.parameters())
        optimizer = slots * corrections
        assert found == {"weights": weights, "gradients": corrections, "optimizer": optimizer}
        assert training_bytes(net) == training_bytes(net, 2)


def test_merge_and_back():
    net = filled(adapt(Net(), 2, 5, ["first", "down"]))
    plain, layers = outputs(net), [layer for _, layer in find(net, LoRALinear)]
    old = [layer.linear.weight.data.copy() for layer in layers]
    held = [layer.linear.weight for layer in layers]
    with exercise("merge"):
        assert merge(net) is net
        for layer, weight, parameter in zip(layers, old, held):
            assert layer.linear.weight is parameter and parameter.dtype == np.float32
            wanted = weight + 2.5 * layer.A.data @ layer.B.data
            assert np.allclose(parameter.data, wanted, atol=1e-5)
            assert layer.merged
        once = outputs(net)
        assert np.allclose(once, plain, rtol=1e-3, atol=1e-3)
        assert np.array_equal(outputs(merge(net)), once), "twice is once"
    with exercise("unmerge"):
        assert unmerge(net) is net
        for layer, weight, parameter in zip(layers, old, held):
            assert layer.linear.weight is parameter and parameter.dtype == np.float32
            assert np.allclose(parameter.data, weight, atol=1e-5)
            assert not layer.merged
        back = [parameter.data for parameter in held]
        unmerge(net)
        assert all(np.array_equal(p.data, weight) for p, weight in zip(held, back))
        assert np.allclose(outputs(net), plain, rtol=1e-3, atol=1e-3)


def test_merging_what_is_half_merged():
    net = filled(adapt(Net(), 2, 5, ["first", "down"]))
    plain = outputs(net)
    with exercise("merge"):
        merge(net.first)
        assert net.first.merged and not net.blocks[0]["down"].merged
        assert np.allclose(outputs(merge(net)), plain, rtol=1e-3, atol=1e-3)
    with exercise("unmerge"):
        unmerge(net.first)
        assert np.allclose(outputs(unmerge(net)), plain, rtol=1e-3, atol=1e-3)


def test_a_float64_weight_stays_float64():
    layer = filled(LoRALinear(Linear(4, 3), 1, 1))
    layer.linear.weight.data = layer.linear.weight.data.astype(np.float64)
    with exercise("merge"):
        assert merge(layer).linear.weight.dtype == np.float64
        assert unmerge(layer).linear.weight.dtype == np.float64


def test_the_state_has_the_corrections_and_nothing_else():
    net = filled(adapt(Net(), 2, 5, ["first", "down"]))
    with exercise("adapter_state"):
        state = adapter_state(net)
        paths = ["first", "blocks.0.down", "blocks.1.down"]
        assert sorted(state) == sorted(f"{path}.{p}" for path in paths for p in ("A", "B", "alpha"))
        for path, layer in find(net, LoRALinear):
            assert np.array_equal(state[f"{path}.A"], layer.A.data)
            assert np.array_equal(state[f"{path}.B"], layer.B.data)
            assert np.shape(state[f"{path}.alpha"]) == () and state[f"{path}.alpha"] == 5
            layer.A.data += 1
            layer.B.data += 1
            assert not np.array_equal(state[f"{path}.A"], layer.A.data), "a copy"
            assert not np.array_equal(state[f"{path}.B"], layer.B.data), "a copy"


def test_states_are_switched():
    net = adapt(Net(), 2, 5, ["first", "down"])
    with exercise("load_adapter_state"):
        states, wanted = [], []
        for seed in (5, 6):
            states.append(adapter_state(filled(net, seed)))
            wanted.append(outputs(net))
        states[0]["first.alpha"] = np.array(2.5)
        for place in (0, 1, 0, 1):
            load_adapter_state(net, states[place])
            assert net.first.alpha == (2.5, 5)[place]
            net.first.alpha = 5
            assert np.array_equal(outputs(net), wanted[place])
        net.first.A.data += 1
        net.first.B.data += 1
        load_adapter_state(net, states[1])
        net.first.A.data += 1
        net.first.B.data += 1
        load_adapter_state(net, states[1])
        assert np.array_equal(outputs(net), wanted[1]), "loading copies the state"


def test_loading_keeps_the_dtype_of_the_model():
    net = filled(adapt(Net(), 2, 5, ["up"]))
    state = {name: array.astype(np.float64) for name, array in adapter_state(net).items()}
    with exercise("load_adapter_state"):
        load_adapter_state(net, state)
        assert {p.dtype for p in trainable(net)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("what", ["missing", "extra", "shape", "rank", "merged"])
def test_what_does_not_fit_is_refused_and_changes_nothing(what):
    net = filled(adapt(Net(), 2, 5, ["first", "down"]))
    before = outputs(net)
    with exercise("load_adapter_state"):
        state = {name: array + 1 for name, array in adapter_state(net).items()}
        if what == "missing":
            del state["blocks.1.down.B"]
        elif what == "extra":
            state["ends.0.A"] = np.ones((7, 2))
        elif what == "shape":
            state["blocks.1.down.B"] = state["blocks.1.down.B"][:, :1]
        elif what == "rank":
            state = adapter_state(adapt(Net(), 3, 5, ["first", "down"]))
        else:
            merge(net.first)
        merged = outputs(net)
        with pytest.raises(ValueError):
            load_adapter_state(net, state)
        assert np.array_equal(outputs(net), merged)
        assert np.allclose(outputs(unmerge(net)), before, rtol=1e-3, atol=1e-3)
        assert net.first.alpha == 5


def test_a_file_holds_the_corrections(tmp_path):
    net, other = filled(adapt(Net(), 2, 5, ["up"])), adapt(Net(), 2, 1, ["up"])
    with exercise("save_adapters"):
        with open(tmp_path / "task.npz", "wb") as file:
            save_adapters(file, net)
        with open(tmp_path / "task.npz", "rb") as file:
            load_adapters(file, other)
        assert np.array_equal(outputs(other), outputs(net))


@pytest.mark.parametrize("shape", [(8, 5), (4, 9), (6, 6)])
@pytest.mark.parametrize("alpha", [1, 6.0])
def test_nearest_is_as_near_as_its_rank_allows(shape, alpha):
    rng = np.random.default_rng(6)
    linear, target = Linear(*shape, rng=rng), rng.normal(size=shape)
    old = linear.weight.data.copy()
    sizes = np.linalg.svd(target - old, compute_uv=False)
    with exercise("nearest"):
        for rank in range(1, min(shape) + 1):
            layer = nearest(linear, target, rank, alpha)
            assert (layer.rank, layer.alpha) == (rank, alpha) and layer.linear is linear
            distance = np.linalg.norm(old + layer.update() - target)
            assert np.isclose(distance, np.sqrt((sizes[rank:] ** 2).sum()), atol=1e-5)
            assert [p.dtype for p in trainable(layer)] == [np.float32, np.float32]
        assert np.array_equal(linear.weight.data, old)
