//! Examples for the help of each verb. The tests read every command.

pub(super) const APPLY: &str = "Examples:
  tito apply plan.json";
pub(super) const BACKUPS: &str = "Examples:
  tito backups                                       all backups
  tito backups modules/06_autograd/autograd.ipynb --show
  tito backups modules/06_autograd/autograd.ipynb --restore";
pub(super) const CATALOG: &str = "Examples:
  tito catalog init mls                              write catalog.yml into the repository mls
  tito catalog check mls                             what is wrong with the base itself
  tito catalog check mls --unused                    and which files reach no course
  tito catalog fix mls                               what a rule can fix, as a diff";
pub(super) const CHECK: &str = "Examples:
  tito check                                         course.yml in this folder
  tito check courses/2027/course.yml
  tito check courses                                 every course below a folder
  tito check courses --summary                       only count, by course and by code
  tito check --only rule,source::unknown-key         only these codes, or groups of codes
  tito check courses --format github                 annotations of a pull request
  tito check courses --format sarif                  for code scanning";
pub(super) const CLASS: &str = "Examples:
  tito class inbox                                   receipts, and reports of `tito status --format json`
  tito class inbox --page class.html                 a page to be printed, with counts and no names";
pub(super) const RETURN: &str = "Examples:
  tito return grading -o feedback                    a zip file for each student";
pub(super) const COLLECT: &str = "Examples:
  tito collect submissions.zip -o grading            the course is course.yml in this folder
  tito collect inbox -o grading --course site        older releases are known, too";
pub(super) const COMPARE: &str = "Examples:
  tito compare old/course.lock course.yml
  tito compare --matrix courses/                     what differs between sections";
pub(super) const COMPLETIONS: &str = "Examples:
  tito completions bash                              print the script
  tito completions bash --install                    put it where bash looks, after asking";
pub(super) const COMPLETE: &str = "Examples:
  tito complete tensor                               all tests pass: you are done
  tito complete 1                                    by its number";
pub(super) const DATA: &str = "Examples:
  tito data list
  tito data download cifar10";
pub(super) const DIFF: &str = "Examples:
  tito diff                                          what you changed
  tito diff --incoming                               what the course offers";
pub(super) const DOCTOR: &str = "Examples:
  tito doctor                                        check Python and the workspace
  tito doctor --fix                                  and fix what can be fixed";
pub(super) const EXPLAIN: &str = "Examples:
  tito explain modules/06_autograd/autograd.ipynb    what an update may do to it, and why
  tito explain modules/06_autograd/autograd.ipynb --if state=completed,edited
  tito explain --table                               every file, in every state
  tito explain --table modules/06_autograd/autograd.ipynb --format markdown";
pub(super) const CALENDAR: &str = "Examples:
  tito calendar -o course.ics                        units open, are due, close: for a calendar program";
pub(super) const GRAPH: &str = "Examples:
  tito graph
  tito graph --svg                                   a picture of the units and what they need";
pub(super) const HELP: &str = "Examples:
  tito help                                          all commands
  tito help update                                   one command, with examples
  tito help publishing                               a guide";
pub(super) const HISTORY: &str = "Examples:
  tito history";
pub(super) const INIT: &str = "Examples:
  tito init my-course                                the whole bundled course
  tito init https://courses.example.org/mls/         a published course
  tito init my-course --config course.yml            your own course
  tito init my-course --devcontainer                 also for Codespaces and VS Code
  tito init solved --config course.yml --tier instructor";
pub(super) const KEY: &str = "Examples:
  tito key new mls.key                               mls.key is secret, mls.pub is for everyone
  tito key rotate mls.key mls-2028.key               the old key announces the new one";
pub(super) const LAB: &str = "Examples:
  tito lab tensor                                    opens its notebook
  tito lab                                           opens the workspace";
pub(super) const LOCK: &str = "Examples:
  tito lock                                          write course.lock beside course.yml
  tito lock --check                                  is it up to date? (for CI)
  tito lock --check courses/2027 --format json       what is stale, of many courses
  tito lock --upgrade courses                        move the pin of the source `courses`";
pub(super) const MAN: &str = "Examples:
  tito man > tito.1";
pub(super) const MERGE: &str = "Examples:
  tito merge base.ipynb mine.ipynb theirs.ipynb -o merged.ipynb";
