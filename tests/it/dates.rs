//! A course with a schedule, from the instructor's check to the student's status: what is there when, and what the clock may never take.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mini::copy;
use crate::tito::{Ran, command, ran, root, tree};

const COURSE: &str = "\
course: {id: demo/term, title: A term, run: 2027-autumn}
base: {from: {path: ./base}}
schedule:
  timezone: Europe/Stockholm
  start: 2027-08-30
  breaks: [{from: 2027-11-01, until: 2027-11-07}]
  units:
    numbers: {opens: week 1, due: week 2 fri 23:59}
    sums: {opens: week 2, due: week 3 fri, closes: 2 days later}
    means: {opens: week 9, due: week 10 fri}
    plots: {opens: week 11 mon 09:00, due: week 12 fri, closes: due}
updates:
  rules:
    - {id: work, roles: [work], do: {not-started: replace, in-progress: merge, completed: offer, closed: freeze}}
";

/// A folder with the course and its base.
struct Faculty(tempfile::TempDir);

impl Faculty {
    fn new() -> Self {
        let faculty = Self(tempfile::tempdir().unwrap());
        copy(&root().join("tests/bases/mini"), &faculty.path().join("base"));
        faculty.course(COURSE);
        faculty
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn course(&self, text: &str) {
        fs::write(self.path().join("course.yml"), text).unwrap();
    }

    /// A command in the folder `at` of it, at `now`, where the clocks are Stockholm's.
    fn command(&self, at: &str, now: &str) -> Command {
        let mut command = command(&self.path().join(at));
        command.env("TITO_NOW", now).env("TZ", "Europe/Stockholm");
        command
    }

    fn run(&self, at: &str, now: &str, args: &[&str]) -> Ran {
        ran(&self.command(at, now).args(args).output().unwrap())
    }

    fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }
}

const BEFORE: &str = "2027-08-31T10:00:00Z";

#[test]
fn a_unit_comes_when_it_opens_and_the_lock_does_not_depend_on_the_clock() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["lock"]).expect(0);
    let lock = fs::read(faculty.path().join("course.lock")).unwrap();
    faculty.run("", "2028-01-01T00:00:00Z", &["lock"]).expect(0);
    assert_eq!(fs::read(faculty.path().join("course.lock")).unwrap(), lock);
    faculty.run("", BEFORE, &["init", "ws", "--locked"]).expect(0);
    let has = |unit: &str| faculty.has(&format!("ws/modules/{unit}"));
    assert!(has("01_numbers") && !has("02_sums") && !faculty.has("ws/tests/02_sums"));
    let status = faculty.run("ws", BEFORE, &["status"]).expect(0).stdout;
    for line in [
        "  01 Numbers                      not-started · due in 10 days (Fri 10 Sep 23:59)\n",
        "  02 Sums                         opens Mon 6 Sep\n",
        "  04 Plots                        opens Mon 15 Nov 09:00\n",
    ] {
        assert!(status.contains(line), "{status}");
    }
    // The second before, and the first moment.
    faculty.run("ws", "2027-09-05T21:59:59Z", &["update"]).expect(0);
    assert!(!has("02_sums"));
    let started = faculty.run("ws", "2027-09-05T21:59:59Z", &["start", "sums"]).expect(4);
    assert!(started.stderr.contains("`sums` is not open yet: it opens Mon 6 Sep"), "{}", started.stderr);
    faculty.run("ws", "2027-09-05T22:00:00Z", &["update"]).expect(0);
    assert!(has("02_sums") && faculty.has("ws/tests/02_sums") && !has("03_means"));
    faculty.run("ws", "2027-09-05T22:00:00Z", &["start", "sums"]).expect(0);
}

