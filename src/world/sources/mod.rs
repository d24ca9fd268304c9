//! Sources: trees of files that a course names and that are somewhere else, in a Git repository or in an archive.
//!
//! In: a [`Remote`], what a layer says. Out: a [`Tree`], its files as they were pinned. A tree is one file of the [`Cache`] (a zip file,
//! nothing in it compressed): names of a repository are never names of the disk, so that no file system changes them, and none can lead
//! out of a folder. A tree is read whole, and its digest compared, before anything of it is used.
//!
//! Compiling only reads trees that are there: [`super::World::source`]. What is missing is fetched before, by `cli`.

mod address;
mod archive;
mod cache;
mod git;
mod limits;
mod pinned;
mod process;
mod remote;
mod tree;
mod writer;

pub use address::{Address, AddressError};
pub use cache::{Cache, Cached, Vendored};
pub use git::current_commit;
pub use pinned::Pinned;
pub use remote::{Kind, Pin, Remote, reference_problem};
pub use tree::Tree;

/// Why the tree of a source is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No commit was chosen for it.
    #[error("no commit is pinned")]
    NotPinned,
    /// The lock, which would say the commit, cannot be read: why.
    #[error("{0}")]
    LockUnreadable(String),
    /// It cannot be reached: the reason.
    #[error("{0}")]
    Unreachable(String),
    /// The place is there, and what was asked for is not in it: what that is.
    #[error("{0}")]
    Gone(String),
    /// The repository is there, and has no such branch or tag.
    #[error("`{label}` has no {}", .name.as_ref().map_or("commit yet".to_owned(), |name| format!("branch or tag `{name}`")))]
    NoReference {
        /// The repository.
        label: String,
        /// What was asked for; none: its default branch.
        name: Option<String>,
        /// The branches and tags that it has.
        known: Vec<String>,
    },
    /// It has other bytes than were pinned: which digest is expected, and which was found.
    #[error("{expected} was pinned, and it is {found} now")]
    Changed {
        /// What the course or the lock says.
        expected: String,
        /// What is there.
        found: String,
    },
    /// It cannot be used: why.
    #[error("{0}")]
    Unusable(String),
    /// The cache cannot be read or written: where and why.
    #[error("{0}")]
    Cache(String),
}
