//! `tito data list | download`, against a server on this machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::mini::Mini;
use crate::tito::Ran;
use tito::digest::Digest;

/// What the server does with the connections that come, one after the other; the last one is repeated.
#[derive(Clone, Debug)]
enum Answer {
    /// The whole file, ranges understood.
    Whole,
    /// The whole file, ranges ignored.
    NoRanges,
    /// The header promises all, and after so many bytes the connection is cut.
    Cut(usize),
    /// A status without a file.
    Status(u16),
    /// Somewhere else.
    Redirect(String),
    /// These bytes.
    Bytes(Vec<u8>),
    /// The whole file without its length, and then more and more.
    Endless,
}

struct Server {
    port: u16,
    /// The `Range` of each request, or nothing.
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    fn new(file: &[u8], answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (file, answers, seen) = (file.to_vec(), answers.to_vec(), ranges.clone());
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let answer = answers.get(number).or(answers.last()).unwrap();
                let stream = stream.unwrap();
                let range = request(&stream);
                seen.lock().unwrap().push(range.clone());
                // The client may leave early: that is its right.
                let _ = reply(stream, answer, &file, range);
            }
        });
        Self { port, ranges }
    }

    fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    fn ranges(&self) -> Vec<Option<String>> {
        self.ranges.lock().unwrap().clone()
    }
}

fn request(stream: &TcpStream) -> Option<String> {
    let mut range = None;
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: ") {
            range = Some(value.to_owned());
        }
    }
    range
}

fn reply(mut stream: TcpStream, answer: &Answer, file: &[u8], range: Option<String>) -> std::io::Result<()> {
    let from = range
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok())
        .unwrap_or(0);
    let head = |status: &str, length: usize, more: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n")
    };
    match answer {
        Answer::Whole if from >= file.len() && from > 0 => {
            stream.write_all(head("416 Range Not Satisfiable", 0, "").as_bytes())
        }
        Answer::Whole if from > 0 => {
            let more = format!("Content-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len());
            stream.write_all(head("206 Partial Content", file.len() - from, &more).as_bytes())?;
            stream.write_all(&file[from..])
        }
        Answer::Whole | Answer::NoRanges => {
            stream.write_all(head("200 OK", file.len(), "").as_bytes())?;
            stream.write_all(file)
        }
        Answer::Cut(after) => {
            stream.write_all(head("200 OK", file.len(), "").as_bytes())?;
            stream.write_all(&file[..*after])
        }
        Answer::Status(status) => stream.write_all(head(&format!("{status} No"), 0, "").as_bytes()),
        Answer::Redirect(to) => {
            stream.write_all(head("302 Found", 0, &format!("Location: {to}\r\n")).as_bytes())
        }
        Answer::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(b"10000\r\n")?;
                stream.write_all(&[b'z'; 0x10000])?;
                stream.write_all(b"\r\n")?;
            }
        }
        Answer::Bytes(bytes) => {
            stream.write_all(head("200 OK", bytes.len(), "").as_bytes())?;
            stream.write_all(bytes)
        }
    }
}

