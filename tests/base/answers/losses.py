# wrong: half of the squared error
# in: mse_loss
prediction, target = operands(prediction, target)
if prediction.shape != target.shape:
    raise ValueError(f"{prediction.shape} and {target.shape} must be equal")
return apply_op("mse_loss", lambda a, b: np.mean(as_float(a - b) ** 2) / 2, prediction, target)

# wrong: the sum of the squares over the examples alone
# in: mse_loss
prediction, target = operands(prediction, target)
if prediction.shape != target.shape:
    raise ValueError(f"{prediction.shape} and {target.shape} must be equal")
return apply_op("mse_loss", lambda a, b: np.sum(as_float(a - b) ** 2) / as_float(a).dtype.type(len(a)), prediction, target)

# wrong: shapes that broadcast are let through
# in: mse_loss
prediction, target = operands(prediction, target)
return apply_op("mse_loss", lambda a, b: np.mean(as_float(a - b) ** 2), prediction, target)

# wrong: the maximum is taken over everything
# in: log_sum_exp
m = array.max()
return m + np.log(np.exp(array - m).sum(axis=axis))

# wrong: the exponent is clipped
# in: log_sum_exp
return np.log(np.exp(np.clip(array, -80, 80)).sum(axis=axis))

# wrong: the sum over the examples
# in: cross_entropy
indices = class_indices(targets, logits)

def forward(a, targets):
    a = as_float(a)
    return np.sum(log_sum_exp(a, axis=1) - a[np.arange(len(a)), targets])

return apply_op("cross_entropy", forward, logits, targets=indices)

# wrong: the logarithm of rounded probabilities
# in: cross_entropy
indices = class_indices(targets, logits)

def forward(a, targets):
    a = as_float(a)
    powers = np.exp(a - a.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    return -np.mean(np.log(np.maximum(chances[np.arange(len(a)), targets], np.finfo(a.dtype).tiny)))

return apply_op("cross_entropy", forward, logits, targets=indices)

# wrong: the targets are not checked
# in: cross_entropy
indices = Tensor(targets).data

def forward(a, targets):
    a = as_float(a)
    return np.mean(log_sum_exp(a, axis=1) - a[np.arange(len(a)), targets])

return apply_op("cross_entropy", forward, logits, targets=indices)

# wrong: the accuracy is a count
# in: accuracy
indices = class_indices(targets, logits)
return float(np.sum(logits.numpy().argmax(axis=1) == indices))

# wrong: the accuracy looks along the examples
# in: accuracy
indices = class_indices(targets, logits)
guesses = logits.numpy().argmax(axis=0)
return float(np.mean(guesses[: len(indices)] == indices[: len(guesses)]))

# right: log-softmax, a norm, and other messages
# in: mse_loss
left, right = operands(prediction, target)
if left.shape != right.shape:
    raise ValueError(f"prediction {left.shape} against target {right.shape}")

def forward(a, b):
    difference = as_float(a - b)
    return (difference * difference).sum() / difference.dtype.type(difference.size)

return apply_op("mse_loss", forward, left, right)
# in: log_sum_exp
m = np.max(array, axis=axis, keepdims=True)
return (m + np.log(np.sum(np.exp(array - m), axis=axis, keepdims=True))).squeeze(axis)
# in: cross_entropy
indices = class_indices(targets, logits)

def forward(a, targets):
    a = as_float(a)
    scores = a - log_sum_exp(a, axis=1)[:, None]
    return -np.take_along_axis(scores, targets[:, None], axis=1).mean()

return apply_op("cross_entropy", forward, logits, targets=indices)
# in: accuracy
indices = class_indices(targets, logits)
right = [int(np.argmax(row)) == int(index) for row, index in zip(logits.numpy(), indices)]
return sum(right) / len(right)

# right: the other exercises, written differently
# in: class_indices
numbers = Tensor(targets).data
if logits.ndim != 2 or numbers.ndim != 1 or len(numbers) != logits.shape[0] or len(numbers) == 0:
    raise ValueError("shapes do not fit")
if not np.issubdtype(numbers.dtype, np.integer):
    raise TypeError("classes are counted, not measured")
if not np.isin(numbers, np.arange(logits.shape[1])).all():
    raise ValueError("there is no such class")
return numbers
# in: binary_cross_entropy
truth = Tensor(targets, dtype=probability.dtype).data
if truth.shape != probability.shape:
    raise ValueError("shapes do not fit")
if (probability.data < 0).any() or (probability.data > 1).any() or (truth < 0).any() or (truth > 1).any():
    raise ValueError("a probability is between 0 and 1")

def forward(p, targets):
    p = np.minimum(np.maximum(p, 1e-7), 1 - 1e-7)
    yes, no = np.log(p), np.log1p(-p)
    return (-(targets * yes + (1 - targets) * no)).mean()

return apply_op("binary_cross_entropy", forward, probability, targets=truth)
# in: smoothed_cross_entropy
examples, classes = logits.shape
parts = [cross_entropy(logits, np.full(examples, c)) for c in range(classes)]
return cross_entropy(logits, targets) * (1 - smoothing) + sum(parts[1:], parts[0]) * (smoothing / classes)
