//! Questions whose answers are counts: on the server where the query is exact, here where each event has to be looked at.

use std::sync::Arc;

use mongodb::bson::{Bson, Document, doc};
use radar_types::query::{Candidate, Field, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{Level, TemplateId, Timestamp};

use super::ask::{Question, band, count, severity};
use super::base::{Base, int};
use super::{number, plan};
use crate::templates::{self, Alike, Templates};
use crate::timeline::Timeline;
use crate::tops::{PairTops, Tops};
use crate::{Ask, LevelBucket, Pair, Partly, Result, TemplateCount, Top, page, question};

pub(super) async fn tally(base: &Arc<Base>, ask: &Ask) -> Result<Partly<Tally>> {
    let mut tally = Tally::default();
    let Some(question) = Question::begin(base, ask).await? else { return Ok(Partly { value: tally, is_partial: true }) };
    let is_partial = if question.is_exact {
        let group = doc! { "$group": { "_id": band(&ask.scale), "n": { "$sum": 1 } } };
        question.group(vec![group], |found| tally.add(severity(found.get("_id")), count(&found))).await?
    } else {
        let add = |stored| {
            tally.add(question.severity(&stored), 1);
            true
        };
        question.scan(None, None, None, add).await?
    };
    Ok(Partly { value: tally, is_partial })
}

pub(super) async fn histogram(base: &Arc<Base>, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<Bucket>>> {
    let mut timeline = Timeline::<Tally>::new(period, bucket_millis)?;
    let Some(question) = Question::begin(base, ask).await? else {
        return Ok(Partly { value: timeline.into_buckets(), is_partial: true });
    };
    let is_partial = if question.is_exact {
        let add = |found: Document| {
            if let Some(tally) = time(&found).and_then(|time| timeline.at(time)) {
                tally.add(found.get_document("_id").ok().and_then(|id| severity(id.get("of"))), count(&found));
            }
        };
        question.group(bars(period, bucket_millis, band(&ask.scale).into()), add).await?
    } else {
        let add = |stored: crate::Stored| {
            if let Some(tally) = timeline.at(stored.scored.event.timestamp.unix_millis()) {
                tally.add(question.severity(&stored), 1);
            }
            true
        };
        question.scan(Some(plan::within(period)), None, None, add).await?
    };
    Ok(Partly { value: timeline.into_buckets(), is_partial })
}

pub(super) async fn levels(base: &Arc<Base>, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<LevelBucket>>> {
    let mut timeline = Timeline::<[u64; Level::ALL.len()]>::new(period, bucket_millis)?;
    let Some(question) = Question::begin(base, ask).await? else {
        return Ok(Partly { value: timeline.into_levels(), is_partial: true });
    };
    let is_partial = if question.is_exact {
        let add = |found: Document| {
            let level = found.get_document("_id").ok().and_then(|id| level(id.get_str("of").ok()?));
            if let (Some(counts), Some(level)) = (time(&found).and_then(|time| timeline.at(time)), level) {
                counts[level as usize] += count(&found);
            }
        };
        question.group(bars(period, bucket_millis, "$radar.level".into()), add).await?
    } else {
        let add = |stored: crate::Stored| {
            if let Some(counts) = timeline.at(stored.scored.event.timestamp.unix_millis()) {
                counts[stored.scored.event.severity_level() as usize] += 1;
            }
            true
        };
        question.scan(Some(plan::within(period)), None, None, add).await?
    };
    Ok(Partly { value: timeline.into_levels(), is_partial })
}

pub(super) async fn top(base: &Arc<Base>, ask: &Ask, field: &Field, limit: u32) -> Result<Partly<Vec<Top>>> {
    let Some(question) = Question::begin(base, ask).await? else { return Ok(Partly { value: Vec::new(), is_partial: true }) };
    let mut tops = Tops::default();
    let is_partial = if question.is_exact && limit > 0 {
        let stages = vec![
            doc! { "$group": { "_id": value(field), "n": { "$sum": 1 }, "worst": { "$max": band(&ask.scale) } } },
            doc! { "$match": { "_id": { "$ne": null } } },
            doc! { "$sort": { "n": -1, "_id": 1 } },
            doc! { "$limit": i64::try_from(page::limit(limit)).unwrap_or(i64::MAX) },
        ];
        let add = |found: Document| {
            if let Ok(value) = found.get_str("_id") {
                tops.add(value, count(&found), severity(found.get("worst")));
            }
        };
        question.group(stages, add).await?
    } else {
        values(&question, field, &mut tops).await?
    };
    Ok(Partly { value: tops, is_partial }.into_top(limit))
}

pub(super) async fn pairs(base: &Arc<Base>, ask: &Ask, [one, other]: &[Field; 2], limit: u32) -> Result<Partly<Vec<Pair>>> {
    let Some(question) = Question::begin(base, ask).await? else { return Ok(Partly { value: Vec::new(), is_partial: true }) };
    let mut pairs = PairTops::default();
    let is_partial = if question.is_exact && limit > 0 {
        let both = doc! { "one": value(one), "other": value(other) };
        let stages = vec![
            doc! { "$group": { "_id": both, "n": { "$sum": 1 }, "worst": { "$max": band(&ask.scale) } } },
            doc! { "$match": { "_id.one": { "$ne": null }, "_id.other": { "$ne": null } } },
            doc! { "$sort": { "n": -1, "_id.one": 1, "_id.other": 1 } },
            doc! { "$limit": i64::try_from(page::limit(limit)).unwrap_or(i64::MAX) },
        ];
        let add = |found: Document| {
            let both = found.get_document("_id").ok();
            if let Some((Ok(one), Ok(other))) = both.map(|both| (both.get_str("one"), both.get_str("other"))) {
                pairs.add(&[one.to_owned(), other.to_owned()], count(&found), severity(found.get("worst")));
            }
        };
        question.group(stages, add).await?
    } else {
        let add = |stored: crate::Stored| {
            let candidate = Candidate { scored: &stored.scored, verdict: stored.verdict };
            if let (Some(one), Some(other)) = (candidate.value(one), candidate.value(other)) {
                pairs.add(&[one, other], 1, question.severity(&stored));
            }
            true
        };
        question.scan(None, None, None, add).await?
    };
    Ok(Partly { value: pairs, is_partial }.into_pairs(limit))
}

pub(super) async fn distinct(base: &Arc<Base>, ask: &Ask, field: &Field) -> Result<Partly<u64>> {
    let Some(question) = Question::begin(base, ask).await? else { return Ok(Partly { value: 0, is_partial: true }) };
    if question.is_exact {
        let stages =
            vec![doc! { "$group": { "_id": value(field) } }, doc! { "$match": { "_id": { "$ne": null } } }, doc! { "$count": "n" }];
        let mut distinct = 0;
        let is_partial = question.group(stages, |found| distinct = count(&found)).await?;
        return Ok(Partly { value: distinct, is_partial });
    }
    let mut tops = Tops::default();
    let is_partial = values(&question, field, &mut tops).await?;
    Ok(Partly { value: tops, is_partial }.distinct())
}

pub(super) async fn scores(base: &Arc<Base>, ask: &Ask, bounds: &[f32]) -> Result<Partly<Vec<u64>>> {
    question::check_bounds(bounds)?;
    let mut counts = vec![0; bounds.len() + 1];
    let Some(question) = Question::begin(base, ask).await? else { return Ok(Partly { value: counts, is_partial: true }) };
    let is_partial = if question.is_exact {
        // The first begins below the lowest number, the last ends above the highest.
        let mut starts = vec![number::lowest() - 1];
        starts.extend(bounds.iter().map(|bound| number::at_least(f64::from(*bound))));
        let after_last = number::highest() + 1;
        let boundaries: Vec<i64> = starts.iter().copied().chain([after_last]).collect();
        let stages = vec![
            doc! { "$match": { "radar.calibrated": { "$gte": number::lowest(), "$lt": after_last } } },
            doc! { "$bucket": { "groupBy": "$radar.calibrated", "boundaries": boundaries, "output": { "n": { "$sum": 1 } } } },
        ];
        let add = |found: Document| {
            let start = found.get("_id").and_then(int);
            if let Some(place) = start.and_then(|start| starts.iter().position(|known| *known == start)) {
                counts[place] += count(&found);
            }
        };
        question.group(stages, add).await?
    } else {
        let add = |stored: crate::Stored| {
            let score = stored.scored.score.score().map(|score| score.calibrated);
            if let Some(place) = score.and_then(|score| question::place_among(bounds, score)) {
                counts[place] += 1;
            }
            true
        };
        question.scan(None, None, None, add).await?
    };
    Ok(Partly { value: counts, is_partial })
}

pub(super) async fn templates(base: &Arc<Base>, ask: &Ask, period: Period, bar_millis: i64) -> Result<Partly<Vec<TemplateCount>>> {
    let bars = templates::bars(period, bar_millis)?;
    let mut counted = Templates::new(bars.len());
    let Some(question) = Question::begin(base, ask).await? else {
        return Ok(Partly { value: counted, is_partial: true }.into_counts());
    };
    let is_partial = if question.is_exact {
        let is_within = doc! { "$and": [
            { "$gte": ["$radar.time", period.from.unix_millis()] },
            { "$lt": ["$radar.time", period.to.unix_millis()] },
        ] };
        let bar = doc! { "$cond": [is_within, { "$floor": { "$divide": ["$radar.time", bar_millis] } }, null] };
        let group = doc! { "$group": {
            "_id": { "template": "$radar.template", "bar": bar, "of": band(&ask.scale) },
            "n": { "$sum": 1 },
            "time": { "$min": "$radar.time" },
            // Compared by time, then by place.
            "last": { "$max": { "time": "$radar.time", "seq": "$radar.seq" } },
        } };
        let add = |found: Document| {
            if let Some((template, alike)) = alike(&found, &bars) {
                counted.add(template, alike);
            }
        };
        question.group(vec![doc! { "$match": { "radar.template": { "$gt": "" } } }, group], add).await?
    } else {
        let add = |stored: crate::Stored| {
            if let Some(template) = stored.scored.template {
                counted.add(template, Alike::one(&stored, question.severity(&stored), &bars));
            }
            true
        };
        question.scan(None, None, None, add).await?
    };
    Ok(Partly { value: counted, is_partial }.into_counts())
}

/// Events of one template, bar and band, as they were grouped.
fn alike(found: &Document, bars: &Timeline<()>) -> Option<(TemplateId, Alike)> {
    let (id, last) = (found.get_document("_id").ok()?, found.get_document("last").ok()?);
    let moment = |millis: Option<i64>| Timestamp::from_unix_millis(millis?);
    let latest = Seq(u64::try_from(last.get("seq").and_then(int)?).ok()?);
    let first_millis = time(found)?;
    let alike = Alike {
        severity: severity(id.get("of")),
        bar: bars.place(first_millis),
        first: moment(Some(first_millis))?,
        last: moment(last.get("time").and_then(int))?,
        latest,
        count: count(found),
    };
    Some((id.get_str("template").ok()?.parse().ok()?, alike))
}

async fn values(question: &Question<'_>, field: &Field, tops: &mut Tops) -> Result<bool> {
    let add = |stored: crate::Stored| {
        let candidate = Candidate { scored: &stored.scored, verdict: stored.verdict };
        if let Some(value) = candidate.value(field) {
            tops.add(&value, 1, question.severity(&stored));
        }
        true
    };
    question.scan(None, None, None, add).await
}

/// Counts by bucket and by something else. Each group names a time within its bucket.
fn bars(period: Period, bucket_millis: i64, of: Bson) -> Vec<Document> {
    // Times have less than 49 bits, so that no quotient is rounded to the next whole number.
    let bucket = doc! { "$floor": { "$divide": ["$radar.time", bucket_millis] } };
    vec![
        doc! { "$match": plan::within(period) },
        doc! { "$group": { "_id": { "bucket": bucket, "of": of }, "time": { "$min": "$radar.time" }, "n": { "$sum": 1 } } },
    ]
}

fn time(found: &Document) -> Option<i64> {
    int(found.get("time")?)
}

fn level(name: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.name() == name)
}

/// The value of a field as an expression; null or missing where there is none.
fn value(field: &Field) -> Bson {
    let name = match field {
        Field::Host => "$hostname",
        Field::Source => "$source",
        Field::Os => "$os_type",
        Field::Collector => "$collector",
        Field::User => "$radar.user",
        Field::Address => "$radar.address",
        Field::Channel => "$radar.channel",
        Field::Level => "$radar.level",
        Field::Template => "$radar.template",
        Field::Verdict => "$radar.verdict",
        Field::Named(name) => {
            let pairs = doc! { "$ifNull": ["$radar.fields", []] };
            let is_it = doc! { "$eq": ["$$pair.k", { "$literal": name }] };
            let pairs = doc! { "$filter": { "input": pairs, "as": "pair", "cond": is_it } };
            let values = doc! { "$map": { "input": pairs, "as": "pair", "in": "$$pair.v" } };
            return doc! { "$ifNull": [{ "$arrayElemAt": [values, 0] }, null] }.into();
        }
    };
    name.into()
}
