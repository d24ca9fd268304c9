//! https: certificates, passwords, proxies and redirects, on a server of this machine.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::delivery::Term;
use crate::tito::{Ran, command, ran};

/// A server for the folder of its third argument. What it says first is its port; then each path that it is asked for, and who asked.
const SERVER: &str = r#"
import base64, http.server, os, ssl, sys

chain, key, folder, elsewhere = sys.argv[1:]
SECRET = "Basic " + base64.b64encode(b"ada:secret").decode()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        who = self.headers.get("Authorization", "-")
        host = self.headers.get("Host", "").split(":")[0]
        print(host + self.path, who, flush=True)
        kind, _, name = self.path.lstrip("/").partition("/")
        if kind == "near":
            return self.to("/private/" + name)
        if kind == "away":
            return self.to(f"https://127.0.0.1:{port}/private/{name}")
        if kind == "plain":
            return self.to(elsewhere + name)
        if kind == "circle":
            return self.to("/circle/" + name)
        if kind == "private" and who != SECRET:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="course"')
            self.send_header("Content-Length", "0")
            return self.end_headers()
        try:
            with open(os.path.join(folder, name.split("?")[0]), "rb") as file:
                body = file.read()
            self.send_response(200)
        except OSError:
            body = b""
            self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def to(self, place):
        self.send_response(302)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass

server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
port = server.server_address[1]
print(port, flush=True)
server.serve_forever()
"#;

