//! nbgrader's markers: a notebook for a tier.

use serde_json::Value;

use super::regions::{Line, RegionKind, RegionRole, lines};
use super::stubs::{self, Stubs};
use super::tiered::{LineOrigin, Rewritten, Stripped, Tiered, clear_outputs};
use super::{Tier, misspelt, wiped};
use crate::diagnostic::Code;
use crate::notebook::grading::{self, is_locked};
use crate::notebook::problem::{Place, Problem};
use crate::notebook::python::is_space;
use crate::notebook::{Cell, CellKind, Notebook};

/// The notebook as `tier` gets it, with nbgrader's markers, into `result`.
pub(super) fn strip(notebook: &Notebook, tier: Tier, stubs: &Stubs, result: &mut Tiered) {
    let language = notebook.language().to_owned();
    let stub = stubs.code(&language);
    if stub.is_none() {
        let message = format!("nbgrader has no stub for solutions in `{language}`");
        let problem = Problem::new(Code::GradingMetadata, Place::Whole, message);
        let help =
            format!("set one in course.yml: `stubs: {{{}: \"# YOUR CODE HERE\"}}`", language.to_lowercase());
        result.problems.push(problem.help(help));
    }
    let stub = stub.unwrap_or_default();
    let mut cells = std::mem::take(&mut result.notebook.cells);
    for (index, cell) in cells.iter_mut().enumerate() {
        let mut work = Work { tier, index, language: &language, stub: &stub, result };
        let challenge = work.cell(cell);
        result.challenges += usize::from(challenge);
    }
    result.notebook.cells = cells;
}

/// The work on one cell.
struct Work<'a> {
    tier: Tier,
    index: usize,
    language: &'a str,
    stub: &'a [&'a str],
    result: &'a mut Tiered,
}

