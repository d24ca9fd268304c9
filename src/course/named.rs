//! Reads where something is that a layer names: `{path: …}`, `{git: …}`, `{archive: …}`.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::digest::Digest;
use crate::source::Spanned;
use crate::world::sources::{Address, Kind, Remote, reference_problem};
use crate::yaml::Node;

use super::faults::escapes;
use super::location::{Home, Location, within};
use super::paths::{is_absolute, normalise};

/// Reads `{path: …}`, `{git: …}` or `{archive: …}` of the layer `name` in `home`. In the latter two, `inner` is the key that says where in the
/// source.
pub(super) fn read(
    node: &Node,
    inner: &str,
    (home, name): (&Home, &str),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<Location>> {
    let is_source = node.get("git").is_some() || node.get("archive").is_some();
    if !is_source {
        let path = relative_path(node.get("path")?, diagnostics)?;
        return Some(path.map(Location::Path));
    }
    let remote = remote(node, (home, name), diagnostics)?;
    let path = match node.get(inner).and_then(text) {
        None => String::new(),
        Some(written) => match within("", &written.value) {
            Some(path) => path,
            None => {
                diagnostics.push(escapes(&written.value, &written.span, "a source"));
                return None;
            }
        },
    };
    Some(Spanned::new(Location::Source(remote, path), node.span.clone()))
}

/// A relative path.
pub(super) fn relative_path(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    let path = text(node)?;
    if is_absolute(&path.value) {
        let problem = Diagnostic::new(
            Code::InvalidValue,
            format!("`{}` is not a path relative to this file", quoted(&path.value)),
        );
        diagnostics.push(problem.at(&path.span, "absolute").help(
            "write it relative to the folder of this file: the course is also compiled on other machines",
        ));
        return None;
    }
    Some(path)
}

fn remote(node: &Node, at: (&Home, &str), diagnostics: &mut Vec<Diagnostic>) -> Option<Remote> {
    match node.get("git").and_then(text) {
        Some(written) => {
            let reference = node.get("ref").and_then(text);
            if let Some(bad) = reference.as_ref()
                && let Some(why) = reference_problem(&bad.value)
            {
                let message = format!("`{}` cannot be a branch, tag or commit: {why}", quoted(&bad.value));
                let problem = Diagnostic::new(Code::InvalidValue, message).at(&bad.span, "");
                diagnostics.push(problem.help("write the name of a branch or a tag, such as `2027-autumn` or `v1.2.0`, or a full commit"));
                return None;
            }
            let kind = Kind::Git(reference.map(|reference| reference.value));
            address(&written, kind, at, diagnostics)
        }
        None => {
            let written = node.get("archive").and_then(text)?;
            let sha256: Digest = node.get("sha256").and_then(Node::parsed)?.value;
            address(&written, Kind::Archive(sha256), at, diagnostics)
        }
    }
}

fn address(
    written: &Spanned<String>,
    kind: Kind,
    (home, name): (&Home, &str),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Remote> {
    let mut refuse = |message: String, help: &str| {
        diagnostics.push(Diagnostic::new(Code::InvalidValue, message).at(&written.span, "").help(help));
        None
    };
    let shown = quoted(&written.value);
    let is_git = matches!(kind, Kind::Git(_));
    let remote = match Address::of_url(&written.value, is_git) {
        Some(Ok(address)) => Remote { address, kind },
        Some(Err(wrong)) => {
            return refuse(format!("`{shown}` is not a safe address: {}", wrong.message), wrong.help);
        }
        None if is_absolute(&written.value) || written.value.is_empty() || written.value.starts_with('-') => {
            return refuse(
                format!("`{shown}` is not a path relative to this file"),
                "write an address, `https://HOST/PATH`, or a path relative to the folder of this file",
            );
        }
        None => match home {
            Home::Disk(folder) => {
                let path = written.value.replace('\\', "/");
                let of_layer = Path::new(name).parent().unwrap_or(Path::new(""));
                Remote::local(kind, normalise(&folder.join(&path)), &normalise(&of_layer.join(&path)))
            }
            // What is fetched must not say what is read of this computer.
            Home::Source(..) => {
                return refuse(
                    format!("`{shown}` is a path, and this file is in a source itself"),
                    "a file of a source names other sources by their address: `https://HOST/PATH`",
                );
            }
        },
    };
    if matches!(home, Home::Source(..)) && remote.address.is_local() {
        return refuse(
            format!("`{shown}` is on the computer of whoever compiles, and this file is in a source itself"),
            "a file of a source names other sources by their address: `https://HOST/PATH`",
        );
    }
    Some(remote)
}

fn text(node: &Node) -> Option<Spanned<String>> {
    node.text().filter(|_| !node.is_null()).map(|text| Spanned::new(text.to_owned(), node.span.clone()))
}