/// A published course behind https, with a certificate of an authority that no computer knows.
struct Secure {
    term: Term,
    server: Child,
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[track_caller]
fn openssl(folder: &Path, args: &[&str]) {
    let output = Command::new("openssl").args(args).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start openssl: {error}; run `tests/setup`"));
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An authority `ca.pem`, and a certificate of it for the names of this computer.
fn certificates(folder: &Path) {
    let new =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
    let with = |more: &[&'static str]| [&new[..], more].concat();
    openssl(
        folder,
        &with(&[
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=A university",
            "-addext",
            "keyUsage=keyCertSign",
        ]),
    );
    openssl(
        folder,
        &with(&[
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-keyout",
            "server.key",
            "-out",
            "server.pem",
            "-subj",
            "/CN=server",
            "-addext",
            "subjectAltName=DNS:localhost,DNS:courses.example,IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]),
    );
}

impl Secure {
    fn new() -> Self {
        Self::sending_to("http://127.0.0.1:1/")
    }

    /// What it redirects below `plain/` goes to `elsewhere`.
    fn sending_to(elsewhere: &str) -> Self {
        let term = Term::published();
        let folder = term.0.path();
        certificates(folder);
        fs::write(folder.join("server.py"), SERVER).unwrap();
        let mut server = Command::new(crate::judges::python())
            .args(["server.py", "server.pem", "server.key", "site", elsewhere])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.next().unwrap().parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        std::thread::spawn(move || lines.for_each(|line| seen.lock().unwrap().push(line)));
        Self { term, server, port, asked }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.term.at(name)
    }

    /// `tito init` from the `kind` of address of `host`, with these variables.
    fn init(&self, host: &str, kind: &str, dir: &str, variables: &[(&str, &Path)]) -> Ran {
        let mut tito = command(self.term.0.path());
        tito.args(["init", &format!("https://{host}:{}/{kind}/", self.port), dir]);
        // No file of the machine's user counts.
        tito.env("HOME", self.path("nowhere"));
        tito.envs(variables.iter().copied());
        ran(&tito.output().unwrap())
    }

    fn asked(&self) -> Vec<String> {
        // The server says what it was asked before it answers, and the answer was read.
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_and_one_that_the_user_names_is_not() {
    let secure = Secure::new();
    let ran = secure.init("localhost", "open", "ada", &[]).expect(1);
    for word in ["does not trust its certificate", "SSL_CERT_FILE", "nothing was created"] {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    assert!(!secure.path("ada").exists());
    assert!(secure.asked().is_empty(), "not even the question is sent");
    let ca = secure.path("ca.pem");
    secure.init("localhost", "open", "ada", &[("SSL_CERT_FILE", &ca)]).expect(0);
    // The file of the user is all that is trusted.
    for odd in ["nothing.pem", "course.yml"] {
        secure.init("localhost", "open", "bob", &[("SSL_CERT_FILE", &secure.path(odd))]).expect(1);
    }
    assert!(!secure.path("bob").exists());
}

#[test]
fn a_password_comes_from_netrc_and_goes_to_its_host_alone() {
    let secure = Secure::new();
    let ca = secure.path("ca.pem");
    let netrc = secure.path("netrc");
    fs::write(&netrc, "machine localhost login ada password secret\ndefault login x password y\n").unwrap();
    let with = [("SSL_CERT_FILE", ca.as_path()), ("NETRC", netrc.as_path())];
    let ran = secure.init("localhost", "private", "nobody", &with[..1]).expect(1);
    assert!(ran.stderr.contains("does not let us in") && ran.stderr.contains(".netrc"), "{}", ran.stderr);
    secure.init("localhost", "private", "ada", &with).expect(0);
    secure.init("localhost", "near", "bob", &with).expect(0);
    // In the home folder, as curl reads it.
    fs::create_dir(secure.path("home")).unwrap();
    fs::copy(&netrc, secure.path("home/.netrc")).unwrap();
    let home = secure.path("home");
    secure.init("localhost", "private", "eve", &[with[0], ("HOME", &home)]).expect(0);
    // What sends us to another host gets nothing to take there, and neither does a host without an entry.
    secure.asked();
    secure.init("localhost", "away", "mallory", &with).expect(1);
    secure.init("127.0.0.1", "private", "mallory", &with).expect(1);
    let asked = secure.asked();
    assert!(asked.iter().any(|line| line.starts_with("127.0.0.1/private")), "{asked:?}");
    for line in asked.iter().filter(|line| line.starts_with("127.0.0.1")) {
        assert!(line.ends_with(" -"), "{line}");
    }
    assert!(!secure.path("mallory").exists() && !secure.path("nobody").exists());
}

#[test]
fn a_redirect_never_leaves_https_and_never_goes_in_a_circle() {
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let secure = Secure::sending_to(&format!("http://127.0.0.1:{}/", plain.local_addr().unwrap().port()));
    let visits = Arc::new(Mutex::new(0));
    let seen = visits.clone();
    std::thread::spawn(move || plain.incoming().for_each(|_| *seen.lock().unwrap() += 1));
    let ca = secure.path("ca.pem");
    let with = [("SSL_CERT_FILE", ca.as_path())];
    for (kind, why) in [("plain", "without https"), ("circle", "too many redirects")] {
        let ran = secure.init("localhost", kind, "ada", &with).expect(1);
        assert!(ran.stderr.contains(why), "{kind}: {}", ran.stderr);
        assert!(!secure.path("ada").exists());
    }
    assert!(secure.asked().len() < 12);
    assert_eq!(*visits.lock().unwrap(), 0, "no one is asked without https");
}

/// A proxy that takes every name for this computer.
fn proxy(port: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
            seen.lock().unwrap().push(lines.next().unwrap_or_default());
            let _ = lines.find(String::is_empty);
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server.try_clone().unwrap(), client.try_clone().unwrap()),
            ] {
                std::thread::spawn(move || {
                    let mut piece = [0; 1 << 14];
                    while let Ok(read @ 1..) = from.read(&mut piece) {
                        if to.write_all(&piece[..read]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    (own, asked)
}

#[test]
fn a_proxy_of_the_environment_is_used_except_for_this_computer() {
    let secure = Secure::new();
    let (port, asked) = proxy(secure.port);
    let address = PathBuf::from(format!("http://127.0.0.1:{port}"));
    let ca = secure.path("ca.pem");
    let with = [("SSL_CERT_FILE", ca.as_path()), ("HTTPS_PROXY", address.as_path())];
    secure.init("courses.example", "open", "ada", &with).expect(0);
    let line = format!("CONNECT courses.example:{}", secure.port);
    let lines = std::mem::take(&mut *asked.lock().unwrap());
    assert!(!lines.is_empty() && lines.iter().all(|asked| asked.starts_with(&line)), "{lines:?}");
    secure.init("localhost", "open", "bob", &with).expect(0);
    assert!(asked.lock().unwrap().is_empty());
    // A certificate is of its names.
    let ran = secure.init("other.example", "open", "eve", &with).expect(1);
    assert!(ran.stderr.contains("does not trust its certificate"), "{}", ran.stderr);
    let nowhere = PathBuf::from("http://127.0.0.1:1");
    let ran = secure.init("courses.example", "open", "eve", &[with[0], ("HTTPS_PROXY", &nowhere)]).expect(1);
    assert!(ran.stderr.contains("nothing was created"), "{}", ran.stderr);
}
