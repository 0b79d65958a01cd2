-- One row. Places and numbers of the log are given once, whatever becomes of what they were given to.
CREATE TABLE counters (
    -- The latest place in the order of arrival, in whatever collection.
    last_seq     INTEGER NOT NULL,
    -- The latest entry of the log.
    last_op      INTEGER NOT NULL,
    -- The latest version of a record.
    last_version INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (0, 0, 0);

CREATE TABLE collection (
    -- AUTOINCREMENT never gives a number twice: what the index still holds of one that is gone belongs to nobody.
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL UNIQUE,
    -- Milliseconds since 1970, UTC, as all times.
    created         INTEGER NOT NULL,
    retention_days  INTEGER,
    retention_bytes INTEGER,
    last_seq        INTEGER NOT NULL
) STRICT;

-- What is durable but not yet in the index: events as they were appended, or as they are after a change.
CREATE TABLE pending (
    op         INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL,
    is_change  INTEGER NOT NULL,
    events     BLOB NOT NULL
) STRICT;

-- Collections of which the index is to forget every event up to a place, if it was not told so yet.
CREATE TABLE doomed (
    collection INTEGER PRIMARY KEY,
    is_public  INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL
) STRICT;

CREATE TABLE record (
    of      TEXT NOT NULL,
    key     TEXT NOT NULL,
    owner   TEXT NOT NULL,
    expires INTEGER,
    value   BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (of, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX record_by_owner ON record (of, owner, key);
CREATE INDEX record_by_expiry ON record (of, expires) WHERE expires IS NOT NULL;
