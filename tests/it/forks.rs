//! Courses that live for years on a base and on layers of others: what those drop, take and decide is said so that it can be followed.

use std::fs;

use crate::mini::Mini;
use crate::tito::{Ran, tito};

/// A course of the small base with an assignment of its own after `sums`, and without `plots`.
const FORK: &str = "course: {id: fork}\nbase: {from: {path: BASE}}\nmodules:\n  edit:\n    - insert: {unit: pond, after: sums}\n    - drop: [plots]\nassignments:\n  pond: {from: {path: ./pond}}\n";

/// The first unit of the base no longer needs the one that is taken out of it.
const MEANS: &str = "  - {id: means, title: Means, requires: [sums]}\n";

struct Fork(Mini);

impl Fork {
    fn new() -> Self {
        let this = Self(Mini::only(FORK));
        fs::create_dir(this.0.folder().join("pond")).unwrap();
        fs::write(this.0.folder().join("pond/pond.py"), LAB).unwrap();
        this.check().expect(0);
        this
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.folder().join(path), text).unwrap();
    }

    /// Replaces text in a file.
    #[track_caller]
    fn edit(&self, path: &str, old: &str, new: &str) {
        let at = self.0.folder().join(path);
        let text = fs::read_to_string(&at).unwrap();
        assert!(text.contains(old), "{path} has no `{old}`");
        fs::write(at, text.replace(old, new)).unwrap();
    }

    /// The base drops a module.
    fn retire(&self, id: &str) {
        let catalog = self.0.folder().join("base/catalog.yml");
        let text = fs::read_to_string(&catalog).unwrap();
        let start = format!("  - {{id: {id},");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(&start)).collect();
        let retired = format!("retired:\n  - {{module: {id}, in: 1.2.0, why: \"no one liked it\"}}");
        fs::write(catalog, lines.join("\n").replace("retired:", &retired) + "\n").unwrap();
        for folder in ["modules", "tests"] {
            fs::remove_dir_all(self.0.folder().join("base").join(folder).join(id)).unwrap();
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        tito(self.0.folder(), args)
    }

    fn check(&self) -> Ran {
        self.run(&["check"])
    }
}

const LAB: &str = r####"# %% [markdown]
# # Pond

# %% nbgrader={"grade": false, "grade_id": "pond-area", "locked": false, "solution": true}
def area(width, height):
    """The area of a pond."""
    ### BEGIN SOLUTION
    return width * height
    ### END SOLUTION
"####;

#[test]
fn a_unit_that_the_course_drops_may_go_from_the_base() {
    let fork = Fork::new();
    fork.retire("plots");
    let ran = fork.check().expect(0);
    assert!(
        ran.stderr.contains("☞ `plots` was removed") && ran.stderr.contains("from `drop`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_assignment_beside_a_unit_that_is_gone_is_asked_for_another_place() {
    let fork = Fork::new();
    fork.edit("course.yml", "after: sums", "before: plots");
    fork.edit("course.yml", "    - drop: [plots]\n", "");
    fork.retire("plots");
    let ran = fork.check().expect(1);
    assert!(
        ran.stderr.contains("name another unit, or write `first: true` or `last: true`"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("assignment::not-placed"), "said once: {}", ran.stderr);
}

#[test]
fn an_id_that_base_and_course_both_have_is_said_once() {
    let fork = Fork::new();
    fork.edit("base/catalog.yml", MEANS, &format!("{MEANS}  - {{id: pond, title: Pond}}\n"));
    let modules = fork.0.folder().join("base/modules");
    fs::create_dir(modules.join("pond")).unwrap();
    fs::copy(modules.join("numbers/numbers.py"), modules.join("pond/pond.py")).unwrap();
    let ran = fork.check().expect(1);
    assert!(ran.stderr.contains("assignment::id-taken"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("listed twice"), "{}", ran.stderr);
}

/// A rename that names one file twice would change nothing.
#[test]
fn work_under_an_id_that_the_base_took_is_not_advised_what_cannot_help() {
    let fork = Fork::new();
    fork.run(&["lock"]).expect(0);
    fork.edit(
        "base/catalog.yml",
        MEANS,
        &format!("{MEANS}  - {{id: pond, title: Pond, requires: [numbers]}}\n"),
    );
    let modules = fork.0.folder().join("base/modules");
    fs::create_dir(modules.join("pond")).unwrap();
    fs::write(modules.join("pond/pond.py"), "# %% [markdown]\n# # Pond\n").unwrap();
    fork.edit("course.yml", "unit: pond", "unit: lake");
    fork.edit("course.yml", "  pond: {from", "  lake: {from");
    let ran = fork.check().expect(1);
    assert!(ran.stderr.contains("lock::file-renamed"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("file: pond.py, to: pond.py"), "{}", ran.stderr);
    assert!(ran.stderr.contains("which no rename can say"), "{}", ran.stderr);
}

#[test]
fn a_section_leaves_out_an_assignment_of_its_faculty_without_a_warning() {
    let fork = Fork::new();
    fork.write(
        "section.yml",
        "extends: ./course.yml\ncourse: {id: fork/a}\nmodules: {edit: [{drop: [pond]}]}\n",
    );
    let ran = fork.run(&["check", "section.yml"]).expect(0);
    assert!(!ran.stderr.contains("assignment::not-placed"), "{}", ran.stderr);
    // The layer that declares it may have forgotten it.
    fork.edit("course.yml", "    - insert: {unit: pond, after: sums}\n", "");
    let ran = fork.check().expect(0);
    assert!(ran.stderr.contains("assignment::not-placed"), "{}", ran.stderr);
}

#[test]
fn a_rule_that_loses_to_a_final_one_is_not_advised_to_come_first() {
    let fork = Fork::new();
    let rules = |id: &str, more: &str| {
        format!("updates:\n  rules:\n    - {{id: {id}, roles: [test], do: replace{more}}}\n")
    };
    let course = fs::read_to_string(fork.0.folder().join("course.yml")).unwrap();
    fork.write("course.yml", &format!("{course}{}", rules("fixed", ", edited: merge, final: true")));
    let section = format!("extends: ./course.yml\ncourse: {{id: fork/a}}\n{}", rules("mine", ""));
    fork.write("section.yml", &section);
    let ran = fork.run(&["check", "section.yml"]).expect(0);
    assert!(ran.stderr.contains("rule::never-wins"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("a final rule of an outer layer decides before every other"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("before the wider one"), "{}", ran.stderr);
}
