//! Percent script → [`Notebook`].

use serde_json::Value;

use super::active::{is_active, unfit};
use super::blank::{self, Following};
use super::body::{self, Body, Content};
use super::filters::with_jupytext;
use super::marker::{Fences, Marker, marker};
use super::quotes::Quotes;
use super::{cell_type, filters, header, languages, options};
use crate::diagnostic::{Code, quoted};
use crate::encoding::text_without_mark;
use crate::notebook::ids::assign_ids;
use crate::notebook::problem::{Origin, Place, Problem};
use crate::notebook::python::{is_blank, lines_with_ends, lstrip};
use crate::notebook::{Cell, CellKind, Metadata, Notebook, grading};
use crate::python::{self, Dialect};

/// No script that people write is longer; more could take time that grows with its square.
const MAX_LINES: usize = 50_000;

/// A percent script, read.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The notebook, of version 4.5, with deterministic ids.
    pub notebook: Notebook,
    /// Where each cell is in the script.
    pub origins: Vec<Origin>,
    /// What is wrong, or probably not meant.
    pub problems: Vec<Problem>,
}

/// Reads a percent script. `unit` seeds the cell ids. A byte order mark is skipped; jupytext makes it a part of the first cell.
pub fn read(text: &str, unit: &str) -> Script {
    let text = text_without_mark(text);
    let (lines, numbers) = numbered(text);
    let mut script = Script::default();
    script.notebook.minor = 5;
    if lines.len() > MAX_LINES {
        let message = format!("the script has {} lines; the limit is {MAX_LINES}", lines.len());
        script.problems.push(Problem::new(Code::TooLarge, Place::Whole, message));
        return script;
    }
    let mut head = header::read(&lines);
    script.problems.append(&mut head.problems);
    script.notebook.metadata = head.metadata;
    if let Some(cell) = head.cell {
        script.notebook.cells.push(cell);
        script.origins.push(Origin { marker: 1, source: 1 });
    }
    check_format(&mut script);
    let json = read_cells(&lines, &numbers, head.lines, &mut script);
    finish(&mut script.notebook, head.jupyter, json);
    assign_ids(&mut script.notebook, unit);
    script
}

/// The lines as Python splits them, and the number of each as editors count, which is by line feeds alone.
fn numbered(text: &str) -> (Vec<&str>, Vec<usize>) {
    let mut number = 1;
    let with_ends = lines_with_ends(text);
    let numbers = with_ends
        .iter()
        .map(|line| {
            let this = number;
            number += usize::from(line.ends_with('\n'));
            this
        })
        .collect();
    let lines = crate::notebook::python::lines(text);
    (lines, numbers)
}

/// A header may say that the file is in another of jupytext's formats.
fn check_format(script: &mut Script) {
    let jupytext = script.notebook.metadata.get("jupytext");
    let format = jupytext.and_then(|it| it.get("text_representation")).and_then(|it| it.get("format_name"));
    if let Some(format) = format.and_then(Value::as_str).filter(|format| *format != "percent") {
        let message = format!("the header says that the script is in jupytext's `{format}` format");
        let problem = Problem::new(Code::NotebookHeader, Place::Line(1), message);
        script.problems.push(problem.help("convert it: `jupytext --to py:percent`"));
    }
}

/// Where a cell begins and ends, in lines of the script from 0.
struct Extent {
    /// The line after the cell's last.
    end: usize,
    /// The line of the next marker.
    next: usize,
}

struct Reader<'a> {
    lines: &'a [&'a str],
    numbers: &'a [usize],
    language: String,
    magics: bool,
    following: Following<&'a str>,
    fences: Fences,
    bare_fences: Fences,
}

