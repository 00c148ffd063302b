-- What people write, as it was first seen, and what it makes one feel about the price.
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published INTEGER,
    language TEXT,
    votes INTEGER,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    message TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX articles_by_time ON articles (ingest_time);

CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published INTEGER,
    language TEXT,
    votes INTEGER,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    message TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX posts_by_time ON posts (ingest_time);

CREATE TABLE sentiments (
    text TEXT NOT NULL,
    method TEXT NOT NULL,
    kind TEXT NOT NULL,
    score REAL NOT NULL,
    confidence REAL NOT NULL,
    ingest_time INTEGER NOT NULL,
    PRIMARY KEY (text, method)
) WITHOUT ROWID;

CREATE TABLE readings (
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    ingest_time INTEGER NOT NULL,
    value REAL NOT NULL,
    origin TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (name, at, ingest_time)
) WITHOUT ROWID;

-- The quarantine takes in data of any kind, each as the JSON that it came as.
CREATE TABLE held (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    datum TEXT NOT NULL,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    rule TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL
);
INSERT INTO held SELECT id, 'candle', venue, open_time, candle, origin, ingest_time, rule, value, reason FROM quarantine;
DROP TABLE quarantine;
ALTER TABLE held RENAME TO quarantine;

-- How each batch met what is expected of its table: the report as it was told.
CREATE TABLE quality (
    suite TEXT NOT NULL,
    from_time INTEGER NOT NULL,
    to_time INTEGER NOT NULL,
    success INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    report TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (suite, from_time)
) WITHOUT ROWID;

-- What technicians read off a series at the end of each quarter hour.
CREATE TABLE indicators (
    venue TEXT NOT NULL,
    time INTEGER NOT NULL,
    close REAL NOT NULL,
    sma_20 REAL,
    ema_12 REAL,
    ema_26 REAL,
    macd REAL,
    macd_signal REAL,
    macd_histogram REAL,
    rsi_14 REAL,
    bollinger_upper REAL,
    bollinger_lower REAL,
    atr_14 REAL,
    obv REAL NOT NULL,
    PRIMARY KEY (venue, time)
) WITHOUT ROWID;
