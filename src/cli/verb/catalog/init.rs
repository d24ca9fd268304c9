//! `tito catalog init`: the sketch of a catalog, written where there is none; else what it does not have yet.

use std::path::Path;

use serde_json::json;

use crate::adopt::{self, Sketch};
use crate::apply;
use crate::catalog;
use crate::world::disk::Disk;
use crate::world::{Root, World};

use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint};

/// A file that is looked at only to know that it is there.
const SMALL: u64 = 1 << 20;

pub(super) fn run(repository: &Path, out: &Out) -> Exit {
    init(repository, out).unwrap_or_else(|exit| exit)
}

fn init(repository: &Path, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let folder = find::absolute(repository);
    let root = Root::Folder(folder.clone());
    let name =
        folder.file_name().map_or_else(|| "course".to_owned(), |name| name.to_string_lossy().into_owned());
    let sketch = adopt::sketch(&world, &root, &name).map_err(|error| {
        let message = format!("`{}` cannot be read: {}", repository.display(), crate::world::reason(&error));
        out.fail(&message, "name the folder of a repository: `tito catalog init FOLDER`")
    })?;
    if world.read(&folder.join("catalog.yml"), SMALL).is_ok() {
        return Ok(again(&world, &root, &name, &sketch, out));
    }
    if sketch.modules.is_empty() {
        return Err(out.fail(
            "no module was found: no folder holds a notebook or a percent script",
            "a module is a folder with an `.ipynb`, or a `.py` with `# %%` lines",
        ));
    }
    let mut files = vec![("catalog.yml", sketch.catalog())];
    if sketch.is_nbgrader && world.read(&folder.join("course.yml"), SMALL).is_err() {
        files.push(("course.yml", sketch.course()));
    }
    for (name, text) in &files {
        apply::write_beside(&folder.join(name), text.as_bytes()).map_err(|error| {
            out.fail(&format!("`{name}` cannot be written: {error}"), "fix that, and run it again")
        })?;
    }
    let written: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    if out.json {
        out.value(&report(&sketch, &written));
    } else {
        say(&sketch, &written, out);
    }
    Ok(Exit::Done)
}

fn report(sketch: &Sketch, written: &[&str]) -> serde_json::Value {
    let decisions = sketch.decisions.iter().map(|one| json!({"place": one.place, "text": one.text}));
    json!({
        "written": written,
        "modules": sketch.modules.len(),
        "milestones": sketch.milestones.len(),
        "shared": sketch.shared.len(),
        "decisions": decisions.collect::<Vec<_>>(),
    })
}

fn say(sketch: &Sketch, written: &[&str], out: &Out) {
    let counts = [
        counted(sketch.modules.len(), "module"),
        counted(sketch.milestones.len(), "milestone"),
        counted(sketch.shared.len(), "shared file"),
    ];
    out.line(format!("{} {} written: {}", paint(Look::Good, "✓"), written.join(" and "), counts.join(", ")));
    decisions(sketch, out);
    out.line("next: read catalog.yml, then `tito catalog check`");
}

fn decisions(sketch: &Sketch, out: &Out) {
    if sketch.decisions.is_empty() {
        return;
    }
    out.line(format!("\n{} for you to decide:", counted(sketch.decisions.len(), "point")));
    for decision in &sketch.decisions {
        let place = if decision.place.is_empty() { String::new() } else { format!("{}: ", decision.place) };
        out.line(clean(&format!("  {place}{}", decision.text)));
    }
    out.line(
        "  everywhere: `requires` comes from imports; code that changes other code while it runs is not seen\n",
    );
}

/// What the repository has and its catalog does not.
fn again(world: &Disk, root: &Root, name: &str, sketch: &Sketch, out: &Out) -> Exit {
    let read = catalog::read(world, root, name, None);
    let Some(known) = read.value else {
        crate::cli::report::show(&read.diagnostics, out);
        return Exit::Failed;
    };
    let news = sketch.news(&known);
    if out.json {
        out.value(&json!({"written": [], "news": news}));
    } else if news.is_empty() {
        out.line(format!("{} catalog.yml has every unit that was found", paint(Look::Good, "✓")));
    } else {
        out.line("catalog.yml does not have these yet; add what belongs to the base:\n");
        out.line(clean(news.trim_end()));
    }
    Exit::Done
}
