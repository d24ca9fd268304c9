# wrong: the upper end alone decides the step
# in: symmetric_parameters
scale = np.where(high > 0, high / 127, 1.0)
return scale, np.zeros(scale.shape, dtype=np.int32)

# wrong: 128 marks on each side
# in: symmetric_parameters
limit = np.maximum(np.abs(low), np.abs(high))
scale = np.where(limit > 0, limit / 128, 1.0)
return scale, np.zeros(scale.shape, dtype=np.int32)

# wrong: a range of zeros has the scale 0
# in: symmetric_parameters
scale = np.maximum(np.abs(low), np.abs(high)) / 127
return scale, np.zeros(scale.shape, dtype=np.int32)

# wrong: 256 steps in place of 255
# in: affine_parameters
low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
span = high - low
scale = np.where(span > 0, span / 256, 1.0)
return scale, np.round(-128 - low / scale).astype(np.int32)

# wrong: the range is not widened to hold 0
# in: affine_parameters
span = high - low
scale = np.where(span > 0, span / 255, 1.0)
return scale, np.clip(np.round(-128 - low / scale), -128, 127).astype(np.int32)

# wrong: the zero point is cut off, not rounded
# in: affine_parameters
low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
span = high - low
scale = np.where(span > 0, span / 255, 1.0)
return scale, (-128 - low / scale).astype(np.int32)

# wrong: values outside the limits wrap around
# in: quantize
if limits is None:
    others = tuple(d for d in range(values.ndim) if d != channel)
    low, high = values.min(axis=others, keepdims=True), values.max(axis=others, keepdims=True)
else:
    low, high = (np.full((1,) * values.ndim, limit) for limit in limits)
scale, zero_point = (symmetric_parameters if scheme == "symmetric" else affine_parameters)(low, high)
names = (np.round(values / scale) + zero_point).astype(np.int64).astype(np.int8)
return QuantizedTensor(names, scale.astype(np.float32), zero_point)

# wrong: values are cut off, not rounded
# in: quantize
if limits is None:
    others = tuple(d for d in range(values.ndim) if d != channel)
    low, high = values.min(axis=others, keepdims=True), values.max(axis=others, keepdims=True)
else:
    low, high = (np.full((1,) * values.ndim, limit) for limit in limits)
scale, zero_point = (symmetric_parameters if scheme == "symmetric" else affine_parameters)(low, high)
lowest = -127 if scheme == "symmetric" else -128
names = np.clip(np.trunc(values / scale) + zero_point, lowest, 127)
return QuantizedTensor(names.astype(np.int8), scale.astype(np.float32), zero_point)

# wrong: the axis is the one that is reduced
# in: quantize
if limits is None:
    others = None if channel is None else channel
    low, high = values.min(axis=others, keepdims=True), values.max(axis=others, keepdims=True)
else:
    low, high = (np.full((1,) * values.ndim, limit) for limit in limits)
scale, zero_point = (symmetric_parameters if scheme == "symmetric" else affine_parameters)(low, high)
lowest = -127 if scheme == "symmetric" else -128
names = np.clip(np.round(values / scale) + zero_point, lowest, 127)
return QuantizedTensor(names.astype(np.int8), scale.astype(np.float32), zero_point)

# wrong: the zero point is subtracted in int8
# in: dequantize
steps = quantized.values - quantized.zero_point.astype(np.int8)
return (steps * quantized.scale).astype(np.float32)

# wrong: the observer averages over the batches
# in: RangeObserver.observe
low, high = np.percentile(values, [100 - self.percentile, self.percentile])
self.low = float(low) if self.low is None else 0.9 * self.low + 0.1 * float(low)
self.high = float(high) if self.high is None else 0.9 * self.high + 0.1 * float(high)

# wrong: the observer remembers the last batch alone
# in: RangeObserver.observe
low, high = np.percentile(values, [100 - self.percentile, self.percentile])
self.low, self.high = float(low), float(high)

# wrong: the observer takes the extremes, whatever the percentile
# in: RangeObserver.observe
low, high = values.min(), values.max()
self.low = float(low) if self.low is None else min(self.low, float(low))
self.high = float(high) if self.high is None else max(self.high, float(high))

