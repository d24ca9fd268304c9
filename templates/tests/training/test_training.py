"""The loop around everything: each number it reports, and each thing it must leave alone."""

import math

import numpy as np
import pytest

from tinytorch.core import training
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Dropout, Linear, Module, Parameter, Sequential
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import (
    CosineSchedule,
    Trainer,
    clip_grad_norm,
    count_correct,
    load_checkpoint,
    save_checkpoint,
)


class Scale(Module):
    """y = w * x, with one weight."""

    def __init__(self, w=1.0):
        super().__init__()
        self.w = Parameter(np.array([w]))
        self.modes = []

    def forward(self, x):
        y = x * self.w
        self.modes.append((self.training, y.requires_grad))
        return y


def regression(count=5):
    x = np.arange(1.0, count + 1)[:, None]
    return TensorDataset(x, 2 * x)


def graded(*gradients, dtype=np.float64):
    params = []
    for values in gradients:
        p = Tensor(np.zeros(np.shape(values), dtype=dtype), requires_grad=True)
        p.grad = None if values is None else Tensor(np.array(values, dtype=dtype))
        params.append(p)
    return params


@pytest.mark.parametrize(
    "limit, factor", [(1.0, 1 / 13), (6.5, 0.5), (13.0, 1.0), (14.0, 1.0), (math.inf, 1.0)]
)
def test_clipping_scales_all_gradients_by_one_factor(limit, factor):
    params = graded([3.0, -4.0], [[12.0]])
    assert clip_grad_norm(iter(params), limit) == pytest.approx(13.0)
    np.testing.assert_allclose(params[0].grad.data, np.array([3.0, -4.0]) * factor)
    np.testing.assert_allclose(params[1].grad.data, np.array([[12.0]]) * factor)


def test_clipping_keeps_direction_and_dtype():
    grads = np.random.default_rng(7).normal(size=(2, 50)).astype(np.float32)
    params = graded(*grads, dtype=np.float32)
    before = clip_grad_norm(params, 0.1)
    after = np.concatenate([p.grad.data for p in params])
    assert after.dtype == np.float32
    np.testing.assert_allclose(after / np.linalg.norm(after), grads.ravel() / before, rtol=1e-5)
    assert np.linalg.norm(after) == pytest.approx(0.1, rel=1e-5)


@pytest.mark.filterwarnings("error")
def test_clipping_of_nothing_of_zeros_and_of_huge_numbers():
    none = Tensor(np.zeros(2), requires_grad=True)
    assert clip_grad_norm([none], 1.0) == 0.0 and none.grad is None
    (zeros,) = graded([0.0, 0.0])
    assert clip_grad_norm([zeros], 1.0) == 0.0 and zeros.grad.tolist() == [0.0, 0.0]
    (huge,) = graded([1e30, 0.0], dtype=np.float32)
    assert clip_grad_norm([huge], 2.0) == pytest.approx(1e30, rel=1e-6)
    np.testing.assert_allclose(huge.grad.data, [2.0, 0.0])


def test_clipping_leaves_arrays_alone_that_others_hold():
    params = graded([3.0, 4.0])
    held = params[0].grad.data
    clip_grad_norm(params, 1.0)
    assert held.tolist() == [3.0, 4.0]
    np.testing.assert_allclose(params[0].grad.data, [0.6, 0.8])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_refuses_gradients_that_are_not_finite(bad, dtype):
    params = graded([3.0, 4.0], [[bad, 1.0]], [2.0], dtype=dtype)
    before = [p.grad.data.copy() for p in params]
    with pytest.raises(FloatingPointError):
        clip_grad_norm(params, 1.0)
    for old, parameter in zip(before, params):
        np.testing.assert_array_equal(parameter.grad.data, old)


@pytest.mark.filterwarnings("ignore")
def test_a_gradient_that_is_no_number_stops_before_the_weights_change():
    """The square root at 0: the loss is finite, and its gradient is not."""
    model = Scale(0.0)
    optimizer = Adam(model.parameters())
    trainer = Trainer(model, optimizer, lambda y, target: y.sqrt().sum(), max_grad_norm=1.0)
    with pytest.raises(FloatingPointError):
        trainer.train_step(Tensor(np.array([[1.0]])), Tensor(np.array([[0.0]])))
    assert model.w.item() == 0.0 and optimizer.memory == [{}]


