# wrong: a number of the list that is too large is taken modulo n
# in: Choices.below
if self.rng is not None:
    choice = int(self.rng.integers(n))
else:
    place = len(self.made)
    choice = self.replay[place] % n if place < len(self.replay) else 0
self.made.append(choice)
return choice

# wrong: what is replayed is not written down
# in: Choices.below
if self.rng is None:
    return min(self.replay.pop(0), n - 1) if self.replay else 0
choice = int(self.rng.integers(n))
self.made.append(choice)
return choice

# wrong: the last answer never comes
# in: Choices.below
if self.rng is not None:
    choice = int(self.rng.integers(max(n - 1, 1)))
else:
    place = len(self.made)
    choice = min(self.replay[place], n - 1) if place < len(self.replay) else 0
self.made.append(choice)
return choice

# wrong: what is written down is what the list says, not what was answered
# in: Choices.below
place = len(self.made)
if self.rng is not None:
    choice = int(self.rng.integers(n))
else:
    choice = self.replay[place] if place < len(self.replay) else 0
self.made.append(choice)
return min(choice, n - 1)

# wrong: the decision 0 is the lowest number
# in: integers
return lambda choices: low + choices.below(high - low + 1)

# wrong: the highest number is left out
# in: integers
ordered = sorted(range(low, high), key=lambda value: (abs(value), value < 0)) or [low]
return lambda choices: ordered[choices.below(len(ordered))]

# wrong: of two equal sizes the negative one comes first
# in: integers
ordered = sorted(range(low, high + 1), key=abs)
return lambda choices: ordered[choices.below(len(ordered))]

# wrong: hard values are one of all the numbers, and so hardly ever drawn
# in: floats
whole, thousandths = integers(-largest, largest), integers(-1000 * largest, 1000 * largest)

def draw(choices):
    kind = choices.below(3 if len(hard) else 2)
    if kind == 2:
        place = choices.below(2000 * largest)
        return hard[place] if place < len(hard) else float(place % largest)
    return float(whole(choices)) if kind == 0 else thousandths(choices) / 1000

return draw

# wrong: a whole number stays an int
# in: floats
whole, thousandths = integers(-largest, largest), integers(-1000 * largest, 1000 * largest)

def draw(choices):
    kind = choices.below(3 if len(hard) else 2)
    if kind == 2:
        return hard[choices.below(len(hard))]
    return whole(choices) if kind == 0 else thousandths(choices) / 1000

return draw

# wrong: the kind is not a decision of its own
# in: floats
numbers = [float(k) for k in range(largest + 1)] + list(hard)
return lambda choices: numbers[choices.below(len(numbers))]

# wrong: the lengths come before the number of axes
# in: shapes
length = integers(shortest, longest)

def draw(choices):
    lengths = [length(choices) for _ in range(most_axes)]
    return tuple(lengths[: integers(least_axes, most_axes)(choices)])

return draw

# wrong: all axes have the same length
# in: shapes
axes, length = integers(least_axes, most_axes), integers(shortest, longest)
return lambda choices: (length(choices),) * axes(choices)

# wrong: two shapes are drawn without a thought of each other
# in: broadcast_pairs.draw
return common(choices), common(choices)

# wrong: only the right side is ever stretched or cut
# in: broadcast_pairs.draw
shape = common(choices)
right = [1 if choices.below(3) else length for length in shape]
choices.below(2)
del right[: choices.below(len(shape) + 1)]
return shape, tuple(right)

# wrong: the last axes are cut
# in: broadcast_pairs.draw
shape = common(choices)
left, right = list(shape), list(shape)
for axis in range(len(shape)):
    stretched = choices.below(3)
    if stretched:
        (left, right)[stretched - 1][axis] = 1
cut = (left, right)[choices.below(2)]
del cut[len(shape) - choices.below(len(shape) + 1) :]
return tuple(left), tuple(right)

# wrong: one number fills the array
# in: arrays.draw
lengths = shape(choices) if callable(shape) else shape
return np.full(lengths, numbers(choices), dtype=np.float64)

# wrong: the values that are shown are those that the property was given
# in: attempt
values = [draw(choices) for draw in generators]
reason = verdict(holds, values)
return None if reason is None else Failure(values, choices.made, reason)

# wrong: all cases are drawn from one row of random numbers
# in: find
choices = Choices(seed=seed)
for case in range(cases):
    choices.made = []
    failure = attempt(holds, generators, choices)
    if failure is not None:
        return replace(failure, seed=seed, case=case)
