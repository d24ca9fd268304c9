//! How alike two texts are: the words that they share.

use std::cmp::Ordering;

/// Words beyond this many are not looked at: a cell that long is not told from another by its end.
const MOST_WORDS: usize = 2_000;

/// Likeness, from 0 (no word in common) to 1000 (the same words).
pub(super) type Likeness = usize;

/// Alike enough to be one cell that was edited, where position speaks for it too.
pub(super) const ALIKE: Likeness = 500;

/// Alike enough wherever it stands.
pub(super) const VERY_ALIKE: Likeness = 750;

/// The words of a text, as sorted hashes.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Vec<u64>);

impl Words {
    /// The words of `text`: runs of letters, digits and `_`. Order and punctuation do not count.
    pub(super) fn of(text: &str) -> Self {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
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
        let total = self.0.len() + other.0.len();
        if total == 0 {
            return 0;
        }
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
        2000 * common / total
    }
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
}
