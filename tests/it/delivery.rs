//! A course is published, and students get it from its address: a folder, one file, a server on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tito::compile::{Overrides, Target, compile, compile_bundled};
use tito::digest::Digest;
use tito::publish::folder::Folder;
use tito::publish::{Said, next};
use tito::release::index::{Index, pack_path, release_path};
use tito::release::pack::{self, Pack};
use tito::release::{RELEASE_VERSION, Release, ReleaseError};
use tito::world::disk::Disk;
use tito::world::sources::Pinned;

use crate::mini::copy;
use crate::tito::{Ran, golden, root, tito, tree};

pub(crate) const COURSE: &str =
    "course: {id: nordlund/mls, title: Machines that learn}\nbase: {from: {path: ./base}}\nmodules: all\n";

/// A course beside its base, and the folders of those who get it.
pub(crate) struct Term(pub(crate) tempfile::TempDir);

impl Term {
    pub(crate) fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        copy(&root().join("tests/bases/mini"), &this.at("base"));
        fs::write(this.at("course.yml"), COURSE).unwrap();
        this
    }

    /// The same, with release 1 in `site`.
    pub(crate) fn published() -> Self {
        let this = Self::new();
        this.run(&["publish", "site"]).expect(0);
        this
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        tito(self.0.path(), args)
    }

    pub(crate) fn within(&self, folder: &str, args: &[&str]) -> Ran {
        tito(&self.at(folder), args)
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(old), "{path} has no `{old}`");
        fs::write(self.at(path), text.replace(old, new)).unwrap();
    }

    /// The instructor fixes something that every student gets.
    pub(crate) fn fix(&self, number: usize) {
        let path = self.at("base/shared/README.md.j2");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}\nFix {number}.\n")).unwrap();
    }

    pub(crate) fn index(&self) -> Index {
        Index::read(&fs::read(self.at("site/index.json")).unwrap()).unwrap()
    }

    /// Every file of a workspace by its digest, but for what every run writes.
    pub(crate) fn everything(&self, folder: &str) -> BTreeMap<String, String> {
        let all = tree(&self.at(folder)).into_iter();
        all.filter(|(path, _)| path != ".tinytorch/lock")
            .map(|(path, bytes)| (path, Digest::of(&bytes).short()))
            .collect()
    }

    /// Does a student have fix `number`?
    pub(crate) fn has_fix(&self, folder: &str, number: usize) -> bool {
        fs::read_to_string(self.at(folder).join("README.md")).unwrap().contains(&format!("Fix {number}."))
    }

    /// What a student sees of a workspace: all but what tito remembers.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let all = tree(&self.at(folder)).into_iter();
        all.filter(|(path, _)| !path.starts_with(".tinytorch/")).collect()
    }
}

fn examples() -> Vec<Target> {
    let world = Disk::new();
    let mut courses: Vec<PathBuf> = walkdir::WalkDir::new(root().join("examples"))
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_name() == "course.yml")
        .map(|entry| entry.path().to_owned())
        .collect();
    courses.truncate(8);
    assert!(courses.len() >= 3, "the examples are courses");
    let compiled = courses.iter().filter_map(|path| compile(&world, path, &Overrides::default()).value);
    compiled.chain(compile_bundled(&world, &Overrides::default()).value).collect()
}

/// Everything that a target says, as text; a field that is added must be added here. Where a cell is written is not part of a release.
fn said(target: &Target) -> String {
    let Target {
        course,
        title,
        tier,
        // For nbgrader, which is run on a course and not on a release.
        stubs: _,
        base_version,
        package,
        units,
        files,
        policy,
        advisories,
        renames,
        offered,
        retired,
        run,
        timezone,
        course_digest,
        layers,
        sources,
        base,
        base_digest,
        datasets,
    } = target.clone();
    let files: Vec<String> = files
        .into_iter()
        .map(|(path, file)| {
            let flagged: BTreeMap<_, _> = file.flagged.iter().map(|(id, cell)| (id, cell.value)).collect();
            let plain = (
                file.id,
                file.unit,
                file.role,
                file.digest,
                file.source,
                file.executable,
                file.origin,
                file.rule,
            );
            format!("{path} {plain:?} {flagged:?} {}", Digest::of(&file.content))
        })
        .collect();
    let rules: Vec<String> = policy
        .rules()
        .iter()
        .cloned()
        .map(|rule| {
            let paths = rule.matches.paths.map(|globs| globs.globs().map(str::to_owned).collect::<Vec<_>>());
            let matches = (paths, rule.matches.units, rule.matches.roles);
            format!(
                "{matches:?} {:?}",
                (
                    rule.name,
                    rule.from,
                    rule.action,
                    rule.edited,
                    rule.critical,
                    rule.window,
                    rule.is_final,
                    rule.why
                )
            )
        })
        .collect();
    format!(
        "{:#?}{:#?}",
        (course, title, tier, base_version, package, units, files, rules, advisories),
        (
            renames,
            offered,
            retired,
            run,
            timezone,
            course_digest,
            layers,
            sources,
            base,
            base_digest,
            datasets
        )
    )
}

