//! A course is signed, and students notice what someone else changes: keys, refusals, new keys, and the program `minisign`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tito::digest::Digest;
use tito::release::index::Index;
use tito::release::key::PublicKey;
use tito::release::signature::signature_path;

use crate::delivery::{Habit, Server, Term};
use crate::tito::{Ran, command, tree};

/// A course that is published and signed with `mls.key`, which has no password.
struct Signed {
    term: Term,
    key: String,
}

impl Signed {
    fn new() -> Self {
        let term = Term::new();
        let key = make_key(&term, &["new", "mls.key"]);
        let this = Self { term, key };
        this.publish("mls.key");
        this
    }

    fn publish(&self, key: &str) -> Ran {
        self.term.run(&["publish", "site", "--sign", key, "--yes"]).expect(0)
    }

    /// The next release, signed with `key`.
    fn release(&self, number: usize, key: &str) {
        self.term.fix(number);
        self.publish(key);
    }

    /// An update of `student` is refused, says `words`, and changes nothing.
    #[track_caller]
    fn refused(&self, student: &str, words: &[&str]) {
        let before = self.term.everything(student);
        for args in [&["update"][..], &["update", "--check"]] {
            let ran = self.term.within(student, args).expect(1);
            for word in words.iter().chain(&["nothing was changed"]) {
                assert!(ran.stderr.contains(word), "`{word}` is not in: {}", ran.stderr);
            }
        }
        assert_eq!(self.term.everything(student), before);
    }