return None

# wrong: every case has the same seed
# in: find
for case in range(cases):
    failure = attempt(holds, generators, Choices(seed=[seed, 0]))
    if failure is not None:
        return replace(failure, seed=seed, case=case)
return None

# wrong: the seed is not noted in the failure
# in: find
for case in range(cases):
    failure = attempt(holds, generators, Choices(seed=[seed, case]))
    if failure is not None:
        return failure
return None

# wrong: a number is lowered by 1 only
# in: simpler
for place, value in enumerate(choices):
    if value > 0:
        yield choices[:place] + [value - 1] + choices[place + 1 :]
yield from without_blocks(choices)
for place, value in enumerate(choices):
    if value > 0:
        lowered = choices[:place] + [value - 1] + choices[place + 1 :]
        yield from without_blocks(lowered, place + 1)
yield from exchanged_blocks(choices)

# wrong: numbers are lowered, and nothing is deleted
# in: simpler
for place, value in enumerate(choices):
    step = value
    while step > 0:
        yield choices[:place] + [value - step] + choices[place + 1 :]
        step //= 2
yield from exchanged_blocks(choices)

# wrong: an axis cannot get shorter while the numbers behind it move up
# in: simpler
for place, value in enumerate(choices):
    step = value
    while step > 0:
        yield choices[:place] + [value - step] + choices[place + 1 :]
        step //= 2
yield from without_blocks(choices)
yield from exchanged_blocks(choices)

# wrong: whatever fails is accepted, also if it is not smaller
# in: shrink
best, improved = list(choices), True
while improved:
    improved = False
    for candidate in simpler(best):
        made = fails(candidate)
        if made is not None:
            best, improved = made, True
            break
return best

# wrong: one round, and then it stops
# in: shrink
for candidate in simpler(list(choices)):
    made = fails(candidate)
    if made is not None and order(made) < order(choices):
        return made
return list(choices)

# wrong: the proposal is kept, not what was made of it
# in: shrink
best, improved = list(choices), True
while improved:
    improved = False
    for candidate in simpler(best):
        if fails(candidate) is not None and order(candidate) < order(best):
            best, improved = candidate, True
            break
return best

# wrong: shorter is all that counts
# in: shrink
best, improved = list(choices), True
while improved:
    improved = False
    for candidate in simpler(best):
        made = fails(candidate)
        if made is not None and len(made) < len(best):
            best, improved = made, True
            break
return best

# wrong: the first counterexample is shown as the smallest
# in: for_all
first = find(holds, *generators, cases=cases, seed=seed)
if first is None:
    return cases
raise Falsified(first, first, cases)

# wrong: the tolerance is absolute
# in: agree
if found.shape != wanted.shape:
    return False
return bool(np.allclose(found, wanted, rtol=0, atol=1e-8, equal_nan=True))

# wrong: the tolerance is relative to the result
# in: agree
if found.shape != wanted.shape:
    return False
rtol = steps * np.finfo(found.dtype).eps
return bool(np.allclose(found, wanted, rtol=rtol, atol=0, equal_nan=True))

# wrong: shapes are allowed to broadcast
# in: agree
allowed = steps * np.finfo(np.result_type(found, 1.0)).eps * size
with np.errstate(invalid="ignore"):
    near = np.abs(found - wanted) <= allowed
return bool(np.all(near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))))

# wrong: a difference that is NaN passes
# in: agree
if found.shape != wanted.shape:
    return False
with np.errstate(invalid="ignore"):
    far = np.abs(found - wanted) > steps * np.finfo(found.dtype).eps * size
return not bool(np.any(far))

# wrong: the eps of float64 for every dtype
# in: agree
if found.shape != wanted.shape:
    return False
with np.errstate(invalid="ignore"):
    near = np.abs(found - wanted) <= steps * 2.0**-52 * size
return bool(np.all(near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))))

# wrong: sums must be equal to the last bit
# in: sum_is_invariant
flat = x.reshape(-1)
return all(same(total(other), total(x)) for other in (flat, flat[::-1]))

# wrong: the size of a sum is taken for the size of its terms
# in: sum_is_invariant
flat, size = x.reshape(-1), np.abs(x.sum())
return all(agree(total(other), total(x), size, x.size) for other in (flat, flat[::-1]))

