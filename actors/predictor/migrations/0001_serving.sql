CREATE TABLE predictions (
    as_of INTEGER NOT NULL,
    horizon TEXT NOT NULL,
    id TEXT NOT NULL,
    cause TEXT NOT NULL,
    price REAL NOT NULL,
    origin TEXT NOT NULL,
    ingest_time INTEGER NOT NULL,
    level TEXT NOT NULL,
    model TEXT NOT NULL,
    feature_set TEXT NOT NULL,
    p_up REAL NOT NULL,
    expected_return REAL NOT NULL,
    variance REAL NOT NULL,
    return_quantiles TEXT NOT NULL,
    price_quantiles TEXT NOT NULL,
    raw_log_variance REAL NOT NULL,
    baseline TEXT NOT NULL,
    PRIMARY KEY (as_of, horizon)
) WITHOUT ROWID;
CREATE INDEX predictions_id ON predictions (id);

CREATE TABLE outcomes (
    origin INTEGER NOT NULL,
    horizon TEXT NOT NULL,
    matured INTEGER NOT NULL,
    log_return REAL NOT NULL,
    realised_variance REAL NOT NULL,
    variance REAL NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (origin, horizon)
) WITHOUT ROWID;
