//! Bytes → text: what a text file must be, which files are text, and what is wrong with bytes that are none.
//!
//! In: bytes and the name that messages give the file. Out: a [`Source`] without its byte order mark, or
//! [`Code::NotUtf8`] at the first byte that is wrong, with the encoding that the file probably has.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// The UTF-8 byte order mark, which Windows editors write. It is not part of the text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Endings of files that hold code. They are text wherever they are.
const CODE: &[&str] = &["py", "ipynb", "j2", "r", "jl"];

/// Endings of other files that are text: prose, settings, scripts, pages.
///
/// Tables (`csv`, `tsv`) are data and may have any encoding; `ps1` needs its byte order mark.
const TEXT: &[&str] = &[
    "md", "markdown", "rst", "txt", "tex", "bib", "html", "htm", "css", "svg", "xml", "js", "mjs", "ts",
    "json", "jsonl", "yml", "yaml", "toml", "cfg", "ini", "conf", "env", "lock", "sh", "bash", "zsh", "fish",
    "bat", "cmd", "c", "h", "cc", "cpp", "hpp", "cu", "rs", "go", "java", "kt", "scala", "sql", "rmd", "qmd",
    "pyi", "pyx", "mk", "cmake",
];

/// Names without an ending that are text.
const NAMES: &[&str] = &[
    "makefile",
    "dockerfile",
    "readme",
    "license",
    "licence",
    "authors",
    "changelog",
    "notice",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".dockerignore",
];

/// Does the name of the file say that it holds code: a script, a notebook, a template?
pub fn is_code(name: &str) -> bool {
    ending(name).is_some_and(|ending| CODE.contains(&ending.as_str()))
}

/// Does the name of the file say that it is text? Every other file is opaque: a picture, an archive, a table.
pub fn is_text(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    is_code(name)
        || NAMES.contains(&last.as_str())
        || ending(name).is_some_and(|ending| TEXT.contains(&ending.as_str()))
}

fn ending(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    last.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// The bytes without a byte order mark of UTF-8.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// The text without a byte order mark.
pub fn text_without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The text of the file that messages call `name`, without its byte order mark.
///
/// # Errors
/// [`Code::NotUtf8`], as [`problem`] gives it.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Source, Box<Diagnostic>> {
    match text(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(at) => Err(Box::new(problem(name, bytes, at))),
    }
}

/// The text that the bytes are probably meant to be, whatever their encoding; wrong characters are replaced.
pub fn lossy(bytes: &[u8]) -> String {
    match text(bytes) {
        Ok(text) => text.to_owned(),
        Err(at) => match likely(bytes, at) {
            Likely::Utf16 { big_endian } => utf16(bytes, big_endian),
            _ => String::from_utf8_lossy(without_mark(bytes)).into_owned(),
        },
    }
}

/// The text, without its byte order mark.
///
/// # Errors
/// The position of the first byte that no text has: one that is not UTF-8, or a zero byte, which is what UTF-16 without a mark has.
pub fn text(bytes: &[u8]) -> Result<&str, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to());
    let valid = text.unwrap_or_else(|at| std::str::from_utf8(&bytes[..at]).unwrap_or_default());
    match valid.find('\0') {
        Some(zero) => Err(zero),
        None => text.map(text_without_mark),
    }
}

/// What is said of a file with a wrong byte at `at`: the byte, its line and column, and the encoding that the file probably has.
pub fn problem(name: &str, bytes: &[u8], at: usize) -> Diagnostic {
    let likely = likely(bytes, at);
    // A wide encoding is shown as what it means, so that the line can be read.
    let (shown, place) = match likely {
        Likely::Utf16 { big_endian } => (utf16(bytes, big_endian), 0),
        _ => {
            let skipped = bytes.len() - without_mark(bytes).len();
            (String::from_utf8_lossy(&bytes[skipped..]).into_owned(), at.saturating_sub(skipped))
        }
    };
    let source = Source::new(name, shown);
    let width = source.text().get(place..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = source.span(place, place + width);
    let (line, column) = span.line_column();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let message = format!("`{name}` is not valid UTF-8: byte 0x{byte:02X} at line {line}, column {column}");
    Diagnostic::new(Code::NotUtf8, message).at(&span, likely.label()).help(likely.help())
}

/// The encoding that a file probably has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likely {
    Utf16 { big_endian: bool },
    Utf32,
    Windows1252,
    Latin1,
    DamagedUtf8,
    Binary,
}

impl Likely {
    fn label(self) -> &'static str {
        match self {
            Self::Utf16 { big_endian: false } => "this looks like UTF-16 (little-endian)",
            Self::Utf16 { big_endian: true } => "this looks like UTF-16 (big-endian)",
            Self::Utf32 => "this looks like UTF-32",
            Self::Windows1252 => "this looks like Windows-1252",
            Self::Latin1 => "this looks like Windows-1252 or ISO 8859-1",
            Self::DamagedUtf8 => "the rest is UTF-8: this byte is damaged",
            Self::Binary => "text has no zero bytes",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::DamagedUtf8 => "replace the damaged character and save the file as UTF-8",
            Self::Binary => "a file with this ending is text; give a binary file another ending",
            _ => "open the file in this encoding and save it as UTF-8",
        }
    }
}