impl Work<'_> {
    /// Makes `cell` what the tier gets; does it hold a challenge?
    fn cell(&mut self, cell: &mut Cell) -> bool {
        self.check_template(cell);
        let misspelt = self.misspelt(cell);
        let found = RegionKind::ALL.map(|kind| self.check_regions(kind, cell, &misspelt));
        let challenge = found[0].contains(&Line::Begin(RegionRole::Challenge));
        if self.tier == Tier::Instructor {
            return challenge;
        }
        lock(cell);
        let before = cell.source.clone();
        let origin = self.solution(cell, &found[0], misspelt.contains(&RegionKind::Solution));
        drop_images(cell, &before, origin.iter().all(|line| line.stub));
        let origin = self.remove(RegionKind::HiddenTests, cell, origin);
        let origin = self.remove(RegionKind::MarkScheme, cell, origin);
        self.note_rewritten(&origin, &found);
        clear_outputs(cell);
        if cell.flag("grade") || cell.flag("solution") || is_locked(cell) {
            let (checksum, kind) = (grading::checksum(cell), cell.kind.as_str());
            if let Some(Value::Object(grading)) = cell.metadata.get_mut("nbgrader") {
                grading.insert("checksum".into(), checksum.into());
                grading.insert("cell_type".into(), kind.into());
            }
        }
        challenge
    }

    fn note_rewritten(&mut self, origin: &[LineOrigin], found: &[Vec<Line>; 3]) {
        let whole = found.iter().flatten().all(|line| *line == Line::Outside);
        if whole && origin.iter().all(|line| !line.stub) {
            return;
        }
        let mut stubs: Vec<usize> = origin.iter().filter(|one| one.stub).map(|one| one.line).collect();
        stubs.dedup();
        let lines = origin.iter().map(|one| one.line).collect();
        self.result.rewritten.insert(self.index, Rewritten { lines, stubs });
    }

    fn problem(&mut self, code: Code, line: Option<usize>, message: impl Into<String>) -> Problem {
        Problem::new(code, Place::Cell { cell: self.index, line }, message)
    }

    /// Reports markers that are misspelt, and returns the kinds of region that they are meant for.
    fn misspelt(&mut self, cell: &Cell) -> Vec<RegionKind> {
        let found = misspelt::in_cell(cell.kind, &cell.source);
        for (line, meant) in &found {
            let message = "this looks like a marker, but hides nothing";
            let problem = self.problem(Code::MisspeltMarker, Some(*line), message);
            let help = format!("write `{}`; if it is a plain comment, use other words", meant.right());
            self.result.problems.push(problem.help(help));
        }
        found.into_iter().map(|(_, meant)| meant.kind).collect()
    }

    /// Faults of the regions of one kind, and whether the cell may have any.
    fn check_regions(&mut self, kind: RegionKind, cell: &Cell, misspelt: &[RegionKind]) -> Vec<Line> {
        let (found, faults) = lines(kind, &cell.source);
        for (line, fault) in faults {
            // What is missing is there, and is misspelt.
            if misspelt.contains(&kind) && !matches!(fault, super::regions::Fault::Role(_)) {
                continue;
            }
            let code = match fault {
                super::regions::Fault::Role(_) => Code::UnknownRole,
                _ => Code::UnbalancedRegion,
            };
            let problem = self.problem(code, Some(line), fault.message(kind));
            self.result.problems.push(problem.help(fault.help(kind)));
        }
        let (allowed, flag) = match kind {
            RegionKind::Solution => (cell.flag("solution"), "solution"),
            RegionKind::HiddenTests => (cell.flag("grade"), "grade"),
            RegionKind::MarkScheme => (cell.flag("task"), "task"),
        };
        // Metadata that could not be read is reported already, and this would follow from it.
        let unread = cell.metadata.contains_key("incorrectly_encoded_metadata");
        let first = found.iter().position(|line| matches!(line, Line::Begin(_)));
        if let Some(line) = first.filter(|_| !allowed && !unread) {
            let message =
                format!("a {} region in a cell that is not marked for it", kind.words().to_lowercase());
            let problem = self.problem(Code::MisplacedRegion, Some(line), message);
            let help = format!("set \"{flag}\": true in the cell's nbgrader metadata, or move the region");
            self.result.problems.push(problem.help(help));
        }
        found
    }

    fn check_template(&mut self, cell: &Cell) {
        let template = |line: &str| line.trim_start().starts_with('#') && line.contains("AUTOTEST");
        let at = cell.source.split('\n').position(template).filter(|_| cell.kind == CellKind::Code);
        if let Some(line) = at {
            let message = "tests are not generated from AUTOTEST lines";
            let problem = self.problem(Code::TestTemplate, Some(line), message);
            self.result.problems.push(problem.help("write the test yourself"));
        }
    }

    fn strip(&mut self, line: usize, text: &str) {
        let text = text.trim_matches(is_space).to_owned();
        self.result.stripped.push(Stripped {
            text,
            cell: self.index,
            line,
            kept_elsewhere: false,
            function: None,
        });
    }

    /// nbgrader's ClearSolutions. Returns where each line of the new source was in the old one.
    fn solution(&mut self, cell: &mut Cell, found: &[Line], misspelt: bool) -> Vec<LineOrigin> {
        let stub = match cell.kind {
            CellKind::Code => self.stub,
            _ => stubs::TEXT,
        };
        let any = found.iter().any(|line| matches!(line, Line::Begin(_)));
        if !any && cell.flag("solution") && self.tier == Tier::Student {
            return self.whole(cell, stub, misspelt || found.contains(&Line::End));
        }
        let mut kept = Vec::new();
        let mut origin = Vec::new();
        let source = std::mem::take(&mut cell.source);
        for (at, (line, what)) in source.split('\n').zip(found).enumerate() {
            match what {
                Line::Begin(role) if self.stubs(*role) => {
                    let indent =
                        line.get(..line.len() - line.trim_start_matches(is_space).len()).unwrap_or_default();
                    kept.extend(stub.iter().map(|stub| format!("{indent}{stub}")));
                    origin.extend(stub.iter().map(|_| LineOrigin { line: at, stub: true }));
                }
                Line::Begin(_) | Line::End => {}
                Line::Inside(role) if self.stubs(*role) || *role == RegionRole::Instructor => {
                    self.strip(at, line)
                }
                Line::Inside(_) | Line::Outside => {
                    kept.push(line.to_owned());
                    origin.push(LineOrigin { line: at, stub: false });
                }
            }
        }
        cell.source = kept.join("\n");
        origin
    }

    /// Does this tier get a stub for regions of `role`?
    fn stubs(&self, role: RegionRole) -> bool {
        match self.tier {
            Tier::Student => role == RegionRole::Core,
            Tier::Challenge => role == RegionRole::Challenge,
            Tier::Solution | Tier::Instructor => false,
        }
    }

    /// A solution cell without a region is replaced whole.
    fn whole(&mut self, cell: &mut Cell, stub: &[&str], torn: bool) -> Vec<LineOrigin> {
        let source = std::mem::replace(&mut cell.source, stub.join("\n"));
        // An end without a beginning, or a misspelt one, is reported already.
        if source != cell.source && !torn {
            let language = if cell.kind == CellKind::Code { self.language } else { "" };
            self.result.problems.extend(wiped::problem(self.index, &source, language));
        }
        for (at, line) in source.split('\n').enumerate() {
            self.strip(at, line);
        }
        vec![LineOrigin { line: 0, stub: true }; stub.len()]
    }

    /// Takes out the regions of `kind`, with their markers. `origin` and what is returned say where
    /// the lines were before anything was taken out.
    fn remove(&mut self, kind: RegionKind, cell: &mut Cell, mut origin: Vec<LineOrigin>) -> Vec<LineOrigin> {
        let (found, _) = lines(kind, &cell.source);
        if found.iter().all(|line| *line == Line::Outside) {
            return origin;
        }
        let source = std::mem::take(&mut cell.source);
        let mut kept = Vec::new();
        for ((line, what), from) in source.split('\n').zip(&found).zip(&origin) {
            match what {
                Line::Outside => kept.push(line),
                Line::Inside(_) if !from.stub => {
                    let place = from.line;
                    if kind == RegionKind::MarkScheme && shows_attachment(line) {
                        let message = "the image shown here stays in the notebook that students get";
                        let problem = self.problem(Code::MarkSchemeAttachment, Some(place), message);
                        self.result
                            .problems
                            .push(problem.help("put the image into its own cell, or remove it"));
                    }
                    self.strip(place, line);
                }
                Line::Inside(_) | Line::Begin(_) | Line::End => {}
            }
        }
        cell.source = kept.join("\n");
        let mut found = found.iter();
        origin.retain(|_| found.next() == Some(&Line::Outside));
        origin
    }
}

