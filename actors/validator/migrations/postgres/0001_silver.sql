-- The tables of silver, in PostgreSQL's words. Keys are ordered by their bytes, as SQLite orders them.

-- `late`: let out of the quarantine after newer candles of its venue; whoever folds the series must not count it.
CREATE TABLE candles (
    venue TEXT COLLATE "C" NOT NULL,
    open_time BIGINT NOT NULL,
    open DOUBLE PRECISION NOT NULL,
    high DOUBLE PRECISION NOT NULL,
    low DOUBLE PRECISION NOT NULL,
    close DOUBLE PRECISION NOT NULL,
    volume DOUBLE PRECISION NOT NULL,
    origin TEXT NOT NULL,
    ingest_time BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    late BOOLEAN NOT NULL,
    PRIMARY KEY (venue, open_time)
);

-- How far each venue was from the consensus of a minute, which itself is a candle of the venue 'consensus'.
CREATE TABLE consensus (
    open_time BIGINT NOT NULL,
    venue TEXT COLLATE "C" NOT NULL,
    log_ratio DOUBLE PRECISION NOT NULL,
    took_part BOOLEAN NOT NULL,
    PRIMARY KEY (open_time, venue)
);

-- What people write, as it was first seen. `message` is the message that brought a row, here and below.
CREATE TABLE articles (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published BIGINT,
    language TEXT,
    votes BIGINT,
    origin TEXT NOT NULL,
    ingest_time BIGINT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX articles_by_time ON articles (ingest_time);

CREATE TABLE posts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published BIGINT,
    language TEXT,
    votes BIGINT,
    origin TEXT NOT NULL,
    ingest_time BIGINT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX posts_by_time ON posts (ingest_time);

-- What a text makes one feel about the price, by each method.
CREATE TABLE sentiments (
    text TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    ingest_time BIGINT NOT NULL,
    PRIMARY KEY (text, method)
);

CREATE TABLE readings (
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    ingest_time BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    origin TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (name, at, ingest_time)
);

-- What technicians read off a series at the end of each quarter hour; nothing where there is not enough past yet.
CREATE TABLE indicators (
    venue TEXT COLLATE "C" NOT NULL,
    time BIGINT NOT NULL,
    close DOUBLE PRECISION NOT NULL,
    sma_20 DOUBLE PRECISION,
    ema_12 DOUBLE PRECISION,
    ema_26 DOUBLE PRECISION,
    macd DOUBLE PRECISION,
    macd_signal DOUBLE PRECISION,
    macd_histogram DOUBLE PRECISION,
    rsi_14 DOUBLE PRECISION,
    bollinger_upper DOUBLE PRECISION,
    bollinger_lower DOUBLE PRECISION,
    atr_14 DOUBLE PRECISION,
    obv DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (venue, time)
);

-- How each batch met what is expected of its table: the report as it was told.
CREATE TABLE quality (
    suite TEXT COLLATE "C" NOT NULL,
    from_time BIGINT NOT NULL,
    to_time BIGINT NOT NULL,
    success BOOLEAN NOT NULL,
    rows BIGINT NOT NULL,
    report TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (suite, from_time)
);
CREATE INDEX quality_by_time ON quality (from_time);

-- What broke a rule, of any kind, each as the JSON that it came as. What a person lets out stays, marked.
CREATE TABLE quarantine (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    datum TEXT NOT NULL,
    origin TEXT NOT NULL,
    ingest_time BIGINT NOT NULL,
    rule TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    released_at BIGINT,
    released_by TEXT,
    released_why TEXT
);
CREATE INDEX quarantine_by_time ON quarantine (ingest_time);
