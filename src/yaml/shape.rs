//! [`Shape`]: what a file may hold, said once, for the parser and for the JSON Schema.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Severity, nearest, quoted};
use crate::id::UnitId;
use crate::source::Span;

use super::syntax::{SPACE, odd_space};
use super::{Kind, Node};

/// What may be at a place.
#[derive(Debug)]
pub enum Shape {
    /// A scalar.
    Text(TextKind),
    /// `true` or `false`.
    Flag,
    /// A list whose items have this shape.
    List(&'static Shape),
    /// A map with these keys and no others.
    Map(&'static [Key]),
    /// The same, its keys in groups that several maps share.
    Joined(&'static [&'static [Key]]),
    /// One of several maps, told apart by which of their first keys it has. It is set as a whole: none of its values may be null.
    Choice(&'static [&'static [Key]]),
    /// A map with free keys of this kind, all values of one shape.
    Table(TextKind, &'static Shape),
    /// One of several shapes, told apart by being a scalar, a list or a map; at most one of each.
    Either(&'static [Shape]),
    /// Anything.
    Any,
}

/// A key of a [`Shape::Map`].
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Must it be there?
    pub required: bool,
    /// What it means: for the schema.
    pub doc: &'static str,
    /// What its value is.
    pub shape: Shape,
}

/// What a scalar must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    Line,
    /// An id of a unit, layer or rule: `[a-z0-9]` and inner hyphens.
    Id,
    /// An id of a course: ids joined by `/`.
    CourseId,
    /// A semver version.
    Version,
    /// A semver requirement.
    VersionReq,
    /// 64 hexadecimal digits.
    Sha256,
    /// A whole number.
    Count,
    /// A date: a day of the calendar or a week of a term, with or without a time.
    When,
    /// A day of the calendar, `YYYY-MM-DD`.
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Key {
    /// A key that may be missing.
    pub const fn optional(name: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { name, required: false, doc, shape }
    }

    /// A key that must be there.
    pub const fn required(name: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { name, required: true, doc, shape }
    }
}

impl Shape {
    /// The keys of a map with given keys; none for anything else.
    pub(super) fn keys(&self) -> Option<Vec<&'static Key>> {
        match self {
            Self::Map(keys) => Some(keys.iter().collect()),
            Self::Joined(groups) => Some(groups.iter().copied().flatten().collect()),
            Self::Choice(groups) => {
                let mut keys: Vec<&'static Key> = Vec::new();
                for key in groups.iter().copied().flatten() {
                    if keys.iter().all(|other| other.name != key.name) {
                        keys.push(key);
                    }
                }
                Some(keys)
            }
            _ => None,
        }
    }
}

/// Could `text` be meant as a file of this shape? At least half of the names at the start of its lines are keys of it.
///
/// For text of which nothing may be shown before one knows that it is a file of ours; it need not be valid.
pub fn resembles(text: &str, shape: &Shape) -> bool {
    let keys = shape.keys().unwrap_or_default();
    let (mut known, mut other) = (0_usize, 0_usize);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A file in one line starts with its bracket.
        let line = line.strip_prefix('{').map_or(line, str::trim_start).trim_start_matches('"');
        let end = line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        if !name.is_empty() && rest.trim_start_matches('"').trim_start().starts_with(':') {
            let count = if keys.iter().any(|key| key.name == name) { &mut known } else { &mut other };
            *count += 1;
        }
    }
    known > 0 && known >= other
}

/// Everything in `node` that `shape` does not allow.
///
/// With `nullable`, any key may be given as null (a layer deletes an inherited value so).
pub fn check(node: &Node, shape: &Shape, nullable: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    Checker { nullable, found: &mut found }.check(node, shape, "the file");
    found
}

