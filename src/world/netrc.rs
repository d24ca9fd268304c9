//! `~/.netrc`: names and passwords for servers, as curl, git and wget read them.
//!
//! In: the text of the file and a host. Out: the name and the password of that host. Only an entry that names the host counts: `default`
//! would hand a password to every server.

use std::path::PathBuf;

/// A longer file is not read.
const MAX_BYTES: u64 = 1 << 20;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) name: String,
    pub(super) password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.name)
    }
}

/// What the user's file says of `host`: the file that `NETRC` names, else `.netrc` in the home folder, on Windows also `_netrc`.
pub(super) fn login(host: &str) -> Option<Login> {
    files().into_iter().find_map(|path| of(&text(&path)?, host))
}

#[expect(clippy::disallowed_methods, reason = "the same variables that curl reads")]
fn files() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("NETRC").filter(|named| !named.is_empty()) {
        return vec![named.into()];
    }
    let Some(home) = std::env::home_dir() else { return Vec::new() };
    let names: &[&str] = if cfg!(windows) { &[".netrc", "_netrc"] } else { &[".netrc"] };
    names.iter().map(|name| home.join(name)).collect()
}

fn text(path: &std::path::Path) -> Option<String> {
    let bytes = super::World::read(&super::disk::Disk::new(), path, MAX_BYTES).ok()?;
    String::from_utf8(bytes).ok()
}

/// The entry of `host` in the text of a file.
fn of(text: &str, host: &str) -> Option<Login> {
    let mut words = words(text).into_iter();
    let mut is_meant = false;
    let (mut name, mut password) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "machine" | "default" => {
                if is_meant {
                    break;
                }
                is_meant =
                    word == "machine" && words.next().is_some_and(|word| word.eq_ignore_ascii_case(host));
            }
            "login" => {
                let word = words.next();
                name = if is_meant { word } else { name };
            }
            "password" => {
                let word = words.next();
                password = if is_meant { word } else { password };
            }
            "account" => drop(words.next()),
            _ => {}
        }
    }
    Some(Login { name: name.unwrap_or_default(), password: password? })
}

/// The words of the file: separated by white space, in quotes with `\"` for a quote, without comments and without macros, which end at an
/// empty line.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_macro = false;
    for line in text.lines() {
        if is_macro {
            is_macro = !line.trim().is_empty();
            continue;
        }
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter.is_whitespace() {
                continue;
            }
            if letter == '#' {
                break;
            }
            let mut word = String::new();
            if letter == '"' {
                while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                    word.extend(if letter == '\\' { letters.next() } else { Some(letter) });
                }
            } else {
                word.push(letter);
                while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
                    word.push(letter);
                }
            }
            if word == "macdef" {
                is_macro = true;
                break;
            }
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine
machine a.example login ada password secret
machine b.example
  login bob # of the university
  password \"with space and \\\" and \\\\\"
macdef init
machine evil.example login x password y

machine c.example password only
default login anyone password everywhere
";

    #[test]
    fn an_entry_is_found_by_its_host_alone() {
        let login =
            |name: &str, password: &str| Some(Login { name: name.to_owned(), password: password.to_owned() });
        assert_eq!(of(FILE, "a.example"), login("ada", "secret"));
        assert_eq!(of(FILE, "A.Example"), login("ada", "secret"));
        assert_eq!(of(FILE, "b.example"), login("bob", "with space and \" and \\"));
        assert_eq!(of(FILE, "c.example"), login("", "only"));
        for host in ["example", "x.a.example", "evil.example", "default", ""] {
            assert_eq!(of(FILE, host), None, "{host}");
        }
        for odd in ["machine", "machine a.example", "machine a.example login", "password x", "\"", "\\"] {
            assert_eq!(of(odd, "a.example"), None, "{odd}");
        }
    }
}
