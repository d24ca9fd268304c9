//! Property: the fold of layers is associative. Two neighbouring layers may be written as the one layer that says what both say, and the
//! course stays the same; a layer that says nothing changes nothing.
//!
//! What both say can be written as one layer except for one case: operations on a list that the layer below sets.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::layer::{Edit, Position};
use super::super::parse::parse;
use super::*;
use crate::source::Source;

/// One layer: of everything that it does not write it says nothing; `None` is a null.
#[derive(Clone, Debug, Default)]
struct Written {
    scalars: BTreeMap<&'static str, Option<&'static str>>,
    variables: BTreeMap<&'static str, Option<&'static str>>,
    assignments: BTreeMap<&'static str, Option<&'static str>>,
    modules: Said,
    milestones: Said,
    dates: BTreeMap<&'static str, Option<Dates>>,
    rules: Vec<WrittenRule>,
}

/// The dates of a unit that a layer sets, or takes back.
type Dates = BTreeMap<&'static str, Option<&'static str>>;

/// Every date of a unit.
const DATES: [&str; 3] = ["opens", "due", "closes"];

/// What a layer says of a list.
#[derive(Clone, Debug, Default)]
enum Said {
    #[default]
    Nothing,
    Null,
    Set(&'static str),
    Edits(Vec<&'static str>),
}

#[derive(Clone, Debug)]
struct WrittenRule {
    id: &'static str,
    action: &'static str,
    is_final: bool,
}

/// Every scalar of a layer, with values for it.
const SCALARS: [(&str, [&str; 2]); 10] = [
    ("schedule.timezone", ["UTC", "Europe/Paris"]),
    ("schedule.start", ["2027-08-30", "2028-01-10"]),
    ("course.id", ["a", "b/c"]),
    ("course.title", ["One", "Two"]),
    ("course.run", ["spring", "autumn"]),
    ("base.version", ["~1.2", ">=1"]),
    ("updates.default", ["keep", "merge"]),
    ("numbering", ["catalog", "sequential"]),
    ("tier", ["student", "challenge"]),
    ("notebooks", ["ipynb", "py"]),
];
const NAMES: [&str; 3] = ["x", "y", "z"];
const SETS: [&str; 3] = ["all", "[x]", "[y, {id: z, optional: true}]"];
const EDITS: [&str; 4] = [
    "{drop: [x]}",
    "{insert: {unit: y, after: z}}",
    "{move: {unit: z, first: true}}",
    "{set: {unit: x, mode: provided}}",
];

impl Written {
    fn text(&self) -> String {
        let mut text = String::new();
        for section in ["course", "base", "schedule"] {
            let inner = self.scalars.iter().filter_map(|(path, value)| {
                Some(format!("{}: {}", path.strip_prefix(section)?.strip_prefix('.')?, scalar(*value)))
            });
            let mut inner: Vec<String> = inner.collect();
            if section == "schedule" {
                inner.push(format!("units: {{{}}}", self.dates()));
            }
            text += &format!("{section}: {{{}}}\n", inner.join(", "));
        }
        for (path, value) in self.scalars.iter().filter(|(path, _)| !path.contains('.')) {
            text += &format!("{path}: {}\n", scalar(*value));
        }
        for (key, said) in [("modules", &self.modules), ("milestones", &self.milestones)] {
            text += &match said {
                Said::Nothing => String::new(),
                Said::Null => format!("{key}: null\n"),
                Said::Set(list) => format!("{key}: {list}\n"),
                Said::Edits(edits) => format!("{key}: {{edit: [{}]}}\n", edits.join(", ")),
            };
        }
        let map = |entries: &BTreeMap<&str, Option<&str>>, of: fn(&str) -> String| -> String {
            let entry = |(key, value): (&&str, &Option<&str>)| {
                format!("{key}: {}", value.map_or("null".to_owned(), of))
            };
            entries.iter().map(entry).collect::<Vec<_>>().join(", ")
        };
        text += &format!("variables: {{{}}}\n", map(&self.variables, str::to_owned));
        let folder = |title: &str| format!("{{title: {title}, from: {{path: {title}}}}}");
        text += &format!("assignments: {{{}}}\n", map(&self.assignments, folder));
        let rule = |rule: &WrittenRule| {
            let WrittenRule { id, action, is_final } = rule;
            format!("{{id: {id}, roles: [work], do: {action}, final: {is_final}}}")
        };
        let rules: Vec<String> = self.rules.iter().map(rule).collect();
        let default = self.scalars.get("updates.default");
        let default = default.map_or_else(String::new, |value| format!("default: {}, ", scalar(*value)));
        text + &format!("updates: {{{default}rules: [{}]}}\n", rules.join(", "))
    }

    fn dates(&self) -> String {
        let unit = |(unit, dates): (&&str, &Option<Dates>)| match dates {
            None => format!("{unit}: null"),
            Some(dates) => {
                let date = |(key, value): (&&str, &Option<&str>)| format!("{key}: {}", scalar(*value));
                format!("{unit}: {{{}}}", dates.iter().map(date).collect::<Vec<_>>().join(", "))
            }
        };
        self.dates.iter().map(unit).collect::<Vec<_>>().join(", ")
    }

    /// The layer that says what `self` says over `outer`, if one can.
    fn over(&self, outer: &Self) -> Option<Self> {
        fn map(
            inner: &BTreeMap<&'static str, Option<&'static str>>,
            outer: &BTreeMap<&'static str, Option<&'static str>>,
        ) -> BTreeMap<&'static str, Option<&'static str>> {
            outer.iter().chain(inner).map(|(key, value)| (*key, *value)).collect()
        }
        Some(Self {
            scalars: map(&self.scalars, &outer.scalars),
            variables: map(&self.variables, &outer.variables),
            assignments: map(&self.assignments, &outer.assignments),
            modules: self.modules.over(&outer.modules)?,
            milestones: self.milestones.over(&outer.milestones)?,
            dates: dates_over(&self.dates, &outer.dates),
            rules: rules_over(&self.rules, &outer.rules),
        })
    }
}

impl Said {
    fn over(&self, outer: &Self) -> Option<Self> {
        match (self, outer) {
            (Self::Nothing, outer) => Some(outer.clone()),
            (Self::Edits(edits), Self::Edits(before)) => {
                Some(Self::Edits([before.as_slice(), edits].concat()))
            }
            (Self::Edits(_), Self::Set(_) | Self::Null) => None,
            (said, _) => Some(said.clone()),
        }
    }
}

/// Single dates of single units; what an outer layer took back as a whole is taken back date by date.
fn dates_over(
    inner: &BTreeMap<&'static str, Option<Dates>>,
    outer: &BTreeMap<&'static str, Option<Dates>>,
) -> BTreeMap<&'static str, Option<Dates>> {
    let mut both = outer.clone();
    for (unit, dates) in inner {
        let known = match (outer.get(unit), dates) {
            (_, None) => None,
            (None, Some(_)) => Some(Dates::new()),
            (Some(None), Some(_)) => Some(DATES.map(|date| (date, None)).into()),
            (Some(Some(known)), Some(_)) => Some(known.clone()),
        };
        let set =
            |known: Dates| known.into_iter().chain(dates.iter().flatten().map(|(k, v)| (*k, *v))).collect();
        both.insert(unit, known.map(set));
    }
    both
}

/// Final rules first, the outer layer's before the inner one's, so that a rule keeps the place at which it is looked at.
fn rules_over(inner: &[WrittenRule], outer: &[WrittenRule]) -> Vec<WrittenRule> {
    let (finals, others): (Vec<_>, Vec<_>) = outer.iter().cloned().partition(|rule| rule.is_final);
    let stays = inner.iter().filter(|rule| finals.iter().all(|outer| outer.id != rule.id)).cloned();
    let (own_finals, own): (Vec<_>, Vec<_>) = stays.partition(|rule| rule.is_final);
    let replaced = |rule: &WrittenRule| own_finals.iter().chain(&own).any(|inner| inner.id == rule.id);
    let others = others.into_iter().filter(|rule| !replaced(rule)).collect();
    [finals, own_finals.clone(), own.clone(), others].concat()
}

fn scalar(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""))
}

