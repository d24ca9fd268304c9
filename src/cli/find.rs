//! Which course a command is about, and where we are.

#![expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::world::{FoundKind, Root, World};

use super::exit::Exit;
use super::out::Out;

/// The course that was asked for, or `course.yml` in this folder.
pub(super) fn course(asked: Option<&Path>) -> PathBuf {
    asked.map_or_else(|| PathBuf::from("course.yml"), course_file)
}

/// The course that `asked` names: the file, or the `course.yml` of the folder.
pub(super) fn course_file(asked: &Path) -> PathBuf {
    if asked.is_dir() { asked.join("course.yml") } else { asked.to_owned() }
}

/// Which courses a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct Courses {
    /// Courses, or folders in which all are meant; default: course.yml in this folder
    courses: Vec<PathBuf>,
    /// The same, as commands say it that are about one course
    #[arg(long, value_name = "COURSE", hide = true, conflicts_with = "courses")]
    config: Option<PathBuf>,
}

impl Courses {
    /// As they were typed.
    pub(super) fn asked(&self) -> &[PathBuf] {
        self.config.as_ref().map_or(&self.courses, std::slice::from_ref)
    }
}

/// The courses that `asked` names, and whether they are shown as many: files, folders that are a course, and every course below a folder that is
/// none itself. Without a word: `course.yml` in this folder.
///
/// # Errors
/// After saying so, where a folder has no course.
pub(super) fn courses(world: &dyn World, asked: &[PathBuf], out: &Out) -> Result<(Vec<PathBuf>, bool), Exit> {
    let mut courses = Vec::new();
    for asked in asked {
        if !asked.is_dir() || is_there(world, &course_file(asked)) {
            courses.push(course_file(asked));
            continue;
        }
        let before = courses.len();
        below(world, asked, "", &mut courses);
        if courses.len() == before {
            let message = format!("there is no `course.yml` in `{}` or below it", asked.display());
            return Err(out.fail(&message, "name the course, or the folder that it is in"));
        }
    }
    let is_many = courses.len() > 1 || asked.iter().any(|asked| !courses.contains(&course_file(asked)));
    if asked.is_empty() {
        courses.push(course(None));
    }
    let mut seen = std::collections::BTreeSet::new();
    courses.retain(|course| seen.insert(absolute(course)));
    Ok((courses, is_many))
}

/// Every `course.yml` below `dir` of `folder`, sorted by path; not in hidden folders, and not in workspaces.
fn below(world: &dyn World, folder: &Path, dir: &str, courses: &mut Vec<PathBuf>) {
    let Ok(entries) = world.entries(&Root::Folder(folder.to_owned()), dir) else { return };
    if entries.iter().any(|entry| entry.name == ".tinytorch") {
        return;
    }
    for entry in entries.into_iter().filter(|entry| entry.unicode && !entry.name.starts_with('.')) {
        let path = if dir.is_empty() { entry.name.clone() } else { format!("{dir}/{}", entry.name) };
        match entry.kind {
            FoundKind::Folder => below(world, folder, &path, courses),
            FoundKind::File { .. } if entry.name == "course.yml" => courses.push(match folder.to_str() {
                Some(".") => PathBuf::from(path),
                _ => folder.join(path),
            }),
            FoundKind::File { .. } | FoundKind::Link | FoundKind::Special => {}
        }
    }
}

/// Two of `courses` that are in one folder, and so would have one lock.
pub(super) fn in_one_folder(courses: &[PathBuf]) -> Option<(&Path, &Path)> {
    let mut seen = BTreeMap::new();
    courses.iter().find_map(|course| {
        let before: Option<&Path> = seen.insert(absolute(course).parent()?.to_owned(), course.as_path());
        before.filter(|before| *before != course).map(|before| (before, course.as_path()))
    })
}

/// Is there anything at `path`?
pub(super) fn is_there(world: &dyn World, path: &Path) -> bool {
    !matches!(world.read(path, crate::yaml::MAX_BYTES), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Is there a file, a folder or anything else at `path`?
pub(super) fn is_there_at_all(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Is `path` a file that a person could open?
pub(super) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The `course.yml` of this folder, if there is one.
pub(super) fn course_here(world: &dyn World) -> Option<PathBuf> {
    let course = PathBuf::from("course.yml");
    is_there(world, &course).then_some(course)
}

/// Is it the address of something on the net, and no path?
pub(super) fn is_address(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
    });
    scheme || text.starts_with("git@") || text.starts_with("www.")
}

/// This folder.
pub(super) fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// `path` seen from the root of the file system, `.` and `..` taken out by name.
pub(super) fn absolute(path: &Path) -> PathBuf {
    crate::course::normalise(&here().join(path))
}
