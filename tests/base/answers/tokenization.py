# wrong: the characters are numbered from 0, where the unknown one is
# in: CharTokenizer.__init__
self.characters = sorted(set(text))
self.numbers = {character: place for place, character in enumerate(self.characters)}

# wrong: the order of the characters is that of the text
# in: CharTokenizer.__init__
self.characters = list(dict.fromkeys(text))
self.numbers = {character: place for place, character in enumerate(self.characters, start=1)}

# wrong: unknown characters are left out
# in: CharTokenizer.encode
return [self.numbers[character] for character in text if character in self.numbers]

# wrong: a negative number counts from the end
# in: CharTokenizer.decode
pieces = [self.unknown, *self.characters]
if any(number >= self.vocab_size for number in ids):
    raise ValueError(f"no such token: {max(ids)}")
return "".join(pieces[number] for number in ids)

# wrong: white space is lost
# in: split_words
return text.split()

# wrong: a word that occurs often counts once
# in: count_pairs
pairs = Counter()
for word in words:
    for pair in zip(word, word[1:]):
        pairs[pair] += 1
return pairs

# wrong: each pair counts once in a word
# in: count_pairs
pairs = Counter()
for word, occurrences in words.items():
    for pair in set(zip(word, word[1:])):
        pairs[pair] += occurrences
return pairs

# wrong: overlapping pairs are merged twice
# in: merge_pair
merged = []
for place, one in enumerate(word):
    if word[place:place + 2] == pair:
        merged.append(token)
    elif place == 0 or word[place - 1:place + 1] != pair:
        merged.append(one)
return tuple(merged)

# wrong: only the first pair is merged
# in: merge_pair
for place in range(len(word) - 1):
    if word[place:place + 2] == pair:
        return tuple(word[:place]) + (token,) + tuple(word[place + 2:])
return tuple(word)

# wrong: the merges are made from left to right, not by age
# in: BPETokenizer.encode_word
tokens = tuple(word.encode("utf-8"))
known = [pair for pair in zip(tokens, tokens[1:]) if pair in self.merges]
while known:
    tokens = merge_pair(tokens, known[0], self.merges[known[0]])
    known = [pair for pair in zip(tokens, tokens[1:]) if pair in self.merges]
return tokens

# wrong: each token is decoded by itself
# in: BPETokenizer.decode
wrong = [token for token in ids if not 0 <= token < self.vocab_size]
if wrong:
    raise ValueError(f"no such token: {wrong[0]} (the vocabulary has {self.vocab_size})")
return "".join(self.pieces[token].decode("utf-8", errors="replace") for token in ids)

# wrong: ties of the counts go to the larger pair
# in: BPETokenizer.train
words = Counter(tuple(word.encode("utf-8")) for word in split_words(text))
while self.vocab_size < vocab_size:
    pairs = count_pairs(words)
    best = max(pairs, key=lambda pair: (pairs[pair], pair), default=None)
    if pairs[best] < 2:
        break
    self.merges[best] = self.vocab_size
    words = {merge_pair(word, best, self.vocab_size): occurrences for word, occurrences in words.items()}
    self.pieces.append(self.pieces[best[0]] + self.pieces[best[1]])

# right: other loops
# in: CharTokenizer.encode
return [self.numbers[c] if c in self.numbers else 0 for c in text]
# in: count_pairs
pairs = Counter()
for word, occurrences in words.items():
    for place in range(len(word) - 1):
        pairs[word[place], word[place + 1]] += occurrences
return pairs
# in: merge_pair
merged, rest = [], list(word)
while rest:
    if tuple(rest[:2]) == tuple(pair):
        merged.append(token)
        del rest[:2]
    else:
        merged.append(rest.pop(0))
return tuple(merged)
# in: BPETokenizer.encode
return [token for word in split_words(text) for token in self.encode_word(word)]

# right: the other exercises, written differently
# in: CharTokenizer.__init__
self.characters = sorted(dict.fromkeys(text))
self.numbers = dict(zip(self.characters, range(1, len(self.characters) + 1)))
# in: CharTokenizer.decode
said = []
for number in ids:
    if number < 0 or number > len(self.characters):
        raise ValueError("nobody knows this token")
    said.append(self.characters[number - 1] if number else self.unknown)
return "".join(said)
# in: BPETokenizer.train
words = Counter()
for word in split_words(text):
    words[tuple(word.encode("utf-8"))] += 1
while self.vocab_size < vocab_size:
    pairs = count_pairs(words)
    most = max(pairs.values(), default=0)
    if most < 2:
        break
    best = min(pair for pair, count in pairs.items() if count == most)
    merged = Counter()
    for word, count in words.items():
        merged[merge_pair(word, best, self.vocab_size)] += count
    words = merged
    self.merges[best] = self.vocab_size
    self.pieces.append(b"".join(self.pieces[token] for token in best))
# in: BPETokenizer.encode_word
tokens = tuple(word.encode("utf-8"))
for pair, token in self.merges.items():
    tokens = merge_pair(tokens, pair, token)
return tokens
# in: BPETokenizer.decode
raw = b""
for token in ids:
    if token not in range(self.vocab_size):
        raise ValueError("nobody knows this token")
    raw += self.pieces[token]
return raw.decode("utf-8", "replace")
