//! `tito completions`: the script that makes a shell ask tito for candidates, printed or put where the shell looks.

use std::path::Path;

use clap_complete::Shell;

use crate::apply::write_beside;
use crate::cli::ask::{Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell as quoted};
use crate::cli::shells::{self, There};

/// Prints a completion script, or installs it for you.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell; with --install, default: the one that you use
    #[arg(required_unless_present = "install")]
    shell: Option<Shell>,
    /// Put the script where the shell looks for it, after asking; no other file of yours is changed
    #[arg(long)]
    install: bool,
    /// With --install: do not ask
    #[arg(long, short, requires = "install")]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let Some(shell) = args.shell.or_else(shells::current) else {
        out.fail("tito does not know your shell", "name it: `tito completions bash --install`");
        return Exit::Usage;
    };
    let Some(script) = shells::script(shell) else {
        return out.fail(
            &format!("there is no completion for {shell}"),
            "there is one for bash, zsh, fish, elvish, powershell",
        );
    };
    if args.install {
        return install(shell, &script, args.yes, out).unwrap_or_else(|exit| exit);
    }
    out.raw(&script);
    Exit::Done
}

fn install(shell: Shell, script: &[u8], yes: bool, out: &Out) -> Result<Exit, Exit> {
    let Some(place) = shells::place(shell) else {
        let help = format!("run `tito completions {shell}` from its start-up file");
        return Err(out.fail(&format!("{shell} has no folder of its own for completions"), &help));
    };
    let shown = clean(&place.display().to_string());
    match shells::there(&place, script) {
        There::Ours => {
            out.line(format!("{} {shown} is up to date", paint(Look::Good, "✓")));
            return Ok(Exit::Done);
        }
        There::Other => {
            let help = format!("move it away; or print the script: `tito completions {shell}`");
            return Err(out.fail(&format!("`{shown}` exists, and tito did not write it"), &help));
        }
        There::Nothing | There::Older => {}
    }
    let question = [format!("write the completions for {shell} to {shown}?")];
    let help = format!("to write the file: `tito completions {shell} --install --yes`");
    let consent = Consent {
        yes,
        question: &question,
        go_on: "write",
        default: Answer::Agreed,
        view: None,
        alone: ("no terminal to ask on", &help, Exit::Usage),
    };
    if !consent.agreed(out)? {
        return Ok(Exit::Done);
    }
    write(&place, script).map_err(|why| out.fail(&why, "nothing was changed"))?;
    out.line(format!("{} {shown} written · open a new terminal", paint(Look::Good, "✓")));
    if let (Shell::Zsh, Some(folder)) = (shell, place.parent()) {
        out.line("zsh reads it if your ~/.zshrc has these lines, before any other compinit:");
        out.line(format!("  fpath=({} $fpath)", quoted(&folder.display().to_string())));
        out.line("  autoload -Uz compinit && compinit");
    }
    Ok(Exit::Done)
}

#[expect(clippy::disallowed_methods, reason = "the user asked for this file, outside of any workspace")]
fn write(place: &Path, script: &[u8]) -> Result<(), String> {
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            format!("`{}` cannot be made: {}", folder.display(), crate::world::reason(&error))
        })?;
    }
    write_beside(place, script).map_err(|error| error.to_string())
}
