-- The hash of the model that made the forecast: a level is learnt from a model's own outcomes, those of 180 days.
ALTER TABLE outcomes ADD COLUMN model TEXT NOT NULL DEFAULT '';
UPDATE outcomes SET model = COALESCE(
    (SELECT model FROM predictions WHERE as_of = outcomes.origin AND predictions.horizon = outcomes.horizon), '')
WHERE origin >= (SELECT MAX(origin) FROM outcomes) - 180 * 86400000;