/// `target`, written as manifest and pack, and read again.
fn journey(target: &Target) -> Target {
    let release = Release::of(target);
    let packed = pack::write(target.files.values().map(|file| (file.digest, &*file.content))).unwrap();
    let mut pack = Pack::open(Cursor::new(packed)).unwrap();
    let read = Release::read(release.bytes()).unwrap();
    assert_eq!(read, release);
    let lengths = read.contents();
    read.target(|digest| pack.read(digest, lengths[&digest]).unwrap()).unwrap()
}

#[test]
fn a_target_survives_the_journey_whole() {
    for mut target in examples() {
        target.sources = vec![Pinned {
            git: Some("https://git.nordlund.example/courses.git".to_owned()),
            reference: Some("main".to_owned()),
            commit: Some("0".repeat(40)),
            archive: None,
            sha256: None,
            tree: Digest::of(b"tree"),
        }];
        let there = journey(&target);
        assert_eq!(said(&there), said(&target), "{}", target.course);
        // What rules match is the same, not only how they are written.
        for (path, file) in &target.files {
            let matched = |target: &Target| {
                target.policy.first_lasting(path, file.unit.as_ref(), file.role).map(|(at, _)| at)
            };
            assert_eq!(matched(&there), matched(&target), "{path}");
        }
    }
}

#[test]
fn a_manifest_is_what_its_schema_says() {
    let schema = tito::release::manifest::schema();
    let judge = jsonschema::validator_for(&schema).unwrap();
    for target in examples() {
        let value: serde_json::Value = serde_json::from_slice(Release::of(&target).bytes()).unwrap();
        let faults: Vec<String> = judge.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", target.course);
    }
    let term = Term::published();
    let judge = jsonschema::validator_for(&tito::release::index::schema()).unwrap();
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(term.at("site/index.json")).unwrap()).unwrap();
    assert!(judge.is_valid(&index), "{index:#}");
}

#[test]
fn the_schemas_in_the_repository_are_those_of_the_program() {
    for (name, schema) in
        [("release", tito::release::manifest::schema()), ("index", tito::release::index::schema())]
    {
        golden(&root().join(format!("course-schemas/{name}.schema.json")), &format!("{schema:#}\n"));
    }
}

/// What a manifest may say is more than what types allow: each change of a good one is refused, and says what.
#[test]
fn a_manifest_that_cannot_be_is_refused() {
    let target = compile_bundled(&Disk::new(), &Overrides::default()).value.unwrap();
    let good: serde_json::Value = serde_json::from_slice(Release::of(&target).bytes()).unwrap();
    let first = good["files"].as_object().unwrap().keys().next().unwrap().clone();
    let file = good["files"][&first].clone();
    let with = |path: &str| {
        let mut bad = good.clone();
        let mut other = file.clone();
        other["id"] = "shared/another".into();
        bad["files"][path] = other;
        bad
    };
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad
    };
    let cases = [
        ("out of the workspace", with("../evil.py"), "part `..`"),
        ("absolute", with("/etc/passwd"), "absolute"),
        ("into git's folder", with(".git/hooks/post-checkout"), "may not write"),
        ("into tito's folder", with(".tinytorch/version.json"), "may not write"),
        ("tito's own file", with("course.lock"), "only tito itself"),
        ("a reserved name", with("con.py"), "Windows"),
        ("one file in two spellings", with(&first.to_uppercase()), "one file on some systems"),
        ("a file that is a folder", with(&format!("{first}/below.py")), "both a file and a folder"),
        ("a rule that is not there", changed(&|bad| bad["files"][&first]["rule"] = 999.into()), "rule"),
        ("another length", changed(&|bad| bad["files"][&first]["bytes"] = 1.into()), ""),
        ("an unknown key", changed(&|bad| bad["run"] = "x".into()), "unknown field"),
        ("a newer format", changed(&|bad| bad["release"] = (RELEASE_VERSION + 1).into()), "newer tito"),
        ("a monstrous glob", changed(&|bad| bad["rules"][0]["paths"] = vec!["*".repeat(100)].into()), "glob"),
    ];
    for (what, bad, why) in cases {
        let bytes = serde_json::to_vec(&bad).unwrap();
        let read = Release::read(&bytes).and_then(|release| {
            release.target(|digest| {
                target.files.values().find(|file| file.digest == digest).map(|file| file.content.clone())
            })
        });
        let error = read.expect_err(what).to_string();
        assert!(error.contains(why), "{what}: {error}");
    }
    let nothing = Release::of(&target).target(|_| None);
    assert!(matches!(nothing, Err(ReleaseError::Missing { .. })));
}

