//! A notebook that an editor had open is written back over an update: what the update had brought comes again, whatever kind of cell it is in.

use std::fs;

use crate::mini::{COURSE, Mini};

const MODULE: &str = "base/modules/numbers/numbers.py";
const STUB: &str = "raise NotImplementedError()";
const ANSWER: &str = "return len(values)  # mine";

/// A student who answered the question of `numbers`, and the file as their editor has it.
struct Student {
    mini: Mini,
    path: &'static str,
    open: String,
}

impl Student {
    fn with_notebooks(format: &str) -> Self {
        let mini = Mini::of(&format!("{COURSE}notebooks: {format}\n"), "student");
        let path = match format {
            "py" => "modules/01_numbers/numbers.py",
            _ => "modules/01_numbers/numbers.ipynb",
        };
        mini.edit(path, STUB, ANSWER);
        let open = mini.text(path);
        Self { mini, path, open }
    }

    /// The course publishes a release in which `old` is `new`.
    fn release(&self, version: &str, old: &str, new: &str) {
        for (file, old, new) in
            [(MODULE, old, new), ("base/catalog.yml", "version: 1.2.0", &format!("version: {version}"))]
        {
            let file = self.mini.folder().join(file);
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains(old), "{old}: {text}");
            fs::write(file, text.replace(old, new)).unwrap();
        }
    }

    fn update(&self) -> String {
        self.mini.run(&["update"]).expect(0).stdout
    }

    fn text(&self) -> String {
        self.mini.text(self.path)
    }

    /// The editor writes back what it has. What an update brings again is what it had brought before, and it comes once.
    fn overwrite_and_update(&self) {
        let updated = self.text();
        fs::write(self.mini.at(self.path), &self.open).unwrap();
        let status = self.mini.run(&["status"]).expect(0).stdout;
        assert!(status.contains(&format!("older     {}", self.path)), "{status}");
        let again = self.update();
        assert!(again.contains("an older text of the course was here"), "{again}");
        assert_eq!(self.text(), updated);
        let status = self.mini.run(&["status"]).expect(0).stdout;
        assert!(status.contains(&format!("edited    {}", self.path)), "{status}");
        let last = self.update();
        assert!(!last.contains("merged"), "{last}");
    }
}

#[test]
fn a_corrected_test_comes_again() {
    for format in ["ipynb", "py"] {
        let student = Student::with_notebooks(format);
        student.release("1.2.1", "assert numbers_of([1, 2, 3]) > 0", "assert numbers_of([1, 2, 3]) == 3");
        let updated = student.update();
        assert!(updated.contains("1 cell yours, 1 cell fixed"), "{updated}");
        student.overwrite_and_update();
        assert!(student.text().contains("== 3") && student.text().contains(ANSWER));
    }
}

#[test]
fn a_new_question_comes_again() {
    let new = r#"
# %% nbgrader={"grade": false, "grade_id": "most", "locked": false, "solution": true}
#| export
def most(values):
    """The most of some values."""
    ### BEGIN SOLUTION
    answer_of_most = max(values)
    return answer_of_most
    ### END SOLUTION
"#;
    for format in ["ipynb", "py"] {
        let student = Student::with_notebooks(format);
        let last = "assert numbers_of([1, 2, 3]) > 0, \"three values have something to say\"\n";
        student.release("1.2.1", last, &format!("{last}{new}"));
        let updated = student.update();
        assert!(updated.contains("1 cell yours, 1 cell added"), "{updated}");
        student.overwrite_and_update();
        assert!(student.text().contains("def most") && student.text().contains(ANSWER));
    }
}

#[test]
fn a_question_gets_its_new_name_again_and_keeps_its_answer() {
    for format in ["ipynb", "py"] {
        for (old, new) in [
            // Of the question, of the test, and of the question with another text beside.
            ("\"numbers-of\"", "\"count-of\""),
            ("\"test-numbers-of\"", "\"test-count-of\""),
            (
                "\"grade_id\": \"numbers-of\", \"locked\": false, \"solution\": true}\n#| export\ndef numbers_of(values):\n    \"\"\"Numbers of some",
                "\"grade_id\": \"count-of\", \"locked\": false, \"solution\": true}\n#| export\ndef numbers_of(values):\n    \"\"\"The numbers of some",
            ),
        ] {
            let student = Student::with_notebooks(format);
            student.release("1.2.1", old, new);
            let updated = student.update();
            assert!(updated.contains("merged"), "{updated}");
            student.overwrite_and_update();
            let text = student.text();
            assert!(text.contains("count-of") && text.contains(ANSWER) && !text.contains(STUB), "{text}");
        }
    }
}

#[test]
fn a_test_that_the_student_edited_waits_for_the_next_release() {
    for format in ["ipynb", "py"] {
        let student = Student::with_notebooks(format);
        student.release("1.2.1", "assert numbers_of([1, 2, 3]) > 0", "assert numbers_of([1, 2, 3]) == 3");
        student.update();
        student.mini.edit(student.path, "== 3", "== 3 or True");
        let status = student.mini.run(&["status"]).expect(0).stdout;
        assert!(status.contains("edited  ") && status.contains("up to date"), "{status}");
        let updated = student.update();
        assert!(!updated.contains("merged"), "{updated}");
        assert!(student.text().contains("== 3 or True"));
    }
}
