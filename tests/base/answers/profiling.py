# wrong: equal parameters count once
# in: unique_parameters
found = []
for parameter in model.parameters():
    if not any(p.shape == parameter.shape and np.array_equal(p.data, parameter.data) for p in found):
        found.append(parameter)
return found

# wrong: frozen parameters never count
# in: count_parameters
return sum(p.size for p in unique_parameters(model) if p.requires_grad)

# wrong: every number has four bytes
# in: parameter_bytes
return 4 * sum(p.size for p in unique_parameters(model))

# wrong: the inner length is that of the output
# in: operation_flops
if name == "matmul":
    return 2 * output.size * output.shape[-1]
if name == "conv2d":
    weight = inputs[1]
    return 2 * output.size * (weight.size // weight.shape[0])
if name in FLOPS_PER_OUTPUT:
    return FLOPS_PER_OUTPUT[name] * output.size
if name in FLOPS_PER_INPUT:
    return FLOPS_PER_INPUT[name] * inputs[0].size
if name in FREE:
    return 0
raise KeyError(f"no rule counts the operations of {name!r}")

# wrong: unknown operations are free
# in: operation_flops
if name == "matmul":
    return 2 * output.size * inputs[0].shape[-1]
if name == "conv2d":
    return 2 * output.size * (inputs[1].size // inputs[1].shape[0])
if name in FLOPS_PER_OUTPUT:
    return FLOPS_PER_OUTPUT[name] * output.size
return FLOPS_PER_INPUT.get(name, 0) * inputs[0].size

# wrong: products alone are counted
# in: operation_flops
if name == "matmul":
    return output.size * inputs[0].shape[-1]
if name == "conv2d":
    return output.size * (inputs[1].size // inputs[1].shape[0])
if name in FLOPS_PER_OUTPUT:
    return FLOPS_PER_OUTPUT[name] * output.size
if name in FLOPS_PER_INPUT:
    return FLOPS_PER_INPUT[name] * inputs[0].size
if name in FREE:
    return 0
raise KeyError(f"no rule counts the operations of {name!r}")

# wrong: the warm-up is part of the result
# in: measure_time
seconds = []
for _ in range(warmup + repeats):
    start = clock()
    function()
    seconds.append(clock() - start)
return Timing(seconds)

# wrong: one mean for all repeats
# in: measure_time
for _ in range(warmup):
    function()
start = clock()
for _ in range(repeats):
    function()
return Timing([(clock() - start) / repeats] * repeats)

# wrong: peak and kept are swapped
# in: measure_memory
outcome = function()
kept, peak = tracemalloc.get_traced_memory()
del outcome
return kept, peak

# wrong: the result is dropped before the sizes are read
# in: measure_memory
function()
kept, peak = tracemalloc.get_traced_memory()
return peak, kept

# wrong: the smallest first
# in: Profiler.rows
return sorted(self.totals.values(), key=lambda row: getattr(row, by))

# wrong: the memory and the processor add up
# in: attainable_flops
if intensity * bandwidth < peak:
    return min(peak, 2 * intensity * bandwidth), "memory"
return peak, "compute"

# wrong: the slope without logarithms
# in: scaling_exponent
x, y = np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float)
x = x - x.mean()
return float((x * y).sum() / (x**2).sum())

# right: other loops, and numpy's fit
# in: unique_parameters
found = []
for parameter in model.parameters():
    if all(parameter is not other for other in found):
        found.append(parameter)
return found
# in: count_flops
total = 0

def add(name, inputs, attributes, output):
    nonlocal total
    total += operation_flops(name, inputs, output)

with recording(add):
    model(*inputs)
return total
# in: attainable_flops
reached = min(intensity * bandwidth, peak)
return reached, "compute" if reached == peak else "memory"
# in: scaling_exponent
return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])

# right: the other exercises, written differently
# in: count_parameters
total = 0
for parameter in unique_parameters(model):
    if trainable_only and not parameter.requires_grad:
        continue
    total += int(np.prod(parameter.shape))
return total
# in: parameter_bytes
return sum(parameter.data.nbytes for parameter in unique_parameters(model))
# in: operation_flops
if name in FREE:
    return 0
if name == "matmul":
    return inputs[0].shape[-1] * output.size * 2
if name == "conv2d":
    return 2 * output.size * int(np.prod(inputs[1].shape[1:]))
for table, counted in ((FLOPS_PER_OUTPUT, output), (FLOPS_PER_INPUT, inputs[0])):
    if name in table:
        return table[name] * counted.size
raise KeyError(name)
# in: measure_time
seconds = []
for number in range(-warmup, repeats):
    start = clock() if number >= 0 else None
    function()
    if number >= 0:
        seconds.append(clock() - start)
return Timing(seconds)
# in: Profiler.record
now = self.clock()
if name not in self.totals:
    self.totals[name] = Row(name)
row = self.totals[name]
row.seconds, self.last = row.seconds + now - self.last, now
row.calls = row.calls + 1
row.bytes += output.data.nbytes + sum(tensor.data.nbytes for tensor in inputs)
try:
    flops = operation_flops(name, inputs, output)
except KeyError:
    self.unknown.add(name)
    flops = 0
row.flops += flops
# in: Profiler.rows
return sorted(self.totals.values(), key=lambda row: -getattr(row, by))
