CREATE TABLE models (
    hash TEXT PRIMARY KEY,
    trained_at INTEGER NOT NULL,
    feature_set TEXT NOT NULL,
    from_time INTEGER NOT NULL,
    to_time INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    cause TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    metrics TEXT NOT NULL,
    config TEXT NOT NULL,
    promoted INTEGER NOT NULL,
    reasons TEXT NOT NULL
);

CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    serves_from INTEGER NOT NULL,
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    previous TEXT,
    cause TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reasons TEXT NOT NULL
);
