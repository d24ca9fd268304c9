//! The stories of `tests/scenarios/`, one text file each, told to the library in memory.
//!
//! A line that starts at the margin is for people. An indented line is a sentence of the story, `verb rest`; see [`Story::tell`] for
//! the verbs. Every story ends by itself with a second update, which must do nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::desk::{Course, Desk, Run, id, path, rule, taught};
use tito::compile::{Advisory, AdvisorySeverity, FileRename, Matcher, PerState};
use tito::id::{Action, Role};
use tito::plan::{Decision, Notice, Request, Settled, Step, decline};

#[test]
fn every_story_comes_out_as_it_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 40, "only {} stories", names.len());
    let mut wrong = Vec::new();
    for name in names {
        let text = std::fs::read_to_string(&name).unwrap();
        let told = std::panic::catch_unwind(|| tell(&text));
        if let Err(fault) = told {
            let fault = fault.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned());
            wrong.push(format!("{}: {fault}", name.file_name().unwrap().display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
}

fn tell(text: &str) {
    let mut story = Story { course: Course::default(), desk: Desk::default(), last: None };
    let mut told = 0;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("  ") && !line.trim().is_empty() {
            told += 1;
            let sentence = line.trim();
            let (verb, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
            if let Err(fault) = story.tell(verb, rest.trim()) {
                let said = story.last.as_ref().map(outcome).unwrap_or_default();
                panic!("line {}: {sentence}\n  {fault}\n  the last command did:\n{said}", number + 1);
            }
        }
    }
    assert!(told > 2, "a story without sentences");
    story.desk.update(&story.course);
    let again = story.desk.plan(&story.course, &Request::Update);
    assert!(again.is_empty(), "a second update does something: {:#?}", again.brief().steps);
}

type Told = Result<(), String>;

struct Story {
    course: Course,
    desk: Desk,
    last: Option<Run>,
}

/// `2027-09-06` or `2027-09-06T12:00`, in UTC.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    let zone = tito::schedule::Zone::utc();
    tito::schedule::moment(text, &zone).map_err(|error| error.help)
}

/// The word for what happened to a file, as an update says it.
fn word(step: &Step) -> &'static str {
    match (step.settled, step.decision) {
        (Some(Settled::Declined), _) => "declined",
        (Some(Settled::Offered), _) => "still-offered",
        (None, Decision::Nothing) if step.from.is_some() => "moved",
        (None, Decision::Nothing) if step.followed.is_some() => "followed",
        (None, decision) => match decision {
            Decision::Nothing => "untouched",
            Decision::Leave { remember: false } => "left",
            Decision::Leave { remember: true } => "kept",
            Decision::Create => "created",
            Decision::Adopt => "adopted",
            Decision::Mode => "mode",
            Decision::Write => "updated",
            Decision::Offer => "offered",
            Decision::Merge => "merged",
            Decision::SetAside => "replaced",
            Decision::Restore => "restored",
            Decision::Retire => "retired",
            Decision::Remove => "removed",
            Decision::Forget => "forgotten",
        },
    }
}

/// What a command did, one line per file, as a story would say it.
fn outcome(run: &Run) -> String {
    let steps = run.plan.brief().steps;
    let lines = steps.iter().map(|step| format!("    {} {}\n", word(step), step.path));
    let own = run.plan.own_files.iter().map(|own| format!("    along {} to {}\n", own.from, own.to));
    let exports = run.plan.exports.iter().map(|export| format!("    {export:?}\n"));
    let own = own.chain(exports);
    let notices = run.plan.notices.iter().map(|notice| format!("    {notice:?}\n"));
    lines.chain(own).chain(notices).collect()
}

