//! What is wrong with a source that is not there, in words.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, quoted};
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

/// A path that leads out of the source that it is in.
pub(super) fn escapes(written: &str, span: &Span, source: &str) -> Diagnostic {
    let message = format!("`{}` leads out of {source}", quoted(written));
    Diagnostic::new(Code::SourceEscapes, message)
        .at(span, "")
        .help("what a source names by a path is in that source; name another one by its address: `{git: …}`")
}
