//! Follows `extends` from the innermost layer outward.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::Spanned;
use crate::world::World;

use super::layer::Layer;
use super::paths::{folder_of, is_absolute, normalise, relative};
use super::{files, parse};

/// The longest chain of layers.
const MAX_DEPTH: usize = 8;

/// The layers, innermost first; and what is wrong with them. `None` where the chain is broken: what outer layers would have said is not
/// known then, and nothing can be said of the course.
pub(super) fn chain(world: &dyn World, path: &Path) -> (Option<Vec<Layer>>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let home = folder_of(path);
    let mut next = Some((normalise(path), None::<Spanned<String>>));
    while let Some((path, asked)) = next.take() {
        let name = relative(&home, &path);
        if let Some(start) = seen.iter().position(|earlier| *earlier == path) {
            diagnostics.push(cycle(&layers[start..], &name, asked.as_ref()));
            return (None, diagnostics);
        }
        if layers.len() == MAX_DEPTH {
            let problem = Diagnostic::new(
                Code::LayersTooDeep,
                format!("more than {MAX_DEPTH} layers extend each other"),
            );
            let problem = problem.at_some(asked.as_ref().map(|asked| &asked.span), "this one is too many");
            diagnostics.push(problem.help("merge some of the layers into one file"));
            return (None, diagnostics);
        }
        let read = match (&asked, layers.last()) {
            (Some(asked), Some(layer)) => files::named(world, &layer.folder, asked, &name, &home),
            _ => files::innermost(world, &path, &name),
        };
        let read = match read {
            Ok(read) => read,
            Err(problem) => {
                diagnostics.push(*problem);
                return (None, diagnostics);
            }
        };
        seen.push(path.clone());
        let folder = folder_of(&path);
        let Some(layer) = parse::parse(&read, &name, &folder, &mut diagnostics) else {
            return (None, diagnostics);
        };
        next = layer.extends.as_ref().and_then(|extends| outer(&folder, extends, &mut diagnostics));
        layers.push(layer);
    }
    (Some(layers), diagnostics)
}

fn outer(
    folder: &Path,
    extends: &Spanned<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(PathBuf, Option<Spanned<String>>)> {
    let written = extends.value.as_str();
    if is_absolute(written) || written.contains("://") {
        let problem = Diagnostic::new(
            Code::InvalidValue,
            format!("`{}` is not a path relative to this file", quoted(written)),
        );
        diagnostics.push(
            problem
                .at(&extends.span, "`extends` takes a relative path")
                .help("keep the layers in one repository and write `../university.yml`"),
        );
        return None;
    }
    Some((normalise(&folder.join(written.replace('\\', "/"))), Some(extends.clone())))
}

fn cycle(ring: &[Layer], again: &str, asked: Option<&Spanned<String>>) -> Diagnostic {
    let mut names: Vec<&str> = ring.iter().map(|layer| layer.name.as_str()).collect();
    names.push(again);
    let message = format!("the layers extend each other in a cycle: {}", names.join(" → "));
    let mut problem = Diagnostic::new(Code::LayerCycle, message)
        .at_some(asked.map(|asked| &asked.span), "this closes the cycle");
    for layer in ring {
        if let Some(extends) = layer
            .extends
            .as_ref()
            .filter(|extends| asked.is_none_or(|asked| asked.span.order() != extends.span.order()))
        {
            problem = problem.at(&extends.span, "through this");
        }
    }
    problem.help("remove one of these `extends` lines")
}
