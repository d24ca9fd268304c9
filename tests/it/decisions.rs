//! `tests/decisions.txt`, the specification of updates, run whole.

use std::collections::BTreeMap;

use crate::desk::{Course, Desk, id, path};
use tito::compile::{PerState, Rule, built_in};
use tito::id::{Action, Role, State};
use tito::plan::{
    Because, Decision, Facts, Floor, Request, Sides, Situation, Step, allowed, decide, situation,
};

const TEXT: &str = include_str!("../decisions.txt");

/// The rows of the table that follows the heading `number.`: the words of each, by the first.
fn table(number: u32) -> BTreeMap<String, Vec<String>> {
    let section = TEXT.split(&format!("\n{number}. ")).nth(1).unwrap();
    let rows = section.split("----\n").nth(1).unwrap().split("\n\n").next().unwrap();
    rows.lines()
        .map(|line| {
            let mut words =
                line.split("  ").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
            (words.next().unwrap(), words.collect())
        })
        .collect()
}

fn situation_named(name: &str) -> Situation {
    Situation::ALL.into_iter().find(|situation| situation.as_str() == name).unwrap()
}

fn action_named(name: &str) -> Action {
    Action::ALL.into_iter().find(|action| action.as_str() == name).unwrap()
}

fn decision_named(name: &str) -> Decision {
    match name {
        "nothing" => Decision::Nothing,
        "leave" => Decision::Leave { remember: false },
        "remember" => Decision::Leave { remember: true },
        "create" => Decision::Create,
        "adopt" => Decision::Adopt,
        "write" => Decision::Write,
        "offer" => Decision::Offer,
        "merge" => Decision::Merge,
        "set aside" => Decision::SetAside,
        "restore" => Decision::Restore,
        "retire" => Decision::Retire,
        "remove" => Decision::Remove,
        "forget" => Decision::Forget,
        other => panic!("no decision is called {other:?}"),
    }
}

/// What a cell of the first table says for files of this class.
fn cell(text: &str, floor: Floor) -> Decision {
    let (others, work) = match text.split_once(" (work: ") {
        Some((others, work)) => (others, work.trim_end_matches(')')),
        None => (text, text),
    };
    decision_named(if floor == Floor::Holds { work } else { others })
}

/// Calls `check` with every line of the first table: situation, its three sides, action, and the cell's text.
fn every_cell(mut check: impl FnMut(Situation, [&str; 3], Action, &str)) {
    let rows = table(1);
    assert_eq!(rows.len(), Situation::ALL.len());
    for (name, words) in &rows {
        let [base, student, course, cells @ ..] = words.as_slice() else { panic!("{name}: {words:?}") };
        assert_eq!(cells.len(), Action::ALL.len(), "{name}");
        for (action, text) in Action::ALL.into_iter().zip(cells) {
            check(situation_named(name), [base, student, course], action, text);
        }
    }
}

#[test]
fn the_table_is_what_the_functions_say() {
    let mut cells = 0;
    every_cell(|expected, sides, action, text| {
        let [base, student, course] = sides.map(|side| Some(side).filter(|side| *side != "-"));
        assert_eq!(situation(&Sides { base, student, course }), Some(expected));
        for floor in [Floor::Holds, Floor::Lifted] {
            assert_eq!(
                decide(expected, action, floor),
                cell(text, floor),
                "{expected:?} × {action} × {floor:?}"
            );
            cells += 1;
        }
    });
    assert_eq!(cells, 14 * 5 * 2);
}

/// A file that merges: the student changes its first line, the course its last.
fn text(side: &str) -> String {
    match side {
        "b" => "first\n2\n3\n4\nlast\n",
        "s" => "first, mine\n2\n3\n4\nlast\n",
        "c" => "first\n2\n3\n4\nlast, fixed\n",
        other => panic!("{other:?}"),
    }
    .to_owned()
}

fn place(role: Role) -> &'static str {
    if role == Role::Test { "tests/01_tensor/extra.py" } else { "modules/01_tensor/extra.py" }
}

/// What an update decides for a file of `role` with these sides, when policy allows `action` in `state` and something else in others.
fn decided(sides: [&str; 3], role: Role, state: State, action: Action) -> Option<Step> {
    let [base, student, course_side] = sides;
    let mut course = Course::of(&["tensor"]);
    // Nothing but the file in question may say how far the student is.
    course.unit("tensor").files.retain(|_, (role, _)| *role != Role::Work);
    if base != "-" {
        course.unit("tensor").files.insert("extra.py".to_owned(), (role, text(base)));
    }
    let mut desk = Desk::new(&course);
    desk.delete(place(role));
    if student != "-" {
        desk.write(place(role), text(student));
    }
    desk.write(
        "progress.json",
        match state {
            State::NotStarted => "{}",
            State::InProgress => r#"{"started": ["tensor"]}"#,
            State::Completed => r#"{"started": ["tensor"], "completed": {"tensor": "2027-01-12T10:00:00Z"}}"#,
            State::Submitted => crate::desk::SUBMITTED,
        },
    );
    course.unit("tensor").files.remove("extra.py");
    if course_side != "-" {
        course.unit("tensor").files.insert("extra.py".to_owned(), (role, text(course_side)));
    }
    let elsewhere = if action == Action::Freeze { Action::Keep } else { Action::Freeze };
    let mut per_state = PerState::all(elsewhere);
    match state {
        State::NotStarted => per_state.not_started = action,
        State::InProgress => per_state.in_progress = action,
        State::Completed => per_state.completed = action,
        State::Submitted => per_state.submitted = Some(action),
    }
    course.rules.push(crate::desk::rule("rule", &[], per_state, None));
    desk.plan(&course, &Request::Update).step(&path(place(role))).cloned()
}

