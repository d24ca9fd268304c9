//! The items of an inbox → submissions: what belongs together, whose it is by its place, and of which unit.

use std::collections::BTreeMap;

use crate::id::UnitId;
use crate::path::WorkspacePath;
use crate::receipt::{MAX_RECEIPT_BYTES, RECEIPT, Receipt, StudentId};
use crate::student::submission::notebook;

use super::course::Releases;
use super::inbox::{Inbox, Item, Trouble};
use super::names::{Upload, plain, upload};

/// What someone handed in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where it is, for people.
    pub at: String,
    /// What the platform's names say.
    pub upload: Option<Upload>,
    /// The folder of the inbox that it is in.
    pub folder: Option<String>,
    /// Its receipt.
    pub receipt: Option<(Receipt, bool)>,
    /// Why its receipt cannot be read.
    pub bad_receipt: Option<String>,
    /// The unit, where the files say it.
    pub unit: Option<UnitId>,
    /// Its files by their names in it.
    pub files: BTreeMap<String, Item>,
}

impl Submission {
    /// Who handed it in, by its place: the platform's name for them.
    pub fn person(&self) -> Option<&str> {
        self.upload.as_ref().map(|upload| upload.person.as_str())
    }

    /// When it was handed in, as the receipt or the platform says.
    pub fn time(&self) -> Option<String> {
        let receipt = self.receipt.as_ref().map(|(receipt, _)| receipt.at.clone());
        receipt.or_else(|| self.upload.as_ref()?.at.clone())
    }

    /// The order in which a student handed in.
    pub fn order(&self) -> (Option<String>, u64, &str) {
        let number = self.receipt.as_ref().map_or(0, |(receipt, _)| receipt.number);
        (self.time(), number, &self.at)
    }
}

/// Everything that was handed in, in the order of the places; and what belongs to nothing.
pub fn submissions(inbox: &mut Inbox, releases: &Releases) -> (Vec<Submission>, Vec<Trouble>) {
    let items = inbox.items.clone();
    let roots: Vec<Vec<String>> =
        items.iter().filter(|item| is_receipt(item)).map(|item| above(item).to_vec()).collect();
    let mut by_root: BTreeMap<Vec<String>, Vec<Item>> = BTreeMap::new();
    let mut loose: BTreeMap<Vec<String>, Vec<Item>> = BTreeMap::new();
    for item in items {
        // The innermost folder with a receipt that the item is in.
        let root = roots.iter().filter(|root| item.path.starts_with(root) && item.path.len() > root.len());
        match root.max_by_key(|root| root.len()) {
            // A receipt that lies in the inbox itself is of nothing else that lies there, unless one submission was unpacked there.
            Some(root) => by_root.entry(root.clone()).or_default().push(item),
            None => loose.entry(group_of(&item)).or_default().push(item),
        }
    }
    let mut found = Vec::new();
    let mut troubles = Vec::new();
    for (root, items) in by_root {
        found.push(with_receipt(inbox, &root, items));
    }
    for (group, items) in loose {
        without_receipt(inbox, releases, &group, items, &mut found, &mut troubles);
    }
    found.sort_by(|a, b| a.at.cmp(&b.at));
    (found, troubles)
}

fn is_receipt(item: &Item) -> bool {
    item.name() == RECEIPT
}

fn above(item: &Item) -> &[String] {
    item.path.split_last().map(|(_, above)| above).unwrap_or_default()
}

/// What the names of a place say, the outermost first; and its folder in the inbox.
fn whose(path: &[String]) -> (Option<Upload>, Option<String>) {
    let upload = path.iter().enumerate().find_map(|(at, name)| {
        let folder = at.checked_sub(1).and_then(|at| path.get(at)).map(String::as_str);
        upload(name, folder)
    });
    (upload, path.split_last().and_then(|(_, folders)| folders.last()).cloned())
}

