-- The chance of a rise as the model itself gave it, and its base rate: how sure it may be is learnt from those of 90 days.
-- Before it was learnt, a prediction said just that.
ALTER TABLE predictions ADD COLUMN raw_p_up REAL;
ALTER TABLE outcomes ADD COLUMN p_up REAL;
ALTER TABLE outcomes ADD COLUMN base_rate REAL;
UPDATE outcomes SET (p_up, base_rate) = (
    SELECT p_up, json_extract(baseline, '$.p_up') FROM predictions
    WHERE as_of = outcomes.origin AND predictions.horizon = outcomes.horizon)
WHERE origin >= (SELECT MAX(origin) FROM outcomes) - 92 * 86400000;
