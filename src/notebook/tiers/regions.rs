//! Regions of a cell: what is between a line with `BEGIN …` and a line with `END …`.

use crate::diagnostic::nearest;

/// Who keeps a solution region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegionRole {
    /// What every student writes.
    #[default]
    Core,
    /// What students are given, and tested on.
    Scaffold,
    /// What is given to students, and written by people who take the challenge tier.
    Challenge,
    /// What only instructors see.
    Instructor,
}

impl RegionRole {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "core" => Self::Core,
            "scaffold" => Self::Scaffold,
            "challenge" => Self::Challenge,
            "instructor" => Self::Instructor,
            _ => return None,
        })
    }
}

/// What sort of region it is. nbgrader finds its words anywhere in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegionKind {
    Solution,
    HiddenTests,
    MarkScheme,
}

impl RegionKind {
    pub(super) const ALL: [RegionKind; 3] = [Self::Solution, Self::HiddenTests, Self::MarkScheme];

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Solution => "SOLUTION",
            Self::HiddenTests => "HIDDEN TESTS",
            Self::MarkScheme => "MARK SCHEME",
        }
    }

    pub(super) fn begins(self, line: &str) -> bool {
        match self {
            Self::Solution => line.contains("BEGIN SOLUTION"),
            Self::HiddenTests => line.contains("BEGIN HIDDEN TESTS"),
            Self::MarkScheme => line.contains("BEGIN MARK SCHEME"),
        }
    }

    pub(super) fn ends(self, line: &str) -> bool {
        match self {
            Self::Solution => line.contains("END SOLUTION"),
            Self::HiddenTests => line.contains("END HIDDEN TESTS"),
            Self::MarkScheme => line.contains("END MARK SCHEME"),
        }
    }
}

/// Is it the first or last line of a solution region?
pub(crate) fn is_solution_marker(line: &str) -> bool {
    RegionKind::Solution.begins(line) || RegionKind::Solution.ends(line)
}

/// What a line of a cell is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Outside of regions.
    Outside,
    /// The line that begins a region.
    Begin(RegionRole),
    /// Inside one.
    Inside(RegionRole),
    /// The line that ends one.
    End,
}

/// What is wrong with the regions of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Nested,
    NotOpened,
    NotClosed,
    Role(String),
}

impl Fault {
    pub(super) fn message(&self, kind: RegionKind) -> String {
        let words = kind.words();
        match self {
            Self::Nested => format!("a region starts inside another: END {words} is missing above"),
            Self::NotOpened => format!("END {words} without a BEGIN {words} before it"),
            Self::NotClosed => format!("BEGIN {words} without an END {words} after it in this cell"),
            Self::Role(role) => format!("`{role}` is not a role of a solution region"),
        }
    }

    pub(super) fn help(&self, kind: RegionKind) -> String {
        let Self::Role(role) = self else {
            let words = kind.words();
            return format!(
                "a region starts with ### BEGIN {words} and ends with ### END {words} in the same cell"
            );
        };
        let roles = ["core", "scaffold", "challenge", "instructor"];
        if role.contains(|c: char| !c.is_alphanumeric()) {
            return format!("write the role as role=\"scaffold\"; roles are {}", roles.join(", "));
        }
        let near = nearest(role, roles).map(|near| format!("did you mean `{near}`? "));
        format!("{}roles are core, scaffold, challenge and instructor", near.unwrap_or_default())
    }
}

/// The regions of `kind` in a cell: what each line is, and the faults with their lines, from 0.
pub(super) fn lines(kind: RegionKind, source: &str) -> (Vec<Line>, Vec<(usize, Fault)>) {
    let mut faults = Vec::new();
    let mut open: Option<(usize, RegionRole)> = None;
    let mut lines = Vec::new();
    for (at, line) in source.split('\n').enumerate() {
        if kind.begins(line) {
            if open.is_some() {
                faults.push((at, Fault::Nested));
            }
            let role = match role_written(line) {
                Some(word) if kind == RegionKind::Solution => RegionRole::of(word).unwrap_or_else(|| {
                    faults.push((at, Fault::Role(word.to_owned())));
                    RegionRole::Core
                }),
                _ => RegionRole::Core,
            };
            open = Some((at, role));
            lines.push(Line::Begin(role));
        } else if kind.ends(line) {
            if open.take().is_none() {
                faults.push((at, Fault::NotOpened));
            }
            lines.push(Line::End);
        } else {
            lines.push(open.map_or(Line::Outside, |(_, role)| Line::Inside(role)));
        }
    }
    if let Some((at, _)) = open {
        faults.push((at, Fault::NotClosed));
    }
    (lines, faults)
}

/// The role behind `BEGIN SOLUTION`, or what is in its place and cannot be one: `rol="scaffold"`, `role scaffold`.
fn role_written(line: &str) -> Option<&str> {
    role(line).or_else(|| {
        let (_, rest) = line.split_once("BEGIN SOLUTION")?;
        let meant = rest.contains('=') || rest.trim_start().to_lowercase().starts_with("role");
        meant.then(|| rest.trim())
    })
}

/// The word in `role="word"`; quotes may be single or missing.
fn role(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("role")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(value.len());
    value.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_faults() {
        let source =
            "a\n  ### BEGIN SOLUTION role=\"scaffold\"\nb\n### END SOLUTION\nc\n# BEGIN SOLUTION role='x'";
        let (found, faults) = lines(RegionKind::Solution, source);
        use RegionRole::{Core, Scaffold};
        assert_eq!(
            found,
            [
                Line::Outside,
                Line::Begin(Scaffold),
                Line::Inside(Scaffold),
                Line::End,
                Line::Outside,
                Line::Begin(Core)
            ]
        );
        assert_eq!(faults, [(5, Fault::Role("x".into())), (5, Fault::NotClosed)]);
        for line in [
            "# BEGIN SOLUTION rol=\"scaffold\"",
            "# BEGIN SOLUTION Role: scaffold",
            "# BEGIN SOLUTION role scaffold",
        ] {
            assert!(matches!(lines(RegionKind::Solution, line).1[0].1, Fault::Role(_)), "{line}");
        }
        assert_eq!(lines(RegionKind::Solution, "x = 1 # BEGIN SOLUTION of it\n# END SOLUTION").1, []);
        assert_eq!(lines(RegionKind::Solution, "# END SOLUTION").1, [(0, Fault::NotOpened)]);
        assert_eq!(
            lines(RegionKind::Solution, "BEGIN SOLUTION\nBEGIN SOLUTION\nEND SOLUTION").1,
            [(1, Fault::Nested)]
        );
        assert_eq!(lines(RegionKind::HiddenTests, "### BEGIN HIDDEN TESTS\nx\n### END HIDDEN TESTS").1, []);
    }
}
