CREATE TABLE candles (
    venue TEXT NOT NULL,
    open_time INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (venue, open_time)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    id TEXT PRIMARY KEY,
    venue TEXT NOT NULL,
    open_time INTEGER NOT NULL,
    candle TEXT NOT NULL,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    rule TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL
);
