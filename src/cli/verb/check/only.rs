//! `--only`: of all findings those of some codes, or of groups of codes.

use std::str::FromStr;

use crate::diagnostic::{Code, Diagnostic, nearest};

/// A code (`rule::matches-nothing`) or a group of codes (`rule`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Only(String);

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = Self(text.trim_end_matches("::").to_owned());
        if Code::ALL.iter().any(|code| wanted.is(*code)) {
            return Ok(wanted);
        }
        Err(match nearest(text, Code::ALL.iter().map(|code| code.as_str())) {
            Some(near) => format!("no finding has the code `{text}`; did you mean `{near}`?"),
            None => format!("no finding has the code `{text}`; `tito help diagnostics` lists the codes"),
        })
    }
}

impl Only {
    fn is(&self, code: Code) -> bool {
        let code = code.as_str();
        code == self.0 || code.strip_prefix(self.0.as_str()).is_some_and(|rest| rest.starts_with("::"))
    }
}

/// Is `diagnostic` one of those that were asked for? Without a wish all are.
pub(super) fn is_wanted(diagnostic: &Diagnostic, only: &[Only]) -> bool {
    only.is_empty() || only.iter().any(|only| only.is(diagnostic.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_groups_are_known() {
        assert!("rule".parse::<Only>().unwrap().is(Code::BadGlob));
        assert!("ru".parse::<Only>().is_err());
        let code = Code::BadGlob.as_str();
        assert!(code.parse::<Only>().unwrap().is(Code::BadGlob));
        assert!(!"course".parse::<Only>().unwrap().is(Code::BadGlob));
        assert!("rule::bad-globb".parse::<Only>().unwrap_err().contains("did you mean"));
    }
}