# wrong: expansion is compared with a tolerance
# in: broadcasts
left, right = np.broadcast_arrays(a, b)
found, wanted = operation(a, b), operation(left.copy(), right.copy())
return bool(found.shape == wanted.shape and np.allclose(found, wanted, equal_nan=True))

# wrong: only the left side is expanded
# in: broadcasts
left = np.broadcast_arrays(a, b)[0].copy()
return same(operation(a, b), operation(left, b))

# wrong: the copies are not copies
# in: leaves_alone
before = list(values)
result = operation(*values)
kept = all(same(value, copy) for value, copy in zip(values, before))
return kept and not any(np.shares_memory(result, value) for value in values)

# wrong: memory that the result shares is overlooked
# in: leaves_alone
before = [value.copy() for value in values]
operation(*values)
return all(same(value, copy) for value, copy in zip(values, before))

# wrong: only the first input is looked at
# in: leaves_alone
before = values[0].copy()
result = operation(*values)
return same(values[0], before) and not np.shares_memory(result, values[0])

# wrong: first back, then there
# in: undoes
returned = there(back(x))
return same(returned, x)

# wrong: once is compared with nothing done
# in: idempotent
once = f(x)
return same(once, x)

# wrong: rows that sum to one are enough
# in: softmax_is_right
p = softmax(x)
if p.shape != x.shape:
    return False
return agree(p.sum(axis=-1), np.ones(x.shape[:-1]), 1.0, 4 * x.shape[-1])

# wrong: the sum is taken over the first axis
# in: softmax_is_right
p, eps = softmax(x), np.finfo(np.float64).eps
if p.shape != x.shape or not np.all(p >= 0):
    return False
sums_to_one = agree(p.sum(axis=0), np.ones(x.shape[1:]), 1.0, 4 * x.shape[0])
size = 4 + np.abs(x).max(axis=-1, keepdims=True)
ranked = np.take_along_axis(p, np.argsort(x, axis=-1), axis=-1)
return bool(sums_to_one and agree(softmax(x + 3), p, size, 8) and np.all(np.diff(ranked, axis=-1) >= -8 * eps))

# wrong: a shift must not change a single bit
# in: softmax_is_right
p, eps = softmax(x), np.finfo(np.float64).eps
if p.shape != x.shape or not np.all(p >= 0):
    return False
sums_to_one = agree(p.sum(axis=-1), np.ones(x.shape[:-1]), 1.0, 4 * x.shape[-1])
ranked = np.take_along_axis(p, np.argsort(x, axis=-1), axis=-1)
return bool(sums_to_one and same(softmax(x + 3), p) and np.all(np.diff(ranked, axis=-1) >= -8 * eps))

# wrong: the order is not asked for
# in: softmax_is_right
p = softmax(x)
if p.shape != x.shape or not np.all(p >= 0):
    return False
sums_to_one = agree(p.sum(axis=-1), np.ones(x.shape[:-1]), 1.0, 4 * x.shape[-1])
return sums_to_one and agree(softmax(x + 3), p, 4 + np.abs(x).max(axis=-1, keepdims=True), 8)

# wrong: the last window is left out
# in: windows_are_right
starts = range(0, len(x) - size, step)
return same(windows(x, size, step), np.array([x[start : start + size] for start in starts]))

# wrong: only the number of windows is compared
# in: windows_are_right
starts = [start for start in range(0, len(x), step) if start + size <= len(x)]
return np.shape(windows(x, size, step)) == (len(starts), size)

# wrong: an expression of depth 0 asks for a decision, too
# in: expressions.draw
kind = choices.below(1 + len(OPERATIONS))
if kind == 0 or depth == 0:
    return choices.below(leaves)
name = list(OPERATIONS)[kind - 1]
return (name, *[draw(choices, depth - 1) for _ in range(OPERATIONS[name][0])])

# wrong: the depth does not become smaller on the right
# in: expressions.draw
kind = choices.below(1 + len(OPERATIONS)) if depth else 0
if kind == 0:
    return choices.below(leaves)
name = list(OPERATIONS)[kind - 1]
parts = [draw(choices, depth - 1)]
if OPERATIONS[name][0] == 2:
    parts.append(draw(choices, depth))
return (name, *parts)

