//! What an instructor does to a published folder by accident: bytes lost, the index lost, a key put where everyone can get it.

use std::fs;

use tito::release::index::pack_path;

use crate::delivery::{COURSE, Term};
use crate::hand_in::unzipped;

/// The instructor gives a question another grade_id, which breaks grading.
fn rename_a_question(term: &Term) {
    let path = term.at("base/modules/numbers/numbers.py");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("numbers-of", "number-of")).unwrap();
}

/// What a release breaks is known by what the release before says of itself; its bytes are not needed for that.
#[test]
fn what_breaks_grading_is_asked_for_also_where_a_pack_is_lost() {
    for all in [false, true] {
        let term = Term::new();
        fs::create_dir(term.at("mls")).unwrap();
        fs::write(term.at("mls/course.yml"), COURSE.replace("./base", "../base")).unwrap();
        let (site, args): (_, &[&str]) = match all {
            false => ("site", &["publish", "site"]),
            true => ("sites/nordlund.mls", &["publish", "sites", "--all", "mls"]),
        };
        term.run(args).expect(0);
        fs::remove_dir_all(term.at(site).join("packs")).unwrap();
        rename_a_question(&term);
        let before = term.everything(site);
        let ran = term.run(args).expect(4);
        assert!(ran.stderr.contains("grading::cell-renamed"), "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot be read whole"), "{}", ran.stderr);
        assert_eq!(term.everything(site), before);
        term.run(&[args, &["--yes"]].concat()).expect(0);
        term.run(&["publish", site, "--check"]).expect(0);
    }
}

/// In a folder without an index the numbers of releases would begin again, and students refuse what goes back.
#[test]
fn a_folder_that_lost_its_index_is_not_a_new_one() {
    let term = Term::published();
    term.fix(2);
    term.run(&["publish", "site"]).expect(0);
    let index = fs::read(term.at("site/index.json")).unwrap();
    fs::remove_file(term.at("site/index.json")).unwrap();
    let before = term.everything("site");
    let ran = term.run(&["publish", "site"]).expect(4);
    assert!(ran.stderr.contains("its `index.json` is missing"), "{}", ran.stderr);
    assert!(ran.stderr.contains("bring the folder back from a copy"), "{}", ran.stderr);
    assert_eq!(term.everything("site"), before);
    fs::write(term.at("site/index.json"), index).unwrap();
    term.fix(3);
    let ran = term.run(&["publish", "site"]).expect(0);
    assert!(ran.stdout.contains("release 3"), "{}", ran.stdout);
}

