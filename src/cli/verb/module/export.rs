//! `tito module export M`: the exported cells of the student's notebook → the module of the package that they define.
//!
//! A file that tito did not write as an export is never replaced: it is recognised by its header, and by what the course says of it.
//! What tito wrote is remembered by digest, so that an export that someone edited is set aside before it is written again.

use std::collections::BTreeSet;

use serde_json::json;

use crate::apply::disk::Found;
use crate::apply::{self, Batch, Command, Meta, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::id::{FileId, Mode, UnitId, UnitKind};
use crate::lock::Export;
use crate::notebook::export::{export_as, exported_from, hidden, module_of};
use crate::notebook::{Notebook, Origin, Problem, nbformat, percent};
use crate::path::WorkspacePath;
use crate::plan::{Change, Place};
use crate::source::Source;
use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::earlier;
use super::made::{LIMIT, Made};
use super::opened::{Opened, open, unread};
use super::placing::Placing;
use crate::cli::ask::{Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::{report, workspace};

/// Writes your notebook's exported cells into the package.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd
    #[arg(value_name = "UNIT", required_unless_present = "all", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: Option<String>,
    /// Every unit that has a notebook here
    #[arg(long, conflicts_with = "unit")]
    all: bool,
    /// Export also where a stub takes the place of code that was exported before
    #[arg(long, short)]
    yes: bool,
}

/// Which command exports, and how.
pub(super) struct ExportRequest<'a> {
    /// Its verb, as the history has it: `module export`.
    pub(super) verb: &'a str,
    /// The command as it is typed, without `--yes`.
    pub(super) command: String,
    /// A notebook that is not there is passed over.
    pub(super) lenient: bool,
    /// Did the command line say that stubs may replace code?
    pub(super) yes: bool,
}

