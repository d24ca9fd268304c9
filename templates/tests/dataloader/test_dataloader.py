"""Data reach the model whole, fair, and in the same order from the same seed."""

from collections import Counter

import numpy as np
import pytest

from tinytorch.core.dataloader import (
    DataLoader,
    Dataset,
    Standardize,
    Subset,
    TensorDataset,
    permutation,
    random_split,
)
from tinytorch.core.tensor import Tensor


class Cubes(Dataset):
    """A dataset that makes its examples when asked, and remembers what it was asked for."""

    def __init__(self, count):
        self.count = count
        self.asked = []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.asked.append(index)
        return np.array([index, index**3], dtype=np.float32), index


def test_a_dataset_made_of_anything_array_like():
    dataset = TensorDataset(np.arange(6).reshape(3, 2), [1.5, 2.5, 3.5], Tensor([7, 8, 9]))
    assert len(dataset) == 3
    a, b, c = dataset[2]
    assert a.tolist() == [4, 5] and b == 3.5 and c == 9
    assert b.dtype == np.float32


def test_lengths_must_agree():
    with pytest.raises(ValueError):
        TensorDataset(np.zeros((3, 2)), np.zeros(4))
    with pytest.raises(ValueError):
        TensorDataset()


def test_general_fetch_stacks_single_examples():
    pairs, index = Cubes(10).fetch(np.array([3, 1, 3]))
    assert pairs.tolist() == [[3, 27], [1, 1], [3, 27]]
    assert pairs.dtype == np.float32
    assert index.tolist() == [3, 1, 3]


