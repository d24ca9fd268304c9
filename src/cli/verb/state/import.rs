//! `tito state import FILE`.

use std::collections::BTreeMap;
use std::fs::File as OsFile;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use zip::ZipArchive;

use crate::apply::layout::stamp;
use crate::apply::{self, Batch, Command, Meta, Outcome};
use crate::digest::Digest;
use crate::json;
use crate::lock::Progress;
use crate::path::WorkspacePath;
use crate::plan::{Change, Place, Pristine};
use crate::student::state::{Fate, Here, STATE, STATE_VERSION, State, fate, further};
use crate::world::disk::Disk;
use crate::world::{Root, World, zip_entries};

use super::super::module::opened::Opened;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::workspace::{self, FILE_LIMIT};
use crate::cli::{current_course, find};

/// Brings in the progress and the work of another machine: what is further wins, and nothing of this one is lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file that `tito state export` wrote
    file: PathBuf,
}

/// What is imported is not longer.
const MAX_FILE: u64 = 256 << 20;
const MAX_ENTRIES: usize = 50_000;
const MAX_STATE: u64 = 64 << 20;

/// A file that was imported.
struct Line {
    path: WorkspacePath,
    what: &'static str,
    beside: Option<WorkspacePath>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let command = Command::new("state import").with([args.file.display().to_string()]);
    let lock = workspace::begin(&world, &root, command, out)?;
    let home = workspace::read(&world, &root, out)?;
    let refused = |why: String| {
        let message = format!("`{}` cannot be imported: {why}", args.file.display());
        out.fail(&message, "nothing was changed; write it with `tito state export FILE`")
    };
    let mut archive = Archive::open(&find::absolute(&args.file)).map_err(refused)?;
    let state = archive.state().map_err(refused)?;
    let (target, _) = current_course::or_kept(&world, &home, out)?;
    if state.course != target.course {
        return Err(refused(format!(
            "it is of the course {}, and this one is {}",
            state.course, target.course
        )));
    }
    if let Some((path, own)) = state.files.keys().find_map(|path| Some((path, path.own_file()?))) {
        return Err(refused(format!("it has `{path}`, which is {own}")));
    }
    let opened = Opened::new(&world, home, target, out)?;
    let now = world.now();
    let folder = format!("state_import_{}", stamp(now));
    let store = Pristine::new(&world, &opened.home.root);
    let mut batch = Batch::new(now);
    let mut lines = Vec::new();
    for (path, file) in &state.files {
        let there = archive.bytes(&format!("files/{path}"), Some(file.sha256)).map_err(refused)?;
        let given = file.given.and_then(|given| archive.bytes(&format!("given/{given}"), Some(given)).ok());
        let here = file.id.as_ref().map_or_else(|| path.clone(), |id| opened.on_disk(id, path));
        let (line, change) = import(&world, &opened, &store, here, (&there, given.as_deref()), &folder);
        batch.changes.extend(change);
        lines.extend(line);
    }
    let progress = joined(&world, &opened, &state, out)?;
    batch.meta.extend(progress.map(|progress| (Meta::Progress, Some(progress))));
    if let (Some(student), false) = (&state.student, opened.home.config.other.contains_key("student")) {
        let mut config = opened.home.config.clone();
        config.other.insert("student".to_owned(), student.as_str().into());
        batch.meta.insert(Meta::Config, Some(config.write()));
    }
    batch.summary = json!({"verb": "state import", "files": batch.changes.len()});
    let applied = apply::apply(&lock, batch).map_err(|error| {
        out.fail(&error.to_string(), "run it again: it continues where it stopped, and nothing is lost")
    })?;
    let is_whole = applied.outcomes.iter().all(Outcome::holds);
    say(&lines, &applied, out);
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

/// What becomes of one file.
fn import(
    world: &Disk,
    opened: &Opened,
    store: &Pristine<'_>,
    path: WorkspacePath,
    (there, given): (&[u8], Option<&[u8]>),
    folder: &str,
) -> (Option<Line>, Option<Change>) {
    let tree = Root::Folder(opened.home.root.clone());
    let read = |path: &WorkspacePath| world.read_below(&tree, path.as_str(), MAX_FILE).ok();
    let bytes = read(&path);
    let base = opened.home.baselines.files.get(&path).map(|base| base.sha256);
    let pristine = base.and_then(|base| store.read(base, FILE_LIMIT));
    let put =
        |at: &WorkspacePath, content: Vec<u8>, expect: Option<Digest>, keep: Option<String>| Change::Put {
            at: Place::Workspace(at.clone()),
            content: Arc::from(content),
            executable: false,
            expect,
            keep,
        };
    match fate(there, given, Here { bytes: bytes.as_deref(), given: pristine.as_deref() }) {
        Fate::Same => (None, None),
        Fate::Further => (Some(Line { path, what: "kept", beside: None }), None),
        Fate::Take(content) => {
            let expect = bytes.as_deref().map(Digest::of);
            let change = put(&path, content, expect, Some(folder.to_owned()));
            (Some(Line { path, what: "imported", beside: None }), Some(change))
        }
        Fate::Beside => {
            let Some(beside) = free(&path, there, &read) else {
                // What would come beside is there already.
                return (Some(Line { path, what: "kept", beside: None }), None);
            };
            let change = put(&beside, there.to_owned(), None, None);
            (Some(Line { path, what: "both", beside: Some(beside) }), Some(change))
        }
    }
}

/// A name beside `path` for `bytes`; none where they are under such a name already.
fn free(
    path: &WorkspacePath,
    bytes: &[u8],
    read: &dyn Fn(&WorkspacePath) -> Option<Vec<u8>>,
) -> Option<WorkspacePath> {
    for number in 1..1000 {
        let mark = if number == 1 { ".imported".to_owned() } else { format!(".imported-{number}") };
        let name = match path.as_str().rsplit_once('.') {
            Some((stem, ending)) if !ending.contains('/') => format!("{stem}{mark}.{ending}"),
            _ => format!("{path}{mark}"),
        };
        let beside = WorkspacePath::new(&name).ok()?;
        match read(&beside) {
            None => return Some(beside),
            Some(known) if known == bytes => return None,
            Some(_) => {}
        }
    }
    None
}

/// The bytes of `progress.json`, where they change.
fn joined(world: &Disk, opened: &Opened, state: &State, out: &Out) -> Result<Option<Vec<u8>>, Exit> {
    let known = opened
        .target
        .units
        .iter()
        .map(|unit| &unit.id)
        .chain(opened.target.retired.keys())
        .cloned()
        .collect();
    let read = |bytes: &[u8]| {
        let read = Progress::read(bytes, opened.home.lock.as_ref(), &opened.target.renames.units, &known);
        read.map(|(progress, _)| progress)
            .map_err(|error| out.fail(&error.to_string(), "nothing was changed"))
    };
    let tree = Root::Folder(opened.home.root.clone());
    let here = world.read_below(&tree, Meta::Progress.path(), MAX_STATE).unwrap_or_else(|_| b"{}".to_vec());
    let here = read(&here)?;
    let there = read(state.progress.to_string().as_bytes())?;
    let both = further(&here, there);
    Ok((both != here).then(|| both.write()))
}

fn say(lines: &[Line], applied: &apply::Applied, out: &Out) {
    if out.json {
        let files: Vec<_> = lines
            .iter()
            .map(|line| json!({"path": line.path, "what": line.what, "beside": line.beside}))
            .collect();
        let kept: Vec<_> =
            applied.kept.iter().map(|kept| json!({"was": kept.was, "now": kept.now})).collect();
        out.value(&json!({"run": applied.run, "files": files, "backed_up": kept}));
        return;
    }
    for line in lines {
        let path = clean(line.path.as_str());
        out.line(match &line.beside {
            Some(beside) => format!(
                "{} both      {path}   you changed it here and there: the other one is {}",
                paint(Look::Notice, "!"),
                clean(beside.as_str())
            ),
            None if line.what == "kept" => format!("  kept      {path}   you went on with it here"),
            None => format!("  {:<9} {path}", line.what),
        });
    }
    for (path, reason) in &applied.skipped {
        out.line(format!("{} left      {}   {reason}", paint(Look::Notice, "!"), clean(path)));
    }
    for kept in &applied.kept {
        out.line(format!("  backed up {}   as {}", clean(&kept.was), clean(&kept.now)));
    }
    match applied.run {
        Some(_) => {
            let count = lines.iter().filter(|line| line.what != "kept").count();
            let mark = paint(Look::Good, "✓");
            out.line(format!("{mark} {} imported · undo with `tito undo`", counted(count, "file")));
        }
        None => out.line("nothing to import: everything is here already"),
    }
}

/// The file that is imported. Anybody may have made it.
struct Archive {
    zip: ZipArchive<BufReader<OsFile>>,
    lengths: BTreeMap<String, usize>,
}

impl Archive {
    #[expect(clippy::disallowed_methods, reason = "a file that the user names")]
    fn open(path: &Path) -> Result<Self, String> {
        let cannot = |error: std::io::Error| crate::world::reason(&error);
        let mut file = BufReader::new(OsFile::open(path).map_err(cannot)?);
        if !zip_entries::are_at_most(MAX_ENTRIES, &mut file).map_err(cannot)? {
            return Err(format!("it has more than {MAX_ENTRIES} entries"));
        }
        file.rewind().map_err(cannot)?;
        let mut zip = ZipArchive::new(file).map_err(|error| error.to_string())?;
        let mut lengths = BTreeMap::new();
        for at in 0..zip.len() {
            let entry = zip.by_index_raw(at).map_err(|error| error.to_string())?;
            lengths.insert(String::from_utf8_lossy(entry.name_raw()).into_owned(), at);
        }
        Ok(Self { zip, lengths })
    }

    fn bytes(&mut self, name: &str, digest: Option<Digest>) -> Result<Vec<u8>, String> {
        let at = *self.lengths.get(name).ok_or_else(|| format!("it lacks `{name}`"))?;
        let entry = self.zip.by_index(at).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        entry.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| crate::world::reason(&error))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(format!("`{name}` has more than {} MB", MAX_FILE / 1_000_000));
        }
        if digest.is_some_and(|digest| digest != Digest::of(&bytes)) {
            return Err(format!("`{name}` is damaged"));
        }
        Ok(bytes)
    }

    fn state(&mut self) -> Result<State, String> {
        let value = json::read(&self.bytes(STATE, None)?).map_err(|error| error.to_string())?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format > STATE_VERSION => Err(format!("a newer tito wrote it (format {format})")),
            _ => serde_json::from_value(value).map_err(|error| error.to_string()),
        }
    }
}
