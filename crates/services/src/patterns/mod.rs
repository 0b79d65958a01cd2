//! Patterns: the templates of a collection, with what became of their events, and what people say of them.
//!
//! Names and mutes belong to the collection, so everybody who reads it sees the same ones; they are said by those who may
//! judge its events. A muted pattern is no news: it is left out of the list unless asked for, and of what asks
//! [`without`] them. Nothing else changes: its events are stored, found, counted and scored as before.

mod notes;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use radar_store::{Ask, PAGE_EVENTS_MAX, Partly, Stats, TemplateCount};
use radar_types::patterns::{Pattern, PatternChoice, PatternOrder, Patterns};
use radar_types::query::{self, Field, Filter};
use radar_types::{CollectionId, Side, Span, TemplateId, Timestamp};
use tokio::task::JoinSet;

use crate::explore::template_text;
use crate::{Actor, Error, Result, Services};

use notes::Note;
pub(crate) use notes::without;

/// A bar of a trend is as wide as so many of the range's own.
const TREND_BARS: i64 = 4;

/// Which patterns somebody wants to see.
#[derive(Clone, Copy, Debug)]
pub struct PatternQuestion<'a> {
    pub span: Span,
    /// A question about events, as everywhere: patterns are found that have such an event in the range, or whose name holds
    /// this text. What is told of a pattern is told of all of it.
    pub find: &'a str,
    pub choice: PatternChoice,
    pub order: PatternOrder,
}

impl Services {
    pub async fn patterns(&self, actor: &Actor, side: Side, question: PatternQuestion<'_>, now: Timestamp) -> Result<Patterns> {
        let collection = actor.reads(side)?;
        let period = question.span.period(now);
        let all = self.on_scale(&collection).await?;
        let in_range = all.clone().with(Filter::Time(period));
        let (notes, stats, counts, tally, matching) = tokio::try_join!(
            self.pattern_notes(&collection),
            async { Ok(self.store.stats(&collection).await?) },
            async { Ok(self.store.templates(&all, period, period.bar_millis() * TREND_BARS).await?) },
            async { Ok(self.store.tally(&in_range).await?) },
            self.matching(&in_range, question.find),
        )?;
        let yesterday = now.saturating_add_millis(-Patterns::NEW_MILLIS);
        let is_partial = counts.is_partial || tally.is_partial || matching.as_ref().is_some_and(|matching| matching.is_partial);
        let Stats { oldest, .. } = stats;
        let is_young = oldest.is_some_and(|oldest| oldest > yesterday);
        let list = List { counts: &counts.value, notes: &notes, new_since: (!is_young).then_some(yesterday) };
        let choices = PatternChoice::ALL.map(|choice| list.of(choice).len() as u64);
        let mut found = list.of(question.choice);
        if let Some(matching) = matching {
            found.retain(|entry| entry.is_meant(question.find, &matching.value));
        }
        sort(&mut found, question.order);
        let rows = self.rows(&collection, &found[..found.len().min(Patterns::ROWS_MAX)]).await?;
        let (events, found) = (tally.value.events(), found.len() as u64);
        Ok(Patterns { from: period.from, to: period.to, is_partial, events, choices, found, rows, is_young })
    }

    /// The templates of the events that a question finds; `None` where nothing was asked.
    async fn matching(&self, in_range: &Ask, find: &str) -> Result<Option<Partly<HashSet<TemplateId>>>> {
        if find.trim().is_empty() {
            return Ok(None);
        }
        let filter = query::parse(find).map_err(|error| Error::question(find, &error))?;
        let tops = self.store.top(&in_range.clone().with(filter), &Field::Template, PAGE_EVENTS_MAX).await?;
        let is_cut = tops.value.len() >= PAGE_EVENTS_MAX as usize;
        let matching = tops.value.iter().filter_map(|top| top.value.parse().ok()).collect();
        Ok(Some(Partly { value: matching, is_partial: tops.is_partial || is_cut }))
    }

    async fn rows(&self, collection: &CollectionId, entries: &[Entry<'_>]) -> Result<Vec<Pattern>> {
        let mut texts = self.texts(collection, entries).await?;
        let row = |entry: &Entry<'_>| {
            let text = texts.remove(&entry.template).or_else(|| entry.note.map(|note| note.text.clone()));
            Pattern {
                template: entry.template,
                text: text.unwrap_or_default(),
                name: entry.note.and_then(|note| note.name.clone()),
                is_muted: entry.is_muted(),
                is_new: entry.is_new,
                tally: entry.count.map(|count| count.tally).unwrap_or_default(),
                trend: entry.count.map(|count| count.bars.clone()).unwrap_or_default(),
                first: entry.count.map(|count| count.first),
                last: entry.count.map(|count| count.last),
            }
        };
        Ok(entries.iter().map(row).collect())
    }

