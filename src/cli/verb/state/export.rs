//! `tito state export FILE`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::apply::write_beside;
use crate::digest::Digest;
use crate::plan::Pristine;
use crate::receipt::Kind;
use crate::release::pack;
use crate::student::state::{File, STATE, STATE_VERSION, State};
use crate::student::submission::Submission;
use crate::world::World;
use crate::world::disk::Disk;

use super::super::module::opened::open;
use super::super::submit::gather;
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::workspace::FILE_LIMIT;

/// Writes your progress, your work files, and what you added to the folders of units into one file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write
    file: PathBuf,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let place = find::absolute(&args.file);
    if find::is_there(&world, &place) {
        let message = format!("`{}` exists already", args.file.display());
        out.fail(&message, "nothing was written; choose another name");
        return Err(Exit::Blocked);
    }
    let mut submission = Submission::default();
    for unit in &opened.target.units {
        gather::add(&world, &opened, unit, &mut submission, out)?;
    }
    gather::add_remaining(&world, &opened, &mut submission, out)?;
    let mut given: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
    let pristine = Pristine::new(&world, &opened.home.root);
    let mut state = State {
        format: STATE_VERSION,
        course: opened.target.course.clone(),
        at: world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        progress: Value::Null,
        student: opened.home.config.other.get("student").and_then(Value::as_str).map(str::to_owned),
        files: BTreeMap::new(),
    };
    for file in submission.files.iter().filter(|file| file.kind != Kind::Exported) {
        let bytes = file.given.and_then(|given| pristine.read(given, FILE_LIMIT));
        if let (Some(digest), Some(bytes)) = (file.given, bytes) {
            given.insert(digest, bytes);
        }
        let entry = File { sha256: Digest::of(&file.bytes), id: file.id.clone(), given: file.given };
        state.files.insert(file.path.clone(), entry);
    }
    let (_, planned) = opened.look(&world, out)?;
    state.progress = serde_json::from_slice(&planned.observed.progress.write()).unwrap_or_default();
    // Every value in it is a text or a number, so nothing can fail.
    let said = serde_json::to_vec_pretty(&state).unwrap_or_default();
    let files = submission.files.iter().filter(|file| file.kind != Kind::Exported);
    let files = files.map(|file| (format!("files/{}", file.path), file.bytes.as_slice()));
    let given = given.iter().map(|(digest, bytes)| (format!("given/{digest}"), &**bytes));
    let bytes = pack::zip([(STATE.to_owned(), said.as_slice())].into_iter().chain(files).chain(given));
    let bytes = bytes.map_err(|error| out.fail(&format!("the files cannot be packed: {error}"), ""))?;
    write_beside(&place, &bytes).map_err(|error| out.fail(&error.to_string(), "nothing was written"))?;
    let left: Vec<String> = submission.too_large().map(|path| path.to_string()).collect();
    if out.json {
        out.value(&json!({"file": args.file, "files": state.files, "left_out": left}));
        return Ok(Exit::Done);
    }
    let shown = clean(&args.file.display().to_string());
    let count = counted(state.files.len(), "file");
    out.line(format!("{} {count} and your progress are in {shown}", paint(Look::Good, "✓")));
    for path in left {
        out.line(clean(&format!("! {path} is left out, because it is too large: copy it yourself")));
    }
    out.line("on the other machine: tito init, then tito state import FILE in the workspace");
    Ok(Exit::Done)
}
