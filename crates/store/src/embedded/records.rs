//! Records, as rows.

use radar_types::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};

use crate::page::{Filling, limit};
use crate::{Record, Table};

const COLUMNS: &str = "key, owner, expires, value, version";

pub(super) fn version(connection: &Connection, table: Table, key: &str) -> Result<Option<u64>> {
    let mut statement = connection.prepare_cached("SELECT version FROM record WHERE of = ?1 AND key = ?2")?;
    Ok(statement.query_row((table.name(), key), |row| row.get::<_, i64>(0)).optional()?.map(i64::cast_unsigned))
}

pub(super) fn write(connection: &Connection, table: Table, record: &Record, version: u64) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO record (of, key, owner, expires, value, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let expires = record.expires.map(Timestamp::unix_millis);
    statement.execute(params![table.name(), record.key, record.owner, expires, record.value, version.cast_signed()])?;
    Ok(())
}

pub(super) fn find(connection: &Connection, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE of = ?1 AND key = ?2");
    let record = connection.prepare_cached(&sql)?.query_row((table.name(), key), read).optional()?;
    Ok(record.filter(|record| !record.has_expired(now)))
}

pub(super) fn list(
    connection: &Connection,
    table: Table,
    owner: Option<&str>,
    after: Option<&str>,
    asked: u32,
    now: Timestamp,
) -> Result<Vec<Record>> {
    // No key is empty, so all are after an empty one.
    let after = after.unwrap_or_default();
    let condition = "of = ?1 AND key > ?2 AND (expires IS NULL OR expires > ?3)";
    match owner {
        None => {
            let sql = format!("SELECT {COLUMNS} FROM record WHERE {condition} ORDER BY key");
            page(connection, &sql, (table.name(), after, now.unix_millis()), asked)
        }
        Some(owner) => {
            let sql = format!("SELECT {COLUMNS} FROM record WHERE owner = ?4 AND {condition} ORDER BY key");
            page(connection, &sql, (table.name(), after, now.unix_millis(), owner), asked)
        }
    }
}

pub(super) fn remove(connection: &Connection, table: Table, key: &str) -> Result<bool> {
    let removed = connection.prepare_cached("DELETE FROM record WHERE of = ?1 AND key = ?2")?.execute((table.name(), key))?;
    Ok(removed > 0)
}

pub(super) fn take_expired(connection: &Connection, table: Table, asked: u32, now: Timestamp) -> Result<Vec<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE of = ?1 AND expires <= ?2 ORDER BY key");
    let taken = page(connection, &sql, (table.name(), now.unix_millis()), asked)?;
    for record in &taken {
        remove(connection, table, &record.key)?;
    }
    Ok(taken)
}

fn page(connection: &Connection, sql: &str, params: impl Params, asked: u32) -> Result<Vec<Record>> {
    let mut filling = Filling::new(asked);
    if limit(asked) > 0 {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if !filling.take(read(row)?) {
                break;
            }
        }
    }
    Ok(filling.into_taken())
}

fn read(row: &Row<'_>) -> Result<Record> {
    Ok(Record {
        key: row.get(0)?,
        owner: row.get(1)?,
        expires: row.get::<_, Option<i64>>(2)?.map(Timestamp::saturating_from_unix_millis),
        value: row.get(3)?,
        version: row.get::<_, i64>(4)?.cast_unsigned(),
    })
}
