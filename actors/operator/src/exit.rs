//! What the shell is told at the end. These numbers are a contract: scripts depend on them.

use std::error::Error as StdError;
use std::process::ExitCode;

use crate::error::Error;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it did not work, and none of the others says why.
    Failure,
    /// 2: the command line makes no sense; clap says so itself.
    Usage,
    /// 3: the settings make no sense.
    Configuration,
    /// 4: no bus or server answers.
    Away,
    /// 5: what was asked for is not there.
    NotFound,
    /// 6: the house said no.
    Refused,
    /// 130: stopped by a person before its end, as shells say it.
    Interrupted,
}

/// The exit codes as the help shows them.
pub const HELP: &str = "Exit codes: 0 done, 1 failure, 2 usage, 3 configuration, 4 bus or server away, 5 not found, \
                        6 refused, 130 stopped before the end";

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Away => 4,
            Self::NotFound => 5,
            Self::Refused => 6,
            Self::Interrupted => 130,
        }
    }

    /// What follows from an error of this crate or of the plumbing, wherever in the chain of causes it stands.
    #[must_use]
    pub fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(own) = error.downcast_ref::<Error>() {
                return own.exit();
            }
            if let Some(plumbing) = error.downcast_ref::<wick_bus::Error>() {
                return Self::of_bus(plumbing);
            }
            next = error.source();
        }
        Self::Failure
    }

    /// What follows from an error of the plumbing.
    pub(crate) const fn of_bus(error: &wick_bus::Error) -> Self {
        match error {
            wick_bus::Error::Database { source: sqlx::Error::Io(_), .. } => Self::Away,
            wick_bus::Error::Config(_) => Self::Configuration,
            wick_bus::Error::Bus(_) | wick_bus::Error::Server(_) => Self::Away,
            _ => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        let all =
            [Exit::Done, Exit::Failure, Exit::Usage, Exit::Configuration, Exit::Away, Exit::NotFound, Exit::Refused];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Exit::Interrupted.code(), 130);
    }

    #[test]
    fn an_error_is_known_by_its_cause() {
        let config = wick_bus::Error::Config("nonsense".into());
        assert_eq!(Exit::of(&config), Exit::Configuration);
        assert_eq!(Exit::of(&Error::from(config)), Exit::Configuration);
        let wrapped = wick_bus::Error::actor(wick_bus::Kind::Fatal, wick_bus::Error::Server("gone".into()));
        // The plumbing's own wrapper shows itself first, and says nothing of servers.
        assert_eq!(Exit::of(&wrapped), Exit::Failure);
        assert_eq!(Exit::of(&std::io::Error::other("disk")), Exit::Failure);
        assert_eq!(Exit::of(&Error::NotFound("no model".into())), Exit::NotFound);
    }
}
