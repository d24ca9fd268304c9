//! What becomes of each export.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::{module_in, notebook_in};
use super::{Names, Reexport, SeenExports, Standing, imports, module_path};
use crate::compile::Target;
use crate::digest::Digest;
use crate::id::{Action, FileId, State, UnitId};
use crate::lock::Baselines;
use crate::notebook::export::{Moved, export_as, hidden};
use crate::path::WorkspacePath;
use crate::plan::{Decision, Notice, Request, Step};

/// What the decision is made of.
pub(crate) struct Situated<'a> {
    pub(crate) target: &'a Target,
    pub(crate) baselines: &'a Baselines,
    pub(crate) seen: &'a SeenExports,
    pub(crate) request: &'a Request,
    /// The decided files.
    pub(crate) steps: &'a [Step],
    /// The bytes of merges, by digest.
    pub(crate) contents: &'a BTreeMap<Digest, Arc<[u8]>>,
}

/// What was decided.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) exports: Vec<Reexport>,
    /// Notebooks that import modules by names that they had.
    pub(crate) notices: Vec<Notice>,
    /// The modules to write, by digest.
    pub(crate) contents: BTreeMap<Digest, Arc<[u8]>>,
}

/// A module that goes to another place, or stays and is renewed.
struct Mover<'a> {
    unit: UnitId,
    id: FileId,
    /// Where the notebook is when all is done.
    path: WorkspacePath,
    from: &'a WorkspacePath,
    to: WorkspacePath,
    name: String,
    bytes: Arc<[u8]>,
}

/// Decides every export.
pub(crate) fn decide(given: &Situated<'_>) -> Decided {
    let mut decided = Decided::default();
    if given.seen.owners.is_empty() || given.request.is_about_files() {
        return decided;
    }
    let mut movers = Vec::new();
    for (from, id) in &given.seen.owners {
        match given.mover(from, id) {
            Some(Ok(mover)) => movers.push(mover),
            Some(Err(refused)) => decided.exports.push(refused),
            None => {}
        }
    }
    let (movers, refused) = given.settle(movers);
    decided.exports.extend(refused);
    let stay: BTreeSet<&FileId> = decided.exports.iter().map(|export| &export.of).collect();
    let moved = given.moved(&stay);
    let leaving: BTreeSet<&WorkspacePath> = movers.iter().map(|mover| mover.from).collect();
    let renewed: Vec<_> = given
        .seen
        .owners
        .iter()
        .filter(|(path, id)| !leaving.contains(path) && !stay.contains(id))
        .filter_map(|(path, id)| given.importer(path, id, &moved))
        .collect();
    if !movers.is_empty() {
        decided.notices = given.old_imports(&moved);
    }
    let taken: BTreeSet<WorkspacePath> = movers.iter().map(|mover| mover.to.clone()).collect();
    for mover in movers {
        given.export(&mover, &moved, &taken, &mut decided);
    }
    for renewal in renewed {
        match renewal {
            Ok(mover) => given.export(&mover, &moved, &taken, &mut decided),
            Err(refused) => decided.exports.push(refused),
        }
    }
    decided.exports.sort_by(|a, b| (&a.to, &a.from).cmp(&(&b.to, &b.from)));
    decided
}