#[test]
fn a_workspace_from_the_address_is_the_one_from_the_course() {
    let term = Term::published();
    term.run(&["init", "mine", "--config", "course.yml"]).expect(0);
    term.run(&["init", "site", "from-folder"]).expect(0);
    term.run(&["publish", "mls.tito"]).expect(0);
    // Learning platforms rename what is downloaded.
    fs::rename(term.at("mls.tito"), term.at("mls (1).tito")).unwrap();
    term.run(&["init", "mls (1).tito", "from-file"]).expect(0);
    for folder in ["from-folder", "from-file"] {
        assert_eq!(term.files(folder), term.files("mine"), "{folder}");
    }
}

#[test]
fn what_is_published_holds_nothing_but_what_students_get() {
    let term = Term::published();
    term.run(&["init", "mine", "--config", "course.yml"]).expect(0);
    let given: std::collections::BTreeSet<Digest> =
        term.files("mine").values().map(|bytes| Digest::of(bytes)).collect();
    let site = tree(&term.at("site"));
    let mut seen = 0;
    for (_, bytes) in site.iter().filter(|(name, _)| name.ends_with(".zip")) {
        for digest in Pack::open(Cursor::new(bytes)).unwrap().digests() {
            seen += 1;
            assert!(given.contains(&digest), "a pack holds what no student gets: {digest}");
        }
    }
    assert!(seen > 5, "the packs hold the course");
    // No line of a solution, and no path of this machine, in anything that is text.
    let machine = term.0.path().to_string_lossy().into_owned();
    let solutions: Vec<String> = walkdir::WalkDir::new(term.at("base/modules"))
        .into_iter()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .flat_map(|text| solution_lines(&text))
        .collect();
    assert!(!solutions.is_empty());
    for (name, bytes) in site.iter().filter(|(name, _)| !name.ends_with(".zip")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(&machine), "{name} names this machine");
        for line in &solutions {
            assert!(!text.contains(line.as_str()), "{name} holds `{line}`");
        }
    }
}

/// The lines of a script's solution regions that say something of their own.
fn solution_lines(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        match line {
            "### BEGIN SOLUTION" => inside = true,
            "### END SOLUTION" => inside = false,
            _ if inside && line.len() > 12 => found.push(line.to_owned()),
            _ => {}
        }
    }
    found
}

#[test]
fn every_command_works_with_the_address_away() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    fs::rename(term.at("site"), term.at("away")).unwrap();
    let file = "tests/conftest.py";
    for args in [
        &["status"][..],
        &["explain", "README.md"],
        &["diff"],
        &["diff", "--incoming"],
        &["module", "list"],
        &["module", "reset", "numbers", "--yes"],
        &["update", "--offline"],
        &["update", "--offline", "--check"],
        &["plan"],
        &["data", "list"],
        &["graph"],
    ] {
        let ran = term.within("ada", args);
        assert!(ran.code == 0, "{args:?}: {}", ran.text());
    }
    if term.at("ada").join(file).exists() {
        fs::remove_file(term.at("ada").join(file)).unwrap();
        term.within("ada", &["restore", file]).expect(0);
    }
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(
        ran.stderr.contains("is not there") && ran.stderr.contains("nothing was changed"),
        "{}",
        ran.stderr
    );
    let before = term.everything("ada");
    term.within("ada", &["update", "--check"]).expect(1);
    assert_eq!(term.everything("ada"), before);
    // Even what is kept may be lost: it is fetched again.
    fs::rename(term.at("away"), term.at("site")).unwrap();
    fs::remove_dir_all(term.at("ada/.tinytorch/course")).unwrap();
    let ran = term.within("ada", &["explain", "README.md"]).expect(0);
    assert!(ran.stderr.contains("tito update"), "{}", ran.stderr);
    fs::remove_file(term.at("ada/.tinytorch/release.json")).unwrap();
    let ran = term.within("ada", &["explain", "README.md"]).expect(1);
    assert!(ran.stderr.contains("tito update"), "{}", ran.stderr);
    term.within("ada", &["update"]).expect(0);
    term.within("ada", &["explain", "README.md"]).expect(0);
}

#[test]
fn releases_arrive_one_by_one_or_several_at_once_and_all_converge() {
    let term = Term::published();
    for student in ["often", "seldom"] {
        term.run(&["init", "site", student]).expect(0);
    }
    for number in 2..=5 {
        term.fix(number);
        term.run(&["publish", "site", "--notes", &format!("Fix {number}"), "--yes"]).expect(0);
        assert_eq!(term.index().current, number as u64);
        term.within("often", &["update"]).expect(0);
    }
    term.within("seldom", &["update"]).expect(0);
    term.run(&["init", "site", "late"]).expect(0);
    term.run(&["init", "course", "--config", "course.yml"]).expect(0);
    for student in ["often", "seldom", "late"] {
        assert_eq!(term.files(student), term.files("course"), "{student}");
    }
    // A release that was a mistake: back to an older one, and forward again.
    term.within("often", &["update", "--to", "3"]).expect(0);
    assert!(term.has_fix("often", 3) && !term.has_fix("often", 4));
    term.within("often", &["update"]).expect(0);
    assert_eq!(term.files("often"), term.files("course"));
    let ran = term.within("often", &["update", "--to", "9"]).expect(1);
    assert!(ran.stderr.contains("1, 2, 3, 4, 5"), "{}", ran.stderr);
    // Publishing the same again changes nothing at all.
    let before = term.everything("site");
    let ran = term.run(&["publish", "site"]).expect(0);
    assert!(ran.stdout.contains("already"), "{}", ran.stdout);
    assert_eq!(term.everything("site"), before);
    // Old releases go, and those who have one still come up to date.
    term.fix(6);
    term.run(&["publish", "site", "--keep", "2", "--yes"]).expect(0);
    assert_eq!(term.index().releases.len(), 2);
    term.run(&["publish", "site", "--check"]).expect(0);
    term.within("seldom", &["update"]).expect(0);
    term.within("late", &["update"]).expect(0);
    assert_eq!(term.files("seldom"), term.files("late"));
}

