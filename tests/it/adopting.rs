//! `tito catalog` on imitations of public repositories, in `tests/adopt`: what is sketched, what a person must decide, and what then
//! compiles. Beside each is the catalog that is sketched, and what is said.

use std::fs;
use std::path::Path;

use crate::judges::python_says;
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
fn plain_notebooks_are_source_of_everything() {
    let (_folder, at) = sketched("plain");
    // The base's notebook keeps what Jupyter wrote; what students get is made of it.
    let source = at.join("instructor/source/ps1/1 - Means.ipynb");
    let before = fs::read(&source).unwrap();
    fs::write(at.join("course.yml"), "course: {id: statistics}\nbase: {from: {path: .}}\nnotebooks: py\n")
        .unwrap();
    tito(&at, &["init", "ws"]).expect(0);
    let script = fs::read_to_string(at.join("ws/modules/01_ps1/1 - Means.py")).unwrap();
    assert!(script.contains("raise NotImplementedError()") && !script.contains("sum(values)"), "{script}");
    assert_eq!(fs::read(&source).unwrap(), before);
    // Problems name the cell and its line.
    change(&source, "### END SOLUTION", "### THE END");
    let text = tito(&at, &["check", "--color", "never"]).text();
    assert!(text.contains("1 - Means.ipynb, cell 2:2"), "{text}");
    change(&source, "### THE END", "### END SOLUTION");
    // A solution that is elsewhere, too, is found.
    fs::write(
        at.join("instructor/source/ps2/hint.md"),
        "    ordered = sorted(values)\n    return ordered[len(ordered) // 2]\n",
    )
    .unwrap();
    let text = tito(&at, &["check", "--color", "never"]).text();
    assert!(
        text.contains("notebook::solution-leak") && text.contains("2 - Medians.ipynb, cell 2:3"),
        "{text}"
    );
}

