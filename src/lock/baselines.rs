//! [`Baselines`]: `.tinytorch/version.json`, what tito last wrote into this one student's workspace.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Exports, OpenPoint, StateError};
use crate::digest::Digest;
use crate::id::{FileId, Role};
use crate::json::{self, JsonError};
use crate::path::WorkspacePath;

/// The version of the workspace's layout that this tito writes; it refuses newer ones.
pub const WORKSPACE_VERSION: u64 = 1;

const FILE: &str = ".tinytorch/version.json";
/// The key of [`Baselines::arrived`].
pub const ARRIVED: &str = "arrived";
/// The key of [`Baselines::left`].
const LEFT: &str = "left";
/// The key of [`Baselines::moved`].
const MOVED: &str = "moved";

/// The key of [`Baseline::formerly`].
const FORMERLY: &str = "formerly";
const OFFERED_CELLS: &str = "offered_cells";
const DECLINED_CELLS: &str = "declined_cells";

/// What tito last wrote here, path by path. An empty one is that of a workspace that does not exist yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baselines {
    /// Version of the base that the last whole update compiled against.
    pub template_version: Option<semver::Version>,
    /// When the workspace was made, as written.
    pub created: Option<String>,
    /// When an update last wrote something, as written.
    pub last_updated: Option<String>,
    /// Every file that tito wrote and still follows.
    pub files: BTreeMap<WorkspacePath, Baseline>,
    /// Files that became the student's own when the course dropped them, as tito last wrote them: should the course have one again, it is the
    /// same file.
    pub left: BTreeMap<WorkspacePath, Baseline>,
    /// The version of a file that was last offered to the student, by the file's identity.
    pub offered: BTreeMap<FileId, Digest>,
    /// The version of a file that the student declined (`tito update --skip`), by the file's identity.
    pub declined: BTreeMap<FileId, Digest>,
    /// The student's own files that moved along with their unit in an update that was interrupted: they are where the next one would move them.
    pub arrived: BTreeSet<WorkspacePath>,
    /// Files that the student moved to where they are: they stay there.
    pub moved: BTreeSet<WorkspacePath>,
    /// What tito exported into the student's package.
    pub exports: Exports,
    /// Keys that this version of tito does not know; they are kept.
    pub other: Map<String, Value>,
}

/// One file as tito last wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// What it is, wherever it is.
    pub id: FileId,
    /// What it was for.
    pub role: Role,
    /// The version of the base whose bytes these are; none where the course does not say.
    pub version: Option<semver::Version>,
    /// Digest of the bytes, which the objects hold.
    pub sha256: Digest,
    /// Digest of the file of the base that the bytes were made of; none where they are that very file, or it is not known.
    pub source: Option<Digest>,
    /// Did tito write it as a file that may be run?
    pub executable: bool,
    /// Other versions of it that tito gave the student, the oldest first: what may be in the file though it is not an edit. At most
    /// [`MOST_FORMER`]; the objects hold their bytes.
    pub former: Vec<Former>,
    /// Where it was before updates moved or renamed it, the oldest first: an editor that still has it open saves it there. At most
    /// [`MOST_PLACES`].
    pub formerly: Vec<WorkspacePath>,
    /// Cells of it that are on offer, as [`OfferedCell::key`](crate::plan::OfferedCell::key) has them.
    pub offered_cells: BTreeSet<String>,
    /// Cells of it whose offer the student declined or threw away.
    pub declined_cells: BTreeSet<String>,
    /// What merges did to it and the student must act on.
    pub open: Vec<OpenPoint>,
    /// Had the student edited it when tito last looked? For people; nothing is decided by it.
    pub modified_by_student: bool,
    /// Keys that this version of tito does not know; they are kept.
    pub other: Map<String, Value>,
}

/// A version of a file that tito gave before, or offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Digest of the bytes.
    pub sha256: Digest,
    /// The version of the base that they are of, where that is known.
    pub version: Option<semver::Version>,
}

/// How many former versions of a file are remembered. An older one counts as an edit of the student's.
pub const MOST_FORMER: usize = 16;

/// How many former places of a file are remembered.
pub const MOST_PLACES: usize = 8;