#[test]
fn the_index_and_the_page_say_in_words_what_a_release_changes() {
    let term = Term::published();
    assert!(term.index().releases[0].changes.is_empty(), "there is nothing to compare the first one with");
    let page = || fs::read_to_string(term.at("site/index.html")).unwrap();
    // How to start, with nothing but uv first.
    let ways = [
        "uvx tito-course init ADDRESS",
        "uv tool install tito-course\n",
        "pip install tito-course\n",
        "\ntito init ADDRESS",
    ];
    let places = ways.map(|way| {
        page().replace("</code>", "\n").find(way).unwrap_or_else(|| panic!("{way} in {}", page()))
    });
    assert!(places.is_sorted(), "{places:?}");
    assert!(
        page().contains("About 4 hours in all.") || page().contains("About 1 hour in all."),
        "{}",
        page()
    );
    term.fix(1);
    term.edit("base/modules/sums/sums.py", "# # Sums", "# # Sums and more");
    term.edit("base/tests/sums/test_sums.py", "def ", "# New.\ndef ");
    term.edit("base/catalog.yml", "title: Means", "title: Averages");
    term.edit(
        "base/catalog.yml",
        "retired:",
        "advisories:\n  - {id: T-1, severity: critical, in: 1.2.0, affects: [sums], title: \"A sum of <nothing> was 4\"}\nretired:",
    );
    term.run(&["publish", "site", "--yes"]).expect(0);
    let expected = [
        "Important fix: A sum of <nothing> was 4",
        "03 Means is called Averages now.",
        "02 Sums: notebook, tests and texts changed.",
        "Whole course: texts changed.",
    ];
    let found = term.index().releases[0].changes.clone();
    assert!(expected.iter().all(|line| found.iter().any(|found| found == line)), "{found:#?}");
    assert!(page().contains("A sum of &lt;nothing&gt; was 4"), "{}", page());
    term.edit("course.yml", "modules: all", "modules: [numbers, sums, means]");
    term.run(&["publish", "site", "--yes"]).expect(0);
    let found = term.index().releases[0].changes.clone();
    assert!(found.iter().any(|line| line.ends_with("Plots is no longer part of the course.")), "{found:#?}");
}

#[test]
fn work_is_merged_with_a_release_as_with_a_course() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    let readme = term.at("ada/README.md");
    let mine = format!("My notes.\n\n{}", fs::read_to_string(&readme).unwrap());
    fs::write(&readme, &mine).unwrap();
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    term.within("ada", &["update"]);
    let everything = tree(&term.at("ada"));
    let kept = everything.values().any(|bytes| String::from_utf8_lossy(bytes).contains("My notes."));
    assert!(kept, "what the student wrote is somewhere");
    term.within("ada", &["undo"]).expect(0);
    assert_eq!(fs::read_to_string(&readme).unwrap(), mine);
}

/// Each file of a published folder, missing, cut, or with one other byte: it is noticed, named, and nothing is written.
#[test]
fn nothing_that_is_not_as_published_reaches_a_student() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    let before = term.everything("ada");
    let names: Vec<String> = tree(&term.at("site")).into_keys().collect();
    let needed = |name: &str| {
        let index = term.index();
        let current = index.release(index.current).unwrap();
        let packs: Vec<String> = index
            .packs_for(index.current, Some(1))
            .iter()
            .take(1)
            .map(|pack| format!("packs/{}.zip", pack.sha256))
            .collect();
        name == "index.json"
            || name == format!("releases/{}.json", current.release)
            || packs.contains(&name.to_owned())
    };
    let needed: Vec<String> = names.into_iter().filter(|name| needed(name)).collect();
    assert_eq!(needed.len(), 3, "{needed:?}");
    for name in needed {
        let path = term.at("site").join(&name);
        let good = fs::read(&path).unwrap();
        let mut other = good.clone();
        // Words of an index are covered by a signature alone; here it is the digest of the release.
        let digest = term.index().release(2).unwrap().release.to_string();
        let of_digest = other.windows(digest.len()).position(|window| window == digest.as_bytes());
        let at = of_digest.unwrap_or(other.len() / 2);
        other[at] = if other[at] == b'0' { b'1' } else { b'0' };
        for (what, bytes) in [
            ("missing", None),
            ("cut", Some(&good[..good.len() - 7])),
            ("empty", Some(&good[..0])),
            ("other", Some(&other[..])),
        ] {
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let ran = term.within("ada", &["update"]).expect(1);
            assert!(
                ran.stderr.contains("nothing was changed") || name == "index.json",
                "{name} {what}: {}",
                ran.stderr
            );
            assert_eq!(term.everything("ada"), before, "{name} {what}");
            assert_ne!(term.run(&["publish", "site", "--check"]).code, 0, "{name} {what}");
        }
        fs::write(&path, &good).unwrap();
    }
    term.run(&["publish", "site", "--check"]).expect(0);
    term.within("ada", &["update"]).expect(0);
}

