//! Several streams read as one, in the order of event time.
//!
//! A stream's watermark says up to which event time it is complete. A message is let go when no other stream
//! can still bring an older one, so the order in which an actor sees its inputs does not depend on who was
//! quick (Chandy and Misra's rule for conservative simulation; the watermarks of Flink and Beam).

use std::collections::VecDeque;

use wick_schemas::{Envelope, Timestamp};

/// A message with its place in its stream.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which lane it came by.
    pub lane: usize,
    /// The id of its entry.
    pub entry: String,
    /// The message.
    pub message: Envelope,
}

#[derive(Debug)]
struct Lane {
    buffer: VecDeque<(Timestamp, Delivery)>,
    complete: Timestamp,
    newest: Timestamp,
    waits: bool,
    early: bool,
}

/// The lanes of one actor, in the order in which messages of the same time are handled.
#[derive(Debug)]
pub struct Merge {
    lanes: Vec<Lane>,
}

/// What was let go.
#[derive(Debug, Default)]
pub struct Released {
    /// The messages, oldest first.
    pub deliveries: Vec<Delivery>,
    /// The event time up to which everything has now been let go.
    pub reached: Timestamp,
}

impl Merge {
    /// So many empty lanes.
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        let lane = || Lane {
            buffer: VecDeque::new(),
            complete: Timestamp::MIN,
            newest: Timestamp::MIN,
            waits: true,
            early: false,
        };
        Self { lanes: (0..lanes).map(|_| lane()).collect() }
    }

    /// Adds a message at the end of its lane. One that is older than the lane's newest is late: it is handled
    /// in its place in the stream.
    pub fn add(&mut self, delivery: Delivery) {
        if let Some(lane) = self.lanes.get_mut(delivery.lane) {
            lane.newest = lane.newest.max(delivery.message.time);
            lane.buffer.push_back((lane.newest, delivery));
        }
    }

    /// Says how far a lane is complete. `drained` where the stream held nothing more when `watermark` was read.
    pub fn complete(&mut self, lane: usize, watermark: Timestamp, drained: bool) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            // More of the newest moment may follow in a stream that was not read to its end.
            let complete = if drained { watermark } else { lane.newest.shift(-1).min(watermark) };
            lane.complete = lane.complete.max(complete);
        }
    }

    /// Says whether the others wait for a lane.
    pub fn waits(&mut self, lane: usize, waits: bool) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.waits = waits;
        }
    }

    /// Lets a lane's messages go as soon as they come: they say themselves from when they hold.
    pub fn early(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.early = true;
        }
    }

    /// For each lane, the event time before which it brings nothing more: that of its oldest message held, or what
    /// lies beyond its watermark.
    #[must_use]
    pub fn next(&self) -> Vec<Timestamp> {
        let next = |lane: &Lane| lane.buffer.front().map_or(lane.complete.shift(1), |(time, _)| *time);
        self.lanes.iter().map(next).collect()
    }

    /// How many messages a lane holds.
    #[must_use]
    pub fn held(&self, lane: usize) -> usize {
        self.lanes.get(lane).map_or(0, |lane| lane.buffer.len())
    }

    /// Whether a lane wants more than the `enough` that it holds: where all of them are of one moment nothing can be let go
    /// before its end is there.
    #[must_use]
    pub fn wants(&self, lane: usize, enough: usize) -> bool {
        let Some(lane) = self.lanes.get(lane) else { return false };
        lane.buffer.len() < enough || lane.buffer.front().is_some_and(|(time, _)| *time == lane.newest)
    }

    /// The oldest message held in any lane.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.lanes.iter().filter_map(|lane| lane.buffer.front().map(|(time, _)| *time)).min()
    }

    /// Lets go about `most` messages, never parting those of one moment. One lane alone needs no watermark to
    /// be in order.
    pub fn release(&mut self, most: usize) -> Released {
        let alone = self.lanes.len() == 1;
        let horizon = self.lanes.iter().filter(|lane| lane.waits).map(|lane| lane.complete).min();
        let horizon = horizon.unwrap_or(Timestamp::MAX);
        let bound = if alone { Timestamp::MAX } else { horizon };
        let mut released = Released { deliveries: Vec::new(), reached: horizon };
        for lane in self.lanes.iter_mut().filter(|lane| lane.early) {
            released.deliveries.extend(lane.buffer.drain(..).map(|(_, delivery)| delivery));
        }
        let mut newest = None;
        loop {
            let heads = self.lanes.iter().enumerate();
            let next = heads.filter_map(|(place, lane)| lane.buffer.front().map(|(time, _)| (*time, place))).min();
            let Some((time, place)) = next else { break };
            if time > bound {
                break;
            }
            if released.deliveries.len() >= most && newest != Some(time) {
                released.reached = horizon.min(time.shift(-1));
                break;
            }
            newest = Some(time);
            released
                .deliveries
                .extend(self.lanes.get_mut(place).and_then(|lane| lane.buffer.pop_front()).map(|(_, d)| d));
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::MessageId;

    fn delivery(lane: usize, time: i64) -> Delivery {
        let message = Envelope {
            id: MessageId::from_wire(format!("{lane}-{time}")),
            source: String::new(),
            kind: String::new(),
            time: Timestamp(time),
            subject: String::new(),
            dataschema: String::new(),
            correlation_id: String::new(),
            causation_id: String::new(),
            data: String::new(),
        };
        Delivery { lane, entry: format!("{time}-0"), message }
    }

    fn order(released: &Released) -> Vec<(usize, i64)> {
        released.deliveries.iter().map(|d| (d.lane, d.message.time.millis())).collect()
    }

    #[test]
    fn nothing_goes_before_what_may_still_come() {
        let mut merge = Merge::new(2);
        merge.add(delivery(0, 10));
        merge.add(delivery(0, 20));
        merge.complete(0, Timestamp(20), true);
        assert!(merge.release(9).deliveries.is_empty());
        merge.complete(1, Timestamp(10), true);
        let released = merge.release(9);
        assert_eq!(order(&released), [(0, 10)]);
        assert_eq!(released.reached, Timestamp(10));
        merge.add(delivery(1, 15));
        merge.complete(1, Timestamp(30), true);
        let released = merge.release(9);
        assert_eq!(order(&released), [(1, 15), (0, 20)]);
        assert_eq!(released.reached, Timestamp(20));
    }

    #[test]
    fn one_moment_is_never_parted_and_lanes_keep_their_rank() {
        let mut merge = Merge::new(2);
        for time in [10, 10, 20] {
            merge.add(delivery(1, time));
            merge.add(delivery(0, time));
        }
        merge.complete(0, Timestamp(20), true);
        merge.complete(1, Timestamp(20), true);
        let released = merge.release(1);
        assert_eq!(order(&released), [(0, 10), (0, 10), (1, 10), (1, 10)]);
        assert_eq!(released.reached, Timestamp(19));
        assert_eq!(order(&merge.release(9)), [(0, 20), (1, 20)]);
    }

    #[test]
    fn a_stream_that_was_not_read_to_its_end_may_bring_more_of_the_same_moment() {
        let mut merge = Merge::new(2);
        merge.add(delivery(0, 10));
        merge.complete(0, Timestamp(50), false);
        merge.complete(1, Timestamp(50), true);
        let released = merge.release(9);
        assert!(released.deliveries.is_empty());
        assert_eq!(released.reached, Timestamp(9));
    }

    #[test]
    fn a_lane_that_is_full_of_one_moment_is_read_on() {
        let mut merge = Merge::new(2);
        merge.add(delivery(0, 10));
        // Late ones are of the newest moment.
        merge.add(delivery(0, 3));
        merge.add(delivery(0, 4));
        assert!(merge.wants(0, 2), "nobody would ever learn whether more of that moment comes");
        merge.add(delivery(0, 11));
        assert!(!merge.wants(0, 2) && merge.wants(0, 5) && merge.wants(1, 2));
        merge.complete(0, Timestamp(50), false);
        merge.complete(1, Timestamp(50), true);
        assert_eq!(merge.release(9).deliveries.len(), 3);
    }

    #[test]
    fn a_lane_that_nobody_waits_for_is_handled_when_it_comes() {
        let mut merge = Merge::new(2);
        merge.waits(1, false);
        merge.add(delivery(0, 10));
        merge.add(delivery(1, 5));
        merge.complete(0, Timestamp(10), true);
        assert_eq!(order(&merge.release(9)), [(1, 5), (0, 10)]);
    }

    #[test]
    fn an_early_lane_is_handled_when_it_comes_and_waited_for_all_the_same() {
        let mut merge = Merge::new(2);
        merge.early(1);
        merge.add(delivery(0, 10));
        merge.add(delivery(1, 99));
        merge.complete(0, Timestamp(10), true);
        assert_eq!(order(&merge.release(9)), [(1, 99)]);
        merge.complete(1, Timestamp(10), true);
        assert_eq!(order(&merge.release(9)), [(0, 10)]);
    }

    #[test]
    fn one_lane_alone_keeps_its_order_even_where_time_runs_backwards() {
        let mut merge = Merge::new(1);
        for time in [30, 10, 20] {
            merge.add(delivery(0, time));
        }
        assert_eq!(order(&merge.release(9)), [(0, 30), (0, 10), (0, 20)]);
    }
}