impl Baselines {
    /// Reads `version.json`.
    ///
    /// # Errors
    /// A [`StateError`] that names the key; a newer workspace is refused.
    pub fn read(bytes: &[u8]) -> Result<Self, StateError> {
        let mut top = object(bytes, FILE)?;
        if let Some(found) = top.shift_remove("workspace_version") {
            version(&found)?;
        }
        let mut this = Self {
            template_version: optional(&mut top, "template_version", "", parse_version)?,
            created: optional(&mut top, "created", "", |text| Ok(text.to_owned()))?,
            last_updated: optional(&mut top, "last_updated", "", |text| Ok(text.to_owned()))?,
            ..Self::default()
        };
        this.files = entries(&mut top, "files")?;
        this.left = entries(&mut top, LEFT)?;
        this.offered = digests(&mut top, "offered")?;
        this.declined = digests(&mut top, "declined")?;
        this.arrived = paths(&mut top, ARRIVED, ARRIVED)?.into_iter().collect();
        this.moved = paths(&mut top, MOVED, MOVED)?.into_iter().collect();
        this.exports = Exports::take(&mut top);
        this.other = top;
        Ok(this)
    }

    /// Digests of all versions of files that tito gave or offered.
    pub fn copies(&self) -> impl Iterator<Item = Digest> {
        let of_files = self
            .files
            .values()
            .chain(self.left.values())
            .flat_map(|base| base.former.iter().map(|former| former.sha256).chain([base.sha256]));
        of_files.chain(self.offered.values().copied())
    }

    /// The file that tito last wrote to `path`, also where the course had dropped it since.
    pub fn entry(&self, path: &WorkspacePath) -> Option<&Baseline> {
        self.files.get(path).or_else(|| self.left.get(path))
    }

    /// The bytes of `version.json`, one line per file.
    pub fn write(&self) -> Vec<u8> {
        let mut lines = vec![line("workspace_version", &WORKSPACE_VERSION.into())];
        let texts = [
            ("template_version", self.template_version.as_ref().map(ToString::to_string)),
            ("created", self.created.clone()),
            ("last_updated", self.last_updated.clone()),
        ];
        lines.extend(texts.into_iter().filter_map(|(key, text)| Some(line(key, &text?.into()))));
        lines.push(block("files", self.files.iter().map(|(path, entry)| (path.as_str(), entry.to_json()))));
        if !self.left.is_empty() {
            lines.push(block(LEFT, self.left.iter().map(|(path, entry)| (path.as_str(), entry.to_json()))));
        }
        for (key, map) in [("offered", &self.offered), ("declined", &self.declined)] {
            if !map.is_empty() {
                lines.push(block(
                    key,
                    map.iter().map(|(id, digest)| (id.as_str(), digest.to_string().into())),
                ));
            }
        }
        for (key, paths) in [(ARRIVED, &self.arrived), (MOVED, &self.moved)] {
            if !paths.is_empty() {
                let paths: Vec<Value> = paths.iter().map(|path| path.as_str().into()).collect();
                lines.push(line(key, &paths.into()));
            }
        }
        lines.extend(self.exports.to_json().iter().map(|(key, value)| line(key, value)));
        lines.extend(self.other.iter().map(|(key, value)| line(key, value)));
        format!("{{\n{}\n}}\n", lines.join(",\n")).into_bytes()
    }
}

