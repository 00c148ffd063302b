//! Averages that are taken step by step. Nothing is given before enough was seen.
//!
//! Own code, small as it is: the crates that have these begin at the first value, as if there had been a history of it,
//! and take no Wilder average where RSI and ATR are defined by one.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The last numbers, so many of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window(VecDeque<f64>);

impl Window {
    /// Takes a number; gives mean and standard deviation (of the population) of the last `length`, once there are so many.
    ///
    /// Summed anew each time, which is exact for ever, where a running sum would drift.
    pub fn take(&mut self, number: f64, length: usize) -> Option<(f64, f64)> {
        self.0.push_back(number);
        while self.0.len() > length {
            self.0.pop_front();
        }
        if self.0.len() < length {
            return None;
        }
        let count = length as f64;
        let mean = self.0.iter().sum::<f64>() / count;
        let variance = self.0.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / count;
        Some((mean, variance.sqrt()))
    }
}

/// An exponential average: it begins with the plain mean of its first numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// How many numbers of the first mean were seen.
    count: u32,
    /// Their sum; afterwards the average.
    value: f64,
}

impl Average {
    /// Takes a number into the average of `length` with weight `2 / (length + 1)`.
    pub fn exponential(&mut self, number: f64, length: u32) -> Option<f64> {
        self.take(number, length, 2.0 / f64::from(length + 1))
    }

    /// Takes a number into the average of `length` with weight `1 / length`: J. Welles Wilder, New Concepts in Technical
    /// Trading Systems, 1978.
    pub fn wilder(&mut self, number: f64, length: u32) -> Option<f64> {
        self.take(number, length, 1.0 / f64::from(length))
    }

    fn take(&mut self, number: f64, length: u32, weight: f64) -> Option<f64> {
        if self.count >= length {
            self.value += weight * (number - self.value);
            return Some(self.value);
        }
        self.count += 1;
        self.value += number;
        if self.count < length {
            return None;
        }
        self.value /= f64::from(length);
        Some(self.value)
    }
}
