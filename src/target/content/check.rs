//! What students would see and should not.

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::notebook::nbformat;
use crate::notebook::tiers::{self, SolutionLines, Tier};
use crate::source::Source;
use crate::world::World;

use super::super::Unit;
use super::{Made, imports};

/// Solution markers and solution lines in what students get; imports of what the course lacks.
pub(in super::super) fn check(
    world: &dyn World,
    made: &[Made],
    units: &[Unit],
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if course.tier.value != Tier::Instructor {
        let stripped: Vec<tiers::Stripped> =
            made.iter().flat_map(|made| made.stripped.iter().cloned()).collect();
        let solutions = SolutionLines::of(&stripped);
        let found: Vec<Vec<Diagnostic>> =
            made.par_iter().map(|made| seen_by_students(made, &solutions)).collect();
        diagnostics.extend(found.into_iter().flatten());
    }
    imports::check(world, made, units, course, catalog, diagnostics);
}

fn seen_by_students(made: &Made, solutions: &SolutionLines<'_>) -> Vec<Diagnostic> {
    // The solved code of provided modules is meant to be seen.
    let Some(text) = visible_text(made).filter(|_| !made.id.as_str().starts_with("package:")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let source = Source::new(made.path.as_str(), text);
    if let Some(line) = source.text().lines().position(has_marker) {
        let problem =
            Diagnostic::new(Code::MarkersLeft, format!("`{}` still holds a solution marker", made.path))
                .at(&source.line(line + 1), "students would see this");
        found.push(problem.help("markers are read in percent scripts and notebooks of modules and assignments; solve elsewhere without them"));
    }
    for leak in tiers::leaks(solutions, source.text()) {
        let message = format!("`{}` holds a line of a solution that is stripped elsewhere", made.path);
        let mut problem = Diagnostic::new(Code::SolutionLeak, message)
            .at(&source.line(leak.line), "students would see this");
        // One line out of several may be there by chance: `for name, parameter in model.named_parameters():`.
        if !leak.certain {
            problem.severity = Severity::Warning;
        }
        found.push(
            problem.help("reword the line here, or mark the solution `role=\"scaffold\"` where it stands"),
        );
    }
    found
}

/// What students can read of a file: its text, or the sources of its cells.
fn visible_text(made: &Made) -> Option<String> {
    let text = std::str::from_utf8(&made.content).ok()?;
    if made.path.extension() != "ipynb" {
        return Some(text.to_owned());
    }
    match nbformat::read(&made.content) {
        Ok(notebook) => {
            Some(notebook.cells.iter().map(|cell| cell.source.as_str()).collect::<Vec<_>>().join("\n"))
        }
        Err(_) => Some(text.to_owned()),
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
mod tests_of_reading {
    use super::*;

    #[test]
    fn markers_are_told_from_prose() {
        assert!(has_marker("    ### BEGIN SOLUTION role=\"core\"") && has_marker("\"### END SOLUTION\\n\","));
        assert!(!has_marker("write your code between the BEGIN SOLUTION markers"));
    }
}