    fn remembered(&self, student: &str) -> Option<String> {
        let bytes = fs::read(self.term.at(student).join(".tinytorch/config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        config["key"].as_str().map(str::to_owned)
    }

    fn index_bytes(&self) -> Vec<u8> {
        fs::read(self.term.at("site/index.json")).unwrap()
    }
}

/// Runs `tito key` without a password; the public key that it made.
#[track_caller]
fn make_key(term: &Term, args: &[&str]) -> String {
    let args: Vec<&str> =
        ["key"].iter().chain(args).chain(&["--no-password", "--format", "json"]).copied().collect();
    let ran = term.run(&args).expect(0);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    said["key"].as_str().unwrap().to_owned()
}

/// Brings the whole folder `site` back to what `files` says.
fn bring_back(term: &Term, files: &std::collections::BTreeMap<String, Vec<u8>>) {
    fs::remove_dir_all(term.at("site")).unwrap();
    for (name, bytes) in files {
        let path = term.at("site").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_workspace_remembers_the_key_and_accepts_what_it_signs() {
    let signed = Signed::new();
    let ran = signed.term.run(&["init", "site", "ada"]).expect(0);
    assert!(ran.text().contains(&signed.key), "{}", ran.text());
    assert_eq!(signed.remembered("ada").as_ref(), Some(&signed.key));
    signed.release(2, "mls.key");
    signed.term.within("ada", &["update"]).expect(0);
    assert!(signed.term.has_fix("ada", 2));
    // Publishing the same again changes nothing, not even the signature, which is another one each time that it is made.
    let before = signed.term.everything("site");
    let ran = signed.publish("mls.key");
    assert!(ran.stdout.contains("already"), "{}", ran.stdout);
    assert_eq!(signed.term.everything("site"), before);
    signed.term.run(&["publish", "site", "--check"]).expect(0);
    // The page shows the address with the key.
    let page = fs::read_to_string(signed.term.at("site/index.html")).unwrap();
    assert_eq!(page.replace("&#x2f;", "/").matches(&format!("#{}\n", signed.key)).count(), 1, "{page}");
    assert_eq!(page.replace("&#x2f;", "/").matches(&format!("#{}<", signed.key)).count(), 1, "{page}");
}

#[test]
fn a_course_that_was_not_signed_is_signed_from_then_on() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    let key = make_key(&term, &["new", "mls.key"]);
    let signed = Signed { term, key };
    assert_eq!(signed.remembered("ada"), None);
    let serial = signed.term.index().current;
    signed.publish("mls.key");
    assert_eq!(signed.term.index().current, serial, "nothing but the signature is new");
    let ran = signed.term.within("ada", &["update"]).expect(0);
    assert!(ran.stderr.contains("is signed"), "{}", ran.stderr);
    assert_eq!(signed.remembered("ada").as_ref(), Some(&signed.key));
    // An undo does not make it less so.
    signed.release(2, "mls.key");
    signed.term.within("ada", &["update"]).expect(0);
    for _ in 0..2 {
        signed.term.within("ada", &["undo", "2"]);
        signed.term.within("ada", &["undo"]);
    }
    assert_eq!(signed.remembered("ada").as_ref(), Some(&signed.key));
    // One that only looks remembers nothing.
    signed.term.run(&["publish", "mls.tito"]).expect(0);
    signed.term.run(&["init", "mls.tito", "bob"]).expect(0);
    signed.term.run(&["publish", "mls.tito", "--sign", "mls.key"]).expect(0);
    signed.term.within("bob", &["update", "--check"]).expect(0);
    assert_eq!(signed.remembered("bob"), None);
    signed.term.within("bob", &["update"]).expect(0);
    assert_eq!(signed.remembered("bob").as_ref(), Some(&signed.key));
    signed.term.run(&["init", "mls.tito", "eve"]).expect(0);
    assert_eq!(signed.remembered("eve").as_ref(), Some(&signed.key));
}

#[test]
fn what_is_not_signed_with_the_key_is_refused() {
    let signed = Signed::new();
    let term = &signed.term;
    term.run(&["init", "site", "ada"]).expect(0);
    signed.release(2, "mls.key");
    let good = tree(&term.at("site"));
    let index = signed.index_bytes();
    let signature = signature_path(Digest::of(&index));

    // Without a signature.
    fs::remove_file(term.at("site").join(&signature)).unwrap();
    fs::remove_file(term.at("site/index.json.minisig")).unwrap();
    signed.refused("ada", &["is not signed", &signed.key, "ask your instructor"]);
    // The key is gone from the index, too.
    let mut unsigned = Index::read(&index).unwrap();
    unsigned.key = None;
    fs::write(term.at("site/index.json"), unsigned.write()).unwrap();
    signed.refused("ada", &["is not signed", "ask your instructor"]);
    // Another index with the signature of the right one, under either name.
    let mut other = Index::read(&index).unwrap();
    other.releases[0].notes = Some("Trust me".to_owned());
    bring_back(term, &good);
    fs::write(term.at("site/index.json"), other.write()).unwrap();
    signed.refused("ada", &["has a signature that is not of this index", "ask your instructor"]);
    fs::write(term.at("site").join(signature_path(Digest::of(&other.write()))), &good[&signature]).unwrap();
    signed.refused("ada", &["has a signature that is not of this index"]);
    assert_ne!(term.run(&["publish", "site", "--check"]).code, 0);
    // Another key, with a folder that is signed as it should be.
    make_key(term, &["new", "evil.key"]);
    bring_back(term, &good);
    term.run(&["publish", "site", "--sign", "evil.key", "--change-key"]).expect(0);
    term.run(&["publish", "site", "--check"]).expect(0);
    signed.refused("ada", &["is signed with the key", &signed.key, "which key the course has now"]);
    // Bytes that are no signature.
    bring_back(term, &good);
    for odd in
        [&b""[..], b"\xff\xfe", b"untrusted comment: x\nRW\ntrusted comment: x\nRW\n", &[b'a'; 1 << 15]]
    {
        for name in [signature.as_str(), "index.json.minisig"] {
            fs::write(term.at("site").join(name), odd).unwrap();
        }
        signed.refused("ada", &["sign"]);
    }
    // A new workspace does not take what is not as it says, either.
    term.run(&["init", "site", "bob"]).expect(1);
    assert!(!term.at("bob").exists());
    bring_back(term, &good);
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
}

#[test]
fn an_old_index_is_refused_although_it_is_signed() {
    let signed = Signed::new();
    let first = tree(&signed.term.at("site"));
    signed.release(2, "mls.key");
    signed.term.run(&["init", "site", "ada"]).expect(0);
    bring_back(&signed.term, &first);
    signed.refused("ada", &["has release 1 now", "given release 2"]);
}

#[test]
fn the_key_comes_with_the_address() {
    let signed = Signed::new();
    let term = &signed.term;
    let server = Server::new(&term.at("site"), Habit::Plain);
    let with = |key: &str| format!("{}index.html?from=mail#{key}", server.address());
    term.run(&["init", &with(&signed.key), "ada"]).expect(0);
    assert_eq!(signed.remembered("ada").as_ref(), Some(&signed.key));
    signed.release(2, "mls.key");
    server.asked.lock().unwrap().clear();
    term.within("ada", &["update"]).expect(0);
    assert_eq!(server.asked.lock().unwrap().len(), 4, "index, its signature, release, what is new");
    // The key of another course, a key that was not copied whole, a place in the page.
    let other = make_key(term, &["new", "other.key"]);
    let ran = term.run(&["init", &with(&other), "bob"]).expect(1);
    assert!(ran.stderr.contains(&other) && ran.stderr.contains(&signed.key), "{}", ran.stderr);
    let ran = term.run(&["init", &with(&signed.key[..50]), "bob"]).expect(1);
    assert!(ran.stderr.contains("not complete"), "{}", ran.stderr);
    assert!(!term.at("bob").exists());
    term.run(&["init", &with("units"), "bob"]).expect(0);
    // A folder and a file have no place for a key: it is named.
    term.run(&["init", "site", "eve", "--key", &other]).expect(1);
    term.run(&["init", "site", "eve", "--key", "RWQ"]).expect(2);
    term.run(&["init", "site", "eve", "--key", &signed.key]).expect(0);
    // A course that is not signed, from an address that names a key.
    term.run(&["publish", "plain"]).expect(0);
    let ran = term.run(&["init", "plain", "mallory", "--key", &signed.key]).expect(1);
    assert!(ran.stderr.contains("is not signed"), "{}", ran.stderr);
    // There is nothing to update yet.
    assert!(
        ran.stderr.contains("run `tito init` with them") && !ran.stderr.contains("tito update"),
        "{}",
        ran.stderr
    );
    assert!(!term.at("mallory").exists());
    term.run(&["init", "made", "--config", "course.yml", "--key", &signed.key]).expect(2);
}

#[test]
fn a_new_key_is_announced_by_the_old_one() {
    let signed = Signed::new();
    let term = &signed.term;
    for student in ["often", "seldom"] {
        term.run(&["init", "site", student]).expect(0);
    }
    // A key that the old one did not announce, and no key at all, are refused before anything is written.
    make_key(term, &["new", "other.key"]);
    term.fix(2);
    let before = term.everything("site");
    for args in [&["--sign", "other.key"][..], &[]] {
        let args: Vec<&str> = ["publish", "site", "--yes"].iter().chain(args).copied().collect();
        let ran = term.run(&args).expect(4);
        assert!(ran.stderr.contains("tito key rotate"), "{}", ran.stderr);
    }
    assert_eq!(term.everything("site"), before);
    // Two keys later.
    let second = make_key(term, &["rotate", "mls.key", "second.key"]);
    signed.publish("second.key");
    let ran = term.within("often", &["update"]).expect(0);
    assert!(ran.stderr.contains("has a new key"), "{}", ran.stderr);
    assert_eq!(signed.remembered("often").as_ref(), Some(&second));
    let third = make_key(term, &["rotate", "second.key", "third.key"]);
    signed.release(3, "third.key");
    for student in ["often", "seldom"] {
        term.within(student, &["update"]).expect(0);
        assert_eq!(signed.remembered(student).as_ref(), Some(&third), "{student}");
    }
    // The announcements stay in the folder, also where the files beside the keys are lost.
    fs::remove_file(term.at("third.announced")).unwrap();
    signed.release(4, "third.key");
    assert_eq!(term.index().rotations.len(), 2);
    term.run(&["init", "site", "late", "--key", &signed.key]).expect(0);
    assert_eq!(signed.remembered("late").as_ref(), Some(&third));
    // Whoever knows the new key accepts the old one no more.
    term.fix(5);
    term.run(&["publish", "site", "--sign", "mls.key", "--change-key", "--yes"]).expect(0);
    signed.refused("often", &["is signed with the key"]);
    // An announcement that no one signed leads nowhere.
    let mut forged = term.index();
    let evil = make_key(term, &["new", "evil.key"]);
    forged.rotations.truncate(1);
    forged.rotations[0].old = third.parse().unwrap();
    forged.rotations[0].new = evil.parse().unwrap();
    forged.key = Some(evil.parse().unwrap());
    fs::write(term.at("site/index.json"), forged.write()).unwrap();
    signed.refused("often", &["is signed with the key"]);
}

#[test]
fn a_lost_key_is_replaced_when_the_student_agrees() {
    let signed = Signed::new();
    let term = &signed.term;
    term.run(&["init", "site", "ada"]).expect(0);
    let new = make_key(term, &["new", "new.key"]);
    term.fix(2);
    term.run(&["publish", "site", "--sign", "new.key", "--change-key", "--yes"]).expect(0);
    signed.refused("ada", &["tito update --key KEY"]);
    let wrong = make_key(term, &["new", "wrong.key"]);
    term.within("ada", &["update", "--key", &wrong]).expect(1);
    assert_eq!(signed.remembered("ada").as_ref(), Some(&signed.key));
    term.within("ada", &["update", "--key", &new]).expect(0);
    assert_eq!(signed.remembered("ada").as_ref(), Some(&new));
    // A course that is not signed any more.
    term.fix(3);
    term.run(&["publish", "site", "--change-key", "--yes"]).expect(0);
    assert!(!term.at("site/index.json.minisig").exists());
    signed.refused("ada", &["is not signed", "tito update --key any"]);
    term.within("ada", &["update", "--key", "any"]).expect(0);
    assert_eq!(signed.remembered("ada"), None);
    assert!(term.has_fix("ada", 3));
    term.run(&["init", "made", "--config", "course.yml"]).expect(0);
    term.within("made", &["update", "--key", "any"]).expect(2);
}

#[test]
fn keys_are_made_with_and_without_a_password() {
    let term = Term::new();
    let ran = term.run(&["key", "new", "a.key"]).expect(1);
    assert!(ran.stderr.contains("--no-password"), "{}", ran.stderr);
    fs::write(term.at("password"), "correct horse\r\n").unwrap();
    fs::write(term.at("other"), "battery staple").unwrap();
    term.run(&["key", "new", "a.key", "--password-file", "password"]).expect(0);
    let ran = term.run(&["key", "new", "a.key", "--no-password"]).expect(1);
    assert!(ran.stderr.contains("already there"), "{}", ran.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(term.at("a.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    }
    let with = |variable: Option<&str>, args: &[&str]| {
        let mut tito = command(term.0.path());
        tito.args(["publish", "site", "--sign", "a.key"]).args(args);
        if let Some(password) = variable {
            tito.env("TITO_KEY_PASSWORD", password);
        }
        crate::tito::ran(&tito.output().unwrap())
    };
    assert!(with(None, &[]).expect(1).stderr.contains("--password-file"));
    assert!(with(Some("wrong"), &[]).expect(1).stderr.contains("the password of `a.key` is wrong"));
    with(None, &["--password-file", "other"]).expect(1);
    with(None, &["--password-file", "missing"]).expect(1);
    assert!(!term.at("site/index.json").exists());
    with(Some("correct horse"), &[]).expect(0);
    term.fix(2);
    with(Some("wrong"), &["--password-file", "password", "--yes"]).expect(0);
    // What is not a secret key.
    for odd in ["a.pub", "course.yml", "nothing.key", "base"] {
        let ran = term.run(&["publish", "odd", "--sign", odd]).expect(1);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    // Each key has its own password when one replaces the other.
    let rotate =
        ["key", "rotate", "a.key", "b.key", "--old-password-file", "password", "--password-file", "other"];
    term.run(&rotate).expect(0);
    assert!(term.at("b.announced").exists());
    fs::write(term.at("b.announced"), "{}").unwrap();
    let ran = term.run(&["publish", "site", "--sign", "b.key", "--password-file", "other"]).expect(1);
    assert!(ran.stderr.contains("b.announced"), "{}", ran.stderr);
}

/// Debian's minisign. `tests/setup` installs it; nothing is skipped where it is missing.
#[cfg(target_os = "linux")]
fn minisign(folder: &Path, args: &[&str], input: &str) -> std::process::Output {
    use std::io::Write;
    let mut minisign = Command::new("minisign");
    minisign.args(args).current_dir(folder);
    let mut child = minisign
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start minisign: {error}; run `tests/setup`"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn minisign_verifies_what_tito_signs() {
    let signed = Signed::new();
    let site = signed.term.at("site");
    let verify = |args: &[&str]| minisign(&site, args, "");
    let output = verify(&["-Vm", "index.json", "-P", &signed.key]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("tito index of nordlund/mls, release 1"), "{said}");
    assert!(verify(&["-Vm", "index.json", "-p", "../mls.pub"]).status.success());
    assert!(
        verify(&[
            "-Vm",
            "index.json",
            "-x",
            &signature_path(Digest::of(&signed.index_bytes())),
            "-p",
            "../mls.pub"
        ])
        .status
        .success()
    );
    // It can sign with a key that tito made, with a password or without.
    let folder = signed.term.0.path();
    fs::write(folder.join("password"), "correct horse").unwrap();
    signed.term.run(&["key", "new", "locked.key", "--password-file", "password"]).expect(0);
    for (key, input) in [("mls", ""), ("locked", "correct horse\n")] {
        let output = minisign(folder, &["-Sm", "course.yml", "-s", &format!("{key}.key")], input);
        assert!(output.status.success(), "{key}: {}", String::from_utf8_lossy(&output.stderr));
        let signature = fs::read_to_string(folder.join("course.yml.minisig")).unwrap();
        let public = fs::read_to_string(folder.join(format!("{key}.pub"))).unwrap();
        let public: PublicKey = public.lines().nth(1).unwrap().parse().unwrap();
        assert!(
            public.verifies(&signature, &fs::read(folder.join("course.yml")).unwrap()).is_some(),
            "{key}"
        );
    }
    fs::write(site.join("index.json"), "{}").unwrap();
    assert!(!verify(&["-Vm", "index.json", "-P", &signed.key]).status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn tito_verifies_what_minisign_signs_and_signs_with_its_keys() {
    let term = Term::published();
    let folder = term.0.path().to_owned();
    for (name, args, input) in [
        ("plain", &["-G", "-W", "-p", "plain.pub", "-s", "plain.key"][..], ""),
        ("locked", &["-G", "-p", "locked.pub", "-s", "locked.key"], "correct horse\ncorrect horse\n"),
    ] {
        let output = minisign(&folder, args, input);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    fs::write(term.at("password"), "correct horse").unwrap();
    let key = |name: &str| {
        let text = fs::read_to_string(term.at(&format!("{name}.pub"))).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    };
    // A folder that tito wrote, signed by hand: its index names no key, the student does.
    let output = minisign(&folder, &["-Sm", "site/index.json", "-s", "plain.key"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    term.run(&["init", "site", "ada", "--key", &key("plain")]).expect(0);
    term.run(&["init", "site", "bob", "--key", &key("locked")]).expect(1);
    let before = fs::read(term.at("site/index.json")).unwrap();
    fs::write(term.at("site/index.json"), [&before[..], b"\n"].concat()).unwrap();
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("is not of this index"), "{}", ran.stderr);
    fs::write(term.at("site/index.json"), before).unwrap();
    // tito signs with either key.
    for name in ["plain", "locked"] {
        let (site, secret) = (format!("site-{name}"), format!("{name}.key"));
        term.run(&["publish", &site, "--sign", &secret, "--password-file", "password"]).expect(0);
        term.run(&["init", &site, &format!("student-{name}"), "--key", &key(name)]).expect(0);
        let output = minisign(&term.at(&site), &["-Vm", "index.json", "-P", &key(name)], "");
        assert!(output.status.success(), "{name}");
    }
}
