# wrong: the mean is subtracted, as in layer normalisation
# in: root_mean_square
centred = x.astype(np.float64) - x.mean(axis=-1, keepdims=True)
return np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)

# wrong: squares in the dtype of the data
# in: root_mean_square
return np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps).astype(np.float64)

# wrong: eps is added to the root
# in: root_mean_square
squares = x.astype(np.float64) ** 2
return np.sqrt(squares.mean(axis=-1, keepdims=True)) + eps

# wrong: the sum of the squares, not their mean
# in: root_mean_square
squares = x.astype(np.float64) ** 2
return np.sqrt(squares.sum(axis=-1, keepdims=True) + eps)

# wrong: the root mean square is taken for a constant
# in: rms_norm_gradient
size = root_mean_square(x, eps)
normal, inner = x / size, grad * gamma
to_gamma = (grad * normal).sum(axis=tuple(range(x.ndim - 1)))
return (inner / size).astype(x.dtype), to_gamma.astype(gamma.dtype)

# wrong: the gradient of gamma is summed over the first axis only
# in: rms_norm_gradient
size = root_mean_square(x, eps)
normal, inner = x / size, grad * gamma
to_x = (inner - normal * (inner * normal).mean(axis=-1, keepdims=True)) / size
return to_x.astype(x.dtype), (grad * normal).sum(axis=0).astype(gamma.dtype)

# wrong: gamma is left out of the gradient of x
# in: rms_norm_gradient
size = root_mean_square(x, eps)
normal = x / size
to_x = (grad - normal * (grad * normal).mean(axis=-1, keepdims=True)) / size
to_gamma = (grad * normal).sum(axis=tuple(range(x.ndim - 1)))
return to_x.astype(x.dtype), to_gamma.astype(gamma.dtype)

