//! YAML text → [`Node`]: every value with its place, every scalar as it was written.
//!
//! In: a [`Source`]. Out: a tree in which no scalar was interpreted (`05` is the text `05`, `no` is `no`), keys keep their
//! order and repetitions, and each node knows its bytes. `shape.rs` says what a file may hold and reports everything that it may not, at
//! once; `schema.rs` prints a shape as a JSON Schema. A serde derive would stop at the first mistake: that is why this folder
//! is on the parser below serde-saphyr.

mod shape;
mod syntax;

pub mod schema;
pub use shape::{Key, Shape, TextKind, check, resembles};
pub(crate) use shape::{NO_MERGE_KEYS, comment};

use std::collections::BTreeMap;
use std::str::FromStr;

use granit_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::{Source, Span, Spanned};

/// Bytes of the largest YAML file that is read.
pub const MAX_BYTES: u64 = 4 << 20;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 200_000;
/// Bytes of all texts that anchors and aliases copy.
const MAX_COPIED: usize = 4 << 20;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text; `plain` when it was written without quotes.
    Scalar {
        /// As written, quotes and escapes resolved.
        text: String,
        /// Without quotes.
        plain: bool,
    },
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: b}`
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar as a `T`, with its place; none where it is not one.
    pub fn parsed<T: FromStr>(&self) -> Option<Spanned<T>> {
        let value = self.text().filter(|_| !self.is_null())?.parse().ok()?;
        Some(Spanned::new(value, self.span.clone()))
    }

    /// Is it an unquoted `null`, `~` or nothing?
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What looks like the end of a plain text and is a comment: `#3` of `Lab #3`. A comment that is meant has a space behind its `#`.
    pub fn cut_off(&self) -> Option<Span> {
        let Kind::Scalar { plain: true, .. } = self.kind else { return None };
        let source = self.span.source();
        let rest = source.text().get(self.span.end()..)?.lines().next()?;
        let comment =
            rest.strip_prefix(" #").filter(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))?;
        let length = 1 + comment.trim_end().len();
        Some(source.span(self.span.end() + 1, self.span.end() + 1 + length))
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of `key` in a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The key node of `key` in a map, for its place.
    pub fn key(&self, key: &str) -> Option<&Node> {
        self.entries().iter().map(|(name, _)| name).find(|name| name.text() == Some(key))
    }

    /// `a text`, `a list`, `a map`, for messages.
    pub fn describe(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } if text.chars().count() <= 30 => format!("`{}`", quoted(text)),
            Kind::Scalar { .. } => "long text".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
        }
    }
}

/// Reads the one document of `source`.
///
/// # Errors
/// One diagnostic: syntax, more than one document, tags, or more nodes, aliases or depth than any course needs.
pub fn parse(source: &Source) -> Result<Node, Box<Diagnostic>> {
    let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
    let offset = source.text().len() - text.len();
    let mut builder = Builder {
        source,
        offset,
        anchors: BTreeMap::new(),
        stack: Vec::new(),
        size: Size::default(),
        root: None,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => {
                let at = offset + error.marker().byte_offset().unwrap_or(text.len());
                return Err(Box::new(syntax::problem(source, at, &error.info())));
            }
        }
    }
    Ok(builder.root.unwrap_or_else(|| Node { span: source.span(0, 0), kind: Kind::Map(Vec::new()) }))
}

/// A container under construction.
struct Open {
    start: usize,
    anchor: usize,
    items: Vec<Node>,
    is_map: bool,
}

struct Builder<'a> {
    source: &'a Source,
    offset: usize,
    anchors: BTreeMap<usize, Node>,
    stack: Vec<Open>,
    size: Size,
    root: Option<Node>,
}

/// What was read so far: every value, and the bytes of what was copied.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    nodes: usize,
    copied: usize,
}

impl Size {
    fn of(node: &Node) -> Self {
        let mut size = Self { nodes: 1, copied: 0 };
        match &node.kind {
            Kind::Scalar { text, .. } => size.copied += text.len(),
            Kind::List(items) => items.iter().for_each(|item| size.add(Self::of(item))),
            Kind::Map(entries) => {
                entries
                    .iter()
                    .flat_map(|(key, value)| [key, value])
                    .for_each(|node| size.add(Self::of(node)));
            }
        }
        size
    }

    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.copied = self.copied.saturating_add(other.copied);
    }
}

