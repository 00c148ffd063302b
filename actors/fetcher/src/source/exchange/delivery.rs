//! What is ready to be given: candles, notices, and the bytes that they came from. Bounded.

use std::collections::VecDeque;

use wick_schemas::candle::RawCandle;
use wick_schemas::{Origin, Timestamp};

use crate::frame::Frame;
use crate::source::{Chunk, Notice, chunks, received};

/// Candles in a chunk, at most.
const MOST_CANDLES: usize = 1000;
/// Frames in a chunk, at most.
const MOST_FRAMES: usize = 2000;
/// Bytes of frames after which a chunk has enough.
const MOST_BYTES: usize = 1 << 20;

/// What is ready, in order.
#[derive(Default)]
pub struct Delivery {
    ready: VecDeque<Chunk>,
    frames: Vec<Frame>,
    bytes: usize,
}

impl Delivery {
    /// The next chunk.
    pub fn next(&mut self) -> Option<Chunk> {
        self.ready.pop_front()
    }

    /// Keeps what came for the next chunk, or makes one of what has come so far.
    pub fn frame(&mut self, frame: Frame) {
        self.bytes += frame.payload.len();
        self.frames.push(frame);
        if self.frames.len() >= MOST_FRAMES || self.bytes >= MOST_BYTES {
            self.hand_on();
        }
    }

    /// Whether anything came that is not in a chunk yet.
    pub fn holds_frames(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Makes a chunk of what came, whatever else there is to say.
    pub fn hand_on(&mut self) {
        if self.holds_frames() {
            let frames = self.take_frames();
            self.ready.push_back(Chunk { frames, ..Chunk::default() });
        }
    }

    /// Tells the operator something.
    pub fn notice(&mut self, notice: Notice) {
        let frames = self.take_frames();
        self.ready.push_back(Chunk { notices: vec![notice], frames, ..Chunk::default() });
    }

    /// Gives candles that were learnt at `now`, and with the last of them how far all is settled.
    pub fn give(&mut self, candles: &[RawCandle], through: Option<Timestamp>, now: Timestamp) {
        let candles: Vec<_> = candles.iter().map(|candle| received(*candle, Origin::Live, now)).collect();
        let mut parts: Vec<Chunk> = chunks(&candles, MOST_CANDLES).collect();
        if parts.is_empty() {
            parts.push(Chunk::default());
        }
        if let Some(first) = parts.first_mut() {
            first.frames = self.take_frames();
        }
        if let Some(last) = parts.last_mut() {
            last.through = through;
        }
        self.ready.extend(parts);
    }

    fn take_frames(&mut self) -> Vec<Frame> {
        self.bytes = 0;
        std::mem::take(&mut self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SOCKET;

    fn frame(length: usize) -> Frame {
        let (source, url) = ("kraken".to_owned(), "wss://ws.kraken.com/v2".to_owned());
        Frame { source, url, status: SOCKET, received_at: Timestamp(1), payload: vec![b'x'; length] }
    }

    #[test]
    fn no_frame_is_lost_and_no_chunk_grows_without_bound() {
        let mut delivery = Delivery::default();
        (0..5000).for_each(|_| delivery.frame(frame(10)));
        (0..3).for_each(|_| delivery.frame(frame(MOST_BYTES)));
        delivery.frame(frame(10));
        assert!(delivery.holds_frames());
        delivery.give(&[], Some(Timestamp(60_000)), Timestamp(120_000));
        assert!(!delivery.holds_frames());
        let chunks: Vec<Chunk> = std::iter::from_fn(|| delivery.next()).collect();
        assert_eq!(chunks.iter().map(|chunk| chunk.frames.len()).sum::<usize>(), 5004);
        assert!(chunks.iter().all(|chunk| chunk.frames.len() <= MOST_FRAMES));
        assert_eq!(chunks.last().and_then(|chunk| chunk.through), Some(Timestamp(60_000)));
    }
}