#[test]
fn another_moment_shows_what_will_be_and_changes_nothing() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    let before = tree(&faculty.path().join("ws"));
    let later =
        faculty.run("ws", BEFORE, &["update", "--check", "--at", "2027-11-15 09:00"]).expect(0).stdout;
    assert!(later.contains("adds      modules/04_plots/plots.ipynb"), "{later}");
    let minute =
        faculty.run("ws", BEFORE, &["update", "--check", "--at", "2027-11-15 08:59"]).expect(0).stdout;
    assert!(!minute.contains("plots.ipynb") && minute.contains("means.ipynb"), "{minute}");
    let closed = faculty.run("ws", BEFORE, &["status", "--at", "2027-09-20"]).expect(0).stdout;
    assert!(
        closed.contains("01 Numbers                      not-started · late: was due Fri 10 Sep 23:59"),
        "{closed}"
    );
    let plan = faculty.run("ws", BEFORE, &["plan", "--at", "2027-09-06T00:00:00+02:00"]).expect(0).stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["at"], "2027-09-05T22:00:00Z");
    assert_eq!(plan["units"][1]["dates"]["due"], "2027-09-17T21:59:00Z");
    assert!(plan["units"][2]["announced"] == true && plan["units"][1].get("announced").is_none());
    let checked = faculty.run("", BEFORE, &["check", "--at", "2027-10-25"]).expect(0);
    assert!(checked.stderr.contains("next Mon 15 Nov 09:00: plots"), "{}", checked.stderr);
    for (args, help) in [
        (&["update", "--at", "2027-10-25"][..], "an update is made now"),
        (&["status", "--at", "next week"][..], "`--at next week` is not a moment"),
        (&["status", "--at", "2027-02-30"][..], "February 2027 has 28 days"),
    ] {
        let refused = faculty.run("ws", BEFORE, args).expect(2);
        assert!(refused.stderr.contains(help), "{}", refused.stderr);
    }
    let after: Vec<_> = tree(&faculty.path().join("ws")).into_iter().collect();
    let before: Vec<_> = before.into_iter().collect();
    assert_eq!(after, before, "looking at another moment changed something");
}

/// What would be published at another moment is shown; students would have what is not open yet.
#[test]
fn publishing_at_another_moment_publishes_nothing() {
    let faculty = Faculty::new();
    let later = ["--at", "2027-11-20"];
    let shown = faculty.run("", BEFORE, &[&["publish", "site"], &later[..]].concat()).expect(0).stdout;
    assert!(shown.contains("then it would be release 1 in site · nothing was published"), "{shown}");
    assert!(!faculty.has("site"));
    faculty.run("", BEFORE, &["publish", "site"]).expect(0);
    let before = tree(&faculty.path().join("site"));
    let shown = faculty.run("", BEFORE, &[&["publish", "site"], &later[..]].concat()).expect(0).stdout;
    assert!(shown.contains("modules/04_plots/plots.ipynb") && shown.contains("release 2 in site"), "{shown}");
    let words = [&["publish", "site", "--format", "json"], &later[..]].concat();
    let shown: serde_json::Value =
        serde_json::from_str(&faculty.run("", BEFORE, &words).expect(0).stdout).unwrap();
    assert_eq!((&shown["changed"], &shown["would_change"]), (&false.into(), &true.into()));
    let words = [&["publish", "sites", "--all", "course.yml"], &later[..]].concat();
    let shown = faculty.run("", BEFORE, &words).expect(0).stdout;
    assert!(shown.contains("then 1 of 1 course would be published"), "{shown}");
    assert_eq!(tree(&faculty.path().join("site")), before);
    assert!(!faculty.has("sites/demo.term"));
}

/// Rules for a time are part of what a release changes.
#[test]
fn a_rule_for_a_time_is_no_secret() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["publish", "site"]).expect(0);
    fs::copy(faculty.path().join("course.yml"), faculty.path().join("old.yml")).unwrap();
    faculty.run("", BEFORE, &["lock"]).expect(0);
    let with = |action: &str| {
        let rule = format!(
            "rules:\n    - {{id: exam, paths: \"**\", do: {action}, from: week 5, until: week 5, final: true}}\n"
        );
        COURSE.replace("rules:\n", &rule)
    };
    faculty.course(&with("freeze"));
    let compared = faculty.run("", BEFORE, &["compare", "old.yml", "course.yml"]).expect(0).stdout;
    assert!(compared.contains("  added    exam"), "{compared}");
    // A lock alone does not know them.
    let compared = faculty.run("", BEFORE, &["compare", "course.lock", "course.yml"]).expect(0).stdout;
    assert!(!compared.contains("exam"), "{compared}");
    let stale = faculty.run("", BEFORE, &["lock", "--check"]).expect(4);
    assert!(
        stale.stdout.contains("other parts changed: course, layers, rules · `tito compare"),
        "{}",
        stale.text()
    );
    faculty.run("", BEFORE, &["lock"]).expect(0);
    let published = faculty.run("", BEFORE, &["publish", "site"]).expect(0).stdout;
    assert!(published.contains("  added    exam"), "{published}");
    faculty.course(&with("keep"));
    faculty.run("", BEFORE, &["lock"]).expect(0);
    let published = faculty.run("", BEFORE, &["publish", "site"]).expect(0).stdout;
    assert!(published.contains("  changed  exam") && published.contains("→ keep"), "{published}");
    faculty.course(COURSE);
    let compared = faculty.run("", BEFORE, &["compare", "site", "course.yml"]);
    assert!(compared.code != 0 || compared.stdout.contains("removed  exam"), "{}", compared.text());
}

