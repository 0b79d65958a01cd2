CREATE TABLE collection (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Texts that many events share, written once: host names, and what is equal in scores.
CREATE TABLE word (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE event (
    -- AUTOINCREMENT never gives a number twice, not even when the newest event is deleted.
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL,
    id         BLOB NOT NULL,
    -- Milliseconds since 1970, UTC.
    time       INTEGER NOT NULL,
    -- A word.
    host       INTEGER NOT NULL,
    -- Whether there is a score. NULL for raw or calibrated does not tell: NaN is stored as NULL.
    scored     INTEGER NOT NULL,
    raw        REAL,
    calibrated REAL,
    -- A word: the score's state as JSON, its two numbers left at zero.
    state      INTEGER NOT NULL,
    -- JSON.
    event      TEXT NOT NULL,
    reasons    TEXT NOT NULL
) STRICT;

-- A retry is met here. An id is derived from the time among others, so equal ids have equal times.
-- In the order of time, new ids lie beside each other; in their own order each would touch a page of
-- its own, and every commit would write a thousand pages.
CREATE UNIQUE INDEX event_by_id ON event (collection, time, id);
-- Pages and the live tail. An index ends in the row's number, which is seq.
CREATE INDEX event_by_arrival ON event (collection);
-- Holds all that counting needs, so that counting never touches the rows.
CREATE INDEX event_by_time ON event (collection, time, scored, raw, calibrated, host);