# wrong: only the first gradient is checked
# in: gradients_agree
found, terms = gradients(*values), np.abs(forward(*values)).sum()
wanted = numerical_gradient(lambda moved: forward(moved, *values[1:]).sum(), values[0])
allowed = 1e-6 * (1 + terms + np.abs(wanted))
return found[0].shape == values[0].shape and bool(np.all(np.abs(found[0] - wanted) <= allowed))

# wrong: shapes of gradients are not compared
# in: gradients_agree
found, terms = gradients(*values), np.abs(forward(*values)).sum()
for place, value in enumerate(values):
    loss = lambda moved: forward(*values[:place], moved, *values[place + 1 :]).sum()
    wanted = numerical_gradient(loss, value)
    if not np.all(np.abs(found[place] - wanted) <= 1e-6 * (1 + terms + np.abs(wanted))):
        return False
return True

# wrong: a gradient that is NaN passes
# in: gradients_agree
found, terms = gradients(*values), np.abs(forward(*values)).sum()
for place, value in enumerate(values):
    loss = lambda moved: forward(*values[:place], moved, *values[place + 1 :]).sum()
    wanted = numerical_gradient(loss, value)
    far = np.abs(found[place] - wanted) > 1e-6 * (1 + terms + np.abs(wanted)) if found[place].shape == value.shape else True
    if np.any(far):
        return False
return True

# wrong: the model is not asked after each command
# in: same_story
real, model, answer, wanted = make_real(), make_model(), 0.0, 0.0
for name, argument in story:
    answer, wanted = getattr(real, name)(argument), getattr(model, name)(argument)
return agree(np.float64(answer), np.float64(wanted), abs(wanted), 8)

# wrong: a story may be longer than it may
# in: stories.draw
story, names = [], list(commands)
while choices.below(4):
    name = names[choices.below(len(names))]
    story.append((name, commands[name](choices)))
return story

# right: decisions with other words
# in: Choices.below
if self.rng is None:
    rest = self.replay[len(self.made) :] or [0]
    decided = rest[0] if rest[0] < n else n - 1
else:
    decided = self.rng.integers(0, n - 1, endpoint=True)
self.made.append(int(decided))
return self.made[-1]

# right: numbers by arithmetic, without a sorted list
# in: integers
near = min(max(0, low), high)

def draw(choices):
    place, both = choices.below(high - low + 1), min(near - low, high - near)
    if place <= 2 * both:
        return near + (place + 1) // 2 * (1 if place % 2 else -1)
    return near + (place - both) * (1 if high - near > near - low else -1)

return draw
# in: floats
def draw(choices):
    kind = choices.below(2 + bool(len(hard)))
    if kind == 0:
        return float(integers(-largest, largest)(choices))
    if kind == 1:
        place = choices.below(2000 * largest + 1)
        return (place + 1) // 2 * (1 if place % 2 else -1) / 1000.0
    return float(hard[choices.below(len(hard))])

return draw

# right: shapes and arrays by loops
# in: shapes
def draw(choices):
    count, lengths = integers(least_axes, most_axes)(choices), []
    while len(lengths) < count:
        lengths.append(integers(shortest, longest)(choices))
    return tuple(lengths)

return draw
# in: broadcast_pairs.draw
shape = common(choices)
kinds = [choices.below(3) for _ in shape]
left = tuple(1 if kind == 1 else length for kind, length in zip(kinds, shape))
right = tuple(1 if kind == 2 else length for kind, length in zip(kinds, shape))
side, lost = choices.below(2), choices.below(1 + len(shape))
return (left, right[lost:]) if side else (left[lost:], right)
# in: arrays.draw
made = np.empty(shape(choices) if callable(shape) else shape)
for index in np.ndindex(made.shape):
    made[index] = numbers(choices)
return made

# right: a search by a generator
# in: find
tried = ((case, attempt(holds, generators, Choices(seed=[seed, case]))) for case in range(cases))
hits = (replace(failure, seed=seed, case=case) for case, failure in tried if failure)
return next(hits, None)
# in: attempt
why = verdict(holds, tuple(draw(choices) for draw in generators))
if why is not None:
    fresh = Choices(replay=list(choices.made))
    return Failure(values=[draw(fresh) for draw in generators], choices=list(choices.made), reason=why)

# right: shrinking by recursion
# in: shrink
for candidate in simpler(list(choices)):
    made = fails(candidate)
    if made is not None and order(made) < order(choices):
        return shrink(fails, made)
return list(choices)

