//! Files without a receipt: whose lie together, of which unit each is, and which of several notebooks is graded.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::id::UnitId;
use crate::notebook::Notebook;
use crate::path::WorkspacePath;
use crate::student::submission::notebook;

use super::course::Releases;
use super::inbox::{Inbox, Item, Trouble};
use super::names::{plain, upload};
use super::report::Note;
use super::submission::{Submission, whose};

/// What is known of a file of a unit. Of several with one name the greatest is graded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rank {
    digest: Option<Digest>,
    is_readable: bool,
    is_notebook: bool,
    answers: usize,
    has_the_name: bool,
}

impl Rank {
    fn order(&self) -> (bool, bool, usize, bool) {
        (self.is_readable, self.is_notebook, self.answers, self.has_the_name)
    }
}

/// The items that are of one person, as far as their places say it. A platform may give each file of a submission a name of its own.
pub(super) fn groups(items: Vec<Item>, releases: &Releases) -> Vec<(Vec<String>, Vec<Item>)> {
    let paths = releases.work_paths();
    let workspaces: BTreeSet<Vec<String>> = items
        .iter()
        .flat_map(|item| paths.iter().filter_map(|path| workspace(item, path)))
        .map(<[String]>::to_vec)
        .collect();
    let mut groups: BTreeMap<Vec<String>, (Vec<String>, Vec<Item>)> = BTreeMap::new();
    for item in items {
        let place = group_of(&item, &workspaces);
        let mut group = place.clone();
        let folder = group.len().checked_sub(2).and_then(|at| group.get(at)).map(String::as_str);
        let upload = group.last().and_then(|name| upload(name, folder));
        if let (Some(upload), Some(last)) = (upload, group.last_mut()) {
            *last = format!("{:?} {} {:?} {:?}", upload.platform, upload.person, upload.number, upload.at);
        }
        groups.entry(group).or_insert_with(|| (place, Vec::new())).1.push(item);
    }
    groups.into_values().collect()
}

/// The workspace that `item` is in, if it is where a workspace has `path`: someone handed in the folder.
fn workspace<'a>(item: &'a Item, path: &WorkspacePath) -> Option<&'a [String]> {
    let parts: Vec<&str> = path.parts().collect();
    let (above, below) = item.path.split_at_checked(item.path.len().checked_sub(parts.len())?)?;
    (!above.is_empty() && below.iter().eq(parts)).then_some(above)
}

/// Where a file lies with others of the same person: what the platform names after the person, a zip file, or a folder.
fn group_of(item: &Item, workspaces: &BTreeSet<Vec<String>>) -> Vec<String> {
    let is_named = |at: &usize| {
        let folder = at.checked_sub(1).and_then(|at| item.path.get(at)).map(String::as_str);
        item.path.get(*at).is_some_and(|name| upload(name, folder).is_some())
    };
    let named = (0..item.path.len()).find(is_named);
    let end = named.or_else(|| item.zips.last().copied().filter(|at| at + 1 < item.path.len()));
    match end {
        Some(at) => item.path.get(..=at).unwrap_or_default().to_vec(),
        // A file that lies in the inbox itself is alone.
        None if item.path.len() == 1 => item.path.clone(),
        None if let Some(root) = workspaces.iter().rfind(|root| item.path.starts_with(root)) => root.clone(),
        None => item.path.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default(),
    }
}

/// Files without a receipt that lie together: each notebook belongs to the unit that its name or its cells say.
pub(super) fn submissions(
    inbox: &mut Inbox,
    releases: &Releases,
    (place, items): (Vec<String>, Vec<Item>),
    found: &mut Vec<Submission>,
    troubles: &mut Vec<Trouble>,
) {
    let mut units: BTreeMap<UnitId, BTreeMap<String, Vec<(Rank, Item)>>> = BTreeMap::new();
    let mut whys: Vec<String> = Vec::new();
    let count = items.len();
    for item in items {
        match unit_of(inbox, releases, &item) {
            Ok((unit, name, rank)) => {
                units.entry(unit).or_default().entry(name).or_default().push((rank, item));
            }
            Err(why) => whys.push(if count == 1 { why } else { format!("{}: {why}", item.name()) }),
        }
    }
    if units.is_empty() {
        whys.truncate(5);
        let why = format!("there is nothing in it that can be graded: {}", whys.join("; "));
        troubles.push(Trouble { at: place.join("/"), why });
        return;
    }
    let several = units.len() > 1;
    for (unit, names) in units {
        let mut files = BTreeMap::new();
        let mut notes = Vec::new();
        for (name, candidates) in names {
            let Some((item, note)) = chosen(candidates) else { continue };
            files.insert(name, item);
            notes.extend(note);
        }
        let Some(first) = files.values().next() else { continue };
        // A platform may give each file a name of its own; elsewhere they lie in the same place.
        let group = if first.path.starts_with(&place) { place.clone() } else { first.path.clone() };
        let (upload, folder) = whose(&group);
        // A folder is a person's own where there is no platform.
        let folder = if first.path.len() > group.len() { group.last().cloned() } else { folder };
        let at = if several { first.shown() } else { group.join("/") };
        let (unit, receipt, bad_receipt) = (Some(unit), None, None);
        found.push(Submission { at, upload, folder, receipt, bad_receipt, unit, files, notes });
    }
}