impl Baseline {
    /// The former versions once `next` has been given or offered, too, and the file is at `now`.
    pub fn former_after(&self, next: Option<&Former>, now: Digest) -> Vec<Former> {
        let this = Former { sha256: self.sha256, version: self.version.clone() };
        let mut all = self.former.clone();
        for version in [Some(&this), next].into_iter().flatten() {
            all.retain(|known| known.sha256 != version.sha256);
            all.push(version.clone());
        }
        all.retain(|known| known.sha256 != now);
        all.drain(..all.len().saturating_sub(MOST_FORMER));
        all
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("id".into(), self.id.as_str().into());
        map.insert("role".into(), self.role.as_str().into());
        if let Some(version) = &self.version {
            map.insert("version".into(), version.to_string().into());
        }
        map.insert("sha256".into(), self.sha256.to_string().into());
        if let Some(source) = &self.source {
            map.insert("source".into(), source.to_string().into());
        }
        if self.executable {
            map.insert("executable".into(), true.into());
        }
        if !self.former.is_empty() {
            map.insert("former".into(), self.former.iter().map(Former::to_json).collect());
        }
        if !self.formerly.is_empty() {
            map.insert(FORMERLY.into(), self.formerly.iter().map(WorkspacePath::as_str).collect());
        }
        for (key, cells) in [(OFFERED_CELLS, &self.offered_cells), (DECLINED_CELLS, &self.declined_cells)] {
            if !cells.is_empty() {
                map.insert(key.into(), cells.iter().map(|cell| Value::from(cell.as_str())).collect());
            }
        }
        if !self.open.is_empty() {
            map.insert("open".into(), self.open.iter().map(|point| serde_json::json!(point)).collect());
        }
        map.insert("modified_by_student".into(), self.modified_by_student.into());
        map.extend(self.other.clone());
        Value::Object(map)
    }
}

impl Former {
    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("sha256".into(), self.sha256.to_string().into());
        if let Some(version) = &self.version {
            map.insert("version".into(), version.to_string().into());
        }
        Value::Object(map)
    }
}

fn former(map: &mut Map<String, Value>, at: &str) -> Result<Vec<Former>, StateError> {
    let at = format!("{at}.former");
    let list = match map.shift_remove("former") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(value_error(&at, "not a list")),
    };
    let version = |entry: Value| {
        let Value::Object(mut map) = entry else { return Err(value_error(&at, "not a list of objects")) };
        Ok(Former {
            sha256: required(&mut map, "sha256", &at, parse_digest)?,
            version: optional(&mut map, "version", &at, parse_version)?,
        })
    };
    list.into_iter().map(version).collect()
}

fn open_points(map: &mut Map<String, Value>, at: &str) -> Result<Vec<OpenPoint>, StateError> {
    match map.shift_remove("open") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(list) => serde_json::from_value(list).map_err(|why| value_error(&format!("{at}.open"), why)),
    }
}