/// What was offered stays on offer while a rule leaves the file alone.
#[test]
fn an_offer_waits_through_an_exam() {
    for action in ["freeze", "keep"] {
        let faculty = Faculty::new();
        let rule = format!(
            "rules:\n    - {{id: exam, paths: \"**\", do: {action}, from: week 3, until: week 3, final: true}}\n    - {{id: nb, roles: [work], do: offer}}\n"
        );
        faculty.course(&COURSE.replace("rules:\n", &rule));
        let (first, exam, after) = ("2027-09-01T10:00:00Z", "2027-09-14T10:00:00Z", "2027-09-21T10:00:00Z");
        faculty.run("", first, &["init", "ws"]).expect(0);
        let work = faculty.path().join("ws/modules/01_numbers/numbers.ipynb");
        let text = fs::read_to_string(&work).unwrap();
        fs::write(&work, text.replacen("raise NotImplementedError()", "return 7", 1)).unwrap();
        let source = faculty.path().join("base/modules/numbers/numbers.py");
        let text = fs::read_to_string(&source).unwrap();
        fs::write(&source, text.replacen("# # ", "# # Corrected: ", 1)).unwrap();
        faculty.run("ws", first, &["update"]).expect(0);
        let offer = "ws/.tinytorch/incoming/modules/01_numbers/numbers.ipynb";
        assert!(faculty.has(offer), "{action}");
        faculty.run("ws", exam, &["update"]).expect(0);
        assert!(faculty.has(offer), "{action}: the offer is gone");
        let again = faculty.run("ws", exam, &["update", "--check", "--exit-code"]);
        assert_eq!(again.code, 0, "{action}: {}", again.text());
        faculty.run("ws", after, &["update"]).expect(0);
        assert!(faculty.has(offer), "{action}");
        faculty.run("ws", after, &["take", "modules/01_numbers/numbers.ipynb", "--yes"]).expect(0);
        assert!(fs::read_to_string(&work).unwrap().contains("Corrected: "), "{action}");
    }
}

/// A milestone opens like any other unit.
#[test]
fn a_milestone_that_is_not_open_says_when_it_is() {
    let faculty = Faculty::new();
    faculty.course(&COURSE.replace("  units:\n", "  units:\n    first-steps: {opens: week 5}\n"));
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    let ran = faculty.run("ws", BEFORE, &["milestone", "run", "first-steps"]).expect(4);
    assert!(ran.stderr.contains("`first-steps` is not open yet: it opens Mon 27 Sep"), "{}", ran.stderr);
    let list = faculty.run("ws", BEFORE, &["milestone", "list"]).expect(0).stdout;
    assert!(list.contains("opens Mon 27 Sep") && !list.contains("next: "), "{list}");
}

#[test]
fn a_plan_that_was_made_before_a_unit_opened_is_not_applied_after() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    fs::write(faculty.path().join("base/modules/numbers/README.md.j2"), "# Numbers, again\n").unwrap();
    faculty.run("ws", BEFORE, &["plan", "-o", "../plan.json"]).expect(0);
    let refused = faculty.run("ws", "2027-09-06T10:00:00Z", &["apply", "../plan.json"]).expect(4);
    let said = "the plan was made for Tue 31 Aug 2027 12:00, and a date of the course has passed since";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    let readme = faculty.path().join("base/modules/numbers/README.md.j2");
    let text = fs::read(&readme).unwrap();
    fs::write(&readme, "# Numbers, once more\n").unwrap();
    let refused = faculty.run("ws", "2027-09-06T10:00:00Z", &["apply", "../plan.json"]).expect(4);
    let said = "`modules/01_numbers/README.md` has changed since the plan was written";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    fs::write(&readme, text).unwrap();
    // A minute later nothing has opened: it is the same plan.
    faculty.run("ws", "2027-08-31T10:01:00Z", &["apply", "../plan.json"]).expect(0);
    assert_eq!(
        fs::read_to_string(faculty.path().join("ws/modules/01_numbers/README.md")).unwrap(),
        "# Numbers, again"
    );
}

#[test]
fn a_plan_for_another_moment_is_to_be_looked_at() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    let said = faculty.run("ws", BEFORE, &["plan", "--at", "2027-09-20", "-o", "../plan.json"]).expect(0);
    assert!(said.text().contains("plan written to ../plan.json"), "{}", said.text());
    assert!(!said.text().contains("tito apply"), "{}", said.text());
    let refused = faculty.run("ws", BEFORE, &["apply", "../plan.json"]).expect(4);
    let why = "the plan was made for Mon 20 Sep 2027 00:00, and a date of the course comes before that";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
}

