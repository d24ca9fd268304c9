//! `.devcontainer/devcontainer.json`: where Codespaces and VS Code learn how to open a workspace in a container.
//!
//! It is the student's own file: no update changes it, and no undo removes it. It is written once, where there is none.

use std::path::Path;

use serde_json::{Value, json};

use crate::apply::{self, ApplyError, Workspace};
use crate::world::disk::Disk;

use super::find;

/// The folder of it.
const FOLDER: &str = ".devcontainer";
/// Its name there.
const NAME: &str = "devcontainer.json";

/// Writes it into the workspace at `root`, for a course of this title. Was it written?
pub(super) fn write(root: &Path, title: &str) -> Result<bool, ApplyError> {
    let path = root.join(FOLDER).join(NAME);
    if find::is_there(&Disk::new(), &path) {
        return Ok(false);
    }
    Workspace::make_folder(&root.join(FOLDER))?;
    let text = serde_json::to_string_pretty(&content(title)).unwrap_or_default() + "\n";
    apply::write_beside(&path, text.as_bytes())?;
    Ok(true)
}

fn content(title: &str) -> Value {
    json!({
        "name": title,
        "image": "python:3.13",
        "postCreateCommand": "pip install tito-course && tito doctor --fix=python",
        // In a container the folder often belongs to another user than the one who works there.
        "remoteEnv": {"TITO_SAFE_FOLDERS": "${containerWorkspaceFolder}"},
        "customizations": {"vscode": {
            "extensions": ["ms-python.python", "ms-toolsai.jupyter"],
            "settings": {"python.defaultInterpreterPath": "${containerWorkspaceFolder}/.venv/bin/python"},
        }},
    })
}