/// Takes the pictures away that only the solution showed, or all where nothing is left beside the stub: nbgrader keeps them, and with
/// them an answer that is a drawing. `before` is the source with its solution.
fn drop_images(cell: &mut Cell, before: &str, is_stub: bool) {
    let is_given = cell.source == before;
    let Some(Value::Object(images)) = cell.attachments.as_mut().filter(|_| !is_given) else { return };
    let shows = |source: &str, name: &str| {
        let names = [name.to_owned(), name.replace(' ', "%20")];
        names.iter().any(|name| source.contains(&format!("attachment:{name}")))
    };
    images.retain(|name, _| shows(&cell.source, name) || !(is_stub || shows(before, name)));
    if images.is_empty() {
        cell.attachments = None;
    }
}

/// `![text](attachment:name)`
fn shows_attachment(line: &str) -> bool {
    line.find("![").is_some_and(|at| {
        let rest = line.get(at..).unwrap_or_default();
        rest.match_indices("](attachment:").any(|(at, link)| {
            rest.get(at + link.len()..).is_some_and(|rest| rest.find(')').is_some_and(|end| end > 0))
        })
    })
}

/// nbgrader's LockCells.
fn lock(cell: &mut Cell) {
    if cell.flag("solution") || is_locked(cell) {
        cell.metadata.insert("deletable".into(), Value::Bool(false));
    }
    if is_locked(cell) {
        cell.metadata.insert("editable".into(), Value::Bool(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn apply(notebook: &Notebook, tier: Tier) -> Tiered {
        super::super::apply(notebook, tier, &super::super::Marking::default())
    }

    fn notebook(cells: &[(&str, Value)]) -> Notebook {
        let cell = |(source, grading): &(&str, Value)| {
            let mut cell = Cell::new(CellKind::Code, *source);
            if !grading.is_null() {
                cell.metadata.insert("nbgrader".into(), grading.clone());
            }
            cell
        };
        Notebook { minor: 5, cells: cells.iter().map(cell).collect(), ..Notebook::default() }
    }

    fn solution() -> Value {
        json!({"grade_id": "a", "solution": true})
    }

    const ROLES: &str = "def f():\n    ### BEGIN SOLUTION\n    core\n    ### END SOLUTION\n    ### BEGIN SOLUTION role=\"scaffold\"\n    \
        scaffold\n    ### END SOLUTION\n    ### BEGIN SOLUTION role=\"challenge\"\n    challenge\n    ### END SOLUTION\n    \
        ### BEGIN SOLUTION role=\"instructor\"\n    secret\n    ### END SOLUTION";
    const STUB: &str = "    # YOUR CODE HERE\n    raise NotImplementedError()\n";

    #[test]
    fn every_tier_gets_its_roles() {
        let notebook = notebook(&[(ROLES, solution())]);
        let source = |tier| apply(&notebook, tier).notebook.cells[0].source.clone();
        assert_eq!(source(Tier::Student), format!("def f():\n{STUB}    scaffold\n    challenge"));
        assert_eq!(source(Tier::Challenge), format!("def f():\n    core\n    scaffold\n{}", STUB.trim_end()));
        assert_eq!(source(Tier::Solution), "def f():\n    core\n    scaffold\n    challenge");
        assert_eq!(source(Tier::Instructor), ROLES);
        let stripped: Vec<_> =
            apply(&notebook, Tier::Student).stripped.into_iter().map(|s| (s.text, s.line)).collect();
        assert_eq!(stripped, [("core".to_owned(), 2), ("secret".to_owned(), 11)]);
    }

    #[test]
    fn faults_are_found_in_every_tier() {
        for (source, grading, code) in [
            ("# BEGIN SOLUTION", solution(), Code::UnbalancedRegion),
            ("# BEGIN SOLUTION\nx\n# END SOLUTION", Value::Null, Code::MisplacedRegion),
            ("### BEGIN HIDDEN TESTS\nx\n### END HIDDEN TESTS", solution(), Code::MisplacedRegion),
            ("# BEGIN SOLUTION role=\"hard\"\nx\n# END SOLUTION", solution(), Code::UnknownRole),
        ] {
            for tier in [Tier::Student, Tier::Instructor] {
                let codes: Vec<_> = apply(&notebook(&[(source, grading.clone())]), tier)
                    .problems
                    .into_iter()
                    .map(|p| p.code)
                    .collect();
                assert!(codes.contains(&code), "{source}: {codes:?}");
            }
        }
        let count = |source| apply(&notebook(&[(source, solution())]), Tier::Challenge).challenges;
        assert_eq!((count(ROLES), count("x")), (1, 0));
    }

    #[test]
    fn pictures_of_a_solution_go_with_it() {
        let names = |source: &str, flags: &Value| {
            let mut cell = Cell::new(CellKind::Markdown, source);
            cell.metadata.insert("nbgrader".into(), flags.clone());
            cell.attachments = Some(json!({"a.png": {}, "my b.png": {}, "c.png": {}}));
            let notebook = Notebook { minor: 5, cells: vec![cell], ..Notebook::default() };
            let attachments = apply(&notebook, Tier::Student).notebook.cells.remove(0).attachments;
            let names =
                attachments.and_then(|all| Some(all.as_object()?.keys().cloned().collect::<Vec<_>>()));
            names.unwrap_or_default().join(", ")
        };
        let answer = json!({"grade_id": "a", "solution": true, "grade": true, "points": 1});
        let shown = "![](attachment:a.png)\n### BEGIN SOLUTION\n![](attachment:my%20b.png)\n### END SOLUTION";
        assert_eq!(names(shown, &answer), "a.png, c.png");
        assert_eq!(names("An answer without a region", &answer), "");
        assert_eq!(names("![](attachment:a.png)", &json!({})), "a.png, my b.png, c.png");
    }

    #[test]
    fn one_fault_is_reported_once() {
        for source in [
            "#| export\nx = 1\n### BEGIN SOLTUION\ny = 2\n### END SOLUTION",
            "x = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLTUION",
        ] {
            let torn = apply(&notebook(&[(source, solution())]), Tier::Student);
            assert_eq!(torn.problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::MisspeltMarker]);
        }
        let torn = apply(&notebook(&[("#| export\nx = 1\n### END SOLUTION", solution())]), Tier::Student);
        assert_eq!(torn.problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::UnbalancedRegion]);
        let mut unread = notebook(&[("### BEGIN SOLUTION\nx\n### END SOLUTION", Value::Null)]);
        unread.cells[0].metadata.insert("incorrectly_encoded_metadata".into(), "nbgrader={".into());
        assert_eq!(apply(&unread, Tier::Student).problems, []);
    }

    #[test]
    fn a_cell_without_a_region_is_emptied_unless_that_breaks_the_package() {
        let wiped = apply(&notebook(&[("x = 1", solution())]), Tier::Student);
        assert_eq!(wiped.notebook.cells[0].source, "# YOUR CODE HERE\nraise NotImplementedError()");
        assert_eq!(wiped.problems[0].code, Code::WipedCell);
        assert_eq!(wiped.stripped.len(), 1);
        for source in ["#| export\nx = 1", "import os", "from a import b"] {
            let broken = apply(&notebook(&[(source, solution())]), Tier::Student);
            assert_eq!(broken.problems[0].code, Code::WipedExport, "{source}");
        }
    }

    #[test]
    fn hidden_tests_go_and_their_place_is_known() {
        let grading = json!({"grade_id": "t", "grade": true, "locked": true, "points": 2});
        let source = "assert a\n### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS\nassert b";
        let result = apply(&notebook(&[(source, grading)]), Tier::Student);
        let cell = &result.notebook.cells[0];
        assert_eq!(cell.source, "assert a\nassert b");
        assert_eq!((result.stripped[0].text.as_str(), result.stripped[0].line), ("assert secret", 2));
        assert_eq!(cell.metadata["editable"], false);
        assert_eq!(cell.metadata["nbgrader"]["checksum"], grading::checksum(cell));
    }
}