# wrong: products are added in int16
# in: integer_matmul
names, weights = x.values.astype(np.int16), weight.values.astype(np.int16)
total = (names @ weights).astype(np.int32) - x.zero_point * weights.sum(axis=0, dtype=np.int32)
return (total * (x.scale * weight.scale)).astype(np.float32)

# wrong: the zero point is forgotten
# in: integer_matmul
total = x.values.astype(np.int32) @ weight.values.astype(np.int32)
return (total * (x.scale * weight.scale)).astype(np.float32)

# wrong: one scale for the whole matrix
# in: QuantizedLinear.__init__
self.weight = quantize(linear.weight, "symmetric")
self.bias = None if linear.bias is None else linear.bias.numpy().astype(np.float32)

# wrong: the bias is added for each input
# in: QuantizedLinear.forward
rows = x.numpy().reshape(-1, x.shape[-1])
result = integer_matmul(quantize(rows, "affine", limits=self.limits), self.weight)
if self.bias is not None:
    result = result + self.bias * x.shape[-1]
return Tensor(result.reshape(*x.shape[:-1], -1))

# wrong: the calibration is left out
# in: quantize_model
return replace_modules(model, lambda m: QuantizedLinear(m) if isinstance(m, Linear) else m)

# right: factors in float64, sorting in place of percentiles, rows in a loop
# in: symmetric_parameters
limit = np.max([-low, high], axis=0)
scale = np.where(limit == 0, 1.0, limit) / np.where(limit == 0, 1, 127)
return scale, np.zeros_like(limit, dtype=np.int32)
# in: dequantize
shifted = quantized.values.astype(np.int32) - quantized.zero_point
return np.multiply(shifted, quantized.scale, dtype=np.float32)
# in: RangeObserver.observe
ends = [float(np.percentile(values, p)) for p in (100 - self.percentile, self.percentile)]
seen = [end for end in (self.low, self.high) if end is not None]
self.low, self.high = min(ends + seen), max(ends + seen)
# in: integer_matmul
shifted = x.values.astype(np.int64) - x.zero_point
total = np.array([row @ weight.values.astype(np.int64) for row in shifted])
return (total * x.scale * weight.scale).astype(np.float32)
# in: QuantizedLinear.forward
rows = quantize(x.numpy().reshape(-1, x.shape[-1]), scheme="affine", limits=self.limits)
result = integer_matmul(rows, self.weight) + (0 if self.bias is None else self.bias)
return Tensor(result.astype(np.float32).reshape(x.shape[:-1] + (self.weight.shape[1],)))

# right: the other exercises, written differently
# in: affine_parameters
low, high = np.where(low < 0, low, 0.0), np.where(high > 0, high, 0.0)
scale = (high - low) / 255
scale = np.where(scale == 0, 1.0, scale)
zero_point = np.rint(-low / scale - 128).astype(np.int32)
return scale, zero_point
# in: quantize
if limits is not None:
    low, high = (np.asarray(limit, dtype=np.float64).reshape((1,) * values.ndim) for limit in limits)
elif channel is None:
    low, high = values.min(keepdims=True), values.max(keepdims=True)
else:
    moved = np.moveaxis(values, channel, 0).reshape(values.shape[channel], -1)
    shape = [1] * values.ndim
    shape[channel] = -1
    low, high = moved.min(axis=1).reshape(shape), moved.max(axis=1).reshape(shape)
if scheme == "symmetric":
    scale, zero_point = symmetric_parameters(low, high)
    names = np.minimum(np.maximum(np.rint(values / scale), -127), 127)
else:
    scale, zero_point = affine_parameters(low, high)
    names = np.minimum(np.maximum(np.rint(values / scale) + zero_point, -128), 127)
return QuantizedTensor(names.astype(np.int8), scale.astype(np.float32), zero_point)
# in: QuantizedLinear.__init__
self.weight = quantize(linear.weight.numpy(), axis=-1)
self.bias = linear.bias if linear.bias is None else np.array(linear.bias.data, dtype=np.float32)
# in: quantize_model
def watch(layer):
    return ObservedLinear(layer, percentile) if isinstance(layer, Linear) else layer

def shrink(layer):
    if isinstance(layer, ObservedLinear):
        return QuantizedLinear(layer.linear, layer.observer.limits())
    return QuantizedLinear(layer) if isinstance(layer, Linear) else layer

if batches is not None:
    model = replace_modules(model, watch)
    for batch in batches:
        model(batch)
return replace_modules(model, shrink)
