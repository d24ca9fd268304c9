//! A class ranked by the report of its capstone. Pure.
//!
//! In: what the notebook `capstone` writes as `report.json`. Out: [`Ranking`]. What a report claims is checked again, on the numbers that the report
//! has; whether these numbers are right says the notebook, run again.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much accuracy a model may lose on its way to the one that is shipped, as the text of the capstone says.
const MOST_LOST: f64 = 0.03;
/// What rounding may add to a difference of two numbers of a report.
const ROUNDING: f64 = 1e-9;

/// A report, as far as it counts here.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    digest: String,
    entries: BTreeMap<String, BTreeMap<String, f64>>,
    claims: Vec<Claim>,
}

#[derive(Clone, Debug, Deserialize)]
struct Claim {
    entry: String,
    metric: String,
    relation: String,
    bound: f64,
    kind: String,
    baseline: String,
}

/// A class, from the best to the last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ranking {
    /// Who has a place; equal results share one.
    pub places: Vec<Place>,
    /// What has none, and why.
    pub without: Vec<Without>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// From 1 on.
    pub place: usize,
    /// The geometric mean of `smaller` and `fewer`: what counts.
    pub score: f64,
    /// How many times fewer bytes than the float32 model.
    pub smaller: f64,
    /// How many times fewer multiplications.
    pub fewer: f64,
    /// The share of examples that the model gets right.
    pub accuracy: f64,
    /// How much less that is than with the float32 model.
    pub lost: f64,
    /// The beginning of the model's digest: students find themselves by it.
    pub model: String,
    /// Whose it is, if names were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A report without a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Without {
    /// What is wrong with it.
    pub why: String,
    /// The beginning of the model's digest.
    pub model: String,
    /// Whose it is, if names were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Report {
    /// The report that `bytes` are, if they are one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_value(crate::json::read(bytes).ok()?).ok()
    }

    fn model(&self) -> String {
        self.digest.chars().take(12).collect()
    }

    fn number(&self, entry: &str, metric: &str) -> Result<f64, String> {
        let number = self.entries.get(entry).and_then(|entry| entry.get(metric));
        number.copied().ok_or_else(|| format!("there is no `{metric}` of `{entry}`"))
    }

    /// How many times less of `metric` the model that is shipped needs.
    fn factor(&self, metric: &str) -> Result<f64, String> {
        let factor = self.number("float32", metric)? / self.number("shipped", metric)?;
        let is_usable = factor.is_finite() && factor > 0.0;
        is_usable.then_some(factor).ok_or_else(|| format!("`{metric}` must be above 0"))
    }

    /// The place that the report is worth, still without its number; or why there is none.
    fn place(&self) -> Result<Place, String> {
        for claim in &self.claims {
            claim.check(self)?;
        }
        let (smaller, fewer) = (self.factor("bytes")?, self.factor("multiplications")?);
        let accuracy = self.number("shipped", "accuracy")?;
        let lost = self.number("float32", "accuracy")? - accuracy;
        if !(0.0..=1.0).contains(&accuracy) {
            return Err(format!("the accuracy is {accuracy}, and must be from 0 to 1"));
        }
        if lost > MOST_LOST + ROUNDING {
            return Err(format!("{lost:.3} of accuracy is lost, at most {MOST_LOST} may be"));
        }
        let score = (smaller * fewer).sqrt();
        Ok(Place { place: 0, score, smaller, fewer, accuracy, lost, model: self.model(), name: None })
    }
}

impl Claim {
    /// Does the claim hold on the numbers of `report`? Else why not. What is not a number never holds.
    fn check(&self, report: &Report) -> Result<(), String> {
        let number = report.number(&self.entry, &self.metric)?;
        let measured = match self.kind.as_str() {
            "value" => number,
            "factor" => report.number(&self.baseline, &self.metric)? / number,
            "loss" => report.number(&self.baseline, &self.metric)? - number,
            other => return Err(format!("a claim has the unknown kind `{other}`")),
        };
        let holds = match self.relation.as_str() {
            "at least" => measured >= self.bound,
            "at most" => measured <= self.bound,
            other => return Err(format!("a claim has the unknown relation `{other}`")),
        };
        let Self { entry, metric, relation, bound, .. } = self;
        holds.then_some(()).ok_or_else(|| {
            format!("a claim does not hold: {entry}: {metric} {relation} {bound}; measured {measured:.4}")
        })
    }
}

/// Ranks `reports`, each with whose it is. Of several by one student the best counts. Names come out only if `names` says so.
pub fn rank(reports: Vec<(String, Report)>, names: bool) -> Ranking {
    let mut best: BTreeMap<String, Result<Place, Without>> = BTreeMap::new();
    for (who, report) in reports {
        let found = report.place().map_err(|why| Without { why, model: report.model(), name: None });
        let is_better = best.get(&who).is_none_or(|known| match (known, &found) {
            (Ok(known), Ok(found)) => found.order(known).is_lt(),
            (Err(_), Ok(_)) => true,
            (_, Err(_)) => false,
        });
        if is_better {
            best.insert(who, found);
        }
    }
    let mut ranking = Ranking::default();
    for (who, found) in best {
        let name = names.then_some(who);
        match found {
            Ok(place) => ranking.places.push(Place { name, ..place }),
            Err(without) => ranking.without.push(Without { name, ..without }),
        }
    }
    // The order of names is not to be seen in what has none.
    ranking.places.sort_by(|a, b| a.order(b).then_with(|| (&a.model, &a.name).cmp(&(&b.model, &b.name))));
    ranking.without.sort_by(|a, b| (&a.model, &a.why, &a.name).cmp(&(&b.model, &b.why, &b.name)));
    let equal: Vec<bool> = ranking.places.windows(2).map(|pair| pair[0].order(&pair[1]).is_eq()).collect();
    let mut number = 1;
    for (at, place) in ranking.places.iter_mut().enumerate() {
        if at > 0 && !equal[at - 1] {
            number = at + 1;
        }
        place.place = number;
    }
    ranking
}

impl Ranking {
    /// Was there no capstone at all?
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.without.is_empty()
    }
}

impl Place {
    /// The better one first: by score, then by accuracy.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then_with(|| other.accuracy.total_cmp(&self.accuracy))
    }
}
