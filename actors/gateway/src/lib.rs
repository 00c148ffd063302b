//! The gateway: answers HTTP.
