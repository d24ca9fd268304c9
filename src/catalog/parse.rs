//! [`Source`] → [`Catalog`]: checks the shape, then takes out what is there.

use indexmap::IndexMap;

use crate::course::allow;
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{AdvisorySeverity, UnitId};
use crate::notebook::tiers::Markers;
use crate::source::{Source, Spanned};
use crate::world::{Entry, Root};
use crate::yaml::{self, Kind, Node};

use super::renames::History;
use super::{
    Catalog, CatalogAdvisory, Dataset, FileRename, Layout, Milestone, Module, Rename, Retired, Shared,
    TestsRequire, files, grammar, renames,
};

pub(super) fn parse(
    source: &Source,
    root: &Root,
    entries: Vec<Entry>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Catalog> {
    let node = match yaml::parse(source) {
        Ok(node) => node,
        Err(problem) => {
            diagnostics.push(*problem);
            return None;
        }
    };
    diagnostics.extend(yaml::check(&node, &grammar::CATALOG, false));
    let (entries, excluded) = files::exclude(node.get("exclude"), entries, diagnostics);
    let roles = files::roles(node.get("roles"), &entries, diagnostics);
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    let mut former: Vec<_> = items("renames").iter().filter_map(|node| rename(node, diagnostics)).collect();
    let history = History::of(&mut former);
    let gone: Vec<_> = items("retired").iter().filter_map(retired).collect();
    let catalog = Catalog {
        source: source.clone(),
        root: root.clone(),
        entries,
        excluded,
        name: line(&node, "catalog")?.value,
        version: node.get("version")?.parsed()?.value,
        title: line(&node, "title").map(|title| title.value).unwrap_or_default(),
        package: line(&node, "package").map_or_else(|| "package".to_owned(), |package| package.value),
        package_span: line(&node, "package").map(|package| package.span),
        layout: layout(&node, source),
        roles,
        markers: line(&node, "markers").and_then(|word| Markers::of(&word.value)).unwrap_or_default(),
        modules: unique(items("modules"), module, diagnostics),
        milestones: unique(items("milestones"), milestone, diagnostics),
        shared: items("shared").iter().filter_map(shared).collect(),
        datasets: items("datasets").iter().filter_map(dataset).collect(),
        renames: history.last(),
        file_renames: items("renames").iter().filter_map(file_rename).collect(),
        retired: gone.iter().cloned().collect(),
        allow: allow::read(node.get("allow"), diagnostics),
        advisories: items("advisories").iter().filter_map(advisory).collect(),
    };
    renames::check(&history, &gone, &catalog, diagnostics);
    Some(catalog)
}

fn line(map: &Node, key: &str) -> Option<Spanned<String>> {
    let node = map.get(key)?;
    Some(Spanned::new(node.text()?.to_owned(), node.span.clone()))
}

fn ids(map: &Node, key: &str) -> Vec<Spanned<UnitId>> {
    map.get(key).map(|node| node.items().iter().filter_map(Node::parsed).collect()).unwrap_or_default()
}

fn count(map: &Node, key: &str) -> Option<u64> {
    map.get(key).and_then(Node::parsed).map(|count| count.value)
}

fn layout(node: &Node, source: &Source) -> Layout {
    let layout = node.get("layout");
    let pattern = |key: &str, default: &str| {
        layout
            .and_then(|layout| line(layout, key))
            .unwrap_or_else(|| Spanned::new(default.to_owned(), source.span(0, 0)))
    };
    Layout {
        module: pattern("module", "modules/{{ number }}_{{ id }}"),
        tests: pattern("tests", "tests/{{ number }}_{{ id }}"),
        milestone: pattern("milestone", "milestones/{{ number }}_{{ year }}_{{ id }}"),
        assignment: pattern("assignment", "assignments/{{ id }}"),
    }
}

/// Units by id; the second use of an id is reported and left out.
fn unique<T>(
    items: &[Node],
    take: impl Fn(&Node, &Spanned<UnitId>) -> Option<T>,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<UnitId, T> {
    let mut all: IndexMap<UnitId, (Spanned<UnitId>, T)> = IndexMap::new();
    for item in items {
        let Some(id) = item.get("id").and_then(Node::parsed::<UnitId>) else { continue };
        if let Some((first, _)) = all.get(&id.value) {
            diagnostics.push(
                Diagnostic::new(Code::CatalogDuplicate, format!("the id `{}` is used twice", id.value))
                    .at(&id.span, "the second time")
                    .at(&first.span, "the first time"),
            );
        } else if let Some(unit) = take(item, &id) {
            all.insert(id.value.clone(), (id, unit));
        }
    }
    all.into_iter().map(|(id, (_, unit))| (id, unit)).collect()
}

fn module(node: &Node, id: &Spanned<UnitId>) -> Option<Module> {
    let tests = node.get("tests");
    let tests_from = match tests.map(|tests| &tests.kind) {
        Some(Kind::Map(_)) => tests.and_then(|tests| line(tests, "from")),
        Some(_) => line(node, "tests"),
        None => None,
    };
    let from = line(node, "from");
    Some(Module {
        span: id.span.clone(),
        title: line(node, "title").map_or_else(|| id.value.to_string(), |title| title.value),
        part: line(node, "part").map(|part| part.value),
        hours: count(node, "hours"),
        requires: ids(node, "requires"),
        after: ids(node, "after"),
        from_span: from.as_ref().map(|from| from.span.clone()),
        from: from.map_or_else(|| format!("modules/{}", id.value), |from| trimmed(from.value)),
        tests_span: tests_from.as_ref().map(|from| from.span.clone()),
        tests: tests_from.map_or_else(|| format!("tests/{}", id.value), |from| trimmed(from.value)),
        tests_require: tests.map(tests_require).unwrap_or_default(),
    })
}

fn tests_require(tests: &Node) -> Vec<TestsRequire> {
    let Some(requires) = tests.get("requires") else { return Vec::new() };
    let of = |node: &Node| node.items().iter().filter_map(Node::parsed).collect();
    match &requires.kind {
        Kind::Map(entries) => entries
            .iter()
            .filter_map(|(files, needed)| {
                let files = Spanned::new(files.text()?.to_owned(), files.span.clone());
                Some(TestsRequire { files: Some(files), requires: of(needed) })
            })
            .collect(),
        _ => vec![TestsRequire { files: None, requires: of(requires) }],
    }
}

fn trimmed(path: String) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

fn milestone(node: &Node, id: &Spanned<UnitId>) -> Option<Milestone> {
    let from = line(node, "from");
    Some(Milestone {
        span: id.span.clone(),
        year: count(node, "year")?,
        title: line(node, "title").map_or_else(|| id.value.to_string(), |title| title.value),
        requires: ids(node, "requires"),
        from_span: from.as_ref().map(|from| from.span.clone()),
        from: from.map_or_else(|| format!("milestones/{}", id.value), |from| trimmed(from.value)),
    })
}

fn shared(node: &Node) -> Option<Shared> {
    let path = line(node, "path")?;
    Some(Shared {
        path: path.map(trimmed),
        from: line(node, "from").map(|from| from.map(trimmed)),
        requires: ids(node, "requires"),
    })
}

fn dataset(node: &Node) -> Option<Dataset> {
    Some(Dataset {
        id: node.get("id").and_then(Node::parsed)?,
        title: line(node, "title").map(|title| title.value),
        is_bundled: line(node, "bundled").is_some_and(|flag| flag.value == "true"),
        path: line(node, "path").map(|path| path.map(trimmed)),
        url: line(node, "url"),
        sha256: node.get("sha256").and_then(Node::parsed).map(|digest| digest.value),
        bytes: count(node, "bytes"),
        license: line(node, "license").map(|license| license.value),
    })
}

fn former(node: &Node) -> Option<Spanned<UnitId>> {
    node.get("module").or_else(|| node.get("milestone")).and_then(Node::parsed)
}

fn rename(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(UnitId, Rename)> {
    let named = ["module", "milestone", "file"].map(|key| node.get(key));
    if named.iter().flatten().count() != 1 {
        let problem = Diagnostic::new(Code::InvalidValue, "this entry must name exactly one renamed thing");
        diagnostics.push(problem.at(&node.span, "").help(
            "write one of `module`, `milestone` and `file`: `{module: old-id, to: new-id, in: 1.1.0}`",
        ));
        return None;
    }
    let id = former(node)?;
    let to = line(node, "to")?;
    if to.value.parse::<UnitId>().is_err() {
        let problem =
            Diagnostic::new(Code::InvalidValue, format!("`{}` is not an id", to.value.escape_debug()));
        diagnostics.push(problem.at(&to.span, "the id that the unit has now"));
    }
    let rename = Rename {
        span: id.span,
        to: node.get("to").and_then(Node::parsed)?,
        since: node.get("in").and_then(Node::parsed)?.value,
    };
    Some((id.value, rename))
}

fn file_rename(node: &Node) -> Option<FileRename> {
    Some(FileRename {
        unit: node.get("unit").and_then(Node::parsed),
        from: line(node, "file")?.map(trimmed),
        to: line(node, "to")?.map(trimmed),
        since: node.get("in").and_then(Node::parsed)?.value,
    })
}

fn retired(node: &Node) -> Option<(UnitId, Retired)> {
    let id = former(node)?;
    let why = line(node, "why").map(|why| why.value).unwrap_or_default();
    Some((id.value, Retired { span: id.span, since: node.get("in").and_then(Node::parsed)?.value, why }))
}

fn advisory(node: &Node) -> Option<CatalogAdvisory> {
    let severity = match node.get("severity")?.text()? {
        "critical" => AdvisorySeverity::Critical,
        "normal" => AdvisorySeverity::Normal,
        "cosmetic" => AdvisorySeverity::Cosmetic,
        _ => return None,
    };
    let affects = node.get("affects")?;
    let list = affects.get("paths").unwrap_or(affects);
    let paths = affects.get("paths").map(Node::items).unwrap_or_default();
    let is_nothing = matches!(&list.kind, Kind::List(items) if items.is_empty());
    Some(CatalogAdvisory {
        id: line(node, "id")?,
        severity,
        fixed_in: node.get("in").and_then(Node::parsed)?,
        units: affects.items().iter().filter_map(Node::parsed).collect(),
        paths: paths
            .iter()
            .filter_map(|path| Some(Spanned::new(path.text()?.to_owned(), path.span.clone())))
            .collect(),
        nothing: is_nothing.then(|| list.span.clone()),
        title: line(node, "title").map(|title| title.value).unwrap_or_default(),
        action: line(node, "action").map(|action| action.value),
    })
}