#[test]
fn an_address_never_goes_back_and_never_changes_what_it_gave() {
    let term = Term::published();
    let first = tree(&term.at("site"));
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    term.run(&["init", "site", "ada"]).expect(0);
    let before = term.everything("ada");
    // Somebody brings back the folder as it was before.
    fs::remove_dir_all(term.at("site")).unwrap();
    for (name, bytes) in first {
        let path = term.at("site").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(
        ran.stderr.contains("has release 1 now") && ran.stderr.contains("given release 2"),
        "{}",
        ran.stderr
    );
    assert_eq!(term.everything("ada"), before);
    // And publishes another release 2.
    term.fix(3);
    term.run(&["publish", "site", "--yes"]).expect(0);
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("is not the release 2"), "{}", ran.stderr);
    assert_eq!(term.everything("ada"), before);
    // Another course at the same address.
    term.edit("course.yml", "nordlund/mls", "nordlund/other");
    fs::remove_dir_all(term.at("site")).unwrap();
    term.run(&["publish", "site"]).expect(0);
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("nordlund/other"), "{}", ran.stderr);
    assert_eq!(term.everything("ada"), before);
}

#[test]
fn publish_refuses_what_would_harm() {
    let term = Term::new();
    fs::create_dir_all(term.at("full")).unwrap();
    fs::write(term.at("full/thesis.tex"), "mine").unwrap();
    let ran = term.run(&["publish", "full"]).expect(4);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    assert_eq!(tree(&term.at("full")).len(), 1);
    term.run(&["publish", "site"]).expect(0);
    term.edit("course.yml", "nordlund/mls", "nordlund/other");
    let ran = term.run(&["publish", "site"]).expect(4);
    assert!(ran.stderr.contains("nordlund/mls"), "{}", ran.stderr);
    fs::write(term.at("course.yml"), format!("{COURSE}tier: instructor\n")).unwrap();
    let ran = term.run(&["publish", "secret"]).expect(4);
    assert!(ran.stderr.contains("every solution"), "{}", ran.stderr);
    assert!(!term.at("secret").exists());
    fs::write(term.at("course.yml"), COURSE).unwrap();
    term.run(&["lock"]).expect(0);
    term.fix(2);
    let ran = term.run(&["publish", "site"]).expect(4);
    assert!(ran.stderr.contains("tito lock"), "{}", ran.stderr);
    fs::write(term.at("course.yml"), "course: {id: nordlund/mls}\nmodules: [nothing]\n").unwrap();
    term.run(&["publish", "site"]).expect(1);
}

/// A folder that lost something gets it again with the next `publish`, whether or not the course changed since.
#[test]
fn what_a_published_folder_lost_is_published_again() {
    for (folder, changed) in [("packs", false), ("packs", true), ("releases", false), ("releases", true)] {
        let term = Term::published();
        term.fix(2);
        term.run(&["publish", "site"]).expect(0);
        let index = term.index();
        let path = match folder {
            "packs" => pack_path(index.packs.last().unwrap().sha256),
            _ => release_path(index.release(2).unwrap().release),
        };
        fs::remove_file(term.at("site").join(path)).unwrap();
        term.run(&["publish", "site", "--check"]).expect(1);
        term.run(&["init", "site", "unlucky"]).expect(1);
        let serial = if changed { 3 } else { 2 };
        if changed {
            term.fix(3);
        }
        let ran = term.run(&["publish", "site"]).expect(0);
        assert!(ran.stdout.contains(&format!("release {serial} of nordlund/mls in site")), "{}", ran.text());
        let check = term.run(&["publish", "site", "--check"]);
        // The manifest of a former release cannot be made again.
        let gone = folder == "releases" && changed;
        assert_eq!(check.code, i32::from(gone), "{folder} {changed}: {}", check.text());
        term.run(&["init", "site", "ada"]).expect(0);
        assert!(term.has_fix("ada", serial));
        let again = term.run(&["publish", "site"]).expect(0).stdout;
        assert!(again.contains(&format!("has this course already, as release {serial}")), "{again}");
    }
}