class Readings(Dataset):
    """Examples of plain Python numbers, as a file of text gives them."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return index * 0.5, [float(index), 2.0], index, Tensor([index * 0.25])


def test_plain_numbers_follow_the_dtype_rules():
    loader = DataLoader(Readings(), 2)
    for number, row, label, tensor in loader:
        assert number.dtype == row.dtype == tensor.dtype == np.float32 and label.dtype == np.int64
    assert (number.tolist(), row.tolist()) == ([2.0], [[4.0, 2.0]])
    assert (label.tolist(), tensor.tolist()) == ([4], [[1.0]])


def test_standardize_follows_the_dtype_rules():
    scale = Standardize([[1.0], [3.0]])
    assert scale([[2.0], [4.0]]).dtype == np.float32
    assert scale(Tensor(np.array([[2.0]]))).dtype == np.float64
    assert scale([[2.0], [4.0]]).tolist() == [[0.0], [2.0]]


def test_a_batch_may_be_changed_without_changing_the_dataset():
    data = np.zeros((4, 2))
    for (batch,) in DataLoader(TensorDataset(data), 2):
        batch.data[...] = 5
    assert data.sum() == 0


def test_permutations_are_fair():
    """Chi-square over all 24 orders of four elements: 23 degrees of freedom, the 99.9 % bound is
    49.7.
    """
    rng = np.random.default_rng(11)
    counts = Counter(tuple(permutation(4, rng).tolist()) for _ in range(24_000))
    assert len(counts) == 24
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 49.7


@pytest.mark.parametrize("count", [0, 1, 2, 33])
def test_permutations_hold_everything_once(count):
    assert sorted(permutation(count, np.random.default_rng(1)).tolist()) == list(range(count))


def test_split_is_a_partition():
    dataset = TensorDataset(np.arange(57))
    parts = random_split(dataset, [0.5, 0.3, 0.2], seed=9)
    assert [len(part) for part in parts] == [29, 17, 11]
    everything = np.concatenate([part.fetch(np.arange(len(part)))[0] for part in parts])
    assert sorted(everything.tolist()) == list(range(57))


def test_split_depends_on_the_seed_alone():
    dataset = TensorDataset(np.arange(40))
    one, two, other = (
        random_split(dataset, [30, 10], seed=seed)[1].indices.tolist() for seed in (5, 5, 6)
    )
    assert one == two != other


def test_split_sizes_must_add_up():
    dataset = TensorDataset(np.arange(10))
    for wrong in ([5, 6], [5, 4], [0.5, 0.6], [12, -2], [0.7, 0.2]):
        with pytest.raises(ValueError):
            random_split(dataset, wrong)


def test_an_empty_part_is_allowed():
    whole, nothing = random_split(TensorDataset(np.arange(4)), [1.0, 0.0])
    assert len(whole) == 4 and len(nothing) == 0
    assert list(DataLoader(nothing, 3)) == []


def test_subsets_translate_positions():
    dataset = TensorDataset(np.arange(10) * 10)
    part = Subset(dataset, [9, 4, 0])
    assert [int(part[i][0]) for i in range(3)] == [90, 40, 0]
    assert part.fetch([2, 0])[0].tolist() == [0, 90]
    assert Subset(part, [1]).fetch([0])[0].tolist() == [40]


@pytest.mark.parametrize(
    "count, size, drop_last, expected",
    [
        (7, 3, False, [3, 3, 1]),
        (7, 3, True, [3, 3]),
        (6, 3, False, [3, 3]),
        (6, 3, True, [3, 3]),
        (2, 3, False, [2]),
        (2, 3, True, []),
        (1, 1, True, [1]),
    ],
)
def test_batch_sizes(count, size, drop_last, expected):
    loader = DataLoader(TensorDataset(np.arange(count)), size, drop_last=drop_last)
    assert [len(batch) for (batch,) in loader] == expected
    assert len(loader) == len(expected)


def test_unshuffled_order_is_that_of_the_dataset():
    loader = DataLoader(TensorDataset(np.arange(7)), 3)
    for _ in range(2):
        assert [batch.tolist() for (batch,) in loader] == [[0, 1, 2], [3, 4, 5], [6]]


def test_shuffled_epochs_differ_and_repeat_with_the_seed():
    def run(seed):
        loader = DataLoader(TensorDataset(np.arange(30)), 4, shuffle=True, seed=seed)
        return [[n for (batch,) in loader for n in batch.tolist()] for _ in range(3)]

    first = run(1)
    assert first == run(1) != run(2)
    assert len({tuple(epoch) for epoch in first}) == 3
    assert all(sorted(epoch) == list(range(30)) for epoch in first)


def test_global_random_state_is_left_alone():
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    list(DataLoader(TensorDataset(np.arange(30)), 4, shuffle=True))
    random_split(TensorDataset(np.arange(30)), [0.5, 0.5])
    assert np.random.get_state()[1].tolist() == before


def test_parts_of_an_example_stay_together():
    x = np.random.default_rng(3).normal(size=(31, 2))
    for part, number in DataLoader(TensorDataset(x, np.arange(31)), 4, shuffle=True, seed=5):
        assert np.array_equal(part.data, x[number.data])


def test_loader_is_lazy():
    cubes = Cubes(100)
    batches = iter(DataLoader(cubes, 10))
    pairs, index = next(batches)
    assert len(cubes.asked) == 10, "only the examples of the first batch may have been asked for"
    assert isinstance(pairs, Tensor) and pairs.shape == (10, 2) and index.shape == (10,)


@pytest.mark.parametrize("size", [0, -3, 1.5])
def test_batch_size_must_be_positive(size):
    with pytest.raises(ValueError):
        DataLoader(TensorDataset(np.arange(3)), size)


def test_two_iterators_at_once():
    loader = DataLoader(TensorDataset(np.arange(6)), 2)
    pairs = [(a.tolist(), b.tolist()) for (a,), (b,) in zip(loader, loader)]
    assert pairs == [([0, 1], [0, 1]), ([2, 3], [2, 3]), ([4, 5], [4, 5])]


def test_standardize_uses_the_training_statistics():
    rng = np.random.default_rng(7)
    train, test = rng.normal(5, 3, size=(200, 4)), rng.normal(-2, 9, size=(50, 4))
    scale = Standardize(train)
    np.testing.assert_allclose(scale(train).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scale(train).std(axis=0), 1)
    np.testing.assert_allclose(scale(test), (test - train.mean(axis=0)) / train.std(axis=0))


@pytest.mark.filterwarnings("error")
def test_standardize_of_a_constant_column():
    data = np.array([[2.0, 1.0], [2.0, 3.0]])
    assert Standardize(data)(data).tolist() == [[0.0, -1.0], [0.0, 1.0]]


def test_standardize_dtypes():
    data = np.array([[0, 255], [10, 5]], dtype=np.uint8)
    assert Standardize(data)(data).dtype == np.float32
    assert Standardize(data)(data.astype(np.float32)).dtype == np.float32
    assert Standardize(data)(data.astype(np.float64)).dtype == np.float64
