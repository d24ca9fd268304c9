//! What the command line looks like.

use clap::Parser;

use super::out::{Color, Format};
use super::verb::Command;

/// Compiles a course definition into a student workspace, and updates the workspace without losing anything.
#[derive(Debug, Parser)]
#[command(
    name = "tito",
    version,
    max_term_width = 100,
    propagate_version = false,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do; without a command: show the student's progress, in a workspace.
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(super) color: Color,

    /// Output format: text or json; of some commands also github, sarif or markdown
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(super) format: Format,
}