# right: proposals from a list of steps
# in: simpler
def lower(place, by):
    changed = list(choices)
    changed[place] -= by
    return changed

for place, value in enumerate(choices):
    yield from (lower(place, value >> k) for k in range(value.bit_length()))
yield from without_blocks(choices)
for place in (place for place, value in enumerate(choices) if value):
    yield from without_blocks(lower(place, 1), first=place + 1)
yield from exchanged_blocks(choices)

# right: tolerances number by number
# in: agree
if np.shape(found) != np.shape(wanted):
    return False
step = steps * float(np.finfo(found.dtype).eps)
sizes = np.broadcast_to(size, found.shape).reshape(-1)
for f, w, s in zip(found.reshape(-1).tolist(), wanted.reshape(-1).tolist(), sizes):
    alike = f == w or (math.isnan(f) and math.isnan(w))
    if not alike and not (math.isfinite(f) and math.isfinite(w) and abs(f - w) <= step * s):
        return False
return True
# in: sum_is_invariant
numbers = np.ravel(x)
limit = np.sum(np.abs(numbers))
forward = agree(total(numbers), total(x), limit, numbers.size)
return forward and agree(total(numbers[::-1]), total(x), limit, numbers.size)

# right: properties in other words
# in: broadcasts
shape = np.broadcast_shapes(a.shape, b.shape)
full = operation(a + np.zeros(shape), b + np.zeros(shape))
return same(operation(a, b), full)
# in: leaves_alone
copies = [np.array(value) for value in values]
result = operation(*values)
for value, copy in zip(values, copies):
    if not same(value, copy) or np.shares_memory(value, result):
        return False
return True
# in: windows_are_right
count = (len(x) - size) // step + 1
wanted = np.empty((count, size))
for k in range(count):
    wanted[k] = x[k * step : k * step + size]
return same(windows(x, size, step), wanted)

# right: softmax, with the order by pairs
# in: softmax_is_right
p, n, eps = softmax(x), x.shape[-1], 2.0**-52
if p.shape != x.shape or np.isnan(p).any() or (p < 0).any():
    return False
if not np.all(np.abs(p.sum(axis=-1) - 1) <= 4 * n * eps):
    return False
above = x[..., :, None] > x[..., None, :]
if np.any(above & (p[..., :, None] < p[..., None, :] - 8 * eps)):
    return False
return agree(softmax(x + 3), p, 4 + np.max(np.abs(x), axis=-1, keepdims=True), 8)

# right: gradients, with all shapes first
# in: gradients_agree
found = gradients(*values)
if any(g.shape != v.shape for g, v in zip(found, values)):
    return False
terms = np.abs(forward(*values)).sum()

def fits(place):
    loss = lambda moved: forward(*[moved if k == place else v for k, v in enumerate(values)]).sum()
    wanted = numerical_gradient(loss, values[place])
    return not np.any(~(np.abs(found[place] - wanted) <= 1e-6 * (1 + terms + np.abs(wanted))))

return all(fits(place) for place in range(len(values)))

# right: expressions and stories
# in: expressions.draw
names = ["", *OPERATIONS]
name = names[choices.below(len(names))] if depth > 0 else ""
if not name:
    return choices.below(leaves)
arity = OPERATIONS[name][0]
return (name,) + tuple(draw(choices, depth - 1) for _ in range(arity))
# in: stories.draw
told = []
for _ in range(most):
    if choices.below(4) == 0:
        break
    name, argument = list(commands.items())[choices.below(len(commands))]
    told.append((name, argument(choices)))
return told
# in: same_story
real, model = make_real(), make_model()
pairs = ((getattr(real, name)(arg), getattr(model, name)(arg)) for name, arg in story)
return all(abs(a - w) <= 8 * 2.0**-52 * abs(w) for a, w in pairs)

# right: the short ones, written differently
# in: undoes
there_and_back = np.asarray(back(there(x.copy())))
return there_and_back.shape == x.shape and bool(np.all((there_and_back == x) | np.isnan(x)))
# in: idempotent
results = [f(x)]
results.append(f(results[0]))
return same(*results)
# in: for_all
first = find(holds, *generators, cases=cases, seed=seed)
if first:
    replayed = lambda tried: attempt(holds, generators, Choices(replay=tried))
    decisions = shrink(lambda tried: getattr(replayed(tried), "choices", None), list(first.choices))
    raise Falsified(first, smallest=replayed(decisions), cases=cases)
return cases
