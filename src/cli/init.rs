//! `tito init`.
use super::exit::Exit;
use super::out::Out;
/// Compiles a course into a new workspace.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) fn run(_: &Args, _: &Out) -> Exit {
    Exit::Failed
}
