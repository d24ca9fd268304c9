//! Findings that the course or its base has settled with `allow`.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::course::{Allowance, Course};
use crate::diagnostic::{Code, Diagnostic};
use crate::notebook::tiers::Tier;
use crate::path::WorkspacePath;

use super::File;

/// Takes out of `diagnostics` what is settled, and reports an entry of `allow` that settles nothing. One of
/// the base may be about files that this course does not have.
pub(super) fn settle(
    course: &Course,
    catalog: &Catalog,
    files: &BTreeMap<WorkspacePath, File>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let all: Vec<&Allowance> = course.allow.iter().chain(&catalog.allow).collect();
    let mut used = vec![false; all.len()];
    diagnostics.retain(|problem| {
        let mut settled = false;
        for (allowance, used) in all.iter().zip(&mut used) {
            if allowance.code == problem.code && is_about(allowance, problem) {
                (settled, *used) = (true, true);
            }
        }
        !settled
    });
    for (at, allowance) in all.iter().enumerate().filter(|(at, _)| !used.get(*at).is_some_and(|used| *used)) {
        let of_base = at >= course.allow.len();
        let is_here = || {
            files.iter().any(|(path, file)| {
                allowance.covers(path.as_str()) || allowance.covers(written_path(&file.origin))
            })
        };
        // Nothing looks for solutions where all are given.
        let looked_for = !matches!(course.tier.value, Tier::Instructor | Tier::Solution)
            || !matches!(allowance.code, Code::SolutionLeak | Code::MarkersLeft | Code::WipedCell);
        // What only `tito catalog check` looks for, it settles itself.
        let of_check = matches!(allowance.code, Code::NumberInText | Code::NumberedImport | Code::SameWork);
        if looked_for && !of_check && (!of_base || is_here()) {
            let message = format!("this has no effect: there is no `{}` in these files", allowance.code);
            let problem = Diagnostic::new(Code::UnusedAllow, message).at(&allowance.span, "");
            diagnostics.push(problem.help("remove the entry, or correct its `paths`"));
        }
    }
}

/// Is `problem` in one of the files, as the workspace names it or as it is written?
fn is_about(allowance: &Allowance, problem: &Diagnostic) -> bool {
    let written = problem.span().map(|span| written_path(span.source().file()));
    problem.about.as_ref().is_some_and(|path| allowance.covers(path.as_str()))
        || written.is_some_and(|path| allowance.covers(path))
}

fn written_path(shown: &str) -> &str {
    // `bundled:PATH`, or the name of a source; no path of a workspace has a colon.
    shown.rsplit_once(':').map_or(shown, |(_, path)| path)
}
