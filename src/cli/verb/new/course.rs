//! `tito new course`.

use std::path::{Path, PathBuf};

use super::{Beginning, answer, checked, folder, id_of, quoted, say, title_of, write};
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Out, shell};
use crate::compile::{Overrides, Target, compile_bundled};
use crate::course::relative;
use crate::diagnostic::nearest;
use crate::id::UnitKind;
use crate::schemas;
use crate::world::disk::Disk;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write into
    dir: Option<PathBuf>,
    /// The stable name of the course: uni/ml-systems; default: the folder's name
    #[arg(long)]
    id: Option<String>,
    /// The title; default: made from the id
    #[arg(long)]
    title: Option<String>,
    /// The units, separated by commas; default: all of the base
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    modules: Vec<String>,
    /// The folder of a base of your own; default: the bundled base
    #[arg(long, value_name = "FOLDER")]
    base: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    known(args, out)?;
    let dir = folder(args.dir.as_ref(), "course", "my-course", out)?;
    let id = answer(args.id.as_ref(), "The stable name of the course (uni/ml-systems)", &id_of(&dir), out);
    checked(&id, true, out)?;
    let title = answer(args.title.as_ref(), "The title", &title_of(&id), out);
    let base = args.base.as_ref().map(|base| relative(&find::absolute(&dir), &find::absolute(base)));
    let base = base.map_or_else(String::new, |path| format!("base:\n  from: {{path: {}}}\n", quoted(&path)));
    let modules = if args.modules.is_empty() { all(args.base.is_some()) } else { listed(&args.modules) };
    let values = [("ID", id.as_str()), ("TITLE", &quoted(&title)), ("BASE", &base), ("MODULES", &modules)];
    let schema = serde_json::to_string_pretty(&schemas::course()).unwrap_or_default() + "\n";
    let files = [
        Beginning::new("course.schema.json", &schema, &[]),
        Beginning::new("course.yml", include_str!("start/course.yml"), &values),
    ];
    write(&dir, &files, out)?;
    // Not the course's own folder.
    let is_called_so = find::absolute(&dir).file_name().is_some_and(|name| name == "try");
    let workspace = if is_called_so { "../try-it" } else { "../try" };
    let enter = Some(format!("cd {}", shell(&dir.display().to_string()))).filter(|_| dir != Path::new("."));
    let next: Vec<String> = enter
        .into_iter()
        .chain([
            "tito check                 # every mistake, with line and column".to_owned(),
            "tito lock                  # what every student gets, to commit and review".to_owned(),
            format!("tito init {workspace:<16} # a workspace, as a student gets it"),
        ])
        .collect();
    say(&dir, &files, &next, out);
    Ok(Exit::Done)
}

/// What the course is to be made of must be there.
fn known(args: &Args, out: &Out) -> Result<(), Exit> {
    if let Some(base) = &args.base {
        if find::is_file(&base.join("catalog.yml")) {
            return Ok(());
        }
        let message = format!("`{}` is not the folder of a base: it has no catalog.yml", base.display());
        out.fail(
            &message,
            "`tito new base FOLDER` begins a base; without `--base` a course uses the bundled one",
        );
        return Err(Exit::Usage);
    }
    if args.modules.is_empty() {
        return Ok(());
    }
    let units = bundled().map_or_else(Vec::new, |target| target.units);
    let is_unknown = |module: &&String| !units.iter().any(|unit| unit.id.as_str() == module.as_str());
    let Some(module) = args.modules.iter().find(is_unknown) else { return Ok(()) };
    let help = match nearest(module, units.iter().map(|unit| unit.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tito new course` without `--modules` lists all".to_owned(),
    };
    out.fail(&format!("the bundled base has no unit `{module}`"), &help);
    Err(Exit::Usage)
}

fn bundled() -> Option<Target> {
    compile_bundled(&Disk::new(), &Overrides::default()).value
}

/// Every module: of the bundled base by name, so that one can remove lines.
fn all(of_own_base: bool) -> String {
    let Some(target) = bundled().filter(|_| !of_own_base) else { return " all".to_owned() };
    let modules = target.units.iter().filter(|unit| unit.kind == UnitKind::Module);
    modules.map(|unit| format!("\n  - {:<22} # {}", unit.id.as_str(), unit.title)).collect()
}

fn listed(modules: &[String]) -> String {
    modules.iter().map(|module| format!("\n  - {module}")).collect()
}
