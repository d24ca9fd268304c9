//! What is above the first cell: `#!`, a coding line, the YAML between `# ---` lines.

use serde_json::Value;

use super::blank::{self, Following};
use super::filters::with_jupytext;
use super::marker::uncomment;
use super::yaml_values;
use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::python::{is_blank, is_space};
use crate::notebook::{Cell, CellKind, Metadata};
use crate::source::Source;
use crate::yaml;

/// A header, read.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The notebook's metadata.
    pub(super) metadata: Metadata,
    /// There was a `jupyter:` part.
    pub(super) jupyter: bool,
    /// YAML that is not Jupyter's becomes a raw cell at the top.
    pub(super) cell: Option<Cell>,
    /// How many lines it takes.
    pub(super) lines: usize,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

/// Reads the header of a script.
pub(super) fn read(lines: &[&str]) -> Header {
    let mut header = Header::default();
    let scan = scan(lines, &mut header);
    match scan.end {
        Some(end) => from_block(lines, &scan, end, &mut header),
        None => {
            header.lines = scan.start;
            if scan.opened.is_some() && !scan.jupyter.is_empty() {
                let message = "the header does not end: its lines become a cell of the notebook";
                let problem = Problem::new(Code::NotebookHeader, Place::Line(scan.key + 1), message);
                header.problems.push(problem.help("close it with a line `# ---`"));
            }
        }
    }
    header
}

/// The lines of a header, sorted.
#[derive(Default)]
struct Scan {
    /// Below `jupyter:`.
    jupyter: Vec<String>,
    /// The line of `jupyter:`.
    key: usize,
    /// The rest of the YAML.
    other: Vec<String>,
    /// The line of the opening rule, from 0.
    opened: Option<usize>,
    /// The line of the closing rule.
    end: Option<usize>,
    /// The line behind `#!` and coding, where there is no YAML.
    start: usize,
}

fn scan(lines: &[&str], header: &mut Header) -> Scan {
    let mut scan = Scan::default();
    let mut in_jupyter = false;
    for (at, line) in lines.iter().enumerate() {
        if preamble(lines, at, header) {
            scan.start = at + 1;
            continue;
        }
        if !line.starts_with('#') {
            break;
        }
        let line = uncomment(line, "#");
        if is_rule(line) {
            if scan.opened.is_some() {
                scan.end = Some(at);
                break;
            }
            scan.opened = Some(at);
            continue;
        }
        if scan.opened.is_none() && !is_blank(line) {
            break;
        }
        if is_jupyter_key(line) {
            in_jupyter = true;
            scan.key = at;
        } else if !line.is_empty() && !line.starts_with(is_space) {
            in_jupyter = false;
        }
        if in_jupyter { &mut scan.jupyter } else { &mut scan.other }.push(line.to_owned());
    }
    scan
}

/// Is line `at` `#!` or the coding line? Then it is kept in the metadata.
fn preamble(lines: &[&str], at: usize, header: &mut Header) -> bool {
    let Some(line) = lines.get(at) else { return false };
    if let Some(program) = line.strip_prefix("#!").filter(|_| at == 0) {
        with_jupytext(&mut header.metadata, |jupytext| jupytext.insert("executable".into(), program.into()));
        return true;
    }
    // The coding line is first or second, but not behind another one.
    let may_be = at == 0 || (at == 1 && lines.first().is_some_and(|first| encoding(first).is_none()));
    let Some(name) = encoding(line).filter(|_| may_be) else { return false };
    if name != "utf-8" {
        let message = format!("the script says that it is encoded in `{name}`");
        let problem = Problem::new(Code::NotebookHeader, Place::Line(at + 1), message);
        header.problems.push(problem.help("save it as UTF-8 and remove the line, or write `utf-8`"));
    }
    with_jupytext(&mut header.metadata, |jupytext| jupytext.insert("encoding".into(), (*line).into()));
    true
}

/// The name in a line such as `# -*- coding: utf-8 -*-`.
fn encoding(line: &str) -> Option<&str> {
    let comment = line.trim_start_matches([' ', '\t', '\x0c']).strip_prefix('#')?;
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = comment.get(at + word.len()..)?.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
        rest.get(..end.unwrap_or(rest.len())).filter(|name| !name.is_empty())
    })
}

/// `---`
fn is_rule(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(is_blank)
}

fn is_jupyter_key(line: &str) -> bool {
    let rest = line.strip_prefix("jupyter").map(|rest| rest.trim_start_matches(is_space));
    rest.and_then(|rest| rest.strip_prefix(':')).is_some_and(is_blank)
}

fn from_block(lines: &[&str], scan: &Scan, end: usize, header: &mut Header) {
    if !scan.jupyter.is_empty() {
        header.jupyter = true;
        match jupyter_metadata(&scan.jupyter.join("\n")) {
            Ok(metadata) => merge_metadata(metadata, header),
            Err((line, message, help)) => {
                let place = Place::Line(scan.key + line);
                header.problems.push(Problem::new(Code::NotebookHeader, place, message).help(help));
            }
        }
    }
    let mut next = end + 1;
    let blank = lines.get(next).is_some_and(|line| is_blank(uncomment(line, "#")));
    next += usize::from(blank);
    if !scan.other.is_empty() {
        let source = ["---"].into_iter().chain(scan.other.iter().map(String::as_str)).chain(["---"]);
        let mut cell = Cell::new(CellKind::Raw, source.collect::<Vec<_>>().join("\n"));
        let after = Following::of(lines.get(next..).unwrap_or_default().iter().copied());
        if usize::from(blank) != blank::expected(&["---"], &after, after.len()) {
            cell.metadata.insert("lines_to_next_cell".into(), usize::from(blank).into());
        }
        header.cell = Some(cell);
    }
    header.lines = next;
}

