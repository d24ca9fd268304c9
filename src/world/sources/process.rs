//! A run of the user's `git`: with nothing that could ask, run a program of a repository, or go on for ever.
#![expect(clippy::disallowed_methods, reason = "runs git, and looks at how much it fetches")]

use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::Fault;
use crate::world::reason;

/// What a run may take.
struct Limits {
    time: Duration,
    /// Bytes of its answer.
    output: u64,
    /// Bytes in its folder.
    fetched: u64,
}

const LIMITS: Limits = Limits { time: Duration::from_secs(20 * 60), output: 256 << 20, fetched: 4 << 30 };
/// What is kept of what it says of its troubles.
const MOST_SAID: u64 = 64 << 10;
/// How long we wait for the rest of an answer when git has ended, and of what it said.
const LAST_WORDS: Duration = Duration::from_secs(30);
const LAST_ERRORS: Duration = Duration::from_secs(1);
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
        "GIT_QUARANTINE_PATH",
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
    run_within(git.args(args), dir, &LIMITS)
}

fn run_within(command: &mut Command, dir: &Path, limits: &Limits) -> Result<Ran, Fault> {
    let mut child = start(command)?;
    confine(&child, limits);
    let output = child.stdout.take().map(|pipe| Collected::start(pipe, limits.output));
    let said = child.stderr.take().map(|pipe| Collected::start(pipe, MOST_SAID));
    let ok = wait(&mut child, dir, limits)?;
    let output = output.map(|output| output.take(LAST_WORDS)).unwrap_or_default();
    // A connection of ssh that is kept open holds our end of this pipe for as long.
    let said = said.map(|said| said.take(LAST_ERRORS)).unwrap_or_default();
    if output.len() as u64 > limits.output {
        return Err(Fault::Unusable("it has more files than a course needs".to_owned()));
    }
    Ok(Ran { ok, output, said: in_short(&String::from_utf8_lossy(&said)) })
}

/// What git starts outlives it when it is ended; the system holds that to the limits, too, where it can.
#[cfg(target_os = "linux")]
fn confine(child: &Child, limits: &Limits) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let limit = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    // A process that has ended has no limits to set.
    let _ = prlimit(Some(pid), Resource::Fsize, limit(limits.fetched));
    let _ = prlimit(Some(pid), Resource::Cpu, limit(limits.time.as_secs().max(1)));
}

#[cfg(not(target_os = "linux"))]
fn confine(_: &Child, _: &Limits) {}

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
fn wait(child: &mut Child, dir: &Path, limits: &Limits) -> Result<bool, Fault> {
    let start = Instant::now();
    let mut looked = start;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) => {}
            Err(error) => return Err(Fault::Unreachable(format!("git was lost: {}", reason(&error)))),
        }
        let fault = if start.elapsed() > limits.time {
            Some(Fault::Unreachable(format!("git took longer than {} minutes", limits.time.as_secs() / 60)))
        } else if looked.elapsed() > BETWEEN_SIZES {
            looked = Instant::now();
            let is_too_large = size_of(dir) > limits.fetched;
            is_too_large.then(|| Fault::Unusable(format!("it is larger than {} MiB", limits.fetched >> 20)))
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

/// What comes out of a pipe, which is read to its end so that who writes is never held up.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Collected {
    /// Keeps one byte more than `limit`.
    fn start(mut pipe: impl Read + Send + 'static, limit: u64) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (ends, ended) = mpsc::channel();
        let kept = bytes.clone();
        thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            while let Ok(count @ 1..) = pipe.read(&mut piece) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = usize::try_from(limit + 1).unwrap_or(usize::MAX).saturating_sub(kept.len());
                kept.extend(piece.iter().take(count.min(room)));
            }
            let _ = ends.send(());
        });
        Self { bytes, ended }
    }

    /// What came; waits for the end, but not longer than `patience`.
    fn take(self, patience: Duration) -> Vec<u8> {
        let _ = self.ended.recv_timeout(patience);
        std::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
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

    #[cfg(unix)]
    fn ran(script: &str, limits: &Limits) -> (Result<Ran, Fault>, Duration, u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(folder.path());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let found = run_within(&mut shell, folder.path(), limits);
        (found, start.elapsed(), size_of(folder.path()))
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_takes_too_much_is_ended() {
        let small = Limits { time: Duration::from_secs(4), output: 1000, fetched: 10 << 20 };
        let (found, took, _) = ran("sleep 60", &small);
        assert!(matches!(found, Err(Fault::Unreachable(_))) && took < Duration::from_secs(20));
        let (found, ..) = ran("yes | head -c 100000", &small);
        assert!(matches!(found, Err(Fault::Unusable(_))));
        // Many files, which no limit of the system ends.
        let (found, took, _) =
            ran("for i in 1 2 3 4 5 6 7 8 9; do head -c 3000000 /dev/zero > $i; done; sleep 60", &small);
        assert!(matches!(found, Err(Fault::Unusable(_))) && took < Duration::from_secs(20));
    }

    #[cfg(unix)]
    #[test]
    fn what_was_started_by_what_ended_does_not_hold_us_up() {
        let small = Limits { time: Duration::from_secs(60), output: 1000, fetched: 10 << 20 };
        let (found, took, _) = ran("echo fatal: x >&2; sleep 60 >/dev/null & exit 1", &small);
        let found = found.unwrap();
        assert!(!found.ok && found.said == "x" && took < Duration::from_secs(20), "{}", found.said);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_ends_what_writes_without_end() {
        let small = Limits { time: Duration::from_secs(60), output: 1000, fetched: 1 << 20 };
        let (found, took, size) = ran("sleep 0.3; exec cat /dev/zero > big", &small);
        assert!(found.is_ok_and(|found| !found.ok) && took < Duration::from_secs(20));
        assert!(size <= 1 << 20, "{size}");
    }

    #[test]
    fn the_line_that_says_why_is_found() {
        assert_eq!(in_short("warning: x\nfatal: repository 'a' not found\n"), "repository 'a' not found");
        assert_eq!(in_short(""), "git does not say why");
    }
}