/// 200,000 bytes that are not all alike.
fn file() -> Vec<u8> {
    (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A workspace whose base offers `file()` at `url` as `big`.
fn workspace(url: &str) -> Mini {
    let mini = Mini::only(crate::mini::COURSE);
    let catalog = mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    let (digest, bytes) = (Digest::of(&file()), file().len());
    let datasets = format!(
        "datasets:\n  - {{id: table, title: \"A table\", bundled: true, path: data/table.csv}}\n  \
         - {{id: big, title: \"Many bytes\", url: \"{url}\", sha256: \"{digest}\", bytes: {bytes}, license: CC0-1.0}}\n  \
         - {{id: open, url: \"{url}x\"}}\n"
    );
    fs::write(catalog, text + &datasets).unwrap();
    crate::tito::tito(mini.folder(), &["init", "ws", "--config", "course.yml"]).expect(0);
    mini
}

fn download(mini: &Mini, name: &str) -> Ran {
    let mut command = mini.command();
    for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    crate::tito::ran(&command.args(["data", "download", name]).output().unwrap())
}

fn nothing_here(mini: &Mini) {
    assert!(!mini.at("datasets/big.bin").exists());
}

#[test]
fn what_is_fetched_is_whole_and_not_fetched_again() {
    let server = Server::new(&file(), &[Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    let ran = mini.run(&["data", "list"]).expect(0);
    assert_eq!(
        ran.stdout,
        "✓ table          A table                          data/table.csv\n  \
         big            Many bytes                       not here · 195.31 KiB · CC0-1.0\n  \
         open                                            not here\n\
         1 of 3 data sets are here · tito data download big\n"
    );
    let ran = download(&mini, "big").expect(0);
    assert_eq!(ran.stdout, "✓ big is here, and its checksum is right: datasets/big.bin\n");
    assert_eq!(ran.stderr, "", "no bar where there is no terminal");
    assert_eq!(fs::read(mini.at("datasets/big.bin")).unwrap(), file());
    assert!(!mini.at("datasets/big.bin.part").exists());
    let ran = download(&mini, "big").expect(0);
    assert_eq!(ran.stdout, "✓ big is already here: datasets/big.bin\n");
    assert_eq!(server.ranges(), [None], "asked once");
    download(&mini, "table").expect(0);
    mini.run(&["update", "--check", "--exit-code"]).expect(0);
}

#[test]
fn a_cut_connection_is_said_and_gone_on_from() {
    let server = Server::new(&file(), &[Answer::Cut(70_000), Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    let ran = download(&mini, "big").expect(1);
    assert!(
        ran.stderr.starts_with("error: the download of `big` stopped after 70000 of 200000 bytes: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.ends_with("help: run it again; it continues where it stopped: `tito data download big`\n")
    );
    nothing_here(&mini);
    let list = mini.run(&["data", "list"]).expect(0).stdout;
    assert!(
        list.contains("~ big            Many bytes                       partly downloaded · "),
        "{list}"
    );
    download(&mini, "big").expect(0);
    assert_eq!(server.ranges(), [None, Some("bytes=70000-".to_owned())]);
    assert_eq!(fs::read(mini.at("datasets/big.bin")).unwrap(), file());
}

#[test]
fn a_server_without_ranges_starts_again() {
    let server = Server::new(&file(), &[Answer::Cut(70_000), Answer::NoRanges]);
    let mini = workspace(&server.url("big.bin"));
    download(&mini, "big").expect(1);
    download(&mini, "big").expect(0);
    assert_eq!(fs::read(mini.at("datasets/big.bin")).unwrap(), file());
}

#[test]
fn a_part_that_is_whole_already_needs_no_server() {
    let server = Server::new(&file(), &[Answer::Status(500)]);
    let mini = workspace(&server.url("big.bin"));
    fs::create_dir_all(mini.at("datasets")).unwrap();
    fs::write(mini.at("datasets/big.bin.part"), file()).unwrap();
    download(&mini, "big").expect(0);
    assert_eq!(server.ranges(), []);
}

#[test]
fn wrong_bytes_are_not_kept() {
    let mut wrong = file();
    wrong[100_000] ^= 1;
    let server = Server::new(&file(), &[Answer::Bytes(wrong), Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("is not the data set `big`: its sha256 is "), "{}", ran.stderr);
    nothing_here(&mini);
    assert!(!mini.at("datasets/big.bin.part").exists());
    download(&mini, "big").expect(0);
    // More than was promised stops at once; a part with wrong bytes is found out, and goes.
    let mut more = file();
    more.push(0);
    let server = Server::new(&more, &[Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    assert!(download(&mini, "big").expect(1).stderr.contains("sends more bytes than the data set"));
    let server = Server::new(&file(), &[Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    fs::create_dir_all(mini.at("datasets")).unwrap();
    fs::write(mini.at("datasets/big.bin.part"), vec![7; 10]).unwrap();
    download(&mini, "big").expect(1);
    download(&mini, "big").expect(0);
    assert_eq!(server.ranges(), [Some("bytes=10-".to_owned()), None]);
}

#[test]
fn redirects_are_followed_to_http_alone_and_not_for_ever() {
    let end = Server::new(&file(), &[Answer::Whole]);
    let server = Server::new(&[], &[Answer::Redirect(end.url("elsewhere"))]);
    let mini = workspace(&server.url("big.bin"));
    download(&mini, "big").expect(0);
    assert_eq!(fs::read(mini.at("datasets/big.bin")).unwrap(), file());
    let server = Server::new(&[], &[Answer::Redirect("/again".to_owned())]);
    let mini = workspace(&server.url("big.bin"));
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("too many redirects"), "{}", ran.stderr);
    let server = Server::new(&[], &[Answer::Redirect("file:///etc/passwd".to_owned())]);
    let mini = workspace(&server.url("big.bin"));
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("cannot be reached"), "{}", ran.stderr);
    nothing_here(&mini);
}

#[test]
fn what_the_server_refuses_is_said() {
    for (status, word) in [
        (404, "404: there is no such file"),
        (403, "403: access denied"),
        (503, "503: the server has a problem"),
    ] {
        let server = Server::new(&[], &[Answer::Status(status)]);
        let mini = workspace(&server.url("big.bin"));
        let ran = download(&mini, "big").expect(1);
        assert!(ran.stderr.contains(&format!("big.bin answered {word}\n")), "{}", ran.stderr);
        nothing_here(&mini);
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mini = workspace(&format!("http://127.0.0.1:{free}/big.bin"));
    assert!(download(&mini, "big").expect(1).stderr.contains("cannot be reached"));
}

#[test]
fn other_addresses_and_sets_without_a_digest_are_refused() {
    let mini = workspace("file:///etc/passwd");
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("`file:///etc/passwd` is not an http or https address"), "{}", ran.stderr);
    let mini = workspace("http://127.0.0.1:9/big.bin");
    let ran = download(&mini, "open").expect(1);
    assert!(ran.stderr.contains("the catalog does not give its checksum"), "{}", ran.stderr);
    let ran = download(&mini, "bgi").expect(1);
    assert_eq!(ran.stderr, "error: the base has no data set `bgi`\n  help: did you mean `big`?\n");
}

#[test]
fn a_server_that_never_ends_is_left() {
    let server = Server::new(&file(), &[Answer::Endless]);
    let mini = workspace(&server.url("big.bin"));
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("sends more bytes than the data set `big` has"), "{}", ran.stderr);
    nothing_here(&mini);
    assert_eq!(fs::metadata(mini.at("datasets/big.bin.part")).unwrap().len(), 0);
}

#[test]
fn what_stands_there_is_not_overwritten_and_links_are_not_followed() {
    let server = Server::new(&file(), &[Answer::Whole]);
    let mini = workspace(&server.url("big.bin"));
    fs::create_dir_all(mini.at("datasets")).unwrap();
    fs::write(mini.at("datasets/big.bin"), "mine").unwrap();
    let ran = download(&mini, "big").expect(1);
    assert!(ran.stderr.contains("`datasets/big.bin` is not the data set `big`"), "{}", ran.stderr);
    assert_eq!(mini.text("datasets/big.bin"), "mine");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::remove_file(mini.at("datasets/big.bin")).unwrap();
        symlink(&victim, mini.at("datasets/big.bin.part")).unwrap();
        download(&mini, "big").expect(1);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::remove_file(mini.at("datasets/big.bin.part")).unwrap();
        fs::hard_link(&victim, mini.at("datasets/big.bin.part")).unwrap();
        let ran = download(&mini, "big").expect(1);
        assert!(ran.stderr.contains("`datasets/big.bin.part` is a link"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::remove_dir_all(mini.at("datasets")).unwrap();
        symlink(outside.path(), mini.at("datasets")).unwrap();
        download(&mini, "big").expect(1);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
        assert_eq!(server.ranges(), []);
    }
}
