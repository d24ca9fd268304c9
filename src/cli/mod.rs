//! The command line: the only place that prints, prompts, colours and exits.

/// Runs `tito` on the process's arguments.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
