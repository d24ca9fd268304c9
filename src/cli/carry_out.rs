//! A plan becomes a run: what it changes in the workspace, and what tito remembers of it, in one batch.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::apply::{self, Applied, ApplyError, Batch, Meta, Workspace};
use crate::plan::{Plan, effects};
use crate::release::Release;
use crate::world::World;

use super::address;
use super::workspace::{self, Home, Planned};

/// What becomes of tito's own files that say where the course comes from; none: it goes.
pub(super) type Origin = BTreeMap<Meta, Option<Vec<u8>>>;

/// Carries out a plan. `origin` is written with it.
pub(super) fn carry_out(
    world: &dyn World,
    lock: &Workspace,
    home: &Home,
    planned: &Planned,
    verb: &str,
    origin: Origin,
) -> Result<Applied, ApplyError> {
    let now = world.now();
    let effects = effects(&planned.plan, &planned.target, &home.baselines, &planned.observed, now);
    let mut batch = Batch::new(now);
    batch.changes = effects.changes;
    batch.objects = effects.objects.into_values().collect();
    batch.pristine = effects.pristine;
    batch.summary = summary(verb, &planned.plan);
    if effects.baselines != home.baselines {
        batch.meta.insert(Meta::Baselines, Some(effects.baselines.write()));
    }
    if let Some(lock) = effects.lock {
        batch.meta.insert(Meta::Lock, Some(lock));
    }
    if let Some(progress) = effects.progress {
        batch.meta.insert(Meta::Progress, Some(progress));
    }
    if planned.plan.request.is_whole() {
        let version = format!(
            "workspace {} template {}\n",
            crate::lock::WORKSPACE_VERSION,
            planned.target.base_version
        );
        batch.meta.insert(Meta::Version, Some(version.into_bytes()));
        // What comes from an address is kept as it was fetched.
        if address::remembered(&home.root, &home.config).is_none() {
            batch.meta.insert(Meta::Release, Some(Release::of(&planned.target).bytes().to_vec()));
            batch.meta.extend([(Meta::Newest, None), (Meta::Kept, None)]);
        }
    }
    batch.meta.extend(origin);
    let applied = apply::apply(lock, batch)?;
    workspace::remember(home, planned);
    workspace::prepare_for_git(&home.root);
    Ok(applied)
}

fn summary(verb: &str, plan: &Plan) -> Value {
    // What is about a few files leaves the workspace at the version that it has.
    let base = plan.request.is_whole().then_some(&plan.base);
    json!({"verb": verb, "base": base, "course": plan.course, "files": plan.steps.iter().filter(|step| step.changes_disk()).count()})
}
