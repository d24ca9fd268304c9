//! [`Notebook`] → percent script, as `jupytext --to py:percent` writes it.

use serde_json::{Map, Value, json};

use super::active::is_active;
use super::blank::{self, Following};
use super::filters::{HEADER_KEYS, shown};
use super::{languages, magics, yaml};
use crate::notebook::python::{is_blank, is_space, lines as python_lines, strip};
use crate::notebook::{Cell, CellKind, Metadata, Notebook};

/// The version of jupytext whose format this is.
const JUPYTEXT_VERSION: &str = "1.19.6";

/// The script of `notebook`. Outputs, ids and attachments have no place in it; all else comes back when it is read,
/// except where jupytext's format itself is ambiguous (a line of prose that looks like a magic).
pub fn write(notebook: &Notebook) -> String {
    let form = Form::of(&notebook.metadata);
    let (front, cells) = front_matter(&notebook.cells);
    let mut header = preamble(&notebook.metadata);
    let content = header_lines(notebook, front.as_ref().map(|(lines, _)| lines.clone()).unwrap_or_default());
    // From the last line to the first: how many blank lines follow a cell depends on what comes after it.
    let mut below: Following<String> = Following::of(std::iter::empty());
    for cell in cells.iter().rev() {
        let lines = cell_lines(cell, &form);
        let blank =
            blank_after(&cell.metadata).unwrap_or_else(|| blank::expected(&lines, &below, below.len()));
        let blank_lines = std::iter::repeat_n(String::new(), blank);
        blank_lines.chain(lines.into_iter().rev()).for_each(|line| below.push(line));
    }
    let wanted = front.and_then(|(_, cell)| blank_after(&cell.metadata));
    let blank = wanted.unwrap_or_else(|| blank::expected(&content, &below, below.len()));
    header.extend(content);
    header.extend(std::iter::repeat_n(String::new(), blank));
    header.extend(below.into_lines());
    header.join("\n")
}

fn blank_after(metadata: &Metadata) -> Option<usize> {
    // More than a screen of blank lines is no one's wish, and must not fill the memory.
    metadata.get("lines_to_next_cell").and_then(Value::as_u64).map(|lines| lines.min(100) as usize)
}

/// What the notebook's metadata says about the form of the script.
struct Form {
    language: String,
    magics: bool,
    json: bool,
    filter: Option<String>,
    markers: Option<String>,
}

impl Form {
    fn of(metadata: &Metadata) -> Self {
        let jupytext = metadata.get("jupytext");
        let option = |key: &str| jupytext.and_then(|it| it.get(key));
        let text = |key: &str| option(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            language: super::read::main_language(metadata),
            magics: option("comment_magics").and_then(Value::as_bool).unwrap_or(true),
            json: option("cell_metadata_json").and_then(Value::as_bool).unwrap_or(false),
            filter: text("cell_metadata_filter"),
            markers: text("cell_markers"),
        }
    }
}

/// `#!` and the coding line.
fn preamble(metadata: &Metadata) -> Vec<String> {
    let text = |key: &str| metadata.get("jupytext").and_then(|it| it.get(key)).and_then(Value::as_str);
    let program = text("executable").map(|program| format!("#!{program}"));
    program.into_iter().chain(text("encoding").map(str::to_owned)).collect()
}

/// A raw cell at the top that holds YAML goes into the header: its lines and the cell itself.
fn front_matter(cells: &[Cell]) -> (Option<(Vec<String>, &Cell)>, &[Cell]) {
    let Some((first, rest)) = cells.split_first().filter(|(first, _)| first.kind == CellKind::Raw) else {
        return (None, cells);
    };
    let lines = python_lines(first.source.trim_matches(['\n', '\t', ' ']));
    let is_rule = |line: &&str| line.strip_prefix("---").is_some_and(is_blank);
    match lines.as_slice() {
        [top, inside @ .., bottom] if is_rule(top) && is_rule(bottom) => {
            (Some((inside.iter().map(|line| (*line).to_owned()).collect(), first)), rest)
        }
        _ => (None, cells),
    }
}

