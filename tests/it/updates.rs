//! Updates in memory, one rule of the specification each.

use std::fs;

use crate::desk::{Course, Desk, id, path, rule};
use crate::mini::Mini;
use tito::compile::{Advisory, AdvisorySeverity, PerState};
use tito::id::{Action, Role, State};
use tito::plan::{Decision, Notice, Request, Situation, effects, plan};

#[test]
fn init_is_an_update_of_nothing_and_a_second_update_does_nothing() {
    let course = Course::of(&["tensor", "autograd"]);
    let mut desk = Desk::default();
    let run = desk.update(&course);
    assert!(run.plan.steps.iter().all(|step| step.decision == Decision::Create));
    assert_eq!(desk.files().len(), course.target().files.len());
    let again = desk.update(&course);
    assert!(again.plan.is_empty(), "{:?}", again.plan.brief());
    assert!(again.effects.changes.is_empty());
    assert!(again.plan.steps.iter().all(|step| step.situation == Situation::Unchanged));
    assert!(again.plan.units.iter().all(|unit| unit.state == State::NotStarted));
}

#[test]
fn a_second_look_reads_no_file() {
    let course = Course::of(&["tensor", "autograd"]);
    let mut desk = Desk::new(&course);
    desk.update(&course);
    let target = course.target();
    let before = desk.world.reads();
    let observed = desk.observe(&target);
    let state_files = 1; // course.lock
    assert_eq!(desk.world.reads() - before, state_files);
    assert_eq!(observed.cache, desk.cache);
    desk.write("README.md", "mine");
    let before = desk.world.reads();
    assert!(desk.plan(&course, &Request::Update).is_empty());
    assert_eq!(desk.world.reads() - before, state_files + 1, "only what changed is read");
}

#[test]
fn the_window_of_an_advisory_is_after_the_old_version_up_to_the_new() {
    let announced = |old: &str, fixed_in: &str, new: &str| {
        let mut course = Course::of(&["tensor"]);
        course.version = old.parse().unwrap();
        let desk = Desk::new(&course);
        *course.text("tensor", "test_tensor.py") = "fixed\n".to_owned();
        course.version = new.parse().unwrap();
        course.advisories.push(Advisory {
            id: "TT-001".to_owned(),
            severity: AdvisorySeverity::Critical,
            fixed_in: fixed_in.parse().unwrap(),
            units: vec![id("tensor")],
            paths: Vec::new(),
            title: "a fault".to_owned(),
            ask: None,
        });
        let plan = desk.plan(&course, &Request::Update);
        let step = plan.step(&path("tests/01_tensor/test_tensor.py")).unwrap();
        assert_eq!(step.advisories.is_empty(), plan.advisories.is_empty());
        // A file that did not change is not covered, whatever the advisory says of its unit.
        let fixed = &plan.advisories.first()?.fixed;
        assert_eq!(fixed.as_slice(), [path("tests/01_tensor/test_tensor.py")]);
        Some(())
    };
    assert_eq!(announced("1.0.0", "1.0.1", "1.0.1"), Some(()));
    assert_eq!(announced("1.0.0", "1.0.1", "2.0.0"), Some(()));
    assert_eq!(announced("1.0.1", "1.0.1", "1.0.2"), None);
    assert_eq!(announced("1.0.0", "1.0.2", "1.0.1"), None);
    assert_eq!(announced("1.0.2", "1.0.1", "1.0.0"), None);
}

#[test]
fn a_file_left_behind_keeps_the_version_it_is_of() {
    let mut course = Course::of(&["tensor"]);
    let mut desk = Desk::new(&course);
    desk.write("modules/01_tensor/tensor.py", "mine\n");
    course.version = "1.1.0".parse().unwrap();
    *course.text("tensor", "tensor.py") = "the course's\n".to_owned();
    desk.update(&course);
    let version = |desk: &Desk, at: &str| desk.baselines.files[at].version.as_ref().map(ToString::to_string);
    assert_eq!(version(&desk, "modules/01_tensor/tensor.py").as_deref(), Some("1.0.0"));
    assert_eq!(version(&desk, "modules/01_tensor/README.md").as_deref(), Some("1.1.0"));
    assert!(desk.baselines.files["modules/01_tensor/tensor.py"].modified_by_student);
}

