//! Sources in Git repositories, by the user's own `git`: its credentials, proxies and ssh work.
//!
//! Nothing is ever checked out. The objects of one commit are fetched into a repository that holds nothing else, its files are listed by
//! `ls-tree` and read by `cat-file`: so no attribute, filter, hook or setting of what is fetched is looked at.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::Fault;
use super::address::Address;
use super::limits::{MAX_ENTRIES, MAX_FILE};
use super::process::{self, Ran, feed, git, quiet_ssh, run};
use super::remote::{Kind, Remote, is_commit};
use super::writer::Writer;
use crate::world::reason;

/// What we call the commit that was asked for.
const WANTED: &str = "refs/tito/wanted";

/// What git says where it would have asked for a name or a password.
const ASKS: [&str; 4] =
    ["could not read Username", "could not read Password", "unable to get password", "Authentication failed"];

/// A repository of our own into which `remote` is fetched.
pub(super) struct Repository<'a> {
    dir: &'a Path,
    remote: &'a Remote,
    schemes: &'static str,
    ssh: Option<(&'static str, &'static str)>,
}

impl<'a> Repository<'a> {
    /// A new one in the folder `dir`, which is not there yet.
    pub(super) fn new(dir: &'a Path, remote: &'a Remote) -> Result<Self, Fault> {
        process::empty_repository(dir).map_err(|error| {
            Fault::Cache(format!("the cache of sources cannot be written: {}", reason(&error)))
        })?;
        let schemes = schemes(&remote.address);
        let ssh = if schemes == "ssh" { quiet_ssh(dir, schemes) } else { None };
        Ok(Self { dir, remote, schemes, ssh })
    }

    fn git(&self) -> Command {
        let mut git = git(self.dir, self.schemes);
        git.envs(self.ssh);
        git
    }

    fn run(&self, args: &[&str]) -> Result<Ran, Fault> {
        run(&mut self.git(), args, self.dir)
    }

    /// The commit that the branch or tag is at now.
    pub(super) fn current(&self) -> Result<String, Fault> {
        if let Some(commit) = self.remote.fixed_commit() {
            return Ok(commit.to_owned());
        }
        let Kind::Git(reference) = &self.remote.kind else { return Err(Fault::NotPinned) };
        let address = self.remote.address.opened();
        // As git itself: a tag before a branch; of a tag that has a text of its own, the commit.
        let names: Vec<String> = match reference.as_deref() {
            None => vec!["HEAD".to_owned()],
            Some(full) if full.starts_with("refs/") => vec![format!("{full}^{{}}"), full.to_owned()],
            Some(name) => vec![
                format!("refs/tags/{name}^{{}}"),
                format!("refs/tags/{name}"),
                format!("refs/heads/{name}"),
            ],
        };
        let mut args = vec!["ls-remote", "--quiet", "--", &address];
        args.extend(names.iter().map(String::as_str));
        let ran = self.run(&args)?;
        if !ran.ok {
            return Err(self.unreachable(&ran));
        }
        let listed = String::from_utf8_lossy(&ran.output).into_owned();
        let found = |name: &String| {
            let lines = listed.lines().filter_map(|line| line.split_once('\t'));
            lines
                .filter(|(commit, listed)| *listed == name && is_commit(commit))
                .map(|(commit, _)| commit)
                .next()
        };
        match names.iter().find_map(found) {
            Some(commit) => Ok(commit.to_owned()),
            None => Err(Fault::NoReference {
                label: self.remote.address.label(),
                name: reference.clone(),
                known: self.references(&address).unwrap_or_default(),
            }),
        }
    }

    /// The branches and tags that the repository has.
    fn references(&self, address: &str) -> Result<Vec<String>, Fault> {
        let ran = self.run(&["ls-remote", "--quiet", "--heads", "--tags", "--", address])?;
        let listed = String::from_utf8_lossy(&ran.output).into_owned();
        let names = listed.lines().filter_map(|line| line.split_once('\t')).filter_map(|(_, name)| {
            let name = name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/tags/"))?;
            (!name.ends_with("^{}")).then(|| name.to_owned())
        });
        Ok(names.collect())
    }

