-- Venues of which minutes were missing when the forecast was made, as a JSON array.
ALTER TABLE predictions ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]';
