//! Layers, bases and assignments that come from Git repositories and from archives.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use tito::digest::Digest;

use crate::mini::copy;
use crate::repository::{Server, commit, forget_newest, git, head, plain_server};
#[cfg(unix)]
use crate::tito::script;
use crate::tito::{Ran, command, ran, root, tree};

/// A layer of the faculty, beside its base.
const FACULTY: &str =
    "course: {id: nordlund/mls, title: Machines that learn}\nbase: {from: {path: ../base}}\nmodules: all\n";
/// A course that adds nothing to it.
const COURSE: &str = "extends: {git: ./faculty.git, ref: main, path: mls/course.yml}\n";

/// A faculty's repository, the course of an instructor, and a cache of their own.
struct Desk(tempfile::TempDir);

impl Desk {
    /// The course extends the faculty's, which a server gives, and is locked.
    fn locked_to_a_server(&self) -> Server {
        let server = Server::new(self.0.path());
        self.write(
            "course.yml",
            format!("extends: {{git: \"{}/faculty.git\", ref: main, path: mls/course.yml}}\n", server.url),
        );
        self.run(&["lock"]).expect(0);
        server
    }

    /// A repository `faculty.git` of the folder `faculty`, and a course that extends its layer.
    fn new() -> Self {
        let this = Self::empty();
        copy(&root().join("tests/bases/mini"), &this.at("faculty/base"));
        this.write("faculty/mls/course.yml", FACULTY);
        this.write("course.yml", COURSE);
        this.commit();
        this
    }

    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The same, with a lock.
    fn locked() -> Self {
        let this = Self::new();
        this.run(&["lock"]).expect(0);
        this
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.text(path);
        assert!(text.contains(old), "{path} has no `{old}`");
        self.write(path, text.replace(old, new));
    }

    fn commit(&self) -> String {
        commit(&self.at("faculty.git"), &self.at("faculty"))
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = command(self.0.path());
        command.env("TITO_CACHE", self.at("cache")).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command(args).output().unwrap())
    }

    /// `tito check`, which must fail with `code`.
    fn fails(&self, code: &str) -> String {
        let ran = self.run(&["check", "--color", "never"]).expect(1);
        assert!(ran.stderr.lines().any(|line| line == code), "{code} is not reported:\n{}", ran.stderr);
        ran.stderr
    }

    /// The files of the cache that are not locks or records.
    fn cached(&self) -> Vec<String> {
        let names = fs::read_dir(self.at("cache")).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| !name.ends_with("lock") && !name.ends_with(".json")).collect()
    }
}

#[test]
fn a_layer_and_its_base_come_from_git_and_are_pinned() {
    let desk = Desk::new();
    let said = desk.fails("fetch::not-pinned");
    assert!(said.contains("run `tito lock`"), "{said}");
    desk.run(&["lock"]).expect(0);
    let lock = desk.text("course.lock");
    let line = format!(
        "  - {{git: \"./faculty.git\", ref: \"main\", commit: \"{}\", tree: ",
        head(&desk.at("faculty.git"))
    );
    assert!(lock.contains(&line), "{lock}");
    assert!(lock.contains("lock: 4\n") && lock.contains("./faculty.git@main:mls/course.yml"), "{lock}");
    desk.run(&["check"]).expect(0);
    desk.run(&["lock", "--check"]).expect(0);
    let shown = desk.run(&["show", "--provenance", "--files"]).expect(0).stdout;
    assert!(shown.contains("./faculty.git@main:mls/course.yml:2"), "{shown}");
    assert!(
        shown.contains(&format!("sources[0]: ./faculty.git@main {}", &head(&desk.at("faculty.git"))[..12])),
        "{shown}"
    );
    assert!(shown.contains("./faculty.git@main:base/modules/numbers/"), "{shown}");
    desk.run(&["init", "ws"]).expect(0);

    // The same course with the same files beside it gives a student the same.
    let beside = Desk::empty();
    copy(&desk.at("faculty"), &beside.at("faculty"));
    beside.write("course.yml", "extends: faculty/mls/course.yml\n");
    beside.run(&["init", "ws"]).expect(0);
    let files = |desk: &Desk| {
        let all = tree(&desk.at("ws")).into_iter();
        all.filter(|(path, _)| !path.starts_with(".tinytorch/") && path != "course.lock").collect::<Vec<_>>()
    };
    assert_eq!(files(&desk), files(&beside));
}

#[test]
fn mistakes_of_a_fetched_layer_are_shown_where_they_are() {
    let desk = Desk::new();
    desk.edit("faculty/mls/course.yml", "modules: all", "modules: [numbers, sumz]");
    desk.commit();
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(
        said.contains("[./faculty.git@main:mls/course.yml:3:20]") && said.contains("did you mean `sums`?"),
        "{said}"
    );
    assert!(!desk.at("course.lock").exists());
    // In the catalog, and in a notebook of the base.
    desk.write("faculty/mls/course.yml", FACULTY);
    desk.edit("faculty/base/catalog.yml", "modules:", "moduls: []\nmodules:");
    desk.edit("faculty/base/modules/sums/sums.py", "### END SOLUTION", "### END SOLUTIO");
    desk.commit();
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(said.contains("[./faculty.git@main:base/catalog.yml:"), "{said}");
    assert!(said.contains("[./faculty.git@main:base/modules/sums/sums.py"), "{said}");
}

