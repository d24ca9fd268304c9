//! Whose a submission is: what the receipt claims, beside what the platform knows. Pure.
//!
//! A platform knows who uploaded a file; a receipt says what its writer typed. Where the platform gives the name that a person logs in with, it is right. Where it
//! gives the name that people call the person by, a receipt's id is taken, as long as no one else handed in under the same id.

use std::collections::{BTreeMap, BTreeSet};

use crate::receipt::StudentId;

use super::report::Note;
use super::submissions::{Submission, folder_id};

/// The student of each submission, with what there is to note.
pub(super) fn students(all: &[Submission]) -> Vec<(Option<StudentId>, Vec<Note>)> {
    let mut claims: BTreeMap<StudentId, BTreeSet<&str>> = BTreeMap::new();
    for submission in all {
        if let (Some(id), Some(person)) = (claimed(submission), submission.person()) {
            claims.entry(id.clone()).or_default().insert(person);
        }
    }
    let mut numbers: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for submission in all {
        if let Some(upload) = &submission.upload {
            let of = numbers.entry((upload.person.as_str(), &submission.unit)).or_default();
            of.extend(upload.number.as_deref());
        }
    }
    let shares_name = |submission: &Submission| {
        let person = submission.person()?;
        numbers.get(&(person, &submission.unit)).map(|numbers| numbers.len() > 1)
    };
    all.iter().map(|one| student(one, &claims, shares_name(one).unwrap_or(false))).collect()
}

fn claimed(submission: &Submission) -> Option<&StudentId> {
    submission.receipt.as_ref().and_then(|(receipt, _)| receipt.student.as_ref())
}

fn student(
    submission: &Submission,
    claims: &BTreeMap<StudentId, BTreeSet<&str>>,
    shares_name: bool,
) -> (Option<StudentId>, Vec<Note>) {
    let claimed = claimed(submission);
    let Some(person) = submission.person() else {
        // Without a platform: what the receipt says, or the folder.
        let id = claimed.cloned().or_else(|| folder_id(submission));
        let note = id.is_none().then_some(Note::NoStudent);
        return (id, note.into_iter().collect());
    };
    let number = submission.upload.as_ref().and_then(|upload| upload.number.as_deref());
    let own = match number.filter(|_| shares_name) {
        Some(number) => StudentId::near(&format!("{person}-{number}")),
        None => StudentId::near(person),
    };
    let Some(claimed) = claimed else {
        let mut notes: Vec<Note> = own.is_none().then_some(Note::NoStudent).into_iter().collect();
        notes.extend(shares_name.then_some(Note::SameName));
        return (own, notes);
    };
    let is_login = submission.upload.as_ref().is_some_and(|upload| upload.is_login);
    let is_theirs = if is_login {
        claimed.as_str().eq_ignore_ascii_case(person)
    } else {
        let persons = claims.get(claimed).cloned().unwrap_or_default();
        let alike: Vec<&&str> = persons.iter().filter(|person| is_like(claimed.as_str(), person)).collect();
        persons.len() <= 1 || (alike.len() == 1 && alike.first() == Some(&&person))
    };
    if is_theirs {
        return (Some(claimed.clone()), Vec::new());
    }
    let note = Note::OtherStudent { receipt: claimed.clone(), platform: person.to_owned() };
    (own, vec![note])
}

/// Could a person with this name have this id? `jane` and `doejane`, `j.doe` and `Jane Doe`.
fn is_like(id: &str, person: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let id = id.split('@').next().unwrap_or(id);
    let (whole, name) = (letters(id), letters(person));
    let parts = id.split(['.', '-', '_']).map(letters).filter(|part| part.len() > 2);
    (!whole.is_empty() && (name.contains(&whole) || whole.contains(&name)))
        || parts.into_iter().any(|part| name.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_like_names() {
        for (id, person, expected) in [
            ("jane", "doejane", true),
            ("j.doe", "Jane Doe", true),
            ("jane.doe@example.org", "Jane Doe", true),
            ("bob", "Jane Doe", false),
            ("s123", "Jane Doe", false),
        ] {
            assert_eq!(is_like(id, person), expected, "{id} {person}");
        }
    }
}