/// Solutions for everybody are never an accident.
#[test]
fn solutions_are_published_only_when_that_is_said() {
    let term = Term::published();
    fs::write(term.at("course.yml"), format!("{COURSE}tier: solution\n")).unwrap();
    let before = term.everything("site");
    let ran = term.run(&["publish", "site"]).expect(4);
    assert!(ran.stderr.contains("this release shows students every solution"), "{}", ran.stderr);
    assert_eq!(term.everything("site"), before);
    term.run(&["publish", "site", "--yes"]).expect(0);
    // Once they are out, a fix needs no question.
    term.fix(3);
    term.run(&["publish", "site"]).expect(0);
}

#[test]
fn what_is_not_published_is_checked_without_going_in_a_circle() {
    let term = Term::new();
    let ran = term.run(&["publish", "nowhere", "--check"]).expect(1);
    assert!(
        ran.stderr.contains("is it the right folder?") && !ran.stderr.contains("says more"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_course_is_no_place_to_publish_into() {
    let term = Term::new();
    let ran = term.run(&["publish", "course.yml"]).expect(2);
    assert!(ran.stderr.contains("`course.yml` is a file"), "{}", ran.stderr);
    assert!(ran.stderr.contains("tito publish FOLDER --config course.yml"), "{}", ran.stderr);
    fs::write(term.at("notes.txt"), "mine").unwrap();
    let ran = term.run(&["publish", "notes.txt"]).expect(2);
    assert!(ran.stderr.contains("name a folder, or a file NAME.tito"), "{}", ran.stderr);
    assert_eq!(fs::read(term.at("notes.txt")).unwrap(), b"mine");
}

/// A student's doctor says where updates would come from, and whether they still do.
#[test]
fn doctor_says_that_nothing_is_published_there_any_more() {
    let term = Term::published();
    term.run(&["publish", "mls.tito"]).expect(0);
    for (address, gone) in [("site", "site/index.json"), ("mls.tito", "mls.tito")] {
        let student = format!("student of {address}");
        term.run(&["init", address, &student]).expect(0);
        let said = |words: &str| {
            let ran = term.within(&student, &["doctor"]);
            assert!(ran.stdout.contains(words), "{words}: {}", ran.text());
        };
        said("✓ course     release 1 of ../");
        fs::rename(term.at(gone), term.at("aside")).unwrap();
        said(", and nothing is published there now\n             updates wait until it is back");
        fs::rename(term.at("aside"), term.at(gone)).unwrap();
        said("✓ course     release 1 of ../");
    }
}

/// Whoever publishes for people and whatever publishes for a program: what breaks grading goes out only when that is said.
#[test]
fn what_breaks_grading_is_published_only_when_that_is_said() {
    let term = Term::published();
    term.edit("base/modules/sums/sums.py", "test-sums-of", "test-sums-again");
    let before = term.everything("site");
    for format in ["text", "json"] {
        let ran = term.run(&["publish", "site", "--format", format]).expect(4);
        assert!(ran.stderr.contains("breaks what students have"), "{format}: {}", ran.stderr);
        assert!(ran.text().contains("test-sums-of"), "{format}: {}", ran.text());
        // What `tito lock` accepts is not what students have from here.
        let said = ran.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("accept it with `tito publish site --yes`"), "{format}: {}", ran.text());
        assert!(!said.contains("`tito lock`"), "{format}: {}", ran.text());
        assert_eq!(term.everything("site"), before, "{format}");
    }
    let ran = term.run(&["publish", "site", "--yes", "--format", "json"]).expect(0);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one value");
    assert_eq!(said["serial"], 2);
}

/// Cut short after any file, a folder still gives the release before, and the same command ends as if nothing had happened.
#[test]
fn a_publisher_that_is_stopped_harms_nobody() {
    let term = Term::published();
    let world = Disk::new();
    let site = term.at("site");
    term.fix(2);
    let target = compile(&world, &term.at("course.yml"), &Overrides::default()).value.unwrap();
    let said = Said { published: "2027-02-01T09:30:00Z".to_owned(), ..Said::default() };
    let before = Folder::open(&site).unwrap().before().unwrap();
    let whole = next(&target, before.as_ref(), &said).unwrap().unwrap();
    let start = tree(&site);
    let mut ends = Vec::new();
    for written in 0..=whole.files.len() {
        for (name, bytes) in whole.files.iter().take(written) {
            fs::write(site.join(name), bytes).unwrap();
        }
        if let Some((name, bytes)) = whole.files.get(written) {
            // Beside its place, as `apply::write_beside` writes it.
            let (folder, file) = name.split_once('/').unwrap();
            let beside = format!("{folder}/.{file}{}", tito::apply::BESIDE);
            fs::write(site.join(beside), &bytes[..bytes.len() / 2]).unwrap();
        }
        let student = format!("student-{written}");
        term.run(&["init", "site", &student]).expect(0);
        assert!(!term.has_fix(&student, 2), "the old release");
        term.run(&["publish", "site", "--yes"]).expect(0);
        term.run(&["publish", "site", "--check"]).expect(0);
        ends.push(term.everything("site"));
        fs::remove_dir_all(&site).unwrap();
        for (name, bytes) in &start {
            fs::create_dir_all(site.join(name).parent().unwrap()).unwrap();
            fs::write(site.join(name), bytes).unwrap();
        }
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "every end is the same");
}

/// Two who publish into one folder at the same moment: each is done or told that the other is at it, and readers always get a whole release.
#[test]
fn two_publishers_at_once_end_one_after_the_other() {
    let term = Term::published();
    // Each publishes a course of its own state, as two instructors with two clones do.
    for name in ["one", "two"] {
        copy(&term.at("base"), &term.at(&format!("{name}/base")));
        fs::copy(term.at("course.yml"), term.at(&format!("{name}/course.yml"))).unwrap();
    }
    let publish = |name: &str| crate::tito::tito(&term.at(name), &["publish", "../site", "--yes"]);
    for round in 0..8 {
        for name in ["one", "two"] {
            let path = term.at(&format!("{name}/base/shared/README.md.j2"));
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("{text}\n{name}, round {round}.\n")).unwrap();
        }
        let ended = std::thread::scope(|scope| {
            let both = ["one", "two"].map(|name| scope.spawn(move || publish(name)));
            let reader = scope.spawn(|| term.run(&["init", "site", &format!("student-{round}")]));
            let ended = both.map(|one| one.join().unwrap());
            reader.join().unwrap().expect(0);
            ended
        });
        for ran in &ended {
            assert!(
                ran.code == 0 || ran.stderr.contains("another `tito publish` is writing there"),
                "round {round}: {} {}",
                ran.code,
                ran.stderr
            );
        }
        assert!(ended.iter().any(|ran| ran.code == 0), "round {round}: one of them publishes");
        term.run(&["publish", "site", "--check"]).expect(0);
    }
    publish("one").expect(0);
    term.run(&["publish", "site", "--check"]).expect(0);
}

/// What a server does with every request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Habit {
    /// Serves the folder.
    Plain,
    /// Without a length, in one chunk.
    NoLength,
    /// A login page with status 200.
    LogIn,
    /// This status.
    Status(u16),
    /// Sends everybody to another place.
    Redirect(&'static str),
    /// Cuts every answer after so many bytes.
    Cut(usize),
    /// Never stops.
    Endless,
}

pub(crate) struct Server {
    port: u16,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    /// How many bytes of bodies it still sends before it is gone.
    pub(crate) left: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn new(folder: &Path, habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let (folder, seen, sends) = (folder.to_owned(), asked.clone(), left.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let _ = lines.find(String::is_empty);
                let name = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
                seen.lock().unwrap().push(name.clone());
                // The client may leave early: that is its right.
                let _ = answer(&stream, &folder.join(name), habit, &sends);
            }
        });
        Self { port, asked, left }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

fn answer(mut stream: &TcpStream, file: &Path, habit: Habit, left: &AtomicUsize) -> std::io::Result<()> {
    if left.load(Ordering::SeqCst) == 0 {
        // Gone: the connection ends without a word.
        return Ok(());
    }
    let Ok(bytes) = fs::read(file) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\n{more}Connection: close\r\n\r\n");
    let length = format!("Content-Length: {}\r\n", bytes.len());
    match habit {
        Habit::Plain => {
            let had = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                Some(if left == usize::MAX { left } else { left.saturating_sub(bytes.len()) })
            });
            stream.write_all(head(&length).as_bytes())?;
            stream.write_all(&bytes[..had.unwrap_or_default().min(bytes.len())])
        }
        Habit::NoLength => {
            stream.write_all(head("").as_bytes())?;
            stream.write_all(&bytes)
        }
        Habit::LogIn => {
            stream.write_all(head("Content-Type: text/plain\r\n").as_bytes())?;
            stream.write_all(b"\n<!DOCTYPE html><title>Log in</title>")
        }
        Habit::Status(status) => stream.write_all(
            format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
        ),
        Habit::Redirect(to) => stream.write_all(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        ),
        Habit::Cut(after) => {
            stream.write_all(head(&length).as_bytes())?;
            stream.write_all(&bytes[..after.min(bytes.len())])
        }
        Habit::Endless => {
            stream.write_all(head("").as_bytes())?;
            loop {
                stream.write_all(&[b' '; 1 << 16])?;
            }
        }
    }
}

