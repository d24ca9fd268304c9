//! `tito take PATH`: take over what is on offer.

use crate::plan::{Decision, Settled, Step, Wish};

use super::exit::Exit;
use super::narrow;
use super::out::{Out, clean};
use super::question::Question;

/// Takes over what the course offers: of a notebook the offered cells, of another file the whole; yours is kept in a backup
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, as `tito status` shows them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Only this cell, as `tito status` names it
    #[arg(long, value_name = "ID", conflicts_with = "merge")]
    cell: Option<String>,
    /// Merge the course's version into yours; where both changed the same lines, yours stays
    #[arg(long)]
    merge: bool,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let wish = |paths| Wish::Take { paths, merge: args.merge, cell: args.cell.clone() };
    let nothing = if args.merge {
        "has nothing to merge: the course did not change it since you got it"
    } else {
        "has everything that is on offer"
    };
    let beside = args.merge.then_some(
        "is merged except for lines that both changed: see them with `tito diff --incoming`, edit yours, then `tito update --skip` it",
    );
    let question = Question {
        yes: args.yes,
        verb: "take",
        what: "taking what is offered in place of what you wrote",
        command: "tito take …",
        show: "tito diff --incoming",
    };
    let refuses = |step: &Step| refusal(step, args.cell.as_deref());
    let options: Vec<String> =
        args.cell.iter().flat_map(|cell| ["--cell".to_owned(), cell.clone()]).collect();
    let verb = narrow::Verb {
        name: "take",
        wish: &wish,
        nothing,
        beside,
        refuses: (!args.merge).then_some(&refuses),
        question: Some(question),
        options,
    };
    narrow::run(&verb, &args.paths, out).unwrap_or_else(|exit| exit)
}

/// Why nothing can be taken of a file, and what helps.
fn refusal(step: &Step, cell: Option<&str>) -> Option<(String, String)> {
    let path = clean(step.path.as_str());
    let pending = step.settled.is_some() || step.also_offered || step.leaves_behind() || step.changes_disk();
    if !pending {
        let help = match step.situation {
            crate::plan::Situation::Deleted => format!("bring it back: `tito restore {path}`"),
            _ => "`tito status` lists what is on offer; to start a unit over: `tito module reset`".to_owned(),
        };
        return Some((format!("the course offers nothing for `{path}`"), help));
    }
    let beside = step.settled == Some(Settled::Offered) || step.also_offered;
    let (Some(cell), Some(offers)) = (cell, step.offers.as_ref().filter(|_| beside)) else { return None };
    if step.decision == Decision::Offer || offers.iter().any(|offer| offer.id == cell) {
        return None;
    }
    let ids: Vec<String> = offers.iter().map(|offer| format!("`{}`", clean(&offer.id))).collect();
    let help = format!("on offer: {}", ids.join(", "));
    Some((format!("the course offers no cell `{}` in `{path}`", clean(cell)), help))
}