/// What a layer makes final is taken back neither by a null in its place nor by one around it; what is not final is.
#[test]
fn a_null_around_a_value_counts_as_one_in_its_place() {
    let faculty = Faculty::new();
    let section = |text: &str| {
        fs::write(
            faculty.path().join("inner.yml"),
            format!("extends: ./course.yml\ncourse: {{id: demo/term/a}}\n{text}\n"),
        )
        .unwrap();
    };
    let names = ["timezone", "start", "breaks", "units"].map(|name| format!("schedule.{name}"));
    faculty.course(&format!("{COURSE}final: [{}]\n", names.join(", ")));
    for (text, count) in [
        ("schedule: null", 4),
        ("schedule:", 4),
        ("schedule: {units: null}", 1),
        ("schedule: {units: {sums: null}}", 1),
        ("schedule: {start: null}", 1),
    ] {
        section(text);
        let ran = faculty.run("", BEFORE, &["check", "inner.yml"]).expect(1);
        let found = ran.stderr.lines().filter(|line| *line == "layer::final-value").count();
        assert_eq!(found, count, "{text}: {}", ran.stderr);
    }
    faculty.course(&format!("{COURSE}variables: {{room: A}}\nstubs: {{r: \"stop()\"}}\n"));
    for (text, left) in [
        ("schedule: null", (false, true, true)),
        ("schedule: {units: null}", (false, true, true)),
        ("variables: null", (true, false, true)),
        ("stubs: null", (true, true, false)),
        ("variables: {}\nstubs: {}\nschedule: {}", (true, true, true)),
    ] {
        section(text);
        let shown = faculty.run("", BEFORE, &["calendar", "--config", "inner.yml"]).text();
        let settings = faculty.run("", BEFORE, &["show", "inner.yml"]).expect(0).stdout;
        let found = (shown.contains("DTSTART"), settings.contains("room"), settings.contains("stop()"));
        assert_eq!(found, left, "{text}: {shown}{settings}");
    }
}

#[test]
fn a_unit_that_closes_earlier_than_students_were_told_is_found() {
    let (faculty, open) = (Faculty::new(), "2027-09-06T10:00:00Z");
    faculty.run("", open, &["lock"]).expect(0);
    faculty.course(&COURSE.replace("closes: 2 days later", "closes: due"));
    let said =
        "`sums` is open, and has an earlier date than students were told: closes Fri 17 Sep 2027 23:59";
    let checked = |now: &str| faculty.run("", now, &["check"]).text();
    assert!(checked(open).contains(said), "{}", checked(open));
    assert!(checked(open).contains("released: closes Sun 19 Sep 2027 23:59"));
    // Before it opens, no one works by its dates; once it would have been closed, nothing is taken from anyone.
    for now in [BEFORE, "2027-09-20T10:00:00Z"] {
        assert!(!checked(now).contains("earlier date"), "{now}");
    }
}

/// The same of rules: what is final stays.
#[test]
fn rules_that_are_null_take_back_those_of_outer_layers() {
    let faculty = Faculty::new();
    let rule =
        |id: &str, is_final: &str| format!("    - {{id: {id}, paths: [\"**/{id}\"], do: keep{is_final}}}\n");
    let rules = format!("updates:\n  rules:\n{}{}", rule("free", ""), rule("bound", ", final: true"));
    let course = COURSE.split("updates:").next().unwrap();
    faculty.course(&format!("{course}{rules}"));
    for (text, left) in [
        ("", [true, true]),
        ("updates: {default: offer}", [true, true]),
        ("updates: null", [false, true]),
        ("updates: {rules: null}", [false, true]),
        ("updates: {rules: []}", [true, true]),
    ] {
        let head = "extends: ./course.yml\ncourse: {id: demo/term/a}\n";
        fs::write(faculty.path().join("inner.yml"), format!("{head}{text}\n")).unwrap();
        let shown = faculty.run("", BEFORE, &["show", "--resolved", "inner.yml"]).expect(0).stdout;
        assert_eq!(
            ["free", "bound"].map(|id| shown.contains(&format!("rule {id}:"))),
            left,
            "{text}: {shown}"
        );
    }
}

