//! Data that the code of a repository downloads.

use std::collections::BTreeSet;

use crate::notebook::CellKind;

use super::names::id_of;
use super::tree::Tree;
use super::units::decision;
use super::{Dataset, Sketch};

/// Endings of what is downloaded to be data.
const DATA: [&str; 12] =
    [".gz", ".zip", ".tar", ".tgz", ".npz", ".npy", ".csv", ".tsv", ".pkl", ".parquet", ".h5", ".jsonl"];
/// Calls that download the address behind them, whatever it ends in.
const CALLS: [&str; 8] = [
    "urlretrieve(",
    "urlopen(",
    "requests.get(",
    "httpx.get(",
    "pooch.retrieve(",
    "read_csv(",
    "get_file(",
    "wget ",
];
/// A call that downloads what has a name and no address.
const BY_NAME: &str = "load_dataset(";

/// Adds the addresses in the code of the repository, tests left out, each once.
pub(super) fn find(tree: &Tree<'_>, sketch: &mut Sketch) {
    let paths: Vec<&str> = tree
        .paths()
        .filter(|path| !path.starts_with("tests/") && (path.ends_with(".py") || path.ends_with(".ipynb")))
        .collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for path in paths {
        for (place, line) in lines(tree, path) {
            if let Some(name) = named(&line) {
                let text = format!(
                    "it downloads the data set `{name}` by its name: declare its files in `datasets`, or let students download it themselves"
                );
                sketch.decisions.push(decision(&place, &text));
            }
            let Some(url) = address(&line) else { continue };
            let text = format!(
                "it downloads {url}: complete the entry in `datasets` of catalog.yml, with `sha256` and `bytes`"
            );
            sketch.decisions.push(decision(&place, &text));
            if known.insert(url.to_owned()) {
                let id = unused_id(url, &sketch.datasets);
                sketch.datasets.push(Dataset { id, url: url.to_owned(), place });
            }
        }
    }
}

/// The lines of the code of a file, with their places.
fn lines(tree: &Tree<'_>, path: &str) -> Vec<(String, String)> {
    if path.ends_with(".py") {
        let text = tree.text(path).unwrap_or_default();
        let place = |(at, line): (usize, &str)| (format!("{path}:{}", at + 1), line.to_owned());
        return text.lines().enumerate().map(place).collect();
    }
    let Some(read) = tree.notebook(path) else { return Vec::new() };
    let mut found = Vec::new();
    for (number, cell) in read.notebook.cells.iter().enumerate() {
        if cell.kind == CellKind::Code {
            let place = |at: usize| format!("{path}, cell {}:{}", number + 1, at + 1);
            found.extend(cell.source.lines().enumerate().map(|(at, line)| (place(at), line.to_owned())));
        }
    }
    found
}

/// The address of data in a line of code.
fn address(line: &str) -> Option<&str> {
    let at = line.find("https://").or_else(|| line.find("http://"))?;
    let rest = line.get(at..)?;
    let end = rest.find(['"', '\'', ' ', ')', '<', '>', '`', '{', ',']).unwrap_or(rest.len());
    let address = rest.get(..end)?;
    // An f-string ends at its first value: the address is made of parts.
    let is_whole = !rest.get(end..).is_some_and(|more| more.starts_with('{'));
    let path = address.split(['?', '#']).next()?;
    let before = line.get(..at)?;
    let is_data = DATA.iter().any(|ending| path.ends_with(ending));
    let is_called = !line.trim_start().starts_with('#') && CALLS.iter().any(|call| before.contains(call));
    (is_whole && (is_data || is_called)).then_some(address)
}

/// The name in `load_dataset("NAME")`.
fn named(line: &str) -> Option<&str> {
    let code = line.split('#').next()?;
    let rest = code.get(code.find(BY_NAME)? + BY_NAME.len()..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split(quote).next().filter(|name| !name.is_empty() && !name.contains("://"))
}

/// An id of the last part of an address: `train-images.gz` is `train-images`.
fn unused_id(url: &str, datasets: &[Dataset]) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("data");
    let base = id_of(stem);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let is_free = |id: &String| !datasets.iter().any(|other| other.id == *id);
    std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_code() {
        for (line, expected) in [
            ("URL = 'https://data.example/mnist.npz'", Some("https://data.example/mnist.npz")),
            ("urlretrieve(\"https://data.example/get?id=3\", 'x')", Some("https://data.example/get?id=3")),
            ("r = requests.get('http://data.example/all')", Some("http://data.example/all")),
            ("see https://data.example/paper.html", None),
            ("# requests.get('https://data.example/all')", None),
            ("x = f'https://data.example/{name}.csv'", None),
            ("x = requests.get(url)", None),
        ] {
            assert_eq!(address(line), expected, "{line}");
        }
        assert_eq!(named("d = load_dataset('mnist', split='train')"), Some("mnist"));
        assert_eq!(named("# load_dataset('mnist')"), None);
        assert_eq!(named("load_dataset(name)"), None);
    }

    #[test]
    fn ids_are_used_once() {
        let one = |url: &str, datasets: &[Dataset]| unused_id(url, datasets);
        let id = one("https://data.example/a/train-images.idx.gz", &[]);
        assert_eq!(id, "train-images");
        let known = [Dataset { id, url: String::new(), place: String::new() }];
        assert_eq!(one("https://data.example/b/train-images.gz?x=1", &known), "train-images-2");
    }
}
