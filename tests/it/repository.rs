//! Git repositories that tests fetch from, made by the `git` of this machine; and a small web server that serves them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// git with no settings of this machine, always at the same time: the same files give the same commits.
pub(crate) fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "core.autocrlf=false",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(args)
        .current_dir(dir)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")])
        .envs([("GIT_AUTHOR_NAME", "Faculty"), ("GIT_AUTHOR_EMAIL", "faculty@nordlund.example")])
        .envs([("GIT_COMMITTER_NAME", "Faculty"), ("GIT_COMMITTER_EMAIL", "faculty@nordlund.example")])
        .envs([("GIT_AUTHOR_DATE", "2027-01-01T00:00:00Z"), ("GIT_COMMITTER_DATE", "2027-01-01T00:00:00Z")])
        .stdin(Stdio::null())
        .output()
        .expect("git can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Commits everything in the folder `work` to the branch `main` of the bare repository `bare`, which is made where it is not there.
/// Gives the commit.
pub(crate) fn commit(bare: &Path, work: &Path) -> String {
    if !bare.is_dir() {
        git(bare.parent().unwrap(), &["init", "--quiet", "--bare", &bare.to_string_lossy()]);
    }
    let (dir, tree) = (format!("--git-dir={}", bare.display()), format!("--work-tree={}", work.display()));
    git(work, &[&dir, &tree, "add", "--all", "--force"]);
    git(work, &[&dir, &tree, "commit", "--quiet", "--allow-empty", "--no-verify", "--message=A change"]);
    head(bare)
}

/// The commit that `main` is at.
pub(crate) fn head(bare: &Path) -> String {
    git(bare, &["rev-parse", "main"])
}

/// Takes the newest commit back, and every trace of it away.
pub(crate) fn forget_newest(bare: &Path) {
    git(bare, &["update-ref", "refs/heads/main", "main~1"]);
    git(bare, &["reflog", "expire", "--expire=now", "--all"]);
    git(bare, &["gc", "--quiet", "--prune=now"]);
}

/// A web server on this machine that serves the repositories of a folder by `git http-backend`.
pub(crate) struct Server {
    pub(crate) url: String,
    /// How many packs were asked for.
    pub(crate) packs: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn new(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let packs = Arc::new(AtomicUsize::new(0));
        let (folder, counter) = (folder.to_owned(), packs.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, counter) = (folder.clone(), counter.clone());
                std::thread::spawn(move || answer(stream, folder, &counter));
            }
        });
        Self { url, packs }
    }
}

/// A web server that knows nothing of git and gives the files of a folder: its address.
pub(crate) fn plain_server(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let _ = reader.read_line(&mut line);
            let mut header = String::new();
            while reader.read_line(&mut header).is_ok_and(|read| read > 2) {
                header.clear();
            }
            let target = line.split_whitespace().nth(1).unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
            let (status, body) = match std::fs::read(folder.join(path)) {
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    url
}

/// `me` and `secret`, as a browser sends them.
const SECRET: &str = "Basic bWU6c2VjcmV0";

/// One request, one answer.
fn answer(mut stream: TcpStream, folder: PathBuf, packs: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |wanted: &str| {
        headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    // What is below `/private/` wants a name and a password.
    if target.starts_with("/private/") && header("authorization") != SECRET {
        let refusal = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(refusal.as_bytes()).ok();
    }
    let target = target.replace("/private/", "/");
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    if String::from_utf8_lossy(&body).contains("command=fetch") {
        packs.fetch_add(1, Ordering::SeqCst);
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut backend = Command::new("git")
        .arg("http-backend")
        .envs([("GIT_PROJECT_ROOT", folder.as_os_str()), ("GIT_HTTP_EXPORT_ALL", "1".as_ref())])
        .envs([("REQUEST_METHOD", method.as_str()), ("PATH_INFO", path), ("QUERY_STRING", query)])
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    backend.stdin.take()?.write_all(&body).ok()?;
    let output = backend.wait_with_output().ok()?.stdout;
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, content) = (String::from_utf8_lossy(&output[..end]).into_owned(), &output[end + 4..]);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    let rest: Vec<&str> = head.lines().filter(|line| !line.starts_with("Status: ")).collect();
    let length = content.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        rest.join("\r\n")
    )
    .ok()?;
    stream.write_all(content).ok()
}
