//! The bundled base course, compiled by `tito init`: its notebooks before the judges, and the harness of `tests/base` on what students get.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::judges::{judge, python_alone};
use crate::tito::{ran, root, tito, tree};

/// A workspace of the course in `examples/EXAMPLE`, in a folder of that name.
fn compiled(into: &Path, example: &str, tier: &str) -> PathBuf {
    let course = root().join("examples").join(example).join("course.yml");
    later(into, &["init", example, "--config", course.to_str().unwrap(), "--tier", tier]);
    into.join(example)
}

/// tito, once every unit of every example is open.
fn later(folder: &Path, args: &[&str]) {
    let mut command = crate::tito::command(folder);
    ran(&command.env("TITO_NOW", "2029-01-01T00:00:00Z").args(args).output().unwrap()).expect(0);
}

/// The notebooks of a workspace, by path.
fn notebooks(workspace: &Path) -> Vec<(String, Vec<u8>)> {
    tree(workspace).into_iter().filter(|(path, _)| path.ends_with(".ipynb")).collect()
}

/// Exports every notebook into the package of the workspace, as a student does.
fn export_all(workspace: &Path) {
    later(workspace, &["module", "export", "--all"]);
}

/// The whole course as its instructor has it, exported.
fn instructors() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = compiled(folder.path(), "full", "instructor");
    export_all(&workspace);
    (folder, workspace)
}

/// Runs a script of the harness; it must end with 0.
#[track_caller]
fn harness(script: &str, workspaces: &[&Path]) {
    harness_of(script, workspaces, &[]);
}

/// The same with options.
#[expect(clippy::print_stdout, reason = "the rate of each module is for people who look, by --show-output")]
#[track_caller]
fn harness_of(script: &str, workspaces: &[&Path], options: &[&str]) {
    let output = python_alone()
        .arg(root().join("tests/base").join(script))
        .args(workspaces)
        .args(options)
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{script}:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" passed, 0 failed"), "{script} does not say what passed:\n{said}");
}

/// Writes the notebooks of a workspace into one folder, each under its own name.
fn gather(workspace: &Path, into: &Path) -> usize {
    let found = notebooks(workspace);
    for (path, bytes) in &found {
        fs::write(into.join(path.rsplit('/').next().unwrap()), bytes).unwrap();
    }
    found.len()
}

#[test]
fn the_name_of_the_package_is_written_once() {
    let modules = tree(&root().join("templates/modules"));
    let named: Vec<&String> = modules
        .iter()
        .filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("tinytorch"))
        .map(|(path, _)| path)
        .collect();
    assert!(modules.len() >= 40 && named.is_empty(), "write {{{{ package }}}} in {named:?}");
    // The workspace's own distribution is called neither like the package nor like the program's: pip would replace one by the other.
    let folder = tempfile::tempdir().unwrap();
    let workspace = compiled(folder.path(), "quickstart", "student");
    let project = fs::read_to_string(workspace.join("pyproject.toml")).unwrap();
    assert!(project.contains("\nname = \"tinytorch-workspace\"\n"), "{project}");
    assert!(project.contains("include = [\"tinytorch*\"]"), "{project}");
}

#[test]
fn the_notebooks_of_every_tier_are_as_jupyter_saves_them() {
    for tier in ["instructor", "student", "challenge"] {
        let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let workspace = compiled(folder.path(), "full", tier);
        assert_eq!(gather(&workspace, out.path()), 24);
        let report = judge("merge_jupyter.py", &["check".as_ref(), out.path()]);
        assert!(report.is_empty(), "{tier}: {report}");
    }
}

/// What every workspace has beside its modules, the drawing functions and the helpers of tests: they need no workspace to be tested.
#[test]
fn pictures_and_messages_of_tests_are_right() {
    let output = python_alone()
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .args(
            [
                "test_pictures.py",
                "test_testing.py",
                "test_handdigits.py",
                "test_prose.py",
                "test_versions.py",
            ]
            .map(|file| root().join("tests/base").join(file)),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(" passed"), "{said}");
}