impl Story {
    fn tell(&mut self, verb: &str, rest: &str) -> Told {
        let words: Vec<&str> = rest.split_whitespace().collect();
        match (verb, words.as_slice()) {
            // — the course —
            ("course", units) => {
                self.course = Course::of(units);
                Ok(())
            }
            ("release", [version]) => {
                self.course.version = version.parse().map_err(|error| format!("{error}"))?;
                Ok(())
            }
            ("changes", _) => self.changes(rest),
            ("order", units) => self.order(units),
            ("drops", [unit]) => {
                self.course.units.retain(|taught| taught.id.as_str() != *unit);
                Ok(())
            }
            ("adds", [unit, number]) => {
                let number = number.parse().map_err(|_| "not a number")?;
                self.course.units.push(taught(unit, number));
                Ok(())
            }
            ("adds-file", [unit, file, role]) => {
                let text = format!("{unit} {file}\none\ntwo\nthree\nfour\nfive\n");
                self.course.unit(unit).files.insert((*file).to_owned(), (role_named(role)?, text));
                Ok(())
            }
            ("adds-shared", [at, role, empty @ ..]) => {
                let text = format!("{at}\none\ntwo\nthree\nfour\nfive\n");
                let text = if empty.is_empty() { text } else { String::new() };
                self.course.shared.insert((*at).to_owned(), (role_named(role)?, text));
                Ok(())
            }
            ("module", [unit, name, imports @ ..]) => self.module(unit, name, imports),
            ("package", [name]) => {
                self.course.package = (*name).to_owned();
                Ok(())
            }
            ("drops-file", [unit, file]) => {
                let gone = self.course.unit(unit).files.remove(*file);
                gone.map(drop).ok_or_else(|| "no such file".to_owned())
            }
            ("renames", [old, new]) => self.rename(old, new),
            ("renames-file", [unit, old, new]) => self.rename_file(unit, old, new),
            ("declares", [unit, old, new]) => {
                let file =
                    FileRename { unit: Some(id(unit)), from: (*old).to_owned(), to: (*new).to_owned() };
                self.course.renames.files.push(file);
                Ok(())
            }
            ("numbers-only", []) => {
                self.course.bare_folders = true;
                Ok(())
            }
            ("rule", words) => self.rule(words),
            ("final-rule", words) => self.final_rule(words),
            ("no-rules", []) => {
                self.course.rules.clear();
                Ok(())
            }
            ("critical", [name, unit]) => self.advisory(name, unit, AdvisorySeverity::Critical),
            ("advisory", [name, unit]) => self.advisory(name, unit, AdvisorySeverity::Normal),
            ("opens", [unit, date]) => {
                self.course.unit(unit).dates.opens = Some(moment(date)?);
                Ok(())
            }
            ("due", [unit, date]) => {
                self.course.unit(unit).dates.due = Some(moment(date)?);
                Ok(())
            }
            ("closes", [unit, date]) => {
                self.course.unit(unit).dates.closes = Some(moment(date)?);
                Ok(())
            }
            ("is-announced", [unit]) => self.announced(unit, true),
            ("is-open", [unit]) => self.announced(unit, false),
            ("now", [date]) => {
                self.desk.now = Some(moment(date)?);
                Ok(())
            }
            // — the student —
            ("edits" | "writes", _) => self.student(verb, rest),
            ("deletes", [at]) => {
                self.desk.read(at).ok_or("nothing there")?;
                self.desk.delete(at);
                Ok(())
            }
            ("moves", [from, to]) => {
                let text = self.desk.read(from).ok_or("nothing there")?;
                self.desk.delete(from);
                self.desk.write(to, text);
                Ok(())
            }
            ("exports", [unit]) => self.export(unit),
            ("links", [at]) => {
                self.desk.link(at);
                Ok(())
            }
            ("windows", [at]) => {
                let text = self.desk.read(at).ok_or("nothing there")?;
                self.desk.write(at, text.replace('\n', "\r\n"));
                Ok(())
            }
            ("progress", _) => {
                self.desk.write("progress.json", rest);
                Ok(())
            }
            // — commands, with what they are to do —
            ("init" | "update", expected) => self.run(&Request::Update, expected),
            ("update-unit", [unit, expected @ ..]) => self.run(&Request::Unit(id(unit)), expected),
            ("take", [at, expected @ ..]) => {
                self.run(&Request::Take { paths: one(at), merge: false, cell: None }, expected)
            }
            ("take-merge", [at, expected @ ..]) => {
                self.run(&Request::Take { paths: one(at), merge: true, cell: None }, expected)
            }
            ("reset", [at, expected @ ..]) => self.run(&Request::Reset(one(at)), expected),
            ("restore", [at, expected @ ..]) => self.run(&Request::Restore(one(at)), expected),
            ("skip", [at]) => {
                let declined = decline(&self.course.target(), &self.desk.baselines, &path(at));
                self.desk.baselines = declined.ok_or("the course has no such file")?;
                Ok(())
            }
            // — what is to be seen afterwards —
            ("file", _) => self.file(rest),
            ("no-file", [at]) => match self.desk.read(at) {
                Some(text) => Err(format!("it is there: {text:?}")),
                None => Ok(()),
            },
            ("backup", _) => self.backup(rest),
            ("state", [unit, state]) => self.state(unit, state),
            ("announces", words) => self.announces(words),
            ("notice", words) => self.notice(words),
            _ => Err("this is no sentence of a story".to_owned()),
        }
    }

