//! Lines cut into words and signs, for comparing text that need not be Python.

/// Runs of letters, digits and `_`, and every other visible sign by itself, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, behind) = rest.split_at(length);
        rest = behind;
        Some(word)
    })
}

/// Is it a character of a word?
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_signs_are_cut() {
        let cut = |text| words(text).collect::<Vec<_>>().join("|");
        assert_eq!(cut("  x_1 += größe[2]**-y\n"), "x_1|+|=|größe|[|2|]|*|*|-|y");
        assert_eq!(cut("# a…b\u{a0}c"), "#|a|…|b|c");
        assert_eq!(cut(" \t"), "");
    }
}
