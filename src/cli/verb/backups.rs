//! `tito backups [PATH]`: what was set aside in this workspace, file by file; shown, and brought back.

use std::path::Path;

use serde_json::{Value, json};

use crate::apply::{self, Batch, Command, Meta, Workspace};
use crate::digest::Digest;
use crate::lock::{Baselines, MAX_STATE_BYTES};
use crate::notebook::{nbformat, percent};
use crate::path::WorkspacePath;
use crate::plan::{Change, Place};
use crate::world::disk::Disk;
use crate::world::{FoundKind, Root, World};

use crate::cli::ask::{Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::finish::RELOAD;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::places::Places;
use crate::cli::time;
use crate::cli::{typed_paths, workspace};

const BACKUPS: &str = ".tinytorch/backups";
const MAX_DEPTH: usize = 64;

/// Lists the backups of your files, shows one, or restores it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file or a folder, as it is called now, or a backup itself; default: everything
    #[arg(value_name = "PATH")]
    path: Option<String>,
    /// Show the content of the newest backup, or of backup --number
    #[arg(long, requires = "path", conflicts_with = "restore")]
    show: bool,
    /// Restore the backup; the present file is backed up first
    #[arg(long, requires = "path")]
    restore: bool,
    /// Which backup, counted from the newest
    #[arg(long, short, value_name = "N", default_value = "1")]
    number: usize,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// A file that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backup {
    /// Where it is, below the workspace.
    pub(super) at: String,
    /// Where the file was.
    pub(super) path: WorkspacePath,
    /// When it was set aside.
    pub(super) time: Option<jiff::Timestamp>,
    /// How many bytes it has.
    pub(super) size: u64,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    backups(args, out).unwrap_or_else(|exit| exit)
}

fn backups(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let all = all(&world, &Root::Folder(root.clone()));
    let Some(word) = &args.path else {
        list(&all, out);
        return Ok(Exit::Done);
    };
    let places = places(&world, &root);
    let (path, mut of_path) = selection(word, &root, &all, &places, out)?;
    if (args.show || args.restore)
        && let Some(inside) = of_path.iter().find(|backup| !places.is_at(&backup.path, &path))
    {
        let help = format!("name one file: `tito backups {} …`", inside.path);
        return Err(out.fail(&format!("`{path}` is a folder"), &help));
    }
    if !args.show && !args.restore {
        if of_path.is_empty() && !out.json {
            out.line(format!("{} has no backup", clean(path.as_str())));
            return Ok(Exit::Done);
        }
        list(&of_path.into_iter().cloned().collect::<Vec<_>>(), out);
        return Ok(Exit::Done);
    }
    if args.number == 0 || args.number > of_path.len() {
        let message = match of_path.len() {
            0 => format!("`{path}` has no backup"),
            count => format!("`{path}` has {count} backups, but no number {}", args.number),
        };
        return Err(out.fail(&message, "`tito backups` lists all backups"));
    }
    let backup = of_path.swap_remove(args.number - 1);
    if args.show {
        return show(&world, &root, backup, out);
    }
    restore(args, &path, backup, &world, &root, out)
}

/// The backups that `word` means, the newest first, and the file that they are of.
fn selection<'a>(
    word: &str,
    root: &Path,
    all: &'a [Backup],
    places: &Places,
    out: &Out,
) -> Result<(WorkspacePath, Vec<&'a Backup>), Exit> {
    let spelled = typed_paths::spelled(word, root);
    if let Some(backup) = all.iter().find(|backup| backup.at == spelled) {
        return Ok((backup.path.clone(), vec![backup]));
    }
    let known = |path: &WorkspacePath| all.iter().any(|backup| places.is_of(&backup.path, path));
    let path = typed_paths::path(word, root, known, out)?;
    let of_path: Vec<&Backup> = all.iter().filter(|backup| places.is_of(&backup.path, &path)).collect();
    // A name alone stands for the file, where that is the only one with a backup.
    let named = all.iter().find(|backup| of_path.is_empty() && backup.path.name() == word);
    let alike = |backup: &&Backup| named.is_some_and(|named| places.is_at(&backup.path, &named.path));
    match named.filter(|_| all.iter().all(|backup| backup.path.name() != word || alike(&backup))) {
        Some(named) => Ok((named.path.clone(), all.iter().filter(alike).collect())),
        None => Ok((path, of_path)),
    }
}

/// Where files were, as far as `version.json` can be read: backups are there for a workspace that is damaged, too.
fn places(world: &dyn World, root: &Path) -> Places {
    let bytes = world.read_below(&Root::Folder(root.to_owned()), Meta::Baselines.path(), MAX_STATE_BYTES);
    let baselines = bytes.ok().and_then(|bytes| Baselines::read(&bytes).ok());
    Places::of(&baselines.unwrap_or_default())
}

