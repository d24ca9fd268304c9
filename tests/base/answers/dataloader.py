# wrong: plain floats become float64
# in: Dataset.fetch
examples = [self[int(index)] for index in indices]
return tuple(np.stack(part) for part in zip(*examples))

# wrong: everything becomes float32
# in: Dataset.fetch
examples = [self[int(index)] for index in indices]
return tuple(stack(part).astype(np.float32) for part in zip(*examples))

# wrong: the examples come sorted
# in: Dataset.fetch
examples = [self[int(index)] for index in sorted(indices)]
return tuple(stack(part) for part in zip(*examples))

# wrong: arrays are cut to the shortest
# in: TensorDataset.__init__
arrays = [array.data if isinstance(array, Tensor) else Tensor(array).data for array in arrays]
if not arrays:
    raise ValueError("no arrays")
shortest = min(len(array) for array in arrays)
self.arrays = tuple(array[:shortest] for array in arrays)

# wrong: swapped with any element, so not every order is equally likely
# in: permutation
order = np.arange(count)
for i in range(count):
    j = rng.integers(count)
    order[i], order[j] = order[j], order[i]
return order

# wrong: no element may stay where it is
# in: permutation
order = np.arange(count)
for i in range(count - 1, 0, -1):
    j = rng.integers(i)
    order[i], order[j] = order[j], order[i]
return order

# wrong: the positions of a part are taken for those of the dataset
# in: Subset.fetch
return self.dataset.fetch(np.asarray(indices))

# wrong: each part has an order of its own, so that examples are in two of them
# in: random_split
subsets, rng = [], np.random.default_rng(seed)
for size in split_sizes(len(dataset), parts):
    subsets.append(Subset(dataset, permutation(len(dataset), rng)[:size]))
return subsets

# wrong: split without shuffling
# in: random_split
subsets, start = [], 0
for size in split_sizes(len(dataset), parts):
    subsets.append(Subset(dataset, np.arange(start, start + size)))
    start += size
return subsets

# wrong: the number of batches is rounded down
# in: DataLoader.__len__
return len(self.dataset) // self.batch_size

# wrong: every epoch has the same order
# in: DataLoader.__iter__
count = len(self.dataset)
order = permutation(count, np.random.default_rng(0)) if self.shuffle else np.arange(count)
for start in range(0, len(self) * self.batch_size, self.batch_size):
    yield tuple(Tensor(array) for array in self.dataset.fetch(order[start:start + self.batch_size]))

# wrong: the order is shuffled for each batch
# in: DataLoader.__iter__
count = len(self.dataset)
for start in range(0, len(self) * self.batch_size, self.batch_size):
    order = permutation(count, self.rng) if self.shuffle else np.arange(count)
    yield tuple(Tensor(array) for array in self.dataset.fetch(order[start:start + self.batch_size]))

# wrong: new data are scaled by their own mean
# in: Standardize.__call__
array = Tensor(array).data
dtype = np.float64 if array.dtype == np.float64 else np.float32
return ((array - array.mean(axis=0)) / self.deviation).astype(dtype)

# wrong: one mean for all columns
# in: Standardize.__init__
training = np.asarray(training, dtype=np.float64)
self.mean = np.full(training.shape[1:], training.mean())
deviation = training.std(axis=0)
self.deviation = np.where(deviation == 0, 1.0, deviation)

# wrong: the unbiased deviation
# in: Standardize.__init__
training = np.asarray(training, dtype=np.float64)
self.mean = training.mean(axis=0)
deviation = training.std(axis=0, ddof=1)
self.deviation = np.where(deviation == 0, 1.0, deviation)

# wrong: a small number in place of the deviation 0
# in: Standardize.__init__
training = np.asarray(training, dtype=np.float64)
self.mean = training.mean(axis=0)
self.deviation = training.std(axis=0) + 1e-8

# right: other loops, and numpy's own ways
# in: Dataset.fetch
columns = None
for index in indices:
    example = self[int(index)]
    columns = columns or [[] for _ in example]
    for column, part in zip(columns, example):
        column.append(part)
return tuple(stack(column) for column in columns)
# in: TensorDataset.__init__
self.arrays = tuple(Tensor(array).data for array in arrays)
if not self.arrays or any(len(array) != len(self.arrays[0]) for array in self.arrays):
    raise ValueError("arrays of one length, please")
# in: permutation
left, order = list(range(count)), []
while left:
    order.append(left.pop(int(rng.integers(len(left)))))
return np.array(order, dtype=int)
# in: DataLoader.__len__
whole, rest = divmod(len(self.dataset), self.batch_size)
return whole + bool(rest and not self.drop_last)
# in: DataLoader.__iter__
order = list(range(len(self.dataset)))
if self.shuffle:
    order = list(permutation(len(order), self.rng))
for number in range(len(self)):
    piece = order[number * self.batch_size:(number + 1) * self.batch_size]
    yield tuple(map(Tensor, self.dataset.fetch(np.array(piece))))
# in: Standardize.__init__
training = np.asarray(training, dtype=np.float64)
self.mean = training.sum(axis=0) / len(training)
variance = ((training - self.mean) ** 2).mean(axis=0)
self.deviation = np.sqrt(np.where(variance > 0, variance, 1.0))

# right: the other exercises, written differently
# in: TensorDataset.__getitem__
return tuple(map(lambda array: array[index], self.arrays))
# in: Subset.fetch
return self.dataset.fetch([int(self.indices[int(index)]) for index in indices])
# in: split_sizes
if all(float(part).is_integer() and not isinstance(part, float) for part in parts):
    sizes = list(map(int, parts))
else:
    if not np.isclose(sum(parts), 1, rtol=0, atol=1e-9):
        raise ValueError("these shares are not the whole")
    sizes = [int(np.floor(part * count + 1e-9)) for part in parts]
    left = count - sum(sizes)
    sizes = [size + (place < left) for place, size in enumerate(sizes)]
if any(size < 0 for size in sizes) or sum(sizes) != count:
    raise ValueError("too many or too few")
return sizes
# in: random_split
order = permutation(len(dataset), np.random.default_rng(seed))
ends = np.cumsum(split_sizes(len(dataset), parts))
return [Subset(dataset, piece) for piece in np.split(order, ends[:-1])]
# in: Standardize.__call__
values = Tensor(array).data
scaled = (values.astype(np.float64) - self.mean) / self.deviation
return scaled if values.dtype == np.float64 else scaled.astype(np.float32)
