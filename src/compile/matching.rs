//! [`Index`]: which rules can match a file at all, so that not every glob of every rule is tried on every path.
//!
//! A glob that matches a path has each of its own literal pieces in it. Of each glob one window of [`WIDTH`] bytes is noted, the one that
//! the fewest globs have; a path is tried against the globs whose window it has, and those that have none (`**`, `*.py`).

use std::collections::BTreeMap;

use super::Rule;
use crate::id::UnitId;
use crate::path::WorkspacePath;

/// Bytes of a window: long enough that few paths have it by chance.
const WIDTH: usize = 4;

type Window = [u8; WIDTH];

/// A rule, and which of its globs; none: the rule has no globs. Both by index.
pub(super) type Candidate = (usize, Option<usize>);

/// Rules by what a file must have to match them.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    by_window: BTreeMap<Window, Vec<Candidate>>,
    by_unit: BTreeMap<UnitId, Vec<Candidate>>,
    always: Vec<Candidate>,
}

impl Index {
    /// The index of `rules`.
    pub(super) fn of(rules: &[Rule]) -> Self {
        let globs = || {
            rules.iter().enumerate().flat_map(|(rule, of)| {
                let globs = of.matches.paths.iter().flat_map(|paths| paths.globs()).enumerate();
                globs.map(move |(at, glob)| ((rule, Some(at)), glob))
            })
        };
        let mut common: BTreeMap<Window, usize> = BTreeMap::new();
        for window in globs().flat_map(|(_, glob)| windows(glob)) {
            *common.entry(window).or_default() += 1;
        }
        let mut index = Self::default();
        for (candidate, glob) in globs() {
            match windows(glob).min_by_key(|window| common.get(window)) {
                Some(window) => index.by_window.entry(window).or_default().push(candidate),
                None => index.always.push(candidate),
            }
        }
        for (rule, matches) in rules.iter().map(|rule| &rule.matches).enumerate() {
            match (&matches.paths, &matches.units) {
                (Some(_), _) => {}
                (None, Some(units)) => {
                    for unit in units {
                        index.by_unit.entry(unit.clone()).or_default().push((rule, None));
                    }
                }
                (None, None) => index.always.push((rule, None)),
            }
        }
        index
    }

    /// What may match a file at `path` of `unit`, in the order of the rules. All that does is in it.
    pub(super) fn candidates(&self, path: &WorkspacePath, unit: Option<&UnitId>) -> Vec<Candidate> {
        let windows = path.as_str().as_bytes().windows(WIDTH);
        let by_window = windows.filter_map(|window| self.by_window.get(window)).flatten();
        let by_unit = unit.and_then(|unit| self.by_unit.get(unit)).into_iter().flatten();
        let mut all: Vec<Candidate> = by_window.chain(by_unit).chain(&self.always).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The windows of the literal pieces of a glob. No piece goes beyond a name: `**/` matches nothing, too.
fn windows(glob: &str) -> impl Iterator<Item = Window> {
    // Between the first bracket and the last one are alternatives, which a path need not have.
    let brackets = ['[', ']', '{', '}', '\\'];
    let end = glob.find(brackets).unwrap_or(glob.len());
    let start = glob.rfind(brackets).map_or(glob.len(), |at| at + 1);
    let literal = [glob.get(..end), glob.get(start..)].into_iter().flatten();
    let pieces = literal.flat_map(|text| text.split(['*', '?', '/']));
    pieces.flat_map(|piece| piece.as_bytes().windows(WIDTH)).filter_map(|window| window.try_into().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Globs, Matcher, Policy};
    use super::*;
    use crate::id::{Action, PerState, Role};

    fn rule(paths: Option<Vec<String>>, units: Option<Vec<UnitId>>, roles: Option<Vec<Role>>) -> Rule {
        let globs = |paths: Vec<String>| -> Globs {
            paths.iter().filter_map(|path| crate::course::glob(path).ok()).collect()
        };
        Rule {
            name: String::new(),
            from: String::new(),
            matches: Matcher { paths: paths.map(globs), units, roles },
            action: PerState::all(Action::Keep),
            edited: None,
            critical: None,
            window: Default::default(),
            is_final: false,
            why: None,
        }
    }

    fn unit() -> impl Strategy<Value = UnitId> {
        prop::sample::select(vec!["tensor", "layers"]).prop_map(|id| id.parse().unwrap())
    }

    fn role() -> impl Strategy<Value = Role> {
        prop::sample::select(vec![Role::Work, Role::Test, Role::Doc])
    }

    /// Pieces that make globs and paths that often, and often nearly, match.
    fn piece() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            "modules",
            "01_tensor",
            "tensor",
            "tens",
            "test_a.py",
            "a",
            "ü-data",
            "x.txt",
        ])
        .prop_map(str::to_owned)
    }

    fn glob() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            4 => piece(),
            2 => prop::sample::select(vec![
                "*", "**", "*.py", "*_tensor", "tens*", "mod?les", "te[mn]s*", "[!x]*", "{modules,a}", "{tensor,a}.py", "x[]]y",
                "te{ns,st_}*", "*tensor*.txt",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"))
    }

    fn path() -> impl Strategy<Value = WorkspacePath> {
        prop::collection::vec(piece(), 1..4).prop_map(|parts| WorkspacePath::new(&parts.join("/")).unwrap())
    }

    fn rules() -> impl Strategy<Value = Vec<Rule>> {
        let rule = (
            prop::option::weighted(0.7, prop::collection::vec(glob(), 0..4)),
            prop::option::weighted(0.3, prop::collection::vec(unit(), 0..3)),
            prop::option::weighted(0.3, prop::collection::vec(role(), 0..3)),
        )
            .prop_map(|(paths, units, roles)| rule(paths, units, roles));
        prop::collection::vec(rule, 0..12)
    }

    proptest! {
        #[test]
        fn the_index_leaves_out_no_rule_that_matches(
            rules in rules(),
            path in path(),
            unit in prop::option::of(unit()),
            role in role(),
        ) {
            let plain: Vec<usize> = rules
                .iter()
                .enumerate()
                .filter(|(_, rule)| rule.matches.matches(&path, unit.as_ref(), role))
                .map(|(at, _)| at)
                .collect();
            let policy = Policy::new(rules);
            let found: Vec<usize> = policy.matching(&path, unit.as_ref(), role).map(|(at, _)| at).collect();
            prop_assert_eq!(&found, &plain);
            let first = policy.matching(&path, unit.as_ref(), role).next().map(|(at, _)| at);
            prop_assert_eq!(first, plain.first().copied());
        }
    }

    #[test]
    fn of_many_rules_few_are_tried() {
        let rules: Vec<Rule> = (0..3000)
            .map(|at| {
                rule(Some(vec![format!("modules/*_m{:03}/**/*{}.txt", at % 300, at / 300)]), None, None)
            })
            .collect();
        let path = WorkspacePath::new("modules/017_m017/data/file3.txt").unwrap();
        assert_eq!(Index::of(&rules).candidates(&path, None).len(), 10);
    }
}