#[test]
fn a_plain_server_delivers_a_course_and_little_more_than_what_is_new() {
    let term = Term::published();
    for habit in [Habit::Plain, Habit::NoLength] {
        let server = Server::new(&term.at("site"), habit);
        let student = format!("{habit:?}");
        term.run(&["init", &server.address(), &student]).expect(0);
        assert_eq!(server.asked.lock().unwrap().len(), 3, "index, release, one pack");
        server.asked.lock().unwrap().clear();
        let ran = term.within(&student, &["update"]).expect(0);
        assert!(ran.stdout.contains("up to date"), "{}", ran.stdout);
        assert_eq!(*server.asked.lock().unwrap(), ["index.json"], "nothing is new");
        term.within(&student, &["status"]).expect(0);
        assert_eq!(server.asked.lock().unwrap().len(), 1, "only an update asks");
    }
    let server = Server::new(&term.at("site"), Habit::Plain);
    term.run(&["init", &format!("{}index.html?from=mail", server.address()), "pasted"]).expect(0);
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    server.asked.lock().unwrap().clear();
    term.within("pasted", &["update"]).expect(0);
    assert_eq!(server.asked.lock().unwrap().len(), 3, "index, release, what is new");
    assert!(term.has_fix("pasted", 2));
}

#[test]
fn an_update_whose_server_goes_away_anywhere_changes_nothing_and_the_next_one_is_whole() {
    let term = Term::published();
    let server = Server::new(&term.at("site"), Habit::Plain);
    term.run(&["init", &server.address(), "ada"]).expect(0);
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    // What an update fetches in all, found by one that is whole.
    copy(&term.at("ada"), &term.at("whole"));
    server.asked.lock().unwrap().clear();
    term.within("whole", &["update"]).expect(0);
    let size = |name: &String| fs::metadata(term.at("site").join(name)).unwrap().len();
    let all: u64 = server.asked.lock().unwrap().iter().map(size).sum();
    let before = term.everything("ada");
    for sent in (0..usize::try_from(all).unwrap()).step_by(usize::try_from(all / 40).unwrap()) {
        server.left.store(sent, Ordering::SeqCst);
        let ran = term.within("ada", &["update"]).expect(1);
        assert!(ran.stderr.contains("error:"), "after {sent} bytes: {}", ran.stderr);
        assert_eq!(term.everything("ada"), before, "after {sent} bytes");
        term.within("ada", &["status"]).expect(0);
    }
    server.left.store(usize::MAX, Ordering::SeqCst);
    term.within("ada", &["update"]).expect(0);
    assert_eq!(term.files("ada"), term.files("whole"));
}

