//! Bytes of `course.lock` → [`Lock`], believing nothing until the whole is known to be what some tito wrote.

use serde::Deserialize;

use super::write::{END, end_line};
use super::{LOCK_VERSION, Lock, by_lines};
use crate::digest::Digest;
use crate::world::sources::Pinned;

/// A lock longer than this is none.
pub const MAX_LOCK_BYTES: u64 = 64 << 20;
/// No other state file (`version.json`, `progress.json`, `config.json`) is longer.
pub const MAX_STATE_BYTES: u64 = 64 << 20;

/// The first version of the format that says what is graded, and of units what students see.
const WHOLE: u64 = 2;
/// The last version that says nothing of sources.
const BEFORE_SOURCES: u64 = 3;
/// The last version that says nothing of dates.
const BEFORE_DATES: u64 = 4;

/// Why a `course.lock` cannot be used. Every one of these means: nothing is written. What helps is for those to say who know whose lock it is:
/// an instructor writes it again, a student restores it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Not text.
    #[error("course.lock is not valid UTF-8")]
    NotUtf8,
    /// Longer than any lock.
    #[error("course.lock is larger than {} MB", MAX_LOCK_BYTES >> 20)]
    TooLarge,
    /// A version-control merge left its markers.
    #[error("course.lock contains conflict markers (line {line})")]
    ConflictMarkers {
        /// The first line with a marker, from 1.
        line: usize,
    },
    /// Written by a newer tito.
    #[error(
        "course.lock has format version {found}, and this tito knows versions up to {LOCK_VERSION}; install a newer tito"
    )]
    Newer {
        /// The version it says.
        found: u64,
    },
    /// It says no version that there is.
    #[error("course.lock has no format version")]
    NoVersion,
    /// The closing line is missing or counts more lines than there are.
    #[error("course.lock ends too early, after line {lines}")]
    Truncated {
        /// How many lines there are.
        lines: usize,
    },
    /// The lines are not those that the closing line was made of.
    #[error("course.lock was edited by hand, but it is a generated file")]
    HandEdited,
    /// The lines are whole, and say something that no lock says.
    #[error("course.lock is not a lock: {0}")]
    Malformed(String),
}

/// Why one of the student's own state files (`version.json`, `progress.json`, `config.json`) cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not JSON, or cut off.
    #[error("{file} cannot be read: {why}")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// What the parser says.
        why: String,
    },
    /// A value that does not belong there.
    #[error("{file} has an unexpected value at `{at}`: {why}")]
    Value {
        /// Which file.
        file: &'static str,
        /// Which key.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// Written by a newer tito.
    #[error("{file} has version {found}, and this tito knows versions up to {known}; install a newer tito")]
    Newer {
        /// Which file.
        file: &'static str,
        /// The version it says.
        found: u64,
        /// The newest version that can be read.
        known: u64,
    },
}

/// A lock as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    #[serde(rename = "lock")]
    version: u64,
    course: super::LockedCourse,
    layers: Vec<super::LockedLayer>,
    #[serde(default)]
    sources: Vec<Pinned>,
    base: super::LockedBase,
    units: Vec<super::LockedUnit>,
    rules: Vec<super::LockedRule>,
    pub(super) files: std::collections::BTreeMap<crate::path::WorkspacePath, super::LockedFile>,
    #[serde(default)]
    grading: Option<super::Grading>,
    #[serde(rename = "end")]
    _end: End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    lines: usize,
    #[serde(rename = "sha256")]
    _sha256: Digest,
}

pub(super) fn lock(bytes: &[u8]) -> Result<Lock, LockError> {
    if bytes.len() as u64 > MAX_LOCK_BYTES {
        return Err(LockError::TooLarge);
    }
    let text = crate::encoding::text(bytes).map_err(|_| LockError::NotUtf8)?;
    // A version-control system may have changed the line ends; that is not an edit.
    let text = text.replace("\r\n", "\n");
    conflict_markers(&text)?;
    version(&text)?;
    closing_line(&text)?;
    let Wire { version, course, layers, sources, base, units, rules, files, grading, .. } =
        match by_lines::files(&text) {
            Some((files, rest)) => Wire { files, ..parsed(&rest)? },
            None => parsed(&text)?,
        };
    let lock = Lock { course, layers, sources, base, units, rules, files, grading };
    let fits = match version {
        ..WHOLE => lock == lock.as_version_1(),
        WHOLE => lock.is_whole() && !lock.has_modes() && lock.sources.is_empty() && !lock.has_dates(),
        BEFORE_SOURCES => lock.is_whole() && lock.sources.is_empty() && !lock.has_dates(),
        BEFORE_DATES => lock.is_whole() && !lock.has_dates(),
        _ => lock.is_whole(),
    };
    if fits {
        Ok(lock)
    } else {
        Err(LockError::Malformed(format!("version {version} does not match its content")))
    }
}

fn conflict_markers(text: &str) -> Result<(), LockError> {
    let marker = |line: &str| {
        line.starts_with("<<<<<<<")
            || line.starts_with(">>>>>>>")
            || line.starts_with("|||||||")
            || line == "======="
    };
    match text.lines().position(marker) {
        Some(at) => Err(LockError::ConflictMarkers { line: at + 1 }),
        None => Ok(()),
    }
}

/// Looks at the version before anything else: a newer format may be written in any way except for this line.
fn version(text: &str) -> Result<(), LockError> {
    let said = text.lines().find_map(|line| line.strip_prefix("lock:")).ok_or(LockError::NoVersion)?;
    let said = said.split('#').next().unwrap_or("").trim();
    match said.parse::<u64>() {
        Ok(found) if found > LOCK_VERSION => Err(LockError::Newer { found }),
        Ok(1..=LOCK_VERSION) => Ok(()),
        _ => Err(LockError::NoVersion),
    }
}

fn closing_line(text: &str) -> Result<(), LockError> {
    let lines = text.lines().count();
    let truncated = Err(LockError::Truncated { lines });
    let Some(body) = text.strip_suffix('\n') else { return truncated };
    let start = body.rfind('\n').map_or(0, |at| at + 1);
    let (above, last) = (text.get(..start).unwrap_or(""), body.get(start..).unwrap_or(""));
    let Some(said) = last.strip_prefix(END) else {
        // Lines after the closing line are an addition, not a loss.
        let closed = text.lines().any(|line| line.starts_with(END));
        return if closed { Err(LockError::HandEdited) } else { truncated };
    };
    if format!("{last}\n") == end_line(above) {
        return Ok(());
    }
    match serde_saphyr::from_str::<End>(said) {
        Ok(end) if end.lines > lines - 1 => truncated,
        _ => Err(LockError::HandEdited),
    }
}

/// The lock by the YAML parser alone.
pub(super) fn parsed(text: &str) -> Result<Wire, LockError> {
    // A course of 100 000 files is a large one, and no lock has anchors, aliases or more than four levels.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 4_000_000, max_nodes: 2_000_000, max_depth: 8, max_aliases: 0, max_anchors: 0 },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        with_snippet: false,
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| LockError::Malformed(first_line(&error.to_string())))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").chars().take(300).collect()
}

/// A digest written as `sha256:…`.
pub(super) fn prefixed_digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    let hex = text
        .strip_prefix("sha256:")
        .ok_or_else(|| serde::de::Error::custom("a digest starts with `sha256:` here"))?;
    hex.parse().map_err(serde::de::Error::custom)
}