#[test]
fn a_branch_that_moves_changes_nothing_until_the_pin_is_moved() {
    let desk = Desk::locked();
    let (lock, old) = (desk.text("course.lock"), head(&desk.at("faculty.git")));
    desk.edit("faculty/base/modules/numbers/README.md.j2", "#", "# Really:");
    let new = desk.commit();
    assert_ne!(old, new);
    desk.run(&["lock", "--check"]).expect(0);
    desk.run(&["lock"]).expect(0);
    assert_eq!(desk.text("course.lock"), lock);
    let said = desk.run(&["check", "--online", "--color", "never"]).expect(0).stderr;
    assert!(
        said.contains("fetch::moved") && said.contains(&new[..12]) && said.contains(&old[..12]),
        "{said}"
    );
    let said = desk.run(&["lock", "--upgrade", "others"]).expect(1).stderr;
    assert!(said.contains("`others`") && said.contains("./faculty.git"), "{said}");

    let json = desk.run(&["lock", "--upgrade", "--check", "--format", "json"]).expect(4).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["sources"][0]["was"].as_str(), json["sources"][0]["now"].as_str()),
        (Some(&*old), Some(&*new))
    );
    assert_eq!(json["difference"]["files"][0]["name"], "modules/01_numbers/README.md");
    assert_eq!(desk.text("course.lock"), lock);
    let ran = desk.run(&["lock", "--upgrade", "faculty"]).expect(0);
    assert!(ran.stdout.contains(&format!("{} → {}", &old[..12], &new[..12])), "{}", ran.stdout);
    assert!(ran.stdout.contains("changed  modules/01_numbers/README.md"), "{}", ran.stdout);
    assert!(desk.text("course.lock").contains(&new));
    let said = desk.run(&["check", "--online"]).expect(0).stderr;
    assert!(!said.contains("fetch::moved"), "{said}");
}

#[test]
fn a_commit_that_is_gone_is_an_error_and_never_another_one() {
    let desk = Desk::new();
    desk.write("faculty/note.md", "one\n");
    let gone = desk.commit();
    desk.run(&["lock"]).expect(0);
    let lock = desk.text("course.lock");
    forget_newest(&desk.at("faculty.git"));
    // What is in the cache is still what was pinned.
    desk.run(&["check"]).expect(0);
    desk.run(&["cache", "clear"]).expect(0);
    let said = desk.fails("fetch::gone");
    assert!(said.contains(&gone[..12]) && said.contains("tito lock --upgrade faculty"), "{said}");
    desk.run(&["lock"]).expect(1);
    assert_eq!(desk.text("course.lock"), lock);
    assert!(desk.cached().is_empty(), "{:?}", desk.cached());
    let said = desk.run(&["check", "--online"]).expect(1).stderr;
    assert!(said.contains("fetch::gone"), "{said}");
    desk.run(&["lock", "--upgrade"]).expect(0);
    assert!(!desk.text("course.lock").contains(&gone));
    desk.run(&["check"]).expect(0);
}

#[test]
fn a_branch_a_tag_a_commit_or_nothing_may_be_asked_for() {
    let desk = Desk::new();
    let first = head(&desk.at("faculty.git"));
    git(&desk.at("faculty.git"), &["tag", "--annotate", "--message=A release", "v1.2.0"]);
    desk.write("faculty/note.md", "two\n");
    let second = desk.commit();
    for (reference, commit) in [
        ("ref: v1.2.0, ", &first),
        ("ref: refs/heads/main, ", &second),
        ("", &second),
        (&format!("ref: {first}, "), &first),
    ] {
        desk.write(
            "course.yml",
            format!("extends: {{git: ./faculty.git, {reference}path: mls/course.yml}}\n"),
        );
        let _ = fs::remove_file(desk.at("course.lock"));
        desk.run(&["lock"]).expect(0);
        assert!(desk.text("course.lock").contains(&format!("commit: \"{commit}\"")), "{reference}");
    }
    desk.write("course.yml", "extends: {git: ./faculty.git, ref: nowhere, path: mls/course.yml}\n");
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(said.contains("fetch::gone") && said.contains("no branch or tag `nowhere`"), "{said}");
    assert!(said.contains("write one that it has: `main`, `v1.2.0`"), "{said}");
    for (reference, help) in [
        ("mian", "write `ref: main`".to_owned()),
        (
            &first[..10],
            format!("a commit is named by all 40 digits: `git rev-parse {}` prints", &first[..10]),
        ),
    ] {
        let extends = format!("extends: {{git: ./faculty.git, ref: {reference}, path: mls/course.yml}}\n");
        desk.write("course.yml", extends);
        let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
        assert!(said.contains(&help), "{said}");
    }
    desk.write("course.yml", "extends: {git: ./faculty.git, ref: main, path: msl/course.yml}\n");
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(said.contains("`base`, `mls`, `note.md`"), "{said}");
}

#[test]
fn an_assignment_comes_from_a_repository_of_its_own() {
    let desk = Desk::new();
    desk.write("lab/energy/lab.py", "# %% [markdown]\n# # Energy\n\n# %%\nprint(1)\n");
    desk.write("lab/energy/README.md", "# Energy\n");
    commit(&desk.at("labs.git"), &desk.at("lab"));
    desk.write(
        "course.yml",
        format!(
            "{COURSE}modules:\n  edit:\n    - insert: {{unit: energy, last: true}}\nassignments:\n  energy: {{title: Energy, from: {{git: ./labs.git, subdir: energy}}}}\n"
        ),
    );
    desk.run(&["lock"]).expect(0);
    let lock = desk.text("course.lock");
    assert_eq!(lock.matches("- {git: ").count(), 2, "{lock}");
    assert!(lock.contains("assignments/energy/lab.ipynb"), "{lock}");
    // One source moves, the other stays.
    let (labs, faculty) = (head(&desk.at("labs.git")), head(&desk.at("faculty.git")));
    desk.write("lab/energy/README.md", "# More energy\n");
    desk.write("faculty/note.md", "two\n");
    commit(&desk.at("labs.git"), &desk.at("lab"));
    desk.commit();
    desk.run(&["lock", "--upgrade", "labs"]).expect(0);
    let lock = desk.text("course.lock");
    assert!(lock.contains(&faculty) && !lock.contains(&labs), "{lock}");
}

