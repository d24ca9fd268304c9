//! Static hosts as they are: tags and ranges, or none; copies on the way that are older than the index; a course that moves; servers that
//! want a password, show other certificates, or are behind a proxy.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tito::digest::Digest;

use crate::delivery::Term;
use crate::tito::Ran;

/// A request: the path without its first slash, the query, the headers in small letters.
#[derive(Clone, Debug)]
struct Request {
    name: String,
    query: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What a host does.
#[derive(Clone, Default)]
struct Host {
    /// The tag of a file with these bytes.
    etag: Option<fn(&[u8]) -> String>,
    /// Says one time of every file.
    modified: bool,
    /// Says this time of each answer.
    date: Option<&'static str>,
    /// Gives parts.
    ranges: bool,
    /// Gives a part that no one asked for.
    wrong_part: bool,
    /// Closes after so many bytes of a body.
    cut: Option<usize>,
    /// Answers 404 to names with this in them, so often.
    late: Option<(&'static str, usize)>,
    /// Answers everything that it does not have with a page and 200.
    soft: bool,
}

struct Served {
    port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Host {
    fn serve(self, folder: &Path) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (folder, seen) = (folder.to_owned(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let Some(request) = read(&stream) else { continue };
                seen.lock().unwrap().push(request.clone());
                // The client may leave early: that is its right.
                let _ = self.answer(&stream, &folder, &request, &seen.lock().unwrap());
            }
        });
        Served { port, asked }
    }

