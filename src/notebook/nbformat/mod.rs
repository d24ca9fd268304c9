//! The on-disk form: nbformat 4.0 to 4.5.
//!
//! [`read()`] takes bytes apart into a [`Notebook`](super::Notebook), keeping what it does not know; [`write()`] makes the bytes that Jupyter
//! makes, so that opening and saving changes nothing; [`canonical()`] is the digest that tells whether a notebook was edited.

mod canonical;
mod deep;
mod doubled;
mod read;
mod schema;
mod valid;
mod write;

pub use canonical::{canonical, canonical_of, canonical_text};
pub use doubled::{Doubled, doubled};
pub use read::{NotebookError, read};
pub(crate) use schema::{is_kernelspec, is_language_info};
pub use valid::make_valid;
pub use write::write;
