//! The words of `--if`.

use std::str::FromStr;

use crate::id::State;
use crate::plan::Supposition;

/// One supposed fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    State(State),
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
            "state" => state(value).map(Self::State),
            other => state(other)
                .map(Self::State)
                .map_err(|_| format!("`{other}` is not one of state=STATE, edited, newer, critical")),
        }
    }
}

fn state(word: &str) -> Result<State, String> {
    State::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| format!("`{word}` is not one of not-started, in-progress, completed"))
}

/// All of them together; of two about the same thing the last one counts.
pub(super) fn supposition(facts: &[Fact]) -> Supposition {
    let mut supposed = Supposition::default();
    for fact in facts {
        match *fact {
            Fact::State(state) => supposed.state = Some(state),
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
        assert_eq!("edited".parse(), Ok(Fact::Edited(true)));
        assert_eq!("critical=no".parse(), Ok(Fact::Critical(false)));
        assert!("state=done".parse::<Fact>().unwrap_err().contains("not one of not-started"));
        assert!("edited=perhaps".parse::<Fact>().unwrap_err().contains("yes or no"));
        assert!("broken".parse::<Fact>().unwrap_err().contains("not one of state=STATE"));
    }
}
