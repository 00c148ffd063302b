//! What work takes of the machine, and numbers in files.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;

/// Ticks of the kernel's clock in a second, on every Linux that people run.
const TICKS: f64 = 100.0;

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Took {
    /// Seconds that passed.
    pub wall: f64,
    /// Seconds of a core, of all threads.
    pub cpu: f64,
    /// The most memory in use while it ran, beyond that in use when it began, in MB.
    pub peak: f64,
}

/// Watches a piece of work. Outside Linux it knows the time only.
pub struct Watch {
    began: Instant,
    cpu: f64,
    memory: f64,
}

impl Watch {
    /// From now on.
    pub fn start() -> Self {
        // Forgets the highest mark of memory so far.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self { memory: memory("VmRSS:"), cpu: cpu(), began: Instant::now() }
    }

    /// Until now.
    pub fn stop(self) -> Took {
        let wall = self.began.elapsed().as_secs_f64();
        Took { wall, cpu: cpu() - self.cpu, peak: (memory("VmHWM:") - self.memory).max(0.0) }
    }
}

fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may hold spaces; twelve fields after it come the user's ticks and the system's.
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn memory(what: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1000.0
}

/// Writes numbers of eight bytes, little-endian.
pub fn write(file: &Path, numbers: &[f64]) -> std::io::Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(file, bytes)
}

/// Reads them.
pub fn read(file: &Path) -> std::io::Result<Vec<f64>> {
    let bytes = std::fs::read(file)?;
    Ok(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect())
}
