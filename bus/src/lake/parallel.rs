//! Many files at once: disks and buckets answer several questions in the time of one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::store::Store;

/// Works on every item, a few at a time; the results stand in the order of the items. `told` hears how many are done,
/// and of how many.
pub(super) fn each<T: Sync, R: Send>(
    store: &Store,
    items: &[T],
    told: &(dyn Fn(usize, usize) + Sync),
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // A bucket is far away: waiting costs no core.
    let hands = if store.local().is_some() { cores } else { 16 };
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let hand = || {
        let mut results = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { return results };
            results.push((place, work(item)));
            told(done.fetch_add(1, Ordering::Relaxed) + 1, items.len());
        }
    };
    let mut results = std::thread::scope(|scope| {
        let others: Vec<_> = (1..hands.min(items.len())).map(|_| scope.spawn(hand)).collect();
        let mut results = hand();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        let last = AtomicUsize::new(0);
        let told = |done: usize, _: usize| {
            last.fetch_max(done, Ordering::Relaxed);
        };
        let doubled = each(&Store::folder("."), &items, &told, |item| item * 2);
        assert_eq!(doubled, (0..100).map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(last.into_inner(), 100);
    }
}
