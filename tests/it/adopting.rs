//! `tito catalog` on imitations of public repositories, in `tests/adopt`: what is sketched, what a person must decide, and what then
//! compiles. Beside each is the catalog that is sketched, and what is said.

use std::fs;
use std::path::Path;

use crate::mini::copy;
use crate::tito::{golden, root, tito};

/// A copy of the imitation `name`, in a folder of that name.
fn repository(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join(name);
    copy(&root().join("tests/adopt").join(name), &at);
    (folder, at)
}

fn sketched(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, at) = repository(name);
    let ran = tito(folder.path(), &["catalog", "init", name, "--color", "never"]).expect(0);
    let said =
        format!("{}\n# --- catalog.yml\n{}", ran.stdout, fs::read_to_string(at.join("catalog.yml")).unwrap());
    golden(&root().join("tests/adopt").join(format!("{name}.txt")), &said);
    (folder, at)
}

#[test]
fn numbered_folders_with_a_package() {
    let (folder, at) = sketched("numbered");
    assert!(!at.join("course.yml").exists());
    let ran = tito(folder.path(), &["catalog", "check", "numbered", "--color", "never"]);
    assert_eq!(ran.code, 0, "{}", ran.text());
}

#[test]
fn a_course_of_plain_notebooks() {
    let (_folder, at) = sketched("plain");
    tito(&at, &["check"]).expect(0);
    tito(&at, &["init", "../ws"]).expect(0);
    assert!(at.join("../ws/modules/01_ps1/1 - Means.ipynb").exists());
}

#[test]
fn a_course_in_r() {
    let (_folder, at) = sketched("nbgrader-r");
    tito(&at, &["check"]).expect(0);
}

#[test]
fn run_again_it_proposes_only_what_is_new() {
    let (folder, at) = sketched("numbered");
    let again = || tito(folder.path(), &["catalog", "init", "numbered", "--color", "never"]);
    let before = fs::read(at.join("catalog.yml")).unwrap();
    assert!(again().stdout.contains("has every unit"), "{}", again().text());
    copy(&at.join("src/02_layers"), &at.join("src/05_blocks"));
    let said = again().stdout;
    assert!(said.contains("id: blocks") && said.contains("from: src/05_blocks"), "{said}");
    assert!(!said.contains("id: layers") && !said.contains("oldpkg:"), "{said}");
    assert_eq!(fs::read(at.join("catalog.yml")).unwrap(), before, "a catalog that is there stays as it is");
}

#[test]
fn a_folder_without_notebooks_gets_no_catalog() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "# Nothing\n").unwrap();
    let ran = tito(folder.path(), &["catalog", "init"]);
    assert_eq!(ran.code, 1, "{}", ran.text());
    assert!(!folder.path().join("catalog.yml").exists());
}

#[test]
fn files_that_reach_no_course_are_listed() {
    let (folder, at) = sketched("numbered");
    let unused =
        |args: &[&str]| tito(folder.path(), &[&["catalog", "check", "--unused", "numbered"], args].concat());
    let said = unused(&["--color", "never"]).stdout;
    assert!(said.contains("scripts/release.py") && said.contains("modules/01_tensor/tensor.py"), "{said}");
    assert!(!said.contains("src/01_tensor/01_tensor.py") && !said.contains("ABOUT.md"), "{said}");
    // What the catalog excludes is known not to reach any.
    let catalog = at.join("catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    assert!(text.contains("exclude:\n"));
    fs::write(&catalog, text.replace("exclude:\n", "exclude:\n  - \"scripts/**\"\n")).unwrap();
    assert!(!unused(&[]).stdout.contains("scripts/release.py"));
}

#[test]
fn a_mistake_of_the_base_is_found_without_a_course() {
    let (folder, at) = sketched("numbered");
    let catalog = at.join("catalog.yml");
    change(&catalog, "from: src/01_tensor", "from: src/01_tensors");
    let ran = tito(folder.path(), &["catalog", "check", "numbered", "--color", "never"]);
    assert_eq!(ran.code, 1);
    assert!(ran.text().contains("catalog::missing-folder"), "{}", ran.text());
}

#[test]
fn files_are_excluded_or_the_instructors() {
    let (_folder, at) = sketched("numbered");
    fs::write(at.join("course.yml"), "course: {id: numbered}\nbase: {from: {path: .}}\n").unwrap();
    let about = "ws/modules/02_layers/ABOUT.md";
    let get = |tier: &str| {
        let _ = fs::remove_dir_all(at.join("ws"));
        tito(&at, &["init", "ws", "--tier", tier]).expect(0);
        at.join(about).exists()
    };
    assert!(get("student"));
    change(&at.join("catalog.yml"), "modules:\n", "roles: {instructor: [\"**/ABOUT.md\"]}\nmodules:\n");
    assert!(!get("student") && get("instructor"));
    change(&at.join("catalog.yml"), "roles: {instructor: ", "exclude: ");
    change(&at.join("catalog.yml"), "ABOUT.md\"]}", "ABOUT.md\", \"src/02_layers/layers.ipynb\"]");
    let text = fs::read_to_string(at.join("catalog.yml")).unwrap();
    let guess = text.lines().filter(|line| !line.contains("guess: made from") && *line != "exclude:");
    fs::write(at.join("catalog.yml"), guess.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    assert!(!get("instructor"));
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}: no {from} in {text}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}
