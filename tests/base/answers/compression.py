# wrong: the share of what is not zero
# in: sparsity
zeros = sum(int((array != 0).sum()) for array in arrays)
return zeros / sum(array.size for array in arrays)

# wrong: the mean over the matrices
# in: sparsity
return sum(float((array == 0).mean()) for array in arrays) / len(arrays)

# wrong: each matrix loses the same share
# in: magnitude_prune
masks = {}
for name, p in weight_matrices(model):
    keep = np.ones(p.size, dtype=np.float32)
    order = np.argsort(np.abs(p.numpy()).ravel(), kind="stable")
    keep[order[: round(amount * p.size)]] = 0
    masks[name] = keep.reshape(p.shape)
apply_masks(model, masks)
return masks

# wrong: negative weights count as small
# in: magnitude_prune
named = weight_matrices(model)
values = np.concatenate([p.numpy().ravel() for _, p in named])
keep = np.ones(values.size, dtype=np.float32)
keep[np.argsort(values, kind="stable")[: round(amount * values.size)]] = 0
pieces = np.split(keep, np.cumsum([p.size for _, p in named])[:-1])
masks = {name: piece.reshape(p.shape) for (name, p), piece in zip(named, pieces)}
apply_masks(model, masks)
return masks

# wrong: a threshold, so that ties go together
# in: magnitude_prune
named = weight_matrices(model)
values = np.sort(np.concatenate([np.abs(p.numpy()).ravel() for _, p in named]))
count = round(amount * values.size)
limit = values[count - 1] if count else -1.0
masks = {name: (np.abs(p.numpy()) > limit).astype(np.float32) for name, p in named}
apply_masks(model, masks)
return masks

# wrong: the masked weights are a new array
# in: apply_masks
for name, weights in model.named_parameters():
    if name in masks:
        weights.data = (weights.data * masks[name]).astype(weights.dtype)

# wrong: neurons are scored by what comes in
# in: neuron_scores
return np.linalg.norm(first.weight.numpy(), axis=0)

# wrong: the norms are added
# in: neuron_scores
return np.linalg.norm(first.weight.numpy(), axis=0) + np.linalg.norm(second.weight.numpy(), axis=1)

# wrong: the sum of the weights, in which signs cancel
# in: neuron_scores
return np.abs(first.weight.numpy().sum(axis=0)) * np.abs(second.weight.numpy().sum(axis=1))

# wrong: the neurons are ordered by their score
# in: prune_neurons
chosen = np.argsort(neuron_scores(first, second), kind="stable")[::-1][:keep]
small_first.weight.data[...] = first.weight.numpy()[:, chosen]
small_second.weight.data[...] = second.weight.numpy()[chosen]
if first.bias is not None:
    small_first.bias.data[...] = first.bias.numpy()[chosen]
if second.bias is not None:
    small_second.bias.data[...] = second.bias.numpy()
return small_first, small_second

# wrong: the inner bias is cut at the front
# in: prune_neurons
chosen = np.sort(np.argsort(neuron_scores(first, second), kind="stable")[hidden - keep :])
small_first.weight.data[...] = first.weight.numpy()[:, chosen]
small_second.weight.data[...] = second.weight.numpy()[chosen]
if first.bias is not None:
    small_first.bias.data[...] = first.bias.numpy()[:keep]
if second.bias is not None:
    small_second.bias.data[...] = second.bias.numpy()
return small_first, small_second

# wrong: the energy is the sum, not that of the squares
# in: rank_for_energy
values = np.asarray(singular_values, dtype=np.float64)
shares = np.cumsum(values) / values.sum()
return int((shares < energy - 1e-9).sum()) + 1

# wrong: all singular values are in the first factor
# in: low_rank
u, s, v = np.linalg.svd(linear.weight.numpy(), full_matrices=False)
down.weight.data[...] = u[:, :rank] * s[:rank]
up.weight.data[...] = v[:rank]
if linear.bias is not None:
    up.bias.data[...] = linear.bias.numpy()
return Sequential(down, up)

# wrong: the bias is lost
# in: low_rank
u, s, v = np.linalg.svd(linear.weight.numpy(), full_matrices=False)
root = np.sqrt(s[:rank])
down.weight.data[...] = u[:, :rank] * root
up.weight.data[...] = root[:, None] * v[:rank]
return Sequential(down, up)

# wrong: log-softmax without a shift
# in: log_probabilities
scaled = logits / temperature
return scaled - scaled.exp().sum(axis=-1, keepdims=True).log()

# wrong: the divergence is reversed
# in: distillation_loss
wanted = log_probabilities(teacher, temperature)
found = log_probabilities(student, temperature)
soft = found.exp() * (found - Tensor(wanted.numpy()))
hard = -(Tensor(one_hot) * log_probabilities(student, 1.0))
return (soft.sum() * (alpha * temperature**2) + hard.sum() * (1 - alpha)) / rows