# wrong: the exponent without the 2
# in: rotation_angles
speeds = base ** (-np.arange(dim // 2) / dim)
return np.outer(np.arange(start, start + length), speeds)

# wrong: positions begin at 1
# in: rotation_angles
speeds = base ** (-np.arange(0, dim, 2) / dim)
return np.outer(np.arange(start + 1, start + length + 1), speeds)

# wrong: the start is forgotten
# in: rotation_angles
speeds = base ** (-np.arange(0, dim, 2) / dim)
return np.outer(np.arange(length), speeds)

# wrong: turned the other way
# in: rotate_forward
first, second = x[..., 0::2], x[..., 1::2]
turned = np.empty_like(x)
turned[..., 0::2] = first * np.cos(angles) + second * np.sin(angles)
turned[..., 1::2] = second * np.cos(angles) - first * np.sin(angles)
return turned

# wrong: the pairs are the two halves of the vector
# in: rotate_forward
half = x.shape[-1] // 2
first, second = x[..., :half], x[..., half:]
turned = np.empty_like(x)
turned[..., :half] = first * np.cos(angles) - second * np.sin(angles)
turned[..., half:] = first * np.sin(angles) + second * np.cos(angles)
return turned

# wrong: turned in place, so that the second number sees the new first one
# in: rotate_forward
x[..., 0::2] = x[..., 0::2] * np.cos(angles) - x[..., 1::2] * np.sin(angles)
x[..., 1::2] = x[..., 0::2] * np.sin(angles) + x[..., 1::2] * np.cos(angles)
return x

# wrong: float32 becomes float64
# in: rotate_forward
first, second = x[..., 0::2], x[..., 1::2]
turned = np.empty(x.shape)
turned[..., 0::2] = first * np.cos(angles) - second * np.sin(angles)
turned[..., 1::2] = first * np.sin(angles) + second * np.cos(angles)
return turned

# wrong: the gradient is turned forward, too
# in: rotate_gradient
return (rotate_forward(grad, angles),)

# wrong: a sigmoid that overflows
# in: silu_forward
return a / (1 + np.exp(-a))

# wrong: the sigmoid alone
# in: silu_forward
return 0.5 * (1 + np.tanh(a / 2))

# wrong: the product rule is forgotten
# in: silu_gradient
open_by = 0.5 * (1 + np.tanh(a / 2))
return (grad * open_by * (1 - open_by),)

# wrong: four times as wide, as without a gate
# in: SwiGLU.__init__
hidden_dim = 4 * embed_dim if hidden_dim is None else hidden_dim
self.gate = Linear(embed_dim, hidden_dim, bias=False, rng=rng)
self.up = Linear(embed_dim, hidden_dim, bias=False, rng=rng)
self.down = Linear(hidden_dim, embed_dim, bias=False, rng=rng)

# wrong: the biases are still there
# in: SwiGLU.__init__
hidden_dim = 8 * embed_dim // 3 if hidden_dim is None else hidden_dim
self.gate = Linear(embed_dim, hidden_dim, rng=rng)
self.up = Linear(embed_dim, hidden_dim, rng=rng)
self.down = Linear(hidden_dim, embed_dim, rng=rng)

# wrong: the proposal is squashed, not the gate
# in: SwiGLU.forward
return self.down(self.gate(x) * silu(self.up(x)))

# wrong: gate and proposal are added
# in: SwiGLU.forward
return self.down(silu(self.gate(x)) + self.up(x))

# wrong: the vectors are turned before they are cut into heads
# in: RotaryAttention.forward
angles = rotation_angles(x.shape[1], x.shape[-1], self.base)
q, k = rotate(self.query(x), angles), rotate(self.key(x), angles)
q, k, v = (split_heads(part, self.num_heads) for part in (q, k, self.value(x)))
found = scaled_dot_product_attention(q, k, v, causal_mask(x.shape[1]))
return self.output(merge_heads(found))

# wrong: the values are turned, too
# in: RotaryAttention.forward
q, k, v = (split_heads(part(x), self.num_heads) for part in (self.query, self.key, self.value))
angles = rotation_angles(x.shape[1], q.shape[-1], self.base)
q, k, v = (rotate(part, angles) for part in (q, k, v))
found = scaled_dot_product_attention(q, k, v, causal_mask(x.shape[1]))
return self.output(merge_heads(found))

# wrong: the queries are turned, the keys are not
# in: RotaryAttention.forward
q, k, v = (split_heads(part(x), self.num_heads) for part in (self.query, self.key, self.value))
angles = rotation_angles(x.shape[1], q.shape[-1], self.base)
found = scaled_dot_product_attention(rotate(q, angles), k, v, causal_mask(x.shape[1]))
return self.output(merge_heads(found))

# wrong: the base that was asked for is not used
# in: RotaryAttention.forward
q, k, v = (split_heads(part(x), self.num_heads) for part in (self.query, self.key, self.value))
angles = rotation_angles(x.shape[1], q.shape[-1])
q, k = rotate(q, angles), rotate(k, angles)
found = scaled_dot_product_attention(q, k, v, causal_mask(x.shape[1]))
return self.output(merge_heads(found))

# wrong: no mask
# in: RotaryAttention.forward
q, k, v = (split_heads(part(x), self.num_heads) for part in (self.query, self.key, self.value))
angles = rotation_angles(x.shape[1], q.shape[-1], self.base)
q, k = rotate(q, angles), rotate(k, angles)
return self.output(merge_heads(scaled_dot_product_attention(q, k, v)))

# wrong: the road itself is normalised
# in: ModernBlock.forward
x = self.norm1(x)
x = x + self.attention(x)
x = self.norm2(x)
return x + self.feed_forward(x)

# wrong: both parts read what came in
# in: ModernBlock.forward
return x + self.attention(self.norm1(x)) + self.feed_forward(self.norm2(x))

# wrong: the last normalisation is left out
# in: ModernGPT.forward
x = self.tokens(ids)
for block in self.blocks:
    x = block(x)
return self.head(x)

# wrong: all that equal the k-th score stay
# in: top_k
limit = np.sort(logits)[-min(k, len(logits))]
return np.where(logits >= limit, logits, -np.inf)

# wrong: the token that crosses p is cut
# in: top_p
ranking = (-logits).argsort(kind="stable")
shares = np.exp(logits - logits.max())[ranking]
shares = shares / shares.sum()
stays = np.zeros(len(logits), dtype=bool)
stays[ranking[shares.cumsum() <= p]] = True
return np.where(stays, logits, -np.inf)

# wrong: every token with a chance of p stays
# in: top_p
shares = np.exp(logits - logits.max())
return np.where(shares / shares.sum() >= p, logits, -np.inf)

# wrong: top-p before the temperature
# in: sample
scores = logits.astype(np.float64)
scores = scores if p is None else top_p(scores, p)
scores = scores / temperature
scores = scores if k is None else top_k(scores, k)
return pick_token(scores, 1.0, rng)

# wrong: the generator is forgotten
# in: sample
scores = logits.astype(np.float64) / temperature
scores = scores if k is None else top_k(scores, k)
scores = scores if p is None else top_p(scores, p)
return pick_token(scores, 1.0, np.random.default_rng())

# right: other words
# in: root_mean_square
wide = np.asarray(x, dtype=np.float64)
return np.sqrt(np.square(wide).sum(axis=-1, keepdims=True) / x.shape[-1] + eps)
# in: rms_norm_gradient
wide, size = x.astype(np.float64), root_mean_square(x, eps)
inner = grad * gamma
along = (inner * wide).sum(axis=-1, keepdims=True)
to_x = inner / size - wide * along / (x.shape[-1] * size**3)
to_gamma = (grad * wide / size).reshape(-1, x.shape[-1]).sum(axis=0)
return to_x.astype(x.dtype), to_gamma.astype(gamma.dtype)
# in: rotation_angles
pairs = np.arange(dim // 2)
speeds = 1 / base ** (2 * pairs / dim)
return (start + np.arange(length))[:, None] * speeds[None, :]
# in: rotate_forward
pairs = x.reshape(*x.shape[:-1], -1, 2)
turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angles)
return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape).astype(x.dtype)
# in: silu_forward
sign = np.exp(-np.abs(a))
return np.where(a >= 0, a / (1 + sign), a * sign / (1 + sign)).astype(a.dtype)
# in: SwiGLU.forward
proposal = self.up(x)
return self.down(proposal * silu(self.gate(x)))
# in: top_k
limited = np.full(len(logits), -np.inf, dtype=logits.dtype)
for place in sorted(range(len(logits)), key=lambda place: -logits[place])[:k]:
    limited[place] = logits[place]
return limited
# in: sample
scores = logits.astype(np.float64) / temperature
for keep, limit in ((top_k, k), (top_p, p)):
    if limit is not None:
        scores = keep(scores, limit)
return pick_token(scores, temperature=1.0, rng=rng)

# right: the other exercises, written differently
# in: rms_norm_forward
return (x * (gamma / root_mean_square(x, eps))).astype(x.dtype)
# in: rotate_gradient
cosine, sine = np.cos(angles), np.sin(angles)
back = np.empty_like(grad)
back[..., 0::2] = grad[..., 0::2] * cosine + grad[..., 1::2] * sine
back[..., 1::2] = grad[..., 1::2] * cosine - grad[..., 0::2] * sine
return (back,)
# in: silu_gradient
opened = (1 + np.tanh(a / 2)) / 2
return (grad * (opened + a * opened * (1 - opened)),)
# in: SwiGLU.__init__
wide = hidden_dim or int(embed_dim * 8 / 3)
self.gate, self.up = (Linear(embed_dim, wide, bias=False, rng=rng) for _ in range(2))
self.down = Linear(wide, embed_dim, bias=False, rng=rng)
# in: RotaryAttention.forward
length, heads = x.shape[1], self.num_heads
angles = rotation_angles(length, x.shape[2] // heads, base=self.base)
q = rotate(split_heads(self.query(x), heads), angles)
k = rotate(split_heads(self.key(x), heads), angles)
found = scaled_dot_product_attention(q, k, split_heads(self.value(x), heads), causal_mask(length))
return self.output(merge_heads(found))
# in: ModernBlock.forward
middle = self.attention(self.norm1(x)) + x
return self.feed_forward(self.norm2(middle)) + middle
# in: ModernGPT.forward
road = self.tokens(ids)
for number in range(len(self.blocks)):
    road = self.blocks[number](road)
return self.head(self.norm(road))
# in: top_p
limited, total = np.full(len(logits), -np.inf), 0.0
shares = np.exp(logits - logits.max())
shares = shares / shares.sum()
for place in np.argsort(-logits, kind="stable"):
    if total >= p:
        break
    limited[place], total = logits[place], total + shares[place]
return limited
