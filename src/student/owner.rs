//! Whose workspace it is. Anybody can put a workspace where others come by (a shared `/tmp`, a network drive), and a workspace holds
//! programs: its `.venv`, its notebooks, its tests. They are run only for those to whom it belongs, as git runs hooks only in a
//! repository of the user's own.
//!
//! Windows has no owners in this sense: there every workspace counts as the user's.
#![expect(
    clippy::disallowed_methods,
    reason = "asks the system for owners, and the environment for exceptions"
)]

use std::path::{Path, PathBuf};

/// Folders whose programs may be run whoever owns them, parted as in `PATH`; `*` stands for all.
const SAFE: &str = "TITO_SAFE_FOLDERS";

/// What must be the user's own before a program of the workspace is run: the folder, what tito knows of it, its Python.
const PARTS: [&str; 6] = ["", ".tinytorch", ".venv", ".venv/bin", ".venv/bin/python", ".venv/pyvenv.cfg"];

/// A workspace of someone else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    root: PathBuf,
    part: PathBuf,
    owner: u32,
}

impl Foreign {
    /// What is wrong.
    pub fn message(&self) -> String {
        let Self { part, owner, .. } = self;
        format!(
            "`{}` belongs to another user (number {owner}), so tito runs no program of this workspace",
            part.display()
        )
    }

    /// What can be done about it.
    pub fn help(&self) -> String {
        format!("work in a workspace of your own; if you trust this one: {SAFE}=\"{}\"", self.root.display())
    }
}

/// Is the workspace at `root`, an absolute path, the user's own, or one that the user calls safe?
pub(super) fn check(root: &Path) -> Result<(), Foreign> {
    let mut parts = PARTS.iter().map(|part| if part.is_empty() { root.to_owned() } else { root.join(part) });
    let user = user();
    let foreign =
        parts.find_map(|part| owner(&part).filter(|owner| !user.is(*owner)).map(|owner| (part, owner)));
    match foreign {
        Some((part, owner)) if !is_called_safe(root) => Err(Foreign { root: root.to_owned(), part, owner }),
        _ => Ok(()),
    }
}

fn is_called_safe(root: &Path) -> bool {
    let safe = std::env::var_os(SAFE).unwrap_or_default();
    std::env::split_paths(&safe).any(|folder| folder == Path::new("*") || folder == root)
}

/// The user, as the system counts.
#[derive(Clone, Copy, Debug)]
struct User {
    number: u32,
    /// Who became root by `sudo`.
    before_sudo: Option<u32>,
}

impl User {
    /// Does what `owner` owns do no harm to this user? What root owns is trusted: root could do anything anyway.
    fn is(self, owner: u32) -> bool {
        owner == 0 || owner == self.number || self.before_sudo == Some(owner)
    }
}

#[cfg(unix)]
fn user() -> User {
    let number = rustix::process::geteuid().as_raw();
    let sudo = || std::env::var("SUDO_UID").ok()?.parse().ok();
    User { number, before_sudo: if number == 0 { sudo() } else { None } }
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    // Of a link, its own owner: who made it decides what is run.
    std::fs::symlink_metadata(path).ok().map(|metadata| metadata.uid())
}

#[cfg(not(unix))]
fn user() -> User {
    User { number: 0, before_sudo: None }
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_oneself_are_trusted_and_nobody_else() {
        let student = User { number: 1000, before_sudo: None };
        let root = User { number: 0, before_sudo: None };
        let sudo = User { number: 0, before_sudo: Some(1000) };
        assert!(student.is(1000) && student.is(0) && !student.is(1001));
        assert!(root.is(0) && !root.is(1000));
        assert!(sudo.is(1000) && !sudo.is(1001));
    }
}
