//! [`Address`]: where a source is, as a layer writes it. Nothing in an address can be an option or a command of the program that reads
//! it.

use std::path::{Path, PathBuf};

use crate::world::http::is_this_computer;

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// An address on the net, or `file:///…`.
    Url(String),
    /// A path of this computer: as the lock and messages name it, and where it is.
    Path(String, PathBuf),
}

/// What is wrong with an address, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// What was found.
    pub message: String,
    /// What would be right.
    pub help: &'static str,
}

const SCHEMES: &str = "write `https://HOST/PATH`, `ssh://USER@HOST/PATH`, or a path relative to this file";

impl Address {
    /// The address that `text` is on the net: `https://…`, `file:///…`, for `git` also `ssh://…` and `user@host:path`. None: it is a
    /// path.
    ///
    /// # Errors
    /// An [`AddressError`] for a scheme that is not safe, a password, or a part that a program could take for an option.
    pub fn of_url(text: &str, git: bool) -> Option<Result<Self, AddressError>> {
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if text.contains(odd) && (text.contains("://") || text.contains("::")) {
            return Some(wrong("it holds a space or a control character", SCHEMES));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Some(url(&scheme.to_ascii_lowercase(), rest, git).map(Self::Url));
        }
        if text.contains("::") {
            // `ext::sh -c …` is a program that git would run.
            return Some(wrong("`::` names a program, and a source never runs one", SCHEMES));
        }
        let (user, rest) = text.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        if !is_name(user) || host.contains('/') {
            return None;
        }
        if !git {
            return Some(wrong("an archive is read by https", "write `https://HOST/NAME.tar.gz`"));
        }
        if is_option(user) || is_option(host) || is_option(path) || path.is_empty() || !is_name(host) {
            return Some(wrong("a part of it could be taken for an option", SCHEMES));
        }
        Some(Ok(Self::Url(text.to_owned())))
    }

    /// Is it on this computer? Only files of this computer may name such an address.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Path(..) => true,
            Self::Url(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                url.starts_with("file:") || is_this_computer(host(rest))
            }
        }
    }

    /// What git or the reader of archives opens.
    pub(super) fn opened(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            // git is run in a folder of ours.
            Self::Path(_, path) => {
                std::path::absolute(path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned()
            }
        }
    }

    /// As messages name it: without scheme and user.
    pub fn label(&self) -> String {
        match self {
            Self::Path(shown, _) => shown.clone(),
            Self::Url(url) => match url.split_once("://") {
                Some((_, rest)) => {
                    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                    format!("{}/{path}", without_user(host))
                }
                // `user@host:path`
                None => without_user(url).replacen(':', "/", 1),
            },
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Path(shown, _) => f.write_str(shown),
        }
    }
}

/// The address of `path`, which is at `shown` seen from the folder of the course.
pub(super) fn local(shown: &Path, path: PathBuf) -> Address {
    let shown = shown.to_string_lossy().replace('\\', "/");
    let shown = if shown.starts_with('.') { shown } else { format!("./{shown}") };
    Address::Path(shown, path)
}

fn url(scheme: &str, rest: &str, git: bool) -> Result<String, AddressError> {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if scheme == "file" {
        let is_absolute = host.is_empty() && !path.is_empty();
        return if is_absolute {
            Ok(format!("file:///{path}"))
        } else {
            wrong("it names another computer", "write `file:///PATH`, or a path relative to this file")
        };
    }
    let is_known =
        scheme == "https" || (scheme == "ssh" && git) || (scheme == "http" && is_this_computer(host));
    if !is_known {
        let message = match scheme {
            "http" | "git" => format!("`{scheme}` can be changed by anybody on the way"),
            _ => format!("`{scheme}` is not read"),
        };
        return wrong(&message, if git { SCHEMES } else { "write `https://HOST/NAME.tar.gz`" });
    }
    let (user, name) = host.rsplit_once('@').unwrap_or(("", host));
    if user.contains(':') || (scheme != "ssh" && host.contains('@')) {
        return wrong(
            "it holds a name or a password",
            "write it without: git asks its credential helper, and archives use no password",
        );
    }
    if name.is_empty() || path.is_empty() {
        return wrong("it is not complete", SCHEMES);
    }
    if is_option(user) || is_option(name) {
        return wrong("a part of it could be taken for an option", SCHEMES);
    }
    Ok(format!("{scheme}://{rest}"))
}

fn host(rest: &str) -> &str {
    rest.split('/').next().unwrap_or_default()
}

fn without_user(host: &str) -> &str {
    host.split_once('@').map_or(host, |(_, host)| host)
}

fn is_option(part: &str) -> bool {
    part.starts_with('-')
}

fn wrong<T>(message: &str, help: &'static str) -> Result<T, AddressError> {
    Err(AddressError { message: message.to_owned(), help })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_run_something_are_refused() {
        for bad in [
            "ext::sh -c touch% /tmp/x",
            "fd::17",
            "ssh://-oProxyCommand=touch%20x/repo",
            "ssh://-l@host/repo",
            "ssh://git:secret@host/repo",
            "git@-oProxyCommand=x:repo",
            "-x@host:repo",
            "git@host:-repo",
            "git@host:",
            "git://host/repo",
            "http://host.example/repo",
            "ftp://host/repo",
            "https://me:secret@host/repo",
            "https://token@host/repo",
            "https:///repo",
            "https://host",
            "https://host/a b",
            "https://host/a\nb",
            "file://server/share",
        ] {
            assert!(matches!(Address::of_url(bad, true), Some(Err(_))), "{bad}");
        }
    }

    #[test]
    fn addresses_are_named_without_scheme_and_user() {
        for (written, label) in [
            ("https://git.nordlund.example/faculty/courses.git", "git.nordlund.example/faculty/courses.git"),
            ("HTTPS://git.nordlund.example/x", "git.nordlund.example/x"),
            ("ssh://git@git.nordlund.example/x.git", "git.nordlund.example/x.git"),
            ("git@git.nordlund.example:faculty/x.git", "git.nordlund.example/faculty/x.git"),
            ("file:///srv/x.git", "/srv/x.git"),
            ("http://localhost:8000/x", "localhost:8000/x"),
            ("git@git.nordlund.example:~me/x@y.git", "git.nordlund.example/~me/x@y.git"),
        ] {
            let address = Address::of_url(written, true).unwrap().unwrap();
            assert_eq!(address.label(), label);
        }
        for path in ["../courses.git", "courses.git", "a/b@c/d", "C:x"] {
            assert_eq!(Address::of_url(path, true), None, "{path}");
        }
    }

    #[test]
    fn what_is_on_this_computer_is_known() {
        let local = |text| Address::of_url(text, true).unwrap().unwrap().is_local();
        assert!(local("file:///srv/x") && local("http://127.0.0.1:80/x") && local("ssh://localhost/x"));
        assert!(!local("https://git.nordlund.example/x"));
    }
}
