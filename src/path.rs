//! [`WorkspacePath`]: the only way to name a file of a workspace.
//!
//! A value of this type is relative, `/`-separated, cannot leave the workspace and can be created on Linux, macOS and
//! Windows alike. Everything that becomes a path (ids, `from`, layout patterns, lock entries, progress) passes here.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// `path` as text with `/` between its parts, on every system.
pub fn slashed(path: &std::path::Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// A relative, `/`-separated path inside a workspace that every supported system can hold.
///
/// Ordering is by bytes, so that sorted output is the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkspacePath(String);

/// Why a text is not a [`WorkspacePath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is empty.
    #[error("a path may not be empty")]
    Empty,
    /// The path starts with `/` or a drive letter.
    #[error("`{0}` is absolute; a path here is relative to the workspace")]
    Absolute(String),
    /// A part is empty, `.` or `..`.
    #[error("`{0}` has the part `{1}`; write the path without empty, `.` or `..` parts")]
    Part(String, String),
    /// A character that some system cannot hold, or that means something else there.
    #[error("`{path}` holds the character {character:?}, which not every system can store in a file name", path = .0.escape_debug(), character = .1)]
    Character(String, char),
    /// One of Windows' reserved names, or a part that ends in a dot or a space.
    #[error("`{0}` has the part `{1}`, which Windows cannot hold")]
    Reserved(String, String),
    /// A part of more than 255 bytes, or a path of more than 1024.
    #[error("`{start}…` is too long for some systems", start = .0.chars().take(40).collect::<String>())]
    TooLong(String),
    /// The path points into tito's or git's own folder.
    #[error("`{0}` is in a folder that a course may not write to")]
    Private(String),
}

impl WorkspacePath {
    /// Checks `text` and makes it a path. The rules are those of `docs/formats.md`, "Paths".
    ///
    /// # Errors
    /// A [`PathError`] that says which rule is broken.
    pub fn new(text: &str) -> Result<Self, PathError> {
        let own = || text.to_owned();
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.starts_with('/') || text.starts_with('\\') {
            return Err(PathError::Absolute(own()));
        }
        if let Some(bad) = text.chars().find(|c| is_forbidden(*c)) {
            let drive = bad == ':' && text.find(':') == Some(1);
            return Err(if drive { PathError::Absolute(own()) } else { PathError::Character(own(), bad) });
        }
        if text.len() > 1024 {
            return Err(PathError::TooLong(own()));
        }
        for part in text.split('/') {
            if matches!(part, "" | "." | "..") {
                return Err(PathError::Part(own(), part.to_owned()));
            }
            if part.len() > LONGEST {
                return Err(PathError::TooLong(own()));
            }
            if is_private(part) {
                return Err(PathError::Private(own()));
            }
            if is_reserved(part) {
                return Err(PathError::Reserved(own(), part.to_owned()));
            }
        }
        Ok(Self(own()))
    }

    /// The path as text, `/`-separated.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the slashes.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds it, or `None` at the workspace's root.
    pub fn parent(&self) -> Option<WorkspacePath> {
        self.0.rsplit_once('/').map(|(dir, _)| Self(dir.to_owned()))
    }

    /// What follows the last dot of the name; empty where there is none (`.gitignore` has none).
    pub fn extension(&self) -> &str {
        match self.name().rsplit_once('.') {
            Some((stem, ext)) if !stem.is_empty() => ext,
            _ => "",
        }
    }

    /// This path with `rest` appended.
    ///
    /// # Errors
    /// As [`WorkspacePath::new`], of the whole.
    pub fn join(&self, rest: &str) -> Result<Self, PathError> {
        Self::new(&format!("{}/{rest}", self.0))
    }

    /// What is left of the path below `dir`, or `None` where it is not there.
    pub fn below(&self, dir: &WorkspacePath) -> Option<&str> {
        self.0.strip_prefix(dir.as_str())?.strip_prefix('/')
    }

    /// The file of tito's own that this path is, or is below, in any spelling that some system takes for it. No course may bring it.
    pub fn own_file(&self) -> Option<&'static str> {
        let key = self.collision_key();
        let first = key.split('/').next().unwrap_or_default();
        OWN_FILES.into_iter().find(|own| first == *own || is_short_name_of(first, own))
    }

    /// The form under which two paths are the same file on some system: compatibility-normalised and case-folded.
    pub fn collision_key(&self) -> String {
        folded(&self.0)
    }
}

/// `text`, compatibility-normalised and case-folded.
fn folded(text: &str) -> String {
    // As nearly all names are. Every file of a course comes here several times.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless::default_case_fold_str(text).nfkc().collect()
}

/// The files at the root of a workspace that tito itself writes.
const OWN_FILES: [&str; 2] = ["course.lock", "progress.json"];

/// The longest name that every file system can hold, in bytes.
const LONGEST: usize = 255;

/// `name` with `mark` before its ending: `a.py` and `.moved` are `a.moved.py`. Not longer than a name may be: what has to go goes from the
/// stem, so that the mark and, if possible, the ending stay.
pub(crate) fn marked(name: &str, mark: &str) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    if mark.len() + ending.len() < LONGEST {
        shortened(stem, &format!("{mark}{ending}"))
    } else {
        shortened(name, mark)
    }
}

/// `stem` and `ending` as one name; what is too much goes from the end of the stem.
pub(crate) fn shortened(stem: &str, ending: &str) -> String {
    let room = LONGEST.saturating_sub(ending.len());
    let end = stem.floor_char_boundary(room);
    format!("{}{ending}", stem.get(..end).unwrap_or_default())
}

/// Names `part` one thing in a folder, on every system? Unlike a part of a [`WorkspacePath`] it may be a name that tito would not choose.
pub(crate) fn is_one_name(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.contains(['\0', '/', '\\', ':'])
}