#[test]
fn servers_that_do_otherwise_are_understood_and_harm_nothing() {
    let term = Term::published();
    let cases = [
        (Habit::LogIn, "do you have to log in?"),
        (Habit::Status(403), "does not let us in"),
        (Habit::Status(503), "try again later"),
        (Habit::Status(404), "no course is published"),
        (Habit::Redirect("http://example.org/"), "302"),
        (Habit::Redirect("https://example.org/"), "302"),
        (Habit::Endless, "longer than"),
    ];
    for (habit, why) in cases {
        let server = Server::new(&term.at("site"), habit);
        let ran = term.run(&["init", &server.address(), "ada"]).expect(1);
        assert!(ran.stderr.contains(why) || matches!(habit, Habit::Status(404)), "{habit:?}: {}", ran.stderr);
        assert!(!term.at("ada").exists(), "{habit:?}");
    }
    // Cut anywhere: all or nothing.
    let longest = tree(&term.at("site")).values().map(Vec::len).max().unwrap();
    for after in (0..longest).step_by(longest / 12) {
        let server = Server::new(&term.at("site"), Habit::Cut(after));
        term.run(&["init", &server.address(), "ada"]).expect(1);
        assert!(!term.at("ada").exists(), "cut after {after}");
    }
    // Whoever has a workspace is told what a student can do, and whoever has none what an address is.
    term.run(&["init", "site", "bob"]).expect(0);
    fs::rename(term.at("site"), term.at("away")).unwrap();
    fs::create_dir(term.at("site")).unwrap();
    let server = Server::new(&term.at("site"), Habit::Plain);
    let said = term.run(&["init", &server.address(), "ada"]).expect(1).stderr;
    assert!(said.contains("is the address complete?"), "{said}");
    for address in [server.address(), "http://127.0.0.1:1/".to_owned()] {
        let said = term.within("bob", &["update", "--config", &address]).expect(1).stderr;
        assert!(said.contains("all that you have works without it"), "{said}");
        assert!(said.contains("tito update --config ADDRESS") && !said.contains("tito publish"), "{said}");
        let said = term.run(&["init", &address, "ada"]).expect(1).stderr;
        assert!(!said.contains("tito update") && !said.contains("all that you have"), "{said}");
    }
    fs::remove_dir(term.at("site")).unwrap();
    fs::rename(term.at("away"), term.at("site")).unwrap();
    let gone =
        Server::new(&term.at("site"), Habit::Plain).address().replace("/", "/x/").replacen("/x/", "/", 2);
    term.run(&["init", &gone, "ada"]).expect(1);
    for odd in [
        "http://courses.example.org/",
        "ftp://courses.example.org/",
        "https://me:word@example.org/x",
        "git@example.org:x/y.git",
    ] {
        let ran = term.run(&["init", odd]);
        assert_ne!(ran.code, 0, "{odd}");
        assert!(!ran.stderr.contains("word@"), "{}", ran.stderr);
    }
}