#[test]
fn a_fetched_layer_reaches_neither_out_of_its_source_nor_into_this_computer() {
    let desk = Desk::new();
    desk.write("secret/catalog.yml", "catalog: secret\n");
    for (layer, code) in [
        ("extends: ../../secret/course.yml\n", "fetch::escapes"),
        ("course: {id: a}\nbase: {from: {path: ../../secret}}\n", "fetch::escapes"),
        (
            "course: {id: a}\nassignments: {b: {from: {path: ../../secret}}}\nmodules: [b]\n",
            "assignment::escapes",
        ),
        (
            "course: {id: a}\nbase: {from: {git: ../../faculty.git, ref: main, subdir: base}}\n",
            "source::invalid-value",
        ),
        ("course: {id: a}\nbase: {from: {git: \"file:///srv/private.git\"}}\n", "source::invalid-value"),
        ("course: {id: a}\nbase: {from: {git: \"http://127.0.0.1/private.git\"}}\n", "source::invalid-value"),
        ("course: {id: a}\nbase: {from: {git: ../base, subdir: ../../secret}}\n", "source::invalid-value"),
        ("course: {id: a}\nbase: {from: {path: /etc}}\n", "source::invalid-value"),
    ] {
        desk.write("faculty/mls/course.yml", layer);
        desk.commit();
        let _ = fs::remove_file(desk.at("course.lock"));
        let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
        assert!(said.lines().any(|line| line == code), "{layer}{said}");
        assert!(said.contains("[./faculty.git@main:mls/course.yml:"), "{said}");
    }
}

#[test]
fn addresses_that_could_be_options_or_programs_are_refused_before_git_sees_them() {
    let desk = Desk::empty();
    for address in [
        "ext::sh -c 'touch marker'",
        "--upload-pack=touch marker",
        "-u",
        "ssh://-oProxyCommand=touch%20marker/repo",
        "git@-oProxyCommand=touch:repo",
        "git@host:-repo",
        "git://host.example/repo.git",
        "http://host.example/repo.git",
        "https://token:x@host.example/repo.git",
    ] {
        desk.write("course.yml", format!("extends: {{git: \"{address}\", path: course.yml}}\n"));
        let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
        assert!(said.contains("source::invalid-value") && said.contains("help:"), "{address}: {said}");
    }
    for reference in ["--upload-pack=touch", "-x", "a..b", "a b", "main:refs/heads/x", "@{u}"] {
        desk.write(
            "course.yml",
            format!("extends: {{git: ./x.git, ref: \"{reference}\", path: course.yml}}\n"),
        );
        let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
        assert!(said.contains("source::invalid-value"), "{reference}: {said}");
    }
    assert!(!desk.at("marker").exists() && !desk.at("cache").exists());
}

