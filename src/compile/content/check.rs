//! What students would see and should not.

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::notebook::tiers::{self, Leak, Markers, SolutionLines, Stripped, Tier};

use super::seen::{self, Part};
use super::{Compiled, Rendered, imports};

/// Solution markers and solution lines in what students get; imports of what the course does not have.
pub(crate) fn check(made: &[Rendered], of: Compiled<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if of.course.tier.value != Tier::Instructor {
        let solved: Vec<&Rendered> = made.iter().filter(|made| made.body.tiers.is_some()).collect();
        let stripped: Vec<&[Stripped]> = solved.iter().map(|made| made.body.stripped.as_slice()).collect();
        let search = Search { of, solutions: SolutionLines::of(&stripped), solved };
        let found: Vec<Vec<Diagnostic>> = made.par_iter().map(|made| search.seen_by_students(made)).collect();
        diagnostics.extend(found.into_iter().flatten());
    }
    imports::check(made, of, diagnostics);
}

struct Search<'a> {
    of: Compiled<'a>,
    solutions: SolutionLines<'a>,
    /// The notebooks that `solutions` were stripped from.
    solved: Vec<&'a Rendered>,
}

impl Search<'_> {
    fn seen_by_students(&self, made: &Rendered) -> Vec<Diagnostic> {
        // The solved code of provided modules is meant to be seen.
        if made.id.as_str().starts_with("package:") {
            return Vec::new();
        }
        let looks = seen::looks(made, |line| has_marker(line) || tiers::is_otter_marker(line));
        let mut found = Vec::new();
        if !looks.has_marker && !self.solutions.may_be_among(&looks.lines) {
            return found;
        }
        for part in seen::parts(made) {
            if looks.has_marker {
                found.extend(self.marker(made, &part));
                found.extend(self.otter_marker(made, &part));
            }
            for leak in tiers::leaks(&self.solutions, &part.text, |line| self.is_common(line)) {
                found.push(self.leak(made, &part, &leak));
            }
        }
        found
    }

    fn marker(&self, made: &Rendered, part: &Part<'_>) -> Option<Diagnostic> {
        let line = part.text.lines().position(has_marker)?;
        let place = seen::place(self.of.world, made, part, line, self.of.catalog);
        let mut problem =
            Diagnostic::new(Code::MarkersLeft, format!("`{}` still contains a solution marker", made.path))
                .at(&place, "students would see this")
                .help("markers are read in percent scripts and notebooks of modules and assignments; remove them from other files");
        problem.about = Some(made.path.clone());
        Some(problem)
    }

    /// A marker of otter-grader in code that is not a notebook of a unit.
    fn otter_marker(&self, made: &Rendered, part: &Part<'_>) -> Option<Diagnostic> {
        if made.body.tiers.is_some() || !crate::encoding::is_code(made.path.as_str()) {
            return None;
        }
        let line = part.text.lines().position(tiers::is_otter_marker)?;
        let place = seen::place(self.of.world, made, part, line, self.of.catalog);
        let (code, help) = match self.of.catalog.markers {
            Markers::Nbgrader => (Code::OtherMarkers, super::OTHER_MARKERS),
            Markers::Otter => (
                Code::MarkersLeft,
                "markers are read in percent scripts and notebooks of modules and assignments; remove them from other files",
            ),
        };
        let message = format!("`{}` contains a marker of otter-grader", made.path);
        let mut problem = Diagnostic::new(code, message).at(&place, "students would see this").help(help);
        problem.about = Some(made.path.clone());
        Some(problem)
    }

    fn leak(&self, made: &Rendered, part: &Part<'_>, leak: &Leak<'_>) -> Diagnostic {
        let place = seen::place(self.of.world, made, part, leak.line - 1, self.of.catalog);
        let solved = self.solved.get(leak.notebook).and_then(|made| made.body.tiers.as_ref());
        let solution = solved.map(|tiers| tiers.written_at(leak.stripped.cell, leak.stripped.line));
        let message = format!("`{}` contains a line of a solution that is removed elsewhere", made.path);
        let mut problem = Diagnostic::new(Code::SolutionLeak, message)
            .at(&place, "students would see this")
            .at_some(solution.as_ref(), "removed from the solution here")
            .help("reword the line, or mark the solution `role=\"scaffold\"`; if it reveals nothing, accept it with `allow`");
        // One line out of several may be there by chance: `for name, parameter in model.named_parameters():`.
        if !leak.certain {
            problem.severity = Severity::Warning;
        }
        problem.about = Some(made.path.clone());
        problem
    }

    /// Is the line all over the base?
    fn is_common(&self, line: &str) -> bool {
        let Compiled { world, catalog, shared, .. } = self.of;
        shared.frequent(world, catalog).has(line, world, catalog)
    }
}

fn has_marker(line: &str) -> bool {
    let Some(at) = line.find("###") else { return false };
    let rest = line[at..].trim_start_matches('#').trim_start();
    ["BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"]
        .iter()
        .any(|marker| rest.starts_with(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_prose() {
        assert!(has_marker("    ### BEGIN SOLUTION role=\"core\"") && has_marker("\"### END SOLUTION\\n\","));
        assert!(!has_marker("write your code between the BEGIN SOLUTION markers"));
    }
}
