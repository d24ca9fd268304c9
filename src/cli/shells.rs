//! Where shells look for completions, and the script that belongs there.

use std::path::PathBuf;

use clap_complete::Shell;
use clap_complete::env::Shells;

use super::candidates::VARIABLE;
use crate::world::World;
use crate::world::disk::Disk;

/// No script is longer.
const MOST: u64 = 1 << 20;

/// What is where a shell looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// The script of this tito.
    Ours,
    /// The script of another tito.
    Older,
    /// Something that tito did not write.
    Other,
}

/// The shell that the user's session runs, as `SHELL` says.
#[expect(clippy::disallowed_methods, reason = "the environment is an input of cli")]
pub(super) fn current() -> Option<Shell> {
    Shell::from_shell_path(std::env::var_os("SHELL")?)
}

/// The script for `shell`; none where there is no completion for it.
pub(super) fn script(shell: Shell) -> Option<Vec<u8>> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let found = shells.completer(&shell.to_string())?;
    found.write_registration(VARIABLE, "tito", "tito", "tito", &mut script).ok()?;
    Some(script)
}

/// The file in which `shell` looks for the completions of `tito`, of this user alone; none for a shell that has no such place, or where
/// the user has no home.
#[expect(clippy::disallowed_methods, reason = "the environment is an input of cli")]
pub(super) fn place(shell: Shell) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |path: &str| Some(set("HOME")?.join(path));
    let data = || set("XDG_DATA_HOME").or_else(|| below_home(".local/share"));
    let config = || set("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
    match shell {
        Shell::Bash => Some(data()?.join("bash-completion/completions/tito")),
        Shell::Zsh => Some(data()?.join("zsh/site-functions/_tito")),
        Shell::Fish => Some(config()?.join("fish/completions/tito.fish")),
        _ => None,
    }
}

/// What is at `place`, where `script` belongs.
pub(super) fn there(place: &std::path::Path, script: &[u8]) -> There {
    match Disk::new().read(place, MOST) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => There::Nothing,
        Ok(found) if found == script => There::Ours,
        Ok(found) if String::from_utf8_lossy(&found).contains(VARIABLE) => There::Older,
        _ => There::Other,
    }
}
