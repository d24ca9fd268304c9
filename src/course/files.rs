//! The files of a chain, read with care for who names them.
//!
//! The innermost file is named by the user. All others are named by files, and a course may come from anywhere: no link is followed on
//! the way to them, and a file outside the innermost folder is only read on if it looks like a course. So nothing of a private file ends
//! up in a message.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::encoding;
use crate::source::{Source, Span, Spanned};
use crate::world::sources::Tree;
use crate::world::{Root, World};
use crate::yaml::{self, MAX_BYTES};

use super::grammar;
use super::paths::{below, normalise};

/// Could `bytes` be meant as a course? At least half of the keys at the start of its lines are keys of a course.
pub fn is_course(bytes: &[u8]) -> bool {
    yaml::resembles(&encoding::lossy(bytes), &grammar::LAYER)
}

/// The course at `path`, which messages call `name`.
///
/// # Errors
/// [`Code::Unreadable`], [`Code::TooLarge`] or [`Code::NotUtf8`].
pub(super) fn innermost(world: &dyn World, path: &Path, name: &str) -> Result<Source, Box<Diagnostic>> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    let read = match world.read_below(&Root::Folder(folder), &file, MAX_BYTES) {
        // A link, which may have come with the folder that the user named.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => world
            .read(path, MAX_BYTES)
            .and_then(|bytes| if is_course(&bytes) { Ok(bytes) } else { Err(error) }),
        read => read,
    };
    let bytes = read.map_err(|error| {
        let problem = unreadable(name, None, &error);
        Box::new(with_other_ending(world, path, name, &error, problem))
    })?;
    encoding::decode(name, &bytes)
}

/// The file that `asked`, in a file of `folder`, names; messages call it `name`. `home` is the folder of the innermost file.
///
/// # Errors
/// As [`innermost`], placed at `asked`.
pub(super) fn named(
    world: &dyn World,
    folder: &Path,
    asked: &Spanned<String>,
    name: &str,
    home: &Path,
) -> Result<Source, Box<Diagnostic>> {
    let (anchor, inner) = below(folder, &asked.value);
    let bytes = world.read_below(&Root::Folder(anchor.clone()), &inner, MAX_BYTES).map_err(|error| {
        let problem = unreadable(name, Some(&asked.span), &error);
        Box::new(with_other_ending(world, &anchor.join(&inner), name, &error, problem))
    })?;
    let is_inside = normalise(&anchor.join(&inner)).starts_with(home) && !inner.is_empty();
    if !is_inside && !is_course(&bytes) {
        let problem = Diagnostic::new(Code::Unreadable, format!("`{name}` is not a course"));
        return Err(Box::new(problem.at(&asked.span, "asked for here").help(
            "`extends` names the `course.yml` of an outer layer: a file with keys such as `course`, `base` and `modules`",
        )));
    }
    encoding::decode(name, &bytes)
}

/// The file `path` of `tree`, which is asked for at `span`; messages call it `name`.
///
/// # Errors
/// As [`innermost`], placed at `span`.
pub(super) fn in_source(
    world: &dyn World,
    tree: &Arc<Tree>,
    path: &str,
    name: &str,
    span: &Span,
) -> Result<Source, Box<Diagnostic>> {
    let root = Root::Source(tree.clone(), String::new());
    let bytes = world.read_below(&root, path, MAX_BYTES).map_err(|error| {
        let problem = unreadable(name, Some(span), &error);
        Box::new(match error.kind() {
            std::io::ErrorKind::NotFound => problem.help(tree.has()),
            _ => problem,
        })
    })?;
    encoding::decode(name, &bytes)
}

/// `problem`, with the file that has the other of the endings `.yml` and `.yaml`, where that is there and `path` is not.
fn with_other_ending(
    world: &dyn World,
    path: &Path,
    name: &str,
    error: &std::io::Error,
    problem: Diagnostic,
) -> Diagnostic {
    let other = match path.extension().and_then(|ending| ending.to_str()) {
        Some("yml") => path.with_extension("yaml"),
        Some("yaml") => path.with_extension("yml"),
        _ => return problem,
    };
    if error.kind() != std::io::ErrorKind::NotFound {
        return problem;
    }
    let folder = other.parent().unwrap_or(Path::new("")).to_owned();
    let file = other.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    if world.read_below(&Root::Folder(folder), &file, MAX_BYTES).is_err() {
        return problem;
    }
    problem.help(if file.ends_with(".yaml") {
        format!("there is `{file}`: tito looks for names that end in `.yml`, so rename it to `{name}`")
    } else {
        format!("did you mean `{file}`?")
    })
}

fn unreadable(name: &str, from: Option<&Span>, error: &std::io::Error) -> Diagnostic {
    use std::io::ErrorKind;
    let problem = match error.kind() {
        ErrorKind::NotFound if from.is_none() => {
            Diagnostic::new(Code::Unreadable, format!("there is no file `{name}`"))
                .help("go to the folder of the course, or give the path of its `course.yml`")
        }
        ErrorKind::FileTooLarge => Diagnostic::new(
            Code::TooLarge,
            format!("`{name}` is larger than {} MiB", crate::yaml::MAX_BYTES >> 20),
        )
        .help("a file written by hand is smaller; is this the right file?"),
        ErrorKind::NotFound => Diagnostic::new(Code::Unreadable, format!("there is no file `{name}`"))
            .help("check the path; it is relative to the file that names it"),
        ErrorKind::PermissionDenied => {
            Diagnostic::new(Code::Unreadable, format!("`{name}` cannot be read: permission denied"))
                .help("check the permissions of the file and its folders")
        }
        ErrorKind::InvalidInput | ErrorKind::NotADirectory if from.is_some() => Diagnostic::new(
            Code::Unreadable,
            format!("`{name}` cannot be read: {}", crate::world::reason(error)),
        )
        .help("name the file itself: links are not followed, because they may lead out of the course"),
        _ => Diagnostic::new(
            Code::Unreadable,
            format!("`{name}` cannot be read: {}", crate::world::reason(error)),
        )
        .help("check that it is a regular file"),
    };
    problem.at_some(from, "asked for here")
}
