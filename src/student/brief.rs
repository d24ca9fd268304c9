//! pytest's output, line by line → is the line shown? A whole exercise that is not written yet fails tests by the dozen, and the first failure
//! is the one to start with: it is shown, the others are only named at the end. Knows nothing but lines.

use super::pytest_lines::{heading, is_summary};

/// So many lines of the first failure are shown: a longer one is a printout, not a reason.
const LINES: usize = 25;

/// How far into the output we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// The tests run: dots, or what pytest itself has to say.
    #[default]
    Progress,
    /// Behind the title of the failures.
    Title,
    /// In the first failure, with so many lines of it to go.
    First(usize),
    /// In what is not shown.
    Rest,
}

/// Shows the progress of the tests and the first failure.
#[derive(Clone, Debug, Default)]
pub(super) struct Brief {
    at: At,
    hidden: bool,
}

impl Brief {
    /// Is the next line shown?
    pub(super) fn shows(&mut self, line: &str) -> bool {
        self.at = match (self.at, title(line)) {
            (At::Progress, Some("FAILURES" | "ERRORS")) => At::Title,
            (_, Some(_)) => At::Rest,
            (At::Title, None) if heading(line).is_some() => At::First(LINES),
            (At::First(_), None) if heading(line).is_some() => At::Rest,
            (At::First(left), None) => left.checked_sub(1).map_or(At::Rest, At::First),
            (at, None) => at,
        };
        let shown = matches!(self.at, At::Progress | At::First(_)) && !is_summary(line);
        self.hidden |= self.at == At::Rest && title(line).is_none();
        shown
    }

    /// Was anything kept back that a reader may want?
    pub(super) fn hides(&self) -> bool {
        self.hidden
    }
}

/// `FAILURES` of `==== FAILURES ====`.
fn title(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("==")?.strip_suffix("==")?.trim_matches('=');
    inner.strip_prefix(' ')?.strip_suffix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_and_the_first_failure_are_shown() {
        let long = "E   more\n".repeat(40);
        for (said, shown, hides) in [
            ("..    [100%]\n2 passed in 0.01s", "..    [100%]", false),
            (
                "F  [100%]\n=== FAILURES ===\n___ test_a ___\nE   no\n=== 1 failed in 0.1s ===",
                "F  [100%]\n___ test_a ___\nE   no",
                false,
            ),
            (
                "FF\n=== FAILURES ===\n___ a ___\nE   1\n_ _ _ _\nE   2\n___ b ___\nE   3\n=== warnings summary ===\nw",
                "FF\n___ a ___\nE   1\n_ _ _ _\nE   2",
                true,
            ),
            (
                "=== ERRORS ===\n___ ERROR collecting t.py ___\nE   x",
                "___ ERROR collecting t.py ___\nE   x",
                false,
            ),
            (
                &format!("=== FAILURES ===\n___ a ___\n{long}"),
                &format!("___ a ___\n{}", "E   more\n".repeat(LINES)),
                true,
            ),
        ] {
            let mut brief = Brief::default();
            let lines: Vec<&str> = said.lines().filter(|line| brief.shows(line)).collect();
            assert_eq!((lines.join("\n").trim_end(), brief.hides()), (shown.trim_end(), hides));
        }
    }
}
