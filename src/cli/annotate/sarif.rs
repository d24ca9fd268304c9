//! SARIF 2.1.0, the format in which tools hand findings to code scanning (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Finding, Place};
use crate::diagnostic::Severity;

/// The log of one run.
pub(super) fn log(findings: &[Finding]) -> Value {
    let codes: BTreeMap<&str, &Finding> = findings.iter().map(|finding| (finding.code, finding)).collect();
    let rules: Vec<Value> = codes
        .values()
        .map(|finding| {
            json!({
                "id": finding.code,
                "shortDescription": {"text": finding.about},
                "defaultConfiguration": {"level": level(finding.severity)},
            })
        })
        .collect();
    let index = |code: &str| codes.keys().position(|known| *known == code);
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, index(finding.code))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tito",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": format!("{}{help}", finding.message)},
        "locations": [{"physicalLocation": physical(&finding.place)}],
    });
    if !finding.others.is_empty() {
        let related = finding.others.iter().enumerate().map(|(number, (place, text))| {
            json!({"id": number + 1, "physicalLocation": physical(place), "message": {"text": text}})
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn physical(place: &Place) -> Value {
    let mut location = json!({"artifactLocation": {"uri": uri(&place.file), "uriBaseId": "%SRCROOT%"}});
    if let Some(region) = place.region {
        location["region"] = json!({
            "startLine": region.line, "startColumn": region.column,
            "endLine": region.end_line, "endColumn": region.end_column,
        });
    }
    location
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative reference: every byte that has a meaning in an address is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("courses/a b/ü:1.yml"), "courses/a%20b/%C3%BC%3A1.yml");
    }
}