/// Every backup of the workspace, the newest first.
pub(super) fn all(world: &dyn World, root: &Root) -> Vec<Backup> {
    let mut found = Vec::new();
    for folder in world.entries(root, BACKUPS).unwrap_or_default() {
        if folder.kind == FoundKind::Folder && folder.unicode {
            below(world, root, &format!("{BACKUPS}/{}", folder.name), 0, &mut found);
        }
    }
    found.sort_by(|a: &Backup, b| b.time.cmp(&a.time).then_with(|| a.at.cmp(&b.at)));
    found
}

fn below(world: &dyn World, root: &Root, folder: &str, depth: usize, found: &mut Vec<Backup>) {
    for entry in world.entries(root, folder).unwrap_or_default() {
        let at = format!("{folder}/{}", entry.name);
        match entry.kind {
            _ if !entry.unicode => {}
            FoundKind::Folder if depth < MAX_DEPTH => below(world, root, &at, depth + 1, found),
            FoundKind::File { .. } => found.extend(backup(world, root, at, entry.size)),
            _ => {}
        }
    }
}

fn backup(world: &dyn World, root: &Root, at: String, size: u64) -> Option<Backup> {
    let (folder, path) = at.strip_prefix(BACKUPS)?.strip_prefix('/')?.split_once('/')?;
    let (time, path) = (time_of(folder), WorkspacePath::new(path).ok()?);
    let path = unmarked(&path, || world.digest_below(root, &at).ok()).unwrap_or(path);
    Some(Backup { time, path, size, at })
}

/// The time in the name of a backup's folder: `05_autograd_20270112_140311`.
fn time_of(folder: &str) -> Option<jiff::Timestamp> {
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = folder.split('_').collect();
    let stamp = parts.windows(2).rev().find(|pair| digits(pair[0], 8) && digits(pair[1], 6))?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", stamp.concat()).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
}

/// The path without the digest that tells several backups of one file in one folder apart: `a.ipynb` for `a.3f1c22ab.ipynb`.
fn unmarked(path: &WorkspacePath, digest: impl Fn() -> Option<Digest>) -> Option<WorkspacePath> {
    let mut parts: Vec<&str> = path.name().split('.').collect();
    let is_mark = |part: &&str| {
        let (short, count) = part.split_once('-').unwrap_or((part, "2"));
        short.len() == 8 && short.bytes().all(|byte| byte.is_ascii_hexdigit()) && count.parse::<u32>().is_ok()
    };
    let at = parts.iter().rposition(is_mark).filter(|at| *at > 0)?;
    digest().filter(|digest| parts[at].starts_with(&digest.short()))?;
    parts.remove(at);
    let name = parts.join(".");
    match path.parent() {
        Some(folder) => folder.join(&name).ok(),
        None => WorkspacePath::new(&name).ok(),
    }
}

/// `2027-01-12 14:03`, where the student is.
pub(super) fn when(backup: &Backup) -> String {
    backup.time.map_or_else(|| "at an unknown time".to_owned(), time::local)
}

fn list(backups: &[Backup], out: &Out) {
    if out.json {
        let values: Vec<Value> = backups.iter().map(value).collect();
        out.value(&json!({"backups": values}));
        return;
    }
    if backups.is_empty() {
        out.line("no backups: tito has not replaced any file of yours");
        return;
    }
    let width = backups.iter().map(|backup| backup.path.as_str().chars().count()).max().unwrap_or(0).min(56);
    for backup in backups {
        out.line(format!(
            "{}  {:<width$}  {:>9}   {}",
            when(backup),
            clean(backup.path.as_str()),
            size(backup.size),
            paint(Look::Quiet, &clean(&backup.at))
        ));
    }
    out.line("show one: `tito backups PATH --show` · restore it: `tito backups PATH --restore`");
}

fn value(backup: &Backup) -> Value {
    json!({"path": backup.path, "time": backup.time, "size": backup.size, "backup": backup.at})
}

fn size(bytes: u64) -> String {
    if bytes < 10_000 { format!("{bytes} bytes") } else { format!("{} kB", bytes / 1_000) }
}

/// What a backup holds, as far as it is text; a notebook as a percent script.
fn show(world: &Disk, root: &Path, backup: &Backup, out: &Out) -> Result<Exit, Exit> {
    let bytes = read(world, root, backup, out)?;
    let notebook = nbformat::read(&bytes).ok().filter(|_| backup.path.extension() == "ipynb");
    let text = match notebook {
        Some(notebook) => percent::write(&notebook),
        None => String::from_utf8(bytes).map_err(|_| {
            out.fail(&format!("`{}` is not text", backup.at), "open it with the program that created it")
        })?,
    };
    if out.json {
        let mut value = value(backup);
        value["text"] = text.into();
        out.value(&value);
        return Ok(Exit::Done);
    }
    out.say(paint(Look::Quiet, &clean(&format!("{}   {}", backup.at, when(backup)))));
    text.lines().for_each(|line| out.line(clean(line)));
    Ok(Exit::Done)
}

