//! Bytes → the digest of what counts as their content. Two files with the same one are the same file to every decision.
//!
//! Line ends do not count (a checkout on another system changes them all), nor does white space at the ends of lines of Python files (editors
//! take it away when they save), and a notebook that was only run is not edited. In other texts such white space may mean something.

use std::borrow::Cow;

use crate::digest::Digest;
use crate::notebook::nbformat;

/// The digest of the content of the file called `name`. Where nothing of the bytes is insignificant, it is their own digest.
pub fn canonical(name: &str, bytes: &[u8]) -> Digest {
    if name.ends_with(".ipynb") {
        return nbformat::canonical(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if name.ends_with(".py") && !is_binary(bytes) => python(text),
        _ => Digest::of(&line_ends(bytes)),
    }
}

/// The digest of a Python file without white space at the ends of lines and of the file. A file that has none, except for the last line end, has the
/// digest of its bytes.
fn python(text: &str) -> Digest {
    let said = nbformat::canonical_text(text);
    if said.is_empty() { Digest::of(b"") } else { Digest::of(format!("{said}\n").as_bytes()) }
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|&byte| byte == 0)
}

/// With `\n` for `\r\n`. Bytes with a NUL among the first 8,000 are not text, as git decides it, and stay as they are.
fn line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_binary(bytes) || !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'\r' || after.first() != Some(&b'\n') {
            out.push(byte);
        }
        rest = after;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_do_not_count_in_text_and_count_in_binaries() {
        assert_eq!(canonical("a.py", b"a\r\nb\r\n"), Digest::of(b"a\nb\n"));
        assert_eq!(canonical("a.md", b"a\rb\r"), Digest::of(b"a\rb\r"));
        assert_eq!(canonical("a.md", b"a\r\r\n"), Digest::of(b"a\r\n"));
        assert_eq!(canonical("a.bin", b"\0\r\n"), Digest::of(b"\0\r\n"));
    }

    #[test]
    fn white_space_at_the_ends_does_not_count_in_python_and_counts_elsewhere() {
        for same in ["a = 1\n\nb = 2", "a = 1  \n\t\nb = 2\n", "a = 1\r\n\r\nb = 2\r\n\r\n"] {
            assert_eq!(canonical("a.py", same.as_bytes()), Digest::of(b"a = 1\n\nb = 2\n"), "{same:?}");
        }
        assert_ne!(canonical("a.py", b" a\n"), canonical("a.py", b"a\n"));
        assert_ne!(canonical("a.py", b"\na\n"), canonical("a.py", b"a\n"));
        assert_ne!(canonical("a.md", b"a  \n"), canonical("a.md", b"a\n"));
        assert_eq!(canonical("a.py", b""), canonical("a.py", b"\n"));
        assert_eq!(canonical("a.py", b"\0 \n"), Digest::of(b"\0 \n"));
        assert_eq!(canonical("a.py", b"\xff \n"), Digest::of(b"\xff \n"));
    }
}