/// The YAML between its rules, commented.
fn header_lines(notebook: &Notebook, front: Vec<String>) -> Vec<String> {
    let mut lines = front;
    let metadata = header_metadata(&notebook.metadata);
    if !metadata.is_empty() {
        lines.extend(yaml::lines(&json!({ "jupyter": metadata })));
    }
    if lines.is_empty() {
        return lines;
    }
    let rule = || "---".to_owned();
    std::iter::once(rule()).chain(lines).chain([rule()]).map(|line| commented(&line, "")).collect()
}

/// The metadata that the header shows.
fn header_metadata(metadata: &Metadata) -> Metadata {
    let mut metadata = metadata.clone();
    let mut jupytext = match metadata.shift_remove("jupytext") {
        Some(Value::Object(jupytext)) => jupytext,
        _ => Map::new(),
    };
    let filter = jupytext.get("notebook_metadata_filter").and_then(Value::as_str).map(str::to_owned);
    for key in ["executable", "encoding"] {
        jupytext.shift_remove(key);
    }
    let kernel = metadata.get("kernelspec").and_then(|kernel| kernel.get("language")).and_then(Value::as_str);
    if jupytext.get("main_language").and_then(Value::as_str) == Some(kernel.unwrap_or("python")) {
        jupytext.shift_remove("main_language");
    }
    let representation = json!({
        "extension": ".py", "format_name": "percent", "format_version": "1.3", "jupytext_version": JUPYTEXT_VERSION,
    });
    jupytext.insert("text_representation".into(), representation);
    metadata.insert("jupytext".into(), Value::Object(jupytext));
    shown(&metadata, filter.as_deref(), Some(&HEADER_KEYS))
}

/// `# line`, at an indent.
fn commented(line: &str, indent: &str) -> String {
    if line.is_empty() { format!("{indent}#") } else { format!("{indent}# {line}") }
}

/// The lines of one cell: its marker and its text.
fn cell_lines(cell: &Cell, form: &Form) -> Vec<String> {
    let mut metadata = shown(&cell.metadata, form.filter.as_deref(), None);
    let mut source = source_lines(&cell.source);
    let magic = cell_magic(&mut source, &form.language);
    if let Some((language, arguments)) = &magic {
        if !arguments.is_empty() {
            metadata.insert("magic_args".into(), arguments.as_str().into());
        }
        metadata.insert("language".into(), language.as_str().into());
    }
    let named = cell.metadata.get("language").and_then(Value::as_str);
    let language = magic.as_ref().map(|(language, _)| language.as_str()).or(named).unwrap_or(&form.language);
    let active = is_active("py", &metadata, language == form.language);
    let code = is_code(cell, &metadata);
    // A raw cell that says `active: ""` needs no more than its type.
    let active = if cell.kind == CellKind::Raw && !code { false } else { active };
    if metadata.get("active").and_then(Value::as_str) == Some("") && cell.kind == CellKind::Raw {
        metadata.shift_remove("active");
    }
    if !code {
        metadata.insert("cell_type".into(), cell.kind.as_str().into());
    }
    let first = source.first().filter(|line| code && active && !strip(line).is_empty());
    let indent = first.map(|line| {
        line.get(..line.len() - line.trim_start_matches(is_space).len()).unwrap_or_default().to_owned()
    });
    let mut lines = vec![marker(metadata, indent.as_deref().unwrap_or_default(), form.json)];
    if code && active {
        magics::comment(&mut source, language, form.magics);
        if source != [""] {
            lines.extend(source);
        }
    } else {
        lines.extend(text_lines(source, cell, form));
    }
    lines
}

fn source_lines(source: &str) -> Vec<String> {
    let mut lines: Vec<String> = python_lines(source).into_iter().map(str::to_owned).collect();
    if source.is_empty() || source.ends_with('\n') {
        lines.push(String::new());
    }
    lines
}

