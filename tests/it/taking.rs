//! `tito take PATH --cell ID`: one cell, and the rest of what the course has stays on offer.

use std::fs;

use crate::mini::{COURSE, Mini};

const MODULE: &str = "base/modules/numbers/numbers.py";

/// A workspace with the question of `numbers` answered, and the file.
fn answered(format: &str) -> (Mini, &'static str) {
    let mini = Mini::of(&format!("{COURSE}notebooks: {format}\n"), "student");
    let path = match format {
        "py" => "modules/01_numbers/numbers.py",
        _ => "modules/01_numbers/numbers.ipynb",
    };
    mini.edit(path, "raise NotImplementedError()", "return len(values)");
    (mini, path)
}

/// The course publishes a release with these changes.
fn release(mini: &Mini, version: [&str; 2], changes: &[[&str; 2]]) {
    let replace = |file: &str, old: &str, new: &str| {
        let file = mini.folder().join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{old}: {text}");
        fs::write(file, text.replace(old, new)).unwrap();
    };
    replace("base/catalog.yml", version[0], version[1]);
    for [old, new] in changes {
        replace(MODULE, old, new);
    }
}

fn said(mini: &Mini, args: &[&str]) -> String {
    mini.run(args).expect(0).stdout
}

const FIXES: [[&str; 2]; 2] = [["# # Numbers", "# # Numbers of values"], [" > 0,", " == 3,"]];

#[test]
fn the_rest_of_a_completed_unit_stays_on_offer() {
    for format in ["ipynb", "py"] {
        let (mini, path) = answered(format);
        said(&mini, &["module", "complete", "numbers", "--skip-tests"]);
        release(&mini, ["1.2.0", "1.2.1"], &FIXES);
        let offered = said(&mini, &["update"]);
        assert!(offered.contains("offered"), "{offered}");
        let taken = said(&mini, &["take", path, "--cell", "test-numbers-of"]);
        assert!(taken.contains("1 cell fixed") && !taken.contains("cell yours"), "{taken}");
        let text = mini.text(path);
        assert!(text.contains("== 3") && !text.contains("Numbers of values") && text.contains("return len"));
        assert!(mini.at(&format!(".tinytorch/incoming/{path}")).exists());
        let status = said(&mini, &["status"]);
        assert!(status.contains(&format!("offered   {path}")), "{status}");
        let incoming = said(&mini, &["diff", "--incoming"]);
        assert!(incoming.contains("# Numbers of values") && !incoming.contains("== 3"), "{incoming}");
        let again = said(&mini, &["update"]);
        assert!(again.contains("1 file with an offer"), "{again}");
        // By the name that is printed; then nothing is left.
        let taken = said(&mini, &["take", path, "--cell", "# Numbers of values"]);
        assert!(taken.contains("1 cell fixed"), "{taken}");
        assert!(mini.text(path).contains("Numbers of values"));
        assert!(!mini.at(&format!(".tinytorch/incoming/{path}")).exists());
        let status = said(&mini, &["status"]);
        assert!(status.contains(&format!("edited    {path}")), "{status}");
        let again = said(&mini, &["update"]);
        assert!(!again.contains("offer"), "{again}");
    }
}

#[test]
fn the_rest_of_a_unit_in_progress_comes_with_the_next_update() {
    let (mini, path) = answered("ipynb");
    release(&mini, ["1.2.0", "1.2.1"], &FIXES);
    said(&mini, &["take", path, "--cell", "test-numbers-of"]);
    assert!(!mini.text(path).contains("Numbers of values"));
    let updated = said(&mini, &["update"]);
    assert!(updated.contains("1 cell yours, 1 cell fixed"), "{updated}");
    assert!(mini.text(path).contains("Numbers of values") && mini.text(path).contains("== 3"));
}

