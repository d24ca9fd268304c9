//! Findings for programs that show them beside the lines of a repository: workflow commands of GitHub, and SARIF.
//!
//! In: the diagnostics of courses, whose places are named from the folder of each course. Out: text in which places are named from the root of the
//! repository, because that is what the programs that read it know. A place that is not a line of a file there (in the bundled base, in a cell of a
//! notebook) is said in the message, and the finding points to the whole file or to the course.

mod github;
mod sarif;

use std::path::{Path, PathBuf};

use crate::course::{self, BaseFrom, relative};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::world::World;

use super::find;
use super::out::{Format, Out, clean, shortened};

/// The root of a repository that a workflow of GitHub works on.
const WORKSPACE: &str = "GITHUB_WORKSPACE";

/// Something that was found, for a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The stable name of what was found.
    code: &'static str,
    /// What the code means.
    about: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    place: Place,
    /// Other places, and what is said there.
    others: Vec<(Place, String)>,
}

/// A file of the repository, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// From the root of the repository, with `/`.
    file: String,
    /// None: the whole file.
    region: Option<Region>,
}

/// From a character to the one behind the last, all numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// A course, and where the files are that its findings name.
#[derive(Debug)]
pub(super) struct Places<'a> {
    course: &'a Path,
    /// The folder of its base, and what the course calls it, where that is not in the binary or in a source.
    base: Option<(PathBuf, String)>,
}

impl<'a> Places<'a> {
    /// The places of the course at `course`.
    pub(super) fn of(world: &dyn World, course: &'a Path) -> Self {
        let read = course::read(world, course).value;
        let base = read.and_then(|course| match course.base.value {
            BaseFrom::Folder(written, root) => Some((root.folder()?, written)),
            BaseFrom::Bundled | BaseFrom::Source(..) => None,
        });
        Self { course, base }
    }

    /// The file that messages call `name`.
    fn file(&self, name: &str) -> Option<PathBuf> {
        let beside = self.course.parent().unwrap_or(Path::new("")).join(name);
        let of_base = || {
            let (folder, written) = self.base.as_ref()?;
            let inner = name.strip_prefix(written.as_str()).and_then(|rest| rest.strip_prefix('/'));
            Some(folder.join(inner.unwrap_or(name)))
        };
        let found = if find::is_file(&beside) { Some(beside) } else { of_base() };
        found.filter(|path| find::is_file(path))
    }
}

impl Finding {
    /// What was found in a course, and in what it is made of.
    pub(super) fn of(places: &Places<'_>, diagnostic: &Diagnostic) -> Self {
        let course = places.course;
        let mut labels = diagnostic.labels.iter();
        let main = labels.next();
        let place = main.and_then(|label| place_of(places, label));
        let mut message = shortened(&clean(&diagnostic.message));
        if let Some(label) = main.filter(|_| place.as_ref().is_none_or(|place| place.region.is_none())) {
            message += &format!(" ({})", clean(&label.span.to_string()));
        }
        let other = |label: &Label| Some((place_of(places, label)?, shortened(&clean(&label.text))));
        Self {
            code: diagnostic.code.as_str(),
            about: diagnostic.code.summary(),
            severity: diagnostic.severity,
            message,
            help: diagnostic.help.as_deref().map(|help| shortened(&clean(help))),
            place: place.unwrap_or_else(|| whole(course)),
            others: labels.filter_map(other).collect(),
        }
    }

    /// Something that is wrong with the file at `path` as a whole.
    pub(super) fn of_file(
        path: &Path,
        code: &'static str,
        about: &'static str,
        message: String,
        help: &str,
    ) -> Self {
        Self {
            code,
            about,
            severity: Severity::Error,
            message: clean(&message),
            help: Some(help.to_owned()),
            place: whole(path),
            others: Vec::new(),
        }
    }
}

impl Finding {
    /// Is it the same of another course? That may call the file in its message otherwise.
    fn is_again(&self, other: &Self) -> bool {
        let is_one_place = self.code == other.code && self.place == other.place;
        is_one_place && (self.place.region.is_some() || self.message == other.message)
    }
}

/// Shows them in the format that was asked for. Courses that share a layer share its findings: each is said once, by its code and place.
pub(super) fn show(findings: Vec<Finding>, out: &Out) {
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        if !once.iter().any(|other| other.is_again(&finding)) {
            once.push(finding);
        }
    }
    if out.format == Format::Sarif {
        out.value(&sarif::log(&once));
    } else {
        once.iter().for_each(|finding| out.line_as_it_is(github::command(finding)));
    }
}

/// The place of a label, where it is a line of a file of the repository; the whole file where it is in a cell of it, or in what it was
/// rendered to.
fn place_of(places: &Places<'_>, label: &Label) -> Option<Place> {
    let source = label.span.source();
    let path = places.file(source.file())?;
    let (line, column) = label.span.line_column();
    let (end_line, end_column) = source.span(label.span.end(), label.span.end()).line_column();
    let region = Region { line, column, end_line, end_column };
    let is_line = source.cell_name().is_none() && !source.is_rendered();
    Some(Place { region: is_line.then_some(region), ..whole(&path) })
}

fn whole(path: &Path) -> Place {
    Place { file: relative(&repository(), &find::absolute(path)), region: None }
}

/// The folder from which paths are named: the repository of a workflow if we are in it, else this folder.
fn repository() -> PathBuf {
    let here = find::here();
    #[expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]
    let root = std::env::var_os(WORKSPACE).map(PathBuf::from);
    root.filter(|root| here.starts_with(root)).unwrap_or(here)
}
