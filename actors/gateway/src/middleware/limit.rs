//! How often somebody may ask: a rate and a burst for each key, and for each address where no key is shown.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::auth::Caller;

/// What is allowed, by draft-ietf-httpapi-ratelimit-headers.
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What is left of it.
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Accounts, at most: two who fall on one share it. However many addresses ask, no more is remembered.
const ACCOUNTS: u64 = 1 << 16;

/// A limiter.
pub struct Limiter {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
    seed: RandomState,
    /// Requests a second.
    rate: u32,
    /// Requests at once.
    burst: u32,
    policy: HeaderValue,
}

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that they may make at once.
    remaining: u32,
    /// Seconds until they may make as many as ever.
    reset: u64,
    /// How long to wait before the next one, where there is none left.
    pub wait: Option<Duration>,
}

impl Limiter {
    /// A limiter of so many requests a second, and so many at once, where 0 is as many as in a second. None where 0
    /// requests a second say that there is no limit.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Option<Self> {
        let rate = NonZeroU32::new(rate)?;
        let burst = NonZeroU32::new(burst).unwrap_or(rate);
        let limiter = RateLimiter::hashmap(Quota::per_second(rate).allow_burst(burst));
        let (rate, burst) = (rate.get(), burst.get());
        let policy = format!("\"default\";q={burst};w={}", burst.div_ceil(rate));
        Some(Self {
            limiter: limiter.with_middleware(),
            clock: DefaultClock::default(),
            seed: RandomState::new(),
            rate,
            burst,
            policy: HeaderValue::from_str(&policy).ok()?,
        })
    }

    /// Counts a request.
    #[must_use]
    pub fn count(&self, caller: Caller, peer: Option<IpAddr>) -> Standing {
        match self.limiter.check_key(&self.account(caller, peer)) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let reset = u64::from((self.burst - remaining.min(self.burst)).div_ceil(self.rate));
                Standing { remaining, reset, wait: None }
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                let reset = u64::from(self.burst.div_ceil(self.rate));
                Standing { remaining: 0, reset, wait: Some(wait) }
            }
        }
    }

    /// Says where somebody stands.
    pub fn tell(&self, standing: Standing, headers: &mut HeaderMap) {
        headers.insert(RATELIMIT_POLICY, self.policy.clone());
        let text = format!("\"default\";r={};t={}", standing.remaining, standing.reset);
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(RATELIMIT, value);
        }
    }

    /// The account of a key, or of an address. Nobody can choose whom to share one with: the seed is the process's own.
    fn account(&self, caller: Caller, peer: Option<IpAddr>) -> u64 {
        match caller {
            Caller::Known { id, .. } => ACCOUNTS + self.seed.hash_one(id) % ACCOUNTS,
            _ => self.seed.hash_one(peer.map(network)) % ACCOUNTS,
        }
    }
}

/// Whoever has an IPv6 address has the whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::keys::Scope;

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn each_key_and_each_address_has_its_own_account() {
        let limiter = Limiter::new(1, 3).expect("a limiter");
        let known = |id: &[u8; 8]| Caller::Known { scope: Scope::Read, id: *id };
        let here = at("192.0.2.1");
        for left in [2, 1, 0] {
            let standing = limiter.count(Caller::Nobody, here);
            assert_eq!((standing.remaining, standing.wait), (left, None));
        }
        // A wrong key makes nobody another one.
        let refused = limiter.count(Caller::Unknown, here);
        assert!(refused.wait.is_some_and(|wait| wait <= Duration::from_secs(1)), "{refused:?}");
        assert!(limiter.count(Caller::Nobody, at("192.0.2.2")).wait.is_none());
        assert!(limiter.count(known(b"aaaaaaaa"), here).wait.is_none());
        assert_eq!(limiter.count(known(b"bbbbbbbb"), here).remaining, 2);
    }

    #[test]
    fn however_many_ask_no_more_is_remembered() {
        let limiter = Limiter::new(1_000_000, 0).expect("a limiter");
        for number in 0..200_000u32 {
            let _ = limiter.count(Caller::Nobody, Some(IpAddr::V4(number.into())));
        }
        assert!(limiter.limiter.len() as u64 <= ACCOUNTS, "{}", limiter.limiter.len());
    }

    #[test]
    fn a_network_of_ipv6_is_one() {
        assert_eq!(network("2001:db8::1".parse().expect("one")), network("2001:db8::ffff:2".parse().expect("two")));
        assert_ne!(network("2001:db8::1".parse().expect("one")), network("2001:db8:0:1::1".parse().expect("two")));
        assert_eq!(network("::ffff:192.0.2.1".parse().expect("one")), "192.0.2.1".parse::<IpAddr>().expect("two"));
    }

    #[test]
    fn zero_is_no_limit_and_the_headers_say_what_is_left() {
        assert!(Limiter::new(0, 5).is_none());
        let limiter = Limiter::new(2, 5).expect("a limiter");
        let mut headers = HeaderMap::new();
        limiter.tell(limiter.count(Caller::Nobody, None), &mut headers);
        assert_eq!(headers.get("ratelimit-policy").expect("a policy"), "\"default\";q=5;w=3");
        assert_eq!(headers.get("ratelimit").expect("a standing"), "\"default\";r=4;t=1");
    }
}
