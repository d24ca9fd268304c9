//! `tito check`: every diagnostic of a course at once, and of what has changed since it was released.

use std::path::{Path, PathBuf};

use crate::compile::Overrides;
use crate::diagnostic::{self, Code, Diagnostic, Severity, has_errors};
use crate::world::disk::Disk;
use crate::world::sources::{Fault, Remote};

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, counted, paint};
use crate::cli::{find, released, report, sources};

/// Reports everything that is wrong with a course, without writing anything.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: course.yml in this folder
    course: Option<PathBuf>,
    /// Say which Git sources are at another commit now
    #[arg(long, conflicts_with = "offline")]
    online: bool,
    /// Do not ask the network: sources come from the cache
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let path = find::course(args.course.as_deref());
    let world = Disk::new();
    let mut checked = sources::compile_as(&world, &path, &Overrides::default(), args.offline);
    if args.online {
        checked.diagnostics.extend(moved(&world, &path));
        diagnostic::sort(&mut checked.diagnostics);
    }
    if let Some(target) = checked.value.as_ref().filter(|_| !has_errors(&checked.diagnostics)) {
        checked.diagnostics.extend(released::against(&world, &path, target));
        diagnostic::sort(&mut checked.diagnostics);
    }
    report::show(&checked.diagnostics, out);
    if has_errors(&checked.diagnostics) {
        return Exit::Failed;
    }
    if let Some(target) = checked.value.filter(|_| !out.json) {
        let text = format!(
            "{}: {}, {}, base {} {}",
            target.course,
            counted(target.units.len(), "unit"),
            counted(target.files.len(), "file"),
            target.base,
            target.base_version
        );
        out.say(format!("{} {text}", paint(Look::Good, "✓")));
    }
    Exit::Done
}

/// Sources of the course whose branch or tag is at another commit now; a course that has errors has none that are known.
fn moved(world: &Disk, path: &Path) -> Vec<Diagnostic> {
    let course = sources::read(world, path);
    let used = course.value.map(|course| course.sources).unwrap_or_default();
    let remotes: Vec<Remote> = used.iter().map(|source| source.remote.value.clone()).collect();
    let commits = sources::current_commits(&remotes);
    let problem = |(source, now): (&crate::course::CourseSource, Result<Option<String>, Fault>)| {
        let remote = &source.remote.value;
        let (label, name) = (remote.label(), remote.short_name());
        let problem = Diagnostic::new;
        let (mut problem, help) = match now {
            Ok(now) if now == source.pin.commit => return None,
            Ok(now) => {
                let now = now.unwrap_or_default();
                let [was, now] = [source.pin.commit.as_deref().unwrap_or_default(), &now]
                    .map(|commit| commit.get(..12).unwrap_or(commit).to_owned());
                (
                    problem(Code::SourceMoved, format!("`{label}` is at {now} now, and {was} is pinned")),
                    format!("`tito lock --upgrade {name}` shows what that changes, and pins it"),
                )
            }
            Err(fault @ Fault::Gone(_)) => (
                problem(Code::SourceGone, fault.to_string()),
                "the course still has what is pinned".to_owned(),
            ),
            Err(fault) => (
                problem(Code::SourceUnreachable, format!("`{label}` cannot be asked: {fault}")),
                "the course still has what is pinned".to_owned(),
            ),
        };
        problem.severity = Severity::Warning;
        Some(problem.at(&source.remote.span, "named here").help(help))
    };
    used.iter().zip(commits).filter_map(problem).collect()
}