fn with_receipt(inbox: &mut Inbox, root: &[String], items: Vec<Item>) -> Submission {
    let (upload, folder) = match items.first() {
        // What is in a zip file lies where the zip file lies.
        Some(first) => {
            let outer = first.zips.last().filter(|at| **at < root.len());
            whose(outer.and_then(|at| root.get(..=*at)).unwrap_or(&first.path))
        }
        None => (None, None),
    };
    let mut submission = Submission {
        at: if root.is_empty() { RECEIPT.to_owned() } else { root.join("/") },
        upload,
        folder,
        receipt: None,
        bad_receipt: None,
        unit: None,
        files: BTreeMap::new(),
    };
    for item in items {
        let name = item.path.get(root.len()..).unwrap_or_default().join("/");
        if name != RECEIPT {
            submission.files.insert(name, item);
            continue;
        }
        let read = if item.size > MAX_RECEIPT_BYTES {
            Err("it is too long to be a receipt".to_owned())
        } else {
            inbox.bytes(&item).and_then(|bytes| Receipt::read(&bytes).map_err(|error| error.to_string()))
        };
        match read {
            Ok(receipt) => submission.receipt = Some(receipt),
            Err(why) => submission.bad_receipt = Some(why),
        }
    }
    submission.unit = submission.receipt.as_ref().map(|(receipt, _)| receipt.unit.clone());
    submission
}

/// Where the loose files of one person lie together: what the platform names after the person, a zip file, or a folder.
fn group_of(item: &Item) -> Vec<String> {
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
        None => above(item).to_vec(),
    }
}

/// Files without a receipt: each notebook belongs to the unit that its name or its cells say.
fn without_receipt(
    inbox: &mut Inbox,
    releases: &Releases,
    group: &[String],
    items: Vec<Item>,
    found: &mut Vec<Submission>,
    troubles: &mut Vec<Trouble>,
) {
    let (upload, folder) = whose(group);
    // A folder is a person's own where there is no platform.
    let folder =
        if items.iter().all(|item| item.path.len() > group.len()) { group.last().cloned() } else { folder };
    let mut units: BTreeMap<UnitId, BTreeMap<String, Item>> = BTreeMap::new();
    let mut whys: Vec<String> = Vec::new();
    let count = items.len();
    for item in items {
        match unit_of(inbox, releases, &item, upload.as_ref()) {
            Ok((unit, name)) => _ = units.entry(unit).or_default().insert(name, item),
            Err(why) => whys.push(if count == 1 { why } else { format!("{}: {why}", item.name()) }),
        }
    }
    if units.is_empty() {
        whys.truncate(5);
        let why = format!("there is nothing in it that can be graded: {}", whys.join("; "));
        troubles.push(Trouble { at: group.join("/"), why });
        return;
    }
    let several = units.len() > 1;
    for (unit, files) in units {
        let first = files.values().next().map(Item::shown).unwrap_or_default();
        found.push(Submission {
            at: if several { first } else { group.join("/") },
            upload: upload.clone(),
            folder: folder.clone(),
            receipt: None,
            bad_receipt: None,
            unit: Some(unit),
            files,
        });
    }
}

/// The unit that a loose file belongs to, and the name that the course has for it.
fn unit_of(
    inbox: &mut Inbox,
    releases: &Releases,
    item: &Item,
    upload: Option<&Upload>,
) -> Result<(UnitId, String), String> {
    let own = upload
        .map(|upload| upload.file.as_str())
        .filter(|file| !file.is_empty() && item.name().ends_with(file));
    let name = plain(own.unwrap_or_else(|| item.name()));
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
    let student = read.and_then(|bytes| {
        notebook(&path, &bytes, &unit).unwrap_or_else(|| Err("it has no cells".to_owned()))
    });
    if let [only] = named.as_slice() {
        return match student.as_ref().map(|student| releases.unit_of(student)) {
            // Its cells say more than its name.
            Ok(Some(other)) if other != *only => Ok((other.clone(), first_name(releases, other, &wanted))),
            // What cannot be read is named with the unit that it belongs to.
            _ => Ok(((*only).clone(), wanted)),
        };
    }
    let student = student?;
    let unit = releases.unit_of(&student).ok_or("it is not a notebook of a unit of this course")?;
    Ok((unit.clone(), first_name(releases, unit, &wanted)))
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

/// The id that a folder of the inbox is, if it can be one.
pub(super) fn folder_id(submission: &Submission) -> Option<StudentId> {
    submission.folder.as_deref()?.parse().ok()
}