# wrong: the factor of the temperature is missing
# in: distillation_loss
wanted = log_probabilities(teacher, temperature).numpy()
soft = Tensor(np.exp(wanted)) * (Tensor(wanted) - log_probabilities(student, temperature))
hard = -(Tensor(one_hot) * log_probabilities(student, 1.0))
return (soft.sum() * alpha + hard.sum() * (1 - alpha)) / rows

# wrong: the labels are compared at the temperature, too
# in: distillation_loss
wanted = log_probabilities(teacher, temperature).numpy()
soft = Tensor(np.exp(wanted)) * (Tensor(wanted) - log_probabilities(student, temperature))
hard = -(Tensor(one_hot) * log_probabilities(student, temperature))
return (soft.sum() * (alpha * temperature**2) + hard.sum() * (1 - alpha)) / rows

# wrong: the cross entropy with the teacher, which is not 0 for equal answers
# in: distillation_loss
wanted = np.exp(log_probabilities(teacher, temperature).numpy())
soft = -(Tensor(wanted) * log_probabilities(student, temperature))
hard = -(Tensor(one_hot) * log_probabilities(student, 1.0))
return (soft.sum() * (alpha * temperature**2) + hard.sum() * (1 - alpha)) / rows

# right: partial sorts, eigenvalues of nothing, and one mixed target
# in: sparsity
flat = np.concatenate([np.ravel(array) for array in arrays])
return 1 - np.count_nonzero(flat) / flat.size
# in: apply_masks
for name, parameter in model.named_parameters():
    if name in masks:
        parameter.data[masks[name] == 0] = 0
# in: neuron_scores
into, out = first.weight.numpy(), second.weight.numpy()
return np.sqrt((into**2).sum(axis=0) * (out**2).sum(axis=1))
# in: rank_for_energy
squares = [float(value) ** 2 for value in singular_values]
rank, held = 0, 0.0
while rank == 0 or (held < (energy - 1e-9) * sum(squares) and rank < len(squares)):
    held += squares[rank]
    rank += 1
return rank
# in: log_probabilities
array = logits.numpy()
shifted = (logits - Tensor(array.max(axis=-1, keepdims=True))) * (1 / temperature)
return shifted - shifted.exp().sum(axis=-1, keepdims=True).log()
# in: distillation_loss
log_p = log_probabilities(teacher, temperature).numpy()
p = np.exp(log_p)
entropy = float((p * log_p).sum())
cross = -(log_probabilities(student, temperature) * Tensor(p)).sum()
labels = -(log_probabilities(student, 1.0) * Tensor(one_hot)).sum()
return (cross + entropy) * (alpha * temperature**2 / rows) + labels * ((1 - alpha) / rows)

# right: the other exercises, written differently
# in: magnitude_prune
named = weight_matrices(model)
entries = [(abs(float(value)), at, place) for at, (_, p) in enumerate(named) for place, value in enumerate(p.numpy().ravel())]
masks = {name: np.ones(p.shape, dtype=np.float32) for name, p in named}
for _, at, place in sorted(entries)[: round(amount * len(entries))]:
    masks[named[at][0]].reshape(-1)[place] = 0
apply_masks(model, masks)
return masks
# in: to_sparse
values, columns, row_starts = [], [], [0]
for row in matrix:
    places = np.flatnonzero(row)
    values.append(row[places])
    columns.append(places)
    row_starts.append(row_starts[-1] + len(places))
joined = np.concatenate(values) if values else matrix[:0].ravel()
numbers = np.concatenate(columns) if columns else np.zeros(0)
return SparseMatrix(joined, numbers.astype(np.uint16), np.array(row_starts, dtype=np.int32), matrix.shape)
# in: prune_neurons
order = np.argsort(-neuron_scores(first, second)[::-1], kind="stable")
chosen = np.sort(hidden - 1 - order[:keep])
small_first.weight.data[...] = np.take(first.weight.numpy(), chosen, axis=1)
small_second.weight.data[...] = np.take(second.weight.numpy(), chosen, axis=0)
if first.bias is not None:
    small_first.bias.data[...] = np.take(first.bias.numpy(), chosen)
if second.bias is not None:
    small_second.bias.data[...] = second.bias.numpy()
return small_first, small_second
# in: low_rank
u, s, v = np.linalg.svd(linear.weight.numpy(), full_matrices=False)
root = np.diag(np.sqrt(s[:rank]))
down.weight.data[...] = u[:, :rank] @ root
up.weight.data[...] = root @ v[:rank]
if linear.bias is not None:
    up.bias.data[...] = linear.bias.data
return Sequential(down, up)
