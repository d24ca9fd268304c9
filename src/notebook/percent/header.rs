//! What stands above the first cell: `#!`, a coding line, the YAML between `# ---` lines.

use serde_json::Value;

use super::blank::{self, Following};
use super::filters::with_jupytext;
use super::marker::uncomment;
use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::python::{is_blank, is_space};
use crate::notebook::{Cell, CellKind, Metadata};

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
        None => header.lines = scan.start,
    }
    header
}

/// The lines of a header, sorted.
#[derive(Default)]
struct Scan {
    /// Below `jupyter:`.
    jupyter: Vec<String>,
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
    // The coding line stands first or second, but not behind another one.
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
            Err(message) => {
                let place = Place::Line(scan.opened.unwrap_or(0) + 1);
                let problem = Problem::new(Code::NotebookHeader, place, message);
                header
                    .problems
                    .push(problem.help("write `# jupyter:` and the notebook's metadata below it, indented"));
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

fn jupyter_metadata(yaml: &str) -> Result<Metadata, String> {
    let value: Value = serde_saphyr::from_str(yaml).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        format!("the header is not YAML: {}", first.strip_prefix("error: ").unwrap_or(first))
    })?;
    match value {
        Value::Object(mut map) => match map.shift_remove("jupyter") {
            Some(Value::Object(metadata)) => Ok(metadata),
            _ => Err("`jupyter:` in the header should hold the notebook's metadata".into()),
        },
        _ => Err("the header is not a YAML map".into()),
    }
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
        let found =
            header("# ---\n# title: x\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n# %%\n1");
        assert_eq!(found.metadata["kernelspec"]["name"], "python3");
        assert_eq!(found.cell.unwrap().source, "---\ntitle: x\n---");
        assert_eq!(found.lines, 7);
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
        ] {
            assert_eq!(header(text).problems.len(), 1, "{text}");
        }
    }
}
