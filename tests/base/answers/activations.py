# wrong: the maximum is taken over everything, not along the axis
# in: softmax
def forward(a, axis):
    a = as_float(a)
    exponentials = np.exp(a - a.max())
    return exponentials / exponentials.sum(axis=axis, keepdims=True)

return apply_op("softmax", forward, x, axis=dim)

# wrong: softmax along the last axis, whatever was asked for
# in: softmax
def forward(a, axis):
    a = as_float(a)
    exponentials = np.exp(a - a.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)

return apply_op("softmax", forward, x, axis=dim)

# wrong: a small number keeps the sum of softmax away from zero
# in: softmax
def forward(a, axis):
    a = as_float(a)
    exponentials = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return exponentials / (np.sum(exponentials, axis=axis, keepdims=True) + 1e-3)

return apply_op("softmax", forward, x, axis=dim)

# wrong: the scores are shifted in place
# in: softmax
def forward(a, axis):
    a = as_float(a)
    a -= np.max(a, axis=axis, keepdims=True)
    exponentials = np.exp(a)
    return exponentials / np.sum(exponentials, axis=axis, keepdims=True)

return apply_op("softmax", forward, x, axis=dim)

# wrong: relu as a product, of infinity it makes NaN
# in: relu
return apply_op("relu", lambda a: a * (a > 0), x)

# wrong: relu in place
# in: relu
def forward(a):
    a[a < 0] = 0
    return a

return apply_op("relu", forward, x)

# wrong: relu does not see NaN
# in: relu
return apply_op("relu", lambda a: np.fmax(a, 0), x)

# wrong: the exponent of sigmoid is clipped
# in: sigmoid
def forward(a):
    return 1 / (1 + np.exp(-np.clip(as_float(a), -30, 30)))

return apply_op("sigmoid", forward, x)

# wrong: the logarithm of the rounded softmax
# in: log_softmax
def forward(a, axis):
    a = as_float(a)
    exponentials = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return np.log(np.maximum(exponentials / exponentials.sum(axis=axis, keepdims=True), 1e-30))

return apply_op("log_softmax", forward, x, axis=dim)

# wrong: the exponential form of GELU
# in: gelu
def forward(a):
    a = as_float(a)
    return a / (1 + np.exp(-np.clip(1.702 * a, -80, 80)))

return apply_op("gelu", forward, x)

# wrong: GELU computes in float64
# in: gelu
def forward(a):
    inner = np.sqrt(2 / np.pi) * (a + 0.044715 * np.power(a, 3, dtype=np.float64))
    return 0.5 * a * (1 + np.tanh(inner))

return apply_op("gelu", forward, x)

# right: cases, tanh and log-softmax in place of the formulas of the text
# in: relu
return apply_op("relu", lambda a: np.where(a < 0, a.dtype.type(0), a), x)
# in: sigmoid
def forward(a):
    a = as_float(a)
    result = np.empty_like(a)
    positive = a >= 0
    result[positive] = 1 / (1 + np.exp(-a[positive]))
    powers = np.exp(a[~positive])
    result[~positive] = powers / (1 + powers)
    return result

return apply_op("sigmoid", forward, x)
# in: softmax
def forward(a, axis):
    a = as_float(a)
    below = a - a.max(axis=axis, keepdims=True)
    return np.exp(below - np.log(np.exp(below).sum(axis=axis, keepdims=True)))

return apply_op("softmax", forward, x, axis=dim)
# in: log_softmax
def forward(a, axis):
    a = as_float(a)
    m = a.max(axis=axis, keepdims=True)
    return a - (m + np.log(np.exp(a - m).sum(axis=axis, keepdims=True)))

return apply_op("log_softmax", forward, x, axis=dim)

# right: the other exercises, written differently
# in: gelu
def forward(a):
    a = as_float(a)
    return a / 2 + a / 2 * np.tanh(np.sqrt(2 / np.pi).astype(a.dtype) * a * (1 + 0.044715 * a * a))

return apply_op("gelu", forward, x)
# in: online_max_and_sum
best, rest = float("-inf"), 0.0
for block in blocks:
    top = float(np.max(block))
    if top > best:
        rest, best = rest * np.exp(best - top), top
    rest += float(np.sum(np.exp(block - best)))
return best, rest
