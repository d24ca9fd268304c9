//! The receipts of an inbox, and which files each of them is of.

use crate::receipt::{MAX_RECEIPT_BYTES, RECEIPT, Receipt};

use super::inbox::{Inbox, Item};
use super::names::upload;

/// A receipt that was found.
pub(super) struct Found {
    /// The folder or zip file that it is in.
    pub(super) root: Vec<String>,
    /// The receipt, and whether it is as tito wrote it; or why it cannot be read.
    pub(super) read: Result<(Receipt, bool), String>,
    /// The names that say whose it is: those of the zip file that it is in, or its own.
    pub(super) place: Vec<String>,
}

/// The receipts among `items`, the outermost first.
pub(super) fn found(inbox: &mut Inbox, items: &[Item]) -> Vec<Found> {
    let mut candidates: Vec<&Item> = items.iter().filter(|item| item.name() == RECEIPT).collect();
    candidates.sort_by_key(|item| item.path.len());
    let mut all: Vec<Found> = Vec::new();
    for item in candidates {
        // A student may have a file of that name, and what was handed in before, in the unit's folder.
        if all.iter().any(|outer| outer.lists(item)) {
            continue;
        }
        let read = if item.size > MAX_RECEIPT_BYTES {
            Err("it is too long to be a receipt".to_owned())
        } else {
            inbox.bytes(item).and_then(|bytes| Receipt::read(&bytes).map_err(|error| error.to_string()))
        };
        let root = item.path.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
        let zip = item.zips.last().and_then(|at| item.path.get(..=*at));
        all.push(Found { place: zip.unwrap_or(&item.path).to_vec(), root, read });
    }
    all
}

/// The receipt that `item` is of: the innermost.
pub(super) fn owner(all: &[Found], item: &Item) -> Option<usize> {
    let of = all.iter().enumerate().filter(|(_, found)| found.owns(item));
    of.max_by_key(|(_, found)| found.root.len()).map(|(at, _)| at)
}

impl Found {
    /// The names of `item` below the folder of the receipt.
    fn below<'a>(&self, item: &'a Item) -> Option<&'a [String]> {
        item.path.strip_prefix(self.root.as_slice()).filter(|rest| !rest.is_empty())
    }

    /// Does the receipt name the file, or a zip file that it is in?
    fn lists(&self, item: &Item) -> bool {
        let (Some(rest), Ok((receipt, _))) = (self.below(item), &self.read) else { return false };
        (1..=rest.len()).any(|count| {
            let name = rest.get(..count).unwrap_or_default().join("/");
            receipt.files.keys().any(|path| path.as_str() == name)
        })
    }

    fn owns(&self, item: &Item) -> bool {
        let Some(rest) = self.below(item) else { return false };
        let is_itself = matches!(rest, [name] if name == RECEIPT);
        // Also a file that has another name by now. What lies in the inbox itself, or has the name of someone, may be of anybody.
        let is_beside = || {
            let mut names = rest.iter().enumerate();
            let folder = |at: usize| at.checked_sub(1).and_then(|at| rest.get(at)).map(String::as_str);
            !self.root.is_empty() && !names.any(|(at, name)| upload(name, folder(at)).is_some())
        };
        is_itself || self.lists(item) || is_beside()
    }
}