/// A student plans by the README, a schedule by the catalog: both name the same hours.
#[test]
fn every_readme_names_the_hours_of_the_catalog() {
    let templates = root().join("templates");
    let catalog = fs::read_to_string(templates.join("catalog.yml")).unwrap();
    let (mut module, mut checked) = ("", 0);
    for line in catalog.lines() {
        if let Some(id) = line.strip_prefix("  - id: ") {
            module = id;
        } else if let Some(hours) = line.strip_prefix("    hours: ") {
            let readme = templates.join("modules").join(module).join("README.md.j2");
            let text = fs::read_to_string(readme).unwrap();
            assert_eq!(text.matches("About ").count(), 1, "{module}: one line names the hours");
            assert!(
                text.contains(&format!("About {hours} hours")),
                "{module}: the catalog says {hours} hours"
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 24);
}

/// Before numpy 2, Python integers became int32 on Windows, and the dtype rules of the course did not hold there.
#[test]
fn a_workspace_asks_for_numpy_2() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = compiled(folder.path(), "full", "student");
    for file in ["requirements.txt", "pyproject.toml"] {
        let text = fs::read_to_string(workspace.join(file)).unwrap();
        assert!(text.contains("numpy>=2") && text.matches("numpy>=").count() == 1, "{file}:\n{text}");
    }
}

/// nbgrader knows no roles, so the base is compiled without them: then every region is the student's to write.
#[test]
fn the_student_tier_is_what_nbgrader_makes_of_the_instructors() {
    let folder = tempfile::tempdir().unwrap();
    let mut roles = 0;
    for (path, bytes) in tree(&root().join("templates")) {
        let to = folder.path().join("base").join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        if !path.ends_with(".py.j2") {
            fs::write(to, bytes).unwrap();
            continue;
        }
        let mut text = String::from_utf8(bytes).unwrap();
        for role in [" role=\"core\"", " role=\"scaffold\"", " role=\"challenge\""] {
            roles += text.matches(role).count();
            text = text.replace(role, "");
        }
        fs::write(to, text).unwrap();
    }
    assert!(roles > 100, "the base has {roles} regions with a role");
    fs::write(folder.path().join("course.yml"), "course: {id: t}\nbase: {from: {path: ./base}}\n").unwrap();
    let (sources, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (tier, out) in [("instructor", &sources), ("student", &ours)] {
        tito(folder.path(), &["init", tier, "--config", "course.yml", "--tier", tier]).expect(0);
        assert_eq!(gather(&folder.path().join(tier), out.path()), 24);
    }
    let report = judge("grading.py", &[sources.path(), ours.path()]);
    assert!(report.is_empty(), "{report}");
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn every_notebook_runs_in_a_fresh_kernel() {
    let (_folder, workspace) = instructors();
    harness("execute.py", &[&workspace]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn every_solution_region_is_under_test() {
    let (_folder, workspace) = instructors();
    harness("regions.py", &[&workspace]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn nothing_passes_before_a_student_writes() {
    let (_folder, workspace) = instructors();
    let students = tempfile::tempdir().unwrap();
    let student = compiled(students.path(), "full", "student");
    harness("student_fails.py", &[&workspace, &student]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn what_the_catalog_requires_is_enough() {
    let (_folder, workspace) = instructors();
    harness("requirements.py", &[&workspace, &root().join("templates/catalog.yml")]);
}

/// By reading: no syntax and no name of the standard library that Python 3.10 lacks, or that 3.14 has no more.
#[test]
#[ignore = "minutes; .ci/run runs it"]
fn the_course_is_for_python_3_10_to_3_14() {
    let (_folder, workspace) = instructors();
    harness("versions.py", &[&workspace]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn mutants_are_caught() {
    let (_folder, workspace) = instructors();
    // Twice as many as the harness asks of the whole base; without the option it makes four times as many.
    harness_of("mutants.py", &[&workspace], &["--per-module", "20"]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn wrong_answers_are_noticed_and_right_ones_accepted() {
    let (_folder, workspace) = instructors();
    harness("answers.py", &[&workspace]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn the_tests_that_a_kit_names_show_its_mistakes() {
    let (_folder, workspace) = instructors();
    harness("kits.py", &[&workspace]);
}

#[test]
#[ignore = "minutes; .ci/run runs it"]
fn every_milestone_is_reached() {
    let (_folder, workspace) = instructors();
    harness("milestones.py", &[&workspace]);
}

/// The whole base is one of the examples. What several examples share is run once.
#[test]
#[ignore = "minutes; .ci/run runs it"]
fn the_tests_of_every_example_pass_with_its_own_modules() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspaces = Vec::new();
    let mut examples: Vec<_> = fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("course.yml").exists())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    examples.sort();
    assert!(examples.contains(&"full".to_owned()) && examples.len() >= 10, "{examples:?}");
    for example in &examples {
        let workspace = compiled(folder.path(), example, "instructor");
        export_all(&workspace);
        workspaces.push(workspace);
    }
    let paths: Vec<&Path> = workspaces.iter().map(PathBuf::as_path).collect();
    harness("subcourses.py", &paths);
}

/// What the capstone needs, in the order of the catalog.
const CAPSTONE: [&str; 14] = [
    "tensor",
    "activations",
    "layers",
    "losses",
    "dataloader",
    "autograd",
    "optimizers",
    "training",
    "tokenization",
    "embeddings",
    "attention",
    "transformers",
    "profiling",
    "benchmarking",
];

/// The capstone takes what a course has: with each one of the optimisations left out, and with none of them, its tests and graded cells pass.
/// (Those of the other modules know nothing of it: `what_the_catalog_requires_is_enough`.) With one left out, the milestone that measures is
/// still reached.
#[test]
#[ignore = "minutes; .ci/run runs it"]
fn the_capstone_lives_without_any_one_optimisation() {
    let optional = ["quantization", "compression", "acceleration", "memoization"];
    let folder = tempfile::tempdir().unwrap();
    let mut workspaces = Vec::new();
    let without = |left: &[&str]| optional.into_iter().filter(|id| !left.contains(id)).collect::<Vec<_>>();
    let mut courses: Vec<(String, Vec<&str>)> =
        optional.iter().map(|id| (format!("without-{id}"), without(&[*id]))).collect();
    courses.push(("with-none".to_owned(), without(&optional)));
    for (name, chosen) in &courses {
        let modules = [&CAPSTONE[..], chosen, &["capstone"]].concat().join(", ");
        let course =
            format!("course: {{id: t/{name}, title: T}}\nmodules: [{modules}]\nmilestones: [mlperf]\n");
        let file = format!("{name}.yml");
        fs::write(folder.path().join(&file), course).unwrap();
        later(folder.path(), &["init", name, "--config", &file, "--tier", "instructor"]);
        let workspace = folder.path().join(name);
        export_all(&workspace);
        workspaces.push(workspace);
    }
    let paths: Vec<&Path> = workspaces.iter().map(PathBuf::as_path).collect();
    harness_of("subcourses.py", &paths, &["--only", "capstone"]);
    // With neither quantization nor compression the milestone has nothing to compare, and says so.
    for workspace in workspaces.iter().take(optional.len()) {
        harness("milestones.py", &[workspace]);
    }
}

/// Students read the tests, in a notebook beside a file browser: a line fits there.
#[test]
fn the_lines_of_tests_are_short() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = compiled(folder.path(), "full", "student");
    let mut long = Vec::new();
    let mut look = |path: &str, text: &str| {
        for line in text.lines().filter(|line| line.chars().count() > 100) {
            long.push(format!("{path}: {line}"));
        }
    };
    for (path, bytes) in tree(&workspace) {
        if path.ends_with(".ipynb") {
            let notebook: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            for cell in notebook["cells"].as_array().unwrap() {
                let flags = &cell["metadata"]["nbgrader"];
                if cell["cell_type"] == "code" && flags["grade"] == true && flags["solution"] == false {
                    let lines = cell["source"].as_array().unwrap();
                    look(&path, &lines.iter().map(|line| line.as_str().unwrap()).collect::<String>());
                }
            }
        } else if path.starts_with("tests/") && path.ends_with(".py") {
            look(&path, std::str::from_utf8(&bytes).unwrap());
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