#[test]
fn nbgrader_releases_the_same_from_plain_notebooks() {
    let (_folder, at) = sketched("plain");
    tito(&at, &["nbgrader", "grading"]).expect(0);
    tito(&at, &["init", "ws"]).expect(0);
    let tree = at.join("grading");
    python_says("tests/judges/nbgrader_loop.py", &[Path::new("release"), &tree, Path::new("ps1")]);
    let cells = |path: std::path::PathBuf| {
        let value: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let text = |source: &serde_json::Value| match source {
            serde_json::Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
            other => other.as_str().unwrap().to_owned(),
        };
        let cells = value["cells"].as_array().unwrap().iter();
        cells.map(|cell| (text(&cell["source"]), cell["metadata"]["nbgrader"].clone())).collect::<Vec<_>>()
    };
    let ours = cells(at.join("ws/modules/01_ps1/1 - Means.ipynb"));
    assert_eq!(ours, cells(tree.join("release/ps1/1 - Means.ipynb")));
    assert_eq!(ours.len(), 3);
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
    let one: serde_json::Value = serde_json::from_str(&unused(&["--format", "json"]).stdout).unwrap();
    assert!(one["unused"].as_array().unwrap().iter().any(|path| path == "scripts/release.py"), "{one}");
    assert!(one["diagnostics"].is_array() && one["summary"].is_object(), "{one}");
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

#[test]
fn a_role_that_the_catalog_gives_decides_what_an_update_does() {
    let (_folder, at) = sketched("numbered");
    fs::write(at.join("src/02_layers/table.bin"), "0").unwrap();
    fs::write(at.join("src/02_layers/drawing.py"), "# %%\nprint('a script of its own')\n").unwrap();
    fs::write(at.join("course.yml"), "course: {id: numbered}\nbase: {from: {path: .}}\n").unwrap();
    let roles = || {
        let _ = fs::remove_dir_all(at.join("ws"));
        tito(&at, &["init", "ws"]).expect(0);
        let role = |name: &str| {
            let path = format!("modules/02_layers/{name}");
            let args = ["explain", &path, "--config", "course.yml", "--format", "json"];
            let file: serde_json::Value = serde_json::from_str(&tito(&at, &args).expect(0).stdout).unwrap();
            file["role"].as_str().unwrap().to_owned()
        };
        let drawing =
            if at.join("ws/modules/02_layers/drawing.py").exists() { "drawing.py" } else { "drawing.ipynb" };
        [role("table.bin"), role(drawing), role("ABOUT.md")]
    };
    assert_eq!(roles(), ["support", "work", "doc"]);
    assert!(at.join("ws/modules/02_layers/drawing.ipynb").exists());
    change(
        &at.join("catalog.yml"),
        "modules:\n",
        "roles: {data: [\"**/*.bin\"], support: [\"src/**/drawing.py\"], test: [\"**/*.md\"]}\nmodules:\n",
    );
    assert_eq!(roles(), ["data", "support", "test"]);
    assert!(at.join("ws/modules/02_layers/drawing.py").exists(), "a script of another role stays a script");
    // What is graded is a notebook whatever the catalog says: no solution ships because of a role.
    let graded = "# %% nbgrader={\"grade_id\": \"draw\", \"solution\": true}\ndef draw():\n    ### BEGIN SOLUTION\n    return 'a line of its own'\n    ### END SOLUTION\n";
    fs::write(at.join("src/02_layers/drawing.py"), graded).unwrap();
    assert_eq!(roles()[1], "support");
    let given = fs::read_to_string(at.join("ws/modules/02_layers/drawing.ipynb")).unwrap();
    assert!(!given.contains("a line of its own"), "{given}");
}

#[test]
fn numbers_in_texts_are_listed_with_what_to_write_instead() {
    let (folder, at) = sketched("numbered");
    let check = || tito(folder.path(), &["catalog", "check", "numbered", "--color", "never"]);
    let said = check().expect(0).text();
    assert_eq!(said.matches("catalog::number-in-text").count(), 3, "each script says its own number: {said}");
    assert!(
        said.contains("rename it to `02_layers.py.j2`") && said.contains("`{{ unit.number }}`"),
        "{said}"
    );
    // A notebook is not rendered as it is, and a course hears nothing of it.
    let notebook = at.join("src/04_losses/extra.ipynb");
    let cell = "{\"cell_type\": \"markdown\", \"id\": \"a\", \"metadata\": {}, \"source\": [\"As in\\n\", \"Module 02.\"]}";
    fs::write(
        &notebook,
        format!("{{\"cells\": [{cell}], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": 5}}\n"),
    )
    .unwrap();
    let said = check().text();
    assert!(said.contains("extra.ipynb, cell 1:2:1") && said.contains("write titles instead"), "{said}");
    assert!(said.contains("{% if units.layers is defined %}{{ units.layers.number }}{% endif %}"), "{said}");
    fs::write(at.join("course.yml"), "course: {id: numbered}\nbase: {from: {path: .}}\n").unwrap();
    assert!(!tito(&at, &["check"]).text().contains("number-in-text"));
    // `allow` of the catalog settles them, and is of use to no one else.
    change(
        &at.join("catalog.yml"),
        "modules:\n",
        "allow: [{code: catalog::number-in-text, paths: [\"src/**\"], why: \"one course only\"}]\nmodules:\n",
    );
    assert!(!check().expect(0).text().contains("number-in-text"));
    assert!(!tito(&at, &["check"]).text().contains("unused-allow"));
}