#[test]
fn a_folder_that_is_a_link_is_named_for_each_file_and_nothing_in_it_is_touched() {
    let mut course = Course::of(&["tensor", "layers"]);
    let mut desk = Desk::new(&course);
    for file in ["README.md", "layers.py"] {
        desk.delete(&format!("modules/02_layers/{file}"));
    }
    desk.link("modules/02_layers");
    *course.text("layers", "layers.py") = "the course's\n".to_owned();
    course.unit("layers").number = 3;
    let run = desk.update(&course);
    let blocked = run.plan.notices.iter().filter(|notice| matches!(notice, Notice::InTheWay { .. })).count();
    assert_eq!(blocked, 2, "{:?}", run.plan.notices);
    assert!(desk.read("tests/03_layers/test_layers.py").is_some(), "the tests' folder is none");
    assert!(desk.baselines.files.contains_key("modules/02_layers/layers.py"));
}

#[test]
fn a_link_in_the_folder_of_a_unit_that_moves_stays_and_is_named() {
    let mut course = Course::of(&["tensor", "layers"]);
    let mut desk = Desk::new(&course);
    desk.link("modules/02_layers/data");
    desk.write("modules/02_layers/deep/notes.txt", "own\n");
    course.unit("layers").number = 3;
    let run = desk.update(&course);
    assert!(run.plan.notices.contains(&Notice::StaysBehind { path: "modules/02_layers/data".to_owned() }));
    assert_eq!(desk.read("modules/03_layers/deep/notes.txt").as_deref(), Some("own\n"));
}

#[test]
fn what_lies_beside_a_file_goes_along_though_the_file_went_before() {
    // As after a run that was interrupted between the two moves.
    let mut course = Course::of(&["tensor", "layers"]);
    let mut desk = Desk::new(&course);
    desk.write("modules/02_layers/notes.txt", "own\n");
    course.unit("layers").number = 3;
    let entries: Vec<_> =
        desk.baselines.files.keys().filter(|at| at.as_str().contains("02_layers")).cloned().collect();
    for at in entries {
        let entry = desk.baselines.files.remove(&at).unwrap();
        let text = desk.read(at.as_str()).unwrap();
        desk.delete(at.as_str());
        let to = at.as_str().replace("02_", "03_");
        desk.write(&to, text);
        desk.baselines.files.insert(path(&to), entry);
    }
    let run = desk.update(&course);
    assert_eq!(run.plan.own_files.len(), 1, "{:#?}", run.plan.brief());
    assert_eq!(desk.read("modules/03_layers/notes.txt").as_deref(), Some("own\n"));
}

#[test]
fn a_merge_that_was_made_and_not_recorded_is_only_recorded() {
    let mut course = Course::of(&["tensor"]);
    course.rules.push(rule("merge", &[], PerState::all(Action::Merge), None));
    let mut desk = Desk::new(&course);
    let at = "modules/01_tensor/tensor.py";
    let edited = desk.read(at).unwrap().replace("one\n", "my answer\n");
    desk.write(at, &edited);
    let text = course.text("tensor", "tensor.py");
    *text = text.replace("five\n", "a hint\n");
    let before = desk.baselines.clone();
    desk.update(&course);
    let merged = desk.read(at).unwrap();
    assert!(merged.contains("my answer\n") && merged.contains("a hint\n"));
    desk.baselines = before;
    let run = desk.update(&course);
    assert_eq!(run.plan.step(&path(at)).unwrap().decision, Decision::Adopt);
    assert_eq!(desk.read(at).unwrap(), merged);
}

#[test]
fn a_base_that_is_missing_makes_an_offer_of_a_merge() {
    let mut course = Course::of(&["tensor"]);
    course.rules.push(rule("merge", &[], PerState::all(Action::Merge), None));
    let mut desk = Desk::new(&course);
    let at = "modules/01_tensor/tensor.py";
    let object = tito::plan::object_path(desk.baselines.files[at].sha256);
    for broken in [None, Some("something else")] {
        match broken {
            None => desk.delete(&object),
            Some(text) => desk.write(&object, text),
        }
        desk.write(at, "mine\n");
        *course.text("tensor", "tensor.py") = format!("the course's {broken:?}\n");
        let run = desk.update(&course);
        let step = run.plan.step(&path(at)).unwrap();
        assert_eq!((step.decision, step.action), (Decision::Offer, Action::Merge));
        assert!(step.note.as_ref().unwrap().contains("is missing"), "{step:?}");
    }
}

