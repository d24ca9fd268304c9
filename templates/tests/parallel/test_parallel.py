"""Tests of tinytorch.perf.parallel on the exported package. The last ones start real processes."""

import multiprocessing
import os
import time

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.perf.parallel import (
    Lost,
    Transport,
    WorkerError,
    accumulated_step,
    all_gather,
    average_gradients,
    broadcast,
    broadcast_parameters,
    flatten,
    gather_all_reduce,
    reduce_scatter,
    ring_all_reduce,
    run_processes,
    run_threads,
    shard,
    speed_up,
    step_time,
    train_step,
    train_worker,
    unflatten,
    weighted_average,
)
from tinytorch.testing import exercise

RNG = np.random.default_rng(11)


def logged(function):
    """The function, with the log of the messages that were sent beside its result."""
    return lambda transport, *own: (function(transport, *own), transport.log)


def arrays_for(size, shape, dtype=np.float64):
    return [RNG.normal(size=shape).astype(dtype) for _ in range(size)]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("count", [0, 1, 5, 8, 12, 20])
def test_shards_are_the_batch(count, workers):
    with exercise("shard"):
        cuts = [shard(count, rank, workers) for rank in range(workers)]
        sizes = [cut.stop - cut.start for cut in cuts]
        small, larger = count // workers, count % workers
        assert sizes == [small + 1] * larger + [small] * (workers - larger)
        assert [cut.start for cut in cuts] == [sum(sizes[:rank]) for rank in range(workers)]


@pytest.mark.parametrize("rank, workers", [(-1, 2), (2, 2), (0, 0)])
def test_shard_refuses_a_rank_that_is_not_there(rank, workers):
    with pytest.raises(ValueError):
        shard(10, rank, workers)


@pytest.mark.parametrize("sizes", [[4, 4], [1, 7], [3, 0, 5], [2, 3, 3, 1]])
def test_the_average_counts_each_example_once(sizes):
    with exercise("weighted_average"):
        of_examples = RNG.normal(size=(sum(sizes), 2, 3))
        ends = np.cumsum([0, *sizes])
        parts = [of_examples[a:b] for a, b in zip(ends, ends[1:])]
        means = [part.mean(axis=0) if len(part) else np.full((2, 3), np.nan) for part in parts]
        before = [mean.copy() for mean in means]
        found = weighted_average(means, sizes)
        assert np.allclose(found, of_examples.mean(axis=0))
        assert all(np.array_equal(*pair, equal_nan=True) for pair in zip(means, before))


@pytest.mark.parametrize("size, root", [(1, 0), (2, 1), (4, 0), (4, 2)])
def test_broadcast(size, root):
    with exercise("broadcast"):
        given = arrays_for(size, (2, 2))
        done = run_threads(logged(broadcast), [(array, root) for array in given])
        for rank, (found, log) in enumerate(done):
            assert np.array_equal(found, given[root])
            assert found is not given[rank]
            receivers = sorted(to for to, _ in log)
            assert receivers == ([r for r in range(size) if r != root] if rank == root else [])


@pytest.mark.parametrize("size", [1, 2, 4])
def test_gather_all_reduce(size):
    with exercise("gather_all_reduce"):
        given = arrays_for(size, (3,))
        before = np.array(given)
        done = run_threads(logged(gather_all_reduce), [(array,) for array in given])
        for rank, (found, log) in enumerate(done):
            assert np.allclose(found, before.sum(axis=0))
            assert np.array_equal(found, done[0][0])
            assert sorted(log) == ([(r, 24) for r in range(1, size)] if rank == 0 else [(0, 24)])
        assert np.array_equal(given, before)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_reduce_scatter(size):
    with exercise("reduce_scatter"):
        given = [arrays_for(size, (2,)) for _ in range(size)]
        before = np.array(given)
        done = run_threads(logged(reduce_scatter), [(chunks,) for chunks in given])
        for rank, (found, log) in enumerate(done):
            own = (rank + 1) % size
            assert np.allclose(found[own], before[:, own].sum(axis=0))
            assert log == [((rank + 1) % size, 16)] * (size - 1)
        assert np.array_equal(given, before)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_all_gather(size):
    with exercise("all_gather"):
        complete = RNG.normal(size=(size, 2))
        given = [[np.zeros(2) for _ in range(size)] for _ in range(size)]
        for rank in range(size):
            given[rank][(rank + 1) % size] = complete[(rank + 1) % size].copy()
        before = np.array(given)
        for rank, (found, log) in enumerate(
            run_threads(logged(all_gather), [(chunks,) for chunks in given])
        ):
            assert np.array_equal(found, complete)
            assert log == [((rank + 1) % size, 16)] * (size - 1)
        assert np.array_equal(given, before)