def test_cosine_is_symmetric_and_monotonic():
    optimizer = SGD(graded([1.0]), lr=0.6)
    schedule = CosineSchedule(optimizer, steps=25, warmup=5, minimum=0.1)
    rates = np.array([schedule.lr_at(t) for t in range(30)])
    np.testing.assert_allclose(rates[:5], 0.6 * np.arange(1, 6) / 5)
    assert rates[5] == pytest.approx(0.6)
    assert (np.diff(rates[5:26]) < 0).all()
    np.testing.assert_allclose(rates[5:26] + rates[5:26][::-1], 0.7)
    np.testing.assert_allclose(rates[25:], 0.1)
    assert rates[10] == pytest.approx(0.35 + 0.25 * math.cos(math.pi / 4))


def test_schedule_drives_the_optimizer():
    optimizer = SGD(graded([1.0]), lr=1.0)
    schedule = CosineSchedule(optimizer, steps=4, warmup=2)
    rates = []
    for _ in range(6):
        rates.append(optimizer.lr)
        schedule.step()
    np.testing.assert_allclose(rates, [0.5, 1.0, 1.0, 0.5, 0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize("steps, warmup", [(3, 3), (3, 4), (3, -1), (0, 0)])
def test_schedule_arguments(steps, warmup):
    with pytest.raises(ValueError):
        CosineSchedule(SGD(graded([1.0]), lr=1.0), steps, warmup)


def test_one_step_by_hand():
    model = Scale(1.0)
    model.w.grad = Tensor(np.array([123.0]))
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), MSELoss())
    # differences -1, -2: loss 2.5, gradient 2 * (1 * -1 + 2 * -2) / 2 = -5
    assert trainer.train_step(
        Tensor(np.array([[1.0], [2.0]])), Tensor(np.array([[2.0], [4.0]]))
    ) == pytest.approx(2.5)
    assert model.w.item() == pytest.approx(1.05)


def test_the_schedule_goes_on_behind_the_step():
    model = Scale(1.0)
    optimizer = SGD(model.parameters(), lr=0.01)
    schedule = CosineSchedule(optimizer, steps=2)
    trainer = Trainer(model, optimizer, MSELoss(), schedule=schedule)
    trainer.train_step(Tensor(np.array([[1.0], [2.0]])), Tensor(np.array([[2.0], [4.0]])))
    assert model.w.item() == pytest.approx(1.05), "the first step has the first learning rate"
    assert optimizer.lr == pytest.approx(0.005)


def test_clipping_happens_between_backward_and_step():
    model = Scale(1.0)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), MSELoss(), max_grad_norm=1.0)
    trainer.train_step(Tensor(np.array([[1.0], [2.0]])), Tensor(np.array([[2.0], [4.0]])))
    assert model.w.item() == pytest.approx(1.01)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_before_the_weights_change(bad):
    model = Scale(1.0)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), MSELoss())
    with pytest.raises(FloatingPointError):
        trainer.train_step(Tensor(np.array([[bad]])), Tensor(np.array([[1.0]])))
    assert model.w.item() == 1.0


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 9])
def test_reported_losses_do_not_depend_on_the_batch_size(batch_size):
    model = Scale(1.0)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.0), MSELoss())
    loader = DataLoader(regression(), batch_size)
    assert trainer.evaluate(loader) == {"loss": pytest.approx(11.0)}  # (1 + 4 + 9 + 16 + 25) / 5
    (line,) = trainer.fit(loader, 1, validation=loader)
    assert line["loss"] == pytest.approx(11.0) and line["validation_loss"] == pytest.approx(11.0)
    assert set(line) == {"epoch", "loss", "lr", "validation_loss"}


def test_modes_and_tapes():
    model = Scale()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.0), MSELoss())
    model.eval()
    trainer.evaluate(DataLoader(regression(), 5))
    assert model.modes == [(False, False)] and model.training is False
    trainer.fit(DataLoader(regression(), 5), 2, validation=DataLoader(regression(), 5))
    assert model.modes[1:] == [(True, True), (False, False)] * 2
    assert model.training is True


def test_evaluate_leaves_gradients_alone():
    model = Scale()
    model.w.grad = Tensor(np.array([7.0]))
    Trainer(model, SGD(model.parameters(), lr=1.0), MSELoss()).evaluate(
        DataLoader(regression(), 2)
    )
    assert model.w.grad.tolist() == [7.0] and model.w.tolist() == [1.0]


def test_dropout_is_off_in_evaluation():
    model = Sequential(
        Dropout(0.9, rng=np.random.default_rng(7)), Linear(4, 2, rng=np.random.default_rng(7))
    )
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss())
    data = DataLoader(
        TensorDataset(
            np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32), np.arange(20) % 2
        ),
        6,
    )
    assert trainer.evaluate(data) == trainer.evaluate(data)


