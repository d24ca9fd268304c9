//! The texts that go with the tree.

use crate::compile::Target;

use super::assignment::Assignment;

/// A string of Python (and JSON): what a course calls itself cannot leave it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `nbgrader_config.py`.
pub(super) fn config(target: &Target) -> String {
    let course = quoted(&target.course.replace('/', "-"));
    let stubs = target.stubs.code_stub().map(|all| {
        let line = |(language, stub): (&str, &str)| format!("    {}: {},\n", quoted(language), quoted(stub));
        let lines: String = all.into_iter().map(line).collect();
        format!("\n# The course's stubs.\nc.ClearSolutions.code_stub = {{\n{lines}}}\n")
    });
    let text = format!(
        r#"# Made by `tito nbgrader`; change what you like.
import os
from pathlib import Path

here = Path(__file__).resolve().parent

c = get_config()
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = {course}

# Notebooks import what the units before them built: the solved package, for every kernel that nbgrader starts.
paths = [str(here / "package"), os.environ.get("PYTHONPATH")]
os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)

# Notebooks measure things; give them time.
c.ExecutePreprocessor.timeout = 300
"#
    );
    text + &stubs.unwrap_or_default()
}

/// `README.md`.
pub(super) fn readme(target: &Target, assignments: &[Assignment]) -> String {
    let first = assignments.first().map_or("UNIT", |assignment| assignment.id.as_str());
    let notebook = assignments.first().and_then(|assignment| assignment.notebooks.first());
    let notebook = notebook.map_or("NOTEBOOK.ipynb", String::as_str);
    let mut text = format!(
        "# {}, for nbgrader\n\nMade by `tito nbgrader` from base {} {}. It contains every solution: keep it private.\n\n\
         | assignment | title | points |\n|---|---|---|\n",
        target.course, target.base, target.base_version
    );
    for assignment in assignments {
        let title = assignment.title.replace('|', "\\|");
        text += &format!("| {} | {title} | {} |\n", assignment.id, assignment.points);
    }
    text + &format!(
        r"
Run nbgrader (0.9) in this folder, with a Python that has what `requirements.txt` of the course names.

1. What students get, in `release/{first}/`:

       nbgrader generate_assignment {first} --create

2. What a student hands in goes to `submitted/STUDENT/{first}/{notebook}`.
3. Grade it, and write the feedback, to `feedback/STUDENT/{first}/`:

       nbgrader autograde {first} --create
       nbgrader generate_feedback {first}

4. All grades as a table: `nbgrader export`.

`source/` is what nbgrader starts from, and `package/` the solved package that notebooks import from while they are graded.
After a new release of the base or a change of the course run `tito nbgrader` again, into this folder: it renews what it wrote and you did not
edit, and says what changed. The gradebook, `submitted/` and your own files stay as they are. Then `nbgrader generate_assignment {first} --force`.
"
    )
}