/// What is wrong: the line in the YAML, from 1; what is said; what helps.
type Fault = (usize, String, &'static str);

const FORM: &str = "write `# jupyter:` and the notebook's metadata below it, indented";

fn jupyter_metadata(text: &str) -> Result<Metadata, Fault> {
    let root = yaml::parse(&Source::new("header", text)).map_err(|problem| {
        let line = problem.labels.first().map_or(1, |label| label.span.line_column().0);
        let message = problem.message.strip_prefix("this is not valid YAML: ").unwrap_or(&problem.message);
        (line, format!("the header is not YAML: {message}"), FORM)
    })?;
    let line = |node: &yaml::Node| node.span.line_column().0;
    let value = yaml_values::value(&root).map_err(|node| {
        let what = node.text().unwrap_or("a list or map as a key");
        let message = format!("`{what}` in the header is not something that a notebook can store");
        (line(node), message, "write it in quotes, as text")
    })?;
    let Some(Value::Object(metadata)) = value.get("jupyter") else {
        return Err((1, "`jupyter:` in the header should hold the notebook's metadata".into(), FORM));
    };
    match unfit(metadata) {
        None => Ok(metadata.clone()),
        Some((key, message, help)) => {
            let place = root.get("jupyter").and_then(|node| node.key(key)).map_or(1, line);
            Err((place, message, help))
        }
    }
}

/// Metadata that nbformat's schema refuses: the key, what is wrong with it, what helps.
fn unfit(metadata: &Metadata) -> Option<(&'static str, String, &'static str)> {
    const KERNEL: &str = "write `kernelspec: {display_name: Python 3, language: python, name: python3}`";
    for (key, texts, help) in [
        ("kernelspec", ["name", "display_name"].as_slice(), KERNEL),
        ("language_info", &["name"], "write `language_info: {name: python}`, or leave it out"),
    ] {
        let Some(value) = metadata.get(key) else { continue };
        let Some(map) = value.as_object() else {
            return Some((key, format!("`{key}` in the header should be a map"), help));
        };
        if let Some(missing) = texts.iter().find(|text| !map.get(**text).is_some_and(Value::is_string)) {
            return Some((key, format!("`{key}` in the header should have a `{missing}`, as text"), help));
        }
    }
    if metadata.get("title").is_some_and(|title| !title.is_string()) {
        return Some(("title", "`title` in the header should be text".into(), "write it in quotes"));
    }
    let authors = metadata.get("authors").is_some_and(|authors| !authors.is_array());
    authors.then(|| {
        ("authors", "`authors` in the header should be a list".into(), "write `authors: [{name: …}]`")
    })
}

/// The metadata of the YAML, with that of the preamble laid over.
fn merge_metadata(metadata: Metadata, header: &mut Header) {
    let preamble = std::mem::replace(&mut header.metadata, metadata);
    if let Some(Value::Object(extra)) = preamble.get("jupytext") {
        with_jupytext(&mut header.metadata, |jupytext| jupytext.extend(extra.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        read(&text.split('\n').collect::<Vec<_>>())
    }

    #[test]
    fn jupyters_part_is_metadata_and_the_rest_a_cell() {
        let found = header(
            "# ---\n# title: x\n# jupyter:\n#   kernelspec:\n#     display_name: P\n#     name: python3\n# ---\n\n# %%\n1",
        );
        assert_eq!(found.metadata["kernelspec"]["name"], "python3");
        assert_eq!(found.cell.unwrap().source, "---\ntitle: x\n---");
        assert_eq!(found.lines, 8);
    }

    #[test]
    fn what_is_no_header() {
        for text in ["# ---\nx\n# ---", "# ---\n# a: 1", "# text\n# ---\n# ---", "", "\u{feff}# ---\n# ---"] {
            let found = header(text);
            assert_eq!((found.lines, found.metadata.len()), (0, 0), "{text}");
        }
    }

    #[test]
    fn the_lines_above_it() {
        let found =
            header("#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# ---\n# jupyter:\n#   a: 1\n# ---\nx");
        assert_eq!(found.metadata["jupytext"]["executable"], "/usr/bin/python");
        assert_eq!(found.metadata["jupytext"]["encoding"], "# -*- coding: utf-8 -*-");
        assert_eq!((found.lines, found.problems.len()), (6, 0));
        assert_eq!(header("# coding: latin-1\nx").problems[0].place, Place::Line(1));
    }

    #[test]
    fn yaml_that_cannot_be_read_is_a_problem() {
        for text in [
            "# ---\n# jupyter:\n#   a: [\n# ---",
            "# ---\n# jupyter:\n# ---",
            "# ---\n# jupyter:\n#   - 1\n# ---",
            "# ---\n# jupyter:\n#   date: 2027-01-12\n# ---",
            "# ---\n# jupyter:\n#   kernelspec: {name: python3}\n# ---",
            "# ---\n# jupyter:\n#   language_info: python\n# ---",
        ] {
            assert_eq!(header(text).problems.len(), 1, "{text}");
        }
        let late = "# ---\n# a: 1\n# jupyter:\n#   x: 1\n#   kernelspec:\n#     name: y\n# ---";
        assert_eq!(header(late).problems[0].place, Place::Line(5));
    }
}
