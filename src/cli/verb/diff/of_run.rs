//! `tito diff --run N`: what a run changed, file by file.

use serde_json::json;

use crate::apply::journal::{Record, Recorded, Verb};
use crate::apply::objects::Store;
use crate::apply::{self, Disk as WorkDisk};
use crate::cli::differences::{FileDiff, What, holds, show};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::verb::history;
use crate::cli::{typed_paths, workspace};
use crate::digest::Digest;
use crate::plan::merge::notebook::matching::Editor;
use crate::world::disk::Disk;

/// Shows what run `number` changed, in the files or folders that `words` name, or in all.
pub(super) fn show_run(number: u64, words: &[String], out: &Out) -> Result<Exit, Exit> {
    let root = workspace::find(&Disk::new(), out)?;
    let failed =
        |error: apply::ApplyError| out.fail(&error.to_string(), "`tito doctor` checks the whole workspace");
    let disk = WorkDisk::open(&root).map_err(|error| failed(error.into()))?;
    let store = Store::new(&disk);
    let records = apply::history(&disk).map_err(failed)?;
    let record = history::find(&records, number, out)?;
    let is_changed = |change: &&Recorded| change.holds() && !change.incoming;
    let changes: Vec<&Recorded> = record.changes.iter().filter(is_changed).collect();
    let asked = words
        .iter()
        .map(|word| {
            typed_paths::path(word, &root, |path| changes.iter().any(|change| holds(path, &change.path)), out)
        })
        .collect::<Result<Vec<_>, Exit>>()?;
    let wanted = |change: &&&Recorded| asked.is_empty() || asked.iter().any(|path| holds(path, &change.path));
    let files: Vec<(&Recorded, Option<FileDiff>)> = changes
        .iter()
        .filter(wanted)
        .map(|change| (*change, diff(&store, &records, record, change)))
        .collect();
    if out.json {
        let known: Vec<&FileDiff> = files.iter().filter_map(|(_, file)| file.as_ref()).collect();
        out.value(&json!({"run": number, "files": known}));
        return Ok(Exit::Done);
    }
    out.line(history::line(record, &records));
    for (change, file) in &files {
        let path = paint(Look::Strong, &clean(change.path.as_str()));
        match (change.kind, file) {
            (Verb::Move, _) => {
                let from = change.from.as_ref().map(ToString::to_string).unwrap_or_default();
                out.line(format!("{path}   moved from {}", clean(&from)));
            }
            (Verb::Remove, _) => out.line(format!("{path}   removed")),
            (Verb::Put, Some(file)) => show(file, out),
            (Verb::Put, None) => {
                out.line(format!("{path}   changed; one of its versions is no longer available"))
            }
        }
    }
    Ok(Exit::Done)
}

fn diff(store: &Store<'_>, records: &[Record], record: &Record, change: &Recorded) -> Option<FileDiff> {
    if change.kind != Verb::Put {
        return None;
    }
    let bytes = |digest: Digest| apply::undo::stored_bytes(store, records, record, change, digest);
    let after = bytes(change.after?)?;
    let path = change.path.clone();
    Some(match change.before {
        None => FileDiff::only(path, What::New),
        Some(before) => FileDiff::changed(path, &bytes(before)?, &after, Editor::Course),
    })
}
