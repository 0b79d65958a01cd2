//! How many connections the system lets this program have. Each takes a file descriptor, of which
//! many systems give a program 1,024 unless it asks for more; and a store that can open no file
//! keeps no event.

use crate::http::listener::CONNECTIONS_MAX;

/// What the store, the log and everything else may open.
const RESERVED: u64 = 512;

/// Asks for as many descriptors as all connections need, and says how many connections fit into
/// what the system grants.
pub(super) fn connections_max() -> u32 {
    connections_within(system::raise_to(u64::from(CONNECTIONS_MAX) + RESERVED))
}

/// `None` is no limit. Of very few descriptors the connections get half.
fn connections_within(descriptors: Option<u64>) -> u32 {
    let Some(descriptors) = descriptors else { return CONNECTIONS_MAX };
    let left = descriptors.saturating_sub(RESERVED).max(descriptors / 2);
    u32::try_from(left).unwrap_or(u32::MAX).clamp(1, CONNECTIONS_MAX)
}

#[cfg(unix)]
mod system {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// The limit as it is afterwards: as far up as this program may raise it.
    pub(super) fn raise_to(descriptors: u64) -> Option<u64> {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = maximum.map_or(descriptors, |maximum| maximum.min(descriptors));
        if current.is_some_and(|current| current < wanted) {
            // Where that is refused, what follows says what there is.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
        }
        getrlimit(Resource::Nofile).current
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn raise_to(_: u64) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        for (descriptors, expected) in [
            (None, CONNECTIONS_MAX),
            (Some(1 << 40), CONNECTIONS_MAX),
            (Some(u64::from(CONNECTIONS_MAX) + RESERVED), CONNECTIONS_MAX),
            (Some(4096), 3584),
            (Some(1024), 512),
            (Some(256), 128),
            (Some(0), 1),
        ] {
            assert_eq!(connections_within(descriptors), expected, "{descriptors:?}");
        }
    }
}
