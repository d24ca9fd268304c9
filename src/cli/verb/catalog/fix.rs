//! `tito catalog fix`: what a rule can fix in a base, as a diff; written when someone agrees, or with `--yes`.

use std::path::Path;

use serde_json::json;
use similar::TextDiff;

use crate::adopt::{self, Fix};
use crate::apply;
use crate::catalog;
use crate::world::Root;
use crate::world::disk::Disk;

use crate::cli::ask::{self, Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{find, report};

pub(super) fn run(base: &Path, yes: bool, out: &Out) -> Exit {
    fix(base, yes, out).unwrap_or_else(|exit| exit)
}

fn fix(base: &Path, yes: bool, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let folder = find::absolute(base);
    let name = base.display().to_string();
    let read = catalog::read(&world, &Root::Folder(folder.clone()), &name, None);
    let Some(catalog) = read.value else {
        report::show(&read.diagnostics, out);
        return Err(Exit::Failed);
    };
    let fixes = adopt::fixes(&world, &catalog).map_err(|error| {
        let message = format!("`{name}` cannot be read: {}", crate::world::reason(&error));
        out.fail(&message, "name the folder of a base: `tito catalog fix FOLDER`")
    })?;
    if out.json {
        if yes {
            write(&folder, &fixes, out)?;
        }
        let entry = |fix: &Fix| json!({"path": fix.path, "why": fix.why, "diff": diff(fix)});
        out.value(&json!({"written": yes, "fixes": fixes.iter().map(entry).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    if fixes.is_empty() {
        out.line(format!("{} nothing that a rule can fix", paint(Look::Good, "✓")));
        return Ok(Exit::Done);
    }
    for fix in &fixes {
        show(fix, out);
    }
    let files = counted(fixes.len(), "file");
    if !yes && !ask::can_ask(out) {
        out.line(format!("{files} would change; `--yes` changes them"));
        return Ok(Exit::Done);
    }
    let consent = Consent {
        yes,
        question: &[format!("change {files}? Students may get another text: read the diff above first")],
        go_on: "change them",
        default: Answer::Cancel,
        view: None,
        alone: ("", "", Exit::Usage),
    };
    if consent.agreed(out)? {
        write(&folder, &fixes, out)?;
        out.line(format!("{} {files} changed", paint(Look::Good, "✓")));
    }
    Ok(Exit::Done)
}

/// Writes them, each whole.
fn write(folder: &Path, fixes: &[Fix], out: &Out) -> Result<(), Exit> {
    for (at, fix) in fixes.iter().enumerate() {
        apply::write_beside(&folder.join(&fix.path), fix.after.as_bytes()).map_err(|error| {
            let message = format!("`{}` cannot be written: {error}", fix.path);
            let help = format!("{} changed before it; correct that, and run it again", counted(at, "file"));
            out.fail(&message, &help)
        })?;
    }
    Ok(())
}

/// The change as a unified diff, which `git apply` and `patch -p1` read.
fn diff(fix: &Fix) -> String {
    let (before, after) = (format!("a/{}", fix.path), format!("b/{}", fix.path));
    TextDiff::from_lines(&fix.before, &fix.after).unified_diff().header(&before, &after).to_string()
}

fn show(fix: &Fix, out: &Out) {
    for why in &fix.why {
        out.line(paint(Look::Quiet, &clean(&format!("# {}: {why}", fix.path))));
    }
    for line in diff(fix).lines() {
        let look = match line.as_bytes().first() {
            Some(b'-') => Some(Look::Gone),
            Some(b'+') => Some(Look::Good),
            _ => None,
        };
        let line = clean(line);
        out.line(look.map_or(line.clone(), |look| paint(look, &line)));
    }
    out.line("");
}