struct Checker<'a> {
    nullable: bool,
    found: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn check(&mut self, node: &Node, shape: &Shape, place: &str) {
        match (shape, &node.kind) {
            (Shape::Any, _) => {}
            (Shape::Text(kind), Kind::Scalar { text, .. }) if !node.is_null() => {
                self.text(node, text, *kind, place)
            }
            (Shape::Flag, Kind::Scalar { text, plain }) if !node.is_null() => {
                self.flag(node, text, *plain, place)
            }
            (Shape::List(item), Kind::List(items)) => {
                items.iter().for_each(|each| self.check(each, item, &format!("an item of {place}")))
            }
            (Shape::Map(_) | Shape::Joined(_), Kind::Map(entries)) => {
                self.map(node, entries, &shape.keys().unwrap_or_default(), place)
            }
            (Shape::Choice(groups), Kind::Map(entries)) => self.choice(node, entries, shape, groups, place),
            (Shape::Table(kind, value), Kind::Map(entries)) => self.table(entries, *kind, value, place),
            (Shape::Either(shapes), _) => match shapes.iter().find(|shape| fits(shape, node)) {
                // A word that is none of the few is more likely a list or map gone wrong.
                Some(Shape::Text(TextKind::Word([_]))) if !is_word(shapes, node) => {
                    self.wrong_type(node, shape, place)
                }
                Some(shape) => self.check(node, shape, place),
                None => self.wrong_type(node, shape, place),
            },
            _ => self.wrong_type(node, shape, place),
        }
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape, place: &str) {
        let message = format!("{place} must be {}, but is {}", expected(shape), node.describe());
        let mut problem =
            Diagnostic::new(Code::WrongType, message).at(&node.span, format!("expected {}", expected(shape)));
        let takes_list = match shape {
            Shape::Either(shapes) => shapes.iter().any(|shape| matches!(shape, Shape::List(_))),
            shape => matches!(shape, Shape::List(_)),
        };
        if let Some(word) = word_instead(node, shape) {
            problem = problem.help(format!("write `{word}`"));
        } else if takes_list && node.text().is_some_and(is_nothing) && !node.is_null() {
            problem = problem.help("write an empty list: `[]`");
        } else if takes_list && node.text().is_some() && !node.is_null() {
            problem = problem.help(format!("write a list: `[{}]`", node.span.text()));
        } else if let Shape::Map(keys) = shape {
            let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
            problem =
                problem.help(format!("write a map `{{KEY: …}}`; the keys here are {}", quoted_list(&known)));
        } else if matches!((shape, &node.kind), (Shape::List(_), Kind::Map(_))) {
            problem = problem.help("write a list: each item starts with `- `");
        } else if let Shape::Choice(groups) = shape {
            problem = problem.help(format!("write a map with {}", first_keys(groups).join(" or ")));
        }
        if let Some(help) = folder_instead(node, shape).filter(|_| word_instead(node, shape).is_none()) {
            problem = problem.help(help);
        }
        self.found.push(with_space(node, problem));
    }

    fn flag(&mut self, node: &Node, text: &str, plain: bool, place: &str) {
        if plain && matches!(text, "true" | "false") {
            return;
        }
        let meant = match text.to_ascii_lowercase().as_str() {
            "yes" | "y" | "on" | "true" | "1" => Some("true"),
            "no" | "n" | "off" | "false" | "0" => Some("false"),
            _ => None,
        };
        match meant {
            Some(word) => self.found.push(
                Diagnostic::new(Code::YamlTrap, format!("`{text}` is text in YAML 1.2, not true or false"))
                    .at(&node.span, format!("{place} takes `true` or `false`"))
                    .help(format!("write `{word}`")),
            ),
            None => self.wrong_type(node, &Shape::Flag, place),
        }
    }

    fn text(&mut self, node: &Node, text: &str, kind: TextKind, place: &str) {
        if let Some(cut) = node.cut_off().filter(|_| kind == TextKind::Line) {
            self.found.push(comment(node, &cut));
        }
        let Some((what, help)) = wrong_text(text, kind) else { return };
        let mut problem = Diagnostic::new(Code::InvalidValue, format!("`{}` is not {what}", quoted(text)))
            .at(&node.span, place.to_owned());
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.found.push(with_space(node, problem));
    }

    /// A map that must be one of `groups`.
    fn choice(
        &mut self,
        node: &Node,
        entries: &[(Node, Node)],
        shape: &Shape,
        groups: &[&'static [Key]],
        place: &str,
    ) {
        let is_there = |group: &&&[Key]| group.first().is_some_and(|key| node.get(key.name).is_some());
        let chosen: Vec<_> = groups.iter().filter(is_there).collect();
        match chosen.as_slice() {
            [group] => {
                let mut whole = Checker { nullable: false, found: &mut *self.found };
                whole.map(node, entries, &group.iter().collect::<Vec<_>>(), place);
            }
            [] => {
                let keys = shape.keys().unwrap_or_default();
                let found = self.found.len();
                self.keys(entries, &keys, place);
                if self.found.len() == found {
                    let names = first_keys(groups).join(" or ");
                    let problem = Diagnostic::new(Code::MissingKey, format!("{place} has no {names}"));
                    self.found.push(problem.at(&first_line(&node.span), "").help(format!("add {names}")));
                }
            }
            [first, second, ..] => {
                let [one, other] = [first, second].map(|group| group.first().map_or("", |key| key.name));
                let problem =
                    Diagnostic::new(Code::WrongType, format!("{place} has both `{one}` and `{other}`"));
                self.found
                    .push(problem.at(&node.span, "").help(format!("keep one of `{one}` and `{other}`")));
            }
        }
    }

    fn map(&mut self, node: &Node, entries: &[(Node, Node)], keys: &[&Key], place: &str) {
        self.keys(entries, keys, place);
        // Where a key is misspelt, it is not missing as well.
        let unknown =
            || entries.iter().filter_map(|(name, _)| name.text()).filter(|text| !is_key(keys, text));
        let names = || keys.iter().map(|key| key.name);
        let misspelt = |name: &str| unknown().any(|text| nearest(text, names()) == Some(name));
        let missing = keys.iter().filter(|key| key.required && node.get(key.name).is_none());
        for key in missing.filter(|key| !misspelt(key.name)) {
            let at = first_line(&node.span);
            let problem =
                Diagnostic::new(Code::MissingKey, format!("{place} has no `{}`", key.name)).at(&at, "");
            self.found.push(problem.help(format!("add `{}: …` ({})", key.name, key.doc)));
        }
    }

    /// Every key and its value.
    fn keys(&mut self, entries: &[(Node, Node)], keys: &[&Key], place: &str) {
        self.duplicates(entries);
        for (name, value) in entries {
            let Some(text) = name.text() else {
                self.wrong_type(name, &Shape::Text(TextKind::Line), "a key");
                continue;
            };
            match keys.iter().find(|key| key.name == text) {
                Some(_) if self.nullable && value.is_null() => {}
                Some(key) => self.check(value, &key.shape, &format!("`{text}`")),
                None => self.found.push(with_space(name, unknown_key(name, text, keys, place))),
            }
        }
    }

    fn table(&mut self, entries: &[(Node, Node)], kind: TextKind, value_shape: &Shape, place: &str) {
        self.duplicates(entries);
        for (name, value) in entries {
            let Some(text) = name.text() else {
                self.wrong_type(name, &Shape::Text(kind), "a key");
                continue;
            };
            self.text(name, text, kind, &format!("a key of {place}"));
            if !(self.nullable && value.is_null()) {
                self.check(value, value_shape, &format!("`{text}`"));
            }
        }
    }

    fn duplicates(&mut self, entries: &[(Node, Node)]) {
        let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
        for (name, _) in entries {
            let Some(text) = name.text() else { continue };
            let Some(first) = seen.get(text) else {
                seen.insert(text, name);
                continue;
            };
            self.found.push(
                Diagnostic::new(Code::DuplicateKey, format!("`{text}` is written twice"))
                    .at(&name.span, "the second time")
                    .at(&first.span, "the first time")
                    .help("keep one of the two"),
            );
        }
    }
}

