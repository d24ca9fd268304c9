//! `tito doctor [--fix]`: Python and its packages, and whether the workspace is as tito wrote it. It names what to do about each thing.

mod fix;
mod install;
mod integrity;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::student::finding::{Finding, Health};
use crate::student::packages;
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::shells::{self, There};
use crate::cli::{find, workspace};

/// Checks Python, its packages and the workspace, and says how to fix each problem.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fix what can be fixed, or only the named part
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    fix: Option<Fix>,
}

/// What `--fix` fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fix {
    /// Both
    All,
    /// Finish an interrupted run, restore lost copies and tito's own files, and forget runs of years ago
    Workspace,
    /// Create .venv if packages are missing, and install them
    Python,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let root = here(&world);
    if let Some(what) = args.fix
        && let Some(root) = &root
        && let Err(exit) = fix::fix(&world, root, what, out)
    {
        return exit;
    }
    let package = root.as_deref().and_then(integrity::package);
    let mut findings = packages::look(root.as_deref().unwrap_or(&find::here()), package.as_deref());
    match &root {
        Some(root) => findings.extend(integrity::look(&world, root)),
        None => findings.push(Finding::bad(
            "workspace",
            Health::Notice,
            "this folder is not in a workspace; only Python was checked",
            "go to your workspace, or create one: tito init",
        )),
    }
    findings.extend(completions());
    show(&findings, out);
    match findings.iter().map(|finding| finding.health).max() {
        Some(Health::Broken) => Exit::Integrity,
        Some(Health::Missing) => Exit::Failed,
        _ => Exit::Done,
    }
}

/// Does the user's shell complete what tito knows? Nothing is said of a shell that has no place for it.
fn completions() -> Option<Finding> {
    let shell = shells::current()?;
    let (place, script) = (shells::place(shell)?, shells::script(shell)?);
    let to_do = format!("tito completions {shell} --install");
    let bad = |says: String| Some(Finding::bad("shell", Health::Notice, says, to_do.clone()));
    match shells::there(&place, &script) {
        There::Ours => Some(Finding::good("shell", format!("{shell} completes units and commands"))),
        There::Older => bad(format!("{shell} has the completions of another tito")),
        There::Nothing => bad(format!("{shell} does not complete units and commands yet")),
        There::Other => None,
    }
}

/// The workspace that we are in, if we are in one.
fn here(world: &dyn World) -> Option<PathBuf> {
    let here = find::here();
    here.ancestors().find(|folder| workspace::is_workspace(world, folder)).map(Path::to_owned)
}

fn show(findings: &[Finding], out: &Out) {
    if out.json {
        out.value(&serde_json::json!({"findings": findings}));
        return;
    }
    for finding in findings {
        let mark = match finding.health {
            Health::Good => paint(Look::Good, "✓"),
            Health::Notice => paint(Look::Notice, "~"),
            Health::Missing | Health::Broken => paint(Look::Bad, "×"),
        };
        out.line(format!("{mark} {:<10} {}", finding.what, clean(&finding.says)));
        if let Some(to_do) = &finding.to_do {
            out.line(format!("             {}", clean(to_do)));
        }
    }
    let bad = findings.iter().filter(|finding| finding.health > Health::Notice).count();
    out.line(match bad {
        0 => "all is well".to_owned(),
        1 => "1 problem needs you".to_owned(),
        _ => format!("{bad} problems need you"),
    });
}