    /// `UNIT NAME [MODULE]`: the unit's notebook exports to a module of this name, and imports another unit's.
    fn module(&mut self, unit: &str, name: &str, imports: &[&str]) -> Told {
        let imports: String = imports.iter().map(|module| format!("from {module} import *\n")).collect();
        let function = unit.replace('-', "_");
        *self.course.text(unit, &format!("{unit}.py")) = format!(
            "# %%\n#| default_exp {name}\n\n# %%\n#| export\n{imports}def {function}():\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
        );
        Ok(())
    }

    /// `UNIT`: the student exports the unit's notebook.
    fn export(&mut self, unit: &str) -> Told {
        let target = self.course.target();
        let name = format!("/{unit}.py");
        let found =
            target.files.iter().find(|(at, file)| file.role == Role::Work && at.as_str().ends_with(&name));
        let (at, file) = found.ok_or("no such unit")?;
        self.desk.export(&self.course.package, at.as_str(), &file.id);
        Ok(())
    }

    /// `UNIT/FILE line N: TEXT`, or `FILE line N: TEXT` for a file of no unit.
    fn changes(&mut self, rest: &str) -> Told {
        let (at, number, text) = line_of(rest)?;
        let file = match at
            .split_once('/')
            .filter(|(unit, _)| self.course.units.iter().any(|u| u.id.as_str() == *unit))
        {
            Some((unit, file)) => self.course.unit(unit).files.get_mut(file),
            None => self.course.shared.get_mut(at),
        };
        let file = file.ok_or("the course has no such file")?;
        file.1 = with_line(&file.1, number, text)?;
        Ok(())
    }

    /// `edits PATH line N: TEXT`, or `writes PATH: TEXT`, the whole file.
    fn student(&mut self, verb: &str, rest: &str) -> Told {
        if verb == "writes" {
            let (at, text) = rest.split_once(": ").ok_or("write `PATH: TEXT`")?;
            self.desk.write(at, format!("{text}\n"));
            return Ok(());
        }
        let (at, number, text) = line_of(rest)?;
        let old = self.desk.read(at).ok_or("nothing there")?;
        self.desk.write(at, with_line(&old, number, text)?);
        Ok(())
    }

    fn order(&mut self, units: &[&str]) -> Told {
        for (place, unit) in units.iter().enumerate() {
            self.course.unit(unit).number = u32::try_from(place).map_err(|_| "too many")? + 1;
        }
        Ok(())
    }

    fn rename(&mut self, old: &str, new: &str) -> Told {
        let unit = self.course.unit(old);
        let files = std::mem::take(&mut unit.files);
        unit.files = files.into_iter().map(|(name, file)| (name.replace(old, new), file)).collect();
        unit.id = id(new);
        self.course.renames.units.insert(id(old), id(new));
        Ok(())
    }

    /// `UNIT|shared OLD NEW`: the file has another name, and the course says nothing of it.
    fn rename_file(&mut self, unit: &str, old: &str, new: &str) -> Told {
        let files = match unit {
            "shared" => &mut self.course.shared,
            unit => &mut self.course.unit(unit).files,
        };
        let file = files.remove(old).ok_or("the course has no such file")?;
        files.insert(new.to_owned(), file);
        Ok(())
    }

