//! Percent scripts: text ⇄ [`Notebook`], as jupytext 1.19 reads and writes them.
//!
//! In: the text of a `.py` file with `# %%` markers. Out: the notebook, where its cells are in the script, and what
//! jupytext would have swallowed without a word. Nothing here fails: a script that is wrong is read as jupytext reads
//! it, and the problems say so.

mod active;
mod blank;
mod body;
mod cell_type;
mod filters;
mod header;
mod languages;
mod magics;
mod marker;
mod options;
mod quotes;
mod read;
mod write;
mod yaml;
mod yaml_values;

pub use read::{Script, read};
pub use write::write;

use super::Notebook;

/// Takes out of a notebook what only describes the script that it came from: a student's notebook needs none of it.
pub fn forget_script(notebook: &mut Notebook) {
    notebook.metadata.shift_remove("jupytext");
    for cell in &mut notebook.cells {
        for key in filters::SCRIPT_KEYS {
            cell.metadata.shift_remove(key);
        }
    }
}
