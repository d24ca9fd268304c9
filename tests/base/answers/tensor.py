# wrong: Python floats are narrowed first, and widened again for an explicit float64
# in: as_array
from_numpy = isinstance(data, (np.ndarray, np.generic))
array = np.asarray(data)
if array.dtype.kind not in "biuf":
    raise TypeError("numbers only")
if array.dtype == np.float64 and not from_numpy:
    array = array.astype(np.float32)
if dtype is not None:
    array = array.astype(dtype, copy=False)
return array

# wrong: numpy's floats become float32, too
# in: as_array
array = np.asarray(data)
if array.dtype.kind not in "biuf":
    raise TypeError("numbers only")
if dtype is None:
    dtype = np.float32 if array.dtype.kind == "f" else array.dtype
return array.astype(dtype, copy=False)

# wrong: an array is copied
# in: as_array
from_numpy = isinstance(data, (np.ndarray, np.generic))
array = np.array(data)
if array.dtype.kind not in "biuf":
    raise TypeError("numbers only")
if dtype is None:
    dtype = np.float32 if array.dtype == np.float64 and not from_numpy else array.dtype
return array.astype(dtype)

# wrong: a length of 0 is stretched by a length of 1
# in: broadcast_shape
axes = max(len(a), len(b))
a, b = (1,) * (axes - len(a)) + tuple(a), (1,) * (axes - len(b)) + tuple(b)
for m, n in zip(a, b):
    if m != n and m != 1 and n != 1:
        raise ValueError(f"shapes {a} and {b} do not go together")
return tuple(max(m, n) for m, n in zip(a, b))

# wrong: shapes are aligned at the left
# in: broadcast_shape
axes = max(len(a), len(b))
left, right = tuple(a) + (1,) * (axes - len(a)), tuple(b) + (1,) * (axes - len(b))
shape = []
for m, n in zip(left, right):
    if m != n and m != 1 and n != 1:
        raise ValueError(f"shapes {a} and {b} do not go together: {m} against {n}")
    shape.append(n if m == 1 else m)
return tuple(shape)

# wrong: the sum is made in the memory of the left side
# in: _Arithmetic.__add__
left, right = operands(self, other)
def forward(a, b):
    if a.shape == np.broadcast_shapes(a.shape, b.shape) and a.dtype == np.result_type(a, b):
        a += b
        return a
    return a + b
return apply_op("add", forward, left, right)

# wrong: the reflected difference is the difference
# in: _Arithmetic.__rsub__
left, right = operands(self, other)
return apply_op("sub", np.subtract, left, right)

# wrong: integers are divided as float64
# in: _Arithmetic.__truediv__
left, right = operands(self, other)
return apply_op("div", np.true_divide, left, right)

# wrong: the product does not fit the dtypes
# in: _Matmul.__matmul__
other = other if isinstance(other, Tensor) else Tensor(other)
if self.ndim == 0 or other.ndim == 0:
    raise ValueError(f"@ needs vectors or matrices, not {self.shape} @ {other.shape}")
if self.shape[-1] != other.shape[-2:][0]:
    raise ValueError(f"{self.shape} @ {other.shape}: the inner lengths differ")
return apply_op("matmul", np.matmul, self, other)

# wrong: the product of stacks is that of np.dot
# in: _Matmul.__matmul__
other = other if isinstance(other, Tensor) else Tensor(other)
if self.ndim == 0 or other.ndim == 0:
    raise ValueError(f"@ needs vectors or matrices, not {self.shape} @ {other.shape}")
if self.shape[-1] != other.shape[-2:][0]:
    raise ValueError(f"{self.shape} @ {other.shape}: the inner lengths differ")
left, right = fit_dtypes(self, other)
return apply_op("matmul", np.dot, left, right)

# wrong: the maximum does not see NaN
# in: _Reductions.max
return apply_op("max", np.nanmax, self, axis=axis, keepdims=keepdims)

# wrong: the mean of integers is float64
# in: _Reductions.mean
return apply_op("mean", np.mean, self, axis=axis, keepdims=keepdims)

# wrong: reshape follows the memory, not the indices
# in: _Shapes.reshape
if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
    shape = tuple(shape[0])
return apply_op("reshape", lambda a, shape: a.reshape(shape, order="A"), self, shape=shape)

# wrong: transpose without axes swaps the last two
# in: _Shapes.transpose
if len(axes) == 1 and isinstance(axes[0], (tuple, list)):
    axes = axes[0]
if not axes:
    axes = (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)
axes = tuple(axis + self.ndim if axis < 0 else axis for axis in axes)
return apply_op("transpose", np.transpose, self, axes=axes)

# wrong: exp is clipped, so that it never overflows
# in: _Functions.exp
def forward(a):
    return np.exp(np.clip(as_float(a), -80, 80))

return apply_op("exp", forward, self)

# right: other words for the shapes, the products and the constructor
# in: Tensor.__init__
self.data = as_array(getattr(data, "data", data) if isinstance(data, Tensor) else data, dtype)
self.grad = None
if requires_grad and not np.issubdtype(self.data.dtype, np.floating):
    raise TypeError("integers have no slope")
