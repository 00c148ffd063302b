-- What a person lets out of the quarantine stays there, marked; and a candle that came out after newer ones of its
-- venue is marked too, because whoever folds the series in its order must not count it.
ALTER TABLE quarantine ADD COLUMN released_at INTEGER;
ALTER TABLE quarantine ADD COLUMN released_by TEXT;
ALTER TABLE quarantine ADD COLUMN released_why TEXT;
CREATE INDEX quarantine_by_time ON quarantine (ingest_time);
CREATE INDEX quality_by_time ON quality (from_time);
ALTER TABLE candles ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
