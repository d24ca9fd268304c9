//! The matrix as text, JSON and Markdown.

use super::{Change, Matrix, Part, Row, Section, Shared};
use crate::cli::out::{Format, Look, Out, clean, counted, paint};

/// So many courses are named in a text.
const MOST: usize = 8;

/// Shows it as it was asked for.
pub(super) fn show(matrix: &Matrix, out: &Out) {
    match out.format {
        Format::Markdown => markdown(matrix, out),
        _ if out.json => out.value(matrix),
        _ => text(matrix, out),
    }
}

fn text(matrix: &Matrix, out: &Out) {
    let all = counted(matrix.courses.len(), "course");
    if matrix.between.is_empty() {
        out.line(paint(Look::Strong, &format!("{all}: no difference between them")));
    } else {
        out.line(paint(Look::Strong, &format!("{all}: what differs between them")));
    }
    for row in &matrix.between {
        out.line(clean(format!("  {} {}", row.part.as_str(), row.name).trim_end()));
        for shared in &row.values {
            let value = shared.value.as_deref().unwrap_or(lacking(row.part));
            out.line(clean(&format!("    {value}: {}", courses(shared, row))));
        }
    }
    for section in &matrix.courses {
        let Some(extends) = &section.extends else { continue };
        let title = format!("{} and what it extends, {extends}", section.course);
        out.line(paint(Look::Strong, &clean(&title)));
        match section.differs.as_deref() {
            None => out.line("  what it extends is not a course by itself"),
            Some([]) => out.line("  no difference"),
            Some(changes) => {
                changes.iter().for_each(|change| out.line(clean(&format!("  {}", said(change)))))
            }
        }
    }
}

/// What is said where a course has no such thing.
fn lacking(part: Part) -> &'static str {
    match part {
        Part::Date => "never",
        Part::Course | Part::Variable | Part::Title => "none",
        Part::Unit | Part::Order | Part::Assignment | Part::Rule => "not there",
    }
}

/// The courses that share a value: of many, that most of them have, how many.
fn courses(shared: &Shared, row: &Row) -> String {
    let is_most = row.values.first().is_some_and(|first| std::ptr::eq(first, shared));
    match shared.courses.len() {
        count if count > MOST && is_most => format!("the other {count}"),
        count if count > MOST => {
            let named = shared.courses.iter().take(MOST).map(String::as_str).collect::<Vec<_>>();
            format!("{}, and {} more", named.join(", "), count - MOST)
        }
        _ => shared.courses.join(", "),
    }
}

/// A change in a line.
fn said(change: &Change) -> String {
    let what = format!("{} {}", change.part.as_str(), change.name);
    let what = what.trim_end();
    match (&change.was, &change.is) {
        (Some(was), Some(is)) => format!("changed  {what}: {was} → {is}"),
        (None, Some(is)) => format!("added    {what}: {is}"),
        (Some(_), None) => format!("removed  {what}"),
        (None, None) => what.to_owned(),
    }
}

fn markdown(matrix: &Matrix, out: &Out) {
    let line = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| clean(&cell.replace('|', "\\|"))).collect();
        out.line(format!("| {} |", cells.join(" | ")));
    };
    line(&["what", "value", "courses"]);
    line(&["---", "---", "---"]);
    for row in &matrix.between {
        let what = format!("{} {}", row.part.as_str(), code(&row.name));
        for shared in &row.values {
            let value = shared.value.as_deref().map_or(lacking(row.part).to_owned(), code);
            line(&[what.trim_end(), &value, &courses(shared, row)]);
        }
    }
    out.line("");
    line(&["course", "extends", "what differs from that"]);
    line(&["---", "---", "---"]);
    for Section { course, extends, differs, .. } in &matrix.courses {
        let differs = match differs.as_deref() {
            None if extends.is_none() => String::new(),
            None => "it is not a course by itself".to_owned(),
            Some([]) => "no difference".to_owned(),
            Some(changes) => changes.iter().map(in_a_cell).collect::<Vec<_>>().join("<br>"),
        };
        line(&[course, extends.as_deref().unwrap_or("–"), &differs]);
    }
}

fn in_a_cell(change: &Change) -> String {
    let what = format!("{} {}", change.part.as_str(), code(&change.name));
    let what = what.trim_end();
    match (&change.was, &change.is) {
        (Some(was), Some(is)) => format!("{what}: {} → {}", code(was), code(is)),
        (None, Some(is)) => format!("{what} added: {}", code(is)),
        (Some(_), None) => format!("{what} removed"),
        (None, None) => what.to_owned(),
    }
}

/// As code, with as many backticks as it takes.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    match text {
        "" => String::new(),
        _ if longest == 0 => format!("{ticks}{text}{ticks}"),
        _ => format!("{ticks} {text} {ticks}"),
    }
}
