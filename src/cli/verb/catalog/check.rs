//! `tito catalog check`: the whole base, compiled as a course of everything that it offers.

use std::collections::BTreeSet;
use std::path::Path;

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
    report::show(&checked.diagnostics, out);
    if unused {
        list_unused(&world, &folder, &name, out);
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

/// Files of the base that not even a course with everything has.
fn list_unused(world: &Disk, folder: &Path, name: &str, out: &Out) {
    let root = Root::Folder(folder.to_owned());
    let everything = Overrides { tier: Some(Tier::Instructor) };
    let Some(target) = compile::compile_base(world, folder, name, &everything).value else { return };
    let Some(catalog) = catalog::read(world, &root, name, None).value else { return };
    let used: BTreeSet<&str> = used(&target);
    let is_unused = |path: &&str| !used.contains(path) && *path != "catalog.yml" && !path.starts_with('.');
    let unused: Vec<&str> =
        catalog.entries.iter().map(|entry| entry.path.as_str()).filter(is_unused).collect();
    if out.json {
        out.value(&serde_json::json!({"unused": unused}));
        return;
    }
    out.line(format!("{} of the base in no course:", counted(unused.len(), "file")));
    for path in unused {
        out.line(clean(&format!("  {path}")));
    }
}

fn used(target: &Target) -> BTreeSet<&str> {
    target.files.values().map(|file| file.origin.as_str()).collect()
}
