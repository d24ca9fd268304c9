//! What the command line looks like.

use clap::{Parser, ValueEnum};

use super::verb::Command;

/// Compiles a course definition into a student workspace, and updates the workspace without losing anything.
#[derive(Debug, Parser)]
#[command(name = "tito", version, max_term_width = 100, propagate_version = false)]
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

    /// Output format: text for people, json for programs
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

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}
