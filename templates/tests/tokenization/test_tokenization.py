"""The exported tokenizers: round trips, determinism, rules by hand, bounds."""

import random
import subprocess
import sys

import pytest

from tinytorch.text.tokenization import (
    BPETokenizer,
    CharTokenizer,
    count_pairs,
    merge_pair,
    split_words,
)

STORY = (
    "The old bridge hums when the wind is north. The old man hums back. The bridge and the man are"
    " old friends. "
)


def random_text(seed, length=200):
    """Any Unicode scalar values, no surrogates; a bias towards white space and ASCII."""
    rng = random.Random(seed)
    ranges = [
        (0, 0x7F),
        (0, 0x20),
        (0x80, 0x7FF),
        (0x800, 0xD7FF),
        (0xE000, 0xFFFF),
        (0x10000, 0x10FFFF),
    ]
    return "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(length))


@pytest.mark.parametrize("seed", range(40))
def test_any_unicode_text_comes_back(seed):
    text = random_text(seed)
    assert "".join(split_words(text)) == text
    tokenizer = BPETokenizer().train(STORY, 300)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    trained_on_noise = BPETokenizer().train(text * 2, 320)
    assert trained_on_noise.decode(trained_on_noise.encode(text)) == text


def test_a_lone_surrogate_is_no_text():
    with pytest.raises(ValueError):
        BPETokenizer().encode("\ud800")


def test_split_words():
    assert split_words("The dog, barks!\n\n Now") == [
        "The",
        " dog",
        ",",
        " barks",
        "!",
        "\n\n",
        " Now",
    ]
    assert split_words("  indent") == [" ", " indent"]
    assert split_words("a\nb") == ["a", "\n", "b"]
    assert split_words("end \n ") == ["end", " \n "]
    assert split_words(" --x_9 ?!") == [" --", "x_9", " ?!"]


def test_count_pairs_weighs_words():
    assert dict(count_pairs({(1, 2, 3): 2, (2, 3): 5, (9,): 4})) == {(1, 2): 2, (2, 3): 7}


def test_merge_pair_prefers_the_left():
    assert merge_pair((1, 1, 1, 1, 1), (1, 1), 7) == (7, 7, 1)
    assert merge_pair((0, 1, 0, 1), (1, 0), 7) == (0, 7, 1)


def test_training_is_the_same_in_every_process():
    """Hash randomisation must not reach the rules."""
    code = (
        "from tinytorch.text.tokenization import BPETokenizer, CharTokenizer;"
        f" print(list(BPETokenizer().train({STORY!r}, 330).merges),"
        f" CharTokenizer({STORY!r}).encode('the man'))"
    )
    import os

    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ, PYTHONHASHSEED=seed, PYTHONPATH=os.pathsep.join(sys.path)),
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(outputs) == 1


def test_rules_are_those_of_a_naive_trainer():
    """The definition, written again without words, counters or tricks."""
    pieces = [list(word.encode()) for word in split_words(STORY)]
    rules = {}
    while len(rules) < 40:
        counts = {}
        for piece in pieces:
            for pair in zip(piece, piece[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        best = sorted(counts, key=lambda pair: (-counts[pair], pair))[0]
        if counts[best] < 2:
            break
        token = 256 + len(rules)
        rules[best] = token
        for piece in pieces:
            place = 0
            while place < len(piece) - 1:
                if (piece[place], piece[place + 1]) == best:
                    piece[place : place + 2] = [token]
                place += 1
    tokenizer = BPETokenizer().train(STORY, 296)
    assert tokenizer.merges == rules
    assert tokenizer.encode(STORY) == [token for piece in pieces for token in piece]


def test_a_pair_counts_as_often_as_it_occurs():
    """In "abab" twice; and tokens are merged in the order in which the rules were learned."""
    assert count_pairs({(1, 2, 1, 2): 3, (2, 1): 1}) == {(1, 2): 6, (2, 1): 4}
    tokenizer = BPETokenizer()
    tokenizer.merges = {(98, 99): 256, (97, 98): 257}
    tokenizer.pieces += [b"bc", b"ab"]
    assert tuple(tokenizer.encode_word("abc")) == (97, 256), "bc was learned before ab"


def test_pieces_belong_to_their_rules():
    tokenizer = BPETokenizer().train(STORY, 310)
    assert tokenizer.vocab_size == len(tokenizer.pieces) == 256 + len(tokenizer.merges)
    for (left, right), token in tokenizer.merges.items():
        assert tokenizer.pieces[token] == tokenizer.pieces[left] + tokenizer.pieces[right]


def test_vocabulary_bounds():
    with pytest.raises(ValueError):
        BPETokenizer().train(STORY, 255)
    assert BPETokenizer().train(STORY, 256).vocab_size == 256
    assert BPETokenizer().train(STORY, 257).vocab_size == 257
    full = BPETokenizer().train(STORY, 100_000)
    assert 256 < full.vocab_size < 1000
    tokenizer = BPETokenizer()
    assert tokenizer.train("aa aa", 300) is tokenizer


@pytest.mark.parametrize("wrong", [-1, 300, 10_000])
def test_decode_refuses_unknown_tokens(wrong):
    with pytest.raises(ValueError):
        BPETokenizer().train(STORY, 300).decode([97, wrong])
    with pytest.raises(ValueError):
        CharTokenizer(STORY).decode([1, wrong])


def test_decode_replaces_broken_bytes():
    assert BPETokenizer().decode([0x68, 0xFF, 0x69]) == "h\ufffdi"


def test_characters():
    tokenizer = CharTokenizer("hello")
    assert tokenizer.vocab_size == 5
    assert tokenizer.encode("hole!") == [2, 4, 3, 1, 0]
    assert tokenizer.decode([2, 4, 3, 1]) == "hole"
    assert tokenizer.decode([0]) == CharTokenizer.unknown
    assert tokenizer.decode(tokenizer.encode("hello" * 5)) == "hello" * 5
