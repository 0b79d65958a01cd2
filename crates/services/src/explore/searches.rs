//! Questions that somebody wants to ask again. They belong to whoever saved them, an account or a private session, and go
//! with it; each is about the collection that was in view.

use radar_store::{Expect, PAGE_EVENTS_MAX, Record, Table};
use radar_types::explore::SavedSearch;
use radar_types::query::{self, Order};
use radar_types::{CollectionId, Side, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::people::{hashed, read, write};
use crate::{Actor, Error, Result, Services};

#[derive(Serialize, Deserialize)]
struct Kept {
    about: CollectionId,
    name: String,
    question: String,
    span: Span,
    order: Order,
}

/// What somebody wants to keep.
#[derive(Clone, Debug)]
pub struct NewSearch {
    pub name: String,
    pub question: String,
    pub span: Span,
    pub order: Order,
}

impl Services {
    /// By name. Who can't keep any has none.
    pub async fn searches(&self, actor: &Actor, side: Side, now: Timestamp) -> Result<Vec<SavedSearch>> {
        let about = actor.reads(side)?;
        let Some(owner) = actor.own_collection() else { return Ok(Vec::new()) };
        let mut searches: Vec<SavedSearch> = Vec::new();
        for record in self.all_searches(&owner, now).await? {
            let kept: Kept = read(&record)?;
            if kept.about == about {
                searches.push(kept.shown(record.key));
            }
        }
        searches.sort_by_cached_key(|search| (search.name.to_lowercase(), search.id.clone()));
        Ok(searches)
    }

    /// Keeps a search, in the place of the one that has the same name.
    pub async fn save_search(&self, actor: &Actor, side: Side, new: NewSearch, now: Timestamp) -> Result<SavedSearch> {
        let about = actor.reads(side)?;
        let owner = actor.own_collection().ok_or_else(Error::place_needed)?;
        let name = new.name.trim();
        let characters_max = SavedSearch::NAME_CHARACTERS_MAX;
        if name.is_empty() || name.chars().count() > characters_max || name.contains(char::is_control) {
            return Err(Error::invalid(format!("Give the search a name of up to {characters_max} characters.")));
        }
        query::parse(&new.question).map_err(|error| Error::question(&new.question, &error))?;
        // A name can't hold the separator, so two searches have one key only if they are the same.
        let key = hashed(&[owner.as_str(), about.as_str(), name].join("\n"));
        let _entry = self.enter(actor, &owner, now).await?;
        let is_new = self.store.find(Table::Searches, &key, now).await?.is_none();
        if is_new && self.all_searches(&owner, now).await?.len() >= SavedSearch::COUNT_MAX {
            let count_max = SavedSearch::COUNT_MAX;
            return Err(Error::invalid(format!("There are {count_max} saved searches already. Remove those that are not needed.")));
        }
        let kept = Kept { about, name: name.into(), question: new.question, span: new.span, order: new.order };
        let record = Record { key: key.clone(), owner: owner.as_str().into(), value: write(&kept)?, ..Record::default() };
        self.store.put(Table::Searches, record, Expect::Anything).await?;
        Ok(kept.shown(key))
    }

    pub async fn remove_search(&self, actor: &Actor, id: &str, now: Timestamp) -> Result<()> {
        let owner = actor.own_collection().ok_or_else(Error::missing)?;
        let record = self.store.find(Table::Searches, id, now).await?.filter(|record| record.owner == owner.as_str());
        let record = record.ok_or_else(Error::missing)?;
        self.store.remove(Table::Searches, &record.key).await?;
        Ok(())
    }

    /// A few more than there may be, where several were saved at once.
    async fn all_searches(&self, owner: &CollectionId, now: Timestamp) -> Result<Vec<Record>> {
        Ok(self.store.list(Table::Searches, Some(owner.as_str()), None, PAGE_EVENTS_MAX, now).await?)
    }
}

impl Kept {
    fn shown(self, id: String) -> SavedSearch {
        let Self { name, question, span, order, .. } = self;
        SavedSearch { id, name, question, span, order }
    }
}
