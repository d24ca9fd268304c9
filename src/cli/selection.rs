//! Verbs about files that the student names: an update of these alone, where the student's word takes the place of policy.

use std::collections::BTreeSet;

use crate::apply::Command;
use crate::path::WorkspacePath;
use crate::plan::{Notice, Request, Settled, Step};
use crate::world::disk::Disk;

use super::carry_out::Origin;
use super::differences::Looks;
use super::exit::Exit;
use super::finish::finish;
use super::out::{Out, clean};
use super::question::Question;
use super::workspace::{self, Planned};
use super::{current_course, typed_paths};

/// What a verb does with the files that it is given.
pub(super) struct Verb<'a> {
    /// Its name: `take`.
    pub(super) name: &'a str,
    /// The request that it is.
    pub(super) request: &'a dyn Fn(BTreeSet<WorkspacePath>) -> Request,
    /// What is said of a file for which there is nothing to do.
    pub(super) nothing: &'a str,
    /// What is said where that is because both changed the same lines, and the course's lie beside since.
    pub(super) beside: Option<&'a str>,
    /// Why there is nothing to do for a file, and what helps, where that is an error.
    pub(super) refuses: Option<&'a Refusal<'a>>,
    /// Why the plan for the files cannot do what was asked, and what helps.
    pub(super) fails: &'a Failure<'a>,
    /// What is asked before what the student wrote is replaced.
    pub(super) question: Option<Question<'a>>,
    /// What beside the files says which command it is.
    pub(super) options: Vec<String>,
}

/// Why nothing can be done for a file, and what helps.
pub(super) type Refusal<'a> = dyn Fn(&Step) -> Option<(String, String)> + 'a;

/// Why steps do not do what was asked, and what helps.
pub(super) type Failure<'a> = dyn Fn(&[Step]) -> Option<(String, String)> + 'a;

impl Verb<'_> {
    /// What beside the files says which command it is.
    fn option(&self) -> impl Iterator<Item = String> + '_ {
        self.beside.map(|_| "--merge".to_owned()).into_iter().chain(self.options.iter().cloned())
    }
}

/// Carries out `verb` for the files that `words` name.
pub(super) fn run(verb: &Verb<'_>, words: &[String], out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let command = Command::new(verb.name);
    let command =
        command.with(words.iter().map(|word| typed_paths::spelled(word, &root)).chain(verb.option()));
    let lock = workspace::begin(&world, &root, command, out)?;
    let home = workspace::read(&world, &root, out)?;
    let (target, _) = current_course::or_kept(&world, &home, out)?;
    let whole = workspace::look(&world, &home, target, &Request::Update, out)?;
    let paths = words
        .iter()
        .map(|word| typed_paths::of_the_course(word, &root, &whole, out))
        .collect::<Result<BTreeSet<_>, Exit>>()?;
    for step in paths.iter().filter_map(|path| typed_paths::step(&whole.plan, path)) {
        if let Some((why, help)) = verb.refuses.and_then(|refuses| refuses(step)) {
            return Err(out.fail(&why, &help));
        }
    }
    // A request knows a file by where it was written and where it belongs; a student may also name where it is.
    let paths = paths.iter().flat_map(|path| names(path, &whole)).chain(paths.iter().cloned()).collect();
    let request = (verb.request)(paths);
    let beside = whole.plan.steps.iter().filter(|step| step.settled == Some(Settled::Offered));
    let beside: BTreeSet<WorkspacePath> = beside.map(|step| step.path.clone()).collect();
    let planned = workspace::look(&world, &home, whole.target, &request, out)?;
    if let Some((why, help)) = (verb.fails)(&planned.plan.steps) {
        return Err(out.fail(&why, &help));
    }
    if !out.json {
        let nothing =
            |path: &WorkspacePath| verb.beside.filter(|_| beside.contains(path)).unwrap_or(verb.nothing);
        say_nothing_to_do(words, &nothing, &root, &planned, out)?;
    }
    if planned.plan.is_empty() && !out.json {
        return Ok(Exit::Done);
    }
    if let Some(question) = &verb.question {
        let looks = Looks::new(&world, &home, &planned, None);
        let replaced = looks.replaced();
        if !replaced.is_empty() && !question.agreed(&replaced, &home, out)? {
            return Ok(Exit::Done);
        }
    }
    finish(&world, &lock, &home, &planned, verb.name, Origin::new(), out)
}

/// The places by which a request may know the file that `path` names.
fn names(path: &WorkspacePath, whole: &Planned) -> Vec<WorkspacePath> {
    typed_paths::step(&whole.plan, path).and_then(|step| step.recorded.clone()).into_iter().collect()
}

fn say_nothing_to_do<'a>(
    words: &[String],
    nothing: &dyn Fn(&WorkspacePath) -> &'a str,
    root: &std::path::Path,
    planned: &Planned,
    out: &Out,
) -> Result<(), Exit> {
    for word in words {
        let path =
            typed_paths::path(word, root, |path| typed_paths::step(&planned.plan, path).is_some(), out)?;
        let acts = typed_paths::step(&planned.plan, &path).is_some_and(crate::plan::Step::changes);
        let blocked = planned
            .plan
            .notices
            .iter()
            .find(|notice| matches!(notice, Notice::InTheWay { path: at, .. } if *at == path));
        match (acts, blocked) {
            (true, _) => {}
            (false, Some(Notice::InTheWay { obstacle, .. })) => {
                out.line(format!("  {} is left alone: {obstacle}", clean(path.as_str())));
            }
            (false, _) => out.line(format!("  {} {}", clean(path.as_str()), nothing(&path))),
        }
    }
    Ok(())
}
