//! What a hostile address may try: bodies that lie or never end, zip files that are made to harm, releases that want paths, memory or
//! time. Each is refused with a sentence, within seconds and little memory, and nothing is written.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use serde_json::{Value, json};
use tito::digest::Digest;
use tito::release::index::{Index, pack_path, release_path};
use tito::release::pack;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::delivery::Term;
use crate::hostile::bounded;
use crate::tito::tree;

/// Answers the first line of a request.
type Answer = fn(&mut TcpStream, &str) -> std::io::Result<()>;

/// Serves one answer after the other. Clients leave early, which is their right.
fn serve(answer: impl Fn(&mut TcpStream, &str) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    request.push(byte[0]);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let _ = answer(&mut stream, request.lines().next().unwrap_or_default());
            });
        }
    });
    format!("http://127.0.0.1:{port}/")
}

/// The address is refused within limits, says one of `words`, and leaves nothing behind: neither a new workspace nor a change of one.
#[track_caller]
fn refused(term: &Term, address: &str, words: &str, what: &str) {
    let before = term.everything("ada");
    let beside = names(term.0.path());
    for (folder, args) in [
        (term.0.path().to_owned(), &["init", address, "new"][..]),
        (term.at("ada"), &["update", "--config", address]),
    ] {
        let ran = bounded(&folder, args);
        assert_eq!(ran.code, 1, "{what}: {}", ran.text());
        assert!(ran.stderr.contains(words), "{what}: `{words}` is not in: {}", ran.stderr);
        assert!(ran.stderr.contains("help: "), "{what}: {}", ran.stderr);
    }
    assert_eq!(term.everything("ada"), before, "{what}");
    assert_eq!(names(term.0.path()), beside, "{what}");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A course with a student, who has release 1.
fn with_student() -> Term {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    term
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

#[test]
fn answers_that_lie_or_never_end() {
    let term = with_student();
    let cases: [(&str, Answer, &str); 11] = [
        (
            "headers without an end",
            |stream, _| {
                stream.write_all(OK.as_bytes())?;
                loop {
                    stream.write_all(
                        b"X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                    )?;
                }
            },
            "cannot be reached",
        ),
        (
            "one header without an end",
            |stream, _| {
                stream.write_all(format!("{OK}X: ").as_bytes())?;
                loop {
                    stream.write_all(&[b'a'; 1 << 12])?;
                }
            },
            "cannot be reached",
        ),
        (
            "please go on, without an end",
            |stream, _| {
                loop {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                }
            },
            "cannot be reached",
        ),
        (
            "chunks without an end",
            |stream, _| {
                stream.write_all(format!("{OK}Transfer-Encoding: chunked\r\n\r\n").as_bytes())?;
                loop {
                    stream.write_all(format!("1000\r\n{}\r\n", " ".repeat(0x1000)).as_bytes())?;
                }
            },
            "longer than",
        ),
        (
            "a chunk that is larger than all memory",
            |stream, _| {
                stream.write_all(
                    format!("{OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{{").as_bytes(),
                )
            },
            "cut off",
        ),
        (
            "chunks that are none",
            |stream, _| {
                stream.write_all(format!("{OK}Transfer-Encoding: chunked\r\n\r\nhello\r\n").as_bytes())
            },
            "cut off",
        ),
        (
            "a length that no memory has",
            |stream, _| {
                stream.write_all(format!("{OK}Content-Length: 18446744073709551615\r\n\r\n{{").as_bytes())
            },
            "cut off",
        ),
        (
            "a length that is no number",
            |stream, _| stream.write_all(format!("{OK}Content-Length: -1\r\n\r\n{{}}").as_bytes()),
            "",
        ),
        (
            "bytes that were compressed although no one asked",
            |stream, _| {
                stream.write_all(
                    format!("{OK}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n").as_bytes(),
                )?;
                stream.write_all(b"\x1f\x8b\x08")
            },
            "cannot be used",
        ),
        ("another protocol", |stream, _| stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"), "cannot be reached"),
        (
            "a part that no one asked for",
            |stream, _| {
                stream.write_all(
                    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/2\r\nContent-Length: 2\r\n\r\n{}",
                )
            },
            "cut off",
        ),
    ];
    for (what, answer, words) in cases {
        refused(&term, &serve(answer), words, what);
    }
}

/// Files that the index names by digest and length: longer ones, other ones.
#[test]
fn files_that_are_not_what_the_index_says() {
    let term = with_student();
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    let site = term.at("site");
    for part in ["releases/", "packs/"] {
        let files = tree(&site);
        let address = serve(move |stream, line| {
            let name = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let name = name.split('?').next().unwrap_or_default();
            if name.starts_with(part) {
                stream.write_all(format!("{OK}\r\n").as_bytes())?;
                loop {
                    stream.write_all(&[b' '; 1 << 16])?;
                }
            }
            let body = files.get(name).cloned().unwrap_or_default();
            stream.write_all(
                format!("{OK}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes(),
            )?;
            stream.write_all(&body)
        });
        refused(&term, &address, "is longer than it should be", part);
    }
}

/// A server that is silent, and one that drips: both are left within the time that the documentation names.
#[test]
#[ignore = "waits for two minutes"]
fn servers_that_say_nothing_or_little() {
    let term = Term::published();
    let silent: Answer = |_, _| {
        std::thread::sleep(std::time::Duration::from_secs(300));
        Ok(())
    };
    let stops: Answer = |stream, _| {
        stream.write_all(format!("{OK}Content-Length: 1000\r\n\r\n{{").as_bytes())?;
        std::thread::sleep(std::time::Duration::from_secs(300));
        Ok(())
    };
    let drips: Answer = |stream, _| {
        stream.write_all(format!("{OK}Content-Length: 1000000\r\n\r\n").as_bytes())?;
        loop {
            stream.write_all(b" ")?;
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    };
    std::thread::scope(|scope| {
        let address = |answer: Answer| serve(answer);
        for (name, answer, most) in [("silent", silent, 40), ("stops", stops, 110), ("drips", drips, 75)] {
            let (address, term) = (address(answer), &term);
            scope.spawn(move || {
                let start = std::time::Instant::now();
                let ran = term.run(&["init", &address, name]).expect(1);
                assert!(start.elapsed().as_secs() < most, "{name}: {:?}", start.elapsed());
                assert!(ran.stderr.contains("nothing was created"), "{name}: {}", ran.stderr);
                assert!(!term.at(name).exists());
            });
        }
    });
}

/// `publish mls.tito`, as entries.
fn entries(term: &Term) -> Vec<(String, Vec<u8>)> {
    term.run(&["publish", "good.tito"]).expect(0);
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(term.at("good.tito")).unwrap())).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut entry = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().to_string(), bytes)
        })
        .collect()
}

fn zip_of(entries: &[(String, Vec<u8>)], more: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    more(&mut zip);
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Entries that have nothing to do with a course are left alone, whatever they are called: nothing is unpacked by name.
#[test]
fn a_zip_file_with_names_that_escape_and_links_writes_nothing_of_them() {
    let term = with_student();
    let entries = entries(&term);
    let options = SimpleFileOptions::default();
    let bytes = zip_of(&entries, |zip| {
        for name in [
            "../../evil",
            "/tmp/tito-evil",
            "C:\\evil",
            "ada/README.md",
            "a/../../evil",
            ".tinytorch/config.json",
        ] {
            zip.start_file(name, options).unwrap();
            zip.write_all(b"evil").unwrap();
        }
        zip.add_symlink("packs/link", "../../../etc/passwd", options).unwrap();
        zip.add_symlink("releases", "/etc", options).unwrap();
        zip.add_directory("packs/x/", options).unwrap();
    });
    fs::write(term.at("evil.tito"), bytes).unwrap();
    let before = names(term.0.path());
    bounded(term.0.path(), &["init", "evil.tito", "bob"]).expect(0);
    assert_eq!(term.files("bob"), term.files("ada"));
    fs::remove_dir_all(term.at("bob")).unwrap();
    assert_eq!(names(term.0.path()), before);
    assert!(!Path::new("/tmp/tito-evil").exists());
    // What the course itself needs, as a link: it is read as text, which is not an index.
    let rest: Vec<_> = entries.iter().filter(|(name, _)| name != "index.json").cloned().collect();
    let bytes = zip_of(&rest, |zip| zip.add_symlink("index.json", "/etc/passwd", options).unwrap());
    fs::write(term.at("evil.tito"), bytes).unwrap();
    refused(&term, &term.at("evil.tito").to_string_lossy(), "cannot be used", "a link");
}

#[test]
fn a_zip_file_with_two_entries_of_one_name_gives_the_course_or_nothing() {
    let term = with_student();
    let mut entries = entries(&term);
    // Two indexes: one of them has another title.
    let (_, index) = entries.iter().find(|(name, _)| name == "index.json").unwrap().clone();
    let mut other = Index::read(&index).unwrap();
    other.title = "Another course".to_owned();
    entries.push(("indey.json".to_owned(), other.write()));
    let mut bytes = zip_of(&entries, |_| {});
    while let Some(at) = bytes.windows(10).position(|window| window == b"indey.json") {
        bytes[at..at + 10].copy_from_slice(b"index.json");
    }
    fs::write(term.at("double.tito"), bytes).unwrap();
    let ran = bounded(term.0.path(), &["init", "double.tito", "bob"]);
    match ran.code {
        0 => assert_eq!(term.files("bob"), term.files("ada")),
        _ => assert!(!term.at("bob").exists(), "{}", ran.text()),
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let term = with_student();
    let zeros = vec![0; 1 << 20];
    let bomb = |name: &str, megabytes: usize| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
            .unwrap();
        (0..megabytes).for_each(|_| zip.write_all(&zeros).unwrap());
        zip.finish().unwrap().into_inner()
    };
    fs::write(term.at("bomb.tito"), bomb("index.json", 3000)).unwrap();
    refused(&term, &term.at("bomb.tito").to_string_lossy(), "longer than", "an index");
    // A pack whose entry is longer than the release says, and one of which the release says the truth.
    let content = Digest::of(&zeros);
    for (what, megabytes, length, words) in [
        ("more than it says", 3000, 1_u64 << 20, "is damaged"),
        ("a file that is too large", 300, 300 << 20, "larger than 256 MiB"),
        ("a terabyte", 300, 1 << 40, "larger than 256 MiB"),
        ("many large files", 200, 200 << 20, "far more than its size allows"),
    ] {
        let site = Forged::of(&term);
        let packed = bomb(&content.to_string(), megabytes);
        site.write(&packed, |manifest| {
            let file = manifest["files"].as_object_mut().unwrap().values_mut().next().unwrap();
            file["sha256"] = content.to_string().into();
            file["bytes"] = length.into();
        });
        refused(&term, &site.address(), words, what);
    }
}

/// A published folder that was forged: its digests are right.
struct Forged(tempfile::TempDir, BTreeMap<String, Vec<u8>>);

impl Forged {
    fn of(term: &Term) -> Self {
        Self(tempfile::tempdir().unwrap(), tree(&term.at("site")))
    }

    fn address(&self) -> String {
        self.0.path().to_string_lossy().into_owned()
    }

    /// The folder with one release, changed, and one pack.
    fn write(&self, packed: &[u8], change: impl FnOnce(&mut Value)) {
        let mut index = Index::read(&self.1["index.json"]).unwrap();
        let mut manifest: Value =
            serde_json::from_slice(&self.1[&release_path(index.releases[0].release)]).unwrap();
        change(&mut manifest);
        let manifest = serde_json::to_vec(&manifest).unwrap();
        index.releases.truncate(1);
        index.current = index.releases[0].serial + 1;
        index.releases[0].serial += 1;
        index.releases[0].release = Digest::of(&manifest);
        index.releases[0].bytes = manifest.len() as u64;
        index.packs.truncate(1);
        index.packs[0].sha256 = Digest::of(packed);
        index.packs[0].bytes = packed.len() as u64;
        index.packs[0].serial = index.current;
        index.packs[0].whole = true;
        for (name, bytes) in [
            (pack_path(index.packs[0].sha256), packed),
            (release_path(index.releases[0].release), &manifest),
            ("index.json".to_owned(), &index.write()),
        ] {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    /// The contents of the release as it was published, packed.
    fn packed(&self) -> Vec<u8> {
        let packs: Vec<&Vec<u8>> =
            self.1.iter().filter(|(name, _)| name.ends_with(".zip")).map(|(_, bytes)| bytes).collect();
        assert_eq!(packs.len(), 1);
        packs[0].clone()
    }
}

#[test]
fn a_release_that_wants_more_than_its_place_is_refused() {
    let term = with_student();
    let first = |manifest: &Value| manifest["files"].as_object().unwrap().iter().next().unwrap().1.clone();
    let rename = |manifest: &mut Value, path: &str| {
        let file = first(manifest);
        let files = manifest["files"].as_object_mut().unwrap();
        let old = files.keys().next().unwrap().clone();
        files.shift_remove(&old);
        files.insert(path.to_owned(), file);
    };
    let many = |number: usize| {
        move |manifest: &mut Value| {
            let file = first(manifest);
            let files = manifest["files"].as_object_mut().unwrap();
            for number in 0..number {
                let mut file = file.clone();
                file["id"] = format!("shared/{number}").into();
                files.insert(format!("f{number}"), file);
            }
        }
    };
    type Change<'a> = Box<dyn Fn(&mut Value) + 'a>;
    let rule =
        |patterns: Vec<String>| move |manifest: &mut Value| manifest["rules"][0]["paths"] = json!(patterns);
    let cases: Vec<(&str, Change<'_>, &str)> = vec![
        ("outside", Box::new(|manifest| rename(manifest, "../evil.py")), "`..`"),
        ("absolute", Box::new(|manifest| rename(manifest, "/tmp/tito-evil")), "absolute"),
        (
            "into git's folder",
            Box::new(|manifest| rename(manifest, ".git/hooks/pre-commit")),
            "may not write",
        ),
        ("into tito's", Box::new(|manifest| rename(manifest, ".tinytorch/config.json")), "may not write"),
        ("a very long path", Box::new(|manifest| rename(manifest, &"a/".repeat(100_000))), ""),
        ("250,000 files", Box::new(many(250_000)), "more than 2000000 values"),
        ("a glob of stars", Box::new(rule(vec!["*a".repeat(100_000)])), "glob"),
        ("a glob of alternatives", Box::new(rule(vec!["{a,b,c,d}".repeat(1000)])), "glob"),
        (
            "nested alternatives",
            Box::new(rule(vec![format!("{}x{}", "{a,".repeat(5000), "}".repeat(5000))])),
            "glob",
        ),
        (
            "another course",
            Box::new(|manifest| manifest["course"]["id"] = "evil/course".into()),
            "another course",
        ),
        (
            "deep",
            Box::new(|manifest| {
                manifest["files"] = (0..1000).fold(Value::Null, |inner, _| json!([inner]));
            }),
            "cannot be used",
        ),
    ];
    for (what, change, words) in cases {
        let site = Forged::of(&term);
        site.write(&site.packed(), change);
        refused(&term, &site.address(), words, what);
    }
    assert!(!Path::new("/tmp/tito-evil").exists());
}

/// What is large and not wrong must be finished in seconds, too: very many rules, each with a glob that is slow to match.
#[test]
fn very_many_slow_globs_take_neither_time_nor_memory() {
    let term = with_student();
    let site = Forged::of(&term);
    site.write(&site.packed(), |manifest| {
        let rules = manifest["rules"].as_array_mut().unwrap();
        let rule = rules[0].clone();
        for number in 0..3000 {
            let mut rule = rule.clone();
            rule["name"] = format!("rule {number}").into();
            let star = "*a".repeat(15);
            rule["paths"] = json!([format!("**/{star}{number}"), format!("{star}/**/*{number}.py")]);
            rules.push(rule);
        }
    });
    let ran = bounded(term.0.path(), &["init", &site.address(), "new"]);
    assert!(ran.code <= 1, "{}", ran.text());
}

/// A zip file with so many entries, of which only the list is there.
fn list_of(number: usize) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a".to_vec();
    let start = bytes.len() as u64;
    for entry in 0..number {
        bytes.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(format!("{entry:08x}").bytes());
    }
    let (number, end) = (number as u64, bytes.len() as u64);
    bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    for value in [number, number, end - start, start] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end.to_le_bytes());
    bytes.extend(b"\x01\0\0\0PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    bytes
}

#[test]
fn a_list_of_millions_of_entries_is_not_read() {
    let term = with_student();
    let many = list_of(4_000_000);
    fs::write(term.at("many.tito"), &many).unwrap();
    refused(&term, &term.at("many.tito").to_string_lossy(), "more entries", "a course in one file");
    let site = Forged::of(&term);
    site.write(&many[..], |manifest| {
        let file = manifest["files"].as_object_mut().unwrap().values_mut().next().unwrap();
        file["sha256"] = Digest::of(b"new").to_string().into();
        file["bytes"] = 3.into();
    });
    refused(&term, &site.address(), "more than 200000 entries", "a pack");
    assert!(pack::may_expand(1, 1 << 20), "small packs may hold what they like");
}