fn texts(map: &mut Map<String, Value>, key: &str, at: &str) -> Result<BTreeSet<String>, StateError> {
    let wrong = || value_error(&format!("{at}.{key}"), "not a list of strings");
    match map.shift_remove(key) {
        None | Some(Value::Null) => Ok(BTreeSet::new()),
        Some(Value::Array(list)) => {
            list.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn paths(map: &mut Map<String, Value>, key: &str, at: &str) -> Result<Vec<WorkspacePath>, StateError> {
    let list = match map.shift_remove(key) {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(value_error(at, "not a list")),
    };
    let path = |value: Value| {
        WorkspacePath::new(value.as_str().unwrap_or_default()).map_err(|error| value_error(at, error))
    };
    list.into_iter().map(path).collect()
}

fn entries(top: &mut Map<String, Value>, key: &str) -> Result<BTreeMap<WorkspacePath, Baseline>, StateError> {
    let entry = |(path, entry): (String, Value)| {
        let at = format!("{key}.{path}");
        let path = WorkspacePath::new(&path).map_err(|error| value_error(&at, error))?;
        Ok((path, baseline(entry, &at)?))
    };
    table(top, key)?.into_iter().map(entry).collect()
}

fn baseline(entry: Value, at: &str) -> Result<Baseline, StateError> {
    let Value::Object(mut map) = entry else { return Err(value_error(at, "not an object")) };
    let id = required(&mut map, "id", at, |text| Ok(FileId::from_text(text)))?;
    let role = optional(&mut map, "role", at, |text| {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| "not a role".to_owned())
    })?;
    let role = role.unwrap_or_else(|| role_of_old_entry(&id));
    let version = optional(&mut map, "version", at, parse_version)?;
    let sha256 = required(&mut map, "sha256", at, parse_digest)?;
    let source = optional(&mut map, "source", at, parse_digest)?;
    let executable = map.shift_remove("executable").and_then(|value| value.as_bool()).unwrap_or(false);
    let former = former(&mut map, at)?;
    let formerly = paths(&mut map, FORMERLY, &format!("{at}.{FORMERLY}"))?;
    let offered_cells = texts(&mut map, OFFERED_CELLS, at)?;
    let declined_cells = texts(&mut map, DECLINED_CELLS, at)?;
    let open = open_points(&mut map, at)?;
    let modified = map.shift_remove("modified_by_student").and_then(|value| value.as_bool());
    let modified_by_student = modified.unwrap_or(false);
    Ok(Baseline {
        id,
        role,
        version,
        sha256,
        source,
        executable,
        former,
        formerly,
        offered_cells,
        declined_cells,
        open,
        modified_by_student,
        other: map,
    })
}

/// The role of an entry that does not say one: guarded like the student's work wherever it may be that.
fn role_of_old_entry(id: &FileId) -> Role {
    match id.as_str().split_once(':').map(|(kind, _)| kind) {
        Some("tests") => Role::Test,
        Some("milestone") => Role::Milestone,
        Some(_) => Role::Work,
        None if id.as_str().starts_with("derived/") => Role::Derived,
        None => Role::Support,
    }
}

fn version(found: &Value) -> Result<(), StateError> {
    match found.as_u64() {
        Some(found) if found > WORKSPACE_VERSION => {
            Err(StateError::Newer { file: FILE, found, known: WORKSPACE_VERSION })
        }
        Some(_) => Ok(()),
        None => Err(value_error("workspace_version", "not a number")),
    }
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    text.parse().map_err(|error: crate::digest::DigestError| error.to_string())
}

fn parse_version(text: &str) -> Result<semver::Version, String> {
    text.parse().map_err(|error: semver::Error| error.to_string())
}

/// The JSON object that `bytes` are.
pub(super) fn object(bytes: &[u8], file: &'static str) -> Result<Map<String, Value>, StateError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let why = match json::read(bytes) {
        Ok(Value::Object(map)) => return Ok(map),
        Ok(_) => "not a JSON object".to_owned(),
        Err(JsonError::Syntax(error)) if error.is_eof() => "it ends too early".to_owned(),
        Err(JsonError::Syntax(error)) => format!("it is not valid JSON at line {}", error.line()),
        Err(error @ JsonError::TooLarge) => error.to_string(),
    };
    Err(StateError::Syntax { file, why })
}

fn table(map: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, StateError> {
    match map.shift_remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(inner)) => Ok(inner),
        Some(_) => Err(value_error(key, "not an object")),
    }
}

fn digests(map: &mut Map<String, Value>, key: &str) -> Result<BTreeMap<FileId, Digest>, StateError> {
    let mut all = BTreeMap::new();
    for (id, value) in table(map, key)? {
        let at = format!("{key}.{id}");
        let digest = value.as_str().and_then(|text| text.parse().ok());
        all.insert(FileId::from_text(&id), digest.ok_or_else(|| value_error(&at, "not a SHA-256 digest"))?);
    }
    Ok(all)
}

fn optional<T>(
    map: &mut Map<String, Value>,
    key: &str,
    at: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, StateError> {
    let at = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match map.shift_remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => parse(&text).map(Some).map_err(|why| value_error(&at, why)),
        Some(_) => Err(value_error(&at, "not text")),
    }
}

fn required<T>(
    map: &mut Map<String, Value>,
    key: &str,
    at: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, StateError> {
    optional(map, key, at, parse)?.ok_or_else(|| value_error(&format!("{at}.{key}"), "missing"))
}

fn value_error(at: &str, why: impl ToString) -> StateError {
    StateError::Value { file: FILE, at: at.escape_debug().to_string(), why: why.to_string() }
}

fn line(key: &str, value: &Value) -> String {
    format!("  {}: {value}", Value::from(key))
}

fn block<'a>(key: &str, entries: impl Iterator<Item = (&'a str, Value)>) -> String {
    let lines: Vec<String> =
        entries.map(|(key, value)| format!("    {}: {value}", Value::from(key))).collect();
    let name = Value::from(key);
    if lines.is_empty() {
        format!("  {name}: {{}}")
    } else {
        format!("  {name}: {{\n{}\n  }}", lines.join(",\n"))
    }
}
