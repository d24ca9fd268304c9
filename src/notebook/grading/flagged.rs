//! What a gradebook knows of the cells of a notebook: which have a flag, what each is for, what it is worth.
//!
//! nbgrader keeps this from the first release on, by grade_id, and refuses a notebook in which it is different once there are
//! submissions (its `SaveCells`). Text and order of the cells are not part of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::notebook::{Cell, CellKind, Notebook};

/// One flagged cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct FlaggedCell {
    /// nbformat's `cell_type`.
    pub kind: CellKind,
    /// What it is for.
    pub duty: Duty,
    /// What it is worth; of cells that are graded.
    pub points: Option<Points>,
}

/// What a flagged cell is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// The student writes it; tests grade it.
    Solution,
    /// It grades solutions.
    Test,
    /// The student writes it; a person grades it.
    Answer,
    /// It says what to do; a person grades what comes of it.
    Task,
    /// The student reads it.
    Locked,
}

impl Duty {
    const ALL: [Duty; 5] = [Self::Solution, Self::Test, Self::Answer, Self::Task, Self::Locked];

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solution => "solution",
            Self::Test => "test",
            Self::Answer => "answer",
            Self::Task => "task",
            Self::Locked => "locked",
        }
    }

    fn of(cell: &Cell) -> Option<Self> {
        Some(match (cell.flag("task"), cell.flag("grade"), cell.flag("solution")) {
            (true, ..) => Self::Task,
            (_, true, true) => Self::Answer,
            (_, true, false) => Self::Test,
            (_, false, true) => Self::Solution,
            (_, false, false) if cell.flag("locked") => Self::Locked,
            _ => return None,
        })
    }
}

/// What a cell is worth: 0 or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Points(f64);

/// They are never NaN.
impl Eq for Points {}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.map(|points| points.0).sum())
    }
}

impl fmt::Display for Points {
    /// `10`, `2.5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Points {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let points: f64 = text.parse().map_err(drop)?;
        // The sign of a zero would be written out.
        if points.is_finite() && points >= 0.0 { Ok(Self(points.abs())) } else { Err(()) }
    }
}

impl FlaggedCell {
    fn of(cell: &Cell) -> Option<Self> {
        let duty = Duty::of(cell)?;
        let graded = cell.flag("grade") || cell.flag("task");
        let points = cell.nbgrader().and_then(|grading| grading.get("points")).filter(|_| graded);
        let points = points.and_then(Value::as_f64).and_then(|points| points.to_string().parse().ok());
        Some(Self { kind: cell.kind, duty, points })
    }
}

impl fmt::Display for FlaggedCell {
    /// `code test 10`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.duty.as_str())?;
        self.points.map_or(Ok(()), |points| write!(f, " {points}"))
    }
}

impl FromStr for FlaggedCell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is not a flagged cell, such as `code test 10`", text.escape_debug());
        let mut words = text.split(' ');
        let (kind, duty, points) = (words.next(), words.next(), words.next());
        let kind = CellKind::ALL.into_iter().find(|each| kind == Some(each.as_str())).ok_or_else(wrong)?;
        let duty = Duty::ALL.into_iter().find(|each| duty == Some(each.as_str())).ok_or_else(wrong)?;
        let points = points.map(str::parse).transpose().map_err(|()| wrong())?;
        words.next().map_or(Ok(Self { kind, duty, points }), |_| Err(wrong()))
    }
}

impl TryFrom<String> for FlaggedCell {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The flagged cells of a notebook by grade_id, each with its index. The metadata is complete (see [`complete`](super::complete)).
pub fn flagged(notebook: &Notebook) -> BTreeMap<String, (usize, FlaggedCell)> {
    let cells = notebook.cells.iter().enumerate();
    let found =
        cells.filter_map(|(at, cell)| Some((cell.grade_id()?.to_owned(), (at, FlaggedCell::of(cell)?))));
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_cell_is_for_is_read_from_its_flags() {
        for (flags, expected) in [
            (json!({"solution": true}), Some("code solution")),
            (json!({"grade": true, "locked": true, "points": 10}), Some("code test 10")),
            (json!({"grade": true, "solution": true, "points": 2.50}), Some("code answer 2.5")),
            (json!({"task": true, "points": 3}), Some("code task 3")),
            (json!({"locked": true, "points": 7}), Some("code locked")),
            (json!({"locked": false}), None),
        ] {
            let mut cell = Cell::new(CellKind::Code, "x");
            let mut grading = flags.as_object().unwrap().clone();
            grading.insert("grade_id".to_owned(), json!("a"));
            cell.metadata.insert("nbgrader".to_owned(), Value::Object(grading));
            let notebook =
                Notebook { cells: vec![Cell::new(CellKind::Raw, ""), cell], ..Notebook::default() };
            let found = flagged(&notebook);
            assert_eq!(
                found.get("a").map(|(at, cell)| (*at, cell.to_string())),
                expected.map(|text| (1, text.to_owned()))
            );
            for (_, cell) in found.values() {
                assert_eq!(cell.to_string().parse(), Ok(*cell));
            }
        }
    }

    #[test]
    fn what_no_lock_says_is_refused() {
        for bad in [
            "",
            "code",
            "code boss",
            "cell test 1",
            "code test ten",
            "code test -1",
            "code test NaN",
            "code test 1 1",
            " code test",
        ] {
            assert!(bad.parse::<FlaggedCell>().is_err(), "{bad}");
        }
    }
}