impl<'a> Situated<'a> {
    /// Does the export at `from` belong elsewhere? `None`: it does not; an error: it cannot go there.
    fn mover(&self, from: &'a WorkspacePath, id: &FileId) -> Option<Result<Mover<'a>, Reexport>> {
        let step = self.steps.iter().find(|step| step.id == *id && step.action != Action::Freeze)?;
        let unit = step.unit.clone()?;
        let names = self.seen.names.get(id)?;
        let package = self.target.package.as_str();
        let stays_in_package = from.parts().next() == Some(package);
        if matches!(self.request, Request::Unit(wanted) if *wanted != unit || !stays_in_package) {
            return None;
        }
        let goal = names.now.as_deref().and_then(|now| module_path(package, now));
        let refused = |why: String| {
            let to = goal.clone().filter(|to| to != from)?;
            let notebook = (&unit, id, &step.path);
            Some(Err(refused(notebook, from, to, why)))
        };
        let Some(bytes) = self.after(step) else { return refused("its notebook is missing".to_owned()) };
        let Some(own) = module_in(&step.path, &bytes) else {
            return refused("its notebook does not say that it is exported".to_owned());
        };
        if names.is_own(&own) && stays_in_package {
            let is_news = names.base != names.now;
            let now = names.now.as_deref().unwrap_or_default();
            return is_news.then(|| {
                refused(format!(
                    "your notebook says `#| default_exp {own}`, and the course `#| default_exp {now}`"
                ))
            })?;
        }
        let name = names.decide(&own);
        let to = module_path(package, &name)?;
        let (id, path) = (id.clone(), step.path.clone());
        (to != *from).then_some(Ok(Mover { unit, id, path, from, to, name, bytes }))
    }

    /// The movers that can go where they belong, and the others with the reason.
    fn settle(&self, movers: Vec<Mover<'a>>) -> (Vec<Mover<'a>>, Vec<Reexport>) {
        let (mut going, mut refused) = (Vec::new(), Vec::new());
        let mut goals = BTreeSet::new();
        for mover in movers {
            let why = if goals.insert(mover.to.clone()) {
                self.text(&mover, &Moved::default()).err()
            } else {
                Some("another notebook exports to that file, too".to_owned())
            };
            match why {
                Some(why) => refused.push(mover.refused(why)),
                None => going.push(mover),
            }
        }
        // One that cannot go keeps its place, which another may wait for.
        loop {
            let leaving: BTreeSet<&WorkspacePath> = going.iter().map(|mover| mover.from).collect();
            let stuck = going
                .iter()
                .enumerate()
                .find_map(|(at, mover)| Some((at, self.in_the_way(mover, &leaving)?)));
            let Some((at, why)) = stuck else { return (going, refused) };
            refused.push(going.remove(at).refused(why));
        }
    }

    /// What keeps a module from its place, where those in `leaving` are empty by then.
    fn in_the_way(&self, mover: &Mover<'_>, leaving: &BTreeSet<&WorkspacePath>) -> Option<String> {
        let to = &mover.to;
        if self.target.files.contains_key(to) || self.baselines.files.contains_key(to) {
            return Some(format!("`{to}` comes with the course"));
        }
        match self.seen.standing.get(to)? {
            Standing::Other(why) => Some(format!("`{to}`: {why}")),
            Standing::Export { .. } if to.collision_key() == mover.from.collision_key() => Some(format!(
                "on this computer `{to}` and `{}` are the same file; delete it first",
                mover.from
            )),
            Standing::Export { .. } if leaving.contains(to) => None,
            Standing::Export { notebook, .. } => {
                let owner = self.seen.owners.get(to).filter(|owner| **owner != mover.id);
                let of_other = |step: &Step| step.id != mover.id && step.path.as_str() == notebook;
                let other = owner.is_some() || self.steps.iter().any(of_other);
                other.then(|| format!("`{to}` is the export of `{notebook}`"))
            }
        }
    }

    /// An export that stays where it is, if it imports a module by a name that it had.
    fn importer(
        &self,
        path: &'a WorkspacePath,
        id: &FileId,
        moved: &Moved,
    ) -> Option<Result<Mover<'a>, Reexport>> {
        let Standing::Export { digest, text, .. } = self.seen.standing.get(path)? else { return None };
        let found = imports::of_module(path, text, moved);
        let (old, _) = found.first()?;
        // An update of one unit decides nothing for the notebooks of others: they stay as they are.
        let step = self.steps.iter().find(|step| step.id == *id);
        let notebook = match step {
            Some(step) => step.path.clone(),
            None => self.seen.notebooks.get(id)?.0.clone(),
        };
        let unit = self.target.files.values().find(|file| file.id == *id)?.unit.clone()?;
        let refused = |why: String| Some(Err(refused((&unit, id, &notebook), path, path.clone(), why)));
        if self.baselines.exports.made.get(path).is_none_or(|export| export.sha256 != *digest) {
            return refused(format!("it imports `{old}`, but was edited after it was exported"));
        }
        let name = path.as_str().split_once('/')?.1.strip_suffix(".py")?.replace('/', ".");
        let bytes = match step {
            Some(step) => self.after(step),
            None => self.seen.notebooks.get(id).map(|(_, bytes)| bytes.clone()),
        };
        let Some(bytes) = bytes else {
            return refused(format!("it imports `{old}`, and its notebook is missing"));
        };
        let (from, to) = (path, path.clone());
        let mover =
            Mover { unit: unit.clone(), id: id.clone(), path: notebook.clone(), from, to, name, bytes };
        match self.text(&mover, moved) {
            Ok(text) if Digest::of(text.as_bytes()) == *digest => None,
            Ok(_) => Some(Ok(mover)),
            Err(why) => refused(format!("it imports `{old}`, and {why}")),
        }
    }

