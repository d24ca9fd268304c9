//! The target as it was when tito last wrote: what `tito module reset --to locked` plans against, and what a student goes on with while the course
//! cannot be compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pairs::pairs;
use crate::compile::{File, Matcher, PerState, Policy, Renames, Rule, Target, Unit};
use crate::digest::Digest;
use crate::id::Action;
use crate::lock::{Baseline, Baselines, Lock, LockedUnit};
use crate::notebook::tiers::Tier;

/// `target`, with every file that tito wrote before in the version that it wrote then. `object` gives pristine bytes by digest; a file whose
/// bytes it has not stays as `target` has it.
pub fn locked(target: &Target, baselines: &Baselines, object: impl Fn(Digest) -> Option<Vec<u8>>) -> Target {
    let mut locked = target.clone();
    for pair in pairs(target, baselines, &BTreeMap::new()) {
        let (Some((_, base)), Some((path, _))) = (pair.base, pair.course) else { continue };
        if let (Some(bytes), Some(file)) = (whole(base, &object), locked.files.get_mut(path)) {
            file.content = bytes;
            file.digest = base.sha256;
            file.executable = base.executable;
        }
    }
    locked
}

/// What a workspace was given, as a target: the units of its lock, the files that tito wrote. A plan for it changes nothing, and what only the
/// course knows (rules, advisories, data sets, former ids) is not in it. `object` gives pristine bytes by digest. None where the lock does not
/// say enough, being of version 1, or bytes are missing.
pub fn as_given(
    lock: &Lock,
    baselines: &Baselines,
    object: impl Fn(Digest) -> Option<Vec<u8>>,
) -> Option<Target> {
    let files = baselines.files.iter().map(|(path, base)| Some((path.clone(), file(base, &object)?)));
    Some(Target {
        course: lock.course.id.clone(),
        title: lock.course.id.clone(),
        // A lock does not say; what was given is given.
        tier: Tier::default(),
        run: lock.course.run.clone(),
        course_digest: lock.course.digest,
        layers: lock.layers.iter().map(|layer| (layer.file.clone(), layer.sha256)).collect(),
        base: lock.base.catalog.clone(),
        base_version: lock.base.version.clone(),
        base_digest: lock.base.sha256,
        package: lock.base.package.clone()?,
        units: lock.units.iter().map(unit).collect::<Option<_>>()?,
        files: files.collect::<Option<_>>()?,
        policy: Policy::new(vec![leave()]),
        advisories: Vec::new(),
        renames: Renames::default(),
        offered: lock.units.iter().map(|unit| unit.id.clone()).collect(),
        retired: BTreeMap::new(),
        datasets: Vec::new(),
    })
}

/// The bytes that tito wrote, if `object` has them whole.
fn whole(base: &Baseline, object: impl Fn(Digest) -> Option<Vec<u8>>) -> Option<Arc<[u8]>> {
    object(base.sha256).filter(|bytes| Digest::of(bytes) == base.sha256).map(Arc::from)
}

fn unit(locked: &LockedUnit) -> Option<Unit> {
    let LockedUnit { id, kind, number, title, dir, tests, mode, optional, requires } = locked.clone();
    Some(Unit { id, kind, number, title: title?, dir, tests, mode, optional, requires })
}

fn file(base: &Baseline, object: impl Fn(Digest) -> Option<Vec<u8>>) -> Option<File> {
    Some(File {
        id: base.id.clone(),
        unit: base.id.unit().and_then(|unit| unit.parse().ok()),
        role: base.role,
        digest: base.sha256,
        source: base.source,
        content: whole(base, object)?,
        executable: base.executable,
        origin: base.id.to_string(),
        rule: 0,
        flagged: BTreeMap::new(),
    })
}

/// The rule for everything: as it is, it stays.
fn leave() -> Rule {
    Rule {
        name: "as given".to_owned(),
        from: "built-in".to_owned(),
        matches: Matcher::default(),
        action: PerState::all(Action::Keep),
        edited: None,
        critical: None,
        is_final: false,
        why: None,
    }
}