/// Layers may call a unit by different names of it; their dates are those of one unit.
#[test]
fn dates_under_an_old_and_a_new_name_of_a_unit_are_one() {
    let faculty = Faculty::new();
    let write = |name: &str, head: &str, units: &str| {
        let text = format!("{head}\nschedule: {{timezone: UTC, start: 2027-08-30, units: {{{units}}}}}\n");
        fs::write(faculty.path().join(name), text).unwrap();
    };
    let dates = |units: [&str; 3]| {
        write("a.yml", "course: {id: demo/x}\nbase: {from: {path: ./base}}", units[0]);
        write("b.yml", "extends: ./a.yml", units[1]);
        write("c.yml", "extends: ./b.yml", units[2]);
        let calendar = faculty.run("", BEFORE, &["calendar", "--config", "c.yml"]).stdout;
        let days = calendar.lines().filter_map(|line| line.strip_prefix("DTSTART:"));
        days.map(|day| day[..8].to_owned()).collect::<Vec<_>>()
    };
    let outer = "averages: {opens: week 3, due: week 4}";
    assert_eq!(dates([outer, "", ""]), ["20270913", "20270926"]);
    assert_eq!(dates([outer, "means: {due: week 6}", ""]), ["20270913", "20271010"]);
    assert_eq!(dates([outer, "means: {due: week 6}", "averages: {due: week 7}"]), ["20270913", "20271017"]);
    assert_eq!(dates([outer, "means: {opens: null}", ""]), ["20270926"]);
    assert_eq!(dates([outer, "means: null", ""]), [""; 0]);
    assert_eq!(dates([outer, "means: null", "averages: {due: week 5}"]), ["20271003"]);
    // In one layer it cannot be known which of the two is meant.
    write("c.yml", "extends: ./a.yml", "averages: {due: week 5}, means: {due: week 6}");
    let ran = faculty.run("", BEFORE, &["check", "c.yml"]).expect(1);
    assert!(ran.stderr.contains("`averages` and `means` are one unit"), "{}", ran.stderr);
}

/// Beside a course, too, a unit is closed when its date has passed; and what decided is said.
#[test]
fn explain_knows_that_a_unit_is_closed() {
    let faculty = Faculty::new();
    faculty.run("", "2027-09-10T10:00:00Z", &["init", "ws"]).expect(0);
    let work = "modules/02_sums/sums.ipynb";
    for (at, closed) in [("2027-09-19", false), ("2027-09-25", true)] {
        for folder in ["", "ws"] {
            let args = ["explain", work, "--if", "completed", "--at", at];
            let said = faculty.run(folder, BEFORE, &args).expect(0).stdout;
            let unit = if closed { "sums, completed, closed\n" } else { "sums, completed\n" };
            assert!(said.contains(unit), "{folder} {at}: {said}");
            let so = if closed {
                "freeze: the rule freezes it in a unit that is closed"
            } else {
                "offer: that is what the rule says for a completed unit"
            };
            assert!(said.contains(so), "{folder} {at}: {said}");
        }
    }
    let supposed = ["explain", work, "--if", "completed", "--if", "closed=no", "--at", "2027-09-25"];
    let said = faculty.run("", BEFORE, &supposed).expect(0).stdout;
    assert!(said.contains("sums, completed\n"), "{said}");
}

/// A rule for a time decides only then, and its dates are said on the clocks of the course.
#[test]
fn explain_names_the_rule_that_is_in_force() {
    let faculty = Faculty::new();
    let rule = "rules:\n    - {id: exam, roles: [work], from: 2027-10-18, until: \"2027-10-25 12:00\", do: freeze}\n";
    faculty.course(&COURSE.replace("rules:\n", rule));
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    let work = "modules/01_numbers/numbers.ipynb";
    for (now, decides) in
        [(BEFORE, "work"), ("2027-10-20T10:00:00Z", "exam"), ("2027-10-25T10:01:00Z", "work")]
    {
        for folder in ["ws", ""] {
            let said = faculty.run(folder, now, &["explain", work]).expect(0).stdout;
            let line = said.lines().find_map(|line| line.trim_start().strip_prefix("decides")).unwrap();
            assert!(line.trim_start().starts_with(&format!("{decides} (course.yml:")), "{now}: {said}");
            let dates = "freeze; from Mon 18 Oct 2027 00:00; until Mon 25 Oct 2027 12:00";
            assert_eq!(line.contains(dates), decides == "exam", "{said}");
        }
    }
}

