//! `tito take PATH`: take over what is on offer.

use crate::plan::{Decision, Request, Settled, Situation, Step};

use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean, shell};
use crate::cli::question::Question;
use crate::cli::selection;

/// Accepts what the course offers: the offered cells of a notebook, or another file as a whole; yours is kept in a backup
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, as `tito status` shows them
    #[arg(required = true, value_name = "PATH", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::offered))]
    paths: Vec<String>,
    /// Only this cell, as `tito status` or `tito diff --incoming` names it
    #[arg(long, value_name = "ID", conflicts_with = "merge", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::cells))]
    cell: Option<String>,
    /// Merge the course's version into yours; where both changed the same lines, yours is kept
    #[arg(long)]
    merge: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let request = |paths| Request::Take { paths, merge: args.merge, cell: args.cell.clone() };
    let nothing = if args.merge {
        "has nothing to merge: the course has not changed it since you got it"
    } else {
        "already has everything that is offered"
    };
    let beside = args.merge.then_some(
        "is merged except for lines that both sides changed: see them with `tito diff --incoming`, edit yours, then `tito update --skip` it",
    );
    let question = Question {
        yes: args.yes,
        verb: "take",
        what: "replacing your text with the offered text",
        show: "tito diff --incoming",
    };
    let refuses = |step: &Step| refusal(step, args.cell.as_deref());
    let fails = |steps: &[Step]| match args.cell {
        Some(_) => steps.iter().find_map(not_taken),
        None if args.merge => not_merged(steps),
        None => None,
    };
    let options: Vec<String> =
        args.cell.iter().flat_map(|cell| ["--cell".to_owned(), cell.clone()]).collect();
    let verb = selection::Verb {
        name: "take",
        request: &request,
        nothing,
        beside,
        refuses: (!args.merge).then_some(&refuses),
        fails: &fails,
        question: Some(question),
        options,
    };
    selection::run(&verb, &args.paths, out).unwrap_or_else(|exit| exit)
}

/// Why nothing can be taken of a file, and what helps.
fn refusal(step: &Step, cell: Option<&str>) -> Option<(String, String)> {
    let path = clean(step.path.as_str());
    let pending = step.settled.is_some() || step.also_offered || step.leaves_behind() || step.changes_disk();
    if !pending {
        let help = match step.situation {
            Situation::Deleted => format!("restore it: `tito restore {path}`"),
            _ => "`tito status` lists what is offered; to start a unit again: `tito module reset`".to_owned(),
        };
        return Some((format!("the course offers nothing for `{path}`"), help));
    }
    let beside = step.settled == Some(Settled::Offered) || step.also_offered;
    let (Some(cell), Some(offers)) = (cell, step.offers.as_ref().filter(|_| beside)) else { return None };
    if step.decision == Decision::Offer || offers.iter().any(|offer| offer.id == cell || offer.name == cell) {
        return None;
    }
    let ids: Vec<String> = offers.iter().map(|offer| format!("`{}`", clean(&offer.id))).collect();
    let help = format!("offered: {}", ids.join(", "));
    Some((format!("the course offers no cell `{}` in `{path}`", clean(cell)), help))
}

/// Why the cell cannot be taken by itself.
fn not_taken(step: &Step) -> Option<(String, String)> {
    let why = step.note.as_ref().filter(|_| step.decision == Decision::Nothing)?;
    let (path, word) = (clean(step.path.as_str()), shell(step.path.as_str()));
    let help = format!(
        "see what the course has: `tito diff --incoming {word}` · copies of yours: `tito backups {word}`"
    );
    Some((format!("nothing is taken of `{path}`: {}", clean(why)), help))
}

/// Why nothing is merged. Where some files are, the lines of the others say it.
fn not_merged(steps: &[Step]) -> Option<(String, String)> {
    let is_offered = |step: &&Step| step.decision == Decision::Offer;
    let step = steps.iter().find(is_offered)?;
    if steps.iter().any(|step| step.changes() && !is_offered(&step)) {
        return None;
    }
    let (path, word) = (clean(step.path.as_str()), shell(step.path.as_str()));
    let note = step.note.as_deref().unwrap_or("the course's version cannot be merged");
    let (why, help) = match step.situation {
        Situation::DeletedChanged => ("you deleted it", format!("bring it back: `tito restore {word}`")),
        situation => {
            let why = match situation {
                Situation::AddedDiffer => "it is a file of your own, made of no version of the course's",
                _ => note.strip_prefix("not merged: ").unwrap_or(note),
            };
            let help = format!(
                "see what the course has: `tito diff --incoming {word}` · take that in place of yours, which is backed up: `tito take {word}`"
            );
            (why, help)
        }
    };
    Some((format!("nothing is merged into `{path}`: {}", clean(why)), help))
}