/// Reads all cells; was any metadata written as JSON?
fn read_cells(lines: &[&str], numbers: &[usize], start: usize, script: &mut Script) -> bool {
    let jupytext = script.notebook.metadata.get("jupytext");
    let magics = jupytext.and_then(|it| it.get("comment_magics")).and_then(Value::as_bool).unwrap_or(true);
    let reader = Reader {
        lines,
        numbers,
        language: main_language(&script.notebook.metadata),
        magics,
        following: Following::of(lines.iter().copied()),
        fences: Fences::of(lines, "#"),
        bare_fences: Fences::of(lines, ""),
    };
    let mut json = false;
    let mut at = start;
    while at < lines.len() {
        at = reader.cell(at, &mut json, script);
    }
    json
}

impl Reader<'_> {
    /// Reads the cell that begins at line `start`; returns where the next one begins.
    fn cell(&self, start: usize, json: &mut bool, script: &mut Script) -> usize {
        let line = self.lines.get(start).copied().unwrap_or_default();
        let found = marker(line);
        let mut metadata = Metadata::new();
        if let Some(Marker::Percent(text)) = found {
            let options = options::parse(text);
            *json |= options.json;
            if let Some(text) = options.unreadable {
                script.problems.push(unreadable(self.number(start), &text));
            }
            script.problems.extend(options.repeated.map(|key| repeated(self.number(start), &key)));
            metadata = options.metadata;
        }
        script.problems.extend(misread(&metadata, Place::Line(self.number(start))));
        script.problems.extend(cell_type::of_title(&metadata, self.number(start)));
        let language = match metadata.shift_remove("language") {
            Some(Value::String(language)) => Some(language),
            _ => None,
        };
        let (kind, comment) = kind(&mut metadata);
        let extent = self.extent(start, kind, comment, language.as_deref());
        let first = start + usize::from(found.is_some());
        let lines = self.lines.get(first..extent.end).unwrap_or_default();
        let body = Body {
            kind,
            language: language.as_deref(),
            default_language: &self.language,
            comment,
            magics: self.magics,
        };
        let content = body::content(&body, lines, &mut metadata);
        self.note_blank_lines(&extent, lines, &mut metadata);
        let stray = lines.iter().position(|line| is_stray_metadata(line));
        let swallowed = lines.iter().position(|line| cell_type::is_swallowed(line)).map(|at| first + at);
        if let Some(at) =
            swallowed.filter(|at| self.string_open_at(start, *at, language.as_deref()).is_none())
        {
            let line = self.lines.get(at).copied().unwrap_or_default();
            script.problems.push(cell_type::swallowed(line, self.number(at)));
        }
        // Quotes are counted as jupytext counts them, which Python may see otherwise.
        let is_python = || python::Code::of(&content.lines.join("\n"), Dialect::IPython).is_valid();
        let ends_open = extent.next == self.lines.len()
            && self.string_open_at(start, extent.next, language.as_deref()).is_some()
            && !(kind == CellKind::Code && is_python());
        let looked_at = stray.map(|at| first + at).or(ends_open.then_some(extent.next));
        if let Some(opened) = looked_at.and_then(|line| self.string_open_at(start, line, language.as_deref()))
        {
            script.problems.push(self.open_string(opened, stray.map(|at| first + at)));
        } else if let Some(at) = stray {
            let place = Place::Line(self.number(first + at));
            let message = "nothing reads this metadata: the line does not start a cell";
            let problem = Problem::new(Code::CellMetadata, place, message);
            script.problems.push(problem.help("write it after the cell's marker: # %% nbgrader={…}"));
        }
        if let Some(language) = language {
            metadata.insert("language".into(), language.into());
        }
        self.warn(&content, first, kind, script);
        let origin = Origin { marker: self.number(start), source: self.number(first + content.skipped) };
        script.origins.push(origin);
        script.notebook.cells.push(Cell { metadata, ..Cell::new(kind, content.lines.join("\n")) });
        extent.next
    }

    fn number(&self, line: usize) -> usize {
        self.numbers.get(line).copied().unwrap_or_else(|| self.numbers.last().map_or(1, |last| last + 1))
    }

    fn extent(&self, start: usize, kind: CellKind, comment: &str, language: Option<&str>) -> Extent {
        let next = self.next_marker(start, kind, comment, language);
        let before =
            |back: usize| next.checked_sub(back).filter(|at| *at >= start).and_then(|at| self.lines.get(at));
        let two_blank = before(3).is_some_and(|line| !is_blank(line))
            && before(2).is_some_and(|line| is_blank(line))
            && before(1).is_some_and(|line| is_blank(line));
        let eaten = if two_blank { 2 } else { usize::from(before(1).is_some_and(|line| line.is_empty())) };
        Extent { end: next - eaten, next }
    }

    /// The line of the next marker that is neither in a string nor in a fenced block.
    fn next_marker(&self, start: usize, kind: CellKind, comment: &str, language: Option<&str>) -> usize {
        let fences = if comment.is_empty() { &self.bare_fences } else { &self.fences };
        let mut quotes = Quotes::of(language.unwrap_or(&self.language));
        let mut fence = None;
        for (at, line) in self.lines.iter().enumerate().skip(start) {
            let quoted = quotes.open();
            quotes.read(line);
            if quoted {
                continue;
            }
            if kind != CellKind::Code {
                if let Some(open) = fence {
                    if fences.closes(line, open) {
                        fence = None;
                    }
                    continue;
                }
                fence = fences.opened(line, at);
                if fence.is_some() {
                    continue;
                }
            }
            if at > start && marker(line).is_some() {
                return at;
            }
        }
        self.lines.len()
    }

    /// The line that opens the string in which line `at` of the cell from `start` is.
    fn string_open_at(&self, start: usize, at: usize, language: Option<&str>) -> Option<usize> {
        let mut quotes = Quotes::of(language.unwrap_or(&self.language));
        let mut opened = start;
        for (number, line) in self.lines.iter().enumerate().take(at).skip(start) {
            let before = quotes.open();
            quotes.read(line);
            if !before {
                opened = number;
            }
        }
        quotes.open().then_some(opened)
    }

    fn open_string(&self, opened: usize, swallowed: Option<usize>) -> Problem {
        let message = "the string that starts here is not closed: no cell starts after it";
        let problem = Problem::new(Code::OpenString, Place::Line(self.number(opened)), message);
        let problem = match swallowed {
            Some(line) => problem.also(Place::Line(self.number(line)), "this line is still in the string"),
            None => problem,
        };
        problem.help("close it with the same three quotes before the next `# %%`")
    }

    fn note_blank_lines(&self, extent: &Extent, lines: &[&str], metadata: &mut Metadata) {
        let total = self.lines.len();
        let mut blank = 1;
        if extent.end < total {
            blank = extent.next - extent.end + usize::from(extent.next >= total);
        }
        let before = if lines.is_empty() { &[""] } else { lines };
        if blank != blank::expected(before, &self.following, total - extent.next.min(total)) {
            metadata.insert("lines_to_next_cell".into(), blank.into());
        }
    }

    /// A comment that became a command is likely to be prose.
    fn warn(&self, content: &Content, first: usize, kind: CellKind, script: &mut Script) {
        if content.lines.first().is_some_and(|first| first.starts_with("%%")) {
            return; // A cell magic makes the whole cell something else than Python.
        }
        for at in &content.doubtful {
            let line = self.number(first + at);
            let result = content.lines.get(*at).map_or("", String::as_str);
            let message = if kind == CellKind::Code {
                format!("this comment becomes the command `{result}` in the notebook")
            } else {
                format!("this line becomes `{result}` in the notebook: it looks like a magic")
            };
            let problem = Problem::new(Code::MagicInProse, Place::Line(line), message);
            script.problems.push(problem.help("if it is prose, start the line with another word"));
        }
    }
}

