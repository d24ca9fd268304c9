//! [`Sides`] → [`Situation`]: how the three sides of a file relate. Absent counts as a value.

use super::{Sides, Situation};

impl Situation {
    /// All situations, in the order of the documentation.
    pub const ALL: [Situation; 14] = [
        Self::New,
        Self::AddedSame,
        Self::AddedDiffer,
        Self::Unchanged,
        Self::CourseChanged,
        Self::StudentChanged,
        Self::BothSame,
        Self::BothDiffer,
        Self::Deleted,
        Self::DeletedChanged,
        Self::Dropped,
        Self::DroppedEdited,
        Self::Own,
        Self::Forgotten,
    ];

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::AddedSame => "added-same",
            Self::AddedDiffer => "added-differ",
            Self::Unchanged => "unchanged",
            Self::CourseChanged => "course-changed",
            Self::StudentChanged => "student-changed",
            Self::BothSame => "both-same",
            Self::BothDiffer => "both-differ",
            Self::Deleted => "deleted",
            Self::DeletedChanged => "deleted-changed",
            Self::Dropped => "dropped",
            Self::DroppedEdited => "dropped-edited",
            Self::Own => "own",
            Self::Forgotten => "forgotten",
        }
    }

    /// Does the student's side hold something that tito did not write?
    pub fn edited(self) -> bool {
        matches!(
            self,
            Self::AddedDiffer | Self::StudentChanged | Self::BothDiffer | Self::DroppedEdited | Self::Own
        )
    }

    /// Does the course have something newer than what tito last wrote?
    pub fn course_changed(self) -> bool {
        matches!(
            self,
            Self::New | Self::AddedDiffer | Self::CourseChanged | Self::BothDiffer | Self::DeletedChanged
        )
    }
}

/// The situation of a file; `None` where no side has it, which is not a file at all. Equality of `T` is "counts as the same content".
pub fn situation<T: PartialEq>(sides: &Sides<T>) -> Option<Situation> {
    use Situation as S;
    Some(match (&sides.base, &sides.student, &sides.course) {
        (None, None, None) => return None,
        (None, None, Some(_)) => S::New,
        (None, Some(_), None) => S::Own,
        (None, Some(s), Some(c)) if s == c => S::AddedSame,
        (None, Some(_), Some(_)) => S::AddedDiffer,
        (Some(_), None, None) => S::Forgotten,
        (Some(b), None, Some(c)) if b == c => S::Deleted,
        (Some(_), None, Some(_)) => S::DeletedChanged,
        (Some(b), Some(s), None) if b == s => S::Dropped,
        (Some(_), Some(_), None) => S::DroppedEdited,
        (Some(b), Some(s), Some(c)) => match (b == s, b == c, s == c) {
            (true, true, _) => S::Unchanged,
            (true, false, _) => S::CourseChanged,
            (false, true, _) => S::StudentChanged,
            (false, false, true) => S::BothSame,
            (false, false, false) => S::BothDiffer,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_one_situation_and_every_situation_a_combination() {
        let values = [None, Some(1), Some(2), Some(3)];
        let mut seen = std::collections::BTreeSet::new();
        for base in values {
            for student in values {
                for course in values {
                    let sides = Sides { base, student, course };
                    let found = situation(&sides);
                    assert_eq!(found.is_none(), base.is_none() && student.is_none() && course.is_none());
                    if let Some(found) = found {
                        let own = student.is_some() && student != base && student != course;
                        assert_eq!(found.edited(), own, "{found:?}");
                        seen.insert(found);
                    }
                }
            }
        }
        assert_eq!(seen.len(), Situation::ALL.len());
    }
}