impl Builder<'_> {
    fn span(&self, span: &granit_parser::Span) -> Span {
        let start = span.start.byte_offset().unwrap_or(0) + self.offset;
        let end = span.end.byte_offset().unwrap_or(0) + self.offset;
        self.source.span(start, end)
    }

    fn take(&mut self, event: Event<'_>, at: &granit_parser::Span) -> Result<(), Box<Diagnostic>> {
        let span = self.span(at);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(Box::new(
                Diagnostic::new(Code::YamlSyntax, "a second document starts here")
                    .at(&span, "")
                    .help("keep one document in the file: remove the `---`"),
            )),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), &span)?;
                let plain = style == ScalarStyle::Plain;
                // A block scalar's span runs up to the next token; its visible text ends earlier.
                let end = span.start() + span.text().trim_end().len();
                let span = self.source.span(span.start(), end);
                self.put(Node { span, kind: Kind::Scalar { text: text.into_owned(), plain } }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => self.open(span, anchor, tag.is_some(), false),
            Event::MappingStart(_, anchor, tag) => self.open(span, anchor, tag.is_some(), true),
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(anchor) => {
                let Some(size) = self.anchors.get(&anchor).map(Size::of) else {
                    return Err(Box::new(
                        Diagnostic::new(Code::YamlSyntax, "this alias is inside its own anchor")
                            .at(&span, ""),
                    ));
                };
                self.grow(size, &span)?;
                let kind = self.anchors.get(&anchor).map(|node| node.kind.clone());
                kind.map_or(Ok(()), |kind| self.put(Node { span, kind }, 0))
            }
            _ => Ok(()),
        }
    }

    fn refuse_tag(&self, tagged: bool, span: &Span) -> Result<(), Box<Diagnostic>> {
        if tagged {
            let problem =
                Diagnostic::new(Code::YamlSyntax, "YAML tags (`!…`) are not used here").at(span, "");
            return Err(Box::new(
                problem.help("write the value without the tag; values are read as written"),
            ));
        }
        Ok(())
    }

    fn open(&mut self, span: Span, anchor: usize, tagged: bool, is_map: bool) -> Result<(), Box<Diagnostic>> {
        self.refuse_tag(tagged, &span)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(Box::new(
                Diagnostic::new(Code::TooLarge, format!("this is nested more than {MAX_DEPTH} levels deep"))
                    .at(&span, ""),
            ));
        }
        self.stack.push(Open { start: span.start(), anchor, items: Vec::new(), is_map });
        Ok(())
    }

    fn close(&mut self, end: &Span) -> Result<(), Box<Diagnostic>> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        // A block collection's end event is at the next token; what it holds ends with its last item.
        let last = open.items.last().map_or(end.end(), |item| item.span.end());
        let end = if end.text().is_empty() { last } else { end.end().max(last) };
        let span = self.source.span(open.start, end);
        let kind = if open.is_map {
            let mut entries = Vec::with_capacity(open.items.len() / 2);
            let mut items = open.items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                entries.push((key, value));
            }
            Kind::Map(entries)
        } else {
            Kind::List(open.items)
        };
        self.put(Node { span, kind }, open.anchor)
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        self.grow(Size { nodes: 1, copied: 0 }, &node.span)?;
        if anchor != 0 {
            self.grow(Size::of(&node), &node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// Counts `more`, before it is made.
    fn grow(&mut self, more: Size, at: &Span) -> Result<(), Box<Diagnostic>> {
        self.size.add(more);
        if self.size.nodes <= MAX_NODES && self.size.copied <= MAX_COPIED {
            return Ok(());
        }
        let problem = Diagnostic::new(Code::TooLarge, "with its aliases expanded, this has too many values");
        Err(Box::new(problem.at(at, "the limit is exceeded here").help(format!(
            "at most {MAX_NODES} values and {} MiB of copied text are read; remove some of the aliases",
            MAX_COPIED >> 20
        ))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Box<Diagnostic>> {
        parse(&Source::new("t.yml", text))
    }

    #[test]
    fn scalars_stay_as_written_and_know_their_place() {
        let node = read("a: 05\nb: no\nc: \"1.10\"\nd: 1.10\né: [ü, y]\n").unwrap();
        let text = |key: &str| node.get(key).unwrap().text().unwrap().to_owned();
        assert_eq!([text("a"), text("b"), text("c"), text("d")], ["05", "no", "1.10", "1.10"]);
        assert_eq!(node.get("é").unwrap().items()[1].span.to_string(), "t.yml:5:8");
        assert_eq!(node.get("c").unwrap().span.text(), "\"1.10\"");
        assert_eq!(node.get("é").unwrap().span.text(), "[ü, y]");
    }

    #[test]
    fn block_values_end_where_their_text_ends() {
        let node = read("a:\n  b: 1\n  c:\n    - x\n    - y\n\n# comment\nd: |\n  text\n\ne: 1\n").unwrap();
        assert_eq!(node.get("a").unwrap().span.text(), "b: 1\n  c:\n    - x\n    - y");
        assert!(node.get("d").unwrap().span.text().ends_with("text"));
    }

    #[test]
    fn a_bom_and_crlf_move_no_place() {
        let node = read("\u{feff}a: 1\r\nb: xy\r\n").unwrap();
        assert_eq!(node.get("b").unwrap().span.text(), "xy");
    }

    #[test]
    fn bombs_end_quickly() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..1000 {
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
        }
        assert_eq!(read(&bomb).unwrap_err().code, Code::TooLarge);
        let text = "x".repeat(50_000);
        let copies = format!("a: &a '{text}'\nb: [{}]", ["*a"].repeat(15_000).join(","));
        let anchors: String = (0..60).map(|at| format!("&a{at} [")).collect();
        let anchors = format!("{anchors}{}{}", "x, ".repeat(20_000), "]".repeat(60));
        let keys = (0..300).map(|at| format!("k{at}: *a\n")).collect::<String>();
        for bomb in [copies, anchors, format!("a: &a [&b '{text}', *b]\n{keys}")] {
            assert_eq!(read(&bomb).unwrap_err().code, Code::TooLarge);
        }
        for deep in ["[".repeat(20_000), "{a: ".repeat(20_000), "- ".repeat(20_000)] {
            assert!(read(&deep).is_err());
        }
    }

    #[test]
    fn a_file_of_ours_is_known_by_its_keys() {
        const KEYS: &[Key] = &[
            Key::required("course", "what it is", Shape::Any),
            Key::optional("modules", "which", Shape::Any),
        ];
        let ours = |text: &str| resembles(text, &Shape::Map(KEYS));
        for text in [
            "course: {",
            "# x\ncourse:\n  id: x\nmodulse: []\n",
            "{course: {id: x}}",
            "\u{feff}\"course\" : x\r\n",
        ] {
            assert!(ours(text), "{text}");
        }
        for text in [
            "",
            "token: s3cret",
            "token: s3cret\nuser: x\nmodules: y",
            "-----BEGIN PRIVATE KEY-----\ncourse\n",
            "  course: x",
            "root:x:0:0::/root:/bin/sh",
        ] {
            assert!(!ours(text), "{text}");
        }
    }

    #[test]
    fn many_keys_and_anchors_take_time_by_their_number() {
        let started = std::time::Instant::now();
        let keys: String = (0..90_000).map(|at| format!("k{at}: v\n")).collect();
        let anchors: String = (0..60_000).map(|at| format!("- &a{at} x\n")).collect();
        let table = Shape::Table(TextKind::Line, &Shape::Any);
        assert!(check(&read(&keys).unwrap(), &table, false).is_empty());
        assert_eq!(read(&anchors).unwrap().items().len(), 60_000);
        let twice: String = (0..90_000).map(|at| format!("k{}: v\n", at % 45_000)).collect();
        assert_eq!(check(&read(&twice).unwrap(), &table, false).len(), 45_000);
        const COURSE: &[Key] = &[Key::required("course", "what it is", Shape::Any)];
        let long = "x".repeat(1000);
        let long = format!("{long}: v\ncourse: v\n");
        assert_eq!(check(&read(&long).unwrap(), &Shape::Map(COURSE), false).len(), 1);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused() {
        for bad in ["a: [1", "a: b: c", "a: 1\n---\nb: 2\n", "a: !!int 5", "a: &x [*x]", "a: 'x"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert!(read("").unwrap().entries().is_empty());
    }
}
