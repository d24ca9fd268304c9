//! A term on one machine: nginx serves a published course, students work, releases come, and everyone ends with the same course and all
//! of their own work. Requests and bytes are counted from nginx's log.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::delivery::{Habit, Server, Term};
use crate::tito::tree;

/// nginx for one folder, on this machine alone, with everything that it writes in a folder of the test.
struct Nginx {
    server: Child,
    port: u16,
    log: PathBuf,
    seen: usize,
}

/// What nginx did: requests, answers 304, bytes of bodies.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    requests: usize,
    unchanged: usize,
    bytes: u64,
}

impl Nginx {
    fn new(term: &Term) -> Self {
        let own = term.at("nginx");
        fs::create_dir_all(&own).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let shown = own.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("  {name}_temp_path \"{shown}/{name}\";\n"))
            .collect();
        let text = format!(
            "daemon off;\nmaster_process off;\npid \"{shown}/pid\";\nerror_log \"{shown}/error.log\";\nevents {{}}\nhttp {{\n{temporary}  \
             log_format own '$request_uri $status $body_bytes_sent';\n  access_log \"{shown}/access.log\" own;\n  types {{ text/html html; }}\n  \
             default_type application/octet-stream;\n  server {{ listen 127.0.0.1:{port}; root \"{}\"; }}\n}}\n",
            term.at("site").display()
        );
        fs::write(own.join("nginx.conf"), text).unwrap();
        let server = Command::new("nginx")
            .arg("-p")
            .arg(&own)
            .arg("-c")
            .arg(own.join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start nginx: {error}; run `tests/setup`"));
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "nginx does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { server, port, log: own.join("access.log"), seen: 0 }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What it did since the last time.
    fn count(&mut self) -> Count {
        // A line is written when the answer is out.
        std::thread::sleep(Duration::from_millis(20));
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let mut count = Count::default();
        for line in text.lines().skip(self.seen) {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(["200", "304"].contains(&words[1]), "{line}");
            count.requests += 1;
            count.unchanged += usize::from(words[1] == "304");
            count.bytes += words[2].parse::<u64>().unwrap();
        }
        self.seen += count.requests;
        count
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What student `number` writes, which no one else writes.
fn own_line(number: usize, what: &str) -> String {
    format!("{what} of student {number}, and of no one else")
}

/// A student works: each in another way.
fn work(term: &Term, number: usize) {
    let folder = format!("student-{number}");
    let append = |path: &str, text: &str| {
        let mut file =
            fs::File::options().append(true).create(true).open(term.at(&folder).join(path)).unwrap();
        writeln!(file, "{text}").unwrap();
    };
    append("notes.txt", &own_line(number, "a note"));
    if number.is_multiple_of(2) {
        append("README.md", &own_line(number, "a thought"));
    }
    if number.is_multiple_of(3) {
        term.within(&folder, &["module", "start", "numbers"]).expect(0);
        let notebooks = tree(&term.at(&folder)).into_keys();
        let notebook = notebooks.into_iter().find(|path| path.ends_with("numbers.ipynb")).unwrap();
        let path = term.at(&folder).join(notebook);
        let mut value: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let cell = serde_json::json!({"cell_type": "markdown", "id": format!("mine-{number}"), "metadata": {}, "source": [own_line(number, "an idea")]});
        value["cells"].as_array_mut().unwrap().push(cell);
        fs::write(path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    }
    if number % 5 == 4 {
        fs::remove_file(term.at(&folder).join("README.md")).unwrap();
    }
}

/// Everything that student `number` wrote and still must have.
fn lines(number: usize) -> Vec<String> {
    let mut lines = vec![own_line(number, "a note")];
    if number.is_multiple_of(2) && number % 5 != 4 {
        lines.push(own_line(number, "a thought"));
    }
    if number.is_multiple_of(3) {
        lines.push(own_line(number, "an idea"));
    }
    lines
}

fn publish(term: &Term, notes: &str) -> u64 {
    for place in ["site", "mls.tito"] {
        term.run(&["publish", place, "--sign", "mls.key", "--yes", "--notes", notes]).expect(0);
    }
    let serial = term.index().current;
    // Students come later than in the second in which it was published, in which a server cannot tell two releases apart.
    let age = std::time::Duration::from_secs(100_000 - 60 * serial);
    let index = fs::File::options().write(true).open(term.at("site/index.json")).unwrap();
    index.set_modified(std::time::SystemTime::now() - age).unwrap();
    serial
}

/// From where students get the course.
enum Host {
    Nginx(Nginx),
    /// A server that knows neither ETags nor ranges.
    Plain(Server),
    /// A shared folder.
    Folder,
    /// One file, which is handed out again each time.
    File,
}

impl Host {
    fn address(&self) -> String {
        match self {
            Self::Nginx(nginx) => nginx.address(),
            Self::Plain(server) => server.address(),
            Self::Folder => "site".to_owned(),
            Self::File => "mls.tito".to_owned(),
        }
    }

    /// What it was asked since the last time, where it counts.
    fn count(&mut self) -> Option<Count> {
        match self {
            Self::Nginx(nginx) => Some(nginx.count()),
            _ => None,
        }
    }
}

/// A term of `students`, who get the course from what `host` makes.
fn term_of(students: usize, host: impl FnOnce(&Term) -> Host) {
    let term = Term::new();
    term.run(&["key", "new", "mls.key", "--no-password"]).expect(0);
    publish(&term, "The first");
    let mut host = host(&term);
    let address = host.address();
    let names: Vec<String> = (0..students).map(|number| format!("student-{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        term.run(&["init", &address, name]).expect(0);
        work(&term, number);
    }
    if let Some(count) = host.count() {
        assert_eq!(count.requests, 4 * students, "index, its signature, release, one pack");
    }
    // Who updates after which release: another mix each time.
    let some =
        |release: usize| (0..students).filter(move |number| !(number * 7 + release * 3).is_multiple_of(4));
    let update = |numbers: &mut dyn Iterator<Item = usize>, host: &mut Host| {
        for number in numbers {
            host.count();
            term.within(&names[number], &["update"]).expect(0);
            let count = host.count();
            term.within(&names[number], &["update"]).expect(0);
            let (Some(count), Some(again)) = (count, host.count()) else { continue };
            assert!(count.requests <= 7, "{number}: {count:?}");
            assert_eq!(
                (again.requests, again.unchanged, again.bytes),
                (1, 1, 0),
                "nothing is new for {number}"
            );
        }
    };
    term.fix(2);
    publish(&term, "A fix");
    update(&mut some(2), &mut host);
    // A renumbering.
    let catalog = fs::read_to_string(term.at("base/catalog.yml")).unwrap();
    let (sums, plots) =
        ("  - {id: sums,", "  - {id: plots, title: Plots, requires: [numbers], after: [means]}\n");
    assert!(catalog.contains(plots));
    let catalog = catalog.replacen(plots, "", 1);
    let earlier = format!("{}{sums}", plots.replace(", after: [means]", ""));
    fs::write(term.at("base/catalog.yml"), catalog.replacen(sums, &earlier, 1)).unwrap();
    publish(&term, "Plots come earlier");
    update(&mut some(3), &mut host);
    // A critical fix.
    let catalog = fs::read_to_string(term.at("base/catalog.yml")).unwrap().replacen("1.2.0", "1.2.1", 1);
    let advisory = "advisories: [{id: MINI-001, severity: critical, in: 1.2.1, affects: [numbers], title: wrong, action: again}]\n";
    fs::write(term.at("base/catalog.yml"), catalog + advisory).unwrap();
    term.fix(4);
    publish(&term, "A critical fix");
    update(&mut some(4), &mut host);
    // A mistake, which is withdrawn.
    let readme = term.at("base/shared/README.md.j2");
    let good = fs::read_to_string(&readme).unwrap();
    fs::write(&readme, format!("{good}\nA mistake.\n")).unwrap();
    let mistake = publish(&term, "A mistake");
    update(&mut some(5), &mut host);
    // One file holds one release: who has the mistake gets the next file.
    for number in some(5).filter(|_| !matches!(host, Host::File)) {
        term.within(&names[number], &["update", "--to", &(mistake - 1).to_string()]).expect(0);
    }
    fs::write(&readme, good).unwrap();
    publish(&term, "As before");
    term.fix(6);
    publish(&term, "The last");
    update(&mut (0..students), &mut host);
    // All have the course, and all of their own.
    term.run(&["init", &address, "late"]).expect(0);
    let want = term.files("late");
    assert!(want.contains_key("modules/02_plots/plots.ipynb"), "the units have other numbers");
    let theirs =
        |path: &str| ["README.md", "notes.txt", "progress.json"].contains(&path) || path.contains("numbers");
    for (number, name) in names.iter().enumerate() {
        let found = term.files(name);
        let of = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
            files
                .iter()
                .filter(|(path, _)| !theirs(path))
                .map(|(path, bytes)| (path.clone(), bytes.clone()))
                .collect()
        };
        let (found_rest, want_rest) = (of(&found), of(&want));
        let paths = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&found_rest), paths(&want_rest), "{name}");
        assert!(found_rest == want_rest, "{name} has the bytes of the course");
        let everything = tree(&term.at(name));
        for line in lines(number) {
            let is_there = everything.values().any(|bytes| String::from_utf8_lossy(bytes).contains(&line));
            assert!(is_there, "{name} lost `{line}`");
        }
    }
}

#[test]
fn a_small_term_loses_nothing_and_all_converge() {
    term_of(6, |term| Host::Nginx(Nginx::new(term)));
}

#[test]
fn a_term_from_a_plain_server_from_a_folder_and_from_one_file_is_the_same() {
    term_of(5, |term| Host::Plain(Server::new(&term.at("site"), Habit::Plain)));
    term_of(5, |_| Host::Folder);
    term_of(5, |_| Host::File);
}

/// `TITO_TEST_STUDENTS` says how many; 200 if it says nothing.
#[test]
#[ignore = "takes minutes"]
fn a_whole_term_loses_nothing_and_all_converge() {
    let students = std::env::var("TITO_TEST_STUDENTS").ok().and_then(|text| text.parse().ok());
    term_of(students.unwrap_or(200), |term| Host::Nginx(Nginx::new(term)));
}
