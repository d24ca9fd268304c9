//! [`Allowance`]: a finding that a course or a base has settled.
//!
//! `allow: [{code, paths, why}]` of `course.yml` and of `catalog.yml`: what is found in these files of this kind is meant, and is
//! not reported.

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Span, Spanned};
use crate::yaml::{Key, Node, Shape, TextKind};

/// What one may settle: what is a matter of judgement, or of files that are not run.
const SETTLED: [Code; 16] = [
    Code::SolutionLeak,
    Code::MarkersLeft,
    Code::OtherMarkers,
    Code::ImportNotRequired,
    Code::UnknownImport,
    Code::TestNeedsModule,
    Code::WipedCell,
    Code::MagicInProse,
    Code::MarkSchemeAttachment,
    Code::LostAttachment,
    Code::TestNeverFails,
    Code::UngradedSolution,
    Code::UnmarkedSolution,
    Code::NumberInText,
    Code::NumberedImport,
    Code::SameWork,
];

const LINE: Shape = Shape::Text(TextKind::Line);

/// The list `allow`.
pub const SHAPE: Shape = Shape::List(&Shape::Map(&[
    Key::required("code", "the code of the finding, such as `notebook::solution-leak`", LINE),
    Key::required(
        "paths",
        "globs over paths of a workspace, or of the files that are compiled",
        Shape::List(&LINE),
    ),
    Key::required("why", "why it is intended", LINE),
]));

/// A finding that is settled.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// The code of the finding.
    pub code: Code,
    /// Globs.
    pub paths: Vec<globset::GlobMatcher>,
    /// Where it is written.
    pub span: Span,
}

impl Allowance {
    /// Is a file one of those that it is about?
    pub fn covers(&self, path: &str) -> bool {
        self.paths.iter().any(|glob| glob.is_match(path))
    }
}

/// Reads `allow`. An entry with a mistake is reported and left out.
pub fn read(node: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Allowance> {
    let items = node.map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| allowance(item, diagnostics)).collect()
}

fn allowance(item: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Allowance> {
    let written = item.get("code")?;
    let word = written.text()?;
    let Some(code) = SETTLED.into_iter().find(|code| code.as_str() == word) else {
        let known = Code::ALL.iter().any(|code| code.as_str() == word);
        let message =
            if known { format!("`{word}` cannot be allowed") } else { format!("there is no code `{word}`") };
        let names = SETTLED.map(Code::as_str);
        let help = match nearest(word, names) {
            Some(near) if !known => format!("did you mean `{near}`?"),
            _ => format!("`allow` accepts: {}", names.join(", ")),
        };
        diagnostics.push(Diagnostic::new(Code::InvalidValue, message).at(&written.span, "").help(help));
        return None;
    };
    let written = item.get("paths").map(Node::items).unwrap_or_default();
    let texts = written.iter().filter_map(|path| Some(Spanned::new(path.text()?, path.span.clone())));
    let mut paths = Vec::new();
    for path in texts {
        match super::glob(path.value) {
            Ok(glob) => paths.push(glob.compile_matcher()),
            Err(problem) => diagnostics
                .push(Diagnostic::new(Code::BadGlob, problem.message).at(&path.span, "").help(problem.help)),
        }
    }
    Some(Allowance { code, paths, span: item.span.clone() }).filter(|allowance| !allowance.paths.is_empty())
}