/// Controls, path and drive separators, characters that Windows refuses, and code points that are invisible or
/// reverse the text (they make two different names look alike, and HFS+ ignores some of them).
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}')
}

/// tito's and git's own folders in every spelling that some system takes for them.
fn is_private(part: &str) -> bool {
    let folded = folded(part);
    let bare = folded.trim_end_matches(['.', ' ']);
    matches!(bare, ".git" | ".tinytorch") || short_name(bare, "git") || short_name(bare, "tinyto")
}

/// Windows' 8.3 alias of a folder whose name starts with a dot: `GIT~1`.
fn short_name(part: &str, stem: &str) -> bool {
    part.strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('~'))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Windows' 8.3 alias of `name`: `progre~1.jso`.
fn is_short_name_of(part: &str, name: &str) -> bool {
    let (Some((stem, ending)), Some((part, short))) = (name.rsplit_once('.'), part.rsplit_once('.')) else {
        return false;
    };
    ending.get(..3) == Some(short) && stem.get(..6).is_some_and(|stem| short_name(part, stem))
}

fn is_reserved(part: &str) -> bool {
    if part.ends_with(['.', ' ']) {
        return true;
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for WorkspacePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl schemars::JsonSchema for WorkspacePath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WorkspacePath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A relative, `/`-separated path inside the workspace.",
        })
    }
}

impl<'de> Deserialize<'de> for WorkspacePath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_are_taken_as_written() {
        for good in [
            "a",
            "modules/01_tensor/tensor.ipynb",
            ".gitignore",
            "größe/naïve.md",
            "a b/c",
            "console.py",
            "git~x",
            "com0",
            "nul_x",
        ] {
            assert_eq!(WorkspacePath::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_escapes_or_breaks_a_system_is_refused() {
        for bad in [
            "",
            "/etc/passwd",
            "..",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a/.",
            "C:/x",
            "c:x",
            "a\\b",
            "\\\\host\\x",
            "a:b",
            "nul",
            "NUL.txt",
            "a/COM1.py",
            "lpt¹",
            "conin$",
            "a.",
            "a ",
            "a\0b",
            "a\nb",
            "x\u{202e}y",
            ".git/config",
            ".GIT/x",
            "a/.Git",
            "git~1/x",
            "GIT~12",
            ".tinytorch/x",
            ".TinyTorch",
            ".git /x",
            ".gi\u{200c}t/x",
            "a?b",
            "a*b",
        ] {
            assert!(WorkspacePath::new(bad).is_err(), "{bad:?}");
        }
        assert!(WorkspacePath::new(&"x".repeat(256)).is_err());
        assert!(WorkspacePath::new(&"x/".repeat(600)).is_err());
    }

    #[test]
    fn collision_keys_fold_case_and_normal_form() {
        let key = |text: &str| WorkspacePath::new(text).unwrap().collision_key();
        assert_eq!(key("Tests/É.py"), key("tests/e\u{301}.py"));
        assert_eq!(key("straße"), key("STRASSE"));
        assert_ne!(key("a"), key("b"));
    }

    #[test]
    fn the_short_way_of_folding_is_the_long_one() {
        let ascii: String = (0..128u8).map(char::from).collect();
        let long: String = caseless::default_case_fold_str(&ascii).nfkc().collect();
        assert_eq!(folded(&ascii), long);
    }

    #[test]
    fn titos_own_files_are_known_in_every_spelling() {
        let own = |text: &str| WorkspacePath::new(text).unwrap().own_file();
        for text in [
            "progress.json",
            "Progress.JSON",
            "PROGRE~1.JSO",
            "progress.json/x",
            "ｐrogress.json",
            "progreſs.json",
        ] {
            assert_eq!(own(text), Some("progress.json"), "{text}");
        }
        for text in ["course.lock", "COURSE.LOCK", "course~12.loc", "course.lock/a/b"] {
            assert_eq!(own(text), Some("course.lock"), "{text}");
        }
        for text in ["a/progress.json", "progress.json.md", "progress", "course.yml", "progre~x.jso"] {
            assert_eq!(own(text), None, "{text}");
        }
    }

    #[test]
    fn derived_names_fit_and_keep_mark_and_ending() {
        assert_eq!(marked("a.tar.gz", ".moved"), "a.tar.moved.gz");
        assert_eq!(marked("Makefile", ".moved"), "Makefile.moved");
        assert_eq!(marked(".gitignore", ".moved"), ".gitignore.moved");
        let long = [
            "n".repeat(244) + ".ipynb",
            "ü".repeat(124) + ".ipynb",
            "日".repeat(85),
            format!("a.{}", "b".repeat(253)),
        ];
        for name in long {
            for mark in [".3f1c22ab", ".3f1c22ab-2", ".moved"] {
                let marked = marked(&name, mark);
                assert!(marked.len() <= 255 && marked.contains(mark), "{marked}");
                assert!(!name.ends_with(".ipynb") || marked.ends_with(".ipynb"), "{marked}");
            }
        }
        assert_eq!(shortened(&"x".repeat(300), "_20250115_103000").len(), 255);
    }

    #[test]
    fn parts_of_a_path() {
        let path = WorkspacePath::new("a/b/c.tar.gz").unwrap();
        assert_eq!((path.name(), path.extension()), ("c.tar.gz", "gz"));
        assert_eq!(path.parent().unwrap().as_str(), "a/b");
        assert_eq!(path.below(&WorkspacePath::new("a").unwrap()), Some("b/c.tar.gz"));
        assert_eq!(path.below(&WorkspacePath::new("a/bb").unwrap()), None);
    }
}
