//! [`Progress`]: `progress.json`, how far the student is, unit by unit.
//!
//! tito writes units by id. Older tools wrote `completed_modules: ["02_tensor", "03", 4]`: folder names or bare numbers. In a folder
//! name the name wins over the number; a bare number means what it meant under the lock that was in force; and what could mean two
//! things, or nothing, is kept aside and reported, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::submitted::Submitted;
use super::{Lock, StateError, baselines::object};
use crate::id::{State, UnitId, UnitKind};

const FILE: &str = "progress.json";

/// The key of [`Progress::submitted`].
const SUBMITTED: &str = "submitted";

/// The key under which entries are kept that could not be understood.
const ASIDE: &str = "not_understood";

/// Keys of older tools: the key, the kind of unit that its bare numbers mean, and what an entry says.
const OLD_KEYS: [(&str, UnitKind, State); 4] = [
    ("started_modules", UnitKind::Module, State::InProgress),
    ("completed_modules", UnitKind::Module, State::Completed),
    ("started_milestones", UnitKind::Milestone, State::InProgress),
    ("completed_milestones", UnitKind::Milestone, State::Completed),
];

/// How far the student is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Units that were started.
    pub started: BTreeSet<UnitId>,
    /// Units that were completed, with the time as written (empty where none was).
    pub completed: BTreeMap<UnitId, String>,
    /// Units that were handed in.
    pub submitted: BTreeMap<UnitId, Submitted>,
    /// Everything else in the file; it is kept.
    pub other: Map<String, Value>,
    /// Was something read in a form that tito does not write?
    pub old_form: bool,
}

/// An entry of `progress.json` that could not be understood.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Unsettled {
    /// The key it is under.
    pub key: String,
    /// The entry as written.
    pub entry: String,
    /// Why it could not be understood.
    pub why: String,
}

/// What ids and numbers mean: the lock in force, and what the base says of ids that are no longer used.
struct Names<'a> {
    lock: Option<&'a Lock>,
    renames: &'a BTreeMap<UnitId, UnitId>,
    known: &'a BTreeSet<UnitId>,
}

impl Progress {
    /// Reads `progress.json`. `lock` is the lock in force when it was written, `renames` the base's renamed ids, `known` the ids that
    /// mean a unit today (those of the lock always do).
    ///
    /// # Errors
    /// A [`StateError`] where it is not a JSON object. Single entries that mean nothing are not errors: they are returned.
    pub fn read(
        bytes: &[u8],
        lock: Option<&Lock>,
        renames: &BTreeMap<UnitId, UnitId>,
        known: &BTreeSet<UnitId>,
    ) -> Result<(Self, Vec<Unsettled>), StateError> {
        let mut this = Self { other: object(bytes, FILE)?, ..Self::default() };
        let names = Names { lock, renames, known };
        let mut unsettled = Vec::new();
        this.take("started", None, State::InProgress, &names, &mut unsettled);
        this.take("completed", None, State::Completed, &names, &mut unsettled);
        for (key, kind, state) in OLD_KEYS {
            this.take(key, Some(kind), state, &names, &mut unsettled);
        }
        this.take_submitted(&names, &mut unsettled);
        Ok((this, unsettled))
    }

    /// The bytes of `progress.json`.
    pub fn write(&self) -> Vec<u8> {
        let mut map = Map::new();
        let started: Vec<Value> = self.started.iter().map(|id| id.as_str().into()).collect();
        map.insert("started".to_owned(), started.into());
        let completed: Map<String, Value> =
            self.completed.iter().map(|(id, at)| (id.to_string(), at.as_str().into())).collect();
        map.insert("completed".to_owned(), completed.into());
        if !self.submitted.is_empty() {
            let entry = |(id, what): (&UnitId, &Submitted)| (id.to_string(), serde_json::json!(what));
            map.insert(SUBMITTED.to_owned(), Value::Object(self.submitted.iter().map(entry).collect()));
        }
        map.extend(self.other.clone());
        format!("{:#}\n", Value::Object(map)).into_bytes()
    }

    /// The state that is recorded for `unit`.
    pub fn state(&self, unit: &UnitId) -> State {
        if self.is_submitted(unit) {
            State::Submitted
        } else if self.completed.contains_key(unit) {
            State::Completed
        } else if self.started.contains(unit) {
            State::InProgress
        } else {
            State::NotStarted
        }
    }

    /// Is `unit` handed in, and not started again since?
    pub fn is_submitted(&self, unit: &UnitId) -> bool {
        self.submitted.get(unit).is_some_and(|submitted| !submitted.reopened)
    }

    /// [`Progress::take`] for what was handed in.
    fn take_submitted(&mut self, names: &Names<'_>, unsettled: &mut Vec<Unsettled>) {
        let Some(value) = self.other.shift_remove(SUBMITTED) else { return };
        let Value::Object(entries) = value else {
            let (entry, why) = (shown(&value), "not a map of units".to_owned());
            unsettled.push(Unsettled { key: SUBMITTED.to_owned(), entry, why });
            return self.set_aside(SUBMITTED, value);
        };
        for (key, entry) in entries {
            let unit = names.unit(&Value::from(key.as_str()), None);
            let what = unit.and_then(|unit| {
                let what = serde_json::from_value(entry.clone()).map_err(|error| error.to_string())?;
                Ok((unit, what))
            });
            match what {
                Ok((unit, what)) => {
                    self.old_form |= key != unit.as_str();
                    self.submitted.insert(unit, what);
                }
                Err(why) => {
                    unsettled.push(Unsettled { key: SUBMITTED.to_owned(), entry: shown(&entry), why });
                    self.set_aside(SUBMITTED, Value::Object(Map::from_iter([(key, entry)])));
                }
            }
        }
    }