#[test]
fn a_notebook_that_was_only_run_is_not_edited_and_keeps_its_outputs_where_it_can() {
    let cell = |id: &str, source: &str, outputs: &str| {
        format!(
            r#"{{"cell_type":"code","execution_count":null,"id":"{id}","metadata":{{}},"outputs":[{outputs}],"source":"{source}"}}"#
        )
    };
    let notebook = |cells: [String; 2]| {
        format!(r#"{{"cells":[{}],"metadata":{{}},"nbformat":4,"nbformat_minor":5}}"#, cells.join(","))
    };
    let output = |text: &str| format!(r#"{{"name":"stdout","output_type":"stream","text":"{text}"}}"#);
    for action in [Action::Merge, Action::Replace] {
        let mut course = Course::of(&["tensor"]);
        course.rules.push(rule("run", &[], PerState::all(action), None));
        let pristine = notebook([cell("a", "x = 1", ""), cell("b", "y = 2", "")]);
        course.unit("tensor").files.insert("n.ipynb".to_owned(), (Role::Work, pristine));
        let mut desk = Desk::new(&course);
        let at = "modules/01_tensor/n.ipynb";
        // Some programs end every text with a line end.
        desk.write(
            at,
            notebook([cell("a", "x = 1\\n", &output("seven")), cell("b", "y = 2", &output("eight"))]),
        );
        let run = desk.update(&course);
        assert!(run.plan.is_empty());
        assert_eq!(run.plan.units[0].state, State::NotStarted);
        *course.text("tensor", "n.ipynb") = notebook([cell("a", "x = 1", ""), cell("b", "y = 3", "")]);
        let run = desk.update(&course);
        assert_eq!(run.plan.step(&path(at)).unwrap().decision, Decision::Write);
        let text = desk.read(at).unwrap();
        assert!(text.contains("seven") && text.contains("y = 3") && !text.contains("eight"), "{text}");
        *course.text("tensor", "n.ipynb") = notebook([cell("a", "x = 1", ""), cell("b", "y = 4", "")]);
        desk.run(&course, &Request::Unit(id("tensor")));
        let text = desk.read(at).unwrap();
        assert!(text.contains("seven") && text.contains("y = 4"), "{text}");
        // Asked for, it is the course's file, as it came.
        *course.text("tensor", "n.ipynb") = notebook([cell("a", "x = 1", ""), cell("b", "y = 5", "")]);
        desk.run(&course, &Request::Reset([path(at)].into()));
        let text = desk.read(at).unwrap();
        assert!(!text.contains("seven") && text.contains("y = 5"), "{text}");
    }
}

/// An earlier run taken back leaves nothing of what it remembered, nor does tito forget then what the student had moved.
#[test]
fn an_earlier_run_that_is_undone_is_forgotten_whole() {
    let mini = Mini::new("student");
    let (work, own) = ("modules/01_numbers/numbers.ipynb", "modules/01_numbers/Zahlen.ipynb");
    fs::rename(mini.at(work), mini.at(own)).unwrap();
    mini.edit(own, "raise NotImplementedError()", "return 7  # mine");
    let catalog = mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    let number = text.find("modules:\n").unwrap() + "modules:\n".len();
    let (head, rest) = text.split_at(number);
    // A new first unit: the folders of all others get other numbers.
    fs::create_dir(mini.folder().join("base/modules/intro")).unwrap();
    fs::write(mini.folder().join("base/modules/intro/intro.py"), "# %% [markdown]\n# # Intro\n").unwrap();
    fs::write(&catalog, format!("{head}  - {{id: intro, title: Intro}}\n{rest}")).unwrap();
    mini.run(&["update"]).expect(0);
    assert!(mini.text("modules/02_numbers/Zahlen.ipynb").contains("return 7  # mine"));
    // Another run in between: what tito remembers is not as that run left it.
    mini.run(&["module", "start", "means"]).expect(0);
    mini.run(&["module", "test", "numbers"]);
    mini.run(&["undo", "2"]).expect(0);
    assert!(mini.text(own).contains("return 7  # mine"));
    let status = mini.run(&["status"]).expect(0).stdout;
    assert!(!status.contains("numbers.ipynb") && status.contains("base 1.2.0"), "{status}");
    mini.run(&["update"]).expect(0);
    let tree = mini.files();
    let paths: Vec<&String> = tree.keys().filter(|path| path.starts_with("modules/")).collect();
    assert!(!paths.iter().any(|path| path.ends_with("/numbers.ipynb")), "{paths:#?}");
}

/// What a run wrote and is not there any more is not removed by an undo, and the history does not call the run undone.
#[test]
fn an_undo_that_finds_nothing_says_so() {
    let work = "modules/01_numbers/numbers.ipynb";
    let left = format!("! left      {work}   it is not there\nnothing was changed\n");
    let undone = |mini: &Mini| {
        let undone = mini.run(&["undo", "2"]).expect(1);
        assert!(undone.stdout.starts_with("nothing to undo of run 2 of "), "{}", undone.stdout);
        assert!(undone.stdout.ends_with(&left), "{}", undone.stdout);
        let history = mini.run(&["history"]).expect(0).stdout;
        assert!(!history.contains("undone by") && !history.contains("undid"), "{history}");
        let line = history.lines().find(|line| line.contains("  undo ")).unwrap_or_default();
        assert!(line.ends_with("0 files"), "{history}");
    };
    // What it added, elsewhere now.
    let mini = Mini::new("student");
    fs::remove_file(mini.at(work)).unwrap();
    mini.run(&["restore", work]).expect(0);
    let own = mini.at("modules/01_numbers/mine.ipynb");
    fs::rename(mini.at(work), &own).unwrap();
    undone(&mini);
    assert!(own.exists());
    // What it replaced.
    let mini = Mini::new("student");
    mini.edit(work, "raise NotImplementedError()", "return 7  # mine");
    mini.run(&["module", "reset", "numbers", "--yes"]).expect(0);
    fs::remove_file(mini.at(work)).unwrap();
    undone(&mini);
}

/// A name that not every system can hold is no reason to hand in an empty notebook without a word.
#[cfg(unix)]
#[test]
fn work_under_a_name_that_cannot_be_followed_is_named() {
    let work = "modules/01_numbers/numbers.ipynb";
    for (own, names) in [
        ("modules/01_numbers/Numbers: final?.ipynb", "`modules/01_numbers/Numbers: final?.ipynb` may be it"),
        ("modules/01_numbers/aux.ipynb", "`modules/01_numbers/aux.ipynb` may be it"),
        ("modules/final./numbers.ipynb", "`modules/final./` may be it"),
    ] {
        let mini = Mini::new("student");
        mini.edit(work, "raise NotImplementedError()", "return 7  # mine");
        fs::create_dir_all(mini.at(own).parent().unwrap()).unwrap();
        fs::rename(mini.at(work), mini.at(own)).unwrap();
        let before = mini.text(own);
        for verb in [&["status"][..], &["update"]] {
            let said = mini.run(verb).expect(0).text();
            assert!(said.contains(names) && said.contains("rename it, and tito finds it"), "{own}: {said}");
        }
        assert_eq!(mini.text(own), before);
        // As tito says.
        let _ = fs::remove_file(mini.at(work));
        fs::rename(mini.at(own), mini.at("modules/01_numbers/Zahlen.ipynb")).unwrap();
        let said = mini.run(&["status"]).expect(0).text();
        assert!(!said.contains("may be it") && said.contains("Zahlen.ipynb"), "{own}: {said}");
    }
}

/// What cannot be done because of what is there is said, and not that nothing is to be done.
#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_work_is_named() {
    let mini = Mini::new("student");
    let work = "modules/01_numbers/numbers.ipynb";
    fs::rename(mini.at(work), mini.folder().join("elsewhere.ipynb")).unwrap();
    std::os::unix::fs::symlink("../../../elsewhere.ipynb", mini.at(work)).unwrap();
    for args in [&["restore", work][..], &["restore", "modules"], &["reset", "numbers", "--yes"]] {
        let ran = mini.run(args).expect(4);
        assert!(ran.stderr.contains(&format!("`{work}` is left alone: it is a link")), "{}", ran.text());
        assert!(ran.stderr.contains("put the file itself there"), "{}", ran.text());
    }
    assert!(mini.at(work).is_symlink());
}

/// On a machine that many use, what a student keeps private stays private.
#[cfg(unix)]
#[test]
fn a_private_file_stays_private() {
    use std::os::unix::fs::PermissionsExt;

    let mini = Mini::new("student");
    let (work, moved) = ("modules/01_numbers/numbers.ipynb", "modules/02_numbers/numbers.ipynb");
    let mode = |path: &str| fs::metadata(mini.at(path)).unwrap().permissions().mode() & 0o777;
    mini.edit(work, "raise NotImplementedError()", "return 7  # mine");
    fs::set_permissions(mini.at(work), fs::Permissions::from_mode(0o600)).unwrap();
    let source = mini.folder().join("base/modules/numbers/numbers.py");
    let course = fs::read_to_string(&source).unwrap();
    fs::write(&source, course.replacen("# # ", "# # Corrected: ", 1)).unwrap();
    mini.run(&["update"]).expect(0);
    assert!(mini.text(work).contains("Corrected: ") && mini.text(work).contains("# mine"));
    assert_eq!(mode(work), 0o600);
    mini.run(&["undo"]).expect(0);
    assert_eq!(mode(work), 0o600);
    // Also where the file moves at the same time.
    let catalog = mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    fs::create_dir(mini.folder().join("base/modules/intro")).unwrap();
    fs::write(mini.folder().join("base/modules/intro/intro.py"), "# %% [markdown]\n# # Intro\n").unwrap();
    fs::write(&catalog, text.replacen("modules:\n", "modules:\n  - {id: intro, title: Intro}\n", 1)).unwrap();
    mini.run(&["update"]).expect(0);
    assert!(mini.text(moved).contains("Corrected: ") && mini.text(moved).contains("# mine"));
    assert_eq!(mode(moved), 0o600);
}

/// The command that answers a question is the one that was typed.
#[test]
fn options_are_printed_as_they_were_typed() {
    let mini = Mini::new("student");
    mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 7  # mine");
    let source = mini.folder().join("base/modules/numbers/numbers.py");
    let course = fs::read_to_string(&source).unwrap();
    fs::write(&source, course.replacen("# # ", "# # Corrected: ", 1)).unwrap();
    let ran = mini.run(&["update", "--module", "numbers"]).expect(2);
    assert!(ran.stderr.contains("`tito update --module numbers --yes`"), "{}", ran.stderr);
}

#[test]
fn a_partial_update_leaves_the_lock_to_the_whole_one() {
    let mut course = Course::of(&["tensor", "layers"]);
    let mut desk = Desk::new(&course);
    let lock = desk.read("course.lock");
    for unit in ["tensor", "layers"] {
        *course.text(unit, "README.md") = "rewritten\n".to_owned();
    }
    let run = desk.run(&course, &Request::Unit(id("layers")));
    assert_eq!(run.effects.changes.len(), 1);
    assert_eq!(desk.read("course.lock"), lock);
    assert!(!desk.plan(&course, &Request::Unit(id("tensor"))).is_empty());
    assert!(desk.plan(&course, &Request::Unit(id("layers"))).is_empty());
    desk.update(&course);
    assert_ne!(desk.read("course.lock"), lock);
}

#[test]
fn a_folder_that_is_too_deep_to_move_stays_whole() {
    let mut course = Course::of(&["tensor", "layers"]);
    let mut desk = Desk::new(&course);
    // Deeper than any folder that moves along.
    let deep = format!("modules/02_layers/{}notes.txt", "d/".repeat(80));
    desk.write(&deep, "own\n");
    desk.write("modules/02_layers/near.txt", "own too\n");
    course.unit("layers").number = 3;
    let run = desk.update(&course);
    assert!(run.plan.own_files.is_empty());
    assert_eq!(run.plan.notices, [Notice::TooMany { path: "modules/02_layers".to_owned() }]);
    assert!(desk.read(&deep).is_some() && desk.read("modules/02_layers/near.txt").is_some());
}

#[test]
fn a_file_is_reset_to_what_is_locked_or_to_the_latest() {
    let mut course = Course::of(&["tensor"]);
    let mut desk = Desk::new(&course);
    let target = course.target();
    let at = "modules/01_tensor/tensor.py";
    let first = desk.read(at).unwrap();
    desk.write(at, "a mess\n");
    course.version = "1.1.0".parse().unwrap();
    *course.text("tensor", "tensor.py") = "the latest\n".to_owned();
    let request = Request::Reset([path(at)].into());
    let observed = desk.observe(&target);
    let reset = plan(&target, desk.lock.as_ref(), &desk.baselines, &observed, &request);
    let effects = effects(&reset, &target, &desk.baselines, &observed, jiff::Timestamp::UNIX_EPOCH);
    desk.apply(&effects);
    assert_eq!(desk.read(at).unwrap(), first);
    assert!(desk.holds(b"a mess\n"));
    assert_eq!(desk.baselines.files[at].version.as_ref().unwrap().to_string(), "1.0.0");
    desk.run(&course, &request);
    assert_eq!(desk.read(at).unwrap(), "the latest\n");
    assert_eq!(desk.baselines.files[at].version.as_ref().unwrap().to_string(), "1.1.0");
}
