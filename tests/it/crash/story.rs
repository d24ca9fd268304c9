//! A course of two releases and a student in between. The update from the first to the second creates, replaces, merges a notebook and a
//! `.py`, moves, swaps, removes, sets aside and offers, turns a file into a folder, and rewrites an old `progress.json`. What was exported follows
//! its modules: two trade their names, and one goes to another folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tito::tito;

/// Names of modules in the order of the first release, and of the second: two trade places, one goes, one comes.
const FIRST: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const SECOND: [&str; 4] = ["beta", "alpha", "gamma", "epsilon"];

/// Files that the many ones of a larger course are made of.
const MANY: usize = 40;

/// The module that a notebook exports to.
fn module(id: &str, release: u32) -> &str {
    match (id, release) {
        ("alpha", 2) => "beta",
        ("beta", 2) => "alpha",
        ("gamma", 2) => "parts.gamma",
        (id, _) => id,
    }
}

/// A percent script. The release says what its first cell says.
fn script(id: &str, release: u32) -> String {
    let module = module(id, release);
    format!(
        r##"# %% [markdown]
# # {id}
# This is release {release} of the text.

# %%
#| default_exp {module}

# %% nbgrader={{"grade": false, "grade_id": "{id}-of", "locked": false, "solution": true}}
#| export
def {id}_of(values):
    """{id} of some values."""
    ### BEGIN SOLUTION
    return sum(values) + len(values)
    ### END SOLUTION

# %% nbgrader={{"grade": true, "grade_id": "test-{id}-of", "locked": true, "points": 1, "solution": false}}
assert {id}_of([1, 2, 3]) > 0
"##
    )
}

fn test(id: &str, release: u32) -> String {
    format!(
        "def test_first_{id}():\n    assert 1 + 1 == 2\n\n\ndef test_last_{id}():\n    assert {release} > 0\n"
    )
}

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Edits a file as a student does; what is to be replaced must be there.
fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(text.contains(from), "{path} has no {from}:\n{text}");
    fs::write(root.join(path), text.replace(from, to)).unwrap();
}

fn modules(ids: &[&str], release: u32, root: &Path) {
    for id in ids {
        write(root, &format!("base/modules/{id}/{id}.py"), script(id, release));
        write(root, &format!("base/modules/{id}/README.md"), format!("# {id}\n\nRelease {release}.\n"));
        write(root, &format!("base/modules/{id}/notes.txt"), format!("Notes on {id}, never changed.\n"));
        write(root, &format!("base/tests/{id}/test_{id}.py"), test(id, release));
    }
}

fn catalog(ids: &[&str], release: u32, root: &Path) {
    let mut text = format!(
        "catalog: crash\nversion: 1.0.{release}\ntitle: A base to crash with\npackage: crashpkg\nlayout: {{module: \"modules/{{{{ number }}}}\", tests: \"tests/{{{{ id }}}}\"}}\nmodules:\n"
    );
    for id in ids {
        text += &format!("  - {{id: {id}, title: The {id}}}\n");
    }
    if release == 2 {
        text += "retired:\n  - {module: delta, in: 1.0.2, why: \"it was too much\"}\n";
    }
    write(root, "base/catalog.yml", text);
    let mut course = "course: {id: crash/course, title: A course to crash with}\nbase: {from: {path: base}}\nnumbering: sequential\nmodules:\n".to_owned();
    for id in ids {
        course += &format!("  - {id}\n");
    }
    course += "updates:\n  rules:\n    - {id: merged, units: [alpha], roles: [work], do: merge}\n    - {id: offered, units: [beta], roles: [work], do: offer}\n    - {id: docs, roles: [doc], do: replace}\n";
    write(root, "course.yml", course);
}

fn first(root: &Path) {
    modules(&FIRST, 1, root);
    catalog(&FIRST, 1, root);
    write(root, "base/shared/things", "a file, for now\n");
    write(root, "base/shared/README.md.j2", "{{ modules | length }} modules, release 1\n");
    write(root, "base/shared/tests/conftest.py", "# nothing yet\n");
}

fn second(root: &Path) {
    fs::remove_dir_all(root.join("base")).unwrap();
    modules(&SECOND, 2, root);
    catalog(&SECOND, 2, root);
    write(root, "base/shared/things/inside.txt", "a folder now\n");
    write(root, "base/shared/README.md.j2", "{{ modules | length }} modules, release 2\n");
    write(root, "base/shared/tests/conftest.py", "# something\n");
    write(root, "base/shared/tests/new/test_new.py", "def test_new():\n    assert True\n");
}

/// What the student does with the first release.
fn work(home: &Path) {
    edit(home, "modules/01/alpha.ipynb", "raise NotImplementedError()", "return 1 + sum(values)");
    edit(home, "modules/02/beta.ipynb", "raise NotImplementedError()", "return 2 + sum(values)");
    edit(home, "modules/04/delta.ipynb", "raise NotImplementedError()", "return 4 + sum(values)");
    for unit in ["alpha", "beta", "gamma"] {
        tito(home, &["module", "export", unit]).expect(0);
    }
    edit(home, "crashpkg/gamma.py", "__all__", "# my note\n__all__");
    edit(home, "modules/01/README.md", "# alpha", "# alpha, which I like");
    edit(home, "tests/alpha/test_alpha.py", "1 + 1 == 2", "1 + 1 == 2  # so they say");
    write(home, "modules/01/scratch.txt", "tried this with alpha\n");
    write(home, "modules/02/scratch.txt", "tried this with beta\n");
    write(home, "modules/02/figures/plot.svg", "<svg/>\n");
    write(home, "modules/04/mine.py", "my_own = 4\n");
    write(home, "tests/delta/mine.py", "also_mine = 4\n");
    write(home, "diary.md", "Monday: nothing.\n");
    write(
        home,
        "progress.json",
        "{\"started_modules\": [\"01_alpha\", \"02_beta\"], \"nickname\": \"ada\"}\n",
    );
}

/// Makes the workspace `w` below `root`: made by the first release, worked on, with the second release out.
pub(super) fn before_update(root: &Path) -> PathBuf {
    first(root);
    tito(root, &["init", "w", "--config", "course.yml"]).expect(0);
    let home = root.join("w");
    work(&home);
    second(root);
    home
}

/// A course of more files than are made durable one by one, for `init`.
pub(super) fn before_init(root: &Path) {
    first(root);
    for number in 0..MANY {
        write(root, &format!("base/shared/many/{number}.txt"), format!("file {number}\n"));
    }
}