    fn answer(
        &self,
        mut stream: &TcpStream,
        folder: &Path,
        request: &Request,
        seen: &[Request],
    ) -> std::io::Result<()> {
        let found = fs::read(folder.join(&request.name));
        let is_late = self.late.is_some_and(|(part, often)| {
            request.name.contains(part)
                && seen.iter().filter(|other| other.name.contains(part)).count() <= often
        });
        let Some(bytes) = found.ok().filter(|_| !is_late) else {
            let (status, body) =
                if self.soft { ("200 OK", "<!DOCTYPE html>Not here") } else { ("404 No", "") };
            let length = body.len();
            return write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        };
        let tag = self.etag.map(|tag| tag(&bytes));
        let mut head = String::new();
        for (name, value) in [
            ("ETag", tag.as_deref()),
            ("Last-Modified", self.modified.then_some("Mon, 01 Feb 2027 09:30:00 GMT")),
            ("Date", self.date),
            ("Accept-Ranges", self.ranges.then_some("bytes")),
        ] {
            head.extend(value.map(|value| format!("{name}: {value}\r\n")));
        }
        let known = request.header("if-none-match").is_some_and(|known| Some(known) == tag.as_deref())
            || (tag.is_none() && self.modified && request.header("if-modified-since").is_some());
        if known {
            return write!(stream, "HTTP/1.1 304 Not Modified\r\n{head}Connection: close\r\n\r\n");
        }
        let from = request.header("range").and_then(|range| {
            assert_eq!(
                request.header("accept-encoding"),
                Some("identity"),
                "parts of what was compressed are others"
            );
            let is_same =
                request.header("if-range").is_none_or(|range| Some(range) == tag.as_deref() || self.modified);
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
                .filter(|_| is_same && self.ranges)
        });
        let from = if self.wrong_part { from.map(|from| from / 2) } else { from };
        let body = &bytes[from.unwrap_or(0)..];
        let (first, range) = match from {
            Some(from) => {
                let last = bytes.len() - 1;
                ("206 Partial Content", format!("Content-Range: bytes {from}-{last}/{}\r\n", bytes.len()))
            }
            None => ("200 OK", String::new()),
        };
        write!(
            stream,
            "HTTP/1.1 {first}\r\n{head}{range}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body[..self.cut.unwrap_or(body.len()).min(body.len())])
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let path = first.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let (name, query) = path.split_once('?').unwrap_or((&path, ""));
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    Some(Request { name: name.to_owned(), query: query.to_owned(), headers })
}

impl Served {
    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The requests since the last time.
    fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn names(&self) -> Vec<String> {
        self.take().into_iter().map(|request| request.name).collect()
    }
}

fn strong(bytes: &[u8]) -> String {
    format!("\"{}\"", Digest::of(bytes).short())
}

fn weak(bytes: &[u8]) -> String {
    format!("W/{}", strong(bytes))
}

/// Publishes the next release.
fn release(term: &Term, number: usize) {
    term.fix(number);
    term.run(&["publish", "site", "--yes"]).expect(0);
}

/// A course with a file of three megabytes that cannot be compressed much.
fn large() -> Term {
    let term = Term::new();
    let mut state = 7_u64;
    let text: String = (0..3 << 20)
        .map(|at| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if at % 80 == 79 { '\n' } else { char::from(b'!' + (state >> 58) as u8) }
        })
        .collect();
    fs::write(term.at("base/shared/table.txt"), text).unwrap();
    term.run(&["publish", "site"]).expect(0);
    term
}

#[test]
fn what_did_not_change_costs_one_request() {
    for host in [
        Host { etag: Some(strong), ..Host::default() },
        Host { etag: Some(weak), ..Host::default() },
        Host { modified: true, ..Host::default() },
    ] {
        let term = Term::new();
        term.run(&["key", "new", "mls.key", "--no-password"]).expect(0);
        term.run(&["publish", "site", "--sign", "mls.key"]).expect(0);
        let server = host.clone().serve(&term.at("site"));
        term.run(&["init", &server.address(), "ada"]).expect(0);
        server.take();
        let asks = |args: &[&str]| {
            term.within("ada", args).expect(0);
            server.take()
        };
        for args in [&["update"][..], &["update", "--check"]] {
            let asked = asks(args);
            assert_eq!(asked.len(), 1, "{asked:?}");
            let header = if host.modified { "if-modified-since" } else { "if-none-match" };
            assert!(asked[0].header(header).is_some(), "{asked:?}");
        }
        // A time of one second's grain says nothing of a release within that second; a tag does.
        if host.etag.is_some() {
            term.fix(2);
            term.run(&["publish", "site", "--sign", "mls.key", "--yes"]).expect(0);
            assert_eq!(asks(&["update"]).len(), 4, "index, its signature, release, what is new");
            assert!(term.has_fix("ada", 2));
        }
        // The copy of the index may be lost, damaged or another one.
        let copy = term.at("ada/.tinytorch/course/index.json");
        let good = fs::read_to_string(&copy).unwrap();
        fs::remove_file(&copy).unwrap();
        assert_eq!(asks(&["update"]).len(), 2, "index, its signature");
        assert_eq!(fs::read_to_string(&copy).unwrap(), good);
        assert_eq!(asks(&["update"]).len(), 1);
        for odd in ["", "{}", "\u{0}", &good.replace("nordlund", "evil"), &good.replace("tito_index", "x")] {
            fs::write(&copy, odd).unwrap();
            let asked = asks(&["update"]);
            assert!((2..=3).contains(&asked.len()), "{odd}: {asked:?}");
            assert_eq!(fs::read_to_string(&copy).unwrap(), good, "{odd}");
        }
    }
}

/// Two releases within one second have the same time, and on many servers the same tag: students who came between get the second all the same.
#[test]
fn a_time_that_is_too_young_says_nothing() {
    for (date, is_young) in [
        ("Mon, 01 Feb 2027 09:30:00 GMT", true),
        ("Mon, 01 Feb 2027 09:30:01 GMT", true),
        ("Mon, 01 Feb 2027 09:30:02 GMT", false),
        ("no date", false),
    ] {
        for etag in [None, Some((|_| "\"one\"".to_owned()) as fn(&[u8]) -> String)] {
            let term = Term::published();
            let server = Host { modified: true, etag, date: Some(date), ..Host::default() };
            let server = server.serve(&term.at("site"));
            term.run(&["init", &server.address(), "ada"]).expect(0);
            release(&term, 2);
            term.within("ada", &["update"]).expect(0);
            assert_eq!(term.has_fix("ada", 2), is_young, "{date}");
        }
    }
}

#[test]
fn a_server_that_says_unchanged_to_everything_leaves_students_where_they_are() {
    let term = Term::published();
    // It never has a tag of its own, and takes the first question for one that it knows.
    let server = Host { modified: true, ..Host::default() }.serve(&term.at("site"));
    term.run(&["init", &server.address(), "ada"]).expect(0);
    release(&term, 2);
    // It is wrong: this workspace stays with what it has, and comes up to date when its copy of the index is gone.
    term.within("ada", &["update"]).expect(0);
    assert!(!term.has_fix("ada", 2));
    fs::remove_file(term.at("ada/.tinytorch/course/index.json")).unwrap();
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
}

#[test]
fn a_pack_that_was_cut_off_goes_on_where_it_stopped() {
    let term = large();
    let pack = fs::read_dir(term.at("site/packs")).unwrap().next().unwrap().unwrap();
    let length = pack.metadata().unwrap().len() as usize;
    assert!(length > 2 << 20, "{length}");
    for (number, etag) in [Some(strong as fn(&[u8]) -> String), Some(weak), None].into_iter().enumerate() {
        let cut = 300 << 10;
        let server = Host { etag, ranges: true, cut: Some(cut), ..Host::default() }.serve(&term.at("site"));
        let student = format!("ada-{number}");
        term.run(&["init", &server.address(), &student]).expect(0);
        let asked: Vec<Request> =
            server.take().into_iter().filter(|request| request.name.starts_with("packs/")).collect();
        assert_eq!(asked.len(), length.div_ceil(cut), "no byte came twice");
        for (at, request) in asked.iter().enumerate() {
            let range = (at > 0).then(|| format!("bytes={}-", at * cut));
            assert_eq!(request.header("range"), range.as_deref());
            // A weak tag does not say that the bytes are the same, and every byte is checked at the end.
            let tag = etag.filter(|_| at > 0 && number == 0);
            assert_eq!(request.header("if-range").is_some(), tag.is_some(), "{request:?}");
        }
    }
}

#[test]
fn servers_without_parts_or_with_wrong_ones_deliver_whole_files_or_nothing() {
    let term = large();
    let longest =
        fs::read_dir(term.at("site/packs")).unwrap().next().unwrap().unwrap().metadata().unwrap().len();
    // Too short each time, with little that is new: there is an end.
    for host in [
        Host { cut: Some(300 << 10), ..Host::default() },
        Host { cut: Some(300 << 10), wrong_part: true, ranges: true, etag: Some(strong), ..Host::default() },
        Host { cut: Some(100), ranges: true, ..Host::default() },
        Host { cut: Some(0), ranges: true, ..Host::default() },
    ] {
        let server = host.serve(&term.at("site"));
        let ran = term.run(&["init", &server.address(), "ada"]).expect(1);
        assert!(
            ran.stderr.contains("cut off") && ran.stderr.contains("nothing was created"),
            "{}",
            ran.stderr
        );
        assert!(!term.at("ada").exists());
        assert!(server.take().len() < 12);
    }
    // A wrong part is not put in: the whole file comes.
    let whole = Host { wrong_part: true, ranges: true, cut: Some(longest as usize), ..Host::default() };
    let server = whole.serve(&term.at("site"));
    term.run(&["init", &server.address(), "ada"]).expect(0);
}

#[test]
fn an_index_that_is_newer_than_its_packs_is_asked_again_past_the_copies() {
    let term = Term::published();
    let server = Host { etag: Some(strong), ..Host::default() }.serve(&term.at("site"));
    term.run(&["init", &server.address(), "ada"]).expect(0);
    release(&term, 2);
    let current = term.index();
    let pack = current.packs_for(2, Some(1))[0].sha256.to_string();
    let before = term.everything("ada");
    let update = |host: Host| -> (Ran, Served) {
        let server = host.serve(&term.at("site"));
        let ran = term.within("ada", &["update", "--config", &server.address()]);
        (ran, server)
    };
    let late: &'static str = Box::leak(pack.into_boxed_str());
    for soft in [false, true] {
        let (ran, server) = update(Host { late: Some((late, usize::MAX)), soft, ..Host::default() });
        let ran = ran.expect(1);
        assert!(ran.stderr.contains("is being published"), "{}", ran.stderr);
        assert!(ran.stderr.contains("try again in a minute"), "{}", ran.stderr);
        assert_eq!(term.everything("ada"), before);
        let asked = server.take();
        let indexes: Vec<&Request> = asked.iter().filter(|request| request.name == "index.json").collect();
        assert_eq!(indexes.len(), 3, "{asked:?}");
        for (at, request) in indexes.iter().enumerate() {
            assert_eq!(request.header("cache-control"), (at > 0).then_some("no-cache"));
            assert_eq!(request.query.is_empty(), at == 0, "{request:?}");
        }
    }
    let (ran, _) = update(Host { late: Some((late, 1)), ..Host::default() });
    ran.expect(0);
    assert!(term.has_fix("ada", 2));
}

#[test]
fn an_index_that_is_older_than_what_a_student_has_changes_nothing() {
    let term = Term::published();
    let old = fs::read(term.at("site/index.json")).unwrap();
    release(&term, 2);
    let new = fs::read(term.at("site/index.json")).unwrap();
    let server = Host::default().serve(&term.at("site"));
    term.run(&["init", &server.address(), "ada"]).expect(0);
    let before = term.everything("ada");
    fs::write(term.at("site/index.json"), &old).unwrap();
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("has release 1 now"), "{}", ran.stderr);
    assert_eq!(term.everything("ada"), before);
    assert!(
        server.names().iter().filter(|name| *name == "index.json").count() > 2,
        "asked again past the copies"
    );
    fs::write(term.at("site/index.json"), &new).unwrap();
    term.within("ada", &["update"]).expect(0);
}

/// Copied by hand, index first: `--check` finds it, and students get all of it or nothing.
#[test]
fn a_folder_that_is_copied_in_any_order_gives_whole_releases() {
    let term = Term::published();
    let server = Host::default().serve(&term.at("copy"));
    crate::mini::copy(&term.at("site"), &term.at("copy"));
    term.run(&["init", &server.address(), "ada"]).expect(0);
    release(&term, 2);
    fs::copy(term.at("site/index.json"), term.at("copy/index.json")).unwrap();
    let before = term.everything("ada");
    term.within("ada", &["update"]).expect(1);
    assert_eq!(term.everything("ada"), before);
    assert_ne!(term.run(&["publish", "copy", "--check"]).code, 0);
    crate::mini::copy(&term.at("site"), &term.at("copy"));
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
}

#[test]
fn a_course_that_moved_is_followed_on_its_server_and_elsewhere_only_if_the_student_agrees() {
    let term = Term::published();
    let server = Host::default().serve(term.0.path());
    let place = |folder: &str| format!("{}{folder}/", server.address());
    for student in ["ada", "eve"] {
        term.run(&["init", &place("site"), student]).expect(0);
    }
    let course = |student: &str| {
        let text = fs::read(term.at(student).join(".tinytorch/config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_slice(&text).unwrap();
        config["course"].as_str().unwrap().to_owned()
    };
    // The instructor copies the folder, publishes there, and says so in the old place.
    crate::mini::copy(&term.at("site"), &term.at("new"));
    term.fix(2);
    term.run(&["publish", "new", "--yes"]).expect(0);
    term.run(&["publish", "site", "--moved", "somewhere"]).expect(2);
    term.run(&["publish", "site", "--moved", "http://courses.example.org/"]).expect(2);
    let ran = term.run(&["publish", "site", "--moved", &place("new"), "--yes"]).expect(0);
    assert!(ran.stdout.contains("moved to"), "{}", ran.stdout);
    let page = fs::read_to_string(term.at("site/index.html")).unwrap();
    assert!(page.contains("This course moved to"), "{page}");
    term.within("ada", &["update", "--check"]).expect(0);
    assert_eq!(course("ada"), place("site"), "who only looks stays");
    let ran = term.within("ada", &["update"]).expect(0);
    assert!(ran.stderr.contains("the course moved to"), "{}", ran.stderr);
    assert_eq!(course("ada"), place("new"));
    assert!(term.has_fix("ada", 2));
    server.take();
    term.within("ada", &["update"]).expect(0);
    assert_eq!(server.names(), ["new/index.json"], "the old place is not asked any more");
    term.run(&["init", &place("site"), "late"]).expect(0);
    assert_eq!(course("late"), place("new"));
    // To another server: only if the student agrees.
    let other = Host::default().serve(&term.at("new"));
    term.run(&["publish", "site", "--moved", &other.address(), "--yes"]).expect(0);
    let ran = term.within("eve", &["update"]).expect(0);
    assert!(ran.stderr.contains(&format!("tito update --config {}", other.address())), "{}", ran.stderr);
    assert_eq!(course("eve"), place("site"));
    assert!(other.take().is_empty(), "no one asks there");
    term.within("eve", &["update", "--yes"]).expect(0);
    assert_eq!(course("eve"), other.address());
    // In a circle.
    term.run(&["publish", "new", "--moved", &place("site"), "--yes"]).expect(0);
    term.run(&["publish", "site", "--moved", &place("new"), "--yes"]).expect(0);
    let before = term.everything("ada");
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("without an end"), "{}", ran.stderr);
    assert_eq!(term.everything("ada"), before);
    // And back.
    term.run(&["publish", "new", "--moved", "here"]).expect(0);
    term.within("ada", &["update"]).expect(0);
}

#[test]
fn numbers_go_on_where_a_course_moved_to() {
    let term = Term::published();
    let server = Host::default().serve(term.0.path());
    term.run(&["init", &format!("{}site/", server.address()), "ada"]).expect(0);
    crate::mini::copy(&term.at("site"), &term.at("old"));
    release(&term, 2);
    term.within("ada", &["update"]).expect(0);
    let before = term.everything("ada");
    term.run(&["publish", "site", "--moved", &format!("{}old/", server.address()), "--yes"]).expect(0);
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("has release 1 now"), "{}", ran.stderr);
    assert_eq!(term.everything("ada"), before);
}