#[test]
fn a_cell_that_the_course_does_not_change_is_refused_with_those_that_it_does() {
    let (mini, path) = answered("ipynb");
    said(&mini, &["module", "complete", "numbers", "--skip-tests"]);
    release(&mini, ["1.2.0", "1.2.1"], &FIXES);
    said(&mini, &["update"]);
    let before = mini.files();
    for cell in ["nonsense", "numbers-of"] {
        let refused = mini.run(&["take", path, "--cell", cell]).expect(1);
        assert!(
            refused.stderr.contains(&format!("the course changes no cell `{cell}`")),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("`test-numbers-of`"), "{}", refused.stderr);
    }
    assert_eq!(mini.files(), before, "nothing is written");
}

#[test]
fn a_question_with_a_new_name_is_taken_where_the_student_has_it() {
    for format in ["ipynb", "py"] {
        let (mini, path) = answered(format);
        said(&mini, &["module", "complete", "numbers", "--skip-tests"]);
        release(&mini, ["1.2.0", "1.2.1"], &[["\"numbers-of\"", "\"count-of\""], FIXES[1]]);
        said(&mini, &["update"]);
        let before = mini.text(path);
        said(&mini, &["take", path, "--cell", "count-of"]);
        // Nothing else changes; a marker has the checksum of its cell.
        let lines = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.starts_with("# %%")).map(str::to_owned).collect()
        };
        if format == "py" {
            assert_eq!(lines(&mini.text(path)), lines(&before));
        }
        let count = |text: &str| [text.matches("def numbers_of").count(), text.matches("count-of").count()];
        assert_eq!(count(&mini.text(path)), [1, 1]);
    }
}

#[test]
fn what_was_declined_is_not_offered_again_when_another_cell_is_taken() {
    let (mini, path) = answered("ipynb");
    mini.edit(path, "# Numbers", "# My numbers");
    mini.edit(path, "Numbers of some", "Count of some");
    let second = ["Numbers of some", "Numbers of all"];
    release(&mini, ["1.2.0", "1.2.1"], &[FIXES[0], second]);
    let updated = said(&mini, &["update"]);
    assert!(updated.contains("2 cells offered"), "{updated}");
    said(&mini, &["update", "--skip", path]);
    release(&mini, ["1.2.1", "1.2.2"], &[["Numbers of all", "Numbers of all the"]]);
    let updated = said(&mini, &["update"]);
    assert!(updated.contains("1 cell offered (numbers-of)"), "{updated}");
    let taken = said(&mini, &["take", path, "--cell", "numbers-of", "--yes"]);
    assert!(taken.contains("1 cell fixed") && !taken.contains("yours is kept"), "{taken}");
    assert!(mini.text(path).contains("Numbers of all the") && mini.text(path).contains("# My numbers"));
    let status = said(&mini, &["status"]);
    assert!(!status.contains("offer"), "{status}");
}

/// The student moves the file, or the course does with its unit; or something is in its place while an update runs.
#[test]
fn an_offer_of_cells_goes_where_its_file_goes() {
    for how in ["moved", "renumbered", "blocked"] {
        let (mini, was) = answered("ipynb");
        mini.edit(was, "# Numbers", "# My numbers");
        release(&mini, ["1.2.0", "1.2.1"], &[FIXES[0]]);
        assert!(said(&mini, &["update"]).contains("1 cell offered"), "{how}");
        let path = match how {
            "moved" => {
                fs::create_dir(mini.at("mine")).unwrap();
                fs::rename(mini.at(was), mini.at("mine/numbers.ipynb")).unwrap();
                "mine/numbers.ipynb"
            }
            "renumbered" => {
                let zero = mini.folder().join("base/modules/zero");
                fs::create_dir(&zero).unwrap();
                fs::write(zero.join("zero.py"), "# %% [markdown]\n# # Zero\n").unwrap();
                let first = ["modules:\n", "modules:\n  - {id: zero, title: Zero}\n"];
                let catalog = mini.folder().join("base/catalog.yml");
                let text = fs::read_to_string(&catalog).unwrap();
                fs::write(&catalog, text.replace(first[0], first[1])).unwrap();
                "modules/02_numbers/numbers.ipynb"
            }
            _ => {
                let aside = mini.folder().join("aside");
                fs::rename(mini.at(was), &aside).unwrap();
                fs::create_dir(mini.at(was)).unwrap();
                mini.run(&["update"]);
                fs::remove_dir(mini.at(was)).unwrap();
                fs::rename(aside, mini.at(was)).unwrap();
                was
            }
        };
        said(&mini, &["update"]);
        assert!(mini.text(path).contains("# My numbers"), "{how}");
        let again = said(&mini, &["update"]);
        assert!(again.contains("1 file with an offer"), "{how}: {again}");
        let incoming = said(&mini, &["diff", "--incoming"]);
        assert!(incoming.contains("# Numbers of values"), "{how}: {incoming}");
        said(&mini, &["take", path, "--yes"]);
        assert!(mini.text(path).contains("# Numbers of values"), "{how}");
        assert!(mini.text(path).contains("return len(values)"), "{how}");
    }
}

