//! Bytes → the digest of what counts as their content. Two files with the same one are the same file to every decision.
//!
//! Line ends do not count (a checkout on another system changes them all), and a notebook that was only run is not edited.

use std::borrow::Cow;

use crate::digest::Digest;
use crate::notebook::nbformat;

/// The digest of the content of the file called `name`. Where nothing of the bytes is insignificant, it is their own digest.
pub fn canonical(name: &str, bytes: &[u8]) -> Digest {
    if name.ends_with(".ipynb") { nbformat::canonical(bytes) } else { Digest::of(&line_ends(bytes)) }
}

/// With `\n` for `\r\n`. Bytes with a NUL among the first 8,000 are no text, as git decides it, and stay as they are.
fn line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_text = !bytes.iter().take(8000).any(|&byte| byte == 0);
    if !is_text || !bytes.contains(&b'\r') {
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
        assert_eq!(canonical("a.py", b"a\rb\r"), Digest::of(b"a\rb\r"));
        assert_eq!(canonical("a.py", b"a\r\r\n"), Digest::of(b"a\r\n"));
        assert_eq!(canonical("a.bin", b"\0\r\n"), Digest::of(b"\0\r\n"));
    }
}
