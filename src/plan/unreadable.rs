//! What is wrong with a file that should be a notebook, in words for a student.

use crate::notebook::nbformat;

/// How a line begins that git writes where it could not merge.
const MARKER: &[u8] = b"<<<<<<<";

/// Why `bytes` cannot be read as a notebook; `None`: they can.
pub fn unreadable(bytes: &[u8]) -> Option<String> {
    let why = nbformat::read(bytes).err()?;
    if bytes.trim_ascii().is_empty() {
        return Some("it is empty".to_owned());
    }
    let marked = bytes.split(|byte| *byte == b'\n').position(|line| line.starts_with(MARKER));
    Some(match marked {
        Some(at) => format!("git left conflict markers in it, the first in line {}", at + 1),
        None => why.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_one_that_helps() {
        let whole = b"{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}\n";
        assert_eq!(unreadable(whole), None);
        assert_eq!(unreadable(b" \n").as_deref(), Some("it is empty"));
        let marked = [b"{\n<<<<<<< HEAD\n", &whole[..]].concat();
        let said = "git left conflict markers in it, the first in line 2";
        assert_eq!(unreadable(&marked).as_deref(), Some(said));
        assert!(unreadable(&whole[..20]).is_some());
    }
}