#[test]
fn every_situation_action_role_and_state_is_decided_as_the_table_says() {
    let mut decided_ones = 0;
    every_cell(|situation, sides, action, said| {
        for role in Role::ALL {
            for state in State::ALL {
                let step = decided(sides, role, state, action);
                // What neither base nor course has is not a file of tito's.
                if role == Role::Export || situation == Situation::Own {
                    assert_eq!(step, None);
                    continue;
                }
                let step = step.unwrap();
                let evidence = role == Role::Work && situation.edited();
                let expected = match role {
                    Role::Derived => decide(situation, Action::Replace, Floor::Lifted),
                    // An edited work file is evidence of a beginning, so the rule for beginners does not apply.
                    Role::Work if evidence && state == State::NotStarted => {
                        let elsewhere = if action == Action::Freeze { Action::Keep } else { Action::Freeze };
                        decide(situation, elsewhere, Floor::Holds)
                    }
                    role => cell(said, Floor::under(role)),
                };
                assert_eq!(step.decision, expected, "{situation:?} × {action} × {role} × {state}: {step:#?}");
                assert_eq!(step.situation, situation);
                decided_ones += 1;
            }
        }
    });
    assert_eq!(decided_ones, 13 * 5 * 7 * 4);
}

#[test]
fn edited_lowers_critical_raises_and_the_floor_holds() {
    let (lowered, raised) = (table(2), table(3));
    let columns: Vec<Option<Action>> = std::iter::once(None).chain(Action::ALL.map(Some)).collect();
    let at = |table: &BTreeMap<String, Vec<String>>, action: Action, column: Option<Action>| {
        let place = columns.iter().position(|one| *one == column).unwrap();
        action_named(&table[action.as_str()][place])
    };
    let mut tried = 0;
    for action in Action::ALL {
        for &on_edit in &columns {
            for &on_critical in &columns {
                let rule = Rule {
                    critical: on_critical.map(PerState::all),
                    ..crate::desk::rule("rule", &[], PerState::all(action), on_edit)
                };
                for (edited, critical) in [(false, false), (false, true), (true, false), (true, true)] {
                    for role in [Role::Work, Role::Test] {
                        let mut expected = action;
                        if critical && on_critical.is_some() {
                            expected = at(&raised, action, on_critical);
                        } else if edited {
                            expected = at(&lowered, action, on_edit);
                        }
                        if edited && role == Role::Work && expected == Action::Replace {
                            expected = Action::Merge;
                        }
                        let floor = Floor::under(role);
                        let (state, closed) = (State::InProgress, false);
                        let facts = Facts { role, state, closed, edited, critical, floor };
                        let (found, because) = allowed(&rule, facts);
                        assert_eq!(found, expected, "{rule:?} {facts:?}");
                        let announced = critical && found == Action::Freeze;
                        assert_eq!(because == Because::FrozenThoughCritical, announced);
                        tried += 1;
                    }
                }
            }
        }
    }
    assert_eq!(tried, 5 * 6 * 6 * 4 * 2);
}

#[test]
fn a_rule_says_what_the_table_says_once_a_unit_is_handed_in_or_closed() {
    let all = PerState {
        not_started: Action::Replace,
        in_progress: Action::Merge,
        completed: Action::Offer,
        submitted: Some(Action::Keep),
        closed: Some(Action::Freeze),
    };
    let columns = [
        (State::NotStarted, false),
        (State::InProgress, false),
        (State::Completed, false),
        (State::Submitted, false),
        (State::NotStarted, true),
        (State::InProgress, true),
        (State::Completed, true),
        (State::Submitted, true),
    ];
    let said: BTreeMap<String, Vec<String>> = [
        ("neither", PerState { submitted: None, closed: None, ..all }),
        ("submitted", PerState { closed: None, ..all }),
        ("closed", PerState { submitted: None, ..all }),
        ("both", all),
    ]
    .into_iter()
    .map(|(name, actions)| {
        let row = columns.map(|(state, closed)| actions.get(state, closed).to_string());
        (name.to_owned(), row.to_vec())
    })
    .collect();
    assert_eq!(said, table(6));
}

#[test]
fn the_built_in_rules_are_those_of_the_table() {
    let rows = table(5);
    let words = |rule: &Rule| {
        let per = rule.action;
        let all = [per.not_started, per.in_progress, per.completed, rule.edited.unwrap()];
        all.map(|action| action.as_str().to_owned()).to_vec()
    };
    let said: BTreeMap<String, Vec<String>> = built_in()
        .iter()
        .map(|rule| (rule.matches.roles.as_ref().unwrap()[0].as_str().to_owned(), words(rule)))
        .collect();
    assert_eq!(said, rows);
}

#[test]
fn an_update_of_the_instructor_never_makes_a_unit_look_started() {
    let mut course = Course::of(&["tensor"]);
    let desk = Desk::new(&course);
    *course.text("tensor", "tensor.py") = "rewritten\n".to_owned();
    let plan = desk.plan(&course, &Request::Update);
    assert_eq!(plan.units[0].id, id("tensor"));
    assert_eq!(plan.units[0].state, State::NotStarted);
}
