//! [`DiskError`]: what could not be done, to which path, and why, in words.

use std::io::{self, ErrorKind};

use crate::world::{IN_USE, is_in_use};

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`: {cause}", path = .path.escape_debug(), cause = in_words(.cause))]
pub struct DiskError {
    action: &'static str,
    path: String,
    cause: io::Error,
    sync: bool,
}

impl DiskError {
    pub(crate) fn new(action: &'static str, path: &str, cause: io::Error) -> Self {
        let path = if path.is_empty() { "." } else { path };
        Self { action, path: path.to_owned(), cause, sync: false }
    }

    /// The system could not make `path` durable. Never tried again: what it says the second time is not to be believed.
    pub(super) fn unsynced(path: &str, cause: io::Error) -> Self {
        Self { sync: true, ..Self::new("make durable", path, cause) }
    }

    /// The same failure, by the name of the path that it was for: one in the stage means nothing to people.
    pub(crate) fn naming(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The path, relative to the workspace.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the system said.
    pub fn cause(&self) -> &io::Error {
        &self.cause
    }

    /// Did something go that was there a moment ago?
    pub fn is_missing(&self) -> bool {
        self.cause.kind() == ErrorKind::NotFound
    }

    /// Does something that is not a folder stand where one is needed?
    pub fn is_blocked(&self) -> bool {
        self.cause.kind() == ErrorKind::NotADirectory
    }

    /// Do the permissions forbid it?
    pub fn is_denied(&self) -> bool {
        self.cause.kind() == ErrorKind::PermissionDenied
    }

    /// Is it another program that holds what was to be moved?
    pub fn is_in_use(&self) -> bool {
        is_in_use(&self.cause)
    }

    /// Was it the system's promise of durability that failed?
    pub fn is_sync(&self) -> bool {
        self.sync
    }
}

/// What the system said, without its number.
fn in_words(cause: &io::Error) -> String {
    if is_in_use(cause) {
        return IN_USE.to_owned();
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_message_names_path_and_cause_and_no_number() {
        let error = DiskError::new("write", "modules/a\u{1b}[31m.py", io::Error::from_raw_os_error(28));
        assert_eq!(error.to_string(), "cannot write `modules/a\\u{1b}[31m.py`: no space left on device");
    }

    #[test]
    fn only_what_could_not_be_made_durable_is_a_failed_sync() {
        let cause = || io::Error::from(ErrorKind::Other);
        assert!(DiskError::unsynced("a.py", cause()).is_sync());
        assert!(DiskError::unsynced("a.py", cause()).naming("b.py").is_sync());
        assert!(!DiskError::new("write", "a.py", cause()).is_sync());
    }
}
