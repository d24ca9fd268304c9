//! `tito new`: the beginning of a course, an assignment or a base: commented, and valid as it is.

mod assignment;
mod base;
mod course;

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::apply::{self, Workspace};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{ask, find};
use crate::id::UnitId;
use crate::world::World;
use crate::world::disk::Disk;

/// No file that this verb writes is longer.
const LONGEST: u64 = 1 << 20;

/// Writes the beginning of a course, an assignment or a base.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A course: course.yml, with every unit of the base
    Course(course::Args),
    /// An assignment of your own: a notebook as a script, with a test and a README
    Assignment(assignment::Args),
    /// A base: a catalog and two modules, with tests
    Base(base::Args),
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.what {
        What::Course(args) => course::run(args, out),
        What::Assignment(args) => assignment::run(args, out),
        What::Base(args) => base::run(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}

/// A file to write, by its path below the folder.
struct Beginning {
    path: String,
    text: String,
}

impl Beginning {
    /// `text` with every `@NAME@` replaced by what `values` has for it.
    fn new(path: impl Into<String>, text: &str, values: &[(&str, &str)]) -> Self {
        let fill = |text: String, (name, value): &(&str, &str)| text.replace(&format!("@{name}@"), value);
        Self { path: path.into(), text: values.iter().fold(text.to_owned(), fill) }
    }
}

/// Writes `files` into `dir`; nothing where one of them exists with another content.
fn write(dir: &Path, files: &[Beginning], out: &Out) -> Result<(), Exit> {
    let world = Disk::new();
    for file in files {
        let path = dir.join(&file.path);
        let is_free = match world.read(&path, LONGEST) {
            Ok(bytes) => bytes == file.text.as_bytes(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if !is_free {
            let message = format!("`{}` exists, and is not changed", path.display());
            return Err(out.fail(&message, "choose another folder"));
        }
    }
    for file in files {
        let path = find::absolute(&dir.join(&file.path));
        let folder = path.parent().unwrap_or(&path);
        let written =
            Workspace::make_folder(folder).and_then(|()| apply::write_beside(&path, file.text.as_bytes()));
        written.map_err(|error| {
            out.fail(
                &error.to_string(),
                "fix that, and run the same command again: it continues where it stopped",
            )
        })?;
    }
    Ok(())
}

/// Says what was written, and what to do next.
fn say(dir: &Path, files: &[Beginning], next: &[String], out: &Out) {
    if out.json {
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        out.value(&serde_json::json!({"folder": dir, "files": paths, "next": next}));
        return;
    }
    let shown = clean(&dir.display().to_string());
    out.line(format!("{} {} in {shown}", paint(Look::Good, "✓"), counted(files.len(), "file")));
    for file in files {
        out.line(format!("  {}", clean(&file.path)));
    }
    out.line("next:");
    for line in next {
        out.line(format!("  {}", clean(line)));
    }
}

/// The folder that was named; on a terminal it is asked for.
fn folder(named: Option<&PathBuf>, what: &str, default: &str, out: &Out) -> Result<PathBuf, Exit> {
    match named {
        Some(dir) => Ok(dir.clone()),
        None if ask::can_ask(out) => {
            Ok(PathBuf::from(ask::text(&format!("The folder of the {what}"), default, out)))
        }
        None => {
            out.fail(
                &format!("which folder is the {what} to be written into?"),
                &format!("name it: `tito new {what} DIR`"),
            );
            Err(Exit::Usage)
        }
    }
}

/// What an option said; else what is answered on a terminal; else `default`.
fn answer(option: Option<&String>, question: &str, default: &str, out: &Out) -> String {
    match option {
        Some(text) => text.clone(),
        None if ask::can_ask(out) => ask::text(question, default, out),
        None => default.to_owned(),
    }
}

/// An id made of the name of `dir`: small letters, digits and hyphens.
fn id_of(dir: &Path) -> String {
    let dir = find::absolute(dir);
    let id = plain(&dir.file_name().unwrap_or_default().to_string_lossy());
    if id.parse::<UnitId>().is_ok() { id } else { "my-course".to_owned() }
}

/// `name` in small letters of ASCII, with hyphens between its words: `Übung 1` is `ubung-1`. Letters without a likeness in ASCII are left out.
fn plain(name: &str) -> String {
    let mut id = String::new();
    for c in name.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => id += "ss",
            'æ' => id += "ae",
            'œ' => id += "oe",
            'ø' => id.push('o'),
            'ł' => id.push('l'),
            'đ' | 'ð' => id.push('d'),
            'þ' => id += "th",
            'ı' => id.push('i'),
            c if c.is_ascii_alphanumeric() => id.push(c),
            _ => id.push('-'),
        }
    }
    id.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// `reading-lab` as a title: `Reading lab`.
fn title_of(id: &str) -> String {
    let words = id.rsplit('/').next().unwrap_or(id).replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `text` as a YAML scalar in quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An id that was given must be one: parts of small letters, digits and hyphens, joined by `/` where `parts` may be several.
fn checked(id: &str, may_have_parts: bool, out: &Out) -> Result<(), Exit> {
    let is_right =
        id.split('/').all(|part| part.parse::<UnitId>().is_ok()) && (may_have_parts || !id.contains('/'));
    if is_right {
        return Ok(());
    }
    let help = if may_have_parts {
        "an id is made of small letters, digits and hyphens; parts are joined by `/`: uni/ml-systems"
    } else {
        "an id is made of small letters, digits and hyphens: reading-lab"
    };
    out.fail(&format!("`{id}` is not an id"), help);
    Err(Exit::Usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_the_letters_of_a_name_in_ascii() {
        for (name, id) in [
            ("Übung 1", "ubung-1"),
            ("Größe & Maß", "grosse-mass"),
            ("Ćwiczenie łatwe", "cwiczenie-latwe"),
            ("IŞIK ışık", "isik-isik"),
            ("Nybørn_Ærø", "nyborn-aero"),
            ("ML Systems (2027)", "ml-systems-2027"),
            ("机器学习", ""),
        ] {
            assert_eq!(plain(name), id, "{name}");
        }
        assert_eq!(id_of(Path::new("机器学习")), "my-course");
    }
}