    /// Moves what can be understood of `key` out of `other`; what cannot is set aside there.
    fn take(
        &mut self,
        key: &str,
        kind: Option<UnitKind>,
        state: State,
        names: &Names<'_>,
        unsettled: &mut Vec<Unsettled>,
    ) {
        let Some(value) = self.other.shift_remove(key) else { return };
        let Some(entries) = entries(&value) else {
            let why = "neither a list nor a map of units".to_owned();
            unsettled.push(Unsettled { key: key.to_owned(), entry: shown(&value), why });
            self.set_aside(key, value);
            return;
        };
        self.old_form |= kind.is_some() || (state == State::Completed && value.is_array());
        for (entry, detail) in entries {
            match names.unit(&entry, kind) {
                Ok(id) => {
                    self.old_form |= entry.as_str() != Some(id.as_str());
                    self.record(id, state, detail);
                }
                Err(why) => {
                    unsettled.push(Unsettled { key: key.to_owned(), entry: shown(&entry), why });
                    self.set_aside(key, entry);
                }
            }
        }
    }

    /// Keeps what could not be understood where no one will look for units again: under a later lock the same number might mean one.
    fn set_aside(&mut self, key: &str, what: Value) {
        self.old_form = true;
        let aside = self.other.entry(ASIDE).or_insert_with(|| Value::Object(Map::new()));
        if !aside.is_object() {
            *aside = Value::Object(Map::from_iter([(ASIDE.to_owned(), aside.take())]));
        }
        if let Value::Object(aside) = aside
            && let Value::Array(list) = aside.entry(key).or_insert_with(|| Value::Array(Vec::new()))
        {
            list.push(what);
        }
    }

    fn record(&mut self, id: UnitId, state: State, detail: Option<&Value>) {
        if state == State::Completed {
            let at = detail.and_then(Value::as_str).unwrap_or("").to_owned();
            let entry = self.completed.entry(id).or_default();
            if entry.is_empty() {
                *entry = at;
            }
        } else {
            self.started.insert(id);
        }
    }
}

/// The entries of a list, or the keys of a map whose value is not `false` or `null`.
fn entries(value: &Value) -> Option<Vec<(Value, Option<&Value>)>> {
    match value {
        Value::Array(list) => Some(list.iter().map(|entry| (entry.clone(), None)).collect()),
        Value::Object(map) => {
            let said = map.iter().filter(|(_, detail)| !matches!(detail, Value::Null | Value::Bool(false)));
            Some(said.map(|(key, detail)| (Value::from(key.as_str()), Some(detail))).collect())
        }
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    text.chars().take(80).collect()
}

impl Names<'_> {
    /// The unit that `entry` means. `kind` is that of an older tool's key, where it is one; under tito's own keys an id stands for
    /// itself even when no unit of today has it: a unit that the course dropped may come back.
    fn unit(&self, entry: &Value, kind: Option<UnitKind>) -> Result<UnitId, String> {
        let text = match entry {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err("neither an id nor a number".to_owned()),
        };
        if let Some(id) = self.known(&text) {
            return Ok(id);
        }
        match text.split_once('_') {
            Some((number, name)) if number_of(number).is_some() => {
                let name = name.replace('_', "-");
                self.known(&name).ok_or_else(|| format!("no unit is called `{}`", name.escape_debug()))
            }
            _ => match number_of(&text) {
                Some(number) => self.numbered(number, kind.unwrap_or(UnitKind::Module)),
                None => match text.parse() {
                    Ok(id) if kind.is_none() => Ok(id),
                    _ => Err("no unit has this id".to_owned()),
                },
            },
        }
    }

    /// The unit of this id today, if there is one, through any number of renames.
    fn known(&self, text: &str) -> Option<UnitId> {
        let mut id: UnitId = text.parse().ok()?;
        let is_known = |id: &UnitId| {
            self.known.contains(id)
                || self.lock.is_some_and(|lock| lock.units.iter().any(|unit| &unit.id == id))
        };
        let mut found = is_known(&id);
        // As many steps as there are renames: a circle among them must not hold us.
        for _ in self.renames {
            let Some(next) = self.renames.get(&id) else { break };
            id = next.clone();
            found = true;
        }
        found.then_some(id)
    }

    fn numbered(&self, number: u64, kind: UnitKind) -> Result<UnitId, String> {
        let lock = self.lock.ok_or("a number, and no lock says which unit it meant")?;
        let mut meant =
            lock.units.iter().filter(|unit| unit.kind == kind && number_of(&unit.number) == Some(number));
        match (meant.next(), meant.next()) {
            (Some(unit), None) => self.known(unit.id.as_str()).ok_or_else(|| "no such unit".to_owned()),
            (Some(_), Some(_)) => Err("several units had this number".to_owned()),
            (None, _) => Err(format!("no {kind} had this number")),
        }
    }
}

/// `5` for `5`, `05`, `005`.
fn number_of(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
