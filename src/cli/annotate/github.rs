//! Workflow commands: lines that GitHub Actions turns into annotations of a pull request
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).

use super::{Finding, Region};
use crate::diagnostic::Severity;

/// The line that annotates `finding`.
pub(super) fn command(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = format!("file={}", property(&finding.place.file));
    if let Some(Region { line, column, end_line, end_column }) = finding.place.region {
        properties += &format!(",line={line},col={column},endLine={end_line}");
        // GitHub has columns for places within one line only.
        if line == end_line && end_column > column {
            properties += &format!(",endColumn={end_column}");
        }
    }
    properties += &format!(",title={}", property(finding.code));
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("::{word} {properties}::{}", data(&format!("{}{help}", finding.message)))
}

/// The text of a command: what would end the line is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value of a property: what would end it is escaped, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn finding(file: &str, message: &str, region: Option<Region>) -> Finding {
        Finding {
            code: "rule::bad-glob",
            about: "",
            severity: Severity::Warning,
            message: message.to_owned(),
            help: Some("100 %\nis: a, lot".to_owned()),
            place: Place { file: file.to_owned(), region },
            others: Vec::new(),
        }
    }

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let region = Region { line: 3, column: 5, end_line: 3, end_column: 9 };
        assert_eq!(
            command(&finding("a,b:c%.yml", "it is `x`::y", Some(region))),
            "::warning file=a%2Cb%3Ac%25.yml,line=3,col=5,endLine=3,endColumn=9,title=rule%3A%3Abad-glob::it is `x`::y%0Ahelp: 100 %25%0Ais: a, lot"
        );
        let lines = Region { line: 3, column: 5, end_line: 4, end_column: 2 };
        assert!(
            command(&finding("a", "m", Some(lines)))
                .starts_with("::warning file=a,line=3,col=5,endLine=4,title=")
        );
        assert!(command(&finding("a", "m", None)).starts_with("::warning file=a,title="));
    }
}
