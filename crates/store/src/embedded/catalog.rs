//! The collections, as rows and in memory.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use radar_types::wire::Seq;
use radar_types::{CollectionId, Timestamp};
use rusqlite::{Connection, Result, Row, params};

use super::view::Number;
use crate::{CollectionInfo, Retention};

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: CollectionId,
    pub(super) number: Number,
    pub(super) created: Timestamp,
    pub(super) retention: Retention,
    pub(super) last_seq: Seq,
}

/// What everybody reads; only the writer changes it.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    known: RwLock<BTreeMap<CollectionId, Known>>,
}

impl Catalog {
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        let mut statement =
            connection.prepare("SELECT name, number, created, retention_days, retention_bytes, last_seq FROM collection")?;
        let known = statement.query_map([], read)?.collect::<Result<_>>()?;
        Ok(Self { known: RwLock::new(known) })
    }

    pub(super) fn get(&self, id: &CollectionId) -> Option<Known> {
        self.known().get(id).cloned()
    }

    pub(super) fn numbers(&self) -> Vec<Number> {
        self.known().values().map(|known| known.number).collect()
    }

    pub(super) fn with_retention(&self) -> Vec<Known> {
        self.known().values().filter(|known| known.retention != Retention::default()).cloned().collect()
    }

    pub(super) fn infos(&self) -> Vec<CollectionInfo> {
        let info = |(id, known): (&CollectionId, &Known)| CollectionInfo {
            id: id.clone(),
            created: known.created,
            retention: known.retention,
        };
        self.known().iter().map(info).collect()
    }

    pub(super) fn set(&self, id: CollectionId, known: Known) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, known);
    }

    pub(super) fn remove(&self, id: &CollectionId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn known(&self) -> RwLockReadGuard<'_, BTreeMap<CollectionId, Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(row: &Row<'_>) -> Result<(CollectionId, Known)> {
    let name: String = row.get(0)?;
    let conversion = |cause| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, cause);
    let id = CollectionId::new(&name).map_err(|cause| conversion(Box::new(cause)))?;
    let known = Known {
        id: id.clone(),
        number: Number::new(&id, row.get::<_, i64>(1)?.cast_unsigned()),
        created: Timestamp::saturating_from_unix_millis(row.get(2)?),
        retention: Retention { days: row.get(3)?, bytes: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned) },
        last_seq: Seq(row.get::<_, i64>(5)?.cast_unsigned()),
    };
    Ok((id, known))
}

pub(super) fn insert(connection: &Connection, id: &CollectionId, created: Timestamp) -> Result<Known> {
    let mut statement =
        connection.prepare_cached("INSERT INTO collection (name, created, last_seq) VALUES (?1, ?2, 0) RETURNING number")?;
    let number: i64 = statement.query_row(params![id.as_str(), created.unix_millis()], |row| row.get(0))?;
    let number = Number::new(id, number.cast_unsigned());
    Ok(Known { id: id.clone(), number, created, retention: Retention::default(), last_seq: Seq(0) })
}

pub(super) fn update(connection: &Connection, known: &Known) -> Result<()> {
    let mut statement = connection
        .prepare_cached("UPDATE collection SET retention_days = ?2, retention_bytes = ?3, last_seq = ?4 WHERE number = ?1")?;
    let Retention { days, bytes } = known.retention;
    let [number, last_seq] = [known.number.number, known.last_seq.0].map(u64::cast_signed);
    statement.execute(params![number, days, bytes.map(u64::cast_signed), last_seq])?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, known: &Known) -> Result<()> {
    connection.execute("DELETE FROM collection WHERE number = ?1", [known.number.number.cast_signed()])?;
    Ok(())
}