/// A program that leaves a mark, as every setting of git that names one.
#[cfg(unix)]
fn hostile_settings(repository: &Path, marker: &Path) {
    let program = repository.join("leave-a-mark");
    script(&program, &format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\ncat\n", marker.display()));
    let name = program.display().to_string();
    for key in [
        "core.sshCommand",
        "core.fsmonitor",
        "core.askPass",
        "core.gitProxy",
        "core.editor",
        "core.pager",
        "core.alternateRefsCommand",
        "credential.helper",
        "uploadpack.packObjectsHook",
        "filter.mark.smudge",
        "filter.mark.clean",
        "filter.mark.process",
        "diff.external",
        "tar.tar.command",
    ] {
        git(repository, &["config", key, &name]);
    }
    git(repository, &["config", "filter.mark.required", "true"]);
    git(repository, &["config", "url.ext::leave-a-mark .insteadOf", "./"]);
    git(repository, &["config", "protocol.ext.allow", "always"]);
    fs::create_dir_all(repository.join("hooks")).unwrap();
    for hook in [
        "post-checkout",
        "post-merge",
        "reference-transaction",
        "pre-receive",
        "post-update",
        "pre-auto-gc",
        "post-index-change",
        "fsmonitor-watchman",
    ] {
        fs::copy(&program, repository.join("hooks").join(hook)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn nothing_of_a_hostile_repository_runs() {
    let desk = Desk::new();
    let marker = desk.at("marker");
    desk.write("faculty/.gitattributes", "* filter=mark diff=mark export-subst\n");
    desk.write(
        "faculty/.gitmodules",
        "[submodule \"x\"]\n\tpath = x\n\turl = ext::leave-a-mark\n\tupdate = !leave-a-mark\n",
    );
    desk.commit();
    // The repository that is fetched, and the one in which the course is.
    hostile_settings(&desk.at("faculty.git"), &marker);
    git(&desk.at("."), &["init", "--quiet", "."]);
    hostile_settings(&desk.at(".git"), &marker);
    desk.run(&["lock"]).expect(0);
    desk.run(&["check", "--online"]).expect(0);
    desk.run(&["lock", "--upgrade"]).expect(0);
    desk.run(&["init", "ws"]).expect(0);
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap());
    // The mark is one that can be left.
    let _ = std::process::Command::new(desk.at(".git/hooks/post-checkout"))
        .stdin(std::process::Stdio::null())
        .output();
    assert!(marker.exists());
}

#[test]
fn submodules_links_and_pointers_of_lfs_are_named() {
    let desk = Desk::new();
    let bare = desk.at("faculty.git");
    desk.write(
        "faculty/base/modules/numbers/data.npz",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
    );
    desk.commit();
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(
        said.contains("place::lfs-pointer")
            && said.contains("./faculty.git@main:base/modules/numbers/data.npz"),
        "{said}"
    );

    fs::remove_file(desk.at("faculty/base/modules/numbers/data.npz")).unwrap();
    let commit = desk.commit();
    git(
        &bare,
        &["update-index", "--add", "--cacheinfo", &format!("160000,{commit},base/modules/numbers/other")],
    );
    let blob = git(&bare, &["rev-parse", "main:mls/course.yml"]);
    git(
        &bare,
        &["update-index", "--add", "--cacheinfo", &format!("120000,{blob},base/modules/numbers/link.md")],
    );
    // Outside of what the course uses it harms no one.
    git(&bare, &["update-index", "--add", "--cacheinfo", &format!("160000,{commit},elsewhere")]);
    let tree = git(&bare, &["write-tree"]);
    let commit = git(&bare, &["commit-tree", &tree, "-p", &commit, "-m", "Others"]);
    git(&bare, &["update-ref", "refs/heads/main", &commit]);
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(
        said.contains("numbers/other` is a submodule")
            && said.contains("numbers/link.md` is a symbolic link"),
        "{said}"
    );
    assert!(!said.contains("elsewhere"), "{said}");
}

#[test]
fn a_repository_is_read_over_http_from_a_real_server() {
    let desk = Desk::new();
    let server = desk.locked_to_a_server();
    let lock = desk.text("course.lock");
    assert!(lock.contains(&head(&desk.at("faculty.git"))), "{lock}");
    assert_eq!(server.packs.load(Ordering::SeqCst), 1);
    // What is in the cache is not asked for.
    desk.run(&["check"]).expect(0);
    assert_eq!(server.packs.load(Ordering::SeqCst), 1);
    let missing = format!("{}/nothing.git", server.url);
    desk.write("course.yml", format!("extends: {{git: \"{missing}\", path: course.yml}}\n"));
    let said = desk.run(&["lock", "--color", "never"]).expect(1).stderr;
    assert!(said.contains("fetch::unreachable"), "{said}");
}

/// It gives no single commit: everything is fetched, and what is pinned is still what counts.
#[test]
fn a_repository_is_read_from_a_server_that_knows_nothing_of_git() {
    let desk = Desk::new();
    let bare = desk.at("faculty.git");
    let first = head(&bare);
    git(&bare, &["update-server-info"]);
    let url = plain_server(desk.0.path());
    desk.write(
        "course.yml",
        format!("extends: {{git: \"{url}/faculty.git\", ref: main, path: mls/course.yml}}\n"),
    );
    desk.run(&["lock"]).expect(0);
    desk.write("faculty/note.md", "two\n");
    desk.commit();
    git(&bare, &["update-server-info"]);
    desk.run(&["cache", "clear"]).expect(0);
    desk.run(&["lock", "--check"]).expect(0);
    assert!(desk.text("course.lock").contains(&first));
    desk.run(&["lock", "--upgrade"]).expect(0);
    forget_newest(&bare);
    git(&bare, &["update-server-info"]);
    desk.run(&["cache", "clear"]).expect(0);
    desk.fails("fetch::gone");
}

/// The user's own settings count: a helper that knows the password. Without one nothing asks, at no terminal and by no window.
#[cfg(unix)]
#[test]
fn a_password_comes_from_the_users_helper_and_no_one_is_asked() {
    let desk = Desk::new();
    let server = Server::new(desk.0.path());
    desk.write(
        "course.yml",
        format!(
            "extends: {{git: \"{}/private/faculty.git\", ref: main, path: mls/course.yml}}\n",
            server.url
        ),
    );
    script(&desk.at("ask"), &format!("#!/bin/sh\necho asked >> {}\necho me\n", desk.at("marker").display()));
    let asking = |command: &mut std::process::Command| {
        let ask = desk.at("ask");
        ran(&command.env("GIT_ASKPASS", &ask).env("SSH_ASKPASS", &ask).output().unwrap())
    };
    let said = asking(&mut desk.command(&["lock", "--color", "never"])).expect(1).stderr;
    assert!(said.contains("fetch::unreachable") && said.contains("it wants a password"), "{said}");
    assert!(!desk.at("marker").exists());

    desk.write(
        "gitconfig",
        "[credential]\n\thelper = \"!f() { echo username=me; echo password=secret; }; f\"\n",
    );
    asking(desk.command(&["lock"]).env("GIT_CONFIG_GLOBAL", desk.at("gitconfig"))).expect(0);
    assert!(!desk.at("marker").exists());
    // It is nowhere but with the helper.
    for (path, bytes) in
        tree(&desk.at("cache")).into_iter().chain([("lock".into(), desk.text("course.lock").into())])
    {
        assert!(!String::from_utf8_lossy(&bytes).contains("secret"), "{path}");
    }
}

/// Killed at any moment of a fetch, tito leaves nothing that harms the next one.
#[test]
fn a_fetch_that_is_killed_is_done_again() {
    let desk = Desk::locked();
    let name = desk.cached().pop().unwrap();
    let whole = fs::read(desk.at("cache").join(&name)).unwrap();
    let mut killed = 0;
    for wait in (0..240).step_by(12) {
        desk.run(&["cache", "clear"]).expect(0);
        let mut child =
            desk.command(&["lock", "--check"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        killed += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        desk.run(&["lock", "--check"]).expect(0);
        assert_eq!(desk.cached(), [name.as_str()], "killed after {wait} ms");
        assert!(fs::read(desk.at("cache").join(&name)).unwrap() == whole, "killed after {wait} ms");
    }
    assert!(killed > 3, "it was killed {killed} times");
}

/// Between the last two steps of a fetch: the tree is there, and its record is only begun.
#[test]
fn a_record_that_was_only_begun_is_written_again() {
    let desk = Desk::locked();
    let key = desk.cached().pop().unwrap().replace(".zip", "");
    let at = |ending: &str| desk.at("cache").join(format!("{key}.{ending}"));
    let whole = fs::read(at("json")).unwrap();
    fs::rename(at("json"), at("json.new")).unwrap();
    desk.run(&["lock", "--check"]).expect(0);
    assert!(!at("json.new").exists());
    assert_eq!(fs::read(at("json")).unwrap(), whole);
}

#[test]
fn several_processes_fetch_at_once_and_one_does_the_work() {
    let desk = Desk::new();
    let server = desk.locked_to_a_server();
    desk.run(&["cache", "clear"]).expect(0);
    let before = server.packs.load(Ordering::SeqCst);
    let children: Vec<_> = (0..6)
        .map(|_| desk.command(&["lock", "--check"]).stderr(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert_eq!(server.packs.load(Ordering::SeqCst) - before, 1);
    assert_eq!(desk.cached().len(), 1, "{:?}", desk.cached());
}

#[test]
fn what_an_interrupted_fetch_left_is_no_harm() {
    let desk = Desk::locked();
    let name = desk.cached().pop().unwrap();
    let key = name.strip_suffix(".zip").unwrap();
    let whole = fs::read(desk.at("cache").join(&name)).unwrap();
    // Cut off, changed by a bit, and something else: it is fetched again.
    let mut bit = whole.clone();
    bit[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &bit, b"nothing"] {
        desk.write(&format!("cache/{name}"), damaged);
        desk.write(&format!("cache/{key}.new"), "rest");
        desk.write(&format!("cache/{key}.git/objects/rest"), "rest");
        desk.run(&["lock", "--check"]).expect(0);
        assert!(fs::read(desk.at("cache").join(&name)).unwrap() == whole);
        assert_eq!(desk.cached(), [name.as_str()]);
    }
}

#[test]
fn offline_uses_what_is_there_and_asks_no_one() {
    let desk = Desk::locked();
    fs::rename(desk.at("faculty.git"), desk.at("away.git")).unwrap();
    desk.run(&["check", "--offline"]).expect(0);
    desk.run(&["lock", "--offline"]).expect(0);
    desk.run(&["init", "ws"]).expect(0);
    let update = || {
        let mut command = command(&desk.at("ws"));
        ran(&command.env("TITO_CACHE", desk.at("cache")).args(["update", "--offline"]).output().unwrap())
    };
    update().expect(0);
    desk.run(&["cache", "clear"]).expect(0);
    fs::rename(desk.at("away.git"), desk.at("faculty.git")).unwrap();
    desk.write("course.yml", format!("{COURSE}tier: challenge\n"));
    let said = update().expect(1).stderr;
    assert!(said.contains("fetch::unreachable") && said.contains("offline"), "{said}");
    desk.write("course.yml", COURSE);
    let said = desk.run(&["check", "--offline"]).expect(1).stderr;
    assert!(said.contains("fetch::unreachable") && said.contains("offline"), "{said}");
    let said = desk.command(&["init", "other"]).env("TITO_OFFLINE", "1").output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(!desk.at("other").exists());
    desk.run(&["check"]).expect(0);
}

#[test]
fn a_lock_that_cannot_be_read_is_never_a_reason_to_choose_another_commit() {
    let desk = Desk::locked();
    let broken = desk.text("course.lock").replace("title: Numbers", "title: Letters");
    desk.write("course.lock", &broken);
    for verb in ["check", "lock"] {
        let said = desk.run(&[verb, "--color", "never"]).expect(1).stderr;
        assert!(said.contains("fetch::not-pinned") && said.contains("edited by hand"), "{said}");
    }
    desk.run(&["lock", "--upgrade"]).expect(1);
    assert_eq!(desk.text("course.lock"), broken);
}

#[test]
fn files_that_are_not_those_of_the_pinned_commit_are_refused() {
    let desk = Desk::locked();
    let lock = desk.text("course.lock");
    let tree = lock.split("tree: \"").nth(1).unwrap()[..64].to_owned();
    let forged = lock.replace(&tree, &"0".repeat(64));
    let (above, _) = forged.rsplit_once("end: ").unwrap();
    let end =
        format!("end: {{lines: {}, sha256: \"{}\"}}\n", above.lines().count(), Digest::of(above.as_bytes()));
    desk.write("course.lock", format!("{above}{end}"));
    let said = desk.fails("fetch::changed");
    assert!(said.contains(&tree[..12]) && said.contains("000000000000"), "{said}");
}

#[test]
fn a_vendored_course_compiles_with_network_and_cache_gone() {
    let desk = Desk::locked();
    let said = desk.run(&["vendor", "third-party"]).expect(0).stdout;
    assert!(said.contains("`vendor: third-party`"), "{said}");
    let copies = tree(&desk.at("third-party"));
    assert_eq!(copies.len(), 2, "{:?}", copies.keys());
    desk.write("course.yml", format!("{COURSE}vendor: third-party\n"));
    fs::rename(desk.at("faculty.git"), desk.at("away.git")).unwrap();
    desk.run(&["cache", "clear"]).expect(0);
    desk.run(&["check"]).expect(0);
    desk.run(&["lock"]).expect(0);
    desk.run(&["init", "ws"]).expect(0);
    // Nothing was put into the cache, and doing it again changes nothing.
    assert!(desk.cached().is_empty());
    let said = desk.run(&["vendor", "third-party"]).expect(0).stdout;
    assert!(!said.contains("write into course.yml"), "{said}");
    assert_eq!(tree(&desk.at("third-party")), copies);
    // The course moves as a whole.
    let moved = Desk::empty();
    for file in ["course.yml", "course.lock"] {
        fs::copy(desk.at(file), moved.at(file)).unwrap();
    }
    copy(&desk.at("third-party"), &moved.at("third-party"));
    moved.run(&["lock", "--check"]).expect(0);
    assert!(!moved.at("cache").exists());

    // A copy that was changed is found.
    let name = copies.keys().find(|name| name.ends_with(".zip")).unwrap();
    let mut bytes = copies[name].clone();
    let at = bytes.windows(9).position(|window| window == b"### BEGIN").unwrap();
    bytes[at] = b'%';
    desk.write(&format!("third-party/{name}"), bytes);
    desk.fails("fetch::unreachable");
    fs::rename(desk.at("away.git"), desk.at("faculty.git")).unwrap();
    desk.fails("fetch::unreachable");
    desk.run(&["vendor", "third-party"]).expect(0);
    desk.run(&["check"]).expect(0);

    // A pin that moves needs new copies; the old ones go.
    desk.write("faculty/note.md", "two\n");
    desk.commit();
    desk.run(&["lock", "--upgrade"]).expect(0);
    desk.fails("fetch::unreachable");
    desk.run(&["vendor", "third-party"]).expect(0);
    desk.run(&["check"]).expect(0);
    assert_eq!(tree(&desk.at("third-party")).len(), 2);
}

#[test]
fn the_cache_is_shown_and_cleared() {
    let desk = Desk::locked();
    let said = desk.run(&["cache"]).expect(0).stdout;
    let commit = head(&desk.at("faculty.git"));
    assert!(said.contains("./faculty.git@main") && said.contains(&commit[..12]), "{said}");
    assert!(
        said.contains(&format!(
            "used by {}",
            desk.0.path().canonicalize().unwrap().join("course.yml").display()
        )),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(&["cache", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["sources"].as_array().unwrap().len(), 1);
    desk.write("cache/own.txt", "of the user");
    desk.run(&["cache", "clear"]).expect(0);
    assert_eq!(desk.cached(), ["own.txt"]);
    assert!(desk.run(&["cache"]).expect(0).stdout.contains("0 sources"));
}

#[test]
fn a_published_course_keeps_what_its_sources_were() {
    let desk = Desk::locked();
    desk.run(&["publish", "site"]).expect(0);
    desk.run(&["init", "site", "ws"]).expect(0);
    assert_eq!(desk.text("ws/course.lock"), desk.text("course.lock"));
}

/// A workspace knows what its course was made of; the pins are a part of that.
#[test]
fn a_workspace_asks_no_source_until_a_pin_moves() {
    let desk = Desk::locked();
    desk.run(&["init", "ws"]).expect(0);
    let within = |args: &[&str]| {
        let mut command = command(&desk.at("ws"));
        ran(&command.env("TITO_CACHE", desk.at("cache")).args(args).output().unwrap())
    };
    // The files of the course were written just now, and so could be written again without a trace of it.
    std::thread::sleep(std::time::Duration::from_millis(150));
    within(&["status"]).expect(0);
    assert!(desk.at("ws/.tinytorch/inputs").is_file());
    fs::rename(desk.at("faculty.git"), desk.at("away.git")).unwrap();
    fs::rename(desk.at("cache"), desk.at("away")).unwrap();
    let said = within(&["update", "--check", "--exit-code"]).expect(0);
    assert!(said.stderr.is_empty() && !desk.at("cache").exists(), "{}", said.stderr);

    fs::rename(desk.at("away.git"), desk.at("faculty.git")).unwrap();
    desk.edit("faculty/base/modules/numbers/README.md.j2", "#", "# Really:");
    desk.commit();
    within(&["update", "--check", "--exit-code"]).expect(0);
    desk.run(&["lock", "--upgrade"]).expect(0);
    within(&["update", "--check", "--exit-code"]).expect(3);
    within(&["update"]).expect(0);
    assert!(desk.text("ws/modules/01_numbers/README.md").starts_with("# Really:"));

    // What is pinned is gone: the student goes on with what was given.
    desk.run(&["cache", "clear"]).expect(0);
    fs::remove_dir_all(desk.at("faculty.git")).unwrap();
    desk.write("course.yml", format!("{COURSE}tier: challenge\n"));
    let said = within(&["status"]).expect(0);
    assert!(said.stderr.contains("continue with the course that you have"), "{}", said.stderr);
    within(&["update"]).expect(1);
}

/// A tar.gz of these entries: name, type, bytes.
fn tar_gz(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // As it is: the crate refuses names that lead out.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// So many zeros are packed into a small archive.
const BOMB: u64 = 257 << 20;

fn bomb_tar_gz() -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(BOMB);
    tar.append_data(&mut header, "x", std::io::repeat(0).take(BOMB)).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

fn bomb_zip() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("x", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(BOMB), &mut zip).unwrap();
    zip.finish().unwrap().into_inner()
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A course whose base is the archive `name`.
fn archived(desk: &Desk, name: &str, bytes: &[u8], subdir: &str) {
    desk.write(name, bytes);
    let digest = Digest::of(bytes);
    desk.write(
        "course.yml",
        format!("course: {{id: a}}\nbase: {{from: {{archive: ./{name}, sha256: \"{digest}\", subdir: {subdir}}}}}\n"),
    );
}

#[test]
fn a_base_comes_from_an_archive_of_either_kind() {
    let base = tree(&root().join("tests/bases/mini"));
    let named: Vec<(String, Vec<u8>)> =
        base.into_iter().map(|(path, bytes)| (format!("mini-1.2.0/templates/{path}"), bytes)).collect();
    let tar: Vec<_> = named
        .iter()
        .map(|(path, bytes)| (path.as_str(), tar::EntryType::Regular, bytes.as_slice()))
        .collect();
    let zip: Vec<_> = named.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let mut locks = Vec::new();
    for (name, bytes) in [("mini.tar.gz", tar_gz(&tar)), ("mini.zip", zip_of(&zip))] {
        let desk = Desk::empty();
        archived(&desk, name, &bytes, "mini-1.2.0/templates");
        // Its digest is its pin.
        desk.run(&["check"]).expect(0);
        desk.run(&["lock"]).expect(0);
        desk.run(&["init", "ws"]).expect(0);
        let lock = desk.text("course.lock");
        assert!(
            lock.contains(&format!("archive: \"./{name}\", sha256: \"{}\", tree: ", Digest::of(&bytes))),
            "{lock}"
        );
        locks.push(lock.split("tree: \"").nth(1).unwrap()[..64].to_owned());
        // Another archive under the name.
        desk.write(name, b"other bytes");
        desk.run(&["check"]).expect(0);
        desk.run(&["cache", "clear"]).expect(0);
        let said = desk.fails("fetch::changed");
        assert!(said.contains(&Digest::of(b"other bytes").to_string()), "{said}");
        fs::remove_file(desk.at(name)).unwrap();
        desk.fails("fetch::unreachable");
        // The folder in it has another name.
        archived(&desk, name, &bytes, "templates");
        let said = desk.fails("catalog::missing");
        assert!(said.contains("mini-1.2.0"), "{said}");
    }
    assert_eq!(locks[0], locks[1], "the same files are the same tree, however they came");
}

#[test]
fn hostile_archives_are_refused_with_a_sentence() {
    use tar::EntryType as Kind;
    let long = "a/".repeat(300) + "x";
    let many = zip_of(&[("a/catalog.yml", b"x"), ("b", b"y")]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("up.tar.gz", tar_gz(&[("../x", Kind::Regular, b"x")]), "leads out of it"),
        ("inner.tar.gz", tar_gz(&[("a/../../x", Kind::Regular, b"x")]), "leads out of it"),
        ("absolute.tar.gz", tar_gz(&[("/etc/x", Kind::Regular, b"x")]), "leads out of it"),
        ("link-up.tar.gz", tar_gz(&[("../x", Kind::Symlink, b"")]), "leads out of it"),
        ("hard.tar.gz", tar_gz(&[("x", Kind::Link, b"")]), "hard link"),
        ("device.tar.gz", tar_gz(&[("x", Kind::Char, b"")]), "device"),
        ("fifo.tar.gz", tar_gz(&[("x", Kind::Fifo, b"")]), "device"),
        ("twice.tar.gz", tar_gz(&[("x", Kind::Regular, b"1"), ("x", Kind::Regular, b"2")]), "in it twice"),
        (
            "name.tar.gz",
            tar_gz(&[("L", Kind::GNULongName, &vec![b'a'; 1 << 20]), ("x", Kind::Regular, b"")]),
            "too long",
        ),
        (
            "deep.tar.gz",
            tar_gz(&[("L", Kind::GNULongName, long.as_bytes()), ("x", Kind::Regular, b"")]),
            "too long a path",
        ),
        ("bomb.tar.gz", bomb_tar_gz(), "unpacks to more than 256 MiB"),
        ("bomb.zip", bomb_zip(), "unpacks to more than 256 MiB"),
        ("up.zip", zip_of(&[("../x", b"x")]), "leads out of it"),
        ("cut.zip", many[..many.len() - 10].to_vec(), "damaged"),
        ("cut.tar.gz", tar_gz(&[("x", Kind::Regular, &[7; 5000])])[..40].to_vec(), "damaged"),
        ("page.tar.gz", b"<!doctype html>".to_vec(), "neither a tar.gz nor a zip file"),
        ("empty.zip", Vec::new(), "neither a tar.gz nor a zip file"),
    ];
    let desk = Desk::empty();
    for (name, bytes, why) in cases {
        archived(&desk, name, &bytes, "a");
        let said = desk.fails("fetch::unusable");
        assert!(said.contains(why), "{name}: {said}");
        assert!(desk.cached().is_empty(), "{name}: {:?}", desk.cached());
    }
}

#[test]
fn a_link_in_an_archive_is_never_followed() {
    use tar::EntryType as Kind;
    let base = tree(&root().join("tests/bases/mini"));
    let mut entries: Vec<(&str, Kind, &[u8])> =
        base.iter().map(|(path, bytes)| (path.as_str(), Kind::Regular, bytes.as_slice())).collect();
    entries.push(("modules/numbers/passwd", Kind::Symlink, b""));
    let desk = Desk::empty();
    archived(&desk, "mini.tar.gz", &tar_gz(&entries), ".");
    let said = desk.fails("place::not-a-file");
    assert!(said.contains("modules/numbers/passwd` is a symbolic link"), "{said}");
}

/// A `PATH` with a program called `ssh` that notes in `ssh.log` how it was called, and does on this machine what it is asked to do on
/// another.
#[cfg(unix)]
fn with_ssh(desk: &Desk) -> std::ffi::OsString {
    let log = desk.at("ssh.log");
    script(
        &desk.at("bin/ssh"),
        &format!(
            "#!/bin/sh\necho \"$@\" >> '{}'\nfor last; do :; done\nexec sh -c \"$last\"\n",
            log.display()
        ),
    );
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths([desk.at("bin")].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

#[cfg(unix)]
#[test]
fn ssh_asks_nothing_and_gets_no_options_from_an_address() {
    let desk = Desk::new();
    let path = with_ssh(&desk);
    for address in ["ssh://git@git.nordlund.example", "git@git.nordlund.example:"] {
        let bare = desk.at("faculty.git").display().to_string();
        // In a URL a space is written in another way.
        let bare = if address.contains("://") { bare.replace(' ', "%20") } else { bare };
        desk.write(
            "course.yml",
            format!("extends: {{git: \"{address}{bare}\", ref: main, path: mls/course.yml}}\n"),
        );
        let _ = fs::remove_file(desk.at("course.lock"));
        ran(&desk.command(&["lock"]).env("PATH", &path).output().unwrap()).expect(0);
    }
    let called = desk.text("ssh.log");
    assert!(called.lines().count() >= 4, "{called}");
    for line in called.lines() {
        let is_right =
            line.contains("-oBatchMode=yes") && line.contains(" git@git.nordlund.example git-upload-pack '/");
        assert!(is_right, "{line}");
    }
    // Whoever chose a program for ssh keeps it.
    let own = ran(&desk
        .command(&["check", "--online"])
        .env("GIT_SSH_COMMAND", format!("'{}'", desk.at("bin/ssh").display()))
        .output()
        .unwrap());
    own.expect(0);
    assert!(!desk.text("ssh.log").lines().last().unwrap().contains("BatchMode"));
}

/// Three layers in three repositories; and the outermost of them extends the middle one.
#[cfg(unix)]
#[test]
fn a_layer_of_a_source_extends_a_layer_of_another() {
    let desk = Desk::new();
    let path = with_ssh(&desk);
    let at = |name: &str| format!("git: \"git@git.nordlund.example:{}\"", desk.at(name).display());
    desk.write("university/university.yml", "updates: {default: keep}\n");
    commit(&desk.at("university.git"), &desk.at("university"));
    desk.write(
        "faculty/mls/course.yml",
        format!("extends: {{{}, path: university.yml}}\n{FACULTY}", at("university.git")),
    );
    desk.commit();
    desk.write(
        "course.yml",
        format!("extends: {{{}, ref: main, path: mls/course.yml}}\n", at("faculty.git")),
    );
    let run = |args: &[&str]| ran(&desk.command(args).env("PATH", &path).output().unwrap());
    run(&["lock"]).expect(0);
    let lock = desk.text("course.lock");
    assert_eq!(lock.matches("  - {git: ").count(), 2, "{lock}");
    let shown = run(&["show", "--provenance"]).expect(0).stdout;
    assert!(shown.contains("university.git:university.yml:1:20"), "{shown}");

    desk.write(
        "university/university.yml",
        format!("extends: {{{}, ref: main, path: mls/course.yml}}\n", at("faculty.git")),
    );
    commit(&desk.at("university.git"), &desk.at("university"));
    let said = run(&["lock", "--upgrade", "university", "--color", "never"]).expect(1).stderr;
    assert!(said.contains("layer::cycle"), "{said}");
    assert_eq!(desk.text("course.lock"), lock);
}

#[test]
fn an_archive_is_read_from_a_server() {
    let base = tree(&root().join("tests/bases/mini"));
    let entries: Vec<(&str, &[u8])> =
        base.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let bytes = zip_of(&entries);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = bytes.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            let line = String::from_utf8_lossy(&request[..read]).into_owned();
            let (status, more, body): (&str, &str, &[u8]) = if line.starts_with("GET /mini.zip ") {
                ("200 OK", "", &body)
            } else if line.starts_with("GET /cut.zip ") {
                ("200 OK", "", &body[..body.len() / 2])
            } else if line.starts_with("GET /elsewhere.zip ") {
                ("302 Found", "Location: http://192.0.2.1/mini.zip\r\n", b"")
            } else {
                ("404 Not Found", "", b"")
            };
            let length = if line.contains("/cut.zip") { body.len() * 2 } else { body.len() };
            let head =
                format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    let desk = Desk::empty();
    let course = |name: &str| {
        let digest = Digest::of(&bytes);
        desk.write(
            "course.yml",
            format!(
                "course: {{id: a}}\nbase: {{from: {{archive: \"{url}/{name}\", sha256: \"{digest}\"}}}}\n"
            ),
        );
    };
    course("mini.zip");
    desk.run(&["check"]).expect(0);
    desk.run(&["cache", "clear"]).expect(0);
    for (name, code, why) in [
        ("cut.zip", "fetch::unreachable", "cut off"),
        ("nothing.zip", "fetch::gone", "there is no file"),
        ("elsewhere.zip", "fetch::unreachable", "the server answers 302"),
    ] {
        course(name);
        let said = desk.fails(code);
        assert!(said.contains(why), "{name}: {said}");
        assert!(desk.cached().is_empty());
    }
}