def test_accuracy_over_unequal_batches():
    class Echo(Module):
        def __init__(self):
            super().__init__()
            self.w = Parameter(np.array([1.0]))

        def forward(self, x):
            return x * self.w

    logits, truth = np.eye(4)[[0, 1, 2, 3, 3, 3, 3]], np.array([0, 1, 2, 3, 0, 1, 3])
    trainer = Trainer(Echo(), SGD([Parameter(np.zeros(1))], lr=0.1), CrossEntropyLoss())
    for size in (2, 3, 7):
        assert trainer.evaluate(DataLoader(TensorDataset(logits, truth), size))[
            "accuracy"
        ] == pytest.approx(5 / 7)


class Identity(Module):
    """Predicts its input, so that a test can choose the predictions."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(np.array([1.0]))

    def forward(self, x):
        return x * self.w


def evaluated(inputs, targets, loss, batch_size=2):
    model = Identity()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), loss)
    return trainer.evaluate(DataLoader(TensorDataset(inputs, targets), batch_size))


@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_integers_to_be_hit_have_no_accuracy(kind):
    numbers = np.array([[1.0], [4.0], [2.0]])
    found = evaluated(numbers, np.array([[1], [2], [2]], dtype=kind), MSELoss())
    assert found == {"loss": pytest.approx(4 / 3)}
    flat = evaluated(numbers[:, 0], np.array([1, 2, 2], dtype=kind), MSELoss())
    assert flat == {"loss": pytest.approx(4 / 3)}


def test_accuracy_of_classes_in_a_column_is_not_made_up():
    """Targets (N, 1), scores (N, C): broadcasting would compare each row with each target."""

    def loss(logits, targets):
        return CrossEntropyLoss()(logits, targets.reshape(-1))

    found = evaluated(np.eye(3)[[0, 0, 0, 1]], np.array([[0], [0], [0], [1]]), loss)
    assert 0 <= found.get("accuracy", 0) <= 1
    with pytest.raises(ValueError):
        count_correct(Tensor(np.eye(3)), Tensor([[0], [1], [2]]))


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_accuracy_of_texts_counts_tokens(batch_size):
    def loss(logits, targets):
        return CrossEntropyLoss()(logits.reshape(-1, 5), targets.reshape(-1))

    guesses = np.array([[0, 1, 2, 3], [4, 4, 4, 4], [1, 0, 1, 0]])
    truth = np.array([[0, 1, 2, 4], [4, 0, 0, 0], [1, 0, 1, 0]])
    found = evaluated(np.eye(5)[guesses], truth, loss, batch_size)
    assert found["accuracy"] == pytest.approx(8 / 12)


def test_count_correct_refuses_what_does_not_fit():
    assert count_correct(Tensor(np.eye(3)[[0, 2]]), Tensor([0, 1])) == 1
    for shape, wrong in [((2, 3), [[0, 1]]), ((2, 3), [0, 1, 2]), ((2, 3, 4), [0, 1])]:
        with pytest.raises(ValueError):
            count_correct(Tensor(np.zeros(shape)), Tensor(wrong))
    with pytest.raises(ValueError):
        count_correct(Tensor(np.zeros((2, 3))), Tensor([0.0, 1.0]))


def test_history_goes_on():
    model = Scale(0.0)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), MSELoss())
    loader = DataLoader(regression(), 2)
    trainer.fit(loader, 2)
    history = trainer.fit(loader, 3)
    assert [line["epoch"] for line in history] == [1, 2, 3, 4, 5]
    losses = [line["loss"] for line in history]
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0] / 10
    assert history is trainer.history


def test_schedule_is_stepped_once_per_batch():
    model = Scale()
    optimizer = SGD(model.parameters(), lr=0.1)
    trainer = Trainer(model, optimizer, MSELoss(), schedule=CosineSchedule(optimizer, steps=12))
    history = trainer.fit(DataLoader(regression(), 2), 4)  # 3 batches an epoch
    np.testing.assert_allclose(
        [line["lr"] for line in history],
        [0.05 * (1 + math.cos(math.pi * t / 12)) for t in (3, 6, 9, 12)],
        atol=1e-12,
    )


def network(seed, hidden=5):
    rng = np.random.default_rng(seed)
    return Sequential(Linear(3, hidden, rng=rng), Linear(hidden, 2, rng=rng))


def weights(model):
    return [p.data.copy() for p in model.parameters()]


DATA = DataLoader(
    TensorDataset(
        np.random.default_rng(1).normal(size=(24, 3)).astype(np.float32), np.arange(24) % 2
    ),
    8,
)


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1), lambda p: SGD(p, 0.1, momentum=0.9), Adam]
)
def test_stopping_and_going_on_changes_nothing(make, tmp_path):
    model = network(1)
    trainer = Trainer(model, make(model.parameters()), CrossEntropyLoss())
    trainer.fit(DATA, 2)
    save_checkpoint(tmp_path / "c", model, trainer.optimizer, epoch=2)
    trainer.fit(DATA, 2)

    again = network(99)
    optimizer = make(again.parameters())
    assert load_checkpoint(str(tmp_path / "c"), again, optimizer) == {"epoch": 2}
    Trainer(again, optimizer, CrossEntropyLoss()).fit(DATA, 2)
    for a, b in zip(weights(model), weights(again)):
        assert np.array_equal(a, b)


def test_checkpoint_needs_no_pickle_and_leaves_no_other_file(tmp_path):
    path = tmp_path / "my.model"
    save_checkpoint(path, network(1), accuracy=0.5)
    assert [p.name for p in tmp_path.iterdir()] == ["my.model"]
    with np.load(path, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
        assert file["number/accuracy"] == 0.5


def test_a_crash_while_writing_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "c"
    save_checkpoint(path, network(1), epoch=1)

    def crash(file, **arrays):
        file.write(b"PK")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", crash)
    with pytest.raises(OSError):
        save_checkpoint(path, network(2), epoch=2)
    monkeypatch.undo()
    assert load_checkpoint(path, network(3)) == {"epoch": 1}


def test_checkpoints_of_other_models_are_refused_untouched(tmp_path):
    save_checkpoint(tmp_path / "c", network(1))
    for other in (
        network(2, hidden=6),
        Sequential(Linear(3, 5)),
        Sequential(Linear(3, 5), Linear(5, 2), Linear(2, 2)),
    ):
        before = weights(other)
        with pytest.raises(ValueError):
            load_checkpoint(tmp_path / "c", other)
        assert all(np.array_equal(a, b) for a, b in zip(before, weights(other)))
    model = network(2)
    before = weights(model)
    with pytest.raises(ValueError):
        load_checkpoint(tmp_path / "c", model, Adam(model.parameters()))
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(model)))


def test_the_optimizer_of_another_model_is_refused_untouched(tmp_path):
    model = network(1)
    trainer = Trainer(model, Adam(model.parameters()), CrossEntropyLoss())
    trainer.fit(DATA, 1)
    save_checkpoint(tmp_path / "c", model, trainer.optimizer)
    same = network(2)
    before = weights(same)
    with pytest.raises(ValueError):
        load_checkpoint(tmp_path / "c", same, Adam(same.parameters()[:1]))
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(same)))


class Counter(Module):
    """Counts what it has seen, in arrays that are no parameters."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(np.array([2.0]))
        self.seen = {"rows": np.zeros(1), "sums": [np.zeros(3)]}
        self.note = np.array(["not", "a", "number"])

    def forward(self, x):
        self.seen["rows"] = self.seen["rows"] + len(x)
        self.seen["sums"][0] = self.seen["sums"][0] + x.data.sum(axis=0)
        return x * self.w


def test_a_checkpoint_holds_the_buffers(tmp_path):
    model, again = Sequential(Counter()), Sequential(Counter())
    model(Tensor(np.arange(6.0).reshape(2, 3)))
    names = [name for name, _ in training.named_buffers(model)]
    assert names == ["layers.0.seen.rows", "layers.0.seen.sums.0"]
    save_checkpoint(tmp_path / "c", model)
    load_checkpoint(tmp_path / "c", again)
    assert again.layers[0].seen["rows"] == 2
    assert again.layers[0].seen["sums"][0].tolist() == [3.0, 5.0, 7.0]
    model(Tensor(np.ones((1, 3))))
    assert again.layers[0].seen["rows"] == 2, "the two models share no array"


def test_a_checkpoint_without_the_buffers_of_the_model_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c", Scale(7.0))
    model = Counter()
    with pytest.raises(ValueError, match="seen.rows"):
        load_checkpoint(tmp_path / "c", model)
    assert model.w.item() == 2.0


def test_dtype_of_the_model_wins(tmp_path):
    save_checkpoint(tmp_path / "c", network(1))
    model = network(2)
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    load_checkpoint(tmp_path / "c", model)
    assert all(p.dtype == np.float64 for p in model.parameters())