    /// Fetches `commit`, that and no other.
    pub(super) fn fetch(&self, commit: &str) -> Result<(), Fault> {
        let address = self.remote.address.opened();
        let plain = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
        let wanted = format!("{commit}:{WANTED}");
        let shallow = [&plain[..], &["--depth=1", "--", &address, &wanted]].concat();
        let first = self.run(&shallow)?;
        if !first.ok && !first.said.contains("not our ref") {
            // A server that only gives what it has a name for. Is it there at all?
            let reached = self.run(&["ls-remote", "--quiet", "--", &address, "HEAD"])?;
            if !reached.ok {
                return Err(self.unreachable(&reached));
            }
            let all = ["--", &address, "+refs/heads/*:refs/tito/heads/*", "+refs/tags/*:refs/tito/tags/*"];
            let ran = self.run(&[&plain[..], &all].concat())?;
            if !ran.ok {
                return Err(self.unreachable(&ran));
            }
        }
        let object = format!("{commit}^{{commit}}");
        let found = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &object])?;
        if found.ok && String::from_utf8_lossy(&found.output).trim() == commit {
            return Ok(());
        }
        Err(Fault::Gone(format!(
            "`{}` no longer has the commit {}",
            self.remote.address.label(),
            commit.get(..12).unwrap_or(commit)
        )))
    }

    /// Reads the files of `commit` into `writer`.
    pub(super) fn read(&self, commit: &str, writer: &mut Writer) -> Result<(), Fault> {
        let listed = self.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", commit])?;
        if !listed.ok {
            return Err(self.unreachable(&listed));
        }
        let lines = listed.output.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        let entries: Vec<Listed> = lines.map(Listed::read).collect::<Option<_>>().ok_or_else(unreadable)?;
        if entries.len() > MAX_ENTRIES {
            return Err(Fault::Unusable(format!("it has more than {MAX_ENTRIES} files")));
        }
        if let Some(large) = entries.iter().find(|entry| entry.size > MAX_FILE) {
            let path = large.path.escape_debug();
            return Err(Fault::Unusable(format!("`{path}` is larger than {} MiB", MAX_FILE >> 20)));
        }
        let wanted =
            entries.iter().filter(|entry| entry.is_file()).map(|entry| format!("{}\n", entry.object));
        let mut cat = self.git();
        cat.args(["cat-file", "--batch", "--buffer"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = process::start(&mut cat)?;
        feed(&mut child, wanted.collect());
        let read = match child.stdout.take() {
            Some(pipe) => entries.iter().try_fold(BufReader::new(pipe), |mut pipe, entry| {
                entry.take(&mut pipe, writer)?;
                Ok(pipe)
            }),
            None => Err(unreadable()),
        };
        if read.is_err() {
            let _ = child.kill();
        }
        drop(read?);
        let _ = child.wait();
        Ok(())
    }

    fn unreachable(&self, ran: &Ran) -> Fault {
        if ASKS.iter().any(|asks| ran.said.contains(asks)) {
            return Fault::Unreachable(
                "it wants a password, and git has none: set up a credential helper, or use an address for ssh".to_owned(),
            );
        }
        // A path of this computer says no more than what the course calls it.
        let said = ran.said.replace(&self.remote.address.opened(), &self.remote.address.label());
        Fault::Unreachable(format!("git says: {said}"))
    }
}

/// A line of `ls-tree -l`.
struct Listed {
    mode: String,
    object: String,
    size: u64,
    path: String,
}

impl Listed {
    /// `100644 blob OBJECT    SIZE<tab>PATH`
    fn read(line: &[u8]) -> Option<Self> {
        let at = line.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(line.get(..at)?).ok()?;
        let mut words = head.split_ascii_whitespace();
        let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let path = String::from_utf8_lossy(line.get(at + 1..)?).into_owned();
        is_commit(object).then_some(())?;
        Some(Self { mode: mode.to_owned(), object: object.to_owned(), size: size.parse().unwrap_or(0), path })
    }

    fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }

    /// Takes the entry into `writer`; the bytes of a file are next in `pipe`.
    fn take(&self, pipe: &mut impl BufRead, writer: &mut Writer) -> Result<(), Fault> {
        match self.mode.as_str() {
            "120000" => return writer.link(&self.path),
            "160000" => return writer.submodule(&self.path),
            _ if !self.is_file() => return Err(unreadable()),
            _ => {}
        }
        let lost = |_| unreadable();
        let mut head = String::new();
        pipe.take(200).read_line(&mut head).map_err(lost)?;
        if head.trim_end() != format!("{} blob {}", self.object, self.size) {
            return Err(unreadable());
        }
        let mut bytes = pipe.take(self.size);
        writer.file(&self.path, self.mode == "100755", &mut bytes)?;
        let mut end = [0];
        pipe.read_exact(&mut end).map_err(lost)?;
        if end == *b"\n" { Ok(()) } else { Err(unreadable()) }
    }
}

fn unreadable() -> Fault {
    Fault::Unusable("git does not give its files as expected".to_owned())
}

/// The one way by which git may reach the address.
fn schemes(address: &Address) -> &'static str {
    match address {
        Address::Path(..) => "file",
        Address::Url(url) if url.starts_with("https:") => "https",
        Address::Url(url) if url.starts_with("http:") => "http",
        Address::Url(url) if url.starts_with("file:") => "file",
        Address::Url(_) => "ssh",
    }
}

/// The commit that the branch or tag of `remote` is at now. `dir` is a folder for the time of asking; it is not there yet.
///
/// # Errors
/// `Unreachable`, or `NoReference` where there is no such branch or tag.
pub fn current_commit(remote: &Remote, dir: &Path) -> Result<String, Fault> {
    Repository::new(dir, remote)?.current()
}