    /// `ROLE|all|PATH NOT-STARTED IN-PROGRESS COMPLETED [edited=ACTION] [critical=ACTION] [submitted=ACTION] [closed=ACTION] [from=DATE] [until=DATE]`: before the rules there are.
    fn rule(&mut self, words: &[&str]) -> Told {
        let [what, a, b, c, options @ ..] = words else { return Err("too few words".to_owned()) };
        let per_state = PerState {
            not_started: action(a)?,
            in_progress: action(b)?,
            completed: action(c)?,
            submitted: None,
            closed: None,
        };
        let roles = role_named(what).map(|role| vec![role]).unwrap_or_default();
        let mut new = rule(&format!("for {what}"), &roles, per_state, None);
        if roles.is_empty() && *what != "all" {
            let glob = globset::GlobBuilder::new(what).literal_separator(true).build();
            let paths = [glob.map_err(|error| error.to_string())?].into_iter().collect();
            new.matches = Matcher { paths: Some(paths), ..Matcher::default() };
        }
        for option in options {
            match option.split_once('=') {
                Some(("edited", name)) => new.edited = Some(action(name)?),
                Some(("submitted", name)) => new.action.submitted = Some(action(name)?),
                Some(("closed", name)) => new.action.closed = Some(action(name)?),
                Some(("from", date)) => new.window.from = Some(moment(date)?),
                Some(("until", date)) => new.window.until = Some(moment(date)?),
                Some(("critical", name)) => new.critical = Some(PerState::all(action(name)?)),
                _ => return Err(format!("{option}: no option")),
            }
        }
        let finals = self.course.rules.iter().take_while(|rule| rule.is_final).count();
        self.course.rules.insert(finals, new);
        Ok(())
    }

    fn final_rule(&mut self, words: &[&str]) -> Told {
        self.rule(words)?;
        let finals = self.course.rules.iter().take_while(|rule| rule.is_final).count();
        self.course.rules[finals].is_final = true;
        self.course.rules[finals].from = "university.yml:7".to_owned();
        Ok(())
    }

    fn advisory(&mut self, name: &str, unit: &str, severity: AdvisorySeverity) -> Told {
        self.course.advisories.push(Advisory {
            id: name.to_owned(),
            severity,
            fixed_in: self.course.version.clone(),
            units: vec![id(unit)],
            paths: Vec::new(),
            title: "a fault".to_owned(),
            ask: Some("run the tests again".to_owned()),
        });
        Ok(())
    }

    /// Runs a command. `expected`: `nothing`, or pairs of a word and a path; files of which nothing is said must have nothing done to them.
    /// Without any, anything goes.
    fn run(&mut self, request: &Request, expected: &[&str]) -> Told {
        let before = self.desk.files();
        let run = self.desk.run(&self.course, request);
        let lost = before.values().find(|text| !self.desk.holds(text.as_bytes()));
        let found: BTreeSet<(String, String)> = run
            .plan
            .brief()
            .steps
            .iter()
            .map(|step| (word(step).to_owned(), step.path.to_string()))
            .chain(run.plan.own_files.iter().map(|own| ("along".to_owned(), own.to.to_string())))
            .chain(run.plan.exports.iter().map(|export| {
                let word = if export.result.is_some() { "exported" } else { "not-exported" };
                (word.to_owned(), export.to.to_string())
            }))
            .collect();
        self.last = Some(run);
        if let Some(lost) = lost {
            return Err(format!("lost: {lost:?}"));
        }
        let said: BTreeSet<(String, String)> = match expected {
            [] => return Ok(()),
            ["nothing"] => BTreeSet::new(),
            pairs => pairs
                .chunks(2)
                .map(|pair| (pair[0].to_owned(), pair.get(1).unwrap_or(&"").to_string()))
                .collect(),
        };
        if found == said { Ok(()) } else { Err(format!("expected {said:?}")) }
    }

    /// `PATH has TEXT`, `PATH does not have TEXT`, or `PATH is TEXT` for a file of one line.
    fn file(&self, rest: &str) -> Told {
        let (at, rest) = rest.split_once(' ').ok_or("write `PATH has TEXT`")?;
        let text =
            self.desk.read(at).ok_or_else(|| format!("nothing at {at}: {:?}", self.desk.files().keys()))?;
        let holds = match rest.split_once(' ') {
            Some(("has", what)) => text.lines().any(|line| line == what),
            Some(("lacks", what)) => !text.lines().any(|line| line == what),
            Some(("is", what)) => text == format!("{what}\n"),
            _ => return Err("has, lacks, or is".to_owned()),
        };
        if holds { Ok(()) } else { Err(format!("it is {text:?}")) }
    }

