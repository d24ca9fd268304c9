//! What a course says, as words that can be compared.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::verb::explain;
use crate::compile::{Rule, Target, Unit};
use crate::course::{Course, Form, Numbering};
use crate::id::{UnitId, UnitKind};
use crate::schedule::Zone;

/// What a word is about, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    /// The course as a whole: its base, its tier, its numbering.
    Course,
    /// A module or a milestone.
    Unit,
    /// The order of the units that are compared.
    Order,
    /// A unit that the course adds.
    Assignment,
    /// A title of a unit.
    Title,
    /// A date of a unit.
    Date,
    /// A rule of the policy.
    Rule,
    /// A variable of templates.
    Variable,
}

impl Part {
    /// Does every unit have it, so that a course which lacks it lacks the unit?
    pub(super) fn goes_with_unit(self) -> bool {
        self == Self::Title
    }

    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Unit => "unit",
            Self::Order => "order",
            Self::Assignment => "assignment",
            Self::Title => "title",
            Self::Date => "date",
            Self::Rule => "rule",
            Self::Variable => "variable",
        }
    }
}

/// What a course says.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) values: BTreeMap<(Part, String), String>,
    /// Its units, in their order.
    pub(super) order: Vec<UnitId>,
}

impl Facts {
    /// What `course`, which was compiled to `target`, says.
    pub(super) fn of(course: &Course, target: &Target) -> Self {
        let mut facts = Self { id: target.course.clone(), values: BTreeMap::new(), order: Vec::new() };
        facts.whole(course, target);
        for unit in &target.units {
            facts.unit(unit, &target.zone());
        }
        let of_course = target.policy.rules().iter().filter(|rule| rule.from != "built-in");
        for rule in of_course.filter(|rule| rule.name != "default") {
            facts.put(
                Part::Rule,
                &rule.name,
                format!("{}: {}", governed(rule), explain::actions(rule, &target.zone())),
            );
        }
        for (name, value) in &course.variables {
            facts.put(Part::Variable, name, serde_json::to_string(value).unwrap_or_default());
        }
        facts
    }

    fn put(&mut self, part: Part, name: &str, value: String) {
        // Of two rules of one name the first counts.
        self.values.entry((part, name.to_owned())).or_insert(value);
    }

    fn whole(&mut self, course: &Course, target: &Target) {
        let numbering = match course.numbering.value {
            Numbering::Catalog => "catalog",
            Numbering::Sequential => "sequential",
        };
        let form = match course.notebooks.value {
            Form::Ipynb => "ipynb",
            Form::Py => "py",
        };
        self.put(Part::Course, "base", format!("{} {}", target.base, target.base_version));
        self.put(Part::Course, "tier", target.tier.as_str().to_owned());
        self.put(Part::Course, "numbering", numbering.to_owned());
        self.put(Part::Course, "notebooks", form.to_owned());
        self.put(Part::Course, "default action", course.default_action.value.to_string());
        for (name, value) in [("run", &target.run), ("time zone", &target.timezone)] {
            if let Some(value) = value {
                self.put(Part::Course, name, value.clone());
            }
        }
        for (language, stub) in &course.stubs {
            self.put(Part::Course, &format!("stub of {language}"), stub.clone());
        }
    }

    fn unit(&mut self, unit: &Unit, zone: &Zone) {
        let part = if unit.kind == UnitKind::Assignment { Part::Assignment } else { Part::Unit };
        let mode = unit.mode.as_str();
        let optional = if unit.optional { ", optional" } else { "" };
        self.put(part, unit.id.as_str(), format!("{mode}{optional}"));
        self.put(Part::Title, unit.id.as_str(), unit.title.clone());
        for (what, date) in unit.dates.named() {
            if let Some(date) = date {
                self.put(Part::Date, &format!("{} {what}", unit.id), zone.shown(date));
            }
        }
        // Milestones are in an order of their own.
        if unit.kind != UnitKind::Milestone {
            self.order.push(unit.id.clone());
        }
    }
}

/// Which files a rule is about.
fn governed(rule: &Rule) -> String {
    let matcher = &rule.matches;
    let paths = matcher.paths.iter().flat_map(|paths| paths.globs()).map(str::to_owned);
    let units = matcher.units.iter().flatten().map(ToString::to_string);
    let roles = matcher.roles.iter().flatten().map(|role| role.as_str().to_owned());
    let all: Vec<String> = paths.chain(units).chain(roles).collect();
    if all.is_empty() { "all files".to_owned() } else { all.join(", ") }
}
