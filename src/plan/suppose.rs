//! What a rule would do to a file, as things are or under other facts: what `tito explain` answers.
//!
//! It asks the same [`allowed`] and [`decide()`] as a plan does, so that what is explained is what happens.

use serde::Serialize;

use super::{Because, Decision, Facts, Floor, Situation, Step, allowed, decide};
use crate::compile::{AdvisorySeverity, Rule, Target};
use crate::id::{Action, Role, State};

/// Other facts than those that are; none: as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Supposition {
    /// How far the student is with the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Is the unit closed?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    /// Did the student change the file?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<bool>,
    /// Did the course change it?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<bool>,
    /// Does a critical advisory cover the course's change? (Then there is one.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<bool>,
}

/// What a rule comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How the sides relate.
    pub situation: Situation,
    /// How far the student is with the unit.
    pub state: State,
    /// Is the unit closed?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Does a critical advisory cover the change?
    pub critical: bool,
    /// What the rule says for this state.
    pub said: Action,
    /// What policy allows.
    pub action: Action,
    /// Why.
    pub because: Because,
    /// What happens.
    pub decision: Decision,
}

/// What `rule` would do to the file of `step`, under `supposed`. What waits for its unit to open waits under any rule.
pub fn suppose(rule: &Rule, step: &Step, target: &Target, supposed: &Supposition) -> Verdict {
    if step.because == Because::Announced && *supposed == Supposition::default() {
        return Verdict {
            situation: step.situation,
            state: step.state,
            closed: step.closed,
            critical: false,
            said: rule.action.get(step.state, step.closed),
            action: step.action,
            because: step.because,
            decision: step.decision,
        };
    }
    let critical = supposed.critical.unwrap_or_else(|| is_critical(step, target));
    let newer = supposed.newer.or_else(|| supposed.critical.filter(|critical| *critical));
    let situation = turned(step.situation, supposed.edited, newer);
    let closed = supposed.closed.unwrap_or(step.closed);
    verdict(rule, step.role, situation, (supposed.state.unwrap_or(step.state), closed), critical)
}

/// What `rule` would do to a file of `role` that a student has, without a student: under `supposed`, where what is not said is a file that no one
/// edited in a unit that no one started, of which the course has a newer version.
pub fn suppose_given(rule: &Rule, role: Role, supposed: &Supposition) -> Verdict {
    let situation = turned(Situation::CourseChanged, supposed.edited, supposed.newer);
    let state = supposed.state.unwrap_or_default();
    let closed = supposed.closed.unwrap_or_default();
    verdict(rule, role, situation, (state, closed), supposed.critical.unwrap_or_default())
}

/// What `rule` comes to for a file of `role`, in a unit in this state, closed or not.
fn verdict(
    rule: &Rule,
    role: Role,
    situation: Situation,
    (state, closed): (State, bool),
    critical: bool,
) -> Verdict {
    let floor = Floor::under(role);
    let critical = critical && situation.course_changed();
    let facts = Facts { role, state, closed, edited: situation.edited(), critical, floor };
    let (action, because) = allowed(rule, facts);
    let said = rule.action.get(state, closed);
    Verdict {
        situation,
        state,
        closed,
        critical,
        said,
        action,
        because,
        decision: decide(situation, action, floor),
    }
}

/// Does a critical advisory cover the change of `step`?
fn is_critical(step: &Step, target: &Target) -> bool {
    let severe = |id: &String| {
        target
            .advisories
            .iter()
            .any(|advisory| advisory.id == *id && advisory.severity == AdvisorySeverity::Critical)
    };
    step.advisories.iter().any(severe)
}

/// The situation, had the student or the course changed the file or not. Where a side is absent only what makes sense is turned.
fn turned(situation: Situation, edited: Option<bool>, newer: Option<bool>) -> Situation {
    use Situation as S;
    let both = |situation: Situation| {
        let edited = edited.unwrap_or(situation.edited());
        match (edited, newer.unwrap_or(situation.course_changed())) {
            (false, false) => S::Unchanged,
            (false, true) => S::CourseChanged,
            (true, false) => S::StudentChanged,
            (true, true) => S::BothDiffer,
        }
    };
    match situation {
        S::Unchanged | S::CourseChanged | S::StudentChanged | S::BothDiffer => both(situation),
        S::BothSame | S::AddedSame if edited.is_some() || newer.is_some() => both(S::Unchanged),
        S::Deleted | S::DeletedChanged => match newer {
            Some(true) => S::DeletedChanged,
            Some(false) => S::Deleted,
            None => situation,
        },
        S::Dropped | S::DroppedEdited => match edited {
            Some(true) => S::DroppedEdited,
            Some(false) => S::Dropped,
            None => situation,
        },
        S::New | S::AddedDiffer | S::AddedSame | S::BothSame | S::Own | S::Forgotten => situation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_turn_the_situation() {
        use Situation as S;
        assert_eq!(turned(S::Unchanged, Some(true), Some(true)), S::BothDiffer);
        assert_eq!(turned(S::BothDiffer, Some(false), None), S::CourseChanged);
        assert_eq!(turned(S::BothDiffer, None, Some(false)), S::StudentChanged);
        assert_eq!(turned(S::Deleted, Some(true), Some(true)), S::DeletedChanged);
        assert_eq!(turned(S::Dropped, Some(true), None), S::DroppedEdited);
        assert_eq!(turned(S::BothSame, None, Some(true)), S::CourseChanged);
    }

    #[test]
    fn without_a_supposition_everything_is_as_it_is() {
        for situation in Situation::ALL {
            assert_eq!(turned(situation, None, None), situation);
            // And what is supposed as it is changes nothing, where all three sides are there.
            if matches!(
                situation,
                Situation::Unchanged
                    | Situation::CourseChanged
                    | Situation::StudentChanged
                    | Situation::BothDiffer
            ) {
                let same = turned(situation, Some(situation.edited()), Some(situation.course_changed()));
                assert_eq!(same, situation);
            }
        }
    }
}