pub(super) const MILESTONE: &str = "Examples:
  tito milestone list
  tito milestone run xor";
pub(super) const MODULE: &str = "Examples:
  tito module list                                   the units, and how far you are
  tito module start tensor
  tito module test tensor
  tito module complete tensor
  tito module export tensor                          only write its code into the package
  tito module reset tensor                           start again, after a backup";
pub(super) const NBGRADER: &str = "Examples:
  tito nbgrader grading --config course.yml          a new tree, or one that this command wrote";
pub(super) const NEW: &str = "Examples:
  tito new course mls                                asks, and writes mls/course.yml
  tito new course mls --id uni/mls
  tito new assignment assignments/reading-lab
  tito new base my-base                              a base with two modules";
pub(super) const PLAN: &str = "Examples:
  tito plan -o plan.json                             write the plan; `tito apply plan.json` applies it";
pub(super) const PUBLISH: &str = "Examples:
  tito publish site                                  a folder that a web server serves
  tito publish mls.tito                              one file, for a learning platform
  tito publish site --sign mls.key                   students notice what others change
  tito publish site --check                          check that it is complete
  tito publish sites --all courses/                  every course below a folder";
pub(super) const RESET: &str = "Examples:
  tito reset tensor                                  asks first, and makes a backup
  tito reset tensor --to latest --yes                the course's newest version
  tito reset tensor --cell tensor-class --yes         only one cell";
pub(super) const RESTORE: &str = "Examples:
  tito restore modules/06_autograd/autograd.ipynb    your last backup of it, or the course's version
  tito restore tests/06_autograd                     everything that was deleted in a folder";
pub(super) const SCHEMA: &str = "Examples:
  tito schema course > course.schema.json";
pub(super) const SHOW: &str = "Examples:
  tito show --resolved                               the course with its layers folded";
pub(super) const START: &str = "Examples:
  tito start tensor                                  says which notebook to open
  tito start 2                                       by its number";
pub(super) const STATE: &str = "Examples:
  tito state export my-state.zip                     on the old machine
  tito state import my-state.zip                     on the new one, in its workspace";
pub(super) const STATUS: &str = "Examples:
  tito status                                        where you are
  tito status --format json                          the same, for a program";
pub(super) const SUBMIT: &str = "Examples:
  tito submit autograd --as jane                     mls-autograd-jane.zip, to be uploaded
  tito submit 5 -o first-try.zip";
pub(super) const TAKE: &str = "Examples:
  tito take modules/06_autograd/autograd.ipynb       the cells that are on offer
  tito take modules/06_autograd/autograd.ipynb --cell autograd-backward
  tito take --merge modules/06_autograd/autograd.ipynb";
pub(super) const TEST: &str = "Examples:
  tito test tensor                                   what fails, and where
  tito test tensor --only shape                      only tests of this name
  tito test tensor --verbose                         everything that pytest says";
pub(super) const UNDO: &str = "Examples:
  tito undo                                          undo the last run
  tito undo 2                                        undo run 2 of `tito history`";
pub(super) const UPDATE: &str = "Examples:
  tito update --check                                what is new; changes nothing
  tito update                                        get it
  tito update --module tensor                        only one unit";

pub(super) const VENDOR: &str = "Examples:
  tito vendor vendor                                 copies of all sources, in the folder `vendor`";
pub(super) const CACHE: &str = "Examples:
  tito cache                                         what was fetched, and which courses use it
  tito cache clear                                   remove all of it";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::cli::Cli;

    #[test]
    fn every_verb_has_examples_that_are_understood() {
        for verb in Cli::command().get_subcommands() {
            let name = verb.get_name().to_owned();
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines = help.lines().filter_map(|line| line.trim_start().strip_prefix("tito "));
            let commands: Vec<&str> = lines
                .map(|line| line.split("   ").next().unwrap_or(line).split(" > ").next().unwrap_or(line))
                .collect();
            assert!(!commands.is_empty(), "{name} has no example");
            for command in commands {
                assert!(command.starts_with(&name), "`{command}` is not an example of {name}");
                let parsed = Cli::try_parse_from(std::iter::once("tito").chain(command.split_whitespace()));
                assert!(parsed.is_ok(), "`tito {command}`: {}", parsed.unwrap_err());
            }
        }
    }
}
