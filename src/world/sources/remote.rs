//! [`Remote`]: a source as a layer asks for it; [`Pin`]: what was chosen for it.

use std::path::{Path, PathBuf};

use super::address::{self, Address};
use crate::digest::Digest;

/// A source as a layer asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Where it is.
    pub address: Address,
    /// How it is read.
    pub kind: Kind,
}

/// How a source is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Git repository: the branch, tag or commit; none: the default branch.
    Git(Option<String>),
    /// An archive with this digest.
    Archive(Digest),
}

/// What a source is at present: what the lock says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The commit of a Git source.
    pub commit: Option<String>,
    /// The digest of its files.
    pub tree: Digest,
}

impl Remote {
    /// The source at `path` of this computer, which is at `shown` seen from the folder of the course.
    pub fn local(kind: Kind, path: PathBuf, shown: &Path) -> Self {
        Self { address: address::local(shown, path), kind }
    }

    /// Is it a Git repository?
    pub fn is_git(&self) -> bool {
        matches!(self.kind, Kind::Git(_))
    }

    /// The commit that it asks for, where it asks for one and not for a branch or a tag.
    pub fn fixed_commit(&self) -> Option<&str> {
        match &self.kind {
            Kind::Git(Some(reference)) if is_commit(reference) => Some(reference),
            _ => None,
        }
    }

    /// As messages name it: `git.nordlund.example/faculty/courses.git@2027-autumn`.
    pub fn label(&self) -> String {
        match &self.kind {
            Kind::Git(Some(reference)) => format!("{}@{reference}", self.address.label()),
            Kind::Git(None) | Kind::Archive(_) => self.address.label(),
        }
    }

    /// As messages name a file or folder in it: `git.nordlund.example/faculty/courses.git@2027-autumn:mls/course.yml`.
    pub fn label_of(&self, path: &str) -> String {
        if path.is_empty() { self.label() } else { format!("{}:{path}", self.label()) }
    }

    /// The last part of the address, without its ending: `courses`.
    pub fn short_name(&self) -> String {
        let label = self.address.label();
        let name = label.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let endings = [".git", ".tar.gz", ".tgz", ".zip"];
        endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
    }
}

/// Is `text` the full name of a commit?
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is wrong with `text` as the name of a branch, tag or commit; none: nothing. As git's check-ref-format has it, and stricter.
pub fn reference_problem(text: &str) -> Option<&'static str> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.starts_with('-') {
        return Some("it could be taken for an option");
    }
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let is_bad = text.contains(odd)
        || text.contains("..")
        || text.contains("@{")
        || text.ends_with('.')
        || text == "@"
        || text.len() > 250
        || text.split('/').any(bad_part);
    is_bad.then_some("no branch, tag or commit has such a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_could_be_something_else_are_refused() {
        for good in ["main", "v1.2.0", "2027-autumn", "release/1.2", "refs/heads/main", "a@b", "ü"] {
            assert_eq!(reference_problem(good), None, "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a b",
            "a\nb",
            "a..b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "*",
            "[x",
            "a\\b",
            "@{u}",
            "@",
            "a.lock",
            ".a",
            "a/.b",
            "a//b",
            "/a",
            "a/",
            "a.",
        ] {
            assert!(reference_problem(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_is_named_from_the_folder_of_the_course() {
        let remote = |shown: &str| {
            Remote::local(Kind::Git(Some("main".into())), "/c/x/courses.git".into(), Path::new(shown))
        };
        let inner = remote("courses.git");
        assert_eq!(inner.label_of("mls/course.yml"), "./courses.git@main:mls/course.yml");
        assert_eq!(inner.address.opened(), "/c/x/courses.git");
        assert_eq!(inner.short_name(), "courses");
        assert_eq!(remote("../../courses.git").label(), "../../courses.git@main");
    }
}
