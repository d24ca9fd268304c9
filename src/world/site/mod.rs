//! A published folder as it is read: files by name, whether it is a folder of this computer, one file (`.tito`), or an address.
//!
//! In: names such as `index.json`. Out: bytes, never more than were asked for. Nothing that comes from here is trusted: whoever reads
//! compares digests.

mod file;
mod folder;
mod http;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The ending of a course in one file.
pub const ENDING: &str = ".tito";

/// Where a published course is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address on the net: it ends in `/`.
    Http(String),
    /// A folder of this computer.
    Folder(PathBuf),
    /// A course in one file.
    File(PathBuf),
}

/// A published folder that can be read.
pub trait Site {
    /// The bytes of the file `name`; at most `limit` of them. `arrived` is told how many there are so far.
    ///
    /// # Errors
    /// A [`SiteError`]; a longer file is `TooLarge`.
    fn read_watched(&self, name: &str, limit: u64, arrived: &dyn Fn(u64)) -> Result<Vec<u8>, SiteError>;

    /// The bytes of the file `name`; at most `limit` of them.
    ///
    /// # Errors
    /// As [`Site::read_watched`].
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, SiteError> {
        self.read_watched(name, limit, &|_| {})
    }

    /// The same, unless the file is the one that came with `known`.
    ///
    /// # Errors
    /// As [`Site::read_watched`].
    fn read_changed(&self, name: &str, limit: u64, known: &Validators) -> Result<Answer, SiteError> {
        let _ = known;
        self.read(name, limit).map(|bytes| Answer::Changed(bytes, Validators::default()))
    }

    /// From now on copies on the way are passed by. Does this place have any, and is asking again of use?
    fn pass_copies(&mut self) -> bool {
        false
    }
}

/// How a server calls one state of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validators {
    /// Its `ETag`, also a weak one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
}

/// What a place says to [`Site::read_changed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The file is the one that is known.
    Unchanged,
    /// The file, and what it is called now.
    Changed(Vec<u8>, Validators),
}

/// Why a file of a published folder cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// There is no such file.
    #[error("`{0}` is not there")]
    Missing(String),
    /// It is longer than it may be.
    #[error("`{0}` is longer than it should be")]
    TooLarge(String),
    /// The place cannot be reached: the reason.
    #[error("{0}")]
    Unreachable(String),
    /// A web page came in place of the file.
    #[error("{0} answers with a web page; do you have to log in?")]
    WebPage(String),
    /// Something else is wrong with it: what.
    #[error("{0}")]
    Wrong(String),
}

impl Address {
    /// The address that `text` is, as people copy it: `https://…/mls`, `…/mls/`, `…/mls/index.html`, `…?utm=…`. None for what is a
    /// path of this computer.
    ///
    /// # Errors
    /// What is wrong with an address, for people: http to another computer, credentials in it.
    pub fn of_url(text: &str) -> Option<Result<Self, String>> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return Some(Err(format!("`{scheme}://…` is not an address that tito reads; it reads https")));
        }
        let plain = rest.split(['?', '#']).next().unwrap_or_default();
        let plain =
            ["index.html", "index.json"].iter().find_map(|name| plain.strip_suffix(name)).unwrap_or(plain);
        let (host, path) = plain.split_once('/').unwrap_or((plain, ""));
        if host.is_empty() {
            return Some(Err("the address names no computer".to_owned()));
        }
        if host.contains('@') {
            return Some(Err("the address holds a name or a password; write it without".to_owned()));
        }
        if scheme == "http" && !super::http::is_this_computer(host) {
            return Some(Err(
                "the address begins with http, which anybody on the way can change; use https".to_owned()
            ));
        }
        let path = path.trim_end_matches('/');
        let end = if path.is_empty() { "" } else { "/" };
        Some(Ok(Self::Http(format!("{scheme}://{host}/{path}{end}"))))
    }

    /// Are both addresses of one server?
    pub fn is_same_server(&self, other: &Self) -> bool {
        let server = |address: &Self| match address {
            // Scheme, nothing, host: the address ends in `/`.
            Self::Http(url) => Some(url.split('/').take(3).map(str::to_ascii_lowercase).collect::<Vec<_>>()),
            Self::Folder(_) | Self::File(_) => None,
        };
        server(self).is_some_and(|this| server(other) == Some(this))
    }

    /// Opens it. Nothing is read yet.
    pub fn open(&self) -> Box<dyn Site> {
        match self {
            Self::Http(url) => Box::new(http::Http::new(url)),
            Self::Folder(path) => Box::new(folder::Folder::new(path)),
            Self::File(path) => Box::new(file::OneFile::new(path)),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(url) => f.write_str(url),
            Self::Folder(path) | Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_copy_them() {
        let good = [
            ("https://a.example/mls", "https://a.example/mls/"),
            ("https://a.example/mls/", "https://a.example/mls/"),
            ("https://a.example/mls//", "https://a.example/mls/"),
            ("https://a.example/mls/index.html", "https://a.example/mls/"),
            ("https://a.example/mls/index.json", "https://a.example/mls/"),
            ("https://a.example/mls/?utm_source=x", "https://a.example/mls/"),
            ("https://a.example/mls/#RWQf6", "https://a.example/mls/"),
            (" HTTPS://a.example ", "https://a.example/"),
            ("http://localhost:8000/x", "http://localhost:8000/x/"),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
            ("http://[::1]:80/x", "http://[::1]:80/x/"),
        ];
        for (written, meant) in good {
            assert_eq!(Address::of_url(written), Some(Ok(Address::Http(meant.to_owned()))), "{written}");
        }
        for bad in [
            "http://a.example/",
            "ftp://a.example/",
            "https:///x",
            "https://me:secret@a.example/",
            "http://localhost.evil.example/",
        ] {
            assert!(matches!(Address::of_url(bad), Some(Err(_))), "{bad}");
        }
        for path in ["site", "../site", "C:\\site", "/srv/site", "mls.tito"] {
            assert_eq!(Address::of_url(path), None, "{path}");
        }
    }
}