/// The one of several notebooks with one name that is graded, and what there is to say of the others. Scripts that notebooks export, and copies, do not count.
fn chosen(mut candidates: Vec<(Rank, Item)>) -> Option<(Item, Option<Note>)> {
    // The first one, where several are as good.
    candidates.sort_by_key(|(candidate, _)| std::cmp::Reverse(candidate.order()));
    let mut candidates = candidates.into_iter();
    let (rank, item) = candidates.next()?;
    let is_other = |other: &Rank| other.is_notebook && other.digest != rank.digest;
    let others: Vec<String> =
        candidates.filter(|(other, _)| is_other(other)).map(|(_, item)| item.shown()).collect();
    let note = (!others.is_empty()).then(|| Note::Several { path: item.shown(), others });
    Some((item, note))
}

/// The unit that a loose file belongs to, and the name that the course has for it.
fn unit_of(inbox: &mut Inbox, releases: &Releases, item: &Item) -> Result<(UnitId, String, Rank), String> {
    let own = upload(item.name(), None).map(|upload| upload.file).filter(|file| !file.is_empty());
    let own = own.as_deref().unwrap_or_else(|| item.name());
    let name = plain(own);
    let is_script = name.ends_with(".py");
    if !name.ends_with(".ipynb") && !is_script {
        return Err("it is not a notebook".to_owned());
    }
    let wanted = if is_script { name.replace(".py", ".ipynb") } else { name.clone() };
    let of_name = |unit: &&UnitId| {
        releases.expected(unit).iter().any(|file| file.notebook.is_some() && file.name.name() == wanted)
    };
    let named: Vec<&UnitId> = releases.units().filter(of_name).collect();
    let unit: UnitId = "unit".parse().map_err(|_| "it has no unit".to_owned())?;
    let path =
        WorkspacePath::new(if is_script { "x.py" } else { "x.ipynb" }).map_err(|error| error.to_string())?;
    let read = inbox.bytes(item);
    let mut digest = None;
    let student = read.and_then(|bytes| {
        digest = Some(Digest::of(&bytes));
        notebook(&path, &bytes, &unit).unwrap_or_else(|| Err("it has no cells".to_owned()))
    });
    let rank = |unit: &UnitId, student: Option<&Notebook>| Rank {
        digest,
        is_readable: student.is_some_and(|student| !student.cells.is_empty()),
        is_notebook: !is_script,
        answers: student.map_or(0, |student| releases.answers(unit, student)),
        has_the_name: releases.expected(unit).iter().any(|file| file.name.name() == own),
    };
    let of_cells = student.as_ref().ok().and_then(|student| releases.unit_of(student));
    match (named.as_slice(), of_cells) {
        // Its cells say more than its name.
        ([only], Some(other)) if other != *only => {
            Ok((other.clone(), first_name(releases, other, &wanted), rank(other, student.as_ref().ok())))
        }
        // What cannot be read is named with the unit that it belongs to. A script without cells is what a notebook exports.
        ([only], _) if !is_script || student.is_ok() => {
            Ok(((*only).clone(), wanted.clone(), rank(only, student.as_ref().ok())))
        }
        (_, Some(unit)) => {
            Ok((unit.clone(), first_name(releases, unit, &wanted), rank(unit, student.as_ref().ok())))
        }
        _ => Err(student.err().unwrap_or_else(|| "it is not a notebook of a unit of this course".to_owned())),
    }
}

/// The name of the unit's notebook, where the file's own name is not one.
fn first_name(releases: &Releases, unit: &UnitId, wanted: &str) -> String {
    let notebooks: Vec<&str> = releases
        .expected(unit)
        .iter()
        .filter(|file| file.notebook.is_some())
        .map(|file| file.name.as_str())
        .collect();
    let own = notebooks.iter().find(|name| **name == wanted).or(notebooks.first());
    own.map_or_else(|| wanted.to_owned(), |name| (*name).to_owned())
}
