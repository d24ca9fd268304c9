//! What learning platforms call the files of a download, and whose they are by these names. Pure.
//!
//! - **Canvas** ("Download submissions"; `lib/content_zipper.rb` of canvas-lms): `doejane_12345_678901_work.zip`, with `_LATE` before the numbers
//!   of a late one. The name is the sortable name in lower case without spaces, then come the ids of the user and of the file. A file that was
//!   uploaded again ends in `-1`, `-2`. An anonymous assignment has `anon_xY3kL_678901_work.zip`.
//! - **Moodle** ("Download all submissions"; `mod/assign/classes/downloader.php`), in folders:
//!   `Jane Doe_12345_assignsubmission_file/work.zip` (older ones end in `_file_/`), or not: `Jane Doe_12345_assignsubmission_file_work.zip`. The
//!   number counts the participants of one assignment. What was typed into the page is in `…_assignsubmission_onlinetext`.
//! - **Blackboard** ("Assignment File Download"): `Homework 1_s1234567_attempt_2027-02-01-09-30-00_work.zip`, by the user name; the same without
//!   a file is the text that goes with it.
//! - **GitHub Classroom** (`gh classroom clone student-repos`): a folder `homework-submissions` with one folder for each repository,
//!   `homework-janedoe`, by the login.

use unicode_normalization::UnicodeNormalization;

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// Canvas.
    Canvas,
    /// Moodle.
    Moodle,
    /// Blackboard.
    Blackboard,
    /// GitHub Classroom.
    GithubClassroom,
}

/// What the name of a file or a folder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Which platform gives such names.
    pub platform: Platform,
    /// Who handed it in, as the platform writes it.
    pub person: String,
    /// The platform's number for that person; Moodle's is another one for each assignment.
    pub number: Option<String>,
    /// Is that the name that they log in with, and not the one that people call them by?
    pub is_login: bool,
    /// Does the platform say that it was late?
    pub late: bool,
    /// When it was handed in, where the name says it, as RFC 3339 would write it; Blackboard does not say in which zone.
    pub at: Option<String>,
    /// What the platform puts before the names of the person's files, such as `doejane_12345_678901_`.
    pub prefix: String,
    /// What the student called the file; empty for a folder.
    pub file: String,
}