@pytest.mark.parametrize(
    "size, shape", [(1, (4,)), (2, (3,)), (3, (2, 2, 2)), (4, (9,)), (4, ()), (5, (3,))]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ring_all_reduce(size, shape, dtype):
    with exercise("ring_all_reduce"):
        given = arrays_for(size, shape, dtype)
        before = np.array(given)
        done = run_threads(ring_all_reduce, [(array,) for array in given])
        for found in done:
            assert found.shape == shape and found.dtype == dtype
            assert np.allclose(found, before.sum(axis=0), atol=1e-5)
            assert np.array_equal(found, done[0])
        assert np.array_equal(given, before)


@pytest.mark.parametrize("size", [2, 3, 4, 6])
def test_the_ring_sends_twice_the_array_and_to_the_right_only(size):
    with exercise("ring_all_reduce"):
        done = run_threads(logged(ring_all_reduce), [(array,) for array in arrays_for(size, (24,))])
        for rank, (_, log) in enumerate(done):
            assert log == [((rank + 1) % size, 24 * 8 // size)] * (2 * size - 2)


def test_flatten_and_back():
    kinds = [((2, 3), np.float32), ((), np.float64), ((4,), np.float32)]
    like = [np.zeros(shape, dtype) for shape, dtype in kinds]
    with exercise("flatten"):
        row = flatten([np.array([[1.0, 2], [3, 4]]), np.array([5.0])])
        assert row.tolist() == [1, 2, 3, 4, 5]
        assert flatten(like[::2]).dtype == np.float32
    with exercise("unflatten"):
        found = unflatten(np.arange(11.0), like)
        assert [(part.shape, part.dtype.type) for part in found] == kinds
        assert found[0].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert found[1] == 6 and found[2].tolist() == [7, 8, 9, 10]


def test_all_start_with_the_parameters_of_worker_0():
    with exercise("broadcast_parameters"):
        models = [Sequential(Linear(3, 4), Linear(4, 2)) for _ in range(3)]
        for model in models:
            wide = model.layers[0].weight
            wide.data = wide.data.astype(np.float64)
        wanted = [parameter.data.copy() for parameter in models[0].parameters()]
        done = run_threads(logged(broadcast_parameters), [(model,) for model in models])
        assert [sorted(to for to, _ in log) for _, log in done] == [[1, 2], [], []]
        for model in models:
            for parameter, array in zip(model.parameters(), wanted):
                assert np.array_equal(parameter.data, array)
                assert parameter.data.dtype == array.dtype


@pytest.mark.parametrize("shares", [[1.0], [0.5, 0.5], [0.7, 0.2, 0.1]])
def test_average_gradients(shares):
    with exercise("average_gradients"):
        models = [Linear(2, 3) for _ in shares]
        slopes = [[RNG.normal(size=p.shape) for p in model.parameters()] for model in models]
        slopes[-1][1] = None
        for model, own in zip(models, slopes):
            for parameter, array in zip(model.parameters(), own):
                parameter.grad = None if array is None else Tensor(array)
        logs = run_threads(logged(average_gradients), list(zip(models, shares)))
        for place in (0, 1):
            wanted = np.zeros(models[0].parameters()[place].shape)
            for own, share in zip(slopes, shares):
                wanted = wanted if own[place] is None else wanted + own[place] * share
            for model in models:
                found = model.parameters()[place].grad
                assert isinstance(found, Tensor) and found.shape == wanted.shape
                assert np.allclose(found.data, wanted, atol=1e-6)
        assert [len(log) for _, log in logs] == [2 * len(shares) - 2] * len(shares)


class Small(Module):
    """A network with a square; the same numbers for the same seed."""

    def __init__(self, dtype=np.float64):
        rng = np.random.default_rng(5)
        self.first, self.second = Linear(3, 5, rng=rng), Linear(5, 3, rng=rng)
        self.most = 0
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)

    def forward(self, x):
        self.most = max(self.most, len(x))
        return self.second(self.first(x) ** 2)


def batches_of(count, dtype=np.float64, steps=4):
    x = RNG.normal(size=(steps, count, 3)).astype(dtype)
    return list(zip(x, RNG.integers(0, 3, size=(steps, count))))


def several(transport, make, batches, dtype, step=train_step, *more):
    model = Small(dtype)
    optimizer = make(model.parameters())
    loss = CrossEntropyLoss()
    losses = [step(transport, model, loss, optimizer, x, y, *more) for x, y in batches]
    return losses, [parameter.data for parameter in model.parameters()], model.most


def alone(make, batches, dtype=np.float64):
    model = Small(dtype)
    optimizer, losses = make(model.parameters()), []
    for x, y in batches:
        optimizer.zero_grad()
        loss = CrossEntropyLoss()(model(Tensor(x)), Tensor(y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [parameter.data for parameter in model.parameters()]


def momentum(parameters):
    return SGD(parameters, lr=0.05, momentum=0.8, weight_decay=0.01)


def adam(parameters):
    return Adam(parameters, lr=0.01)


@pytest.mark.parametrize("size, count", [(1, 6), (2, 6), (2, 7), (3, 11), (4, 2)])
@pytest.mark.parametrize("make", [momentum, adam])
def test_steps_are_those_of_one_worker(size, count, make):
    with exercise("train_step"):
        batches = batches_of(count)
        losses, wanted = alone(make, batches)
        done = run_threads(several, [(make, batches, np.float64)] * size)
        for part, found, most in done:
            assert all(np.allclose(*pair, rtol=0, atol=1e-10) for pair in zip(found, wanted))
            assert all(np.array_equal(*pair) for pair in zip(found, done[0][1])), "the same bits"
            assert most <= -(-count // size), "no worker reads more than its shard"
            assert all(isinstance(value, float) for value in part)
        assert np.allclose(np.sum([part for part, _, _ in done], axis=0), losses)


def test_steps_in_float32_differ_by_rounding_only():
    with exercise("train_step"):
        batches = batches_of(9, np.float32)
        _, wanted = alone(momentum, batches, np.float32)
        for _, found, _ in run_threads(several, [(momentum, batches, np.float32)] * 2):
            assert all(part.dtype == np.float32 for part in found)
            assert all(np.allclose(*pair, rtol=0, atol=1e-5) for pair in zip(found, wanted))


def test_step_time_by_hand():
    with exercise("step_time"):
        assert np.isclose(step_time(1, 3.0, 100, 5.0, 7.0), 3.0)
        assert np.isclose(step_time(2, 3.0, 100, 5.0, 25.0), 1.5 + 2 * (5 + 2))
        assert np.isclose(step_time(5, 10.0, 100, 0.25, 10.0), 2 + 8 * (0.25 + 2))
    with exercise("speed_up"):
        assert np.isclose(speed_up(2, 3.0, 100, 5.0, 25.0), 3 / 15.5)
        assert np.isclose(speed_up(6, 3.0, 0, 0.0, 1.0), 6)


@pytest.mark.parametrize(
    "size, count, pieces", [(1, 7, 2), (2, 9, 3), (3, 8, 1), (2, 3, 4), (4, 3, 2)]
)
def test_accumulated_steps_are_those_of_one_worker(size, count, pieces):
    with exercise("accumulated_step"):
        batches = batches_of(count)
        losses, wanted = alone(momentum, batches)
        own = (momentum, batches, np.float64, accumulated_step, pieces)
        done = run_threads(logged(several), [own] * size)
        for rank, ((_, found, most), log) in enumerate(done):
            assert all(np.allclose(*pair, rtol=0, atol=1e-10) for pair in zip(found, wanted))
            cut = shard(count, rank, size)
            assert most <= -(-(cut.stop - cut.start) // pieces)
            assert len(log) == len(batches) * 2 * (size - 1)
        assert np.allclose(np.sum([part for (part, _, _), _ in done], axis=0), losses)


def test_threads_tell_what_went_wrong():
    def fails(transport):
        if transport.rank == 1:
            raise KeyError("this one")
        return transport.receive(1)

    with pytest.raises(KeyError, match="this one"):
        run_threads(fails, [()] * 3)
    with pytest.raises(Lost, match="nobody sends .* worker 1 waits for worker 0"):
        run_threads(Transport.receive, [(1,), (0,)])
    with pytest.raises(RuntimeError, match="worker 0 never received a message of worker 1"):
        run_threads(lambda t: t.rank and t.send(0, np.ones(1)), [()] * 2)
    with pytest.raises(TimeoutError, match=r"\[0\]"):
        run_threads(lambda t, wait: time.sleep(wait), [(1.0,), (0.0,)], seconds=0.1)


def test_a_message_is_a_copy_of_an_array():
    def worker(transport):
        if transport.rank == 0:
            array = np.zeros(3)
            transport.send(1, array)
            array += 1
            with pytest.raises(TypeError):
                transport.send(1, 3.0)
            with pytest.raises(ValueError):
                transport.send(0, array)
            return array
        return transport.receive(0)

    assert run_threads(worker, [()] * 2)[1].tolist() == [0, 0, 0]


class Leaves:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (3,)


def no_process_is_left():
    return not multiprocessing.active_children()


def test_processes_train_as_one_worker_does():
    """Two processes, an odd batch; messages larger than the buffer of a pipe."""
    with exercise("train_worker"):
        x = RNG.normal(size=(14, 300)).astype(np.float32)
        y = RNG.normal(size=(14, 200)).astype(np.float32)

        def worker(seed):
            model = Linear(300, 200, rng=np.random.default_rng(seed))
            optimizer = SGD(model.parameters(), lr=0.5, momentum=0.5)
            return model, MSELoss(), optimizer, x, y, [7] * 3

        first, second = run_processes(train_worker, [worker(1), worker(2)])
        assert no_process_is_left()
        (wanted,) = run_threads(train_worker, [worker(1)])
        for one, other, right in zip(first.parameters, second.parameters, wanted.parameters):
            assert np.array_equal(one, other), "the same bits in both processes"
            assert np.allclose(one, right, rtol=0, atol=1e-5)
        assert np.allclose(np.add(first.losses, second.losses), wanted.losses)
        assert first.sent == second.sent == 3 * 4 * (300 * 200 + 200), "2 (N - 1) / N = 1"


def test_the_error_of_a_process_reaches_the_caller():
    """Worker 1 fails, while worker 0 waits for it."""
    wanted = "worker 1 failed. ValueError: worker 1 of 2 has no other worker 7"
    with pytest.raises(WorkerError, match=wanted):
        run_processes(Transport.receive, [(1,), (7,)])
    assert no_process_is_left()


@pytest.mark.parametrize("more", [(), (np.ones(100_000),)])
def test_a_process_that_dies_is_noticed(more):
    """It ends while it reads its arguments: few, and more than a pipe holds."""
    with pytest.raises(WorkerError, match="worker 1 failed. It ended .* exit code 3"):
        run_processes(Transport.receive, [(1,), (Leaves(), *more)])
    assert no_process_is_left()


def test_processes_that_wait_for_each_other_are_ended():
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"\[0, 1\]"):
        run_processes(Transport.receive, [(1,), (0,)], seconds=1.0)
    assert time.monotonic() - start < 15 and no_process_is_left()
