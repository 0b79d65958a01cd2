//! What people say of the templates of a collection.

use std::collections::HashMap;

use radar_store::{Ask, Expect, PAGE_EVENTS_MAX, PageAsk, Record, Table};
use radar_types::patterns::Pattern;
use radar_types::query::{Field, Filter};
use radar_types::{CollectionId, Side, TemplateId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::explore::template_text;
use crate::people::{named, read, write};
use crate::{Actor, Error, Result, Services};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) template: Option<TemplateId>,
    pub(crate) name: Option<String>,
    pub(crate) is_muted: bool,
    /// As it was when something was said of it first: its events may be gone one day, and the note is not.
    pub(crate) text: String,
}

impl Services {
    /// Gives a pattern of the collection in view a name; an empty one takes it away.
    pub async fn rename_pattern(&self, actor: &Actor, side: Side, template: TemplateId, name: &str, now: Timestamp) -> Result<()> {
        let name = name.trim();
        let characters_max = Pattern::NAME_CHARACTERS_MAX;
        if name.chars().count() > characters_max || name.contains(char::is_control) {
            return Err(Error::invalid(format!("A pattern has a name of up to {characters_max} characters.")));
        }
        self.change_note(actor, side, template, |note| note.name = (!name.is_empty()).then(|| name.into()), now).await?;
        Ok(())
    }

    /// Says whether a pattern of the collection in view is no news.
    pub async fn mute_pattern(
        &self,
        actor: &Actor,
        side: Side,
        template: TemplateId,
        is_muted: bool,
        now: Timestamp,
    ) -> Result<()> {
        let collection = self.change_note(actor, side, template, |note| note.is_muted = is_muted, now).await?;
        let what = if is_muted { "muted a pattern" } else { "unmuted a pattern" };
        self.note_by(actor, what, format!("{template} of {}", named(&collection)), now).await;
        Ok(())
    }

    /// Of all templates of which something is said.
    pub(crate) async fn pattern_notes(&self, collection: &CollectionId) -> Result<HashMap<TemplateId, Note>> {
        let mut notes = HashMap::new();
        for record in self.note_records(collection).await? {
            let note: Note = read(&record)?;
            notes.extend(note.template.map(|template| (template, note)));
        }
        Ok(notes)
    }

    pub(crate) async fn pattern_note(&self, collection: &CollectionId, template: TemplateId) -> Result<Option<Note>> {
        // They never expire.
        let record = self.store.find(Table::Templates, &key(collection, template), Timestamp::MIN).await?;
        record.as_ref().map(read).transpose()
    }

    /// The muted patterns, in the order of their identities.
    pub(crate) async fn muted(&self, collection: &CollectionId) -> Result<Vec<TemplateId>> {
        let notes = self.pattern_notes(collection).await?;
        let mut muted: Vec<TemplateId> =
            notes.into_iter().filter(|(_, note)| note.is_muted).map(|(template, _)| template).collect();
        muted.sort_unstable();
        Ok(muted)
    }

    async fn change_note(
        &self,
        actor: &Actor,
        side: Side,
        template: TemplateId,
        change: impl FnOnce(&mut Note),
        now: Timestamp,
    ) -> Result<CollectionId> {
        let collection = actor.works_on(side)?;
        let _entry = self.enter(actor, &collection, now).await?;
        let key = key(&collection, template);
        let record = self.store.find(Table::Templates, &key, now).await?;
        let (mut note, expect) = match &record {
            Some(record) => (read(record)?, Expect::Version(record.version)),
            None => {
                let text = self.text_of(&collection, template).await?;
                (Note { template: Some(template), text, ..Note::default() }, Expect::Nothing)
            }
        };
        let was_muted = note.is_muted;
        change(&mut note);
        if note.name.is_none() && !note.is_muted {
            self.store.remove(Table::Templates, &key).await?;
            return Ok(collection);
        }
        self.check_room(&collection, record.is_none(), note.is_muted && !was_muted).await?;
        let record = Record { key, owner: collection.as_str().into(), value: write(&note)?, ..Record::default() };
        self.store.put(Table::Templates, record, expect).await?;
        Ok(collection)
    }

    /// What its latest event says. A template without an event is not there.
    async fn text_of(&self, collection: &CollectionId, template: TemplateId) -> Result<String> {
        let is = Filter::Is(Field::Template, template.to_string());
        let ask = self.on_scale(collection).await?.with(is);
        let latest = self.store.search(&ask, &PageAsk { limit: 1, ..PageAsk::default() }).await?;
        latest.value.events.first().map(template_text).ok_or_else(Error::missing)
    }

    async fn check_room(&self, collection: &CollectionId, is_one_more: bool, is_one_more_muted: bool) -> Result<()> {
        if !is_one_more && !is_one_more_muted {
            return Ok(());
        }
        let notes = self.pattern_notes(collection).await?;
        if is_one_more && notes.len() >= Pattern::NOTES_MAX {
            let most = Pattern::NOTES_MAX;
            return Err(Error::invalid(format!("{most} patterns have a name or are muted already. Take some names away first.")));
        }
        if is_one_more_muted && notes.values().filter(|note| note.is_muted).count() >= Pattern::MUTED_MAX {
            let most = Pattern::MUTED_MAX;
            return Err(Error::invalid(format!("{most} patterns are muted already. Unmute some first.")));
        }
        Ok(())
    }

    /// A few more than there may be, where several were made at once.
    async fn note_records(&self, collection: &CollectionId) -> Result<Vec<Record>> {
        Ok(self.store.list(Table::Templates, Some(collection.as_str()), None, PAGE_EVENTS_MAX, Timestamp::MIN).await?)
    }
}

fn key(collection: &CollectionId, template: TemplateId) -> String {
    format!("{template} {}", collection.as_str())
}

/// The same question, but about no event of these patterns.
pub(crate) fn without(ask: Ask, muted: &[TemplateId]) -> Ask {
    if muted.is_empty() {
        return ask;
    }
    let is = |template: &TemplateId| Filter::Is(Field::Template, template.to_string());
    ask.with(Filter::Not(Box::new(Filter::Any(muted.iter().map(is).collect()))))
}
