//! What a command that changes nothing answered the last time: while all that it read is as it was, and the time makes no difference, it
//! answers the same, without reading, planning or comparing. It only saves time, and may be lost or damaged at any time.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::exit::Exit;
use super::out::{Heard, Out};
use super::workspace::{keep_cache, kept_cache};
use crate::world::World;
use crate::world::inputs::{Inputs, MAX_INPUTS_BYTES};
use crate::world::tracked::Tracked;

/// Where answers are, one for each verb; `.gitignore` knows it, too.
const ANSWER: &str = ".tinytorch/answer-";

/// What was asked, and what was answered; the name of the [`Inputs`] that the answer was made of.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    asked: String,
    at: Timestamp,
    /// From this moment on the answer may be another one.
    until: Option<Timestamp>,
    exit: Exit,
    lines: String,
}

/// How a command ended, and the moment from which on its answer may be another one though no file has changed.
pub(super) struct Answered {
    pub(super) exit: Exit,
    pub(super) until: Option<Timestamp>,
}

/// Answers `verb`, asked with `options`, for the workspace at `root`: as it did before, if that holds; else by `answer`, which reads
/// nothing but the world that it is given, and says everything by the output that it is given.
///
/// # Errors
/// Those of `answer`, which are not kept.
pub(super) fn answered(
    world: &dyn World,
    root: &Path,
    (verb, options): (&str, &serde_json::Value),
    out: &Out,
    answer: impl FnOnce(&dyn World, &Out) -> Result<Answered, Exit>,
) -> Result<Exit, Exit> {
    let now = world.now();
    let place = format!("{ANSWER}{verb}");
    // A copy of a workspace is another one; what is said of dates depends on where it is read.
    let zone = now.to_zoned_datetime(TimeZone::system()).strftime("%Q %z").to_string();
    let asked = serde_json::json!([root, zone, out.json, options]).to_string();
    if let Some(known) = known(world, root, &place, &asked, now) {
        out.again(&known.lines);
        return Ok(known.exit);
    }
    let tracked = Tracked::at(world, now);
    let listening = out.listening();
    let Answered { exit, until } = answer(&tracked, &listening)?;
    let Heard { lines, is_more } = listening.heard();
    if is_more || until.is_some_and(|until| until <= now) {
        return Ok(exit);
    }
    let answer = Answer { asked, at: now, until, exit, lines };
    if let Some(inputs) = serde_json::to_string(&answer).ok().and_then(|name| tracked.inputs(&name)) {
        keep_cache(root, &place, &inputs.write());
    }
    Ok(exit)
}

/// The answer that is kept at `place`, if it is one to `asked`, and still holds at `now`.
fn known(world: &dyn World, root: &Path, place: &str, asked: &str, now: Timestamp) -> Option<Answer> {
    let inputs = Inputs::read(&kept_cache(root, place, MAX_INPUTS_BYTES)?)?;
    let answer: Answer = serde_json::from_str(inputs.name()).ok()?;
    let in_time = answer.at <= now && answer.until.is_none_or(|until| now < until);
    (answer.asked == asked && in_time && world.holds(&inputs)).then_some(answer)
}

/// The earlier of two moments; none never comes.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