#[test]
fn what_is_not_open_is_not_published_and_the_next_time_is_said() {
    let faculty = Faculty::new();
    let first = faculty.run("", BEFORE, &["publish", "site"]).expect(0).stdout;
    assert!(first.contains("publish again Mon 6 Sep: sums opens then"), "{first}");
    let site = || tree(&faculty.path().join("site"));
    let holds = |word: &str| {
        site().values().any(|bytes| bytes.windows(word.len()).any(|part| part == word.as_bytes()))
    };
    assert!(holds("01_numbers/numbers.ipynb") && !holds("02_sums/sums.ipynb") && !holds("test_sums.py"));
    let again = faculty.run("", "2027-09-05T21:00:00Z", &["publish", "site"]).expect(0).stdout;
    assert!(again.contains("has this course already, as release 1"), "{again}");
    faculty.run("", "2027-09-05T22:00:00Z", &["publish", "site"]).expect(0);
    assert!(holds("02_sums/sums.ipynb") && !holds("03_means/means.ipynb"));
    let timer = faculty.run("", BEFORE, &["publish", "site", "--timer", "github"]).expect(0).stdout;
    assert!(timer.contains("- cron: \"0 8 15 11 *\"  # Mon 2027-11-15 08:00 UTC"), "{timer}");
    // A student whose clock is wrong by years sees other words, and has what was published.
    let wrong = "1999-01-01T00:00:00Z";
    faculty.run("", wrong, &["init", "site", "ws"]).expect(0);
    assert!(faculty.has("ws/modules/02_sums/sums.ipynb"));
    faculty.run("ws", wrong, &["update"]).expect(0);
    assert!(faculty.has("ws/modules/02_sums/sums.ipynb"));
    let late = faculty.run("ws", "2099-01-01T00:00:00Z", &["update"]).expect(0);
    assert!(!late.stdout.contains("means.ipynb"), "{}", late.stdout);
    let status = faculty.run("ws", "2099-01-01T00:00:00Z", &["status"]).expect(0).stdout;
    assert!(
        status
            .contains("03 Means                        open: `tito update` brings it, once it is published"),
        "{status}"
    );
    assert!(status.contains("02 Sums                         not-started · closed"), "{status}");
}

/// It also gets another number: what the student has of it stays together.
#[test]
fn what_lies_beside_an_announced_notebook_stays_there() {
    let faculty = Faculty::new();
    let open = "2027-09-06T10:00:00Z";
    let of = |opens: &str, modules: &str| {
        let text =
            COURSE.replace("sums: {opens: week 2", opens).replace("week 3 fri, closes", "week 4 fri, closes");
        let base = "base: {from: {path: ./base}}\n";
        faculty.course(&text.replace(base, &format!("{base}numbering: sequential\nmodules: {modules}\n")));
        faculty.run("", open, &["publish", "site", "--yes"]).expect(0);
    };
    of("sums: {opens: week 2", "[numbers, sums, means, plots]");
    faculty.run("", open, &["init", "site", "ws"]).expect(0);
    fs::write(faculty.path().join("ws/modules/02_sums/mine.csv"), "1,2").unwrap();
    let before = tree(&faculty.path().join("ws/modules/02_sums"));
    of("sums: {opens: week 3 mon", "[numbers, plots, sums, means]");
    faculty.run("ws", open, &["update"]).expect(0);
    assert_eq!(tree(&faculty.path().join("ws/modules/02_sums")), before);
    assert!(!faculty.has("ws/modules/03_sums"));
}

#[test]
fn a_date_that_moves_back_takes_nothing_away() {
    let faculty = Faculty::new();
    let open = "2027-09-06T10:00:00Z";
    faculty.run("", open, &["publish", "site"]).expect(0);
    faculty.run("", open, &["init", "site", "far"]).expect(0);
    faculty.run("", open, &["init", "near"]).expect(0);
    let work = "modules/02_sums/sums.ipynb";
    for ws in ["far", "near"] {
        let path = faculty.path().join(ws).join(work);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("raise NotImplementedError()", "return 7  # mine", 1)).unwrap();
    }
    faculty.course(
        &COURSE
            .replace("sums: {opens: week 2", "sums: {opens: week 3 mon")
            .replace("week 3 fri, closes", "week 4 fri, closes"),
    );
    faculty.run("", open, &["publish", "site", "--yes"]).expect(0);
    for ws in ["far", "near"] {
        let before = tree(&faculty.path().join(ws).join("modules"));
        let updated = faculty.run(ws, open, &["update"]).expect(0);
        assert!(!updated.stdout.contains("sums.ipynb"), "{}", updated.stdout);
        assert_eq!(tree(&faculty.path().join(ws).join("modules")), before, "{ws}");
        // A date that moved is said.
        let due = "  date      sums due Fri 24 Sep 23:59 now (before: Fri 17 Sep 23:59)\n";
        assert!(updated.stdout.contains(due), "{}", updated.stdout);
        assert!(updated.stdout.contains("date      sums opens Mon 13 Sep now (before: Mon 6 Sep)"));
        let again = faculty.run(ws, open, &["update"]).expect(0).stdout;
        assert!(!again.contains("  date "), "{again}");
        let status = faculty.run(ws, open, &["status"]).expect(0).stdout;
        assert!(status.contains("02 Sums                         opens Mon 13 Sep"), "{status}");
        // What is taken to another machine has it, too.
        let state = format!("../{ws}.zip");
        let exported = faculty.run(ws, open, &["state", "export", &state]).expect(0).stdout;
        assert!(exported.contains("2 files and your progress"), "{exported}");
        faculty.run("", open, &["init", "site", &format!("{ws}-again")]).expect(0);
        faculty.run(&format!("{ws}-again"), open, &["state", "import", &state]).expect(0);
        let again = fs::read_to_string(faculty.path().join(format!("{ws}-again")).join(work)).unwrap();
        assert!(again.contains("return 7  # mine"), "{ws}");
        // What the student has of it is known to every verb, and none changes it.
        let told = |args: &[&str], exit| faculty.run(ws, open, args).expect(exit).text();
        assert!(told(&["diff"], 0).contains("return 7  # mine"));
        assert!(told(&["diff", "--incoming"], 0).contains("the course has not changed"));
        let explained = told(&["explain", work], 0);
        for said in ["you changed it, the course did not", "not open yet", "until its unit opens"] {
            assert!(explained.contains(said), "{explained}");
        }
        let closed = "`sums` is not open yet: it opens Mon 13 Sep";
        assert!(told(&["module", "reset", "sums", "--yes"], 4).contains(closed));
        assert!(told(&["submit", "sums"], 4).contains(closed));
        let notebook = faculty.path().join(ws).join(work);
        let bytes = fs::read(&notebook).unwrap();
        fs::remove_file(&notebook).unwrap();
        assert!(told(&["restore", work], 4).contains("is of a unit that is not open yet"));
        faculty.run(ws, open, &["update"]).expect(0);
        fs::write(&notebook, bytes).unwrap();
        // Undo and doctor know the file all the same.
        faculty.run(ws, open, &["doctor"]);
        assert_eq!(tree(&faculty.path().join(ws).join("modules")), before, "{ws}");
    }
    // It opens, with a fix: which is merged into the work that was kept.
    let source = faculty.path().join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replacen("# # ", "# # Corrected: ", 1)).unwrap();
    let later = "2027-09-13T10:00:00Z";
    faculty.run("", later, &["publish", "site", "--yes"]).expect(0);
    for ws in ["far", "near"] {
        faculty.run(ws, later, &["update"]).expect(0);
        let text = fs::read_to_string(faculty.path().join(ws).join(work)).unwrap();
        assert!(text.contains("return 7  # mine") && text.contains("Corrected: "), "{ws}: {text}");
    }
}

