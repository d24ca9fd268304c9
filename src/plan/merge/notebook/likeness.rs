//! How alike two texts are: the words that they share.

use std::cmp::Ordering;

/// Words beyond this many are not looked at: a cell that long is not told from another by its end.
const MOST_WORDS: usize = 2_000;

/// Likeness, from 0 (no word in common) to 1000 (the same words).
pub(super) type Likeness = usize;

/// Alike enough to be one cell that was edited, where position speaks for it too.
pub(super) const ALIKE: Likeness = 500;

/// Alike enough wherever it is.
pub(super) const VERY_ALIKE: Likeness = 750;

/// Two texts that differ in so little are the same.
pub(super) const SAME: Likeness = 900;

/// The words of a text, as sorted hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words(Vec<u64>);

impl Words {
    /// The words of `text`: runs of letters, digits and `_`. Order and punctuation do not count.
    pub(super) fn of(text: &str) -> Self {
        Self::hashed(words(text))
    }

    /// The same without numbers: `1. Length` and `2. Length` have the same words.
    pub(super) fn without_numbers(text: &str) -> Self {
        Self::hashed(words(text).filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())))
    }

    fn hashed<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut hashes: Vec<u64> = words.take(MOST_WORDS).map(hash).collect();
        hashes.sort_unstable();
        Self(hashes)
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// How alike two texts are; two texts without a word are not.
    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        match self.0.len() + other.0.len() {
            0 => 0,
            total => 2000 * self.common(other) / total,
        }
    }

    /// How much of this text the other has; nothing of a text without a word.
    pub(super) fn share_in(&self, other: &Self) -> Likeness {
        match self.0.len() {
            0 => 0,
            total => 1000 * self.common(other) / total,
        }
    }

    /// How many words both have.
    fn common(&self, other: &Self) -> usize {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            match a.cmp(b) {
                Ordering::Less => drop(mine.next()),
                Ordering::Greater => drop(theirs.next()),
                Ordering::Equal => {
                    common += 1;
                    mine.next();
                    theirs.next();
                }
            }
        }
        common
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// FNV-1a: the same on every machine and in every run.
fn hash(word: &str) -> u64 {
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> Likeness {
        Words::of(a).likeness(&Words::of(b))
    }

    #[test]
    fn shared_words_count() {
        assert_eq!(likeness("a b", "b a"), 1000);
        assert_eq!(likeness("a b", "a c"), 500);
        assert_eq!(likeness("a a", "a"), 666);
        assert_eq!(likeness("a", "b"), 0);
        assert_eq!(likeness("", "+-*"), 0);
    }

    #[test]
    fn numbers_and_additions_can_be_left_out() {
        assert_eq!(Words::without_numbers("1. Length").likeness(&Words::without_numbers("12. Length")), 1000);
        assert_eq!(Words::of("a b").share_in(&Words::of("a b c d")), 1000);
        assert_eq!(Words::of("a b").share_in(&Words::of("a c")), 500);
        assert_eq!(Words::of("").share_in(&Words::of("a")), 0);
    }
}