fn written() -> impl Strategy<Value = Written> {
    let value =
        |values: [&'static str; 2]| proptest::option::of(proptest::option::of(select(values.to_vec())));
    let scalars: Vec<_> = SCALARS.iter().map(|(path, values)| (Just(*path), value(*values))).collect();
    let map = || {
        proptest::collection::btree_map(
            select(NAMES.to_vec()),
            proptest::option::of(select(vec!["p", "q"])),
            0..3,
        )
    };
    let said = || {
        prop_oneof![
            Just(Said::Nothing),
            Just(Said::Null),
            select(SETS.to_vec()).prop_map(Said::Set),
            proptest::collection::vec(select(EDITS.to_vec()), 0..3).prop_map(Said::Edits),
        ]
    };
    let rules = subsequence(NAMES.to_vec(), 0..=3).prop_shuffle().prop_flat_map(|ids| {
        let rule = |id| {
            let parts = (select(vec!["keep", "merge", "offer"]), proptest::bool::weighted(0.3));
            parts.prop_map(move |(action, is_final)| WrittenRule { id, action, is_final })
        };
        ids.into_iter().map(rule).collect::<Vec<_>>()
    });
    let date = proptest::option::of(select(vec!["week 2 fri", "2027-09-17", "2 days later"]));
    let dates = proptest::collection::btree_map(select(DATES.to_vec()), date, 0..3);
    let dates = proptest::collection::btree_map(select(NAMES.to_vec()), proptest::option::of(dates), 0..3);
    (scalars, map(), map(), said(), said(), dates, rules).prop_map(
        |(scalars, variables, assignments, modules, milestones, dates, rules)| {
            let scalars = scalars.into_iter().filter_map(|(path, value)| Some((path, value?))).collect();
            Written { scalars, variables, assignments, modules, milestones, dates, rules }
        },
    )
}

/// What the course that `layers` fold to says, without the places; and how many rules would replace a final one.
fn folded(layers: &[&Written]) -> (String, usize) {
    let mut diagnostics = Vec::new();
    let parsed: Vec<Layer> = layers
        .iter()
        .enumerate()
        .map(|(at, written)| {
            let name = format!("layer-{at}.yml");
            parse(&Source::new(&name, written.text()), &name, &Home::Disk("home".into()), &mut diagnostics)
                .unwrap()
        })
        .collect();
    assert!(diagnostics.is_empty(), "the layers are well-formed: {diagnostics:#?}");
    let course = fold(&parsed, &mut diagnostics).unwrap();
    let replacing = diagnostics.iter().filter(|problem| problem.code == Code::FinalRule).count();
    (said(&course), replacing)
}

fn said(course: &Course) -> String {
    // Whoever asks for a variable or an assignment does so by name.
    let mut variables: Vec<_> = course.variables.iter().collect();
    variables.sort_by_key(|(name, _)| *name);
    let mut assignments: Vec<_> = course
        .assignments
        .iter()
        .map(|(id, assignment)| (id, &assignment.title, &assignment.folder))
        .collect();
    assignments.sort();
    let rules: Vec<_> = course
        .rules
        .iter()
        .map(|rule| (&rule.name, rule.rule.action.value, rule.rule.is_final.is_some()))
        .collect();
    let schedule = &course.schedule;
    let dated = schedule.dates(UnitId::clone).units;
    let mut dates: Vec<_> = dated
        .iter()
        .map(|(id, unit)| {
            (id, [&unit.opens, &unit.due, &unit.closes].map(|date| date.as_ref().map(|date| date.value)))
        })
        .collect();
    dates.sort_by_key(|(id, _)| *id);
    let term = (
        schedule.timezone.as_ref().map(|zone| &zone.value),
        schedule.start.as_ref().map(|start| start.value),
        dates,
    );
    format!(
        "{:#?}",
        (
            term,
            (&course.id.value, &course.title, &course.run, &course.base.value),
            course.base_version.as_ref().map(|version| version.value.to_string()),
            (course.numbering.value, course.tier.value, course.notebooks.value, course.default_action.value),
            [&course.modules, &course.milestones].map(listed),
            (variables, assignments, rules),
        )
    )
}

fn listed(listing: &Listing) -> Vec<String> {
    let start = match &listing.start {
        Start::All => "all".to_owned(),
        Start::List(units) => {
            units.iter().map(|unit| format!("{}, {:?}; ", *unit.id, unit.optional)).collect()
        }
    };
    let edits = listing.edits.iter().map(|edit| match &edit.value {
        Edit::Drop(ids) => format!("drop {}", ids.len()),
        Edit::Insert(unit, Position::After(other)) => format!("insert {} after {}", *unit.id, **other),
        Edit::Insert(unit, _) => format!("insert {}", *unit.id),
        Edit::Move(id, _) => format!("move {}", **id),
        Edit::Set(unit) => format!("set {}", *unit.id),
    });
    std::iter::once(start).chain(edits).collect()
}

proptest! {
    #[test]
    fn two_layers_may_be_written_as_one(inner in written(), middle in written(), outer in written()) {
        let (apart, replacing) = folded(&[&inner, &middle, &outer]);
        if let Some(both) = inner.over(&middle) {
            prop_assert_eq!(&folded(&[&both, &outer]).0, &apart);
        }
        if let Some(both) = middle.over(&outer) {
            prop_assert_eq!(&folded(&[&inner, &both]).0, &apart);
        }
        let bears_final = |rule: &WrittenRule, outer: &[&Written]| {
            outer.iter().flat_map(|outer| &outer.rules).any(|other| other.is_final && other.id == rule.id)
        };
        let expected = inner.rules.iter().filter(|rule| bears_final(rule, &[&middle, &outer])).count()
            + middle.rules.iter().filter(|rule| bears_final(rule, &[&outer])).count();
        prop_assert_eq!(replacing, expected, "only an outer layer's final rule stands in the way");
    }

    #[test]
    fn a_layer_that_says_nothing_changes_nothing(inner in written(), outer in written()) {
        let (apart, nothing) = (folded(&[&inner, &outer]), Written::default());
        for layers in [[&nothing, &inner, &outer], [&inner, &nothing, &outer], [&inner, &outer, &nothing]] {
            prop_assert_eq!(&folded(&layers), &apart);
        }
    }
}