#[test]
fn who_lives_elsewhere_sees_both_clocks() {
    let faculty = Faculty::new();
    faculty.run("", BEFORE, &["init", "ws"]).expect(0);
    let there =
        ran(&faculty.command("ws", BEFORE).env("TZ", "Pacific/Auckland").arg("status").output().unwrap());
    let line = "due in 10 days (Sat 11 Sep 09:59, Fri 10 Sep 23:59 in Europe/Stockholm)";
    assert!(there.stdout.contains(line), "{}", there.stdout);
}

#[test]
fn an_inner_layer_moves_single_dates_and_not_what_is_final() {
    let faculty = Faculty::new();
    fs::write(faculty.path().join("outer.yml"), COURSE.to_owned() + "final: [schedule.start]\n").unwrap();
    faculty.course("extends: outer.yml\ncourse: {id: demo/inner}\nschedule: {units: {sums: {due: week 4 fri}, plots: null}}\n");
    let shown = faculty.run("", BEFORE, &["lock"]).expect(0);
    let lock = fs::read_to_string(faculty.path().join("course.lock")).unwrap();
    // `closes` is two days after the new date, `opens` is as it was.
    assert!(lock.contains("dates: {opens: \"2027-09-05T22:00:00Z\", due: \"2027-09-24T21:59:00Z\", closes: \"2027-09-26T21:59:00Z\"}"), "{lock}{}", shown.stderr);
    assert!(lock.lines().any(|line| line.contains("id: plots") && !line.contains("dates")), "{lock}");
    faculty.course("extends: outer.yml\ncourse: {id: demo/inner}\nschedule: {start: 2028-01-10}\n");
    let refused = faculty.run("", BEFORE, &["check"]).expect(1);
    assert!(refused.stderr.contains("`schedule.start` is final"), "{}", refused.stderr);
}

/// What another implementation reads in calendars: the entries, by their identity.
fn entries(faculty: &Faculty, files: &[&str]) -> std::collections::BTreeMap<String, (String, String)> {
    let files: Vec<PathBuf> = files.iter().map(|file| faculty.path().join(file)).collect();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let text = crate::judges::judge("ics.py", &files);
    text.lines()
        .map(|line| {
            let [uid, start, summary] = line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
            (uid.to_owned(), (start.to_owned(), summary.to_owned()))
        })
        .collect()
}

