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

/// Where the notebook of `numbers` is after a release that calls it something else.
const RENAMED: &str = "modules/01_numbers/counting.ipynb";

/// A student whose notebook has another name since the last update, while their editor still has it under the old one.
fn renamed() -> Student {
    let student = Student::with_notebooks("ipynb");
    let renames = "renames:\n  - {file: numbers.py, to: counting.py, unit: numbers, in: 1.2.1}";
    let catalog = student.mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap().replace("renames:", renames);
    fs::write(&catalog, text).unwrap();
    student.release("1.2.1", "Numbers of some", "Numbers of many");
    let module = student.mini.folder().join(MODULE);
    fs::rename(&module, module.with_file_name("counting.py")).unwrap();
    let updated = student.update();
    assert!(updated.contains("a notebook that moved is open in Jupyter? Close it there"), "{updated}");
    assert!(student.mini.text(RENAMED).contains(ANSWER) && !student.mini.at(student.path).exists());
    student
}

/// Does every verb that should name the copy do so? `submit` asks then.
fn is_named(student: &Student) -> bool {
    let said = format!("saved it again as {}", student.path);
    let verbs = [&["status"][..], &["update", "--check"], &["update"]];
    let named = verbs.map(|args| {
        let stdout = student.mini.run(args).expect(0).stdout;
        assert_eq!(
            stdout.contains(&said),
            stdout.contains(RENAMED) && stdout.contains("old name"),
            "{stdout}"
        );
        stdout.contains(&said)
    });
    let json = student.mini.run(&["status", "--format", "json"]).expect(0).stdout;
    assert_eq!(json.contains("\"saved-again\""), named[0], "{json}");
    let submitted = student.mini.run(&["submit", "numbers", "-o", "out.zip"]);
    assert_eq!(submitted.code, if named[0] { 2 } else { 0 }, "{}", submitted.stderr);
    assert_eq!(submitted.stderr.contains(&said), named[0], "{}", submitted.stderr);
    assert!(named.iter().all(|other| *other == named[0]), "{named:?}");
    named[0]
}

#[test]
fn a_notebook_that_is_saved_under_its_old_name_is_named_and_nothing_is_changed() {
    let student = renamed();
    let (mini, old) = (&student.mini, at_old_name(&student));
    let newer = student.open.replace(ANSWER, "return 0 + len(values)  # newer");
    fs::write(&old, &newer).unwrap();
    let kept = mini.text(RENAMED);
    assert!(is_named(&student));
    let status = mini.run(&["status"]).expect(0).stdout;
    assert!(status.contains("1 file saved under an old name") && !status.contains("up to date"), "{status}");
    assert_eq!((mini.text(RENAMED), mini.text(student.path)), (kept.clone(), newer));
    mini.run(&["submit", "numbers", "-o", "as-it-is.zip", "--yes"]).expect(0);
    // An editor that saves again what tito moved has nothing that could be missed.
    fs::write(&old, &kept).unwrap();
    let status = mini.run(&["status"]).expect(0).stdout;
    assert!(!status.contains("old name"), "{status}");
    fs::write(&old, student.open.replace(ANSWER, "return 1  # newer")).unwrap();
    assert!(mini.run(&["status"]).expect(0).stdout.contains("old name"));
    fs::remove_file(&old).unwrap();
    assert!(!mini.run(&["update"]).expect(0).stdout.contains("old name"));
}

#[test]
fn what_is_at_an_old_place_and_is_no_copy_is_not_named() {
    let student = renamed();
    let old = at_old_name(&student);
    let another = student.mini.text("modules/03_means/means.ipynb").replace("means", "other");
    for text in [another.as_str(), "", "{", "notes\n"] {
        fs::write(&old, text).unwrap();
        let status = student.mini.run(&["status"]).expect(0).stdout;
        assert!(!status.contains("old name"), "{text}: {status}");
    }
    fs::remove_file(&old).unwrap();
    assert!(!is_named(&student));
}

#[test]
fn an_editor_that_creates_the_folder_of_a_renumbered_unit_again_is_noticed() {
    let mini = Mini::new("student");
    let (old, new) = ("modules/02_sums/sums.ipynb", "modules/03_sums/sums.ipynb");
    let open = mini.text(old).replace(STUB, "return sum(values)");
    let course = COURSE
        .replace("BASE", "base")
        .replace("modules: all", "numbering: sequential\nmodules: [numbers, plots, sums, means]");
    fs::write(mini.folder().join("course.yml"), course).unwrap();
    mini.run(&["update"]).expect(0);
    fs::create_dir_all(mini.at("modules/02_sums")).unwrap();
    fs::write(mini.at(old), open).unwrap();
    let updated = mini.run(&["update"]).expect(0).stdout;
    assert!(updated.contains(&format!("saved it again as {old}")) && updated.contains(new), "{updated}");
    assert!(mini.text(old).contains("return sum(values)"));
}

fn at_old_name(student: &Student) -> std::path::PathBuf {
    student.mini.at(student.path)
}
