//! What `status`, `update` and `doctor` say of notebooks that a student must look at.

use std::fs;

use crate::mini::{COURSE, Mini};
use crate::tito::tito;

const NUMBERS: &str = "modules/01_numbers/numbers.ipynb";

/// Ways in which a notebook is no longer one, and what is said of each.
fn torn(whole: &str) -> [(String, &'static str); 4] {
    let half = whole[..whole.len() / 2].to_owned();
    let marked = whole.replacen("\"cells\"", "\n<<<<<<< HEAD\n\"cells\"", 1);
    [
        (String::new(), "it is empty"),
        ("\n".to_owned(), "it is empty"),
        (half, "line"),
        (marked, "git left conflict markers in it, the first in line 3"),
    ]
}

#[test]
fn a_notebook_that_cannot_be_read_is_named_before_anything_is_up_to_date() {
    let mini = Mini::new("student");
    mini.edit(NUMBERS, "raise NotImplementedError()", "return len(values)");
    mini.run(&["module", "complete", "numbers", "--skip-tests"]).expect(0);
    let whole = mini.text(NUMBERS);
    for (bytes, why) in torn(&whole) {
        fs::write(mini.at(NUMBERS), bytes).unwrap();
        let first = format!("{NUMBERS} cannot be read as a notebook: ");
        for _ in 0..2 {
            let status = mini.run(&["status"]).expect(0).stdout;
            let line =
                status.lines().find(|line| line.contains(&first)).unwrap_or_else(|| panic!("{status}"));
            assert!(line.contains(why) && line.contains(&format!("tito backups {NUMBERS}")), "{line}");
            assert!(
                status.contains("1 notebook that cannot be read") && !status.contains("up to date"),
                "{status}"
            );
        }
        let update = mini.run(&["update"]).expect(0).stdout;
        assert!(update.contains(&first) && !update.contains('✓'), "{update}");
        let doctor = mini.run(&["doctor"]).expect(1).stdout;
        assert!(doctor.contains("cannot be read as a notebook") && doctor.contains(why), "{doctor}");
        assert!(!doctor.contains("all is well"), "{doctor}");
    }
    mini.run(&["module", "reset", "numbers", "--yes"]).expect(0);
    for args in [["status"], ["doctor"]] {
        let said = mini.run(&args).stdout;
        assert!(!said.contains("cannot be read"), "{said}");
    }
    fs::write(mini.at(NUMBERS), &whole).unwrap();
    let status = mini.run(&["status"]).expect(0).stdout;
    assert!(status.contains("up to date") && !status.contains("cannot be read"), "{status}");
}

const TOTAL: &str = r####"
# %% [markdown]
# ## Total
# Add the values.

# %% nbgrader={"grade": false, "grade_id": "total", "locked": false, "solution": true}
#| export
def total(values):
    """Total of some values."""
    ### BEGIN SOLUTION
    result_of_total = sum(values) + 0
    return result_of_total
    ### END SOLUTION
"####;

#[test]
fn a_question_that_went_to_another_notebook_is_named_with_its_place() {
    let add = |mini: &Mini, file: &str, from: &str, to: &str| {
        let file = mini.folder().join(file);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{}{to}", text.strip_suffix(from).unwrap())).unwrap();
    };
    let numbers = "base/modules/numbers/numbers.py";
    for goes_to in [Some("modules/02_sums/sums.ipynb"), None] {
        let mini = Mini::only(COURSE);
        add(&mini, numbers, "", TOTAL);
        tito(mini.folder(), &["init", "ws", "--config", "course.yml", "--tier", "student"]).expect(0);
        let text = mini.text(NUMBERS);
        let (before, after) = text.rsplit_once("raise NotImplementedError()").unwrap();
        fs::write(mini.at(NUMBERS), format!("{before}return sum(values)  # mine{after}")).unwrap();
        add(&mini, numbers, TOTAL, "");
        if goes_to.is_some() {
            add(&mini, "base/modules/sums/sums.py", "", TOTAL);
        }
        // Nothing of it has happened yet.
        let status = mini.run(&["status"]).expect(0).stdout;
        assert!(status.contains("an update is available"), "{status}");
        assert!(!status.contains("is not graded any more"), "{status}");
        assert!(!mini.run(&["status", "--format", "json"]).expect(0).stdout.contains("not-graded"));
        let update = mini.run(&["update"]).expect(0).stdout;
        let said = update.lines().find(|line| line.contains("is not graded any more"));
        let said = said.unwrap_or_else(|| panic!("{update}"));
        match goes_to {
            Some(place) => assert!(said.contains(&format!("{place} has a question of this name")), "{said}"),
            None => assert!(said.contains("the course no longer has this question; your answer"), "{said}"),
        }
        let status = mini.run(&["status"]).expect(0).stdout;
        assert!(status.contains(said), "{status}");
    }
}
