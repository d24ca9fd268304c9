//! [`Source`] → [`Layer`]: checks the shape, then takes out what is there. What is wrong is reported and left out, so
//! that one mistake never hides another.

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, error_within};
use crate::id::{Action, Mode, PerState, Role, UnitId};
use crate::notebook::tiers::Tier;
use crate::source::{Source, Spanned};
use crate::yaml::{self, Kind, Node};

use super::faults::escapes;
use super::fields::{field, field_of, text};
use super::layer::{
    Assignment, BaseFrom, Change, Edit, Field, Form, Layer, Numbering, Position, Rule, Start, Unit,
};
use super::location::{Home, Location};
use super::named::{self, relative_path};
use super::{allow, grammar, schedule, stubs, variables};

/// Reads one layer. `None` when the text is not YAML at all.
pub(super) fn parse(
    source: &Source,
    name: &str,
    folder: &Home,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Layer> {
    let root = match yaml::parse(source) {
        Ok(root) => root,
        Err(problem) => {
            diagnostics.push(*problem);
            return None;
        }
    };
    diagnostics.extend(yaml::check(&root, &grammar::LAYER, true));
    let at = (folder, name);
    Some(Layer {
        source: source.clone(),
        name: name.to_owned(),
        folder: folder.clone(),
        extends: root.get("extends").and_then(|node| extends(node, at, diagnostics)),
        vendor: root.get("vendor").and_then(|node| relative_path(node, diagnostics)).map(|path| path.value),
        id: field_of((&root, "course"), "id", text),
        title: field_of((&root, "course"), "title", text),
        run: field_of((&root, "course"), "run", text),
        base_from: field_of((&root, "base"), "from", |node| base_from(node, at, diagnostics)),
        base_is_unread: root.get("base").is_some_and(|base| is_unread(base, diagnostics)),
        base_version: field_of((&root, "base"), "version", Node::parsed),
        modules: field(Some(&root), "modules", |node| change(node, diagnostics)),
        milestones: field(Some(&root), "milestones", |node| change(node, diagnostics)),
        assignments: field(Some(&root), "assignments", |node| Some(assignments(node, at, diagnostics))),
        retired: retired(root.get("retired")),
        numbering: field(Some(&root), "numbering", |node| {
            word(node, &[("catalog", Numbering::Catalog), ("sequential", Numbering::Sequential)])
        }),
        tier: field(Some(&root), "tier", tier),
        notebooks: field(Some(&root), "notebooks", |node| {
            word(node, &[("ipynb", Form::Ipynb), ("py", Form::Py)])
        }),
        stubs: field(Some(&root), "stubs", |node| Some(stubs::read(node, diagnostics))),
        schedule: schedule::read(&root),
        variables: field(Some(&root), "variables", |node| Some(variables::read(node, diagnostics))),
        allow: allow::read(root.get("allow"), diagnostics),
        default_action: field_of((&root, "updates"), "default", action),
        rules: field_of((&root, "updates"), "rules", |node| {
            Some(Spanned::new(rules(node, diagnostics), node.span.clone()))
        }),
        finals: root
            .get("final")
            .map(|node| node.items().iter().filter_map(text).collect())
            .unwrap_or_default(),
    })
}

fn plain_text(map: &Node, key: &str) -> Option<String> {
    map.get(key).and_then(text).map(|text| text.value)
}

fn word<T: Copy>(node: &Node, words: &[(&str, T)]) -> Option<Spanned<T>> {
    let text = node.text()?;
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| Spanned::new(*value, node.span.clone()))
}

fn flag(map: &Node, key: &str) -> Option<bool> {
    word(map.get(key)?, &[("true", true), ("false", false)]).map(|flag| flag.value)
}

pub(super) fn tier(node: &Node) -> Option<Spanned<Tier>> {
    word(node, &Tier::ALL.map(|tier| (tier.as_str(), tier)))
}

fn action(node: &Node) -> Option<Spanned<Action>> {
    word(node, &Action::ALL.map(|action| (action.as_str(), action)))
}

pub(super) fn ids(node: &Node) -> Vec<Spanned<UnitId>> {
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(Node::parsed).collect(),
        _ => node.parsed().into_iter().collect(),
    }
}

