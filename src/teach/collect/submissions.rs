//! The items of an inbox → submissions: what belongs together.

use std::collections::BTreeMap;

use crate::receipt::RECEIPT;

use super::course::Releases;
use super::inbox::{Inbox, Item, Trouble};
use super::loose;
use super::receipts::{self, Found};
use super::submission::{Submission, whose};

/// Everything that was handed in, in the order of the places; and what belongs to nothing.
pub fn submissions(inbox: &mut Inbox, releases: &Releases) -> (Vec<Submission>, Vec<Trouble>) {
    let items = inbox.items.clone();
    let receipts = receipts::found(inbox, &items);
    let mut by_receipt: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    let mut rest = Vec::new();
    for item in items {
        match receipts::owner(&receipts, &item) {
            Some(at) => by_receipt.entry(at).or_default().push(item),
            None => rest.push(item),
        }
    }
    let mut found = Vec::new();
    let mut troubles = Vec::new();
    for (at, found_receipt) in receipts.into_iter().enumerate() {
        found.push(with_receipt(found_receipt, by_receipt.remove(&at).unwrap_or_default(), releases));
    }
    for group in loose::groups(rest, releases) {
        loose::submissions(inbox, releases, group, &mut found, &mut troubles);
    }
    found.sort_by(|a, b| a.at.cmp(&b.at));
    (found, troubles)
}

fn with_receipt(found: Found, items: Vec<Item>, releases: &Releases) -> Submission {
    let Found { root, place, read, .. } = found;
    // What is in a zip file lies where the zip file lies.
    let (upload, folder) = whose(&place);
    let mut submission = Submission {
        at: if root.is_empty() { RECEIPT.to_owned() } else { root.join("/") },
        upload,
        folder,
        receipt: None,
        bad_receipt: None,
        unit: None,
        files: BTreeMap::new(),
        notes: Vec::new(),
    };
    for item in items {
        let name = item.path.get(root.len()..).unwrap_or_default().join("/");
        if name != RECEIPT {
            submission.files.insert(name, item);
        }
    }
    match read {
        Ok(receipt) => submission.receipt = Some(receipt),
        Err(why) => submission.bad_receipt = Some(why),
    }
    submission.unit = submission.receipt.as_ref().map(|(receipt, _)| releases.unit_today(&receipt.unit));
    submission
}