/// Metadata that no notebook may hold, or that no one would read as it is meant.
fn misread(metadata: &Metadata, place: Place) -> Option<Problem> {
    if let Some(message) = unfit(metadata) {
        return Some(Problem::new(Code::CellMetadata, place, message));
    }
    grading::unread(metadata, place)
}

/// `# nbgrader={…}`, or `# % nbgrader={…}`: meant for a marker.
fn is_stray_metadata(line: &str) -> bool {
    let comment = lstrip(line).strip_prefix('#').map(|rest| lstrip(rest.trim_start_matches('#')));
    let Some((before, value)) = comment.and_then(|rest| rest.split_once("nbgrader")) else { return false };
    // `# +` begins a cell of jupytext's light form, `# In[3]:` one of nbconvert's; what is more than that is prose.
    let starts_a_cell = ["%", "+", "-", "[", "In["].iter().any(|sign| before.starts_with(sign));
    let value = lstrip(value).strip_prefix('=');
    (before.is_empty() || starts_a_cell) && value.is_some_and(|rest| lstrip(rest).starts_with('{'))
}

fn repeated(line: usize, key: &str) -> Problem {
    let message = format!("`{}` is written twice on this marker: only the last one counts", quoted(key));
    Problem::new(Code::CellMetadata, Place::Line(line), message).help("remove one of them")
}

