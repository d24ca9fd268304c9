//! Whose a submission is: what the receipt claims, beside what the platform knows. Pure.
//!
//! A platform knows who uploaded a file; a receipt says what its writer typed. Where the platform gives the name that a person logs in with, it is right. Where it
//! gives the name that people call the person by, a receipt's id is taken, as long as no one else handed in under the same id.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::UnitId;
use crate::receipt::StudentId;

use super::report::Note;
use super::submission::{Submission, folder_id};

/// The student of each submission, with what there is to note.
pub(super) fn students(all: &[Submission]) -> Vec<(Option<StudentId>, Vec<Note>)> {
    let mut claims: BTreeMap<StudentId, BTreeSet<&str>> = BTreeMap::new();
    for submission in all {
        if let (Some(id), Some(person)) = (claimed(submission), submission.person()) {
            claims.entry(id.clone()).or_default().insert(person);
        }
    }
    let mut found: Vec<Whose> = all.iter().map(|one| whose(one, &claims)).collect();
    // Who handed in with a receipt once is the same person without one.
    let numbers = numbers(all);
    let known: BTreeMap<_, StudentId> = found
        .iter()
        .zip(all)
        .filter(|(found, _)| found.is_claimed)
        .filter_map(|(found, one)| Some((person(one, &numbers)?, found.id.clone()?)))
        .collect();
    for (found, one) in found.iter_mut().zip(all).filter(|(found, _)| !found.is_claimed) {
        if claimed(one).is_none()
            && let Some(id) = person(one, &numbers).and_then(|person| known.get(&person))
        {
            (found.id, found.is_claimed) = (Some(id.clone()), true);
        }
    }
    tell_apart(&mut found, all);
    found.into_iter().map(|found| (found.id, found.notes)).collect()
}

/// Whose a submission is.
struct Whose {
    id: Option<StudentId>,
    /// Is the id from a receipt, and not from the platform's name?
    is_claimed: bool,
    notes: Vec<Note>,
}

/// A person of a platform, by name; by name and number where several have the name.
type Person<'a> = (&'a str, Option<&'a str>);

/// The numbers that people with one name have, at most of one unit: Moodle counts each assignment on its own.
fn numbers(all: &[Submission]) -> BTreeMap<&str, usize> {
    let mut numbers: BTreeMap<(&str, &Option<UnitId>), BTreeSet<&str>> = BTreeMap::new();
    for submission in all {
        if let Some(upload) = &submission.upload {
            let of = numbers.entry((upload.person.as_str(), &submission.unit)).or_default();
            of.extend(upload.number.as_deref());
        }
    }
    let mut most = BTreeMap::new();
    for ((person, _), numbers) in numbers {
        let known = most.entry(person).or_insert(0);
        *known = numbers.len().max(*known);
    }
    most
}

fn person<'a>(submission: &'a Submission, numbers: &BTreeMap<&str, usize>) -> Option<Person<'a>> {
    let upload = submission.upload.as_ref()?;
    let person = upload.person.as_str();
    let shares_name = numbers.get(person).is_some_and(|count| *count > 1);
    Some((person, upload.number.as_deref().filter(|_| shares_name)))
}

/// Several people whose names give one id get the platform's number, so that no one's work counts as another's. Ids that differ in case only are one
/// folder on some systems.
fn tell_apart(found: &mut [Whose], all: &[Submission]) {
    let mut people: BTreeMap<(String, &Option<UnitId>), BTreeSet<Person<'_>>> = BTreeMap::new();
    for (found, one) in found.iter().zip(all) {
        if let (Some(id), Some(upload)) = (&found.id, &one.upload) {
            let of = people.entry((id.as_str().to_lowercase(), &one.unit)).or_default();
            of.insert((upload.person.as_str(), upload.number.as_deref()));
        }
    }
    for (found, one) in found.iter_mut().zip(all).filter(|(found, _)| !found.is_claimed) {
        let (Some(id), Some(upload)) = (&found.id, &one.upload) else { continue };
        let shares =
            people.get(&(id.as_str().to_lowercase(), &one.unit)).is_some_and(|people| people.len() > 1);
        if let (true, Some(number)) = (shares, &upload.number) {
            found.id = StudentId::near(&format!("{id}-{number}"));
            found.notes.push(Note::SameName);
        }
    }
}

fn claimed(submission: &Submission) -> Option<&StudentId> {
    submission.receipt.as_ref().and_then(|(receipt, _)| receipt.student.as_ref())
}

/// Whose `submission` is by itself.
fn whose(submission: &Submission, claims: &BTreeMap<StudentId, BTreeSet<&str>>) -> Whose {
    let claimed = claimed(submission);
    let unless_known = |id: &Option<StudentId>| id.is_none().then_some(Note::NoStudent).into_iter().collect();
    let Some(person) = submission.person() else {
        // Without a platform: what the receipt says, or the folder.
        let id = claimed.cloned().or_else(|| folder_id(submission));
        return Whose { notes: unless_known(&id), id, is_claimed: claimed.is_some() };
    };
    let own = StudentId::near(person);
    let Some(claimed) = claimed else {
        return Whose { notes: unless_known(&own), id: own, is_claimed: false };
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
        return Whose { id: Some(claimed.clone()), is_claimed: true, notes: Vec::new() };
    }
    let note = Note::OtherStudent { receipt: claimed.clone(), platform: person.to_owned() };
    Whose { id: own, is_claimed: false, notes: vec![note] }
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
