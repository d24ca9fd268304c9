//! Which words can name a module or a package.

/// The words that Python keeps for itself: `import class` is not an import.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// The modules at the top of Python's library, 3.10 to 3.14, without those that start with `_`.
const LIBRARY: &str = include_str!("library.txt");

/// Can `word` stand between the dots of an import?
pub fn is_importable(word: &str) -> bool {
    let starts = word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    starts && word.chars().all(|c| c.is_alphanumeric() || c == '_') && !KEYWORDS.contains(&word)
}

/// Is `word` a module of Python's own library?
pub fn is_library(word: &str) -> bool {
    LIBRARY.split_whitespace().any(|module| module == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_imported() {
        for word in ["core", "_a1", "é", "match", "Class"] {
            assert!(is_importable(word), "{word}");
        }
        for word in ["", "my-pkg", "class", "None", "1a", "a.b", "../x", "a b", "a\n"] {
            assert!(!is_importable(word), "{word}");
        }
        assert!(
            is_library("random") && is_library("asyncio") && is_library("tomllib") && !is_library("numpy")
        );
    }
}