    /// The module, or why it cannot be exported.
    fn text(&self, mover: &Mover<'_>, moved: &Moved) -> Result<String, String> {
        let notebook =
            notebook_in(&mover.path, &mover.bytes).ok_or_else(|| "its notebook cannot be read".to_owned())?;
        let path = mover.path.as_str();
        let (module, problems) = export_as(&notebook, &self.target.package, path, Some(&mover.name), moved);
        if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
            return Err(format!("its notebook cannot be exported: {}", problem.message));
        }
        let module = module.ok_or_else(|| "its notebook exports nothing".to_owned())?;
        if let Some(Standing::Export { text, .. }) = self.seen.standing.get(mover.from) {
            let names = hidden(text, &module.text);
            if !names.is_empty() {
                let names: Vec<String> =
                    names.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
                return Err(format!(
                    "its notebook has only stubs in place of code that was exported: {}",
                    names.join(", ")
                ));
            }
        }
        Ok(module.text)
    }

    fn export(
        &self,
        mover: &Mover<'_>,
        moved: &Moved,
        taken: &BTreeSet<WorkspacePath>,
        decided: &mut Decided,
    ) {
        let text = match self.text(mover, moved) {
            Ok(text) => text,
            Err(why) => return decided.exports.push(mover.refused(why)),
        };
        let result = Digest::of(text.as_bytes());
        let ours = |path: &WorkspacePath, digest: Digest| {
            self.baselines.exports.made.get(path).is_some_and(|export| export.sha256 == digest)
        };
        let stands = |path: &WorkspacePath| match self.seen.standing.get(path) {
            Some(Standing::Export { digest, .. }) => Some(*digest),
            _ => None,
        };
        let expect = stands(&mover.to);
        let old = stands(mover.from).filter(|_| *mover.from != mover.to && !taken.contains(mover.from));
        let stays = self.target.files.contains_key(mover.from);
        decided.contents.insert(result, Arc::from(text.into_bytes()));
        decided.exports.push(Reexport {
            result: Some(result),
            expect,
            edited: expect.is_some_and(|digest| digest != result && !ours(&mover.to, digest)),
            removes: old.filter(|digest| ours(mover.from, *digest) && !stays),
            leaves: old.is_some_and(|digest| !ours(mover.from, digest)) || (old.is_some() && stays),
            why: None,
            ..mover.refused(String::new())
        });
    }

    /// The notebook's bytes when the plan is carried out.
    fn after(&self, step: &Step) -> Option<Arc<[u8]>> {
        let is_written = step.settled.is_none()
            && matches!(
                step.decision,
                Decision::Create | Decision::Write | Decision::Merge | Decision::SetAside | Decision::Restore
            );
        match step.result.filter(|_| is_written) {
            Some(result) => self.contents.get(&result).cloned().or_else(|| {
                let file = self.target.files.values().find(|file| file.id == step.id)?;
                Some(file.content.clone())
            }),
            None => self.seen.notebooks.get(&step.id).map(|(_, bytes)| bytes.clone()),
        }
    }

    /// The names of modules that are no longer those by which they are imported; without those of `stay`.
    fn moved(&self, stay: &BTreeSet<&FileId>) -> Moved {
        let package = self.target.package.clone();
        let today: BTreeSet<&str> =
            self.seen.names.values().filter_map(|names| names.now.as_deref()).collect();
        let is_used = |name: &str| {
            today.contains(name)
                || module_path(&package, name).is_some_and(|path| self.target.files.contains_key(&path))
        };
        let going = self.seen.names.iter().filter(|(id, _)| !stay.contains(id));
        let modules = going.flat_map(|(_, names)| renamed(names)).filter(|(old, _)| !is_used(old)).collect();
        let first = |path: &WorkspacePath| path.parts().next().map(str::to_owned);
        let mut packages = self.baselines.exports.packages.clone();
        packages.extend(self.baselines.exports.made.keys().filter_map(first));
        packages.remove(&package);
        Moved { package, packages, modules }
    }

    /// Notebooks that import modules by names that they had. Those of units that were not started are the course's.
    fn old_imports(&self, moved: &Moved) -> Vec<Notice> {
        let begun = self
            .steps
            .iter()
            .filter(|step| step.state != State::NotStarted && self.seen.names.contains_key(&step.id));
        let notices = begun.flat_map(|step| {
            let notebook = self.after(step).and_then(|bytes| notebook_in(&step.path, &bytes));
            let found = notebook.map(|notebook| imports::of_notebook(&notebook, moved)).unwrap_or_default();
            found.into_iter().map(|(module, today)| Notice::OldImport {
                path: step.path.clone(),
                module,
                today,
            })
        });
        notices.collect()
    }
}

/// The names that a notebook's module had, each with the one that it has.
fn renamed(names: &Names) -> impl Iterator<Item = (String, String)> + '_ {
    let now = names.now.as_ref();
    let old = names.given.iter().filter(move |old| now != Some(old));
    old.filter_map(move |old| Some((old.clone(), now?.clone())))
}

impl Mover<'_> {
    fn refused(&self, why: String) -> Reexport {
        refused((&self.unit, &self.id, &self.path), self.from, self.to.clone(), why)
    }
}

fn refused(
    (unit, id, notebook): (&UnitId, &FileId, &WorkspacePath),
    from: &WorkspacePath,
    to: WorkspacePath,
    why: String,
) -> Reexport {
    Reexport {
        unit: unit.clone(),
        of: id.clone(),
        notebook: notebook.clone(),
        from: from.clone(),
        to,
        result: None,
        expect: None,
        edited: false,
        removes: None,
        leaves: false,
        why: Some(why),
    }
}
