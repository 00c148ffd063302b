-- How far each venue was from the consensus of a minute, which itself is a candle of the venue 'consensus'.
CREATE TABLE consensus (
    open_time INTEGER NOT NULL,
    venue TEXT NOT NULL,
    log_ratio REAL NOT NULL,
    took_part INTEGER NOT NULL,
    PRIMARY KEY (open_time, venue)
) WITHOUT ROWID;
