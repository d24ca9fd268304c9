# wrong: one benchmark after the other
# in: run_interleaved
results = {}
for benchmark in benchmarks:
    timing = measure_time(benchmark.function, repeats=rounds, warmup=warmup, clock=clock)
    results[benchmark.name] = Result(benchmark.name, list(timing.seconds))
return results

# wrong: no warm-up
# in: run_interleaved
results = dict((benchmark.name, Result(benchmark.name, [])) for benchmark in benchmarks)
for _ in range(rounds):
    for position in rng.permutation(len(benchmarks)):
        benchmark = benchmarks[position]
        timing = measure_time(benchmark.function, repeats=1, warmup=0, clock=clock)
        results[benchmark.name].seconds.extend(timing.seconds)
return results

# wrong: every round has the same order
# in: run_interleaved
for _ in range(warmup):
    for benchmark in benchmarks:
        benchmark.function()
results = dict((benchmark.name, Result(benchmark.name, [])) for benchmark in benchmarks)
for _ in range(rounds):
    for benchmark in benchmarks:
        timing = measure_time(benchmark.function, repeats=1, warmup=0, clock=clock)
        results[benchmark.name].seconds.extend(timing.seconds)
return results

# wrong: one tail instead of two
# in: interval_coverage
outcomes = sum(math.comb(n, i) for i in range(k))
return 1 - outcomes / 2**n

# wrong: the median itself counts as an end
# in: interval_coverage
outcomes = sum(math.comb(n, i) for i in range(k + 1))
return 1 - 2 * outcomes / 2**n

# wrong: the widest interval, not the narrowest
# in: median_interval
k = min(k for k in range(1, n) if interval_coverage(n, k) >= confidence)
return ordered[k - 1], ordered[n - k]

# wrong: faster when the ratio is, whatever the interval says
# in: Comparison.verdict
if self.ratio > 1:
    return "faster"
return "slower" if self.ratio < 1 else "undecided"

# wrong: the ratio is upside down
# in: compare
medians_a = np.median(rng.choice(a, size=(draws, a.size)), axis=1)
medians_b = np.median(rng.choice(b, size=(draws, b.size)), axis=1)
tail = 100 * (1 - confidence) / 2
low, high = np.percentile(medians_b / medians_a, [tail, 100 - tail])
return Comparison(candidate.median / baseline.median, float(low), float(high))

# wrong: means, which an interruption moves
# in: compare
means_a = np.mean(rng.choice(a, size=(draws, a.size)), axis=1)
means_b = np.mean(rng.choice(b, size=(draws, b.size)), axis=1)
tail = 100 * (1 - confidence) / 2
low, high = np.percentile(means_a / means_b, [tail, 100 - tail])
return Comparison(float(np.mean(a) / np.mean(b)), float(low), float(high))

# wrong: the arithmetic mean of ratios
# in: geometric_mean
return float(np.mean(ratios))

# wrong: equals dominate each other
# in: dominates
return all(x <= y for x, y in zip(a, b))

# wrong: better in one respect is enough
# in: dominates
return any(x < y for x, y in zip(a, b))

# wrong: what is to be large is made small
# in: pareto_front
costs = [[getattr(c, name) for name in (*minimise, *maximise)] for c in candidates]
return [c for c, cost in zip(candidates, costs) if not any(dominates(other, cost) for other in costs)]

# wrong: always stored sparse
# in: stored_bytes
total = sum(p.numpy().nbytes for p in unique_parameters(model))
total += sum(layer.nbytes for layer in find_layers(model, QuantizedLinear))
for layer in find_layers(model, Linear):
    weight = layer.weight.numpy()
    total += to_sparse(weight).nbytes - weight.nbytes
return total

# wrong: zeros are multiplied, too
# in: count_multiplications
floats = sum(layer.weight.size for layer in find_layers(model, Linear))
integers = sum(layer.weight.values.size for layer in find_layers(model, QuantizedLinear))
return int(floats + integers)

# right: other sums
# in: interval_coverage
return sum(math.comb(n, i) for i in range(k, n - k + 1)) / 2**n
# in: geometric_mean
return float(math.exp(math.fsum(math.log(ratio) for ratio in ratios) / len(ratios)))
# in: dominates
pairs = list(zip(a, b))
return not any(x > y for x, y in pairs) and any(x != y for x, y in pairs)
# in: Comparison.verdict
if self.low <= 1 <= self.high:
    return "undecided"
return "faster" if self.low > 1 else "slower"

# right: the other exercises, written differently
# in: run_interleaved
results = {benchmark.name: Result(benchmark.name, []) for benchmark in benchmarks}
for number in range(warmup + rounds):
    timed = number >= warmup
    for benchmark in rng.permutation(np.array(benchmarks, dtype=object)) if timed else benchmarks:
        if not timed:
            benchmark.function()
            continue
        start = clock()
        benchmark.function()
        results[benchmark.name].seconds.append(clock() - start)
return results
# in: median_interval
k = 1
while k + 1 < n and interval_coverage(n, k + 1) >= confidence:
    k += 1
return ordered[k - 1], ordered[-k]
# in: pareto_front
def cost(candidate):
    return tuple([getattr(candidate, name) for name in minimise] + [-getattr(candidate, name) for name in maximise])

front = []
for candidate in candidates:
    if all(not dominates(cost(other), cost(candidate)) for other in candidates):
        front.append(candidate)
return front
# in: stored_bytes
total = sum(layer.nbytes for layer in find_layers(model, QuantizedLinear))
matrices = {id(layer.weight) for layer in find_layers(model, Linear)}
for parameter in unique_parameters(model):
    dense = parameter.data.nbytes
    total += min(dense, to_sparse(parameter.data).nbytes) if id(parameter) in matrices else dense
return total
# in: count_multiplications
total = 0
for layer in find_layers(model, Linear):
    total += int((layer.weight.data != 0).sum())
for layer in find_layers(model, QuantizedLinear):
    total += int((layer.weight.values != 0).sum())
return total
# in: score_model
accuracy = float(np.mean(np.argmax(model(x).data, axis=-1) == targets))
seconds = measure_time(lambda: model(x), repeats=repeats, warmup=1, clock=clock).median
return Score(name, accuracy, stored_bytes(model), count_multiplications(model), seconds)
