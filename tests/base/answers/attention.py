# wrong: the queries are the first of the text, not the last
# in: causal_mask
keys = queries if keys is None else keys
return np.arange(queries)[:, None] >= np.arange(keys)

# wrong: no position sees itself
# in: causal_mask
keys = queries if keys is None else keys
places = np.arange(keys - queries, keys)
return places[:, None] > np.arange(keys)

# wrong: True hides
# in: hide_forward
if mask.all(axis=-1).any():
    raise ValueError("the mask leaves a query with nothing to look at")
return np.where(mask, -math.inf, scores)

# wrong: hidden scores become a large negative number
# in: hide_forward
if not mask.any(axis=-1).all():
    raise ValueError("the mask leaves a query with nothing to look at")
return np.where(mask, scores, scores.dtype.type(-1e9))

# wrong: a query with nothing to look at is let through
# in: hide_forward
return np.where(mask, scores, -math.inf)

# wrong: the scores are hidden in place
# in: hide_forward
if not mask.any(axis=-1).all():
    raise ValueError("the mask leaves a query with nothing to look at")
scores[np.broadcast_to(~mask, scores.shape)] = -math.inf
return scores

# wrong: the scores are divided by d, not by its root
# in: attention_weights
*leading, rows, columns = range(k.ndim)
scores = q @ k.transpose(*leading, columns, rows) / q.shape[-1]
if mask is not None:
    scores = hide(scores, mask)
return softmax(scores, dim=-1)

# wrong: the scale is the number of keys
# in: attention_weights
*leading, rows, columns = range(k.ndim)
scores = q @ k.transpose(*leading, columns, rows) / math.sqrt(k.shape[-2])
if mask is not None:
    scores = hide(scores, mask)
return softmax(scores, dim=-1)

# wrong: the weights are hidden behind softmax
# in: attention_weights
*leading, rows, columns = range(k.ndim)
weights = softmax(q @ k.transpose(*leading, columns, rows) / math.sqrt(q.shape[-1]), dim=-1)
if mask is None:
    return weights
array = mask.data if isinstance(mask, Tensor) else np.asarray(mask)
return weights * Tensor(array.astype(weights.dtype))

# wrong: softmax over the queries
# in: attention_weights
*leading, rows, columns = range(k.ndim)
scores = q @ k.transpose(*leading, columns, rows) / math.sqrt(q.shape[-1])
if mask is not None:
    scores = hide(scores, mask)
return softmax(scores, dim=-2)

# wrong: the heads are cut without a transpose
# in: split_heads
count, length, width = x.shape
return x.reshape(count, num_heads, length, width // num_heads)

# wrong: the heads are merged without a transpose
# in: merge_heads
count, heads, length, width = x.shape
return x.reshape(count, length, heads * width)

# wrong: keys from the context, values from the text itself
# in: MultiHeadAttention.forward
source = x if context is None else context
q = split_heads(self.query(x), self.num_heads)
k = split_heads(self.key(source), self.num_heads)
v = split_heads(self.value(x if source.shape == x.shape else source), self.num_heads)
return self.output(merge_heads(scaled_dot_product_attention(q, k, v, mask)))

# wrong: the mask is forgotten with a context
# in: MultiHeadAttention.forward
source = x if context is None else context
q = split_heads(self.query(x), self.num_heads)
k = split_heads(self.key(source), self.num_heads)
v = split_heads(self.value(source), self.num_heads)
found = scaled_dot_product_attention(q, k, v, mask if context is None else None)
return self.output(merge_heads(found))

# right: a triangle, a gradient by the output, and heads by slices
# in: causal_mask
keys = keys if keys is not None else queries
return np.tri(queries, keys, keys - queries, dtype=bool)
# in: hide_forward
hidden = scores.copy()
hidden[~np.broadcast_to(mask, scores.shape)] = -np.inf
if np.isneginf(hidden).all(axis=-1).any():
    raise ValueError("one query is blind: it has nothing to look at")
return hidden
# in: hide_gradient
return (np.where(np.isneginf(output), 0, grad),)
# in: attention_weights
axes = list(range(k.ndim))
axes[-1], axes[-2] = axes[-2], axes[-1]
scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.transpose(axes)
return softmax(scores if mask is None else hide(scores, mask), dim=scores.ndim - 1)
# in: merge_heads
swapped = x.transpose(0, 2, 1, 3)
return swapped.reshape(swapped.shape[0], swapped.shape[1], -1)

# right: the other exercises, written differently
# in: scaled_dot_product_attention
return attention_weights(q, k, mask=mask) @ v
# in: split_heads
count, length, width = x.shape
return x.reshape((count, length, num_heads, -1)).transpose((0, 2, 1, 3))
# in: MultiHeadAttention.__init__
for name in ("query", "key", "value", "output"):
    setattr(self, name, Linear(embed_dim, embed_dim, rng=rng))
# in: MultiHeadAttention.forward
if context is None:
    context = x
q, k, v = (split_heads(part, self.num_heads) for part in (self.query(x), self.key(context), self.value(context)))
return self.output(merge_heads(attention_weights(q, k, mask) @ v))
