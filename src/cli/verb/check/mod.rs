//! `tito check`: every diagnostic of a course at once, and of what has changed since it was released; of one course, or of many.

mod only;
mod summary;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use crate::compile::Target;
use crate::diagnostic::{self, Checked, Code, Diagnostic, Severity, has_errors};
use crate::path::slashed;
use crate::world::World;
use crate::world::disk::Disk;
use crate::world::sources::{Fault, Remote};

use only::Only;

use crate::cli::annotate::{self, Finding, Places};
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::moment::{At, NoMoment};
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::sources::{self, Policy};
use crate::cli::{find, released, report};

/// Reports everything that is wrong with courses, without writing anything.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    courses: find::Courses,
    /// Show only findings of these codes: `rule::matches-nothing`, or `rule` for all that begin so
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    only: Vec<Only>,
    /// Only count: by course and by code
    #[arg(long)]
    summary: bool,
    /// Say which Git sources are at another commit now
    #[arg(long, conflicts_with = "offline")]
    online: bool,
    /// Do not ask the network: sources come from the cache
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    at: At,
}

/// A course that was checked.
struct Course {
    path: PathBuf,
    /// What it has, and which of its units are open. None: it has errors.
    good: Option<Good>,
    /// What was found, and is to be shown.
    shown: Vec<Diagnostic>,
    /// How much was found and is not shown.
    others: usize,
}

/// What is said of a course without errors.
struct Good {
    has: String,
    opened: Option<String>,
}

impl Course {
    /// As the user knows it, with `/`.
    fn name(&self) -> String {
        slashed(&self.path)
    }

    /// Leaves what is to be shown of what was found, in its order.
    fn choose(&mut self, only: &[Only]) {
        diagnostic::sort(&mut self.shown);
        let found = self.shown.len();
        self.shown.retain(|diagnostic| only::is_wanted(diagnostic, only));
        self.others = found - self.shown.len();
    }
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let (paths, is_many) = match find::courses(&world, args.courses.asked(), out) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let policy = |path: &Path| Policy::locked(&world, path, args.offline);
    let checked =
        sources::compile_many(&world, &paths, policy, |path, found| check(&world, path, found, args));
    let checked: Result<Vec<Course>, NoMoment> = checked.into_iter().collect();
    let mut courses = match checked {
        Ok(courses) => courses,
        Err(wrong) => return wrong.show(out),
    };
    for course in &mut courses {
        if args.online {
            course.shown.extend(moved(&world, &course.path));
        }
        course.choose(&args.only);
    }
    if out.is_annotated() {
        let findings = courses.iter().flat_map(|course| {
            let places = Places::of(&world, &course.path);
            course.shown.iter().map(|found| Finding::of(&places, found)).collect::<Vec<_>>()
        });
        annotate::show(findings.collect(), out);
    } else if args.summary {
        summary::show(&courses, out);
    } else if let [course] = courses.as_slice()
        && !is_many
    {
        report::show(&course.shown, out);
        if let Some(good) = course.good.as_ref().filter(|_| !out.json) {
            out.say(format!("{} {}", paint(Look::Good, "✓"), good.has));
            if let Some(open) = &good.opened {
                out.say(open);
            }
        }
    } else {
        show_many(&courses, out);
    }
    let others: usize = courses.iter().map(|course| course.others).sum();
    if others > 0 {
        out.say(format!("{} not shown, because of `--only`", counted(others, "finding")));
    }
    if courses.iter().any(|course| course.good.is_none()) { Exit::Failed } else { Exit::Done }
}

/// Everything that is found about one course. Of a course that is good no more is kept than what is said of it: there may be hundreds.
///
/// # Errors
/// `--at` is not a moment.
fn check(world: &Disk, path: &Path, checked: Checked<Target>, args: &Args) -> Result<Course, NoMoment> {
    let mut found = checked.diagnostics;
    let timezone = checked.value.as_ref().and_then(|target| target.timezone.as_deref());
    let now = args.at.read(timezone)?.unwrap_or_else(|| world.now());
    if let Some(target) = checked.value.as_ref().filter(|_| !has_errors(&found)) {
        found.extend(released::against(world, path, target, now));
    }
    let target = checked.value.filter(|_| !has_errors(&found));
    let good = target.map(|target| Good { has: has(&target), opened: opened(&target, now) });
    Ok(Course { path: path.to_owned(), good, shown: found, others: 0 })
}

/// Each course under its name, and how many there are.
fn show_many(courses: &[Course], out: &Out) {
    if out.json {
        let of_course = |course: &Course| json!({"course": course.name(), "diagnostics": report::entries(&course.shown), "summary": report::summary(&course.shown)});
        let all: Vec<Diagnostic> = courses.iter().flat_map(|course| course.shown.clone()).collect();
        let list: Vec<serde_json::Value> = courses.iter().map(of_course).collect();
        out.value(&json!({"courses": list, "summary": report::summary(&all)}));
        return;
    }
    for course in courses {
        let name = clean(&course.name());
        if !course.shown.is_empty() {
            out.say(paint(Look::Strong, &name));
            report::show(&course.shown, out);
        }
        match &course.good {
            Some(good) => out.say(format!("{} {name}   {}", paint(Look::Good, "✓"), good.has)),
            None => out.say(format!("{} {name}", paint(Look::Bad, "×"))),
        }
    }
    let bad = courses.iter().filter(|course| course.good.is_none()).count();
    let all = counted(courses.len(), "course");
    out.say(if bad == 0 { format!("{all}, no errors") } else { format!("{all}, {bad} with errors") });
}

/// What a course without errors has.
fn has(target: &Target) -> String {
    format!(
        "{}: {}, {}, base {} {}",
        target.course,
        counted(target.units.len(), "unit"),
        counted(target.files.len(), "file"),
        target.base,
        target.base_version
    )
}

/// How many units are open, and which come next, in a course where units open.
fn opened(target: &Target, now: Timestamp) -> Option<String> {
    let (next, units) = target.next_opening(now)?;
    let open = target.units.iter().filter(|unit| unit.dates.is_open(now)).count();
    let clock = Clock::new(now, target.timezone.as_deref());
    let ids: Vec<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
    let (all, next) = (counted(target.units.len(), "unit"), clock.moment(next));
    Some(format!("  {open} of {all} open · next {next}: {}", ids.join(", ")))
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
            Err(fault @ (Fault::Gone(_) | Fault::NoReference { .. })) => (
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
