//! Paths as people type them: from the folder they are in, from the workspace's root, or copied from a file browser.

use std::path::Path;

use crate::diagnostic::nearest;
use crate::path::WorkspacePath;
use crate::plan::{Plan, Step};
use crate::world::disk::Disk;

use super::exit::Exit;
use super::find;
use super::out::Out;
use super::workspace::Planned;

/// Where offers lie; a student may name one by the place where it was found.
const INCOMING: &str = ".tinytorch/incoming/";

/// The path of the workspace that `word` means: the first reading of it that `known` knows, else the first that is a path at all.
pub(super) fn path(
    word: &str,
    root: &Path,
    known: impl Fn(&WorkspacePath) -> bool,
    out: &Out,
) -> Result<WorkspacePath, Exit> {
    let from_here = find::absolute(Path::new(word));
    let from_here = from_here.strip_prefix(root).ok().map(|path| path.to_string_lossy().into_owned());
    let readings = [from_here.as_deref(), Some(word)];
    let read = |text: &str| WorkspacePath::new(&tidy(text));
    let mut fallback = None;
    for path in readings.into_iter().flatten().filter_map(|text| read(text).ok()) {
        if known(&path) {
            return Ok(path);
        }
        fallback = fallback.or(Some(path));
    }
    fallback.ok_or_else(|| {
        let why = read(word).err().map(|error| error.to_string()).unwrap_or_default();
        out.fail(&why, "name a path as `tito status` shows it, from the root of the workspace")
    })
}

/// `word` in the one spelling by which a command is known again: the path from the workspace's root of what it names, where that is there.
pub(super) fn spelled(word: &str, root: &Path) -> String {
    let from_here = find::absolute(Path::new(word));
    let below = from_here.strip_prefix(root).ok().filter(|_| find::is_there(&Disk::new(), &from_here));
    tidy(&below.map_or_else(|| word.into(), |path| path.to_string_lossy()))
}

/// `./a//b` is `a/b`, and an offer stands for the file that it is offered for.
fn tidy(text: &str) -> String {
    let parts: Vec<&str> = text.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    let joined = parts.join("/");
    joined.strip_prefix(INCOMING).map_or(joined.clone(), str::to_owned)
}

/// The path of a file of the course, or that tito follows; anything else is an answer that says what is near.
pub(super) fn of_the_course(
    word: &str,
    root: &Path,
    planned: &Planned,
    out: &Out,
) -> Result<WorkspacePath, Exit> {
    let path = path(word, root, |path| is_known(planned, path), out)?;
    if is_known(planned, &path) {
        return Ok(path);
    }
    let all = planned.target.files.keys().chain(planned.plan.steps.iter().map(|step| &step.path));
    let all: Vec<&str> = all.map(WorkspacePath::as_str).collect();
    let near = |word: &str| nearest(word, all.iter().copied());
    let help = match near(path.as_str()).or_else(|| near(&tidy(word))) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tito status` lists what is edited, newer or offered".to_owned(),
    };
    Err(out.fail(&format!("the course has no file `{path}`"), &help))
}

fn is_known(planned: &Planned, path: &WorkspacePath) -> bool {
    planned.target.files.contains_key(path) || step(&planned.plan, path).is_some()
}

/// The step of the file that is, was, or belongs at `path`.
pub(super) fn step<'a>(plan: &'a Plan, path: &WorkspacePath) -> Option<&'a Step> {
    plan.step(path).or_else(|| plan.steps.iter().find(|step| step.recorded.as_ref() == Some(path)))
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn what_people_type_is_tidied() {
        assert_eq!(tidy("./a//b"), "a/b");
        assert_eq!(tidy("a\\b"), "a/b");
        assert_eq!(tidy("/.tinytorch/incoming/tests/a.py"), "tests/a.py");
        assert_eq!(tidy("../a"), "../a");
    }
}
