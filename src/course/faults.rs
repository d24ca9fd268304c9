//! What is wrong with a source that is not there, in words.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, nearest, quoted};
use crate::source::Span;
use crate::world::World;
use crate::world::sources::{Fault, Kind, Remote, Tree};

/// The tree of `remote`, which is asked for at `span`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn tree(world: &dyn World, remote: &Remote, span: &Span) -> Result<Arc<Tree>, Box<Diagnostic>> {
    let found = world.source(remote).unwrap_or(Err(Fault::NotPinned));
    found.map_err(|fault| Box::new(problem(remote, &fault, span)))
}

fn problem(remote: &Remote, fault: &Fault, span: &Span) -> Diagnostic {
    let label = remote.label();
    let short = |digest: &str| digest.get(..12).unwrap_or(digest).to_owned();
    let (code, message, help) = match fault {
        Fault::NotPinned => (
            Code::SourceNotPinned,
            format!("course.lock has no commit for `{label}`"),
            "run `tito lock`: it fetches the source, and pins the commit that it has now".to_owned(),
        ),
        Fault::LockUnreadable(why) => (
            Code::SourceNotPinned,
            format!("the commit of `{label}` is not known: {why}"),
            "restore course.lock from version control; if you delete it, `tito lock` pins what the sources have now".to_owned(),
        ),
        Fault::Unreachable(why) => (
            Code::SourceUnreachable,
            format!("`{label}` cannot be fetched: {why}"),
            "check the address, your network and your access; `tito vendor` makes a course independent of both".to_owned(),
        ),
        Fault::Gone(what) => (
            Code::SourceGone,
            what.clone(),
            match remote.kind {
                Kind::Git(_) => format!(
                    "ask the maintainers of the source to restore it; `tito lock --upgrade {}` shows what the source has now, and pins that",
                    remote.short_name()
                ),
                Kind::Archive(_) => "correct the address".to_owned(),
            },
        ),
        Fault::NoReference { name, known, .. } => {
            (Code::SourceGone, fault.to_string(), other_reference(name.as_deref(), known))
        }
        Fault::Changed { expected, found } => (
            Code::SourceChanged,
            format!("`{label}` has other bytes than were pinned: {} is expected, and {} was found", short(expected), short(found)),
            match remote.kind {
                Kind::Git(_) => "the files of a commit never change: ask the maintainers of the source what happened".to_owned(),
                Kind::Archive(_) => format!("if you know that the new archive is right, write its digest into the course: `sha256: \"{found}\"`"),
            },
        ),
        Fault::Unusable(why) => (
            Code::SourceUnusable,
            format!("`{label}` cannot be used: {why}"),
            "a source is a Git repository, a tar.gz or a zip file, with plain files under plain names".to_owned(),
        ),
        Fault::Cache(why) => (
            Code::SourceUnreachable,
            why.clone(),
            "check the disk and the permissions of that folder, or choose another one: `TITO_CACHE`".to_owned(),
        ),
    };
    Diagnostic::new(code, message).at(span, "named here").help(help)
}

/// What to write in place of a branch or tag that a repository does not have.
fn other_reference(name: Option<&str>, known: &[String]) -> String {
    let is_part_of_a_commit =
        |name: &&str| (7..40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.unwrap_or_default();
    let near = nearest(name, known.iter().map(String::as_str));
    if let (None, Some(commit)) = (near, Some(name).filter(is_part_of_a_commit)) {
        return format!("a commit is named by all 40 digits: `git rev-parse {commit}` prints them");
    }
    let shown: Vec<String> = known.iter().take(5).map(|name| format!("`{}`", quoted(name))).collect();
    match near {
        Some(near) => format!("write `ref: {}`", quoted(near)),
        None if shown.is_empty() => "push a commit to it first".to_owned(),
        None => format!("write one that it has: {}", shown.join(", ")),
    }
}

/// A path that leads out of the source that it is in.
pub(super) fn escapes(written: &str, span: &Span, source: &str) -> Diagnostic {
    let message = format!("`{}` leads out of {source}", quoted(written));
    Diagnostic::new(Code::SourceEscapes, message)
        .at(span, "")
        .help("what a source names by a path is in that source; name another one by its address: `{git: …}`")
}
