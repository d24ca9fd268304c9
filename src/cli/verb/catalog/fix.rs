//! `tito catalog fix`: what a rule can fix in a base, as a diff; written only with `--write`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::adopt::{Edit, applied, fixes};
use crate::apply;
use crate::compile::{self, Overrides};
use crate::world::disk::Disk;
use crate::world::{Root, World};

use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint};

pub(super) fn run(base: &Path, write: bool, out: &Out) -> Exit {
    let world = Disk::new();
    let folder = find::absolute(base);
    let root = Root::Folder(folder.clone());
    let text = |path: &str| String::from_utf8(world.read_in(&root, path).ok()?).ok();
    let name = base.display().to_string();
    let checked = compile::compile_base(&world, &folder, &name, &Overrides::default());
    let edits = fixes(&checked.diagnostics, text);
    let mut by_file: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
    for edit in &edits {
        by_file.entry(&edit.path).or_default().push(edit.clone());
    }
    if write {
        for (path, edits) in &by_file {
            let Some(text) = text(path) else { continue };
            if let Err(error) = apply::write_beside(&folder.join(path), applied(&text, edits).as_bytes()) {
                return out
                    .fail(&format!("`{path}` cannot be written: {error}"), "fix that, and run it again");
            }
        }
    }
    if out.json {
        let lines = edits.iter().map(|edit| json!({"path": edit.path, "line": edit.line, "old": edit.old, "new": edit.new, "why": edit.why}));
        out.value(&json!({"written": write, "edits": lines.collect::<Vec<_>>()}));
        return Exit::Done;
    }
    show(&by_file, write, out);
    Exit::Done
}

fn show(by_file: &BTreeMap<&str, Vec<Edit>>, write: bool, out: &Out) {
    for (path, edits) in by_file {
        out.line(clean(&format!("--- {path}")));
        for edit in edits {
            out.line(clean(&format!("@@ line {}: {}", edit.line, edit.why)));
            out.line(clean(&format!("-{}", edit.old)));
            out.line(clean(&format!("+{}", edit.new)));
        }
    }
    let count = counted(by_file.values().map(Vec::len).sum(), "line");
    let files = counted(by_file.len(), "file");
    match (by_file.is_empty(), write) {
        (true, _) => out.line(format!("{} nothing that a rule can fix", paint(Look::Good, "✓"))),
        (false, true) => out.line(format!("{} {count} changed in {files}", paint(Look::Good, "✓"))),
        (false, false) => out.line(format!("{count} in {files}; `--write` changes them")),
    }
}
