//! The command `tito-course`: runs the program `tito` that is installed beside it.
//!
//! The names `tito` belong to others where packages are published, so the package is called `tito-course`; with a command of that name, `uvx
//! tito-course init ADDRESS` works with nothing installed but uv.
#![expect(clippy::disallowed_methods, reason = "starts the program beside this one")]

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode, NotStarted> {
    let program = std::env::current_exe()
        .map(|this| this.with_file_name(format!("tito{}", std::env::consts::EXE_SUFFIX)))
        .unwrap_or_else(|_| "tito".into());
    let mut command = Command::new(&program);
    command.args(std::env::args_os().skip(1));
    run(command).map_err(|error| NotStarted { program, error })
}

/// The program beside this one does not start.
struct NotStarted {
    program: PathBuf,
    error: io::Error,
}

/// What people see after `Error: `.
impl fmt::Debug for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, error } = self;
        write!(
            f,
            "{} cannot be started: {error}\n  help: install it again: pip install --force-reinstall tito-course",
            program.display()
        )
    }
}

/// Becomes the program. It sees how this one was called: that tells it which Python is beside it.
#[cfg(unix)]
fn run(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    if let Some(called) = std::env::args_os().next() {
        command.arg0(called);
    }
    Err(command.exec())
}

/// Runs the program and waits for it.
#[cfg(not(unix))]
fn run(mut command: Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
