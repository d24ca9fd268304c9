//! A run of the user's `git`: with nothing that could ask, run a program of a repository, or go on for ever.
#![expect(clippy::disallowed_methods, reason = "runs git, and looks at how much it fetches")]

use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::Fault;
use crate::world::reason;

/// No run takes longer, says more, or fetches more.
const LONGEST: Duration = Duration::from_secs(20 * 60);
const MOST_OUTPUT: u64 = 256 << 20;
const MOST_SAID: u64 = 64 << 10;
const MOST_FETCHED: u64 = 4 << 30;
/// How often we look.
const PAUSE: Duration = Duration::from_millis(10);
const BETWEEN_SIZES: Duration = Duration::from_secs(1);

/// What a run of git left.
pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) output: Vec<u8>,
    /// What it said, for people; the last lines of it.
    pub(super) said: String,
}

/// Makes `dir` a repository without files, settings, hooks or templates.
pub(super) fn empty_repository(dir: &Path) -> std::io::Result<()> {
    for folder in ["objects/info", "objects/pack", "refs"] {
        std::fs::create_dir_all(dir.join(folder))?;
    }
    std::fs::write(dir.join("HEAD"), "ref: refs/heads/none\n")
}

/// git, to be run in the repository `dir`, in which nothing is but what we fetched.
pub(super) fn git(dir: &Path, schemes: &str) -> Command {
    let mut git = Command::new("git");
    // What says which repository or which files are meant, or starts a program that asks.
    for name in [
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_CONFIG",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_GRAFT_FILE",
        "GIT_REPLACE_REF_BASE",
        "GIT_EXTERNAL_DIFF",
        "GIT_PROXY_COMMAND",
        "GIT_TEMPLATE_DIR",
        "SSH_ASKPASS",
    ] {
        git.env_remove(name);
    }
    git.env("GIT_DIR", dir)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("GCM_INTERACTIVE", "never")
        .env("GIT_ALLOW_PROTOCOL", schemes)
        .env("GIT_PROTOCOL_FROM_USER", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C");
    let no_hooks = dir.join("no-hooks");
    let settings = [
        "core.fsmonitor=false",
        "protocol.version=2",
        "protocol.ext.allow=never",
        "fetch.recurseSubmodules=false",
        "submodule.recurse=false",
        "fetch.writeCommitGraph=false",
        "transfer.bundleURI=false",
        "gc.auto=0",
        "maintenance.auto=false",
        "credential.interactive=false",
        "http.lowSpeedLimit=1000",
        "http.lowSpeedTime=60",
    ];
    git.arg("-c").arg(format!("core.hooksPath={}", no_hooks.display()));
    for setting in settings {
        git.args(["-c", setting]);
    }
    git.current_dir(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    git
}

/// ssh must not ask at the terminal. Whoever set a program for ssh decides that there.
pub(super) fn quiet_ssh(dir: &Path, schemes: &str) -> Option<(&'static str, &'static str)> {
    if std::env::var_os("GIT_SSH_COMMAND").is_some() || std::env::var_os("GIT_SSH").is_some() {
        return None;
    }
    let own = git(dir, schemes).args(["config", "--get", "core.sshCommand"]).output();
    let has_own = own.is_ok_and(|own| own.status.success());
    (!has_own).then_some(("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"))
}

/// Runs `git` with `args`, watching what grows in `dir`.
pub(super) fn run<S: AsRef<OsStr>>(
    git: &mut Command,
    args: impl IntoIterator<Item = S>,
    dir: &Path,
) -> Result<Ran, Fault> {
    let mut child = start(git.args(args))?;
    let output = child.stdout.take().map(|pipe| collect(pipe, MOST_OUTPUT));
    let said = child.stderr.take().map(|pipe| collect(pipe, MOST_SAID));
    let ended = wait(&mut child, dir);
    let received =
        |pipe: Option<mpsc::Receiver<Vec<u8>>>| pipe.and_then(|pipe| pipe.recv().ok()).unwrap_or_default();
    let (output, said) = (received(output), received(said));
    let ok = ended?;
    if output.len() as u64 > MOST_OUTPUT {
        return Err(Fault::Unusable("it has more files than a course needs".to_owned()));
    }
    Ok(Ran { ok, output, said: in_short(&String::from_utf8_lossy(&said)) })
}

/// Starts git.
pub(super) fn start(git: &mut Command) -> Result<Child, Fault> {
    git.spawn().map_err(|error| {
        Fault::Unreachable(match error.kind() {
            ErrorKind::NotFound => "the program `git` is not installed".to_owned(),
            _ => format!("the program `git` cannot be started: {}", reason(&error)),
        })
    })
}

/// Waits for `child`, and ends it when it takes too long or too much.
fn wait(child: &mut Child, dir: &Path) -> Result<bool, Fault> {
    let start = Instant::now();
    let mut looked = start;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) => {}
            Err(error) => return Err(Fault::Unreachable(format!("git was lost: {}", reason(&error)))),
        }
        let fault = if start.elapsed() > LONGEST {
            Some(Fault::Unreachable(format!("git took longer than {} minutes", LONGEST.as_secs() / 60)))
        } else if looked.elapsed() > BETWEEN_SIZES {
            looked = Instant::now();
            let is_too_large = size_of(dir) > MOST_FETCHED;
            is_too_large.then(|| Fault::Unusable(format!("it is larger than {} GiB", MOST_FETCHED >> 30)))
        } else {
            None
        };
        if let Some(fault) = fault {
            let _ = child.kill();
            let _ = child.wait();
            return Err(fault);
        }
        thread::sleep(PAUSE);
    }
}

fn size_of(dir: &Path) -> u64 {
    let files = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
    files.filter_map(|entry| entry.metadata().ok()).filter(|file| file.is_file()).map(|file| file.len()).sum()
}

/// Reads `pipe` to its end, so that who writes is never held up; keeps one byte more than `limit`.
fn collect(mut pipe: impl Read + Send + 'static, limit: u64) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = (&mut pipe).take(limit + 1).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        let _ = send.send(bytes);
    });
    receive
}

/// Feeds `lines` to `child`, while someone reads what it answers.
pub(super) fn feed(child: &mut Child, lines: Vec<String>) {
    if let Some(mut pipe) = child.stdin.take() {
        thread::spawn(move || {
            for line in lines {
                if pipe.write_all(line.as_bytes()).is_err() {
                    return;
                }
            }
        });
    }
}

/// The line that says what went wrong, out of all that git said.
fn in_short(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let chosen = ["remote: error:", "fatal:", "error:", "ssh:"]
        .iter()
        .find_map(|start| lines.iter().find(|line| line.starts_with(start)))
        .or(lines.last());
    let line = chosen.map_or("git does not say why", |line| {
        line.trim_start_matches("fatal: ").trim_start_matches("error: ")
    });
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_why_is_found() {
        assert_eq!(in_short("warning: x\nfatal: repository 'a' not found\n"), "repository 'a' not found");
        assert_eq!(in_short(""), "git does not say why");
    }
}
