//! `tito lab`: which program it becomes, and the real one.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use crate::judges::python;
use crate::mini::Mini;
use crate::tito::{ran, script};

const COURSE: &str = "course: {id: demo/pond}\nbase: {from: {path: BASE}}\nmodules: [numbers, sums]\n";

/// Stands for a Python: says what it is started with; `has` is what it answers to the question for JupyterLab.
fn fake(course: &Mini, has: i32) -> std::path::PathBuf {
    let path = course.folder().join(format!("python{has}"));
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *find_spec*) exit {has};; esac\necho \"in $(basename \"$PWD\"): $*\"\nexit 3\n"
    );
    script(&path, &text);
    path
}

#[test]
fn it_becomes_jupyterlab_on_the_units_notebook() {
    let course = Mini::of(COURSE, "student");
    let run = |words: &[&str], has| {
        let mut command = course.command();
        ran(&command.env("TITO_PYTHON", fake(&course, has)).args(words).output().unwrap())
    };
    let lab = run(&["lab", "2", "--no-browser", "--", "--port=9"], 0).expect(3);
    // By itself JupyterLab would show only the folder of the notebook.
    let root = format!("--ServerApp.root_dir={}", course.root().canonicalize().unwrap().display());
    let started = format!("in ws: -m jupyterlab {root} modules/02_sums/sums.ipynb --no-browser --port=9\n");
    assert_eq!(lab.stdout, started);
    assert_eq!(run(&["lab"], 0).expect(3).stdout, format!("in ws: -m jupyterlab {root}\n"));
    let lab = run(&["lab", "sums"], 1).expect(1);
    assert!(
        lab.stderr.contains("JupyterLab is not installed") && lab.stderr.contains("tito doctor --fix"),
        "{}",
        lab.stderr
    );
    // The path is quoted where a shell needs that.
    let (advice, _) = lab.stderr.split_once(" -m pip install jupyterlab").expect(&lab.stderr);
    assert!(advice.trim_end_matches('"').ends_with("python1"), "{}", lab.stderr);
    let lab = run(&["lab", "sumz"], 0).expect(1);
    assert!(lab.stderr.contains("did you mean `sums`?"), "{}", lab.stderr);
    fs::remove_file(course.at("modules/02_sums/sums.ipynb")).unwrap();
    assert!(run(&["lab", "sums"], 0).expect(1).stderr.contains("tito restore modules/02_sums/sums.ipynb"));
}

#[test]
fn the_real_jupyterlab_serves_the_notebook() {
    let course = Mini::of(COURSE, "student");
    let mut command = course.command();
    command
        .env("TITO_PYTHON", python())
        .env("JUPYTER_CONFIG_DIR", course.folder())
        .env("HOME", course.folder());
    command.args([
        "lab",
        "sums",
        "--no-browser",
        "--",
        "--ServerApp.port=0",
        "--IdentityProvider.token=of-the-test",
        "--allow-root",
    ]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut said = String::new();
    let mut port = None;
    for line in lines {
        said += &format!("{line}\n");
        let address =
            line.split("http://127.0.0.1:").nth(1).or_else(|| line.split("http://localhost:").nth(1));
        if let Some(address) = address {
            port = address.split('/').next().and_then(|port| port.parse::<u16>().ok());
            break;
        }
    }
    let answer = port.map(|port| {
        // It prints its address before it listens.
        let connect = |_| {
            let stream = TcpStream::connect(("127.0.0.1", port)).ok();
            stream.or_else(|| {
                std::thread::sleep(Duration::from_millis(100));
                None
            })
        };
        let mut server = (0..300).find_map(connect).expect("JupyterLab listens");
        server.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let path = "/api/contents/modules/02_sums/sums.ipynb?content=0";
        write!(
            server,
            "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAuthorization: token of-the-test\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        let _ = server.read_to_string(&mut answer);
        answer
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let answer = answer.unwrap_or_else(|| panic!("JupyterLab did not start:\n{said}"));
    assert!(answer.contains("200 OK") && answer.contains("\"type\": \"notebook\""), "{answer}");
}