/// What `name` says, which is in a folder that is called `folder`.
pub fn upload(name: &str, folder: Option<&str>) -> Option<Upload> {
    let found = blackboard(name).or_else(|| moodle(name)).or_else(|| canvas(name));
    let mut found = found.or_else(|| classroom(name, folder?))?;
    found.person = found.person.nfc().collect();
    found.prefix = name.strip_suffix(found.file.as_str()).unwrap_or(name).to_owned();
    if !found.prefix.ends_with('_') {
        found.prefix.push('_');
    }
    Some(found)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn canvas(name: &str) -> Option<Upload> {
    let mut parts = name.splitn(6, '_');
    let first = parts.next().filter(|first| !first.is_empty())?;
    let mut rest: Vec<&str> = parts.collect();
    let late = rest.first() == Some(&"LATE");
    if late {
        rest.remove(0);
    }
    let is_anonymous = first == "anon";
    let (user, file_id) = (rest.first()?, rest.get(1)?);
    // `late` may come before or behind the name of an anonymous student.
    if (!is_anonymous && !is_number(user)) || !is_number(file_id) {
        return None;
    }
    let file = rest.get(2..)?.join("_");
    let person = if is_anonymous { format!("anon-{user}") } else { first.to_owned() };
    let number = (!is_anonymous).then(|| (*user).to_owned());
    let (platform, is_login) = (Platform::Canvas, false);
    (!file.is_empty()).then_some(Upload {
        platform,
        person,
        number,
        is_login,
        late,
        at: None,
        prefix: String::new(),
        file,
    })
}

fn moodle(name: &str) -> Option<Upload> {
    let kinds = ["_assignsubmission_file", "_assignsubmission_onlinetext"];
    let (who, file) = kinds.into_iter().find_map(|kind| name.split_once(kind))?;
    let (person, number) = who.rsplit_once('_')?;
    if person.is_empty() || !is_number(number) {
        return None;
    }
    let file = file.strip_prefix('_').unwrap_or(file).to_owned();
    let (person, number, platform) = (person.to_owned(), Some(number.to_owned()), Platform::Moodle);
    Some(Upload {
        platform,
        person,
        number,
        is_login: false,
        late: false,
        at: None,
        prefix: String::new(),
        file,
    })
}

fn blackboard(name: &str) -> Option<Upload> {
    let (before, rest) = name.split_once("_attempt_")?;
    let (_, person) = before.rsplit_once('_')?;
    let time = rest.get(..19)?;
    let numbers: Vec<&str> = time.split('-').collect();
    let [year, month, day, hour, minute, second] = numbers.as_slice() else { return None };
    if person.is_empty() || !numbers.iter().all(|number| is_number(number)) {
        return None;
    }
    let file = rest.get(19..)?;
    Some(Upload {
        platform: Platform::Blackboard,
        person: person.to_owned(),
        number: None,
        is_login: true,
        late: false,
        at: Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")),
        prefix: String::new(),
        file: file.strip_prefix('_').unwrap_or(file).to_owned(),
    })
}

fn classroom(name: &str, folder: &str) -> Option<Upload> {
    let person = name.strip_prefix(folder.strip_suffix("-submissions")?)?.strip_prefix('-')?;
    let (platform, person) = (Platform::GithubClassroom, person.to_owned());
    let (number, is_login, file) = (None, true, String::new());
    (!person.is_empty()).then_some(Upload {
        platform,
        person,
        number,
        is_login,
        late: false,
        at: None,
        prefix: String::new(),
        file,
    })
}

/// The name of a file without what browsers and platforms add to one that is there already: `sums (1).ipynb`, `sums-2.ipynb`.
pub(super) fn plain(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').map_or((name, ""), |(stem, ending)| (stem, ending));
    let counted = |open: &str, close: &str| {
        let (before, number) = stem.strip_suffix(close)?.rsplit_once(open)?;
        is_number(number).then_some(before)
    };
    let stem = counted(" (", ")").or_else(|| counted("-", "")).unwrap_or(stem);
    if ending.is_empty() { stem.to_owned() } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the platforms write, and what it means: platform, person, is it a login, late, time, file.
    #[test]
    fn names_of_downloads_are_understood() {
        use Platform::{Blackboard, Canvas, GithubClassroom, Moodle};
        let time = Some("2027-02-01T09:30:00Z");
        for (name, platform, person, is_login, late, at, file) in [
            (
                "doejane_12345_678901_mls-sums-jane.zip",
                Canvas,
                "doejane",
                false,
                false,
                None,
                "mls-sums-jane.zip",
            ),
            ("doejane_LATE_12345_678901_sums.ipynb", Canvas, "doejane", false, true, None, "sums.ipynb"),
            ("öbergåsa_12_34_my_work_1.zip", Canvas, "öbergåsa", false, false, None, "my_work_1.zip"),
            ("anon_xY3kL_678901_work.zip", Canvas, "anon-xY3kL", false, false, None, "work.zip"),
            ("Jane Doe_12345_assignsubmission_file", Moodle, "Jane Doe", false, false, None, ""),
            ("Jane Doe_12345_assignsubmission_file_", Moodle, "Jane Doe", false, false, None, ""),
            (
                "Jane Doe_12345_assignsubmission_file_mls-sums-jane.zip",
                Moodle,
                "Jane Doe",
                false,
                false,
                None,
                "mls-sums-jane.zip",
            ),
            (
                "Participant_77_assignsubmission_file_a.zip",
                Moodle,
                "Participant",
                false,
                false,
                None,
                "a.zip",
            ),
            (
                "Homework 1_s1234567_attempt_2027-02-01-09-30-00_mls-sums.zip",
                Blackboard,
                "s1234567",
                true,
                false,
                time,
                "mls-sums.zip",
            ),
            ("My_Lab_jdoe_attempt_2027-02-01-09-30-00.txt", Blackboard, "jdoe", true, false, time, ".txt"),
        ] {
            let at = at.map(str::to_owned);
            let (person, file) = (person.to_owned(), file.to_owned());
            let found = upload(name, None).unwrap_or_else(|| panic!("{name}"));
            let (number, prefix) = (found.number.clone(), found.prefix.clone());
            assert!(
                prefix.ends_with('_') && prefix.starts_with(name.strip_suffix(&file).unwrap_or(name)),
                "{prefix}"
            );
            assert_eq!(number.is_some(), platform != Blackboard && !name.starts_with("anon"), "{name}");
            assert_eq!(
                found,
                Upload { platform, person, number, is_login, late, at, prefix, file },
                "{name}"
            );
        }
        let found = upload("sums-janedoe", Some("sums-submissions")).unwrap();
        assert_eq!(
            (found.platform, found.person.as_str(), found.is_login),
            (GithubClassroom, "janedoe", true)
        );
    }

    #[test]
    fn other_names_say_nothing() {
        for name in [
            "mls-sums-jane.zip",
            "submissions.zip",
            "gradebook_MLS2027_Homework1_2027-02-01-10-00-00.zip",
            "a_b_c.zip",
            "jane_12_work.zip",
            "_1_2_x.zip",
            "x_attempt_2027",
            "_assignsubmission_file_x",
            "",
        ] {
            assert_eq!(upload(name, Some("inbox")), None, "{name}");
        }
    }

    #[test]
    fn counters_are_taken_off_names() {
        for (name, expected) in [
            ("sums.ipynb", "sums.ipynb"),
            ("sums (1).ipynb", "sums.ipynb"),
            ("sums-2.ipynb", "sums.ipynb"),
            ("first-steps.ipynb", "first-steps.ipynb"),
            ("sums", "sums"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }
}