#[test]
fn a_secret_key_does_not_go_where_everyone_can_get_it() {
    let term = Term::published();
    let ran = term.run(&["key", "new", "site/mls.key", "--no-password"]).expect(1);
    assert!(ran.stderr.contains("is a published folder"), "{}", ran.stderr);
    term.run(&["key", "new", "mls.key", "--no-password"]).expect(0);
    term.fix(2);
    for place in ["site/mls.key", "site/keys/mls.key"] {
        let path = term.at(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(term.at("mls.key"), &path).unwrap();
        let ran = term.run(&["publish", "site", "--sign", place]).expect(4);
        assert!(ran.stderr.contains(&format!("`{place}` is a secret key")), "{}", ran.stderr);
        fs::remove_file(path).unwrap();
    }
    // One that does not sign is as bad.
    fs::copy(term.at("mls.key"), term.at("site/mls.key")).unwrap();
    let ran = term.run(&["publish", "site"]).expect(4);
    assert!(ran.stderr.contains("move it out of the folder"), "{}", ran.stderr);
    let check = term.run(&["publish", "site", "--check"]).expect(1);
    assert!(check.stdout.contains("✗ mls.key is a secret key"), "{}", check.text());
    assert!(!check.text().contains("cannot get the whole course"), "{}", check.text());
    fs::remove_file(term.at("site/mls.key")).unwrap();
    term.run(&["publish", "site", "--sign", "mls.key"]).expect(0);
    // Its public half is for everyone.
    fs::copy(term.at("mls.pub"), term.at("site/mls.pub")).unwrap();
    term.run(&["publish", "site", "--sign", "mls.key"]).expect(0);
    term.run(&["publish", "site", "--check"]).expect(0);
}

/// Someone else could have changed it, and it would be signed with the rest.
#[test]
fn an_index_without_its_signature_is_not_signed_again() {
    let term = Term::new();
    term.run(&["key", "new", "mls.key", "--no-password"]).expect(0);
    let publish = ["publish", "site", "--sign", "mls.key"];
    term.run(&publish).expect(0);
    let good = fs::read_to_string(term.at("site/index.json")).unwrap();
    fs::write(term.at("site/index.json"), good.replace("Machines", "Trust me: machines")).unwrap();
    term.fix(2);
    let before = term.everything("site");
    let ran = term.run(&publish).expect(4);
    assert!(ran.stderr.contains("does not have the signature of its key"), "{}", ran.stderr);
    assert_eq!(term.everything("site"), before);
    fs::write(term.at("site/index.json"), good).unwrap();
    term.run(&publish).expect(0);
    term.run(&["publish", "site", "--check"]).expect(0);
}

#[test]
fn how_many_releases_stay_counts_without_a_new_one_too() {
    let term = Term::published();
    for number in [2, 3] {
        term.fix(number);
        term.run(&["publish", "site"]).expect(0);
    }
    assert_eq!(term.index().releases.len(), 3);
    term.run(&["publish", "site", "--keep", "1"]).expect(0);
    let index = term.index();
    assert_eq!((index.current, index.releases.len()), (3, 1));
    let packs = fs::read_dir(term.at("site/packs")).unwrap().count();
    assert_eq!(packs, index.packs.len());
    assert!(index.packs.iter().all(|pack| term.at("site").join(pack_path(pack.sha256)).is_file()));
    term.run(&["publish", "site", "--check"]).expect(0);
    term.run(&["init", "site", "ada"]).expect(0);
    let again = term.run(&["publish", "site", "--keep", "1", "--notes", "Said too late"]).expect(0);
    assert!(again.stdout.contains("already, as release 3"), "{}", again.text());
    assert!(again.stderr.contains("the notes were not published"), "{}", again.text());
}

/// What should never have gone out is withdrawn by a release that is the only one: nothing of those before is left in the folder.
#[test]
fn a_release_that_is_the_only_one_leaves_nothing_of_those_before() {
    for keeps_with_the_release in [true, false] {
        let term = Term::published();
        let leak = term.at("base/modules/sums/leak.txt");
        fs::write(&leak, "the answer to every question").unwrap();
        term.run(&["publish", "site"]).expect(0);
        fs::remove_file(leak).unwrap();
        if !keeps_with_the_release {
            term.run(&["publish", "site", "--yes"]).expect(0);
        }
        term.run(&["publish", "site", "--yes", "--keep", "1"]).expect(0);
        term.run(&["publish", "site", "--check"]).expect(0);
        let (mut entries, mut packs) = (0, 0);
        for pack in fs::read_dir(term.at("site/packs")).unwrap() {
            packs += 1;
            for (name, bytes) in unzipped(&pack.unwrap().path()) {
                entries += 1;
                assert!(!String::from_utf8_lossy(&bytes).contains("the answer to"), "{name}");
            }
        }
        assert!(
            entries > 5 && packs >= 1 && term.index().packs.len() == packs,
            "{packs} packs, {entries} entries"
        );
        term.run(&["init", "site", "ada"]).expect(0);
        term.fix(7);
        term.run(&["publish", "site", "--keep", "1", "--yes"]).expect(0);
        term.within("ada", &["update"]).expect(0);
        assert!(term.has_fix("ada", 7));
    }
}