fn extends(node: &Node, at: (&Home, &str), diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Location>> {
    match node.text() {
        Some(_) => text(node).map(|path| path.map(Location::Path)),
        None => named::read(node, "path", at, diagnostics),
    }
}

fn base_from(node: &Node, at: (&Home, &str), diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<BaseFrom>> {
    if node.text().is_some() {
        return Some(Spanned::new(BaseFrom::Bundled, node.span.clone()));
    }
    let Spanned { value, span } = named::read(node, "subdir", at, diagnostics)?;
    let from = match value {
        Location::Source(remote, inner) => BaseFrom::Source(remote, inner),
        Location::Path(written) => match at.0.base(&written) {
            Some(root) => BaseFrom::Folder(written, root),
            None => {
                diagnostics.push(escapes(&written, &span, "the source that this file is in"));
                return None;
            }
        },
    };
    Some(Spanned::new(from, span))
}

/// Is `base` a text where a map belongs, or does it name a folder in a way that was refused?
fn is_unread(base: &Node, diagnostics: &[Diagnostic]) -> bool {
    let from = if matches!(base.kind, Kind::Map(_)) { base.get("from") } else { Some(base) };
    from.is_some_and(|from| error_within(diagnostics, &from.span))
}

fn change(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Change>> {
    let change = match &node.kind {
        Kind::Scalar { text, .. } if text == "all" => Change::Set(Start::All),
        Kind::List(items) => Change::Set(Start::List(items.iter().filter_map(unit).collect())),
        Kind::Map(_) => Change::Edit(
            node.get("edit")?.items().iter().filter_map(|item| edit(item, diagnostics)).collect(),
        ),
        Kind::Scalar { .. } => return None,
    };
    Some(Spanned::new(change, node.span.clone()))
}

fn unit(node: &Node) -> Option<Spanned<Unit>> {
    let unit = match &node.kind {
        Kind::Map(_) => described_unit(node, "id")?,
        _ => Unit { id: node.parsed()?, title: None, mode: None, optional: None },
    };
    Some(Spanned::new(unit, node.span.clone()))
}

fn described_unit(map: &Node, id_key: &str) -> Option<Unit> {
    Some(Unit {
        id: map.get(id_key)?.parsed()?,
        title: plain_text(map, "title"),
        mode: map.get("mode").and_then(|node| word(node, &[("do", Mode::Do), ("provided", Mode::Provided)])),
        optional: flag(map, "optional"),
    })
}

fn edit(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Edit>> {
    let entries = node.entries();
    let [(name, value)] = entries else {
        if matches!(node.kind, Kind::Map(_)) {
            let problem = Diagnostic::new(Code::EditShape, "an operation is a map with one key")
                .at(&node.span, format!("this has {}", entries.len()));
            diagnostics
                .push(problem.help("start a new list item for each operation: `- drop: [compression]`"));
        }
        return None;
    };
    let edit = match name.text()? {
        "drop" => Edit::Drop(ids(value)),
        "insert" => Edit::Insert(described_unit(value, "unit")?, position(value, diagnostics)?),
        "move" => Edit::Move(value.get("unit")?.parsed()?, position(value, diagnostics)?),
        "set" => Edit::Set(described_unit(value, "unit")?),
        _ => return None,
    };
    Some(Spanned::new(edit, node.span.clone()))
}

fn position(map: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Position> {
    let mut given: Vec<Position> = Vec::new();
    given.extend(map.get("before").and_then(Node::parsed).map(Position::Before));
    given.extend(map.get("after").and_then(Node::parsed).map(Position::After));
    given.extend(flag(map, "first").filter(|yes| *yes).map(|_| Position::First));
    given.extend(flag(map, "last").filter(|yes| *yes).map(|_| Position::Last));
    if given.len() == 1 {
        return given.pop();
    }
    let found = if given.is_empty() { "no place" } else { "more than one place" };
    let problem = Diagnostic::new(Code::EditShape, format!("this operation names {found} for the unit"))
        .at(&map.span, "");
    diagnostics.push(problem.help("give one of `before: ID`, `after: ID`, `first: true`, `last: true`"));
    None
}

fn assignments(
    node: &Node,
    at: (&Home, &str),
    diagnostics: &mut Vec<Diagnostic>,
) -> Spanned<IndexMap<UnitId, Field<Assignment>>> {
    let mut all = IndexMap::new();
    for (key, value) in node.entries() {
        let Some(id) = key.parsed::<UnitId>() else { continue };
        if value.is_null() {
            all.insert(id.value, Field::Deleted(id.span));
            continue;
        }
        let Some(from) = value.get("from").and_then(|from| named::read(from, "subdir", at, diagnostics))
        else {
            all.insert(id.value, Field::Absent);
            continue;
        };
        let assignment = Assignment {
            key: id.span.clone(),
            title: plain_text(value, "title"),
            from,
            requires: value.get("requires").map(ids).unwrap_or_default(),
            after: value.get("after").map(ids).unwrap_or_default(),
            hours: value.get("hours").and_then(Node::parsed).map(|hours| hours.value),
            former_ids: former(value).filter_map(Node::parsed).collect(),
            former_files: former(value)
                .filter_map(|node| Some((plain_text(node, "file")?, plain_text(node, "to")?)))
                .collect(),
        };
        all.insert(id.value, Field::Given(Spanned::new(assignment, id.span)));
    }
    Spanned::new(all, node.span.clone())
}

/// The entries of an assignment's `renames`.
fn former(assignment: &Node) -> impl Iterator<Item = &Node> {
    assignment.get("renames").map(Node::items).unwrap_or_default().iter()
}

fn retired(node: Option<&Node>) -> Vec<(Spanned<UnitId>, String)> {
    let entries = node.map(Node::items).unwrap_or_default().iter();
    let take =
        |node: &Node| Some((node.get("assignment")?.parsed()?, plain_text(node, "why").unwrap_or_default()));
    entries.filter_map(take).collect()
}

fn rules(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Rule> {
    let rules: Vec<Rule> = node.items().iter().filter_map(rule).collect();
    for (at, rule) in rules.iter().enumerate() {
        let Some(id) = &rule.id else { continue };
        let earlier =
            rules[..at].iter().filter_map(|rule| rule.id.as_ref()).find(|other| other.value == id.value);
        if let Some(earlier) = earlier {
            diagnostics.push(
                Diagnostic::new(
                    Code::DuplicateRule,
                    format!("two rules of this file have the id `{id}`", id = id.value),
                )
                .at(&id.span, "the second")
                .at(&earlier.span, "the first")
                .help("give one of them another id"),
            );
        }
    }
    rules
}

fn rule(node: &Node) -> Option<Rule> {
    let list = |key: &str| node.get(key).filter(|value| !value.is_null());
    Some(Rule {
        span: node.span.clone(),
        id: list("id").and_then(text),
        paths: list("paths").map(|paths| match &paths.kind {
            Kind::List(items) => items.iter().filter_map(text).collect(),
            _ => text(paths).into_iter().collect(),
        }),
        units: list("units").map(ids),
        roles: list("roles").map(|roles| {
            roles
                .items()
                .iter()
                .filter_map(|item| word(item, &Role::ALL.map(|role| (role.as_str(), role))))
                .collect()
        }),
        action: per_state(node.get("do")?)?,
        edited: list("edited").and_then(action),
        critical: list("critical").and_then(per_state),
        is_final: node
            .get("final")
            .filter(|value| value.text() == Some("true"))
            .map(|value| value.span.clone()),
        from: list("from").and_then(Node::parsed),
        until: list("until").and_then(Node::parsed),
        why: plain_text(node, "why"),
    })
}

fn per_state(node: &Node) -> Option<Spanned<PerState>> {
    let value = match &node.kind {
        Kind::Map(_) => PerState {
            not_started: action(node.get("not-started")?)?.value,
            in_progress: action(node.get("in-progress")?)?.value,
            completed: action(node.get("completed")?)?.value,
            submitted: node.get("submitted").and_then(action).map(|action| action.value),
            closed: node.get("closed").and_then(action).map(|action| action.value),
        },
        _ => PerState::all(action(node)?.value),
    };
    Some(Spanned::new(value, node.span.clone()))
}
