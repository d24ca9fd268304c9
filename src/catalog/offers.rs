//! What is wrong with the advisories and data sets of a catalog: what would reach no one.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Severity, quoted};
use crate::source::{Span, Spanned};

use super::{Catalog, CatalogAdvisory, Dataset};

pub(super) fn check(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let ids = catalog.advisories.iter().map(|advisory| (advisory.id.value.as_str(), &advisory.id.span));
    twice("advisories", ids, diagnostics);
    let ids = catalog.datasets.iter().map(|dataset| (dataset.id.value.as_str(), &dataset.id.span));
    twice("data sets", ids, diagnostics);
    diagnostics.extend(catalog.advisories.iter().filter_map(|advisory| early(advisory, catalog)));
    diagnostics.extend(catalog.advisories.iter().filter_map(nothing));
    for dataset in &catalog.datasets {
        match &dataset.url {
            Some(url) => diagnostics.extend(address(dataset, url)),
            None => diagnostics.extend(bundled(dataset, catalog)),
        }
    }
}

/// Two of the same id.
fn twice<'a>(what: &str, ids: impl Iterator<Item = (&'a str, &'a Span)>, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, &Span> = BTreeMap::new();
    for (id, span) in ids {
        let Some(first) = seen.get(id) else {
            seen.insert(id, span);
            continue;
        };
        let problem =
            Diagnostic::new(Code::CatalogDuplicate, format!("two {what} have the id `{}`", quoted(id)));
        let problem = problem.at(span, "the second time").at(first, "the first time");
        diagnostics.push(problem.help("an id is never reused: choose another"));
    }
}

/// An advisory for a version that is still to come.
fn early(advisory: &CatalogAdvisory, catalog: &Catalog) -> Option<Diagnostic> {
    let (fixed, version) = (&advisory.fixed_in.value, &catalog.version);
    (fixed > version).then(|| {
        let message = format!(
            "the advisory `{}` reaches no one: its fix is in {fixed}, and `{}` is version {version}",
            quoted(&advisory.id.value),
            catalog.name
        );
        Diagnostic::new(Code::InvalidValue, message)
            .at(&advisory.fixed_in.span, "the first version that has the fix")
            .help(format!("write `in: {version}`, or raise `version` at the top of the catalog"))
    })
}

/// An advisory that affects nothing.
fn nothing(advisory: &CatalogAdvisory) -> Option<Diagnostic> {
    let at = advisory.nothing.as_ref()?;
    let message = format!("the advisory `{}` reaches no one: it affects nothing", quoted(&advisory.id.value));
    let problem = Diagnostic::new(Code::InvalidValue, message).at(at, "");
    Some(problem.help("name the units whose files the fix changes: `affects: [tensor]`; or globs: `affects: {paths: [\"tests/**\"]}`"))
}

/// What keeps a data set from being downloaded. The rest of the base is of use all the same.
fn address(dataset: &Dataset, url: &Spanned<String>) -> Option<Diagnostic> {
    let id = &dataset.id.value;
    let scheme = url.value.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let mut problem = if !matches!(scheme.as_deref(), Some("http" | "https")) {
        let message = format!("the data set `{id}` cannot be downloaded from `{}`", quoted(&url.value));
        Diagnostic::new(Code::InvalidValue, message)
            .at(&url.span, "")
            .help("write an address that starts with `https://` or `http://`")
    } else if dataset.sha256.is_none() {
        let message =
            format!("the data set `{id}` has no `sha256`: tito does not download it without a checksum");
        Diagnostic::new(Code::MissingKey, message)
            .at(&url.span, "downloaded from here")
            .help("add `sha256: …`, which `sha256sum FILE` prints, and `bytes: …`")
    } else {
        return None;
    };
    problem.severity = Severity::Warning;
    Some(problem)
}

/// What keeps a data set from coming with the base.
fn bundled(dataset: &Dataset, catalog: &Catalog) -> Option<Diagnostic> {
    let id = &dataset.id.value;
    if !dataset.is_bundled {
        let message = format!("the data set `{id}` is neither downloaded nor part of the base");
        let problem = Diagnostic::new(Code::MissingKey, message).at(&dataset.id.span, "");
        return Some(problem.help(
            "add `url: https://…` and `sha256: …`, or `bundled: true` and the `path` of its files in a workspace",
        ));
    }
    let default = format!("datasets/{id}");
    let path = dataset.path.as_ref().map_or(default.as_str(), |path| path.value.as_str());
    if in_unit(path, catalog) || is_shared(path, catalog) {
        return None;
    }
    let message = format!("the data set `{id}`: the base has nothing for `{path}` of a workspace");
    let problem = Diagnostic::new(Code::CatalogFolder, message);
    let at = dataset.path.as_ref().map_or(&dataset.id.span, |path| &path.span);
    let help =
        format!("create `shared/{path}` in the base, or write the `path` that its files have in a workspace");
    Some(problem.at(at, "named here").help(help))
}

/// May `path` of a workspace be in the folder of a unit? Where those are depends on the course.
fn in_unit(path: &str, catalog: &Catalog) -> bool {
    let layout = &catalog.layout;
    let patterns = [&layout.module, &layout.tests, &layout.milestone, &layout.assignment];
    patterns.iter().any(|pattern| path.starts_with(pattern.value.split("{{").next().unwrap_or_default()))
}

/// Is `path` of a workspace a file or a folder that comes from files of no unit?
fn is_shared(path: &str, catalog: &Catalog) -> bool {
    let below = |path: &str, folder: &str| {
        let rest = path.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.is_empty())
    };
    catalog.entries.iter().any(|entry| {
        let file = entry.path.strip_suffix(".j2").unwrap_or(&entry.path);
        let moved = catalog.shared.iter().filter_map(|shared| {
            let rest = file.strip_prefix(shared.from.as_ref()?.value.as_str())?;
            Some(format!("{}{rest}", shared.path.value))
        });
        let plain = file.strip_prefix("shared/").map(str::to_owned);
        moved.chain(plain).any(|file| below(&file, path))
    })
}