/// Takes `%%bash arguments` off the top.
fn cell_magic(source: &mut Vec<String>, main: &str) -> Option<(String, String)> {
    let line = source.first().filter(|_| main != "csharp")?.strip_prefix("%%")?;
    let (language, arguments) = line.split_once(' ').unwrap_or((line, ""));
    let found = languages::is_jupyter_language(language).then(|| (language.to_owned(), arguments.to_owned()));
    if found.is_some() {
        source.remove(0);
    }
    found
}

fn is_code(cell: &Cell, metadata: &Metadata) -> bool {
    let tags = metadata.get("tags").and_then(Value::as_array);
    let tagged = tags.into_iter().flatten().filter_map(Value::as_str).any(|tag| tag.starts_with("active-"));
    let named = metadata.get("active").and_then(Value::as_str).is_some_and(|active| !active.is_empty());
    cell.kind == CellKind::Code || (cell.kind == CellKind::Raw && named) || tagged
}

/// `# %% title [markdown] key=value`
fn marker(mut metadata: Metadata, indent: &str, json: bool) -> String {
    let mut words = Vec::new();
    if let Some(Value::String(title)) = metadata.shift_remove("title") {
        words.push(title);
    }
    if let Some(depth) = metadata.shift_remove("cell_depth").and_then(|depth| depth.as_u64()) {
        words.insert(0, "%".repeat(depth.min(100) as usize));
    }
    if let Some(kind) = metadata.shift_remove("cell_type") {
        let name = metadata.shift_remove("region_name").unwrap_or(kind);
        words.push(format!("[{}]", name.as_str().unwrap_or_default()));
    }
    let title = words.join(" ");
    let mut text: Vec<String> = (!title.is_empty()).then_some(title).into_iter().collect();
    if json && !metadata.is_empty() {
        text.push(python_json(&Value::Object(metadata)));
    } else {
        text.extend(metadata.iter().map(|(key, value)| match value {
            Value::String(raw) if key == "incorrectly_encoded_metadata" => raw.clone(),
            Value::Null => key.clone(),
            value => format!("{key}={}", python_json(value)),
        }));
    }
    let options = text.join(" ");
    let space = if options.is_empty() || options.starts_with('%') { "" } else { " " };
    format!("{indent}# %%{space}{options}")
}

/// `json.dumps` with its defaults: a space behind `,` and `:`, ASCII only.
fn python_json(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| format!("{}: {}", ascii(key), python_json(value));
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => ascii(text),
        Value::Number(number) => crate::notebook::python::canonical_number(&number.to_string()),
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    let mut out = String::new();
    let mut units = [0u16; 2];
    for c in quoted.chars() {
        if (' '..='~').contains(&c) {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// Text as comments, or in the triple quotes that it was written in.
fn text_lines(mut source: Vec<String>, cell: &Cell, form: &Form) -> Vec<String> {
    let marker = cell.metadata.get("cell_marker").and_then(Value::as_str).or(form.markers.as_deref());
    if let Some((left, right)) = marker.and_then(|marker| quotes(marker, &source)) {
        if let Some(first) = source.first_mut() {
            first.insert_str(0, &left);
        }
        if let Some(last) = source.last_mut() {
            *last += &right;
        }
        return source;
    }
    source.iter().map(|line| commented(line, "")).collect()
}

/// What to write before and behind a text in triple quotes.
fn quotes(marker: &str, source: &[String]) -> Option<(String, String)> {
    let (left, right) = match marker.split_once(',') {
        Some((left, right)) => (left.to_owned(), right.to_owned()),
        None => (format!("{marker}\n"), format!("\n{}", marker.strip_prefix(['r', 'R']).unwrap_or(marker))),
    };
    let bare = left.strip_prefix(['r', 'R']).unwrap_or(&left);
    let triple = ["\"\"\"", "'''"].into_iter().find(|triple| right.ends_with(triple))?;
    if !bare.starts_with(triple) {
        return None;
    }
    let raw = bare.len() == left.len() && source.iter().any(|line| line.contains('\\'));
    Some((if raw { format!("r{left}") } else { left }, right))
}
