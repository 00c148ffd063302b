-- What the search for a model tried: growths of trees, and what each lost.
CREATE TABLE trials (
    model TEXT NOT NULL,
    horizon TEXT NOT NULL,
    target TEXT NOT NULL,
    number INTEGER NOT NULL,
    growth TEXT NOT NULL,
    losses TEXT NOT NULL,
    fate TEXT NOT NULL,
    PRIMARY KEY (model, horizon, target, number)
) WITHOUT ROWID;
