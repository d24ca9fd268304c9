# wrong: two tiles fill the cache
# in: best_block
return math.isqrt(cache_numbers // 2)

# wrong: the tiles of the result are replaced, not added to
# in: blocked_matmul
for i in range(0, a.shape[0], block):
    for j in range(0, b.shape[1], block):
        for k in range(0, a.shape[1], block):
            left, right = a[i : i + block, k : k + block], b[k : k + block, j : j + block]
            result[i : i + block, j : j + block] = left @ right
            counter.loads += left.size + right.size
            counter.multiplications += left.size * right.shape[1]

# wrong: tiles at the edge are left out
# in: blocked_matmul
for i in range(0, a.shape[0] - block + 1, block):
    for j in range(0, b.shape[1] - block + 1, block):
        for k in range(0, a.shape[1] - block + 1, block):
            left, right = a[i : i + block, k : k + block], b[k : k + block, j : j + block]
            result[i : i + block, j : j + block] += left @ right
            counter.loads += left.size + right.size
            counter.multiplications += left.size * right.shape[1]

# wrong: distances below zero
# in: pairwise_distances
return (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * (x @ y.T)

# wrong: the broadcast, with its large array
# in: pairwise_distances
return ((x[:, None] - y[None]) ** 2).sum(axis=-1)

# wrong: the root of the squared distance
# in: pairwise_distances
distances = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * (x @ y.T)
return np.sqrt(np.maximum(distances, 0))

# wrong: three arrays instead of one
# in: fused_linear_relu
result = x @ weight
if bias is not None:
    result = result + bias
return np.maximum(result, 0)

# wrong: everything at once, without chunks
# in: fused_gelu
inner = math.sqrt(2 / math.pi) * (flat + 0.044715 * flat**3)
result[:] = 0.5 * flat * (1 + np.tanh(inner))
return result.reshape(x.shape)

# wrong: the last chunk is left out
# in: fused_gelu
for start in range(0, flat.size - chunk + 1, chunk):
    part = flat[start : start + chunk]
    inner = math.sqrt(2 / math.pi) * (part + 0.044715 * part**3)
    result[start : start + chunk] = 0.5 * part * (1 + np.tanh(inner))
return result.reshape(x.shape)

# wrong: the rows are in the order column, row
# in: im2col
windows = np.lib.stride_tricks.sliding_window_view(images, kernel, axis=(2, 3))[:, :, ::stride, ::stride]
n, c, oh, ow, kh, kw = windows.shape
return windows.transpose(0, 3, 2, 1, 4, 5).reshape(n * oh * ow, c * kh * kw)

# wrong: the channels stay last
# in: convolve
product = im2col(images, (kh, kw), stride) @ filters.reshape(f, -1).T
return product.reshape(n, f, oh, ow)

# wrong: always from left to right
# in: chain_order
cost, order = 0, 0
for number in range(1, count):
    cost, order = cost + sizes[0] * sizes[number] * sizes[number + 1], (order, number)
return cost, order

# wrong: the cheap order is computed and not used
# in: multiply_chain
result = matrices[0]
for matrix in matrices[1:]:
    result = result @ matrix
return result

# wrong: a ReLU anywhere behind a Linear is fused, and nested models are left
# in: fuse
fused = []
for layer in model.layers:
    if type(layer).__name__ == "ReLU" and fused and isinstance(fused[-1], Linear):
        fused[-1] = FusedLinearReLU(fused[-1])
    else:
        fused.append(layer)
return Sequential(*fused)

# right: other loops
# in: best_block
side = 0
while 3 * (side + 1) ** 2 <= cache_numbers:
    side += 1
return side
# in: pairwise_distances
distances = np.matmul(x, y.T)
distances = -2 * distances
distances += np.einsum("ij,ij->i", x, x)[:, None]
distances += np.einsum("ij,ij->i", y, y)[None, :]
return distances.clip(min=0)
# in: fused_linear_relu
result = np.matmul(x, weight)
if bias is not None:
    np.add(result, bias, out=result)
result[result < 0] = 0
return result
# in: multiply_chain
_, order = chain_order([m.shape[0] for m in matrices] + [matrices[-1].shape[1]])

def build(part):
    if isinstance(part, tuple):
        return build(part[0]) @ build(part[1])
    return matrices[part]

return build(order)

# right: the other exercises, written differently
# in: blocked_matmul
rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
for k in range(0, inner, block):
    for i in range(0, rows, block):
        for j in range(0, columns, block):
            left, right = a[i : i + block, k : k + block], b[k : k + block, j : j + block]
            result[i : i + block, j : j + block] += np.dot(left, right)
            counter.loads += left.size + right.size
            counter.multiplications += left.shape[0] * left.shape[1] * right.shape[1]
# in: fused_gelu
for start in range(0, flat.size, chunk):
    part = flat[start : start + chunk]
    inner = part * part
    inner *= 0.044715
    inner += 1
    inner *= part
    inner *= math.sqrt(2 / math.pi)
    result[start : start + chunk] = part * (1 + np.tanh(inner)) / 2
return result.reshape(x.shape)
# in: im2col
n, c, height, width = images.shape
kh, kw = kernel
rows = []
for image in images:
    for top in range(0, height - kh + 1, stride):
        for left in range(0, width - kw + 1, stride):
            rows.append(image[:, top : top + kh, left : left + kw].ravel())
return np.stack(rows)
# in: convolve
product = filters.reshape(f, -1) @ im2col(images, (kh, kw), stride).T
return product.reshape(f, n, oh, ow).swapaxes(0, 1)
# in: fuse
fused, waiting = [], list(model.layers)
while waiting:
    layer = waiting.pop(0)
    if isinstance(layer, Linear) and waiting and type(waiting[0]).__name__ == "ReLU":
        waiting.pop(0)
        layer = FusedLinearReLU(layer)
    elif isinstance(layer, Sequential):
        layer = fuse(layer)
    fused.append(layer)
return Sequential(*fused)
