//! `--summary`: how much was found, by course and by code.

use std::collections::BTreeMap;

use serde_json::json;

use super::Course;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::report;
use crate::diagnostic::{Diagnostic, Severity};

/// A line for each course, and one for each code, the most frequent one first.
pub(super) fn show(courses: &[Course], out: &Out) {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    for found in courses.iter().flat_map(|course| &course.shown) {
        *counts.entry((found.code.as_str(), found.severity)).or_default() += 1;
    }
    let mut counts: Vec<((&str, Severity), usize)> = counts.into_iter().collect();
    counts.sort_by_key(|((code, severity), count)| (std::cmp::Reverse(*count), *severity, *code));
    let all: Vec<Diagnostic> = courses.iter().flat_map(|course| course.shown.clone()).collect();
    if out.json {
        let by_course: Vec<_> = courses
            .iter()
            .map(|course| json!({"course": course.name(), "summary": report::summary(&course.shown)}))
            .collect();
        let by_code: Vec<_> = counts
            .iter()
            .map(|((code, severity), count)| json!({"code": code, "severity": severity, "count": count}))
            .collect();
        out.value(&json!({"courses": by_course, "codes": by_code, "summary": report::summary(&all)}));
        return;
    }
    let width = courses.iter().map(|course| course.name().chars().count()).max().unwrap_or_default();
    for course in courses {
        let line = report::summary_line(&course.shown).unwrap_or_else(|| paint(Look::Good, "✓"));
        out.line(format!("{:<width$}  {line}", clean(&course.name())));
    }
    for ((code, severity), count) in counts {
        let word = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        out.line(format!("{count:>6}  {word:<7}  {code}"));
    }
}
