CREATE TABLE scores (
    origin INTEGER NOT NULL,
    horizon TEXT NOT NULL,
    at INTEGER NOT NULL,
    score TEXT NOT NULL,
    PRIMARY KEY (origin, horizon)
) WITHOUT ROWID;

CREATE TABLE commands (
    at INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    cause TEXT NOT NULL
);
