//! `tito catalog check`: the whole base, compiled as a course of everything that it offers.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::adopt;
use crate::catalog;
use crate::compile::{self, Overrides, Target};
use crate::diagnostic::{self, has_errors};
use crate::notebook::tiers::Tier;
use crate::world::Root;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{find, report};

pub(super) fn run(base: &Path, unused: bool, out: &Out) -> Exit {
    let world = Disk::new();
    let folder = find::absolute(base);
    let name = base.display().to_string();
    let mut checked = compile::compile_base(&world, &folder, &name, &Overrides::default());
    if let Some(catalog) = catalog::read(&world, &Root::Folder(folder.clone()), &name, None).value {
        // What breaks no course comes last.
        let mut more = adopt::review(&world, &catalog).unwrap_or_default();
        diagnostic::sort(&mut more);
        checked.diagnostics.extend(more);
    }
    let unused = if unused { unused_files(&world, &folder, &name) } else { None };
    match &unused {
        Some(unused) if out.json => {
            let (found, summary) =
                (report::entries(&checked.diagnostics), report::summary(&checked.diagnostics));
            out.value(&json!({"diagnostics": found, "summary": summary, "unused": unused}));
        }
        _ => report::show(&checked.diagnostics, out),
    }
    for unused in unused.iter().filter(|_| !out.json) {
        out.line(format!("{} of the base in no course:", counted(unused.len(), "file")));
        for path in unused {
            out.line(clean(&format!("  {path}")));
        }
    }
    if has_errors(&checked.diagnostics) {
        return Exit::Failed;
    }
    if let Some(target) = checked.value.filter(|_| !out.json) {
        let text = format!(
            "{} {}: {}, {}",
            target.base,
            target.base_version,
            counted(target.units.len(), "unit"),
            counted(target.files.len(), "file")
        );
        out.say(format!("{} {text}", paint(Look::Good, "✓")));
    }
    Exit::Done
}

/// The catalog, and its schema, which `tito new base` puts beside it for editors.
const OF_THE_CATALOG: [&str; 2] = ["catalog.yml", "catalog.schema.json"];

/// Files of the base that not even a course with everything has. None: such a course cannot be compiled.
fn unused_files(world: &Disk, folder: &Path, name: &str) -> Option<Vec<String>> {
    let everything = Overrides { tier: Some(Tier::Instructor) };
    let target = compile::compile_base(world, folder, name, &everything).value?;
    let catalog = catalog::read(world, &Root::Folder(folder.to_owned()), name, None).value?;
    let used: BTreeSet<&str> = used(&target);
    let paths = catalog.entries.into_iter().map(|entry| entry.path);
    Some(
        paths
            .filter(|path| {
                !used.contains(&**path) && !OF_THE_CATALOG.contains(&&**path) && !path.starts_with('.')
            })
            .collect(),
    )
}

fn used(target: &Target) -> BTreeSet<&str> {
    target.files.values().map(|file| file.origin.as_str()).collect()
}
