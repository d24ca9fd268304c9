//! The password of a secret key: from a file, from the environment, or from the terminal; never from the command line.
#![expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::publish::{KeyError, Signer};
use crate::world::disk::Disk;
use crate::world::{World, reason};

use super::exit::Exit;
use super::out::Out;

/// The variable that holds the password of the key.
pub(super) const VARIABLE: &str = "TITO_KEY_PASSWORD";
/// A longer file does not hold a password.
const MAX_BYTES: u64 = 4 << 10;

/// Where the password is.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Password {
    /// The file with the password of the key; default: what TITO_KEY_PASSWORD holds, else tito asks
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Password {
    /// The password that is in the file `path`.
    pub(super) fn of(path: PathBuf) -> Self {
        Self { password_file: Some(path) }
    }

    /// The password that is in the file or in the environment.
    ///
    /// # Errors
    /// After saying why the file cannot be used.
    pub(super) fn given(&self, out: &Out) -> Result<Option<String>, Exit> {
        let Some(path) = &self.password_file else {
            return Ok(std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()));
        };
        let shown = path.display();
        let bytes = Disk::new().read(path, MAX_BYTES).map_err(|error| {
            out.fail(
                &format!("`{shown}` cannot be read: {}", reason(&error)),
                "name a file that holds the password",
            )
        })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            out.fail(&format!("`{shown}` is not text in UTF-8"), "name a file that holds the password")
        })?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// The same, else what is typed at `prompt`.
    ///
    /// # Errors
    /// Where there is no one to ask, after saying so.
    pub(super) fn known(&self, prompt: &str, out: &Out) -> Result<String, Exit> {
        if let Some(password) = self.given(out)? {
            return Ok(password);
        }
        if !std::io::stdin().is_terminal() {
            let help = format!("name a file that holds it: `--password-file FILE`; or set {VARIABLE}");
            return Err(out.fail("the key has a password, and there is no terminal to ask for it", &help));
        }
        rpassword::prompt_password(prompt)
            .map_err(|error| out.fail(&format!("the password cannot be read: {}", reason(&error)), ""))
    }
}

/// The key in `path`, ready to sign.
///
/// # Errors
/// After saying why it cannot be used.
pub(super) fn signer(path: &Path, password: &Password, out: &Out) -> Result<Signer, Exit> {
    let opened = Signer::open(path, || {
        password.known(&format!("Password of {}: ", path.display()), out).map_err(Failed::Said)
    });
    opened.map_err(|failed| match failed {
        Failed::Said(exit) => exit,
        Failed::Key(error) => say(&error, out),
    })
}

/// Says why a key cannot be made or used, and what helps.
pub(super) fn say(error: &KeyError, out: &Out) -> Exit {
    let help = match error {
        KeyError::NotAKey(_) => {
            "name the file of the secret key, not that of its public half; `tito key new` makes both"
        }
        KeyError::Password(_) => "nothing was written; try again",
        KeyError::Exists(_) => "a key is never replaced; choose another name",
        KeyError::Announced(_) => {
            "bring the file back from a copy, or remove it if no earlier key announced this one"
        }
        KeyError::Many => "make a key without an earlier one, and tell all students",
        KeyError::Disk(..) | KeyError::Library(_) => "nothing was published",
    };
    out.fail(&error.to_string(), help)
}

enum Failed {
    Key(KeyError),
    /// It was said already.
    Said(Exit),
}

impl From<KeyError> for Failed {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}
