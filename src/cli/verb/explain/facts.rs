//! The words of `--if`.

use std::str::FromStr;

use crate::id::{CLOSED, State};
use crate::plan::Supposition;

/// One supposed fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    State(State),
    Closed(bool),
    Edited(bool),
    Newer(bool),
    Critical(bool),
}

impl FromStr for Fact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').unwrap_or((text, "yes"));
        let yes = || match value {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            _ => Err(format!("`{name}` must be yes or no, not `{value}`")),
        };
        match name {
            "edited" => yes().map(Self::Edited),
            "newer" => yes().map(Self::Newer),
            "critical" => yes().map(Self::Critical),
            CLOSED => yes().map(Self::Closed),
            "state" => state(value),
            other => state(other)
                .map_err(|_| format!("`{other}` is not one of state=STATE, closed, edited, newer, critical")),
        }
    }
}

/// `state=closed` is one of the words of rules, though a unit that is closed has a state of its own besides.
fn state(word: &str) -> Result<Fact, String> {
    if word == CLOSED {
        return Ok(Fact::Closed(true));
    }
    let state = State::ALL.into_iter().find(|state| state.as_str() == word).map(Fact::State);
    state.ok_or_else(|| {
        let words = State::ALL.map(State::as_str).join(", ");
        format!("`{word}` is not one of {words}, {CLOSED}")
    })
}

/// All of them together; of two about the same thing the last one counts.
pub(super) fn supposition(facts: &[Fact]) -> Supposition {
    let mut supposed = Supposition::default();
    for fact in facts {
        match *fact {
            Fact::State(state) => supposed.state = Some(state),
            Fact::Closed(yes) => supposed.closed = Some(yes),
            Fact::Edited(yes) => supposed.edited = Some(yes),
            Fact::Newer(yes) => supposed.newer = Some(yes),
            Fact::Critical(yes) => supposed.critical = Some(yes),
        }
    }
    supposed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read() {
        assert_eq!("state=completed".parse(), Ok(Fact::State(State::Completed)));
        assert_eq!("in-progress".parse(), Ok(Fact::State(State::InProgress)));
        assert_eq!("state=closed".parse(), Ok(Fact::Closed(true)));
        assert_eq!("closed=no".parse(), Ok(Fact::Closed(false)));
        assert_eq!("edited".parse(), Ok(Fact::Edited(true)));
        assert_eq!("critical=no".parse(), Ok(Fact::Critical(false)));
        assert!("state=done".parse::<Fact>().unwrap_err().contains("not one of not-started"));
        assert!("edited=perhaps".parse::<Fact>().unwrap_err().contains("yes or no"));
        assert!("broken".parse::<Fact>().unwrap_err().contains("not one of state=STATE"));
    }
}