/// A text whose end was written as a comment: `title: Lab #3`.
pub(crate) fn comment(node: &Node, cut: &Span) -> Diagnostic {
    let message = format!("` {}` is a comment here, not part of the text", quoted(cut.text()));
    let mut problem = Diagnostic::new(Code::YamlTrap, message).at(cut, "left out").help(format!(
        "put the text in quotes: `\"{} {}\"`; or put a space after the `#` of a comment",
        quoted(node.span.text()),
        quoted(cut.text())
    ));
    problem.severity = Severity::Warning;
    problem
}

/// A folder that was written as a text where a map names it: `from: ./x` for `from: {path: ./x}`.
fn folder_instead(node: &Node, shape: &Shape) -> Option<String> {
    let written = node.text().filter(|_| !node.is_null())?;
    let shown = node.span.text();
    if written.is_empty() || shown.contains('\n') || shown.len() > 200 {
        return None;
    }
    let shapes = match shape {
        Shape::Either(shapes) => *shapes,
        shape => std::slice::from_ref(shape),
    };
    let named = location(shapes, written, shown);
    let from = || shapes.iter().filter_map(Shape::keys).flatten().find(|key| key.name == "from");
    let inner = || match &from()?.shape {
        Shape::Either(shapes) => location(shapes, written, shown),
        shape => location(std::slice::from_ref(shape), written, shown),
    };
    named.map(|map| format!("write `{map}`")).or_else(|| Some(format!("write `{{from: {}}}`", inner()?)))
}