fn likely(bytes: &[u8], at: usize) -> Likely {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Likely::Utf32,
        [0xff, 0xfe, ..] => return Likely::Utf16 { big_endian: false },
        [0xfe, 0xff, ..] => return Likely::Utf16 { big_endian: true },
        _ => {}
    }
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let pairs = bytes.len() / 2;
    if even + odd > 0 {
        // Latin text has a zero in nearly every pair, always on the same side.
        return match (even * 3 > pairs, odd * 3 > pairs) {
            (true, true) => Likely::Utf32,
            (false, true) => Likely::Utf16 { big_endian: false },
            (true, false) => Likely::Utf16 { big_endian: true },
            (false, false) => Likely::Binary,
        };
    }
    let whole = String::from_utf8_lossy(bytes);
    let wrong = whole.matches('\u{fffd}').count();
    let wide = whole.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    let lead = bytes.get(at).is_some_and(|byte| (0xc2..=0xf4).contains(byte));
    let cut = lead && bytes.get(at + 1).is_none_or(|next| (0x80..=0xbf).contains(next));
    if wide > wrong || cut {
        Likely::DamagedUtf8
    } else if bytes.iter().any(|byte| (0x80..=0x9f).contains(byte)) {
        Likely::Windows1252
    } else {
        Likely::Latin1
    }
}

fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let unit = |pair: &[u8]| match (big_endian, pair) {
        (true, [high, low]) | (false, [low, high]) => u16::from_be_bytes([*high, *low]),
        _ => 0xfffd,
    };
    let text: String =
        char::decode_utf16(bytes.chunks(2).map(unit)).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text_without_mark(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(bytes: &[u8]) -> (String, String) {
        let problem = decode("a.py", bytes).map(|source| source.text().to_owned()).unwrap_err();
        (problem.message.clone(), problem.labels[0].text.clone())
    }

    fn wide(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        assert_eq!(decode("a", b"\xef\xbb\xbf# %%\n").unwrap().text(), "# %%\n");
        assert_eq!(without_mark(b"\xef\xbb\xbfa"), b"a");
        assert_eq!(without_mark(b"a"), b"a");
    }

    #[test]
    fn the_byte_its_place_and_the_likely_encoding_are_named() {
        for (bytes, place, likely) in [
            (&b"a\n\xc3\xa9 = 'Fr\xf6sche'\n"[..], "0xF6 at line 2, column 8", "Windows-1252 or ISO 8859-1"),
            (b"x = 'a \x96 b'\n", "0x96 at line 1, column 8", "Windows-1252"),
            ("ä ö ü € \u{1f438}".as_bytes(), "", ""),
            (b"\xc3\xa4\xc3\xb6\xc3\xbc\xff\n", "0xFF at line 1, column 4", "damaged"),
            (b"caf\xc3", "0xC3 at line 1, column 4", "damaged"),
            (b"\xef\xbb\xbfcaf\xe9\n", "0xE9 at line 1, column 4", "Windows-1252 or"),
            (b"one zero\0 in a long line of text\n", "0x00 at line 1, column 9", "zero bytes"),
        ] {
            if place.is_empty() {
                assert!(decode("a.py", bytes).is_ok());
                continue;
            }
            let (message, label) = wrong(bytes);
            assert!(message.contains(place) && label.contains(likely), "{message} / {label}");
        }
    }

    #[test]
    fn utf_16_is_told_with_and_without_a_mark() {
        for (big_endian, name) in [(false, "little-endian"), (true, "big-endian")] {
            for mark in [true, false] {
                let bytes = wide("# %%\nx = 'Frösche'\n", big_endian, mark);
                let problem = decode("a.py", &bytes).unwrap_err();
                assert!(problem.labels[0].text.contains(name), "{problem:?}");
                assert_eq!(problem.labels[0].span.to_string(), "a.py:1:1");
                assert!(problem.labels[0].span.source().text().contains("Frösche"));
                assert_eq!(lossy(&bytes), "# %%\nx = 'Frösche'\n");
            }
        }
        assert!(wrong(b"\xff\xfe\0\0#\0\0\0").1.contains("UTF-32"));
        assert!(wrong(b"#\0\0\0%\0\0\0\n\0\0\0").1.contains("UTF-32"));
    }

    #[test]
    fn names_say_what_is_text() {
        for name in ["a.py", "x/A.PY", "README.md.j2", "n.ipynb", "Makefile", ".gitignore", "a/data.json"] {
            assert!(is_text(name), "{name}");
        }
        for name in ["a.png", "w.npz", "table.csv", "a", "start.ps1", "py", "a.zip"] {
            assert!(!is_text(name), "{name}");
        }
        assert!(is_code("a.ipynb") && !is_code("a.md"));
    }
}
