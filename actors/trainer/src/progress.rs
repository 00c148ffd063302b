//! How far a training is: told on a metric, in the log, and in a file beside the models for whoever waits.

use std::path::PathBuf;

use wick_bus::{House, registry};
use wick_schemas::Timestamp;

/// Tells how far one training is. What was told is gone when it is dropped, however the training ended.
pub struct Progress<'a> {
    house: &'a House,
    at: Timestamp,
    file: PathBuf,
}

impl<'a> Progress<'a> {
    /// Of the training that was asked for at a moment.
    #[must_use]
    pub fn of(house: &'a House, at: Timestamp) -> Self {
        let progress = Self { house, at, file: registry::progress(house) };
        progress.tell(0.0);
        progress
    }

    /// Tells the share done.
    pub fn tell(&self, done: f64) {
        tracing::debug!(at = %self.at, percent = 100.0 * done, "training");
        self.house.metrics.training(done);
        // Only for the eye: a training does not stop where nobody can be told how far it is.
        if let Err(error) = std::fs::write(&self.file, format!("{} {done}", self.at.millis())) {
            tracing::debug!(file = %self.file.display(), %error, "progress not written");
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.house.metrics.training(0.0);
        let _ = std::fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_read_and_is_gone_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = [("data_dir".to_owned(), folder.path().display().to_string())];
        let config = wick_bus::Config::load(None, &settings).expect("settings");
        let (_, stop) = tokio::sync::watch::channel(false);
        let house = House::new(config, String::new(), stop).expect("a house");
        std::fs::create_dir_all(house.path("models")).expect("a folder");
        assert_eq!(registry::read_progress(&house), None);
        {
            let progress = Progress::of(&house, Timestamp(900_000));
            assert_eq!(registry::read_progress(&house), Some((Timestamp(900_000), 0.0)));
            progress.tell(0.25);
            assert_eq!(registry::read_progress(&house), Some((Timestamp(900_000), 0.25)));
            assert!(house.metrics.text().contains("wick_training_progress_ratio 0.25"));
        }
        assert_eq!(registry::read_progress(&house), None);
    }
}