/// What became of one.
pub(super) struct Written {
    pub(super) notebook: WorkspacePath,
    pub(super) path: WorkspacePath,
    /// It says the same already.
    pub(super) same: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let units: Vec<UnitId> = match &args.unit {
        Some(word) => vec![opened.unit(word, out)?.id.clone()],
        None => {
            let taught =
                |unit: &&crate::compile::Unit| unit.mode == Mode::Do && unit.kind != UnitKind::Milestone;
            opened.target.units.iter().filter(taught).map(|unit| unit.id.clone()).collect()
        }
    };
    let command = match &args.unit {
        Some(word) => format!("tito module export {}", shell(word)),
        None => "tito module export --all".to_owned(),
    };
    let request = ExportRequest { verb: "module export", command, lenient: args.all, yes: args.yes };
    let written = export_units(&world, &opened, &units, &request, out)?;
    if out.json {
        let line = |written: &Written| json!({"notebook": written.notebook, "module": written.path, "written": !written.same});
        out.value(&json!({"exports": written.iter().map(line).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    show(&written, out);
    if written.is_empty() {
        out.line("nothing to export: no cell starts with `#| export`");
    }
    Ok(Exit::Done)
}

/// A line for each module.
pub(super) fn show(written: &[Written], out: &Out) {
    for written in written {
        let word = if written.same { "up to date" } else { "exported" };
        let line = format!("  {word:<10} {:<36} from {}", written.path.as_str(), written.notebook);
        out.line(clean(&line));
    }
}

/// Exports `units`: all that are well, or, where one is not, none. Where a stub would take the place of code that was exported before, it asks.
pub(super) fn export_units(
    world: &Disk,
    opened: &Opened,
    units: &[UnitId],
    request: &ExportRequest<'_>,
    out: &Out,
) -> Result<Vec<Written>, Exit> {
    let notebooks: Vec<(&UnitId, FileId, WorkspacePath)> = units
        .iter()
        .flat_map(|unit| opened.notebooks_by_id(unit).into_iter().map(move |(id, path)| (unit, id, path)))
        .collect();
    let placing = Placing::of(world, opened, &notebooks.iter().map(|(_, id, _)| id.clone()).collect());
    let (mut made, mut failed) = (Vec::new(), None);
    for notebook in notebooks {
        match make(world, opened, notebook, &placing, request.lenient, out) {
            Ok(module) => made.extend(module),
            Err(exit) => failed = Some(exit),
        }
    }
    match failed {
        Some(exit) => Err(exit),
        None => write(world, opened, made, request, out),
    }
}

/// The module of one notebook; none where it exports nothing.
fn make(
    world: &Disk,
    opened: &Opened,
    (unit, id, path): (&UnitId, FileId, WorkspacePath),
    placing: &Placing,
    lenient: bool,
    out: &Out,
) -> Result<Option<Made>, Exit> {
    let path = &path;
    let bytes = match world.read_below(&Root::Folder(opened.home.root.clone()), path.as_str(), LIMIT) {
        Ok(bytes) => bytes,
        Err(error) if lenient && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(path, &error, out)),
    };
    let (notebook, origins) = read(unit, path, &bytes, out)?;
    let own = module_of(&notebook).unwrap_or_default();
    let name = placing.name(&id, &own);
    let (module, problems) =
        export_as(&notebook, &placing.package, path.as_str(), Some(&name), &placing.moved);
    if !problems.is_empty() {
        let source = Source::new(path.as_str(), String::from_utf8_lossy(&bytes));
        let shown =
            problems.iter().map(|problem| shown(problem, &source, &origins, &notebook)).collect::<Vec<_>>();
        report::show(&shown, out);
    }
    if problems.iter().any(crate::notebook::Problem::is_error) {
        return Err(Exit::Failed);
    }
    let Some(module) = module else { return Ok(None) };
    let target = format!("{}/{}", placing.package, module.path());
    let target = WorkspacePath::new(&target).map_err(|error| {
        out.fail(
            &format!("`{path}` does not name a file to export to: {error}"),
            "give it another `#| default_exp`",
        )
    })?;
    let is_own = placing.is_own(&id, &own);
    Ok(Some(Made { unit: unit.clone(), id, is_own, notebook: path.clone(), path: target, module }))
}

/// The notebook in `bytes`, which is a percent script where `path` says so.
pub(super) fn read(
    unit: &UnitId,
    path: &WorkspacePath,
    bytes: &[u8],
    out: &Out,
) -> Result<(Notebook, Vec<Origin>), Exit> {
    if path.extension() == "ipynb" {
        return nbformat::read(bytes).map(|notebook| (notebook, Vec::new())).map_err(|error| {
            let help = format!("open it in Jupyter and save it again; if that fails, `tito module reset {unit}` makes a backup and starts again");
            out.fail(&format!("`{path}` cannot be read as a notebook: {error}"), &help)
        });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let script = percent::read(text, unit.as_str());
            Ok((script.notebook, script.origins))
        }
        Err(_) => Err(out.fail(&format!("`{path}` is not valid UTF-8"), "save the file as UTF-8")),
    }
}

/// What a student can do about `problem`.
fn shown(problem: &Problem, source: &Source, origins: &[Origin], notebook: &Notebook) -> Diagnostic {
    let diagnostic = problem.diagnostic(source, origins, &notebook.cells);
    match problem.code {
        Code::ExportSyntax => diagnostic
            .help("fix that cell, save the notebook and run the command again; nothing was exported"),
        _ => diagnostic,
    }
}

fn write(
    world: &Disk,
    opened: &Opened,
    made: Vec<Made>,
    request: &ExportRequest<'_>,
    out: &Out,
) -> Result<Vec<Written>, Exit> {
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let lock = workspace::take_lock(world, &opened.home.root, Command::new(request.verb), out)?;
    let home = workspace::read(world, &opened.home.root, out)?;
    let mut baselines = home.baselines.clone();
    let now = world.now();
    let mut batch = Batch::new(now);
    batch.pristine = baselines.exports.made.values().map(|export| export.sha256).collect();
    let mut written = Vec::new();
    let mut paths = BTreeSet::new();
    let (mut hidden, mut done, mut earlier) = (Vec::new(), Vec::new(), Vec::new());
    for made in made {
        let digest = Digest::of(made.module.text.as_bytes());
        let standing = standing(&lock, opened, &made, out)?;
        let found = standing.as_ref().map(|standing| standing.digest);
        if !paths.insert(made.path.clone()) {
            let message = format!("`{}` exports to `{}`, like another notebook", made.notebook, made.path);
            return Err(out.fail(&message, "give one of the two another `#| default_exp`"));
        }
        let same = found == Some(digest);
        if !same {
            let known = baselines.exports.made.get(&made.path);
            hidden.extend(standing.and_then(|standing| hidden_by(&made, &standing.text)));
            let ours = found.is_none() || found == known.map(|export| export.sha256);
            batch.changes.push(Change::Put {
                at: Place::Workspace(made.path.clone()),
                content: made.module.text.clone().into_bytes().into(),
                executable: false,
                expect: found,
                keep: (!ours).then(|| format!("exports_{}", now.strftime("%Y%m%d_%H%M%S"))),
            });
        }
        done.push((made.path.clone(), Export { sha256: digest, of: Some(made.id.clone()) }));
        earlier.extend(earlier::of(&made, &lock, opened, &baselines.exports));
        written.push(Written { notebook: made.notebook, path: made.path, same });
    }
    earlier.retain(|one| !paths.contains(&one.path));
    for one in &earlier {
        baselines.exports.made.remove(&one.path);
        batch.changes.extend(one.removal());
    }
    baselines.exports.made.extend(done);
    batch.meta.insert(Meta::Baselines, Some(baselines.write()));
    batch.summary = json!({"verb": request.verb, "files": batch.changes.len()});
    if !hidden.is_empty() && !agreed(&hidden, request, out)? {
        return Err(Exit::Failed);
    }
    carry_out(&lock, batch, out)?;
    earlier.iter().for_each(|one| one.say(out));
    Ok(written)
}

/// What the export would hide of the code in `before`, in words.
fn hidden_by(made: &Made, before: &str) -> Option<String> {
    let names = hidden(before, &made.module.text);
    let (unit, path, notebook) = (&made.unit, &made.path, &made.notebook);
    let code = match names.as_slice() {
        [] => return None,
        [module] if module.is_empty() => "it".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    Some(format!("{unit}: `{path}` has code of {code}, and `{notebook}` has only a stub for it"))
}

/// May stubs take the place of code? Said either way.
fn agreed(hidden: &[String], request: &ExportRequest<'_>, out: &Out) -> Result<bool, Exit> {
    if request.yes {
        for line in hidden {
            out.say(format!("{} {}", paint(Look::Notice, "!"), clean(line)));
        }
    }
    let mut question = hidden.to_vec();
    let message = format!("the export would replace code with stubs: {}", hidden.join("; "));
    let help = format!(
        "nothing was written; `tito backups` lists your earlier notebooks; to export anyway: `{} --yes`",
        request.command
    );
    question.push(
        "`tito backups` lists your earlier notebooks; `tito undo` restores the exported code".to_owned(),
    );
    let consent = Consent {
        yes: request.yes,
        question: &question,
        go_on: "export the stubs",
        default: Answer::Cancel,
        view: None,
        alone: (&message, &help, Exit::Failed),
    };
    consent.agreed(out)
}

fn carry_out(lock: &Workspace, batch: Batch, out: &Out) -> Result<(), Exit> {
    let applied = apply::apply(lock, batch).map_err(|error| {
        out.fail(
            &error.to_string(),
            "fix that, and run the same command again: it continues where it stopped",
        )
    })?;
    for kept in &applied.kept {
        let text = format!("{} was edited; your version is backed up as {}", kept.was, kept.now);
        out.say(format!("{} {}", paint(Look::Notice, "!"), clean(&text)));
    }
    match applied.skipped.first() {
        None => Ok(()),
        Some((path, reason)) => {
            Err(out.fail(&format!("`{path}` could not be written: {reason}"), "run the same command again"))
        }
    }
}

/// An export that is where a module goes.
struct Standing {
    digest: Digest,
    text: String,
}

/// What is where a module goes. What tito did not write as an export of this notebook stays.
fn standing(lock: &Workspace, opened: &Opened, made: &Made, out: &Out) -> Result<Option<Standing>, Exit> {
    let path = &made.path;
    let refuse = |why: String| {
        let help = format!(
            "give `{}` another `#| default_exp`, or move `{path}` away if it is yours",
            made.notebook
        );
        Err(out.fail(&format!("`{}` exports to `{path}`, but {why}", made.notebook), &help))
    };
    if opened.target.files.contains_key(path) || opened.home.baselines.files.contains_key(path) {
        return refuse("that file comes with the course".to_owned());
    }
    let disk = lock.disk();
    let found = disk.found(path.as_str()).map_err(|error| out.fail(&error.to_string(), ""))?;
    let digest = match found {
        Found::Nothing => return Ok(None),
        Found::File { digest, .. } => digest,
        Found::Other(_) => return refuse("something that is not a file is there".to_owned()),
        Found::Blocked(folder) => return refuse(format!("`{folder}` is not a folder of the workspace")),
    };
    let bytes = disk.read(path.as_str(), LIMIT).map_err(|error| out.fail(&error.to_string(), ""))?;
    let text = bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let Some(from) = exported_from(&text) else {
        return refuse("that file is not an export".to_owned());
    };
    // The notebook may be elsewhere since: what tito remembers counts, and what the file says where tito does not.
    let known = opened.home.baselines.exports.made.get(path).and_then(|export| export.of.as_ref());
    let is_others = |id: &FileId, at: &WorkspacePath| match known {
        Some(known) => opened.is_same(id, known) && *id != made.id,
        None => at.as_str() == from && *at != made.notebook,
    };
    let all = opened.target.units.iter().flat_map(|unit| opened.notebooks_by_id(&unit.id));
    let other = all.into_iter().find(|(id, at)| is_others(id, at));
    if let Some((_, at)) = other
        && disk.found(at.as_str()).is_ok_and(|found| found != Found::Nothing)
    {
        return refuse(format!("`{at}` exported that file"));
    }
    Ok(Some(Standing { digest, text }))
}