    /// `backup NAME has TEXT`: a set-aside file of this name has this line.
    fn backup(&self, rest: &str) -> Told {
        let (name, what) = rest.split_once(" has ").ok_or("write `backup NAME has TEXT`")?;
        let all = self.desk.world.things().filter(|(at, _)| at.contains("/.tinytorch/backups/"));
        let texts: BTreeMap<String, String> = all
            .filter_map(|(at, _)| Some((at.to_owned(), self.desk.read(at.strip_prefix("/w/")?)?)))
            .collect();
        let found =
            texts.iter().any(|(at, text)| at.ends_with(name) && text.lines().any(|line| line == what));
        if found { Ok(()) } else { Err(format!("the backups are {texts:?}")) }
    }

    fn announced(&self, unit: &str, expected: bool) -> Told {
        let plan = self.desk.plan(&self.course, &Request::Update);
        let line = plan.units.iter().find(|line| line.id.as_str() == unit).ok_or("no such unit")?;
        if line.announced == expected { Ok(()) } else { Err(format!("announced: {}", line.announced)) }
    }

    fn state(&self, unit: &str, state: &str) -> Told {
        let plan = self.desk.plan(&self.course, &Request::Update);
        let line = plan.units.iter().find(|line| line.id.as_str() == unit).ok_or("no such unit")?;
        if line.state.as_str() == state { Ok(()) } else { Err(format!("it is {}", line.state)) }
    }

    /// `announces ADVISORY fixed|open PATH…`, of the last command.
    fn announces(&self, words: &[&str]) -> Told {
        let last = self.last.as_ref().ok_or("no command yet")?;
        let [name, what, paths @ ..] = words else { return Err("too few words".to_owned()) };
        let said = last.plan.advisories.iter().find(|one| one.id == *name);
        let said = said.ok_or_else(|| format!("announced: {:?}", last.plan.advisories))?;
        let found = if *what == "open" { &said.open } else { &said.fixed };
        let found: Vec<&str> = found.iter().map(|path| path.as_str()).collect();
        if found == paths { Ok(()) } else { Err(format!("it says {said:?}")) }
    }

    /// `notice beside PATH`, `notice in-the-way PATH`, `notice imports PATH MODULE`, `notice progress ENTRY`, of the last command.
    fn notice(&self, words: &[&str]) -> Told {
        let last = self.last.as_ref().ok_or("no command yet")?;
        let found = last.plan.notices.iter().any(|notice| match (notice, words) {
            (Notice::Beside { path, .. }, ["beside", at]) => path.as_str() == *at,
            (Notice::InTheWay { path, .. }, ["in-the-way", at]) => path.as_str() == *at,
            (Notice::StaysBehind { path }, ["stays", at]) => path == at,
            (Notice::OldImport { path, module, .. }, ["imports", at, old]) => {
                path.as_str() == *at && module == old
            }
            (Notice::TooMany { path }, ["too-many", at]) => path == at,
            (Notice::Progress(one), ["progress", entry]) => one.entry == *entry,
            _ => false,
        });
        if found { Ok(()) } else { Err(format!("the notices are {:?}", last.plan.notices)) }
    }
}

fn one(at: &str) -> BTreeSet<tito::path::WorkspacePath> {
    BTreeSet::from([path(at)])
}

fn action(name: &str) -> Result<Action, String> {
    Action::ALL.into_iter().find(|action| action.as_str() == name).ok_or_else(|| format!("{name}: no action"))
}

fn role_named(name: &str) -> Result<Role, String> {
    Role::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(|| format!("{name}: no role"))
}

/// `AT line N: TEXT`.
fn line_of(rest: &str) -> Result<(&str, usize, &str), String> {
    let (at, rest) = rest.split_once(" line ").ok_or("write `AT line N: TEXT`")?;
    let (number, text) = rest.split_once(": ").ok_or("write `AT line N: TEXT`")?;
    Ok((at, number.parse().map_err(|_| "not a number")?, text))
}

fn with_line(text: &str, number: usize, line: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = text.lines().collect();
    *lines.get_mut(number.wrapping_sub(1)).ok_or("no such line")? = line;
    Ok(lines.join("\n") + "\n")
}
