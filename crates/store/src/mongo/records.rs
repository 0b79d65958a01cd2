//! Everything that is no event, in one collection; but accounts, which are with the users of existing databases.

use mongodb::Collection;
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use mongodb::options::ReturnDocument;
use radar_types::Timestamp;

use super::base::{Base, RECORDS, USERS, int};
use super::fault;
use crate::page::Filling;
use crate::{Error, ErrorKind, Expect, Record, Result, Table, page};

/// How often a record is written anew when others make it at the same moment.
const TRIES_MAX: usize = 10;

pub(super) async fn put(base: &Base, table: Table, record: Record, expect: Expect) -> Result<u64> {
    record.check()?;
    let records = of(base, table);
    let written = match expect {
        Expect::Anything => return overwrite(&records, table, &record).await,
        Expect::Nothing => insert(&records, table, &record).await?,
        Expect::Version(version) => replace(&records, table, &record, version).await?,
    };
    written.ok_or_else(|| Error::new(ErrorKind::Conflict, "Somebody else changed this meanwhile; load it again, then change it."))
}

async fn overwrite(records: &Collection<Document>, table: Table, record: &Record) -> Result<u64> {
    let now = least_version();
    // In this kind of change a text may be an expression, unless it is said to be none.
    let mut set: Document =
        content(record, now).into_iter().map(|(name, value)| (name, doc! { "$literal": value }.into())).collect();
    set.insert("version", doc! { "$max": [now, { "$add": [{ "$ifNull": ["$version", 0_i64] }, 1_i64] }] });
    let mut tries = 0;
    loop {
        tries += 1;
        let written = records.find_one_and_update(one(table, &record.key), vec![doc! { "$set": set.clone() }]);
        let written = written.upsert(true).return_document(ReturnDocument::After).projection(doc! { "version": 1 });
        match written.await {
            Ok(Some(written)) => return version(&written).ok_or_else(|| damaged(&written)),
            // Two made it at the same moment; now it is there.
            Ok(None) if tries < TRIES_MAX => {}
            Err(cause) if fault::is_duplicate(&cause) && tries < TRIES_MAX => {}
            Ok(None) => return Err(Error::new(ErrorKind::Conflict, "Too many write the same at this moment; try again.")),
            Err(cause) => return Err(cause.into()),
        }
    }
}

/// A version that a removed record of the same key had must not come back, so they are at least the time.
fn least_version() -> i64 {
    crate::collection::now().unix_millis().max(1)
}

/// `None` where there is one already.
async fn insert(records: &Collection<Document>, table: Table, record: &Record) -> Result<Option<u64>> {
    let version = least_version();
    let mut document = one(table, &record.key);
    if table == Table::Users {
        // By which other programs know a user; in their databases there may be one of each only.
        document.insert("email", &record.key);
    }
    document.extend(content(record, version));
    match records.insert_one(document).await {
        Ok(_) => Ok(version.try_into().ok()),
        Err(cause) if fault::is_duplicate(&cause) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// `None` where there is none of this version.
async fn replace(records: &Collection<Document>, table: Table, record: &Record, version: u64) -> Result<Option<u64>> {
    let Ok(version) = i64::try_from(version) else { return Ok(None) };
    let mut which = one(table, &record.key);
    which.insert("version", version);
    let next = version.saturating_add(1).max(least_version());
    let change = doc! { "$set": content(record, next) };
    let changed = records.find_one_and_update(which, change).return_document(ReturnDocument::After).projection(doc! { "_id": 1 });
    Ok(changed.await?.and_then(|_| next.try_into().ok()))
}

pub(super) async fn find(base: &Base, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>> {
    let mut which = one(table, key);
    which.extend(living(now));
    of(base, table).find_one(which).await?.as_ref().map(read).transpose()
}

pub(super) async fn list(
    base: &Base,
    table: Table,
    owner: Option<&str>,
    after: Option<&str>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Record>> {
    let mut which = doc! { "table": table.name() };
    if let Some(owner) = owner {
        which.insert("owner", doc! { "$eq": owner });
    }
    if let Some(after) = after {
        which.insert("key", doc! { "$gt": after });
    }
    which.extend(living(now));
    let wanted = i64::try_from(page::limit(limit)).unwrap_or(i64::MAX);
    let mut filling = Filling::new(limit);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let records = of(base, table);
    let find = records.find(which).sort(doc! { "key": 1 }).limit(wanted);
    let mut cursor = find.max_time(base.settings.operation()).await?;
    while !filling.is_full() && cursor.advance().await? {
        filling.take(read(&cursor.deserialize_current()?)?);
    }
    Ok(filling.into_taken())
}

pub(super) async fn remove(base: &Base, table: Table, key: &str) -> Result<bool> {
    Ok(of(base, table).delete_one(one(table, key)).await?.deleted_count > 0)
}

pub(super) async fn take_expired(base: &Base, table: Table, limit: u32, now: Timestamp) -> Result<Vec<Record>> {
    let records = of(base, table);
    let mut filling = Filling::new(limit);
    while !filling.is_full() {
        // One by one, so that of two servers each record is taken by one.
        let which = doc! { "table": table.name(), "expires": { "$lte": now.unix_millis() } };
        let Some(taken) = records.find_one_and_delete(which).sort(doc! { "key": 1 }).await? else { break };
        filling.take(read(&taken)?);
    }
    Ok(filling.into_taken())
}

fn of(base: &Base, table: Table) -> Collection<Document> {
    base.own(if table == Table::Users { USERS } else { RECORDS })
}

fn one(table: Table, key: &str) -> Document {
    doc! { "table": table.name(), "key": key }
}

fn living(now: Timestamp) -> Document {
    doc! { "$or": [{ "expires": null }, { "expires": { "$gt": now.unix_millis() } }] }
}

fn content(record: &Record, version: i64) -> Document {
    doc! {
        "owner": &record.owner,
        "expires": record.expires.map(Timestamp::unix_millis),
        "value": Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: record.value.clone() }),
        "version": version,
    }
}

fn read(document: &Document) -> Result<Record> {
    let record = || {
        Some(Record {
            key: document.get_str("key").ok()?.to_owned(),
            owner: document.get_str("owner").ok()?.to_owned(),
            expires: match document.get("expires")? {
                Bson::Null => None,
                expires => Some(Timestamp::from_unix_millis(int(expires)?)?),
            },
            value: document.get_binary_generic("value").ok()?.clone(),
            version: version(document)?,
        })
    };
    record().ok_or_else(|| damaged(document))
}

fn version(document: &Document) -> Option<u64> {
    int(document.get("version")?)?.try_into().ok()
}

fn damaged(document: &Document) -> Error {
    let id = document.get("_id").map_or_else(String::new, ToString::to_string);
    Error::new(ErrorKind::Damaged, format!("The record {id} is not as RADAR wrote it; put it right or remove it."))
}