/// The map that names the folder or the source `written` (`shown` with its quotes), where one of `shapes` is for those.
fn location(shapes: &[Shape], written: &str, shown: &str) -> Option<String> {
    let keys: Vec<&Key> = shapes.iter().filter_map(Shape::keys).flatten().collect();
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    let is_address = written.contains("://") || written.starts_with("git@");
    let is_archive = [".tar.gz", ".tgz", ".zip"].iter().any(|end| written.ends_with(end));
    match is_address {
        true if is_archive && has("archive") => Some(format!("{{archive: {shown}, sha256: …}}")),
        true if has("git") => Some(format!("{{git: {shown}}}")),
        _ => has("path").then(|| format!("{{path: {shown}}}")),
    }
}

/// The word that `shape` takes, where `node` is that in capitals.
fn word_instead(node: &Node, shape: &Shape) -> Option<&'static str> {
    let Shape::Either(shapes) = shape else { return None };
    let text = node.text()?;
    let words = shapes.iter().filter_map(|shape| match shape {
        Shape::Text(TextKind::Word(words)) => Some(words.iter().copied()),
        _ => None,
    });
    words.flatten().find(|word| word.eq_ignore_ascii_case(text))
}

/// Is it a word for a list of nothing?
fn is_nothing(text: &str) -> bool {
    ["none", "nothing", "empty", "no"].iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What is said of a scalar, and that a space in it is none.
fn with_space(node: &Node, problem: Diagnostic) -> Diagnostic {
    let odd = node.span.text().char_indices().find_map(|(at, c)| Some((at, c, odd_space(c)?)));
    match odd.filter(|_| node.text().is_some()) {
        Some((at, c, name)) => {
            let start = node.span.start() + at;
            problem.at(&node.span.source().span(start, start + c.len_utf8()), name).help(SPACE)
        }
        None => problem,
    }
}

fn is_key(keys: &[&Key], text: &str) -> bool {
    keys.iter().any(|key| key.name == text)
}

/// The keys by which the maps of a [`Shape::Choice`] are told apart.
fn first_keys(groups: &[&'static [Key]]) -> Vec<String> {
    groups.iter().filter_map(|group| Some(format!("`{}`", group.first()?.name))).collect()
}

fn first_line(span: &Span) -> Span {
    let length = span.text().lines().next().map_or(0, str::len);
    span.source().span(span.start(), span.start() + length)
}

/// What helps where a merge key is written.
pub(crate) const NO_MERGE_KEYS: &str = "merge keys are not supported; copy the values, or use `extends`";

fn unknown_key(name: &Node, text: &str, keys: &[&Key], place: &str) -> Diagnostic {
    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let help = match nearest(text, known.iter().copied()) {
        _ if text == "<<" => NO_MERGE_KEYS.to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys here are {}", quoted_list(&known)),
    };
    Diagnostic::new(Code::UnknownKey, format!("{place} has no key `{}`", quoted(text)))
        .at(&name.span, "unknown key")
        .help(help)
}

/// Could `node` be meant as `shape`?
fn fits(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.kind) {
        (Shape::Any, _)
        | (Shape::List(_), Kind::List(_))
        | (Shape::Map(_) | Shape::Joined(_) | Shape::Choice(_) | Shape::Table(..), Kind::Map(_)) => true,
        (Shape::Text(_) | Shape::Flag, Kind::Scalar { .. }) => !node.is_null(),
        (Shape::Either(shapes), _) => shapes.iter().any(|shape| fits(shape, node)),
        _ => false,
    }
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Text(TextKind::Word([word])) => format!("`{word}`"),
        Shape::Text(TextKind::Word(words)) => format!("one of {}", quoted_list(words)),
        Shape::Text(TextKind::Count) => "a number".to_owned(),
        Shape::Text(_) => "text".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map(_) | Shape::Joined(_) | Shape::Choice(_) | Shape::Table(..) => "a map".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(expected).collect::<Vec<_>>().join(" or "),
        Shape::Any => "anything".to_owned(),
    }
}