fn unreadable(line: usize, text: &str) -> Problem {
    let shown: String = text.chars().take(80).collect();
    Problem::new(Code::CellMetadata, Place::Line(line), format!("the cell metadata `{shown}` cannot be read"))
        .help("write values as JSON: key=\"text\", key=true, key=[1, 2], nbgrader={\"grade\": false, …}")
}

/// The type of a cell, and what its lines are commented with.
fn kind(metadata: &mut Metadata) -> (CellKind, &'static str) {
    if let Some(kind) = metadata.shift_remove("cell_type") {
        let kind = match kind.as_str() {
            Some("code") => CellKind::Code,
            Some("markdown") => CellKind::Markdown,
            _ => CellKind::Raw,
        };
        return (kind, "#");
    }
    if is_active("ipynb", metadata, true) {
        return (CellKind::Code, "#");
    }
    if metadata.get("active").and_then(Value::as_str) == Some("") {
        metadata.shift_remove("active");
    }
    (CellKind::Raw, if is_active("py", metadata, true) { "" } else { "#" })
}

pub(super) fn main_language(metadata: &Metadata) -> String {
    let text = |group: &str, key: &str| {
        let value = metadata.get(group).and_then(|group| group.get(key)).and_then(Value::as_str);
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let language = text("jupytext", "main_language").or_else(|| text("kernelspec", "language"));
    match language.as_deref() {
        None => "python".into(),
        Some("R" | "sas") => language.unwrap_or_default(),
        Some(language) if language.starts_with("C++") => "c++".into(),
        Some(language) => language.to_lowercase().replace('#', "sharp"),
    }
}

/// What jupytext does with the notebook once all cells are read.
fn finish(notebook: &mut Notebook, header: bool, json: bool) {
    let language = main_language(&notebook.metadata);
    let kernel = notebook.metadata.get("kernelspec").is_some_and(|kernel| kernel.get("language").is_some());
    if !kernel && !notebook.cells.is_empty() {
        with_jupytext(&mut notebook.metadata, |it| {
            it.insert("main_language".into(), language.as_str().into())
        });
    }
    for cell in &mut notebook.cells {
        name_language(cell, &language);
    }
    filters::record(&mut notebook.metadata, &notebook.cells, header);
    with_jupytext(&mut notebook.metadata, |jupytext| {
        if json {
            jupytext.entry("cell_metadata_json").or_insert(Value::Bool(true));
        }
        jupytext.shift_remove("text_representation");
    });
}

/// A cell in another language than the notebook's gets the magic that says so.
fn name_language(cell: &mut Cell, main: &str) {
    let Some(language) = cell.metadata.get("language").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    if language == main {
        cell.metadata.shift_remove("language");
    } else if languages::is_jupyter_language(&language) {
        cell.metadata.shift_remove("language");
        let arguments = match cell.metadata.shift_remove("magic_args") {
            Some(Value::String(arguments)) => format!(" {arguments}"),
            _ => String::new(),
        };
        cell.source = format!("%%{language}{arguments}\n{}", cell.source);
    }
}
