//! Writes `progress.json`: by unit id, whatever else the file holds kept.

use std::collections::BTreeSet;

use serde_json::json;

use crate::apply::{self, Batch, Command, Meta, Workspace};
use crate::compile::Target;
use crate::id::UnitId;
use crate::lock::{Config, Progress};
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::Out;
use crate::cli::workspace::{self, Home};

/// No progress is longer.
const LIMIT: u64 = 16 << 20;

/// Changes the progress of the student as `change` says, which is given the time as it is to be written. What is in the file is
/// read when the workspace is ours: nothing that another program recorded meanwhile is lost.
pub(crate) fn record(
    world: &Disk,
    home: &Home,
    target: &Target,
    verb: &str,
    change: impl FnOnce(&mut Progress, &str),
    out: &Out,
) -> Result<(), Exit> {
    let lock = workspace::take_lock(world, &home.root, Command::new(verb), out)?;
    record_with(world, (home, &lock), target, (verb, None), change, out)
}

/// [`record`] of a verb that has the lock, and `config` with it, where it is new.
pub(crate) fn record_with(
    world: &Disk,
    (home, lock): (&Home, &Workspace),
    target: &Target,
    (verb, config): (&str, Option<&Config>),
    change: impl FnOnce(&mut Progress, &str),
    out: &Out,
) -> Result<(), Exit> {
    let failed = |message: String, out: &Out| out.fail(&message, "fix that, and run the same command again");
    let bytes = match lock.disk().read(Meta::Progress.path(), LIMIT) {
        Ok(bytes) => bytes.unwrap_or_else(|| b"{}".to_vec()),
        Err(error) => return Err(failed(error.to_string(), out)),
    };
    let known: BTreeSet<UnitId> =
        target.units.iter().map(|unit| &unit.id).chain(target.retired.keys()).cloned().collect();
    let (before, _) = Progress::read(&bytes, home.lock.as_ref(), &target.renames.units, &known)
        .map_err(|error| failed(error.to_string(), out))?;
    let now = world.now();
    let mut after = before.clone();
    change(&mut after, &now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    if after == before && config.is_none() {
        return Ok(());
    }
    let mut batch = Batch::new(now);
    batch.meta.insert(Meta::Progress, Some(after.write()));
    if let Some(config) = config {
        batch.meta.insert(Meta::Config, Some(config.write()));
    }
    batch.summary = json!({"verb": verb});
    apply::apply(lock, batch).map(drop).map_err(|error| failed(error.to_string(), out))
}
