//! Tokens: what collectors and scripts show instead of logging in.

use std::time::Duration;

use radar_store::{Expect, Record, Table};
use radar_types::people::{NewToken, TokenInfo};
use radar_types::{CollectionId, Scope, Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::{audit, read, secret, write};
use crate::{Actor, Error, Result, Services};

const PREFIX: &str = "radar_";
const NAME_CHARACTERS_MAX: usize = 80;
/// Of one collection.
const TOKENS_MAX: usize = 100;
/// The last use is written down so often at most.
const USE_EVERY: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Token {
    name: String,
    collection: CollectionId,
    scopes: Vec<Scope>,
    created: Timestamp,
    created_by: String,
    last_used: Option<Timestamp>,
}

impl Services {
    /// The secret, shown once.
    pub async fn create_token(&self, actor: &Actor, side: Side, new: NewToken, now: Timestamp) -> Result<String> {
        let collection = actor.works_on(side)?;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || name.contains(char::is_control) {
            return Err(Error::invalid(format!("Give the token a name of up to {NAME_CHARACTERS_MAX} characters.")));
        }
        let mut scopes = new.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::invalid("Say what the token is for: sending events, reading them, or both."));
        }
        if new.expires.is_some_and(|expires| expires <= now) {
            return Err(Error::invalid("The token would end before it began. Choose a later date, or none."));
        }
        if self.store.list(Table::Tokens, Some(collection.as_str()), None, TOKENS_MAX as u32, now).await?.len() >= TOKENS_MAX {
            return Err(Error::invalid(format!("There are {TOKENS_MAX} tokens already. Revoke those that are not needed.")));
        }
        let secret = format!("{PREFIX}{}", secret::hex(&secret::random::<20>()?));
        let who = actor.own_collection().map(|own| audit::named(&own)).unwrap_or_default();
        let token =
            Token { name: name.into(), collection: collection.clone(), scopes, created: now, created_by: who, last_used: None };
        let record = Record {
            key: secret::hashed(&secret),
            owner: collection.as_str().into(),
            expires: new.expires,
            value: write(&token)?,
            ..Record::default()
        };
        let _entry = self.enter(actor, &collection, now).await?;
        self.store.put(Table::Tokens, record, Expect::Nothing).await?;
        self.note_by(actor, "made a token", format!("{} for {}", token.name, audit::named(&collection)), now).await;
        Ok(secret)
    }

    pub async fn tokens(&self, actor: &Actor, side: Side, now: Timestamp) -> Result<Vec<TokenInfo>> {
        let collection = actor.works_on(side)?;
        // A few more than there may be, where several were made at once.
        let records = self.store.list(Table::Tokens, Some(collection.as_str()), None, 2 * TOKENS_MAX as u32, now).await?;
        let mut tokens = Vec::with_capacity(records.len());
        for record in records {
            let Token { name, scopes, created, created_by, last_used, .. } = read(&record)?;
            tokens.push(TokenInfo { id: record.key, name, scopes, created, created_by, last_used, expires: record.expires });
        }
        tokens.sort_by(|one, other| other.created.cmp(&one.created).then_with(|| one.id.cmp(&other.id)));
        Ok(tokens)
    }

    /// From now on it opens nothing.
    pub async fn revoke_token(&self, actor: &Actor, side: Side, id: &str, now: Timestamp) -> Result<()> {
        let collection = actor.works_on(side)?;
        let record = self.store.find(Table::Tokens, id, now).await?.filter(|record| record.owner == collection.as_str());
        let record = record.ok_or_else(Error::missing)?;
        self.store.remove(Table::Tokens, &record.key).await?;
        self.rights_changed();
        self.note_by(actor, "revoked a token", read::<Token>(&record)?.name, now).await;
        Ok(())
    }

    /// Who shows this secret, if it is one.
    pub async fn bearer(&self, secret: &str, now: Timestamp) -> Result<Option<Actor>> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let key = secret::hashed(secret);
        let Some(record) = self.store.find(Table::Tokens, &key, now).await? else { return Ok(None) };
        let token: Token = read(&record)?;
        let is_due = token.last_used.is_none_or(|used| now.unix_millis() - used.unix_millis() >= USE_EVERY.as_millis() as i64);
        if is_due {
            let used = self.change(Table::Tokens, &key, now, |token: &mut Token| {
                token.last_used = Some(now);
                Ok(())
            });
            match used.await {
                Ok(None) => return Ok(None),
                // Others use it at the same time, and write the same.
                Err(error) if error.kind() == crate::ErrorKind::Conflict => {}
                used => drop(used?),
            }
        }
        Ok(Some(Actor::bearer(key, token.collection, token.scopes)))
    }
}
