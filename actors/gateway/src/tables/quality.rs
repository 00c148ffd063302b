//! How batches met what is expected of them, of silver.

use wick_bus::Result;
use wick_schemas::QualityReported;

use super::{Tables, count};

impl Tables {
    /// The newest reports, the newest first: of one suite or of all, all of them or those that failed.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn reports(&self, suite: &str, failed: bool, limit: usize) -> Result<Vec<QualityReported>> {
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        // An empty word stands for any suite.
        let all = "SELECT report FROM quality WHERE ($1 = '' OR suite = $1) ORDER BY from_time DESC, suite LIMIT $2";
        let only = "SELECT report FROM quality WHERE NOT success AND ($1 = '' OR suite = $1) \
                    ORDER BY from_time DESC, suite LIMIT $2";
        let query = if failed { only } else { all };
        silver.select(query, &[suite.into(), count(limit).into()], |row| row.json("report")).await
    }
}