#[test]
fn another_program_reads_the_calendar_and_a_changed_date_moves_its_entry() {
    let faculty = Faculty::new();
    let odd = COURSE.replace(
        "title: A term",
        "title: \"A term; with, signs\\\\ and a line that is long enough to be folded twice by everyone\"",
    );
    faculty.course(&odd);
    faculty.run("", BEFORE, &["calendar", "-o", "one.ics"]).expect(0);
    faculty.run("", "2030-01-01T00:00:00Z", &["calendar", "-o", "two.ics"]).expect(0);
    let bytes = |name: &str| fs::read(faculty.path().join(name)).unwrap();
    assert_eq!(bytes("one.ics"), bytes("two.ics"), "the clock has no say");
    let before = entries(&faculty, &["one.ics"]);
    // Two dates of `numbers` and of `means`, three of `sums`; `plots` closes when it is due.
    assert_eq!(before.len(), 2 + 3 + 2 + 2, "{before:#?}");
    let due = "due.sums.2027-autumn@demo.term.tito";
    assert_eq!(before[due], ("2027-09-17T21:59:00+00:00".to_owned(), "02 Sums is due".to_owned()));
    faculty.course(
        &odd.replace("sums: {opens: week 2, due: week 3 fri", "sums: {opens: week 2, due: week 4 wed"),
    );
    faculty.run("", BEFORE, &["calendar", "-o", "one.ics"]).expect(0);
    let after = entries(&faculty, &["one.ics"]);
    assert_eq!(after[due].0, "2027-09-22T21:59:00+00:00");
    assert!(after.keys().eq(before.keys()), "the same entries: a program that knows them moves them");
    // It is in the published folder, with units that are not open yet: their dates are known, their files are not there.
    let page = faculty.run("", BEFORE, &["publish", "site"]).expect(0);
    assert!(page.stdout.contains("release 1"), "{}", page.stdout);
    assert_eq!(entries(&faculty, &["site/calendar.ics"]), after);
    let page = fs::read_to_string(faculty.path().join("site/index.html")).unwrap();
    assert!(
        page.contains("<td>02 Sums</td><td>Mon 6 Sep</td><td>Wed 22 Sep 23:59</td><td>Fri 24 Sep 23:59</td>"),
        "{page}"
    );
    assert!(
        page.contains("clocks in Europe&#x2f;Stockholm") && page.contains("href=\"calendar.ics\""),
        "{page}"
    );
    // The page says what each release changed, in words; a comparison of the two courses says it, too.
    faculty.run("", BEFORE, &["lock"]).expect(0);
    fs::copy(faculty.path().join("course.lock"), faculty.path().join("old.lock")).unwrap();
    fs::remove_file(faculty.path().join("course.lock")).unwrap();
    let moved =
        odd.replace("means: {opens: week 9, due: week 10 fri}", "means: {opens: week 2, due: week 12 fri}");
    faculty.course(&moved.replace("closed: freeze}}", "closed: freeze}, until: week 12}"));
    faculty.run("", "2027-09-06T10:00:00Z", &["publish", "site", "--yes"]).expect(0);
    let page = fs::read_to_string(faculty.path().join("site/index.html")).unwrap();
    for words in [
        "Open now: 02 Sums.",
        "Open now: 03 Means.",
        "03 Means opens Mon 6 Sep 2027 00:00 (before: Mon 25 Oct 2027 00:00).",
        "03 Means is due Fri 26 Nov 2027 23:59 (before: Fri 12 Nov 2027 23:59).",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let compared = faculty.run("", BEFORE, &["compare", "old.lock", "course.yml"]).expect(0).stdout;
    let dates = "opens Mon 25 Oct 2027 00:00 → Mon 6 Sep 2027 00:00, due Fri 12 Nov 2027 23:59 → Fri 26 Nov 2027 23:59";
    assert!(compared.contains(dates), "{compared}");
    let explained =
        faculty.run("", BEFORE, &["explain", "modules/01_numbers/numbers.ipynb"]).expect(0).stdout;
    assert!(explained.contains("; until Sun 28 Nov 2027 23:59"), "{explained}");
    faculty.course(&odd);
    // Something else is not overwritten.
    fs::write(faculty.path().join("notes.txt"), "mine").unwrap();
    faculty.run("", BEFORE, &["calendar", "-o", "notes.txt"]).expect(1);
    assert_eq!(bytes("notes.txt"), b"mine");
    // A course without dates has none, and a folder that had one loses it.
    let end = odd.find("schedule:").unwrap()..odd.find("updates:").unwrap();
    let mut plain = odd.clone();
    plain.replace_range(end, "");
    faculty.course(&plain.replace(", closed: freeze", ""));
    let none = faculty.run("", BEFORE, &["calendar"]).expect(1);
    assert!(none.stderr.contains("this course has no dates"), "{}", none.stderr);
    faculty.run("", BEFORE, &["publish", "site"]).expect(0);
    assert!(!faculty.has("site/calendar.ics"));
}