    /// What the latest event of each says, all of them asked for at once.
    async fn texts(&self, collection: &CollectionId, entries: &[Entry<'_>]) -> Result<HashMap<TemplateId, String>> {
        let mut asked = JoinSet::new();
        for count in entries.iter().filter_map(|entry| entry.count) {
            let (store, collection, template, seq) = (self.store.clone(), collection.clone(), count.template, count.latest);
            asked.spawn(async move { (template, store.get(&collection, seq).await) });
        }
        let mut texts = HashMap::with_capacity(asked.len());
        while let Some(answer) = asked.join_next().await {
            let (template, stored) = answer.map_err(Error::internal)?;
            // It may have gone meanwhile.
            if let Some(stored) = stored? {
                texts.insert(template, template_text(&stored));
            }
        }
        Ok(texts)
    }
}

/// Everything that is known of all patterns.
struct List<'a> {
    counts: &'a [TemplateCount],
    notes: &'a HashMap<TemplateId, Note>,
    /// What was seen for the first time then or later is new; without a time, nothing is.
    new_since: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    template: TemplateId,
    count: Option<&'a TemplateCount>,
    note: Option<&'a Note>,
    is_new: bool,
}

impl<'a> List<'a> {
    fn of(&self, choice: PatternChoice) -> Vec<Entry<'a>> {
        let entry = |count: &'a TemplateCount| Entry {
            template: count.template,
            count: Some(count),
            note: self.notes.get(&count.template),
            is_new: self.new_since.is_some_and(|since| count.first >= since),
        };
        let seen = self.counts.iter().map(entry);
        match choice {
            PatternChoice::All => seen.filter(|entry| !entry.is_muted() && entry.events() > 0).collect(),
            PatternChoice::New => seen.filter(|entry| !entry.is_muted() && entry.is_new).collect(),
            PatternChoice::Muted => {
                let muted: Vec<Entry<'a>> = seen.filter(Entry::is_muted).collect();
                let known: HashSet<TemplateId> = muted.iter().map(|entry| entry.template).collect();
                // Of which no event is kept any more.
                let others = self.notes.iter().filter(|(template, note)| note.is_muted && !known.contains(template));
                let entry = |(template, note): (&TemplateId, &'a Note)| Entry {
                    template: *template,
                    count: None,
                    note: Some(note),
                    is_new: false,
                };
                muted.into_iter().chain(others.map(entry)).collect()
            }
        }
    }
}

impl Entry<'_> {
    fn is_muted(&self) -> bool {
        self.note.is_some_and(|note| note.is_muted)
    }

    fn events(&self) -> u64 {
        self.count.map_or(0, |count| count.tally.events())
    }

    fn anomalies(&self) -> u64 {
        self.count.map_or(0, |count| count.tally.anomalies())
    }

    fn is_meant(&self, find: &str, matching: &HashSet<TemplateId>) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&find.trim().to_lowercase());
        matching.contains(&self.template) || self.note.is_some_and(|note| note.name.as_deref().is_some_and(has))
    }
}

/// Those alike in what counts come most frequent first, and then in an order that stays.
fn sort(entries: &mut [Entry<'_>], order: PatternOrder) {
    entries.sort_by(|one, other| {
        let by = match order {
            PatternOrder::Count => other.events().cmp(&one.events()),
            PatternOrder::Rarity => one.events().cmp(&other.events()),
            // As fractions, crosswise: no share is rounded to another one.
            PatternOrder::Share => {
                let share = |of: &Entry<'_>, to: &Entry<'_>| u128::from(of.anomalies()) * u128::from(to.events().max(1));
                share(other, one).cmp(&share(one, other))
            }
            PatternOrder::Last => Reverse(one.count.map(|count| count.last)).cmp(&Reverse(other.count.map(|count| count.last))),
            PatternOrder::First => Reverse(one.count.map(|count| count.first)).cmp(&Reverse(other.count.map(|count| count.first))),
        };
        by.then_with(|| other.events().cmp(&one.events())).then_with(|| one.template.cmp(&other.template))
    });
}

#[cfg(test)]
mod tests;
