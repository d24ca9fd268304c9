# wrong: a negative index counts from the end
# in: embedding_forward
if (indices >= len(weight)).any():
    raise IndexError(f"an index is outside of 0 … {len(weight) - 1}")
return weight[indices]

# wrong: wrong indices are clipped
# in: embedding_forward
return weight[np.clip(indices, 0, len(weight) - 1)]

# wrong: of a token that occurs twice only one gradient arrives
# in: embedding_gradient
to_weight = np.zeros_like(weight)
to_weight[indices] += grad
return (to_weight,)

# wrong: the gradient is divided by how often a token occurs
# in: embedding_gradient
to_weight, counts = np.zeros_like(weight), np.zeros((len(weight), 1))
np.add.at(to_weight, indices, grad)
np.add.at(counts, indices, 1)
return (to_weight / np.maximum(counts, 1),)

# wrong: the vectors start with variance 0.02
# in: Embedding.__init__
drawn = rng.normal(0.0, 0.02**0.5, size=(num_embeddings, embed_dim))
self.weight = Parameter(drawn.astype(np.float32))

# wrong: the start vectors are uniform, and of another generator
# in: Embedding.__init__
drawn = np.random.default_rng(0).normal(0.0, 0.02, size=(num_embeddings, embed_dim))
self.weight = Parameter(drawn.astype(np.float32))

# wrong: fractions are rounded down
# in: Embedding.forward
array = indices.data if isinstance(indices, Tensor) else np.asarray(indices)
return apply_op("embedding", embedding_forward, self.weight, indices=array.astype(np.int64))

# wrong: sines in the first half, cosines in the second
# in: sinusoids
frequencies = 10000.0 ** (-np.arange(0, embed_dim, 2) / embed_dim)
angles = np.arange(length)[:, None] * frequencies
return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

# wrong: every column has a frequency of its own
# in: sinusoids
angles = np.arange(length)[:, None] * 10000.0 ** (-np.arange(embed_dim) / embed_dim)
table = np.empty((length, embed_dim))
table[:, 0::2], table[:, 1::2] = np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])
return table

# wrong: the last position is refused
# in: check_positions
end = offset + length
if offset < 0 or end >= max_length:
    raise ValueError(f"positions {offset} … {end - 1} asked for, the table has 0 … {max_length - 1}")

# wrong: the offset is left out
# in: PositionalEncoding.forward
length = x.shape[-2]
check_positions(length, offset, len(self.table))
return x + Tensor(self.table[:length].astype(x.dtype))

# wrong: the table makes float64 of everything
# in: PositionalEncoding.forward
length = x.shape[-2]
check_positions(length, offset, len(self.table))
return x + Tensor(self.table[offset:offset + length])

# wrong: the length is the first axis
# in: LearnedPositions.forward
length = x.shape[0]
check_positions(length, offset, len(self.weight))
return x + self.weight[offset:offset + length]

# wrong: the learned rows are constants
# in: LearnedPositions.forward
length = x.shape[-2]
check_positions(length, offset, len(self.weight))
return x + Tensor(self.weight.data[offset:offset + length])

# right: products with one-hot rows, and other loops
# in: embedding_forward
rows = len(weight)
if indices.size and not (0 <= indices.min() and indices.max() < rows):
    raise IndexError(f"tokens are 0 … {rows - 1}, not {indices.min()} … {indices.max()}")
return np.take(weight, indices, axis=0)
# in: embedding_gradient
hot = np.eye(len(weight), dtype=grad.dtype)[np.reshape(indices, -1)]
return (hot.T @ grad.reshape(-1, weight.shape[1]),)
# in: Embedding.forward
array = np.asarray(indices.data if isinstance(indices, Tensor) else indices)
if array.dtype.kind not in "iu":
    raise TypeError(f"{array.dtype} is no kind of integer")
return apply_op("embedding", embedding_forward, self.weight, indices=array)
# in: sinusoids
table = np.zeros((length, embed_dim))
for position in range(length):
    for pair in range(embed_dim // 2):
        angle = position / 10000 ** (2 * pair / embed_dim)
        table[position, 2 * pair], table[position, 2 * pair + 1] = np.sin(angle), np.cos(angle)
return table
# in: LearnedPositions.forward
check_positions(x.shape[-2], offset, self.weight.shape[0])
return x + self.weight[slice(offset, offset + x.shape[-2])]

# right: the other exercises, written differently
# in: one_hot
return (indices[..., None] == np.arange(size)).astype(dtype)
# in: Embedding.__init__
self.weight = Parameter((0.02 * rng.standard_normal((num_embeddings, embed_dim))).astype(np.float32))
# in: check_positions
if not 0 <= offset <= max_length - length:
    raise ValueError("the text is longer than the table")
# in: PositionalEncoding.forward
length = x.shape[-2]
check_positions(length, offset, self.table.shape[0])
places = np.arange(length) + offset
return Tensor(self.table[places].astype(x.dtype)) + x
