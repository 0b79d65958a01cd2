//! The log: what is durable but may be in no index yet, as rows.

use rusqlite::{Connection, Result, params};

use super::codec;
use super::view::Place;
use crate::Stored;

/// Numbers that were given last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) last_seq: u64,
    pub(super) last_op: u64,
    pub(super) last_version: u64,
}

impl Counters {
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        connection.query_row("SELECT last_seq, last_op, last_version FROM counters", [], |row| {
            let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
            Ok(Self { last_seq: number(0)?, last_op: number(1)?, last_version: number(2)? })
        })
    }

    pub(super) fn write(self, connection: &Connection) -> Result<()> {
        let mut statement = connection.prepare_cached("UPDATE counters SET last_seq = ?1, last_op = ?2, last_version = ?3")?;
        statement.execute([self.last_seq, self.last_op, self.last_version].map(u64::cast_signed))?;
        Ok(())
    }
}

/// An entry of the log, as it was written.
pub(super) struct Logged {
    pub(super) op: u64,
    pub(super) collection: u64,
    pub(super) is_change: bool,
    pub(super) events: Vec<Stored>,
}

pub(super) fn write<'a>(
    connection: &Connection,
    op: u64,
    collection: u64,
    is_change: bool,
    events: impl Iterator<Item = &'a Stored>,
) -> Result<()> {
    let bytes = codec::encode(events).map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    let mut statement =
        connection.prepare_cached("INSERT INTO pending (op, collection, is_change, events) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![op.cast_signed(), collection.cast_signed(), is_change, bytes])?;
    Ok(())
}

/// Every entry, in its order.
pub(super) fn read(connection: &Connection, mut visit: impl FnMut(Logged)) -> Result<()> {
    let mut statement = connection.prepare("SELECT op, collection, is_change, events FROM pending ORDER BY op")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let damaged = |cause| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Blob, Box::new(cause));
        visit(Logged {
            op: row.get::<_, i64>(0)?.cast_unsigned(),
            collection: row.get::<_, i64>(1)?.cast_unsigned(),
            is_change: row.get(2)?,
            events: codec::decode(row.get_ref(3)?.as_blob()?).map_err(damaged)?,
        });
    }
    Ok(())
}

/// The indexes have everything up to this entry.
pub(super) fn forget(connection: &Connection, last_op: u64) -> Result<()> {
    connection.prepare_cached("DELETE FROM pending WHERE op <= ?1")?.execute([last_op.cast_signed()])?;
    Ok(())
}

pub(super) fn forget_collection(connection: &Connection, collection: u64) -> Result<()> {
    connection.execute("DELETE FROM pending WHERE collection = ?1", [collection.cast_signed()])?;
    Ok(())
}

/// Events of a collection that the index is to forget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doom {
    pub(super) collection: u64,
    pub(super) place: Place,
    pub(super) last_seq: u64,
}

impl Doom {
    pub(super) fn all(connection: &Connection) -> Result<Vec<Self>> {
        let mut statement = connection.prepare("SELECT collection, is_public, last_seq FROM doomed")?;
        let doom = statement.query_map([], |row| {
            Ok(Self {
                collection: row.get::<_, i64>(0)?.cast_unsigned(),
                place: if row.get(1)? { Place::Public } else { Place::Shared },
                last_seq: row.get::<_, i64>(2)?.cast_unsigned(),
            })
        });
        doom?.collect()
    }

    pub(super) fn write(self, connection: &Connection) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO doomed (collection, is_public, last_seq) VALUES (?1, ?2, ?3)";
        let is_public = self.place == Place::Public;
        connection.execute(sql, params![self.collection.cast_signed(), is_public, self.last_seq.cast_signed()])?;
        Ok(())
    }

    pub(super) fn done(self, connection: &Connection) -> Result<()> {
        connection.execute("DELETE FROM doomed WHERE collection = ?1", [self.collection.cast_signed()])?;
        Ok(())
    }
}
