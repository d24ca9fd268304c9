//! What students would see and should not.

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::notebook::tiers::{self, Leak, Markers, SolutionLines, Stripped, Tier};

use super::seen::{self, Part};
use super::{Compiled, Rendered, imports, named, unread, untested};

/// Solution markers and solution lines in what students get; imports of what the course does not have.
pub(crate) fn check(made: &[Rendered], of: Compiled<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if of.course.tier.value != Tier::Instructor {
        let solved: Vec<&Rendered> = made.iter().filter(|made| made.body.tiers.is_some()).collect();
        let stripped: Vec<&[Stripped]> = solved.iter().map(|made| made.body.stripped.as_slice()).collect();
        let search = Search { of, solutions: SolutionLines::of(&stripped), solved };
        let found: Vec<Vec<Diagnostic>> = made.par_iter().map(|made| search.seen_by_students(made)).collect();
        diagnostics.extend(found.into_iter().flatten());
        if of.course.tier.value != Tier::Solution {
            diagnostics.extend(named::check(made));
        }
    }
    diagnostics.extend(untested::check(made, of));
    imports::check(made, of, diagnostics);
}

/// Where markers are followed.
const MARKERS_ARE_READ: &str = "markers are read in percent scripts and notebooks of modules and assignments; remove them from other files";

/// What to do with a marker in a notebook of which markers are read.
const MARKERS_OF_ANOTHER: &str =
    "nothing reads this marker here: write one that the base uses (`markers` in catalog.yml), or remove it";

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
        let is_code = made.body.tiers.is_none() && crate::encoding::is_code(made.path.as_str());
        let looks = seen::looks(made, |line| is_left(line, is_code) || tiers::is_otter_marker(line));
        let mut found = Vec::from_iter(looks.unread.as_ref().map(|cell| unread::diagnostic(made, cell)));
        if !looks.has_marker && !self.solutions.may_be_among(&looks.lines) {
            return found;
        }
        for part in seen::parts(made) {
            if looks.has_marker {
                let otters = self.otter_marker(made, &part);
                let is_said = |line: &str| {
                    (otters.is_some() && tiers::is_otter_marker(line)) || self.is_misspelt(made, line)
                };
                found.extend(self.marker(made, &part, |line| is_left(line, is_code) && !is_said(line)));
                found.extend(otters);
            }
            for leak in tiers::leaks(&self.solutions, &part.text, |line| self.is_common(line)) {
                found.push(self.leak(made, &part, &leak));
            }
        }
        found
    }

    /// Is it a marker of a notebook that is reported already, because otter-grader does not read it as it is written?
    fn is_misspelt(&self, made: &Rendered, line: &str) -> bool {
        let is_otter = self.of.catalog.markers == Markers::Otter && made.body.tiers.is_some();
        is_otter && tiers::misspelt_otter_line(line).is_some()
    }

    fn marker(
        &self,
        made: &Rendered,
        part: &Part<'_>,
        is_marker: impl Fn(&str) -> bool,
    ) -> Option<Diagnostic> {
        let line = part.text.lines().position(is_marker)?;
        let place = seen::place(self.of.world, made, part, line, self.of.catalog);
        let mut problem = Diagnostic::new(
            Code::MarkersLeft,
            format!("`{}` still contains a marker of what students should not see", made.path),
        )
        .at(&place, "students would see this")
        .help(match made.body.tiers {
            Some(_) => MARKERS_OF_ANOTHER,
            None => MARKERS_ARE_READ,
        });
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
            Markers::Otter => (Code::MarkersLeft, MARKERS_ARE_READ),
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

/// Is the line a marker, or in code a misspelt one?
fn is_left(line: &str, is_code: bool) -> bool {
    has_marker(line) || (is_code && tiers::misspelt_marker(line).is_some())
}

/// The words of nbgrader's markers.
const MARKERS: [&str; 6] = [
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN TESTS",
    "END HIDDEN TESTS",
    "BEGIN MARK SCHEME",
    "END MARK SCHEME",
];

/// A marker behind the sign of a comment, in whatever language. Prose that only quotes the words is none.
fn has_marker(line: &str) -> bool {
    if !line.contains("BEGIN ") && !line.contains("END ") {
        return false;
    }
    let found = MARKERS.iter().flat_map(|marker| line.match_indices(marker));
    found.into_iter().any(|(at, marker)| {
        let (before, after) = (line[..at].trim_end(), &line[at + marker.len()..]);
        before.ends_with("###") || (is_sign(before) && ends_there(after))
    })
}

/// Does a comment begin at the end of `before`: at the start of the line, or behind code and a space?
fn is_sign(before: &str) -> bool {
    let code = before.trim_end_matches(['#', '/', '*', '%', '-', '!', '<', ';']);
    let sign = &before[code.len()..];
    // A file of JSON holds each line of a notebook as a text.
    let starts = code.is_empty() || code.ends_with(char::is_whitespace) || code.trim_start() == "\"";
    starts && ["#", "//", "/*", "%", "--", "<!--", ";"].iter().any(|one| sign.starts_with(one))
}

/// Nothing but a role, a sign or words of otter-grader's behind the words of a marker.
fn ends_there(after: &str) -> bool {
    let after = after.trim_start();
    let text = after.trim_start_matches(|c: char| !c.is_alphanumeric());
    text.is_empty() || after.starts_with("role") || after.starts_with("NO PROMPT") || after.starts_with("\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_prose() {
        for line in [
            "    ### BEGIN SOLUTION role=\"core\"",
            "\"### END SOLUTION\\n\",",
            "    # BEGIN SOLUTION",
            "    \"    # BEGIN SOLUTION\\n\",",
            "## BEGIN SOLUTION",
            "// BEGIN SOLUTION",
            "/* END SOLUTION */",
            "<!-- BEGIN SOLUTION -->",
            "%%% BEGIN SOLUTION",
            "-- END SOLUTION",
            "return 42  # BEGIN SOLUTION",
            "# BEGIN HIDDEN TESTS",
            "### BEGIN MARK SCHEME",
            "see ### BEGIN SOLUTION below",
        ] {
            assert!(has_marker(line), "{line}");
        }
        for line in [
            "write your code between the BEGIN SOLUTION markers",
            "## BEGIN SOLUTION and other markers",
            "- BEGIN SOLUTION",
            "between `# BEGIN SOLUTION` and `# END SOLUTION`",
            "x = \"BEGIN SOLUTION\"",
            "grep '# BEGIN SOLUTION' *.py",
        ] {
            assert!(!has_marker(line), "{line}");
        }
        assert!(is_left("# BEGIN SOLUTON", true) && !is_left("# BEGIN SOLUTON", false));
    }
}
