//! Follows `extends` from the innermost layer outward.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::Spanned;
use crate::world::World;
use crate::world::sources::{Remote, Tree};

use super::layer::Layer;
use super::location::{Home, Location, within};
use super::paths::{folder_of, is_absolute, normalise, relative};
use super::{faults, files, parse};

/// The longest chain of layers.
const MAX_DEPTH: usize = 8;

/// What following `extends` gives.
pub(super) struct Chain {
    /// The layers, innermost first. `None` where the chain is broken: what outer layers would have said is not known then, and nothing
    /// can be said of the course.
    pub(super) layers: Option<Vec<Layer>>,
    /// The sources that were asked for on the way, whether they are there or not.
    pub(super) sources: Vec<Spanned<Remote>>,
    /// `vendor` of the innermost layer.
    pub(super) vendor: Option<String>,
    /// What is wrong.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Where a layer is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Disk(PathBuf),
    Source(Arc<Tree>, String),
}

impl Place {
    /// The folder that it is in.
    fn home(&self) -> Home {
        match self {
            Self::Disk(path) => Home::Disk(folder_of(path)),
            Self::Source(tree, path) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                Home::Source(tree.clone(), folder.to_owned())
            }
        }
    }

    /// Its name in messages and in the lock; `home` is the folder of the innermost layer.
    fn name(&self, home: &Path) -> String {
        match self {
            Self::Disk(path) => relative(home, path),
            Self::Source(tree, path) => tree.remote.label_of(path),
        }
    }
}

/// Follows `extends` from the layer at `path`.
pub(super) fn chain(world: &dyn World, path: &Path) -> Chain {
    let mut chain = Chain { layers: None, sources: Vec::new(), vendor: None, diagnostics: Vec::new() };
    chain.layers = follow(world, path, &mut chain);
    chain
}

fn follow(world: &dyn World, path: &Path, chain: &mut Chain) -> Option<Vec<Layer>> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut seen: Vec<Place> = Vec::new();
    let home = folder_of(path);
    let mut next = Some((Place::Disk(normalise(path)), None::<Spanned<Location>>));
    while let Some((place, asked)) = next.take() {
        let name = place.name(&home);
        if let Some(start) = seen.iter().position(|earlier| *earlier == place) {
            chain.diagnostics.push(cycle(&layers[start..], &name, asked.as_ref()));
            return None;
        }
        if layers.len() == MAX_DEPTH {
            let problem = Diagnostic::new(
                Code::LayersTooDeep,
                format!("more than {MAX_DEPTH} layers extend each other"),
            );
            let problem = problem.at_some(asked.as_ref().map(|asked| &asked.span), "this one is too many");
            chain.diagnostics.push(problem.help("merge some of the layers into one file"));
            return None;
        }
        let read = match (&asked, layers.last().map(|layer| &layer.folder), &place) {
            (Some(asked), _, Place::Source(tree, path)) => {
                files::in_source(world, tree, path, &name, &asked.span)
            }
            (Some(Spanned { value: Location::Path(written), span }), Some(Home::Disk(folder)), _) => {
                let asked = Spanned::new(written.clone(), span.clone());
                files::named(world, folder, &asked, &name, &home)
            }
            (_, _, Place::Disk(path)) => files::innermost(world, path, &name),
            (None, _, Place::Source(..)) => return None,
        };
        let read = match read {
            Ok(read) => read,
            Err(problem) => {
                chain.diagnostics.push(*problem);
                return None;
            }
        };
        seen.push(place.clone());
        let layer = parse::parse(&read, &name, &place.home(), &mut chain.diagnostics)?;
        if layers.is_empty() {
            chain.vendor.clone_from(&layer.vendor);
        }
        if let Some(extends) = &layer.extends {
            // What is not understood is reported, and nothing outside of it is known.
            next = outer(world, &layer, extends, chain);
            if next.is_none() && matches!(extends.value, Location::Source(..)) {
                return None;
            }
        }
        layers.push(layer);
    }
    Some(layers)
}

/// Where the layer is that `layer` extends.
fn outer(
    world: &dyn World,
    layer: &Layer,
    extends: &Spanned<Location>,
    chain: &mut Chain,
) -> Option<(Place, Option<Spanned<Location>>)> {
    let place = match (&extends.value, &layer.folder) {
        (Location::Source(remote, path), _) => {
            chain.sources.push(Spanned::new(remote.clone(), extends.span.clone()));
            match faults::tree(world, remote, &extends.span) {
                Ok(tree) => Place::Source(tree, path.clone()),
                Err(problem) => {
                    chain.diagnostics.push(*problem);
                    return None;
                }
            }
        }
        (Location::Path(written), _) if is_absolute(written) || written.contains("://") => {
            let problem = Diagnostic::new(
                Code::InvalidValue,
                format!("`{}` is not a path relative to this file", quoted(written)),
            );
            chain.diagnostics.push(problem.at(&extends.span, "`extends` takes a relative path, or a map").help(
                "write `../university.yml`, or name a repository: `{git: \"https://…\", ref: main, path: course.yml}`",
            ));
            return None;
        }
        (Location::Path(written), Home::Disk(folder)) => {
            Place::Disk(normalise(&folder.join(written.replace('\\', "/"))))
        }
        (Location::Path(written), Home::Source(tree, dir)) => match within(dir, written) {
            Some(path) => Place::Source(tree.clone(), path),
            None => {
                let source = format!("`{}`", tree.remote.label());
                chain.diagnostics.push(faults::escapes(written, &extends.span, &source));
                return None;
            }
        },
    };
    Some((place, Some(extends.clone())))
}

fn cycle(ring: &[Layer], again: &str, asked: Option<&Spanned<Location>>) -> Diagnostic {
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
