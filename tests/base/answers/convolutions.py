# wrong: the number of steps, not of positions
# in: output_size
last_start = size + 2 * padding - kernel
if last_start < 0:
    raise ValueError("the kernel does not fit")
return max(last_start // stride, 1)

# wrong: padding counts once
# in: output_size
last_start = size + padding - kernel
if last_start < 0:
    raise ValueError("the kernel does not fit")
return last_start // stride + 1

# wrong: the strides of a contiguous array are assumed
# in: windows
images = np.ascontiguousarray(images)
view = np.lib.stride_tricks.sliding_window_view(images, kernel, axis=(2, 3))
return view[:, :, ::stride, ::stride]

# wrong: the windows are a copy
# in: windows
view = np.lib.stride_tricks.sliding_window_view(images, kernel, axis=(2, 3))[:, :, ::stride, ::stride].copy()
view.flags.writeable = False
return view

# wrong: the kernel is flipped
# in: conv2d_forward
rows = weight[:, :, ::-1, ::-1].reshape(len(weight), -1)
out = rows @ columns(images, weight.shape[2:], stride, padding)
out_h = output_size(images.shape[2], weight.shape[2], stride, padding)
return out.reshape(len(images), len(weight), out_h, -1)

# wrong: each window has its channels last
# in: columns
patches = windows(pad(images, padding), kernel, stride)
ordered = patches.transpose(0, 4, 5, 1, 2, 3)
count, kernel_h, kernel_w, channels = ordered.shape[:4]
return ordered.reshape(count, channels * kernel_h * kernel_w, -1)

# wrong: the gradient of the kernels is a mean over the pictures
# in: conv2d_gradient
flat = grad.reshape(*grad.shape[:2], -1)
seen = columns(images, weight.shape[2:], stride, padding)
to_weight = (flat @ seen.swapaxes(1, 2)).mean(axis=0).reshape(weight.shape)
to_columns = weight.reshape(len(weight), -1).T @ flat
to_patches = to_columns.reshape(len(images), *weight.shape[1:], *grad.shape[2:]).transpose(0, 1, 4, 5, 2, 3)
return fold(to_patches, images.shape, stride, padding), to_weight

# wrong: Glorot's weights in place of He's
# in: Conv2d.__init__
area = kernel_size * kernel_size
drawn = rng.normal(size=(out_channels, in_channels, kernel_size, kernel_size))
scale = math.sqrt(2 / (in_channels * area + out_channels * area))
self.weight = Parameter((drawn * scale).astype(np.float32))
self.bias = Parameter(np.zeros(out_channels, dtype=np.float32))

# wrong: the bias is added along the last axis, where it fits
# in: Conv2d.forward
convolved = conv2d(x, self.weight, stride=self.stride, padding=self.padding)
if convolved.shape[-1] == self.bias.size:
    return convolved + self.bias
return convolved + self.bias.reshape(1, -1, 1, 1)

# wrong: every winner of a tie is paid
# in: max_pool2d_gradient
patches = windows(images, (kernel, kernel), stride)
winners = patches == patches.max(axis=(4, 5), keepdims=True)
return (fold(winners * grad[..., None, None], images.shape, stride, 0),)

# wrong: max pooling starts at zero
# in: max_pool2d_forward
patches = windows(images, (kernel, kernel), stride)
return np.maximum(patches.max(axis=(4, 5)), 0)

# wrong: the variance of the batch is the unbiased one
# in: standardize
mean = images.mean(axis=CHANNEL_AXES, keepdims=True)
variance = images.var(axis=CHANNEL_AXES, keepdims=True, ddof=1)
scale = np.sqrt(variance + eps)
return (images - mean) / scale, scale

# wrong: each picture is standardised by itself
# in: standardize
mean = images.mean(axis=(2, 3), keepdims=True)
scale = np.sqrt(images.var(axis=(2, 3), keepdims=True).mean(axis=0, keepdims=True) + eps)
return (images - mean) / scale, scale

# wrong: mean and scale are taken for constants
# in: batch_norm_gradient
normal, scale = standardize(images, eps)
wide = lambda array: array[None, :, None, None]
return grad * wide(gamma) / scale, (grad * normal).sum(axis=CHANNEL_AXES), grad.sum(axis=CHANNEL_AXES)

# wrong: the running variance is the biased one
# in: BatchNorm2d.update_running
keep = 1 - self.momentum
self.running_mean = keep * self.running_mean + self.momentum * images.mean(axis=CHANNEL_AXES)
self.running_var = keep * self.running_var + self.momentum * images.var(axis=CHANNEL_AXES)

# wrong: momentum weighs the old statistics
# in: BatchNorm2d.update_running
keep = self.momentum
mean, variance = images.mean(axis=CHANNEL_AXES), images.var(axis=CHANNEL_AXES, ddof=1)
self.running_mean = keep * self.running_mean + (1 - keep) * mean
self.running_var = keep * self.running_var + (1 - keep) * variance

# wrong: evaluation measures the batch
# in: BatchNorm2d.forward 2
if x.size == x.shape[1]:
    return x * 0 + self.beta.reshape(-1, 1, 1)
return apply_op("batch_norm", batch_norm_forward, x, self.gamma, self.beta, eps=self.eps)

# right: rules that use the output, and numpy's own windows
# in: output_size
starts = range(0, size + 2 * padding - kernel + 1, stride)
if not starts:
    raise ValueError(f"{kernel} pixels are more than {size} and {padding} on each side")
return len(starts)
# in: windows
output_size(images.shape[2], kernel[0]), output_size(images.shape[3], kernel[1])
view = np.lib.stride_tricks.sliding_window_view(images, kernel, axis=(2, 3))
return view[:, :, ::stride, ::stride]
# in: conv2d_forward
seen = windows(pad(images, padding), weight.shape[2:], stride)
return np.einsum("nchwuv,ocuv->nohw", seen, weight)
# in: conv2d_gradient
seen = windows(pad(images, padding), weight.shape[2:], stride)
to_weight = np.einsum("nohw,nchwuv->ocuv", grad, seen)
to_patches = np.einsum("nohw,ocuv->nchwuv", grad, weight)
return fold(to_patches, images.shape, stride, padding), to_weight
# in: max_pool2d_gradient
patches = windows(images, (kernel, kernel), stride)
equal = (patches == output[..., None, None]).reshape(*grad.shape, -1)
first = equal & (equal.cumsum(axis=-1) == 1)
shares = (first * grad[..., None]).reshape(patches.shape)
return (fold(shares, images.shape, stride, 0),)
# in: batch_norm_gradient
_, scale = standardize(images, eps)
wide = lambda array: array[None, :, None, None]
normal = (output - wide(beta)) / wide(gamma)
count = images.size // images.shape[1]
to_gamma, to_beta = (grad * normal).sum(axis=CHANNEL_AXES), grad.sum(axis=CHANNEL_AXES)
inner = grad - (wide(to_beta) + normal * wide(to_gamma)) / count
return wide(gamma) / scale * inner, to_gamma, to_beta

# right: the other exercises, written differently
# in: columns
padded = pad(images, padding)
count, channels, height, width = padded.shape
rows = []
for c in range(channels):
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            out_h, out_w = output_size(height, kernel[0], stride), output_size(width, kernel[1], stride)
            cut = padded[:, c, u:u + stride * (out_h - 1) + 1:stride, v:v + stride * (out_w - 1) + 1:stride]
            rows.append(cut.reshape(count, out_h * out_w))
return np.stack(rows, axis=1)
# in: Conv2d.__init__
shape = (out_channels, in_channels, kernel_size, kernel_size)
deviation = (2 / (in_channels * kernel_size**2)) ** 0.5
self.weight = Parameter(rng.normal(0.0, deviation, size=shape).astype(np.float32))
self.bias = Parameter(np.zeros((out_channels,), np.float32))
# in: Conv2d.forward
shift = self.bias.reshape(self.bias.shape[0], 1, 1)
return shift + conv2d(x, self.weight, self.stride, self.padding)
# in: max_pool2d_forward
patches = windows(images, (kernel, kernel), stride)
return np.max(np.max(patches, axis=-1), axis=-1)
# in: avg_pool2d_forward
patches = windows(images, (kernel, kernel), stride)
return patches.sum(axis=(-2, -1)) / (kernel * kernel)
# in: avg_pool2d_gradient
patches = np.ones((*grad.shape, kernel, kernel), dtype=grad.dtype) * grad[:, :, :, :, None, None]
return (fold(patches / kernel**2, images.shape, stride, 0),)
# in: Flatten.forward
return x.reshape(len(x), -1)
# in: standardize
centred = images - np.mean(images, axis=CHANNEL_AXES, keepdims=True)
scale = np.sqrt(np.mean(centred**2, axis=CHANNEL_AXES, keepdims=True) + eps)
return centred / scale, scale
# in: batch_norm_forward
normal = standardize(images, eps)[0]
return normal * gamma.reshape(1, -1, 1, 1) + beta.reshape(1, -1, 1, 1)
# in: BatchNorm2d.update_running
count = images.size // images.shape[1]
mean = images.mean(axis=CHANNEL_AXES)
variance = images.var(axis=CHANNEL_AXES) * count / (count - 1)
self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
self.running_var = self.running_var + self.momentum * (variance - self.running_var)