#[test]
fn two_versions_of_one_notebook_are_named_and_one_is_left_out() {
    let (folder, at) = repository("numbered");
    let script = at.join("src/02_layers/02_layers.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::rename(&script, at.join("src/02_layers/layers_dev.py")).unwrap();
    fs::remove_file(at.join("src/02_layers/layers.ipynb")).unwrap();
    let exported = text.replace("### BEGIN SOLUTION", "# solved").replace("### END SOLUTION", "# solved");
    fs::write(at.join("src/02_layers/layers.py"), exported).unwrap();
    let said = tito(folder.path(), &["catalog", "init", "numbered"]).expect(0).stdout;
    assert!(said.contains("src/02_layers/layers.py: the same work as `layers_dev.py`"), "{said}");
    let catalog = fs::read_to_string(at.join("catalog.yml")).unwrap();
    assert!(
        catalog.contains("- \"src/02_layers/layers.py\"   # guess: the same work as layers_dev.py"),
        "{catalog}"
    );
    // A catalog that someone wrote does not leave it out.
    change(
        &at.join("catalog.yml"),
        "exclude:\n  - \"src/02_layers/layers.py\"   # guess: the same work as layers_dev.py\n",
        "",
    );
    let check = || tito(folder.path(), &["catalog", "check", "numbered", "--color", "never"]);
    assert!(check().text().contains("catalog::same-work"), "{}", check().text());
    tito(folder.path(), &["catalog", "fix", "numbered", "--yes"]).expect(0);
    let said = check().expect(0).text();
    assert!(!said.contains("catalog::same-work"), "{said}");
    let catalog = fs::read_to_string(at.join("catalog.yml")).unwrap();
    assert!(catalog.contains("exclude:\n  - \"src/02_layers/layers.py\"\nmodules:"), "{catalog}");
}

#[test]
fn data_and_years_are_taken_from_the_code() {
    let (folder, at) = repository("numbered");
    fs::write(at.join("milestones/02_mlp/README.md"), "# Layers on layers\n\nBack-propagation, 1986.\n")
        .unwrap();
    change(
        &at.join("milestones/02_mlp/train.py"),
        "URL = 'https://data.example/mnist.npz'",
        "URL = 'https://data.example/mnist.npz'\nurlretrieve('https://data.example/labels?kind=train', 'labels')\nrows = load_dataset('moons')",
    );
    let said = tito(folder.path(), &["catalog", "init", "numbered"]).expect(0).stdout;
    assert!(said.contains("train.py:5: it downloads the data set `moons` by its name"), "{said}");
    let catalog = fs::read_to_string(at.join("catalog.yml")).unwrap();
    assert!(catalog.contains("year: 1986   # guess: README.md:3"), "{catalog}");
    let entries = catalog.split_once("# datasets:\n").unwrap().1;
    // Uncommented and completed, they are entries.
    let entries = entries.lines().map(|line| line.strip_prefix("# ").unwrap()).collect::<Vec<_>>().join("\n");
    let digest = "0".repeat(64);
    let entries = entries.replace("sha256:", &format!("sha256: \"{digest}\"")).replace("bytes:", "bytes: 1");
    fs::write(
        at.join("catalog.yml"),
        format!("{}datasets:\n{entries}\n", catalog.split_once("# Code downloads").unwrap().0),
    )
    .unwrap();
    let ran = tito(folder.path(), &["catalog", "check", "numbered", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert!(entries.contains("id: mnist") && entries.contains("id: labels"), "{entries}");
}

/// A module of the imitation of TinyTorch through three releases.
fn module(title: &str, hint: &str) -> String {
    format!(
        "# %% [markdown]\n# # {title}\n\n# %%\n#| default_exp core.tensor\n\n\
         # %% nbgrader={{\"grade\": false, \"grade_id\": \"tensor-add\", \"solution\": true}}\n#| export\n\
         def add(a, b):\n    \"\"\"{hint}\"\"\"\n    ### BEGIN SOLUTION\n    return [x + y for x, y in zip(a, b)]\n    ### END SOLUTION\n"
    )
}

#[test]
fn files_are_renamed_and_renumbered_and_no_work_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    fs::write(folder.path().join("course.yml"), "course: {id: tiny}\nbase: {from: {path: base}}\n").unwrap();
    let release = |version: &str, files: &[(&str, String)]| {
        let _ = fs::remove_dir_all(&base);
        for (path, text) in files {
            let at = base.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        fs::write(base.join("settings.ini"), "lib_name = tiny\n").unwrap();
        tito(folder.path(), &["catalog", "init", "base"]).expect(0);
        change(&base.join("catalog.yml"), "version: 0.1.0", &format!("version: {version}"));
    };
    let setup = "# %%\n#| default_exp core.setup\n\n# %%\n#| export\nNAME = 'setup'\n";
    release("1.0.0", &[("modules/source/01_tensor/tensor_dev.py", module("Tensor", "Adds."))]);
    tito(folder.path(), &["init", "ws"]).expect(0);
    let ws = folder.path().join("ws");
    let at = |path: &str| ws.join("modules").join(path);
    change(
        &at("01_tensor/tensor_dev.ipynb"),
        "raise NotImplementedError()",
        "return mine(a, b)  # an answer",
    );

    release("1.1.0", &[("src/01_tensor/01_tensor.py", module("Tensor", "Adds each pair."))]);
    tito(&ws, &["update", "--yes"]).expect(0);
    let text = fs::read_to_string(at("01_tensor/01_tensor.ipynb")).unwrap();
    assert!(text.contains("return mine(a, b)  # an answer") && text.contains("Adds each pair."), "{text}");
    assert!(!at("01_tensor/tensor_dev.ipynb").exists());

    let moved = ("src/02_tensor/02_tensor.py", module("Tensor", "Adds each pair, in order."));
    release("1.2.0", &[("src/01_setup/01_setup.py", setup.to_owned()), moved]);
    tito(&ws, &["update", "--yes"]).expect(0);
    let text = fs::read_to_string(at("02_tensor/02_tensor.ipynb")).unwrap();
    assert!(text.contains("return mine(a, b)  # an answer") && text.contains("in order."), "{text}");
    assert!(!at("01_tensor").exists(), "nothing is left of the old folder");
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}: no {from} in {text}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_folder_that_exclude_leaves_out_is_said_to_be_left_out() {
    let (folder, at) = sketched("numbered");
    let catalog = at.join("catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    fs::write(&catalog, text.replace("exclude:\n", "exclude:\n  - \"tests/**\"\n")).unwrap();
    let said = tito(folder.path(), &["catalog", "check", "numbered"]).text();
    assert!(said.contains("`exclude` leaves out what is there"), "{said}");
    assert!(!said.contains("create it, or set `from:`") && !said.contains("have no file"), "{said}");
    fs::remove_dir_all(at.join("tests")).unwrap();
    let said = tito(folder.path(), &["catalog", "check", "numbered"]).text();
    assert!(
        said.contains("create it, or set `from:`") && !said.contains("leaves out what is there"),
        "{said}"
    );
}

/// Plain notebooks have no markers: what their names say is all that keeps students from getting the solutions.
#[test]
fn solutions_by_their_names_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("course");
    let notebook = |code: &str| {
        let cells = ["# Squares", "import math", code];
        let cell = |source: &str| {
            serde_json::json!({"cell_type": "code", "id": format!("c{}", source.len()), "metadata": {},
                "execution_count": null, "outputs": [], "source": source})
        };
        let cells: Vec<_> = cells.into_iter().map(cell).collect();
        serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
    };
    let (open, solved) =
        (notebook("def square(x):\n    pass"), notebook("def square(x):\n    return SECRET"));
    for (path, text) in [
        ("week1/lab_student.ipynb", &open),
        ("week1/lab_solution.ipynb", &solved),
        ("week2/lab.ipynb", &open),
        ("week2/solutions/lab.ipynb", &solved),
        ("week2/lab-answers.md", &solved),
    ] {
        fs::create_dir_all(at.join(path).parent().unwrap()).unwrap();
        fs::write(at.join(path), text).unwrap();
    }
    let ran = tito(&at, &["catalog", "init"]).expect(0);
    assert!(ran.stdout.contains("week2/lab-answers.md: a solution by its name"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("``"), "{}", ran.stdout);
    tito(&at, &["new", "course", "../mine", "--base", "."]).expect(0);
    tito(&folder.path().join("mine"), &["init", "../ws"]).expect(0);
    let files = crate::tito::tree(&folder.path().join("ws"));
    let has = |text: &[u8]| text.windows(6).any(|part| part == b"SECRET");
    let shipped: Vec<&String> = files
        .iter()
        .filter(|(path, text)| !path.starts_with(".tinytorch") && has(text))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(shipped, [""; 0]);
    assert!(files.contains_key("modules/01_week1/lab_student.ipynb"), "{:?}", files.keys());
}
