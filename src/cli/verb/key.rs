//! `tito key`: keys that sign what is published.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::publish::{Signer, folder, key};
use crate::release::key::PublicKey;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::{ask, find, password};

/// Makes keys that sign what you publish.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a key: FILE is secret, its public half is beside it
    New {
        /// The file to write, NAME.key; the public half is NAME.pub
        file: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// Make a new key that the old one announces, so that students accept it
    Rotate {
        /// The file of the key that signs now
        old: PathBuf,
        /// The file to write, NAME.key
        new: PathBuf,
        /// The file with the password of the old key; default: as for the new key
        #[arg(long, value_name = "FILE")]
        old_password_file: Option<PathBuf>,
        #[command(flatten)]
        how: How,
    },
}

/// How a new key is protected.
#[derive(Debug, clap::Args)]
struct How {
    /// The key has no password: whoever can read the file can sign
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
    #[command(flatten)]
    password: password::Password,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.what {
        What::New { file, how } => make(file, how, None, out),
        What::Rotate { old, new, old_password_file, how } => {
            rotate(old, new, old_password_file.as_ref(), how, out)
        }
    };
    done.unwrap_or_else(|exit| exit)
}

fn rotate(
    old: &Path,
    new: &Path,
    old_password: Option<&PathBuf>,
    how: &How,
    out: &Out,
) -> Result<Exit, Exit> {
    let password = match old_password {
        Some(path) => password::Password::of(path.clone()),
        None => how.password.clone(),
    };
    let signer = password::signer(old, &password, out)?;
    make(new, how, Some(&signer), out)
}

fn make(file: &Path, how: &How, old: Option<&Signer>, out: &Out) -> Result<Exit, Exit> {
    let place = find::absolute(file);
    if let Some(folder) = place.parent().filter(|folder| folder::is_published(folder)) {
        let message =
            format!("`{}` is a published folder: everyone could get the secret key", folder.display());
        return Err(out.fail(&message, "choose a place outside of the folder"));
    }
    let password = if how.no_password { None } else { Some(new_password(how, out)?) };
    let made = key::new(file, password, old).map_err(|error| password::say(&error, out))?;
    say(&made, file, old, out);
    Ok(Exit::Done)
}

/// A password that was typed is typed twice: no one can look at it.
fn new_password(how: &How, out: &Out) -> Result<String, Exit> {
    if let Some(password) = how.password.given(out)? {
        return Ok(password);
    }
    if !ask::can_ask(out) {
        let help = format!(
            "name a file that holds it: `--password-file FILE`; or set {}; or make a key without one: `--no-password`",
            password::VARIABLE
        );
        return Err(out.fail("a key needs a password, and there is no terminal to ask for it", &help));
    }
    let first = how.password.known("Password of the new key: ", out)?;
    if first.is_empty() {
        return Err(out.fail("the password is empty", "a key without a password: `--no-password`"));
    }
    if how.password.known("The same again: ", out)? != first {
        return Err(out.fail("the two passwords differ", "nothing was written; try again"));
    }
    Ok(first)
}

fn say(made: &PublicKey, file: &Path, old: Option<&Signer>, out: &Out) {
    let public = key::public_path(file);
    let announced = old.map(|_| key::announced_path(file));
    if out.json {
        out.value(&json!({"key": made, "secret": file, "public": public, "announced": announced}));
        return;
    }
    let shown = |path: &Path| clean(&path.display().to_string());
    out.line(format!("{} {} (secret), {} (public)", paint(Look::Good, "✓"), shown(file), shown(&public)));
    out.line(format!("public key: {made}"));
    if let Some(announced) = &announced {
        out.line(format!("{} tells students that the old key announced it", shown(announced)));
    }
    out.line(format!(
        "keep a copy of {} in a safe place, and never publish it · next: tito publish FOLDER --sign {}",
        shown(file),
        shell(&file.display().to_string())
    ));
}