self.requires_grad = requires_grad
# in: Tensor.item
try:
    return self.data.reshape(()).item()
except ValueError:
    raise ValueError(f"{self.data.size} numbers of shape {self.data.shape}; one was expected")
# in: broadcast_shape
result = []
for back in range(1, max(len(a), len(b)) + 1):
    lengths = {shape[-back] for shape in (a, b) if back <= len(shape)} - {1}
    if len(lengths) > 1:
        raise ValueError(f"no broadcast of {tuple(a)} with {tuple(b)}")
    result.insert(0, lengths.pop() if lengths else 1)
return tuple(result)
# in: matmul_loops
result = np.zeros((len(a), b.shape[1]), dtype=np.result_type(a, b))
for i, row in enumerate(a):
    for j, column in enumerate(b.T):
        for x, y in zip(row, column):
            result[i, j] = result[i, j] + x * y
return result
# in: _Matmul.__matmul__
other = Tensor(other) if not isinstance(other, Tensor) else other
shapes = f"{self.shape} @ {other.shape}"
if not self.ndim or not other.ndim:
    raise ValueError(f"{shapes}: a single number is no matrix")
if self.shape[-1] != (other.shape[0] if other.ndim == 1 else other.shape[-2]):
    raise ValueError(f"{shapes} cannot be multiplied")
return apply_op("matmul", lambda a, b: a @ b, *fit_dtypes(self, other))
# in: _Reductions.max
return apply_op("max", lambda a, axis, keepdims: a.max(axis=axis, keepdims=keepdims), self, axis=axis, keepdims=keepdims)

# right: the other exercises, written differently
# in: as_array
given = data.dtype if isinstance(data, (np.ndarray, np.generic)) else None
found = np.asarray(data)
if not (np.issubdtype(found.dtype, np.number) or found.dtype == bool) or np.iscomplexobj(found):
    raise TypeError("this is not made of numbers")
if dtype is not None:
    return found.astype(dtype, copy=False)
if given is None and found.dtype == np.float64:
    return found.astype(np.float32)
return found
# in: apply_op
output = Tensor(np.array(forward(*(tensor.data for tensor in inputs), **attributes), copy=None))
if _recorder:
    _recorder(name, inputs, attributes, output)
return output
# in: broadcast_view
if tuple(shape) != tuple(broadcast_shape(array.shape, shape)):
    raise ValueError("cannot be stretched to this shape")
return np.broadcast_to(array, shape)
# in: _Arithmetic.__add__
return apply_op("add", lambda a, b: a + b, *operands(self, other))
# in: _Arithmetic.__sub__
return apply_op("sub", lambda a, b: a - b, *operands(self, other))
# in: _Arithmetic.__rsub__
mine, theirs = operands(self, other)
return apply_op("sub", lambda a, b: a - b, theirs, mine)
# in: _Arithmetic.__mul__
return apply_op("mul", lambda a, b: a * b, *operands(self, other))
# in: _Arithmetic.__truediv__
def forward(a, b):
    return np.true_divide(as_float(a), as_float(b))

return apply_op("div", forward, *operands(self, other))
# in: _Arithmetic.__rtruediv__
def forward(a, b):
    return np.true_divide(as_float(a), as_float(b))

mine, theirs = operands(self, other)
return apply_op("div", forward, theirs, mine)
# in: _Arithmetic.__pow__
if isinstance(exponent, (np.integer, np.floating)):
    exponent = exponent.tolist()
if type(exponent) not in (int, float, bool):
    raise TypeError("an exponent is one plain number")
return apply_op("pow", lambda a, exponent: np.power(a, exponent), self, exponent=exponent)
# in: _Reductions.sum
return apply_op("sum", lambda a, axis, keepdims: a.sum(axis=axis, keepdims=keepdims), self, axis=axis, keepdims=keepdims)
# in: _Reductions.mean
return apply_op("mean", lambda a, axis, keepdims: as_float(a).mean(axis=axis, keepdims=keepdims), self, axis=axis, keepdims=keepdims)
# in: _Shapes.reshape
if shape and isinstance(shape[0], (tuple, list)):
    (shape,) = shape
return apply_op("reshape", np.reshape, self, shape=tuple(shape))
# in: _Shapes.transpose
if axes and isinstance(axes[0], (tuple, list)):
    (axes,) = axes
order = [axis % self.ndim for axis in axes] if len(axes) else list(reversed(range(self.ndim)))
if sorted(order) != list(range(self.ndim)):
    raise ValueError("each axis once, please")
return apply_op("transpose", lambda a, axes: a.transpose(axes), self, axes=tuple(order))
# in: _Functions.exp
return apply_op("exp", lambda a: np.exp(as_float(a)), self)
# in: _Functions.log
return apply_op("log", lambda a: np.log(as_float(a)), self)
# in: _Functions.sqrt
return apply_op("sqrt", lambda a: as_float(a) ** 0.5, self)