/// Is the scalar `node` one of the words that `shapes` allow?
fn is_word(shapes: &[Shape], node: &Node) -> bool {
    let text = node.text().unwrap_or_default();
    shapes.iter().any(|shape| matches!(shape, Shape::Text(TextKind::Word(words)) if words.contains(&text)))
}

/// What the text should have been, and what to write instead.
fn wrong_text(text: &str, kind: TextKind) -> Option<(String, Option<String>)> {
    let is_id = |text: &str| text.parse::<UnitId>().is_ok();
    match kind {
        TextKind::Line => {
            let bad = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
            bad.then(|| ("printable text".to_owned(), Some("remove the control characters".to_owned())))
        }
        TextKind::Id => (!is_id(text))
            .then(|| ("an id (lower-case letters, digits, inner hyphens)".to_owned(), id_instead(text))),
        TextKind::CourseId => {
            let good = text.split('/').all(is_id);
            let help = "ids joined by `/`, such as `nordlund/ml-systems`".to_owned();
            (!good).then(|| ("a course id".to_owned(), Some(help)))
        }
        TextKind::Version => semver::Version::parse(text).is_err().then(|| {
            let help = "three numbers joined by dots: MAJOR.MINOR.PATCH";
            ("a version such as `1.2.0`".to_owned(), Some(help.to_owned()))
        }),
        TextKind::VersionReq => semver::VersionReq::parse(text).is_err().then(|| {
            let help = "write `~1.2` (1.2 and its fixes), `^1.2` (1.2 and newer, below 2), `=1.2.0`, or `>=1.2, <1.5`";
            ("a version requirement such as `~1.2`".to_owned(), Some(help.to_owned()))
        }),
        TextKind::Sha256 => text
            .parse::<crate::digest::Digest>()
            .is_err()
            .then(|| ("a SHA-256 digest (64 lower-case hexadecimal digits)".to_owned(), None)),
        TextKind::Count => {
            let good = text.len() <= 15 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            (!good).then(|| ("a whole number".to_owned(), None))
        }
        TextKind::When => {
            let found = text.parse::<crate::schedule::When>();
            found.err().map(|error| ("a date".to_owned(), Some(error.help)))
        }
        TextKind::Day => {
            let found = crate::schedule::date(text);
            found.err().map(|error| ("a day".to_owned(), Some(error.help)))
        }
        TextKind::Word(words) => {
            let help = nearest(text, words.iter().copied()).map_or_else(
                || format!("write one of {}", quoted_list(words)),
                |near| format!("did you mean `{near}`?"),
            );
            (!words.contains(&text)).then(|| (format!("one of {}", quoted_list(words)), Some(help)))
        }
    }
}

/// The id that was probably meant.
fn id_instead(text: &str) -> Option<String> {
    if text.contains(" - ") {
        return Some("these look like items of one list: use the same indentation for all".to_owned());
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_lowercase).collect();
    // `01_tensor` is how a folder is called, not the unit.
    let numbered = words.len() > 1 && words[0].bytes().all(|byte| byte.is_ascii_digit());
    if numbered {
        words.remove(0);
    }
    let slug = words.join("-");
    slug.parse::<UnitId>().is_ok().then(|| format!("write `{slug}`"))
}

pub(super) fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