pub(super) fn read(world: &dyn World, root: &Path, backup: &Backup, out: &Out) -> Result<Vec<u8>, Exit> {
    let root = Root::Folder(root.to_owned());
    world.read_below(&root, &backup.at, workspace::FILE_LIMIT).map_err(|error| {
        out.fail(&format!("`{}` cannot be read: {}", backup.at, crate::world::reason(&error)), "")
    })
}

/// Puts the bytes of a backup where the file is now.
fn restore(
    args: &Args,
    to: &WorkspacePath,
    backup: &Backup,
    world: &Disk,
    root: &Path,
    out: &Out,
) -> Result<Exit, Exit> {
    let command =
        Command::new("backups").with([to.to_string(), format!("--restore --number {}", args.number)]);
    let lock = workspace::begin(world, root, command, out)?;
    let bytes = read(world, root, backup, out)?;
    let found = lock.disk().found(to.as_str()).map_err(|error| out.fail(&error.to_string(), ""))?;
    if found.digest() == Some(Digest::of(&bytes)) {
        out.line(format!("{to} is the same as this backup; nothing to restore"));
        return Ok(Exit::Done);
    }
    let question =
        format!("`{to}` exists; the backup of {} replaces it, and it is backed up first", when(backup));
    let verb = format!("backups {to} --restore --number {}", args.number);
    let help = format!("to do it anyway: `tito {verb} --yes`");
    let consent = Consent {
        yes: args.yes,
        question: std::slice::from_ref(&question),
        go_on: "continue",
        default: Answer::Cancel,
        view: None,
        alone: (&question, &help, Exit::Usage),
    };
    if found.digest().is_some() && !consent.agreed(out)? {
        return Ok(Exit::Done);
    }
    let applied = bring_back(&lock, to, bytes, found.digest(), world.now(), out)?;
    if out.json {
        let kept: Vec<_> =
            applied.kept.iter().map(|kept| json!({"was": kept.was, "now": kept.now})).collect();
        out.value(&json!({"restored": to, "backup": backup.at, "run": applied.run, "set_aside": kept}));
        return Ok(Exit::Done);
    }
    out.line(format!("  {:<9} {}   as it was on {}", "restored", clean(to.as_str()), when(backup)));
    crate::cli::steps::applied(&applied, out);
    if found.digest().is_some() && to.extension() == "ipynb" {
        out.line(RELOAD);
    }
    out.line("the backup is kept · undo with `tito undo`");
    Ok(Exit::Done)
}

fn bring_back(
    lock: &Workspace,
    to: &WorkspacePath,
    bytes: Vec<u8>,
    expect: Option<Digest>,
    now: jiff::Timestamp,
    out: &Out,
) -> Result<apply::Applied, Exit> {
    let folder = to.parent().map_or_else(|| "course".to_owned(), |folder| folder.name().to_owned());
    let mut batch = Batch::new(now);
    batch.changes.push(Change::Put {
        at: Place::Workspace(to.clone()),
        content: bytes.into(),
        executable: false,
        expect,
        keep: expect.map(|_| format!("{folder}_{}", now.strftime("%Y%m%d_%H%M%S"))),
    });
    batch.summary = json!({"verb": "backups --restore", "files": 1});
    let applied = apply::apply(lock, batch)
        .map_err(|error| out.fail(&error.to_string(), "run the same command again"))?;
    match applied.skipped.first() {
        Some((path, reason)) => {
            Err(out.fail(&format!("`{path}` could not be written: {reason}"), "run the same command again"))
        }
        None => Ok(applied),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::new(text).unwrap()
    }

    #[test]
    fn the_time_of_a_backup_is_in_the_name_of_its_folder() {
        let time = |folder: &str| time_of(folder).map(|time| time.to_string());
        assert_eq!(time("05_autograd_20270112_140311").as_deref(), Some("2027-01-12T14:03:11Z"));
        assert_eq!(time("course_20270112_140311_2").as_deref(), Some("2027-01-12T14:03:11Z"));
        assert_eq!((time("kept"), time("a_20279912_140311")), (None, None));
    }

    #[test]
    fn a_mark_is_taken_off_only_where_it_is_the_digest() {
        let digest = Digest::of(b"x");
        let marked = path(&format!("m/a.{}.ipynb", digest.short()));
        assert_eq!(unmarked(&marked, || Some(digest)), Some(path("m/a.ipynb")));
        assert_eq!(unmarked(&marked, || Some(Digest::of(b"y"))), None);
        let again = path(&format!("a.{}-3.py", digest.short()));
        assert_eq!(unmarked(&again, || Some(digest)), Some(path("a.py")));
        assert_eq!(unmarked(&path("m/a.ipynb"), || None), None);
    }
}