/// Both sides changed the same word: the student's text is as far from what the course said as from what it says now.
#[test]
fn an_offer_stands_where_both_sides_changed_one_word() {
    let (mini, path) = answered("ipynb");
    mini.edit(path, "Numbers of some", "Numbers of few");
    release(&mini, ["1.2.0", "1.2.1"], &[["Numbers of some", "Numbers of all"]]);
    assert!(said(&mini, &["update"]).contains("1 cell offered"));
    for _ in 0..2 {
        let updated = said(&mini, &["update"]);
        assert!(updated.contains("1 file with an offer"), "{updated}");
    }
    let incoming = said(&mini, &["diff", "--incoming"]);
    assert!(incoming.contains("Numbers of all"), "{incoming}");
    said(&mini, &["take", path, "--yes"]);
    assert!(mini.text(path).contains("Numbers of all"));
}

#[test]
fn a_file_that_cannot_be_merged_says_why() {
    let (mini, path) = answered("ipynb");
    release(&mini, ["1.2.0", "1.2.1"], &FIXES);
    fs::write(mini.at(path), "{\"cells\": [").unwrap();
    let before = mini.files();
    let refused = mini.run(&["take", path, "--cell", "test-numbers-of"]).expect(1);
    assert!(refused.stderr.contains("cannot be read as a notebook"), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("tito backups {path}")), "{}", refused.stderr);
    assert_eq!(mini.files(), before, "nothing is written");
}

#[test]
fn a_file_of_the_students_own_is_not_merged_and_status_does_not_advise_it() {
    let mini = Mini::new("student");
    let path = "modules/05_extra/extra.ipynb";
    let own = mini.text("modules/04_plots/plots.ipynb").replace("plots", "extra");
    fs::create_dir(mini.at("modules/05_extra")).unwrap();
    fs::write(mini.at(path), own).unwrap();
    mini.edit(path, "raise NotImplementedError()", "return 7  # mine");
    let modules = mini.folder().join("base/modules");
    let module = fs::read_to_string(modules.join("plots/plots.py")).unwrap().replace("plots", "extra");
    fs::create_dir(modules.join("extra")).unwrap();
    fs::write(modules.join("extra/extra.py"), module).unwrap();
    let unit = "after: [means]}\n";
    let catalog = mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    let with_unit = text.replace(unit, &format!("{unit}  - {{id: extra, title: Extra}}\n"));
    assert_ne!(with_unit, text);
    fs::write(&catalog, with_unit).unwrap();
    let updated = said(&mini, &["update"]);
    assert!(updated.contains("a file of yours is there"), "{updated}");
    let status = said(&mini, &["status"]);
    assert!(!status.contains("take --merge"), "{status}");
    assert!(status.contains(&format!("yours is backed up: tito take {path}")), "{status}");
    let before = mini.files();
    let refused = mini.run(&["take", "--merge", path]).expect(1);
    let why = format!("nothing is merged into `{path}`: it is a file of your own");
    assert!(refused.stderr.contains(&why), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("`tito take {path}`")), "{}", refused.stderr);
    assert_eq!(mini.files(), before, "nothing is written");
}
